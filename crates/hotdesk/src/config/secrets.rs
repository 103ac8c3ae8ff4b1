//! Environment variables with secrets. They have no flags, since other users of the machine can read a
//! program's arguments.

pub const DATABASE_PASSWORD: &str = "HOTDESK_DATABASE_PASSWORD";
pub const TOKEN: &str = "HOTDESK_TOKEN";
pub const PASSWORD: &str = "HOTDESK_PASSWORD";
pub const AMI_SECRET: &str = "HOTDESK_AMI_SECRET";

/// Meaning of each, for the documentation.
#[cfg(test)]
pub const MEANINGS: [(&str, &str); 4] = [
    (DATABASE_PASSWORD, "Password of the MariaDB account, if neither the address nor a `password_file` has one"),
    (TOKEN, "Token of the JSON API, for commands with `--url`; `--token-file` overrides it"),
    (PASSWORD, "Password of `--account`, for commands with `--url`; `--password-file` overrides it"),
    (
        AMI_SECRET,
        "Secret of the AMI user, for `sidecar` and `simulate`; if it is not set, `simulate` uses a random secret and prints it",
    ),
];
