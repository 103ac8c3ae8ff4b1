//! Rules that hold for any fleet.

use std::cmp::Ordering;

use fleet::dialer_status::{Health, Registration};
use fleet::placement::{Candidate, Dialer, Grouping, LeftOut, Phone, Policy, Why, compare_load, decide};
use proptest::prelude::*;

fn healthy(seats: u32) -> Dialer {
    Dialer {
        server_ip: "10.0.8.1".to_owned(),
        active: true,
        accepts_agents: true,
        draining: false,
        health: Health::Healthy,
        heartbeat_age: Some(1),
        twin: None,
        has_free_conference: true,
        seats,
        campaign_seats: 0,
        weight: 0,
    }
}

fn unwatched() -> Dialer {
    Dialer { health: Health::Unwatched, ..healthy(0) }
}

fn ready() -> Phone {
    Phone { active: true, password_is_right: true, registration: Registration::Registered, taken_by: None }
}

fn candidate(login: &str, phone: Phone, dialer: Dialer) -> Candidate {
    Candidate { login: login.to_owned(), phone: Some(phone), dialer: Some(dialer) }
}

fn with_seats(seats: &[u32]) -> Vec<Candidate> {
    seats.iter().map(|seats| candidate("x", ready(), healthy(*seats))).collect()
}

fn any_health() -> impl Strategy<Value = Health> {
    proptest::sample::select(vec![Health::Healthy, Health::Suspect, Health::Down, Health::Unwatched, Health::NoAccount])
}

fn any_age() -> impl Strategy<Value = Option<i64>> {
    proptest::option::weighted(0.9, -10_i64..140)
}

prop_compose! {
    fn any_dialer()(
        (active, accepts_agents, has_free_conference) in (prop::bool::weighted(0.9), prop::bool::weighted(0.9), prop::bool::weighted(0.9)),
        (draining, health) in (prop::bool::weighted(0.1), any_health()),
        heartbeat_age in any_age(),
        twin in proptest::option::weighted(0.1, any_age()),
        (seats, weight) in (0_u32..6, 0_u32..4),
        campaign_seats in 0_u32..3,
    ) -> Dialer {
        let campaign_seats = campaign_seats.min(seats);
        Dialer { server_ip: "10.0.8.1".to_owned(), active, accepts_agents, draining, health, heartbeat_age, twin, has_free_conference, seats, campaign_seats, weight }
    }
}

prop_compose! {
    fn any_phone()(
        (active, password_is_right) in (prop::bool::weighted(0.9), prop::bool::weighted(0.9)),
        registration in proptest::sample::select(vec![
            Registration::Registered, Registration::NotRegistered, Registration::Unknown, Registration::NotNeeded,
        ]),
        taken_by in proptest::option::weighted(0.1, Just("1001".to_owned())),
    ) -> Phone {
        Phone { active, password_is_right, registration, taken_by }
    }
}

prop_compose! {
    fn any_candidate()(
        phone in proptest::option::weighted(0.95, any_phone()),
        dialer in proptest::option::weighted(0.95, any_dialer()),
    ) -> Candidate {
        Candidate { login: "x".to_owned(), phone, dialer }
    }
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let grouping = prop_oneof![
        Just(Grouping::Disabled),
        Just(Grouping::OneServerOnly),
        (0_u32..5, 0_u32..6).prop_map(|(limit, system_limit)| Grouping::Cascading { limit, system_limit }),
    ];
    (grouping, 0_u64..9, any::<bool>(), any::<bool>()).prop_map(
        |(grouping, total_weight, shared_phones, registered_only)| Policy {
            grouping,
            total_weight,
            shared_phones,
            registered_only,
        },
    )
}

