//! The id that every call of Hotdesk carries, so that it is recognised whatever happens in between.
//!
//! It is the call's unique id on the dialer (Originate's `ChannelId`), so every event about the channel carries it, from
//! the first one on, and so does the list of channels. It is also the action's id and the channel variable
//! [`VARIABLE`], which a dialplan can read.

use std::fmt;

use fleet::Rng;

/// The channel variable that holds the call id.
pub const VARIABLE: &str = "HOTDESK_CALL";

const BEGINNING: &str = "hd-";

/// The running Hotdesk that owns a call. Another node on the same dialer has another owner, and its calls are left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Owner(u32);

impl Owner {
    /// A new owner, different from all others.
    #[must_use]
    pub fn new(rng: &dyn Rng) -> Self {
        let mut bytes = [0; 4];
        rng.fill(&mut bytes);
        Self(u32::from_le_bytes(bytes))
    }

    /// The id of this owner's call with this number.
    #[must_use]
    pub const fn call_id(self, number: u32) -> CallId {
        CallId { owner: self, number }
    }
}

/// In hexadecimal, 8 characters.
impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:08x}", self.0)
    }
}

/// The id of a call. As text it is `hd-` with the owner and the number in hexadecimal, 20 characters: as long as VICIdial's
/// columns for unique ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CallId {
    owner: Owner,
    number: u32,
}

impl CallId {
    /// The owner of the call.
    #[must_use]
    pub const fn owner(self) -> Owner {
        self.owner
    }

    /// Reads what [`CallId`]'s `Display` writes; `None` for everything else, so for every call that is not Hotdesk's.
    #[must_use]
    pub fn read(unique_id: &str) -> Option<Self> {
        let (owner, number) = unique_id.strip_prefix(BEGINNING)?.split_once('-')?;
        let hexadecimal = |text: &str| {
            let is_written = text.len() == 8 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            is_written.then(|| u32::from_str_radix(text, 16).ok()).flatten()
        };
        Some(Self { owner: Owner(hexadecimal(owner)?), number: hexadecimal(number)? })
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{BEGINNING}{}-{:08x}", self.owner, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_id_reads_back_and_nothing_else_is_one() {
        let call_id = Owner(0xab).call_id(7);
        assert_eq!(call_id.to_string(), "hd-000000ab-00000007");
        assert_eq!(CallId::read("hd-000000ab-00000007"), Some(call_id));
        let others = [
            "1795239060.12",
            "",
            "hd-",
            "hd-ab-7",
            "hd-000000AB-00000007",
            "hd-000000ab-00000007;2",
            "hd-+00000ab-00000007",
        ];
        for other in others {
            assert_eq!(CallId::read(other), None, "{other}");
        }
    }
}
