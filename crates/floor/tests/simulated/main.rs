//! Randomized simulation of the floor on a paused clock. Dialers die, freeze and recover; agents log in, log out and
//! hang up; Hotdesk itself is killed. A seed determines all events. At the end, sessions, seats and calls must be
//! consistent.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod asterisk;
mod check;
mod rng;
mod world;

use world::{Faults, World};

/// Number of simulated worlds per test; `HOTDESK_WORLDS` overrides it, and `HOTDESK_WORLD` runs a single seed.
fn worlds() -> u64 {
    std::env::var("HOTDESK_WORLDS").ok().and_then(|number| number.parse().ok()).unwrap_or(334)
}

fn run(faults: Faults) {
    let only = std::env::var("HOTDESK_WORLD").ok().and_then(|seed| seed.parse().ok());
    let seeds = only.map_or(0..worlds(), |seed: u64| seed..seed + 1);
    for seed in seeds {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut world = World::new(seed, faults).await;
            world.live(60).await;
            world.calm_down().await;
            check::all_consistent(&world);
            check::nobody_was_lost(&world);
            world.log_all_out().await;
            check::nothing_is_left(&world);
        });
    }
}

#[test]
fn nobody_is_lost_while_two_of_five_dialers_fail_at_a_time() {
    run(Faults { at_once: 2, lines: false, kills: false, rows: false });
}

#[test]
fn state_stays_consistent_with_failing_dialers_and_phones() {
    run(Faults { at_once: 5, lines: true, kills: false, rows: false });
}

#[test]
fn state_stays_consistent_when_hotdesk_is_killed_too() {
    run(Faults { at_once: 5, lines: true, kills: true, rows: false });
}

#[test]
fn nobody_is_lost_when_dialers_change_address_are_deleted_or_refuse_the_login() {
    run(Faults { at_once: 2, lines: false, kills: false, rows: true });
}

#[test]
fn state_stays_consistent_when_rows_change_and_hotdesk_is_killed() {
    run(Faults { at_once: 5, lines: true, kills: true, rows: true });
}
