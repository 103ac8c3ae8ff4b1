//! What changes under agents who sit there, and agents who go away while something is still to be done for them.

use fleet::seating::HouseRules;
use fleet::seating::trail::EndReason;
use floor::{LoggedIn, Options};

use crate::house::{House, ms, wanted};

#[tokio::test]
async fn agents_who_share_a_phone_have_a_room_each() {
    let rules = HouseRules { shared_phones: true, ..HouseRules::default() };
    let house = House::with(1, 2, ms(0), Options { rules, ..Options::default() }, |_| ()).await;
    let first = house.arrive(0).await;
    let mut shares = wanted(1);
    shares.phone_login = "team0".into();
    let LoggedIn::Seated(second) = house.try_log_in(shares).await else { unreachable!() };
    assert_ne!(first.room, second.session.room);
    assert!(house.floor().log_out(first.session_id, EndReason::LoggedOut).await.unwrap());
    let taken = "SELECT group_concat(conf_exten) FROM vicidial_conferences WHERE extension <> ''";
    assert_eq!(house.ask::<String>(taken), second.session.room);
}

#[tokio::test]
async fn the_last_room_of_a_dialer_is_free_for_who_has_it() {
    let house = House::new(1, 2, ms(0)).await;
    house.sql().execute("DELETE FROM vicidial_conferences WHERE conf_exten > '8600051'", []).unwrap();
    let first = house.arrive(0).await;
    assert!(matches!(house.try_log_in(wanted(1)).await, LoggedIn::NoPhone(_)));
    assert!(house.floor().ring_again(first.session_id).await.unwrap());
    assert_eq!(house.settled(first.session_id).await.state, "live");
    let again = house.arrive(0).await;
    assert_eq!((again.state, again.room), ("live", first.room));
    assert!(matches!(house.try_log_in(wanted(1)).await, LoggedIn::NoPhone(_)));
}

#[tokio::test]
async fn a_phone_whose_dialer_is_written_in_another_letter_case_is_rung() {
    let house = House::new(1, 1, ms(0)).await;
    house
        .sql()
        .execute_batch(
            "UPDATE vicidial_conferences SET server_ip = 'dialer-a'; UPDATE servers SET server_ip = 'dialer-a';
             UPDATE phones SET server_ip = 'Dialer-A '",
        )
        .unwrap();
    house
        .until(|house| house.floor().dialers().iter().any(|view| view.server_ip == "dialer-a" && view.health == "well"))
        .await;
    let session = house.arrive(0).await;
    assert_eq!((session.state, session.server_ip), ("live", "dialer-a".to_owned()));
    assert_eq!(house.ask::<i64>("SELECT seats FROM hotdesk_seats WHERE server_ip = 'dialer-a'"), 1);
}
