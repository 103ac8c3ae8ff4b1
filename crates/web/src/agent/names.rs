//! Names of dialers on the agent page: the name instead of the address, if the dialer has one.

use fleet::sessions::timeline::{Step, TimelineEntry};

use crate::App;

/// Names of the dialers by address.
pub(super) struct Names(Vec<(String, String)>);

impl Names {
    pub(super) fn of(app: &App) -> Self {
        let dialers = app.floor.dialers().into_iter();
        Self(dialers.map(|dialer| (dialer.server_ip, dialer.server_id)).collect())
    }

    /// Name of the dialer at this address; without a name, the address.
    pub(super) fn dialer(&self, server_ip: &str) -> String {
        let known = self.0.iter().find(|(address, name)| address == server_ip && !name.is_empty());
        known.map_or(server_ip, |(_, name)| name).to_owned()
    }

    /// The timeline with names instead of addresses.
    pub(super) fn in_trail(&self, mut trail: Vec<TimelineEntry>) -> Vec<TimelineEntry> {
        for entry in &mut trail {
            match &mut entry.step {
                Step::Rung { server_ip, .. } | Step::Failed { server_ip, .. } | Step::Answered { server_ip, .. } => {
                    *server_ip = self.dialer(server_ip);
                }
                Step::Decided { .. } | Step::Ended { .. } => {}
            }
        }
        trail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialer_without_a_name_is_shown_by_its_address() {
        let names = Names(vec![("10.0.9.8".into(), "dialer-a".into()), ("10.0.9.9".into(), String::new())]);
        let shown = ["10.0.9.8", "10.0.9.9", "10.0.9.7"].map(|server_ip| names.dialer(server_ip));
        assert_eq!(shown, ["dialer-a", "10.0.9.9", "10.0.9.7"]);
        let rung = Step::Rung { phone_login: "100a".into(), server_ip: "10.0.9.8".into(), conference: String::new() };
        let trail = names.in_trail(vec![TimelineEntry { at: 0, step: rung }]);
        assert!(matches!(&trail[0].step, Step::Rung { server_ip, .. } if server_ip == "dialer-a"));
    }
}
