# Development tasks. Start with `make run` and `make test`.

.PHONY: run run-asterisk test test-long storm browser schemathesis postman screens bench lint fmt docs

# Builds and starts Hotdesk on ./hotdesk-data with a demonstration fleet, and prints what to try.
run:
	cargo run --profile quick --bin hotdesk -- demo --database sqlite:hotdesk-data/hotdesk.db

# The same with two real Asterisk dialers and a real softphone. Downloads Asterisk's packages once; needs baresip.
run-asterisk:
	cargo build --profile quick --bin hotdesk
	tests/asterisk/run "$${CARGO_TARGET_DIR:-target}/quick/hotdesk" "$${HOTDESK_ASTERISK:-$${CARGO_TARGET_DIR:-target}/asterisk}"

# All checks that must pass before a change is merged.
test: lint
	cargo test --workspace
	$(MAKE) browser
	$(MAKE) schemathesis
	$(MAKE) postman

# Only the tests in a real Chromium.
browser:
	cargo build --bin hotdesk
	tests/browser/run tests

# Only the test of the JSON API against its description, by Schemathesis.
schemathesis:
	cargo build --bin hotdesk
	tests/schemathesis/run

# Only the Postman collection, by newman.
postman:
	cargo build --bin hotdesk
	tests/postman/run

# Takes the pictures in docs/screens again. Needs Python 3 in addition to the requirements of the browser tests.
screens:
	cargo build --bin hotdesk
	tests/browser/run screens

# All checks, with crashes repeated a hundred times.
test-long: lint
	HOTDESK_CRASH_ROUNDS=100 cargo test --workspace
	$(MAKE) browser
	$(MAKE) schemathesis
	$(MAKE) postman

# The full fault tests: three nodes on a Galera cluster, and a database outage of half a minute. Prints the measured
# times.
storm:
	HOTDESK_STORM=full cargo test -p hotdesk --test nodes -- --test-threads 1 --nocapture galera_faults outage

# Prints the performance tables (docs/performance.md).
bench:
	cargo bench -p hotdesk --bench add_phone_alias
	cargo bench -p hotdesk --bench logins
	cargo bench -p hotdesk --bench panel

# Formatting, lints and the dependency tree.
lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	@if cargo deny --version >/dev/null 2>&1; then cargo deny --log-level error check bans licenses sources; else echo "cargo deny is not installed: the dependency tree is not checked"; fi

fmt:
	cargo fmt --all

# Writes the generated documents again.
docs:
	HOTDESK_WRITE_DOCS=1 cargo test -p hotdesk --bins --test it generated
