//! What a finding is called, and how it is mended.

use fleet::checkup::Finding;

/// How many names a line lists; more are counted.
const NAMED: usize = 5;

/// One line: what is wrong, and how to mend it.
pub(super) fn words(finding: &Finding) -> String {
    match finding {
        Finding::NoAdministrator => {
            "no account can administrate: run `hotdesk user add NAME --level 9 --api --ast-admin --delete-phones`, or \
             set a password with `hotdesk user password NAME`"
                .to_owned()
        }
        Finding::MemberMissing { alias, login } => format!(
            "alias {alias} names the login {login:?}, which no phone has: add a phone with it, or take it out with \
             update_phone_alias"
        ),
        Finding::MembersOnOneDialer { alias, server_ip, logins } => format!(
            "alias {alias} names {} phones on the dialer {server_ip} ({}), of which a login uses only one: keep one with \
             update_phone_alias",
            logins.len(),
            some(logins)
        ),
        Finding::DialerMissing { phone, server_ip } => format!(
            "phone {phone} is on the dialer {server_ip}, which does not exist: add that server with `hotdesk apply`, or \
             delete the phone"
        ),
        Finding::LoginShared { login, phones } => format!(
            "the login {login:?} belongs to {} phones ({}): give each one its own with update_phone",
            phones.len(),
            some(phones)
        ),
        Finding::FunctionNeverMatches { user, function } => format!(
            "user {user} may never call {function}, since api_allowed_functions has no blanks around it: write it again \
             with `hotdesk apply`"
        ),
        Finding::PlainPasswords { users } => format!(
            "passwords are kept as plain text, of {}: each becomes a digest at the first good login with \
             upgrade_passwords on, or with `hotdesk user password NAME`",
            some(users)
        ),
        Finding::GroupMissing { user_group, named_by } => format!(
            "the user group {user_group} does not exist, but is named by {}: add it with `hotdesk apply`",
            some(named_by)
        ),
    }
}

fn some(names: &[String]) -> String {
    let listed = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => listed,
        more => format!("{listed} and {more} more"),
    }
}
