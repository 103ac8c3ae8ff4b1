use super::*;
use crate::dialer_status::Registration::{NotNeeded, NotRegistered, Registered};

fn phone(login: &str, server_ip: &str) -> Phone {
    Phone {
        extension: "7001".into(),
        server_ip: server_ip.into(),
        login: login.into(),
        pass: "agent".into(),
        status: "ACTIVE".into(),
        active: "Y".into(),
        protocol: "SIP".into(),
        conf_secret: "register".into(),
        is_webphone: "N".into(),
        ..Phone::default()
    }
}

fn member(phone: Phone) -> Member {
    Member { login: phone.login.clone(), phone: Some(phone), phones: 1, registration: Registered }
}

/// Three phones, each on a different dialer.
fn three() -> Vec<Member> {
    [("a", "10.0.9.8"), ("b", "10.0.9.9"), ("c", "10.0.9.10")].map(|(login, ip)| member(phone(login, ip))).into()
}

/// The three members after a change to the phone at this index.
fn after(place: usize, change: impl FnOnce(&mut Phone)) -> Vec<Member> {
    let mut members = three();
    change(members[place].phone.as_mut().unwrap());
    members
}

#[test]
fn identical_phones_on_separate_dialers_cause_no_warning() {
    assert_eq!(warnings(&three()), []);
    assert_eq!(warnings(&[]), [Warning::Empty]);
}

#[test]
fn missing_and_shared_logins_are_reported() {
    let mut members = three();
    members[1].phone = None;
    members[1].phones = 0;
    members[2].phones = 2;
    assert_eq!(warnings(&members), [Warning::Missing(1), Warning::Shared(2)]);
}

#[test]
fn the_minority_is_reported_and_in_a_tie_the_first_member_is_right() {
    for (what, change) in [
        (Common::Extension, (|phone| phone.extension = "7002".into()) as fn(&mut Phone)),
        (Common::LoginPassword, |phone| phone.pass = "Agent".into()),
        (Common::RegistrationPassword, |phone| phone.conf_secret = String::new()),
    ] {
        assert_eq!(warnings(&after(0, change)), [Warning::Differ { what, odd: vec![0], than: 1 }]);
        assert_eq!(warnings(&after(2, change)), [Warning::Differ { what, odd: vec![2], than: 0 }]);
        assert_eq!(warnings(&after(1, change)[..2]), [Warning::Differ { what, odd: vec![1], than: 0 }]);
    }
    let mut members = three();
    for (member, pass) in members.iter_mut().zip(["1", "2", "3"]) {
        member.phone.as_mut().unwrap().pass = pass.into();
    }
    let differ = Warning::Differ { what: Common::LoginPassword, odd: vec![1, 2], than: 0 };
    assert_eq!(warnings(&members), [differ]);
}

#[test]
fn registration_passwords_of_external_phones_are_not_compared() {
    let external = after(1, |phone| {
        phone.protocol = "EXTERNAL".into();
        phone.conf_secret = String::new();
    });
    assert_eq!(warnings(&external), []);
}

#[test]
fn phones_on_the_same_dialer_and_repeated_phones_are_reported() {
    let together = after(2, |phone| phone.server_ip = "10.0.9.8 ".into());
    let mut both = together.clone();
    both[2].phone.as_mut().unwrap().extension = "7002".into();
    assert!(warnings(&both).contains(&Warning::OneDialer(vec![0, 2])), "{:?}", warnings(&both));
    assert_eq!(warnings(&together), [Warning::Twice(0, 2)], "the same extension on the same dialer is the same phone");
}

#[test]
fn a_phone_is_reported_as_unregistered_only_if_its_dialer_says_so() {
    let mut members = three();
    members[0].registration = NotRegistered;
    members[1].registration = Registration::Unknown;
    members[2].registration = NotNeeded;
    assert_eq!(warnings(&members), [Warning::NotRegistered(0)]);
    assert_eq!(warnings(&after(1, |phone| phone.active = "N".into())), [Warning::Inactive(1)]);
}

#[test]
fn blanks_and_empty_items_in_a_list_of_logins_are_ignored() {
    assert_eq!(logins(" a, b,,c ,").collect::<Vec<_>>(), ["a", "b", "c"]);
}
