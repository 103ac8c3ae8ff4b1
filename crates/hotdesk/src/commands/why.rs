//! `hotdesk why`.

use std::process::ExitCode;

use fleet::placement::{Candidate, Dialer, LeftOut, Why as Reason};
use fleet::sessions::{Choice, NoLiveStatus, Refusal, preview};
use fleet::{FleetTx, settle};
use web::messages::refusals::left_out_because;

use crate::cli::WhyArgs;
use crate::config::Config;
use crate::failure::Failure;
use crate::{inspect, output};

/// Age in seconds from which a dialer's last heartbeat is printed: two heartbeats are missing by then.
const HEARD_WITHIN: i64 = 20;

/// Note about the limits of the database.
const ONLY_THE_SERVER: &str = "This result is based on the database only. A running server also considers each dialer's health and which phones are \
    registered: GET /api/v1/decision.";

/// Prints which phone a login would ring now, and why. Changes nothing; exits with 1 if no phone can be rung.
pub fn run(config: &Config, args: &WhyArgs) -> Result<ExitCode, Failure> {
    let inspection = inspect::open_existing(&config.database)?;
    let preview = |tx: &mut dyn FleetTx| preview(tx, &args.login, &args.campaign, &NoLiveStatus);
    let choice = inspection.read(|tx| settle(preview(tx).map(Ok), Err))?.map_err(|refusal| refused(refusal, args))?;
    output::write(&(lines(&choice).join("\n") + "\n"))?;
    Ok(if choice.decision.order.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn refused(refusal: Refusal, args: &WhyArgs) -> Failure {
    Failure::Refused(match refusal {
        Refusal::CampaignUnknown => format!("the campaign {} does not exist", args.campaign),
        Refusal::TooManyLogins => "too many logins: at most 100 are allowed".to_owned(),
        _ => format!("the alias {} is inactive", args.login),
    })
}

/// One line per phone, in ringing order; then the phones that are left out.
fn lines(choice: &Choice) -> Vec<String> {
    let decision = &choice.decision;
    let places =
        decision.order.iter().enumerate().filter_map(|(turn, place)| Some((turn, choice.candidates.get(*place)?)));
    let mut lines: Vec<String> = places.map(|(turn, candidate)| rung(turn, candidate, decision.why)).collect();
    if lines.is_empty() {
        lines.push("no phone of this login is available".to_owned());
    }
    let left_out =
        decision.left_out.iter().filter_map(|(place, reason)| Some((choice.candidates.get(*place)?, reason)));
    lines.extend(left_out.map(|(candidate, reason)| {
        let dialer = candidate.dialer.as_ref().map(|dialer| format!(" on {}", dialer.server_ip)).unwrap_or_default();
        let heard = match (reason, &candidate.dialer) {
            (LeftOut::NoHeartbeat(_), _) | (_, None) => String::new(),
            (_, Some(dialer)) => last_heard_of(dialer),
        };
        format!("-  {}{dialer}: {}{heard}", candidate.login, left_out_because(reason))
    }));
    lines.push(ONLY_THE_SERVER.to_owned());
    lines
}

/// The age of a dialer's last heartbeat, if it is old.
fn last_heard_of(dialer: &Dialer) -> String {
    match dialer.heartbeat_age {
        Some(age) if age > HEARD_WITHIN => format!(", last heartbeat {age} seconds ago"),
        _ => String::new(),
    }
}

fn rung(turn: usize, candidate: &Candidate, why: Reason) -> String {
    let Some(dialer) = &candidate.dialer else { return candidate.login.clone() };
    let weight = if dialer.weight > 0 { format!(", weight {}", dialer.weight) } else { String::new() };
    let reason = match (turn, why) {
        (0, Reason::LeastLoaded) => " <- least loaded",
        (0, Reason::Grouped) => " <- has the campaign's agents",
        _ => "",
    };
    let heard = last_heard_of(dialer);
    format!("{}. {} on {}: {} seats{weight}{heard}{reason}", turn + 1, candidate.login, dialer.server_ip, dialer.seats)
}
