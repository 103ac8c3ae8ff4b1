//! `extensions-hotdesk.conf`: dialplan of phones, aliases and conferences, for the context that includes it. An alias rings its
//! phone on this dialer. A conference needs no profile of the dialer.

use std::collections::HashMap;
use std::fmt::Write;

use super::line::{Refused, is_name, name};
use super::{DialerRows, LeftOut, Numbers, Part, PhoneRow, Technology, Unfit, unfit};
use crate::name::key;

/// Prefix of the extension for unanswered calls, by `voicemail_instructions`: without or with instructions to the caller.
const TO_MAILBOX: [(&str, &str); 2] = [("N", "85026666666667"), ("", "85026666666666")];

/// Default ring timeout in seconds.
const RING_TIMEOUT: u32 = 60;

/// Minimum length of an alias that can be dialled: `h`, `i`, `s`, `t` and other single letters have a meaning in Asterisk.
const SHORTEST: usize = 2;

pub(super) fn write(phones: &[(Technology, &PhoneRow)], rows: &DialerRows, left_out: &mut Vec<LeftOut>) -> String {
    let mut plan = Plan { lines: String::new(), numbers: Numbers::default() };
    // Conferences come first: a phone with a conference's number would be rung instead of the agents in it.
    let conferences: Vec<_> =
        rows.conferences.iter().map(|conference| (rows.engine.exten(conference), conference)).collect();
    let conferences: Vec<_> =
        conferences.into_iter().filter(|(exten, conference)| is_name(conference) && plan.numbers.take(exten)).collect();
    for (technology, phone) in phones.iter().filter(|(_, phone)| !phone.dialplan_number.is_empty()) {
        if let Err((column, why)) = plan.phone(("dialplan_number", &phone.dialplan_number), *technology, phone) {
            left_out.push(unfit(&phone.extension, column, Part::Number, why));
        }
    }
    for (exten, conference) in conferences {
        plan.conference(&exten, conference);
    }
    let by_login: HashMap<String, (Technology, &PhoneRow)> =
        phones.iter().map(|(technology, phone)| (key(&phone.login), (*technology, *phone))).collect();
    let mut aliases: Vec<_> = rows.aliases.iter().collect();
    aliases.sort_by_cached_key(|alias| key(&alias.alias_id));
    for alias in aliases {
        let member = alias.logins_list.split(',').find_map(|login| by_login.get(&key(login.trim_start())));
        let Some((technology, phone)) = member else { continue };
        if let Err((column, why)) = plan.alias(&alias.alias_id, *technology, phone) {
            left_out.push(unfit(&alias.alias_id, column, Part::Number, why));
        }
    }
    plan.lines
}

struct Plan {
    lines: String,
    numbers: Numbers,
}

impl Plan {
    /// Adds a number that rings this phone. `column` is the number's source.
    fn phone(
        &mut self,
        (column, number): (&'static str, &str),
        technology: Technology,
        phone: &PhoneRow,
    ) -> Result<(), Refused> {
        let number = name(column, number)?;
        let (context, exten) = forward(phone)?;
        if !self.numbers.take(number) {
            return Err((column, Unfit::Taken));
        }
        let timeout = phone.phone_ring_timeout.trim().parse().unwrap_or(RING_TIMEOUT);
        self.add(number, 1, &format!("Dial({}/{},{timeout},)", technology.word(), phone.extension));
        self.add(number, 2, &format!("Goto({context},{exten},1)"));
        self.add(number, 3, "Hangup()");
        Ok(())
    }

    fn alias(&mut self, alias_id: &str, technology: Technology, phone: &PhoneRow) -> Result<(), Refused> {
        if alias_id.len() < SHORTEST || alias_id.eq_ignore_ascii_case("fax") {
            return Err(("alias_id", Unfit::NoName));
        }
        self.phone(("alias_id", alias_id), technology, phone)
    }

    fn conference(&mut self, exten: &str, conference: &str) {
        self.add(exten, 1, "Answer()");
        self.add(exten, 2, "Set(CONFBRIDGE(user,quiet)=yes)");
        self.add(exten, 3, "Set(CONFBRIDGE(user,announce_only_user)=no)");
        self.add(exten, 4, &format!("ConfBridge({conference})"));
        self.add(exten, 5, "Hangup()");
    }

    fn add(&mut self, number: &str, priority: u32, application: &str) {
        // Writing to a string cannot fail.
        writeln!(self.lines, "exten => {number},{priority},{application}").unwrap_or_default();
    }
}

/// Destination of unanswered calls: context and number.
fn forward(phone: &PhoneRow) -> Result<(&str, String), Refused> {
    if phone.unavail_dialplan_fwd_exten.is_empty() {
        let to_mailbox =
            TO_MAILBOX.iter().find(|(setting, _)| setting.is_empty() || *setting == phone.voicemail_instructions);
        let prefix = to_mailbox.map_or("", |(_, prefix)| prefix);
        let mailbox = if phone.voicemail_id.is_empty() { "" } else { name("voicemail_id", &phone.voicemail_id)? };
        return Ok(("default", format!("{prefix}{mailbox}")));
    }
    let exten = name("unavail_dialplan_fwd_exten", &phone.unavail_dialplan_fwd_exten)?;
    let context = match phone.unavail_dialplan_fwd_context.as_str() {
        "" => "default",
        context => name("unavail_dialplan_fwd_context", context)?,
    };
    Ok((context, exten.to_owned()))
}
