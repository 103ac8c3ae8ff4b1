//! Pages of the API log and the audit log.

use fleet::Timestamp;
use fleet::audit_log::{ApiLogQuery, AuditLogQuery, LogWindow, NextPage};

use crate::support::Fixture;

/// One call per hour from 2026-11-01 00:00, numbered from 1; every tenth is an error of `other`.
fn calls_of_ten_days() -> String {
    let first = Timestamp::from_stamp("2026-11-01 00:00:00").unwrap();
    let row = |number: i64| {
        let at = first.plus_seconds((number - 1) * 3600).stamp();
        let (user, result) = if number % 10 == 0 { ("Other", "ERROR") } else { ("6666", "SUCCESS") };
        format!("({number}, '{user}', '{at}', 'add_phone', '{result}', 'test')")
    };
    let rows: Vec<String> = (1..=240).map(row).collect();
    let columns = "api_id, user, api_date, function, result, source";
    format!("INSERT INTO vicidial_api_log ({columns}) VALUES {}", rows.join(", "))
}

fn window(at_most: u32, look_at: u32) -> LogWindow {
    LogWindow { at_most, look_at, ..LogWindow::default() }
}

/// The numbers of the found rows, and where the next page begins.
async fn calls(fixture: &Fixture, wanted: ApiLogQuery) -> (Vec<i64>, NextPage) {
    let found = fixture.store.read(move |tx| tx.api_log(&wanted)).await.unwrap();
    (found.rows.iter().map(|line| line.api_id).collect(), found.onward)
}

#[tokio::test]
async fn a_page_examines_a_limited_number_of_rows_and_reports_how_far_it_came() {
    let fixture = Fixture::new();
    fixture.sql(&calls_of_ten_days());
    let wanted = |before| ApiLogQuery {
        user: "OTHER ".into(),
        window: LogWindow { before, ..window(50, 100) },
        ..ApiLogQuery::default()
    };
    let (rows, onward) = calls(&fixture, wanted(None)).await;
    assert_eq!(rows, [240, 230, 220, 210, 200, 190, 180, 170, 160, 150]);
    assert_eq!(onward, NextPage::NotYet(141, "2026-11-06 20:00:00".into()));
    let (rows, onward) = calls(&fixture, wanted(Some(141))).await;
    assert_eq!((rows.len(), rows[0], onward), (10, 140, NextPage::NotYet(41, "2026-11-02 16:00:00".into())));
    assert_eq!(calls(&fixture, wanted(Some(41))).await, (vec![40, 30, 20, 10], NextPage::End));
}

#[tokio::test]
async fn a_day_is_found_despite_gaps_in_the_numbers() {
    let fixture = Fixture::new();
    fixture.sql(&calls_of_ten_days());
    fixture.sql("DELETE FROM vicidial_api_log WHERE api_id < 20 OR api_id BETWEEN 60 AND 110");
    fixture.sql("UPDATE vicidial_api_log SET api_id = api_id + 1000000 WHERE api_id > 200");
    let day = |from: &str, until: &str, look_at| ApiLogQuery {
        window: LogWindow { from: from.into(), until: until.into(), ..window(5, look_at) },
        ..ApiLogQuery::default()
    };
    let (rows, onward) = calls(&fixture, day("2026-11-02 00:00:00", "2026-11-03 00:00:00", 100)).await;
    assert_eq!((rows, onward), (vec![48, 47, 46, 45, 44], NextPage::Rows(44)));
    let second = ApiLogQuery {
        window: LogWindow { before: Some(29), ..day("2026-11-02 00:00:00", "2026-11-03 00:00:00", 100).window },
        ..ApiLogQuery::default()
    };
    assert_eq!(calls(&fixture, second).await, (vec![28, 27, 26, 25], NextPage::End));
    let in_gap = calls(&fixture, day("2026-11-04 00:00:00", "2026-11-05 00:00:00", 100)).await;
    assert_eq!(in_gap, (vec![], NextPage::End), "numbers 73 to 96 are gone");
    let late = calls(&fixture, day("", "2026-11-09 09:00:00", 100)).await;
    assert_eq!(late, (vec![1_000_201], NextPage::NotYet(1_000_102, "2026-11-09 08:00:00".into())));
    let before = day("", "2026-11-09 09:00:00", 100).window;
    let behind_gap = ApiLogQuery { window: LogWindow { before: Some(1_000_102), ..before }, ..ApiLogQuery::default() };
    assert_eq!(calls(&fixture, behind_gap).await, (vec![200, 199, 198, 197, 196], NextPage::Rows(196)));
    let bounded = calls(&fixture, day("", "", 3)).await;
    assert_eq!(bounded.0, [1_000_240, 1_000_239, 1_000_238]);
    assert_eq!(calls(&fixture, day("2027-01-01 00:00:00", "", 3)).await, (vec![], NextPage::End));
}

#[tokio::test]
async fn an_empty_log_has_no_rows_and_a_row_is_read_completely() {
    let fixture = Fixture::new();
    assert_eq!(
        calls(&fixture, ApiLogQuery { window: window(5, 5), ..ApiLogQuery::default() }).await,
        (vec![], NextPage::End)
    );
    fixture.sql("INSERT INTO vicidial_api_log (api_id, user, api_date, data) VALUES (7, '6666', NULL, 'a=b')");
    let line = fixture.store.read(|tx| tx.api_line(7)).await.unwrap().unwrap();
    assert_eq!((&*line.user, &*line.at, &*line.request), ("6666", "", "a=b"));
    assert_eq!(fixture.store.read(|tx| tx.api_line(8)).await.unwrap(), None);
}

#[tokio::test]
async fn changes_are_found_by_user_section_and_part_of_the_record_id() {
    let fixture = Fixture::new();
    fixture.sql(
        "INSERT INTO vicidial_admin_log (event_date, user, event_section, record_id) VALUES
             ('2026-11-01 00:00:00', '6666', 'PHONES', 'CC100'), ('2026-11-02 00:00:00', '6666', 'PHONEALIASES', 'xcc1'),
             ('2026-11-03 00:00:00', '7777', 'PHONES', 'cc%'), ('2026-11-04 00:00:00', '6666', 'USERS', '1001')",
    );
    let find = |user: &str, section: &str, record: &str| {
        let wanted =
            AuditLogQuery { user: user.into(), section: section.into(), record: record.into(), window: window(10, 10) };
        let found = fixture.store.read(move |tx| tx.admin_log(&wanted));
        async { found.await.unwrap().rows.into_iter().map(|line| line.admin_log_id).collect::<Vec<_>>() }
    };
    assert_eq!(find("", "", "").await, [4, 3, 2, 1]);
    assert_eq!(find("", "", "Cc").await, [3, 2, 1]);
    assert_eq!(find("", "", "%").await, [3], "the search text is not a pattern");
    assert_eq!(find("6666", "phones", "").await, [1]);
}