/// Independent statement of the rule: whether the candidate can take the agent.
fn is_usable(candidate: &Candidate, policy: &Policy) -> bool {
    let (Some(phone), Some(dialer)) = (&candidate.phone, &candidate.dialer) else { return false };
    let beats = |age: Option<i64>| matches!(age, Some(age) if age < 120);
    let phone_can = phone.active
        && phone.password_is_right
        && (policy.shared_phones || phone.taken_by.is_none())
        && !(policy.registered_only && phone.registration == Registration::NotRegistered);
    let dialer_can = dialer.active
        && dialer.accepts_agents
        && !dialer.draining
        && matches!(dialer.health, Health::Healthy | Health::Unwatched)
        && (dialer.health == Health::Healthy || beats(dialer.heartbeat_age))
        && dialer.twin.is_none_or(beats)
        && dialer.has_free_conference;
    phone_can && dialer_can
}

proptest! {
    #[test]
    fn every_candidate_is_either_ordered_or_left_out_with_a_reason(
        candidates in proptest::collection::vec(any_candidate(), 0..9), policy in any_policy(),
    ) {
        let decision = decide(&candidates, &policy);
        let mut places = decision.order.clone();
        places.extend(decision.left_out.iter().map(|(place, _)| *place));
        places.sort_unstable();
        prop_assert_eq!(places, (0..candidates.len()).collect::<Vec<_>>());
    }

    #[test]
    fn an_unusable_candidate_is_never_rung_and_a_usable_one_never_left_out(
        candidates in proptest::collection::vec(any_candidate(), 0..9), policy in any_policy(),
    ) {
        let decision = decide(&candidates, &policy);
        for (place, candidate) in candidates.iter().enumerate() {
            prop_assert_eq!(decision.order.contains(&place), is_usable(candidate, &policy), "{:?}", candidate);
        }
    }

    #[test]
    fn the_least_loaded_dialers_come_first_and_unregistered_phones_last(
        candidates in proptest::collection::vec(any_candidate(), 0..9), policy in any_policy(),
    ) {
        let decision = decide(&candidates, &policy);
        let rest = usize::from(decision.why == Why::Grouped);
        for pair in decision.order[rest.min(decision.order.len())..].windows(2) {
            let of = |place: usize| (candidates[place].phone.as_ref().unwrap(), candidates[place].dialer.as_ref().unwrap());
            let ((phone, dialer), (next_phone, next)) = (of(pair[0]), of(pair[1]));
            let is_last = |phone: &Phone| phone.registration == Registration::NotRegistered;
            prop_assert!(is_last(phone) <= is_last(next_phone));
            if is_last(phone) == is_last(next_phone) {
                let load = compare_load(dialer, next, policy.total_weight);
                prop_assert!(load == Ordering::Less || (load == Ordering::Equal && pair[0] > pair[1]));
            }
        }
    }

    #[test]
    fn the_order_of_the_list_matters_only_on_ties(seats in proptest::sample::subsequence((0_u32..9).collect::<Vec<_>>(), 1..6), turn in 0_usize..6) {
        let mut turned = seats.clone();
        turned.rotate_left(turn % seats.len());
        let fewest = |seats: &[u32]| seats[decide(&with_seats(seats), &Policy::default()).order[0]];
        prop_assert_eq!(fewest(&seats), fewest(&turned));
    }

    #[test]
    fn consecutive_logins_stay_even_relative_to_weights(weights in proptest::collection::vec(1_u32..9, 1..6), logins in 1_usize..60) {
        let mut candidates: Vec<Candidate> =
            weights.iter().map(|weight| candidate("x", ready(), Dialer { weight: *weight, ..healthy(0) })).collect();
        let policy = Policy { total_weight: weights.iter().map(|weight| u64::from(*weight)).sum(), ..Policy::default() };
        for _ in 0..logins {
            let place = decide(&candidates, &policy).order[0];
            candidates[place].dialer.as_mut().unwrap().seats += 1;
        }
        let seats: Vec<u32> = candidates.iter().map(|candidate| candidate.dialer.as_ref().unwrap().seats).collect();
        for (one, own) in seats.iter().zip(&weights).filter(|(seats, _)| **seats > 0) {
            for (other, others) in seats.iter().zip(&weights) {
                prop_assert!((one - 1) * others <= other * own, "{:?} {:?}", seats, weights);
            }
        }
    }

    #[test]
    fn comparing_any_loads_does_not_panic(one in any::<(u32, u32)>(), other in any::<(u32, u32)>(), total in any::<u64>()) {
        let dialer = |(seats, weight)| Dialer { weight, ..healthy(seats) };
        let forth = compare_load(&dialer(one), &dialer(other), total);
        prop_assert_eq!(forth, compare_load(&dialer(other), &dialer(one), total).reverse());
    }
}

