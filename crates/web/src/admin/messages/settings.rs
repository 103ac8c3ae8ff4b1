//! Texts about the settings.

use std::net::IpAddr;

pub(in crate::admin) const SYSTEM_SAVED: &str = "Saved. Takes effect immediately.";
pub(in crate::admin) const NOT_SAVED: &str = "Nothing was saved. Correct these fields:";
pub(in crate::admin) const MAY_NOT_CHANGE_SYSTEM: &str =
    "Only administrators of level 9 may change the system settings. Nothing was changed.";
pub(in crate::admin) const SYSTEM_OUTDATED: &str = "Someone else has changed these settings since you opened the page, so nothing was saved. Save again to overwrite \
    their changes.";
pub(in crate::admin) const NO_SUCH_LIST: &str = "No IP list with this name has any addresses.";

/// The value is not a valid limit.
pub(in crate::admin) fn no_such_limit(most: u32) -> String {
    format!("Enter a whole number from 1 to {most}.")
}

/// The IP lists would lock out the administrator who saves them.
pub(in crate::admin) fn shuts_out(from: IpAddr) -> String {
    format!("With these lists you could no longer log in from your own address {from}.")
}

/// An approximate duration.
pub(in crate::admin) fn duration(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => "for less than a minute".to_owned(),
        (0, 0, minutes) => format!("for {minutes} min"),
        (0, hours, minutes) => format!("for {hours} h {minutes} min"),
        (days, hours, _) => format!("for {days} d {hours} h"),
    }
}

/// An approximate size.
fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        1_000_000..1_000_000_000 => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes / 100_000_000 % 10),
    }
}

/// Size of the database files.
pub(in crate::admin) fn size(files: store::Files) -> String {
    format!("{}, plus {} in the write-ahead log", bytes(files.main), bytes(files.log))
}

/// Size of a database that is not a file.
pub(in crate::admin) const SIZE_IS_THE_SERVERS: &str = "known to the database server";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_durations_are_rounded() {
        assert_eq!([1, 999_999, 1_250_000, 2_500_000_000].map(bytes), ["1 kB", "1000 kB", "1.2 MB", "2.5 GB"]);
        assert_eq!(
            [59, 60, 3_661, 90_000].map(duration),
            ["for less than a minute", "for 1 min", "for 1 h 1 min", "for 1 d 1 h"]
        );
    }
}
