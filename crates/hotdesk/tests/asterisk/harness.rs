//! Tests of the test harness: its dialers and its softphone.

use super::lab::{CC100, CC101, Lab};
use super::wait::wait_until;

#[test]
fn a_softphone_registers_on_several_dialers_and_unregisters_from_one_or_all() {
    let Some(lab) = Lab::open() else { return };
    let (one, other) = (lab.dialer(&[CC100, CC101]), lab.dialer(&[CC100]));
    let phone = lab.softphone(CC100, &[&one, &other]);
    assert!(!one.is_registered(CC101));
    phone.unregister(&one);
    assert!(!one.is_registered(CC100) && other.is_registered(CC100));
    phone.register(&one);
    assert!(one.is_registered(CC100));
    phone.stop();
    wait_until("no registration", || !one.is_registered(CC100) && !other.is_registered(CC100));
}

#[test]
fn a_registration_outlives_a_killed_softphone_and_a_killed_dialer() {
    let Some(lab) = Lab::open() else { return };
    let mut dialer = lab.dialer(&[CC100]);
    lab.softphone(CC100, &[&dialer]).kill();
    wait_until("a registration on the disk", || dialer.keeps_registration("cc100"));
    dialer.restart();
    assert!(dialer.is_registered(CC100));
}

#[test]
fn a_conference_exists_while_it_has_a_participant() {
    let Some(lab) = Lab::open() else { return };
    let dialer = lab.dialer(&[CC100]);
    let phone = lab.softphone(CC100, &[&dialer]);
    assert!(!dialer.in_conference("8600051"));
    dialer.cli("channel originate SIP/cc100 extension 8600051@default");
    wait_until("a participant in the conference", || dialer.in_conference("8600051"));
    assert!(!dialer.in_conference("8600052") && dialer.calls() == 1);
    phone.hang_up(&dialer);
    wait_until("an empty conference", || !dialer.in_conference("8600051") && dialer.calls() == 0);
    assert!(dialer.is_registered(CC100));
}

#[test]
fn a_softphone_whose_dialer_dies_during_a_call_answers_the_next_dialer() {
    let Some(lab) = Lab::open() else { return };
    let (mut one, other) = (lab.dialer(&[CC100]), lab.dialer(&[CC100]));
    let phone = lab.softphone(CC100, &[&one, &other]);
    one.cli("channel originate SIP/cc100 extension 8600051@default");
    wait_until("a participant in the first conference", || one.in_conference("8600051"));
    one.kill();
    other.cli("channel originate SIP/cc100 extension 8600052@default");
    wait_until("a participant in the second conference", || other.in_conference("8600052"));
    phone.hang_up(&other);
    wait_until("an empty second conference", || !other.in_conference("8600052"));
}
