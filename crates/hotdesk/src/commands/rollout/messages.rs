//! Messages of a rollout.

use fleet::phones::bulk::BadList;
use fleet::phones::rules::PhoneFault;
use fleet::phones::{BulkPlan, InvalidPhoneField};

/// Every phone and alias that would be created.
pub fn planned(plan: &BulkPlan) -> String {
    let mut text = String::new();
    for planned in &plan.phones {
        let phone = &planned.phone;
        let on = [phone.extension.as_str(), " on ", &phone.server_ip, ": phone_login ", &phone.login];
        text.extend(["+ phone "].into_iter().chain(on).chain(["\n"]));
    }
    for planned in &plan.aliases {
        text.extend(["+ alias ", &planned.alias.alias_id, ": phone_logins ", &planned.alias.logins_list, "\n"]);
    }
    text + &format!("{} to add\n", counted(plan))
}

/// Summary of the created rows.
pub fn made(plan: &BulkPlan) -> String {
    format!("{} added", counted(plan))
}

fn counted(plan: &BulkPlan) -> String {
    let phones = if plan.phones.len() == 1 { "phone" } else { "phones" };
    let aliases = if plan.aliases.len() == 1 { "alias" } else { "aliases" };
    format!("{} {phones} and {} {aliases}", plan.phones.len(), plan.aliases.len())
}

/// One line for each phone and each alias that cannot be created.
pub fn conflicts(plan: &BulkPlan) -> Vec<String> {
    let phones = plan.phones.iter().map(|planned| {
        let phone = &planned.phone;
        (format!("phone {} on {}", phone.extension, phone.server_ip), &planned.wrong)
    });
    let aliases = plan.aliases.iter().map(|planned| (format!("alias {}", planned.alias.alias_id), &planned.wrong));
    let wrong = phones.chain(aliases).filter(|(_, wrong)| !wrong.is_empty());
    wrong.map(|(title, wrong)| format!("{title}: {}", common(wrong))).collect()
}

/// The problems of these fields.
pub fn common(wrong: &[InvalidPhoneField]) -> String {
    wrong.iter().map(|wrong| fault(wrong.key, &wrong.fault)).collect::<Vec<_>>().join("; ")
}

fn fault(key: &str, fault: &PhoneFault) -> String {
    match fault {
        PhoneFault::Value(what) => what.to_string(),
        PhoneFault::PhoneExists => "the dialer already has a phone with this extension".to_owned(),
        PhoneFault::LoginTaken(other) => {
            format!("phone {} on {} already has this login", other.extension, other.server_ip)
        }
        PhoneFault::LoginTwice => "two of the new phones would have this login".to_owned(),
        PhoneFault::NoSuchDialer => "the dialer does not exist".to_owned(),
        PhoneFault::NoSuchTemplate => format!("{key}: the template does not exist"),
        PhoneFault::AliasExists => "an alias with this id already exists".to_owned(),
        PhoneFault::AliasTwice => "two of the new aliases would have this id".to_owned(),
        PhoneFault::AliasTooLong(alias) => format!("the list of logins of alias {alias} would be too long"),
        PhoneFault::NeverRegistered => "none of its phones has ever registered".to_owned(),
    }
}

/// The problem of a list of extensions.
pub fn bad_list(bad: &BadList, list: &str, at_most: usize) -> String {
    match bad {
        BadList::Empty => format!("`{list}` contains no extension: use extensions and ranges such as 101-103,110"),
        BadList::Backwards(range) => format!("the range {range} ends before it begins"),
        BadList::TooMany => format!("the list has more than {at_most} extensions"),
        BadList::Twice(extension) => format!("the extension {extension} is listed twice"),
    }
}
