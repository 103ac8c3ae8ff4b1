//! Plan as a diff: `+` for an added row, `~` for a changed row, `-` for a removed row.

use std::io::IsTerminal;

use fleet::audit_log::RowEvent;
use fleet::fleet_file::FleetPlan;
use fleet::save::{ColumnDiff, RowDiff};
use fleet::schema::{Row, Table};

use crate::failure::Failure;
use crate::output;

/// Whether the changes are planned or done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tense {
    Planned,
    Done,
}

/// Prints a plan with one line per row, and the numbers of rows. In colour on a terminal.
pub fn print(plan: &FleetPlan, tense: Tense) -> Result<(), Failure> {
    let is_coloured = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    output::write(&text(plan, tense, is_coloured))
}

fn text(plan: &FleetPlan, tense: Tense, is_coloured: bool) -> String {
    let mut text = String::new();
    for change in &plan.changes {
        let (colour, end) = if is_coloured { (colour(change.event), "\x1b[0m") } else { ("", "") };
        text.extend([colour, &line(change), end, "\n"]);
    }
    text + &totals(plan, tense) + "\n"
}

fn colour(event: RowEvent) -> &'static str {
    match event {
        RowEvent::Add => "\x1b[32m",
        RowEvent::Modify => "\x1b[33m",
        RowEvent::Delete => "\x1b[31m",
    }
}

fn totals(plan: &FleetPlan, tense: Tense) -> String {
    let [add, change, remove] = [RowEvent::Add, RowEvent::Modify, RowEvent::Delete].map(|act| plan.count(act));
    match tense {
        _ if plan.changes.is_empty() => "nothing to do".to_owned(),
        Tense::Planned => format!("{add} to add, {change} to change, {remove} to remove"),
        Tense::Done => format!("{add} added, {change} changed, {remove} removed"),
    }
}

fn line(change: &RowDiff) -> String {
    let title = title(&change.row);
    match change.event {
        RowEvent::Add => format!("+ {title}"),
        RowEvent::Modify => {
            format!("~ {title}: {}", change.columns().iter().map(detail).collect::<Vec<_>>().join(", "))
        }
        RowEvent::Delete => format!("- {title}"),
    }
}

fn title(entry: &Row) -> String {
    match entry.table() {
        Table::Phone => format!("phone {} on {}", entry.text("extension"), entry.text("server_ip")),
        _ => entry.title(),
    }
}

fn detail(detail: &ColumnDiff<'_>) -> String {
    match detail.values {
        Some((was, now)) => format!("{} {} → {}", detail.key, value(was), value(now)),
        None => format!("{} changed", detail.key),
    }
}

/// A value, in quotes if its ends would not be visible.
fn value(value: &str) -> String {
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '"';
    if value.is_empty() || !value.chars().all(is_plain) { format!("{value:?}") } else { value.to_owned() }
}

#[cfg(test)]
mod tests {
    use fleet::fleet_file::Fleet;

    use super::*;

    fn entry(section: Table, pairs: &[(&str, &str)]) -> Row {
        let mut entry = Row::new(section);
        for (key, value) in pairs {
            entry.set(key, (*value).to_owned());
        }
        entry
    }

    fn plan() -> FleetPlan {
        let phone = entry(Table::Phone, &[("extension", "100"), ("server_ip", "10.0.9.8")]);
        let alias = |logins, name| {
            entry(Table::Alias, &[("alias_id", "xyz100"), ("phone_logins", logins), ("alias_name", name)])
        };
        let user = |pass| entry(Table::User, &[("user", "6666"), ("pass_hash", pass)]);
        let change = |event, row: Row, was| RowDiff { event, row, was };
        let changes = vec![
            change(RowEvent::Add, phone.clone(), Row::new(Table::Phone)),
            change(RowEvent::Modify, alias("100a,100c", "New name"), alias("100a,100b", "")),
            change(RowEvent::Modify, user("$new"), user("$old")),
            change(RowEvent::Delete, phone.clone(), phone),
        ];
        FleetPlan { before: Fleet::default(), changes }
    }

    #[test]
    fn a_plan_is_printed_as_a_diff_without_secrets() {
        assert_eq!(
            text(&plan(), Tense::Planned, false),
            "+ phone 100 on 10.0.9.8\n\
             ~ alias xyz100: alias_name \"\" → \"New name\", phone_logins 100a,100b → 100a,100c\n\
             ~ user 6666: pass changed\n\
             - phone 100 on 10.0.9.8\n\
             1 to add, 2 to change, 1 to remove\n"
        );
    }

    #[test]
    fn each_kind_of_change_has_its_colour() {
        let text = text(&plan(), Tense::Done, true);
        assert!(text.starts_with("\x1b[32m+ phone 100 on 10.0.9.8\x1b[0m\n\x1b[33m~ alias"), "{text}");
        assert!(text.ends_with("\x1b[31m- phone 100 on 10.0.9.8\x1b[0m\n1 added, 2 changed, 1 removed\n"), "{text}");
    }
}
