//! The floor's logic in a world where time stands still while anybody works: dialers die, freeze and come back, agents come
//! and go and hang up, and Hotdesk itself is killed, all by the throw of a seeded die. In the end everything must add up.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod asterisk;
mod check;
mod rng;
mod world;

use world::{Faults, World};

/// How many worlds of each kind; `HOTDESK_WORLDS` says another number.
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
            check::all_adds_up(&world);
            check::nobody_was_lost(&world);
            world.all_go_home().await;
            check::nothing_is_left(&world);
        });
    }
}

#[test]
fn with_two_of_five_dialers_failing_at_a_time_nobody_is_lost() {
    run(Faults { at_once: 2, lines: false, kills: false, rows: false });
}

#[test]
fn with_phones_that_do_not_answer_and_any_number_of_dialers_failing_everything_adds_up() {
    run(Faults { at_once: 5, lines: true, kills: false, rows: false });
}

#[test]
fn with_a_hotdesk_that_is_killed_too_everything_adds_up() {
    run(Faults { at_once: 5, lines: true, kills: true, rows: false });
}

#[test]
fn with_dialers_that_are_reached_otherwise_deleted_and_refusing_nobody_is_lost() {
    run(Faults { at_once: 2, lines: false, kills: false, rows: true });
}

#[test]
fn with_rows_that_change_and_a_hotdesk_that_is_killed_everything_adds_up() {
    run(Faults { at_once: 5, lines: true, kills: true, rows: true });
}
