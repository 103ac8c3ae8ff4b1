//! What a rollout says.

use fleet::phones::bulk::BadList;
use fleet::phones::rules::PhoneFault;
use fleet::phones::{BulkPlan, InvalidPhoneField};

/// Every phone and alias that would be made.
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

/// What was made.
pub fn made(plan: &BulkPlan) -> String {
    format!("{} added", counted(plan))
}

fn counted(plan: &BulkPlan) -> String {
    let phones = if plan.phones.len() == 1 { "phone" } else { "phones" };
    let aliases = if plan.aliases.len() == 1 { "alias" } else { "aliases" };
    format!("{} {phones} and {} {aliases}", plan.phones.len(), plan.aliases.len())
}

/// One line for each phone and each alias that cannot be made.
pub fn clashes(plan: &BulkPlan) -> Vec<String> {
    let phones = plan.phones.iter().map(|planned| {
        let phone = &planned.phone;
        (format!("phone {} on {}", phone.extension, phone.server_ip), &planned.wrong)
    });
    let aliases = plan.aliases.iter().map(|planned| (format!("alias {}", planned.alias.alias_id), &planned.wrong));
    let wrong = phones.chain(aliases).filter(|(_, wrong)| !wrong.is_empty());
    wrong.map(|(title, wrong)| format!("{title}: {}", common(wrong))).collect()
}

/// What is wrong with these fields.
pub fn common(wrong: &[InvalidPhoneField]) -> String {
    wrong.iter().map(|wrong| fault(wrong.key, &wrong.fault)).collect::<Vec<_>>().join("; ")
}

fn fault(key: &str, fault: &PhoneFault) -> String {
    match fault {
        PhoneFault::Value(what) => what.to_string(),
        PhoneFault::PhoneExists => "the dialer has a phone of this extension already".to_owned(),
        PhoneFault::LoginTaken(other) => {
            format!("its login is that of phone {} on {} already", other.extension, other.server_ip)
        }
        PhoneFault::LoginTwice => "two of these phones would have its login".to_owned(),
        PhoneFault::NoSuchDialer => "there is no such dialer".to_owned(),
        PhoneFault::NoSuchTemplate => format!("{key}: there is no such template"),
        PhoneFault::AliasExists => "there is an alias of this name already".to_owned(),
        PhoneFault::AliasTwice => "two of these aliases would have this name".to_owned(),
        PhoneFault::AliasTooLong(alias) => format!("the list of logins of alias {alias} would be too long"),
        PhoneFault::NeverRegistered => "its phones were never seen registered".to_owned(),
    }
}

/// What is wrong with a list of extensions.
pub fn bad_list(bad: &BadList, list: &str, at_most: usize) -> String {
    match bad {
        BadList::Empty => format!("`{list}` names no extension: write ranges and single ones, such as 101-103,110"),
        BadList::Backwards(range) => format!("the range {range} ends before it begins"),
        BadList::TooMany => format!("these are more than {at_most} extensions"),
        BadList::Twice(extension) => format!("the extension {extension} is there twice"),
    }
}
