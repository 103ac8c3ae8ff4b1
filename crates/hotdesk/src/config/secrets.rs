//! Environment variables that hold secrets. They have no flags: other users of the machine can read a program's arguments.

pub const DATABASE_PASSWORD: &str = "HOTDESK_DATABASE_PASSWORD";
pub const TOKEN: &str = "HOTDESK_TOKEN";
pub const PASSWORD: &str = "HOTDESK_PASSWORD";
pub const AMI_SECRET: &str = "HOTDESK_AMI_SECRET";

/// What each holds, for the documentation.
#[cfg(test)]
pub const MEANINGS: [(&str, &str); 4] = [
    (DATABASE_PASSWORD, "Password of the MariaDB account, if neither the address nor a `password_file` has one"),
    (TOKEN, "Token of the JSON API, for commands with `--url`; `--token-file` wins over it"),
    (PASSWORD, "Password of `--account`, for commands with `--url`; `--password-file` wins over it"),
    (
        AMI_SECRET,
        "Secret of the manager interface's user, for `sidecar` and `simulate`; `simulate` makes one up and prints it if this is not set",
    ),
];
