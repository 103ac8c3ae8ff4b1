//! Runs `examples/seat-chart` as its README describes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::sandbox;
use crate::sandbox::Sandbox;

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/seat-chart")
}

fn to_fleet(chart: &Path) -> Output {
    Command::new("python3").arg(example().join("seating_to_fleet.py")).arg(chart).output().unwrap()
}

/// Writes the chart and its fleet file into the test folder.
fn write_chart(sandbox: &Sandbox, chart: &str) {
    sandbox.write("seating.csv", chart);
    let written = to_fleet(&sandbox.path("seating.csv"));
    assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
    sandbox.write("fleet.toml", &String::from_utf8(written.stdout).unwrap());
}

#[test]
fn the_fleet_file_matches_the_chart() {
    let written = to_fleet(&example().join("seating.csv"));
    let committed = std::fs::read_to_string(example().join("fleet.toml")).unwrap();
    assert_eq!(String::from_utf8(written.stdout).unwrap(), committed);
}

#[test]
fn moves_and_departures_appear_in_the_plan_and_in_the_aliases() {
    let sandbox = sandbox();
    let rollout =
        ["rollout", "101-103", "--dialers", "dialer-a,dialer-b,dialer-c", "--no-aliases", "--secrets", "phones.csv"];
    assert_eq!(sandbox.run(&rollout).code, 0);
    let chart = std::fs::read_to_string(example().join("seating.csv")).unwrap();
    write_chart(&sandbox, &chart);
    let applied = sandbox.run(&["apply", "fleet.toml", "--prune"]);
    assert_eq!(applied.lines().last(), Some(&"3 added, 0 changed, 0 removed"), "{}", applied.err);

    let moved = chart.replace("mroe,Mary Roe,102\n", "");
    write_chart(&sandbox, &moved.replace("Smith,103", "Smith,102"));
    let planned = sandbox.run(&["apply", "fleet.toml", "--prune", "--plan"]);
    let wanted = [
        "~ alias asmith: phone_logins 103a,103b,103c → 102a,102b,102c",
        "- alias mroe",
        "0 to add, 1 to change, 1 to remove",
    ];
    assert_eq!(planned.lines(), wanted, "{}", planned.err);
    let readme = std::fs::read_to_string(example().join("README.md")).unwrap();
    assert!(readme.contains(&wanted.map(|line| format!("    {line}\n")).concat()), "the README tells another plan");
    assert_eq!(sandbox.run(&["apply", "fleet.toml", "--prune"]).code, 0);
    assert_eq!(
        sandbox.rows("SELECT alias_id, alias_name, logins_list FROM phones_alias ORDER BY alias_id"),
        ["asmith|Alan Smith|102a,102b,102c", "jdoe|Jane Doe|101a,101b,101c"]
    );
    assert_eq!(sandbox.rows("SELECT count(*) FROM phones"), ["9"]);

    write_chart(&sandbox, "person,name,desk\njdoe,Jane Doe,999\n");
    let refused = sandbox.run(&["apply", "fleet.toml", "--prune"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("alias jdoe: phone_logins: no phone has the login \"999a\""), "{}", refused.err);
}

#[test]
fn a_chart_with_mistakes_gives_no_fleet_file_and_all_mistakes_are_reported() {
    let sandbox = Sandbox::new();
    sandbox.write("seating.csv", "person,name,desk\njdoe,Jane Doe,101\nJDoe,,1 1\n");
    let refused = to_fleet(&sandbox.path("seating.csv"));
    assert_eq!((refused.status.code(), refused.stdout.as_slice()), (Some(1), &b""[..]));
    let reported = String::from_utf8(refused.stderr).unwrap();
    for words in ["line 3: person JDoe is in line 2 already", "line 3: desk '1 1' is not", "line 3: name is missing"] {
        assert!(reported.contains(words), "{reported}");
    }
}