#[test]
fn on_a_tie_the_later_phone_of_the_list_wins() {
    assert_eq!(decide(&with_seats(&[1, 1, 1]), &Policy::default()).order, [2, 1, 0]);
}

#[test]
fn one_server_only_uses_the_first_dialer_with_the_campaign() {
    let mut candidates = with_seats(&[0, 9, 9]);
    for place in [1, 2] {
        candidates[place].dialer.as_mut().unwrap().campaign_seats = 1;
    }
    let decision = decide(&candidates, &Policy { grouping: Grouping::OneServerOnly, ..Policy::default() });
    assert_eq!((decision.order, decision.why), (vec![1, 0, 2], Why::Grouped));
}

#[test]
fn an_unregistered_phone_is_the_last_resort_even_with_grouping() {
    let mut candidates = with_seats(&[9, 0]);
    candidates[1].phone.as_mut().unwrap().registration = Registration::NotRegistered;
    candidates[1].dialer.as_mut().unwrap().campaign_seats = 1;
    let policy = Policy { grouping: Grouping::OneServerOnly, ..Policy::default() };
    assert_eq!(decide(&candidates, &policy).order, [0, 1]);
    let decision = decide(&candidates, &Policy { registered_only: true, ..policy });
    assert_eq!(decision.left_out, [(1, LeftOut::NotRegistered)]);
}

#[test]
fn each_obstacle_has_its_own_reason() {
    let reasons = [
        (Phone { active: false, ..ready() }, healthy(0), LeftOut::PhoneInactive),
        (Phone { password_is_right: false, ..ready() }, healthy(0), LeftOut::PasswordWrong),
        (Phone { taken_by: Some("1002".into()), ..ready() }, healthy(0), LeftOut::PhoneTaken("1002".into())),
        (ready(), Dialer { active: false, ..healthy(0) }, LeftOut::DialerInactive),
        (ready(), Dialer { accepts_agents: false, ..healthy(0) }, LeftOut::TakesNoAgents),
        (ready(), Dialer { draining: true, ..healthy(0) }, LeftOut::Draining),
        (ready(), Dialer { health: Health::Down, ..healthy(0) }, LeftOut::Unhealthy(Health::Down)),
        (ready(), Dialer { health: Health::NoAccount, ..healthy(0) }, LeftOut::Unhealthy(Health::NoAccount)),
        (ready(), Dialer { heartbeat_age: Some(120), ..unwatched() }, LeftOut::NoHeartbeat(Some(120))),
        (ready(), Dialer { heartbeat_age: None, ..unwatched() }, LeftOut::NoHeartbeat(None)),
        (ready(), Dialer { twin: Some(Some(600)), ..healthy(0) }, LeftOut::TwinWithoutHeartbeat(Some(600))),
        (ready(), Dialer { has_free_conference: false, ..healthy(0) }, LeftOut::Full),
    ];
    for (phone, dialer, reason) in reasons {
        let decision = decide(&[candidate("x", phone, dialer)], &Policy::default());
        assert_eq!((decision.order, decision.left_out), (vec![], vec![(0, reason)]));
    }
    let missing_phone = Candidate { login: "x".into(), phone: None, dialer: None };
    let missing_dialer = Candidate { dialer: None, ..candidate("x", ready(), healthy(0)) };
    let decision = decide(&[missing_phone, missing_dialer], &Policy::default());
    assert_eq!(decision.left_out, [(0, LeftOut::NoSuchPhone), (1, LeftOut::NoSuchDialer)]);
}
