//! Call ids: the unique id of every call that Hotdesk places, by which it recognises the call after reconnects and
//! restarts.
//!
//! The call id is the channel's unique id on the dialer (Originate's `ChannelId`), so every event about the channel
//! carries it, and so does the list of channels. It is also the action's id, and the value of the channel variable
//! [`VARIABLE`], which a dialplan can read.

use std::fmt;

use fleet::Rng;

/// The channel variable that holds the call id.
pub const VARIABLE: &str = "HOTDESK_CALL";

const PREFIX: &str = "hd-";

/// The run of Hotdesk that owns a call. Other nodes on the same dialer are other owners, and this one leaves their
/// calls alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Owner(u32);

impl Owner {
    /// A new random owner.
    #[must_use]
    pub fn new(rng: &dyn Rng) -> Self {
        let mut bytes = [0; 4];
        rng.fill(&mut bytes);
        Self(u32::from_le_bytes(bytes))
    }

    /// The call id with this number.
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

/// A call id. Its text is `hd-`, the owner and the number in hexadecimal: 20 characters, as long as VICIdial's columns
/// for unique ids.
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

    /// Parses the text that `Display` writes; `None` for every other unique id, so for every call that Hotdesk did not
    /// place.
    #[must_use]
    pub fn read(unique_id: &str) -> Option<Self> {
        let (owner, number) = unique_id.strip_prefix(PREFIX)?.split_once('-')?;
        let hexadecimal = |text: &str| {
            let is_written = text.len() == 8 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            is_written.then(|| u32::from_str_radix(text, 16).ok()).flatten()
        };
        Some(Self { owner: Owner(hexadecimal(owner)?), number: hexadecimal(number)? })
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{PREFIX}{}-{:08x}", self.owner, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_displayed_form_of_a_call_id_parses() {
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
