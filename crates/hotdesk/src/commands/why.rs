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

/// After how many seconds it is told when a dialer was last heard of: by then two heartbeats are missing.
const HEARD_WITHIN: i64 = 20;

/// What the database alone cannot tell.
const ONLY_THE_SERVER: &str = "This is what the database knows. Which dialers answer right now, and which phones are registered, is \
    known to the running server alone: GET /api/v1/decision on it tells.";

/// Says which dialer a login would get now, and why. Changes nothing; exits 1 if it would get none.
pub fn run(config: &Config, args: &WhyArgs) -> Result<ExitCode, Failure> {
    let inspection = inspect::open_existing(&config.database)?;
    let preview = |tx: &mut dyn FleetTx| preview(tx, &args.login, &args.campaign, &NoLiveStatus);
    let choice = inspection.read(|tx| settle(preview(tx).map(Ok), Err))?.map_err(|refusal| refused(refusal, args))?;
    output::write(&(lines(&choice).join("\n") + "\n"))?;
    Ok(if choice.decision.order.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn refused(refusal: Refusal, args: &WhyArgs) -> Failure {
    Failure::Refused(match refusal {
        Refusal::CampaignUnknown => format!("there is no campaign {}", args.campaign),
        Refusal::TooManyLogins => "these are more logins than anybody has phones: 100 are the most".to_owned(),
        _ => format!("the alias {} is not active: nobody can log in with it", args.login),
    })
}

/// One line a phone, in the order in which they would be rung; then those that are left out.
fn lines(choice: &Choice) -> Vec<String> {
    let decision = &choice.decision;
    let places =
        decision.order.iter().enumerate().filter_map(|(turn, place)| Some((turn, choice.candidates.get(*place)?)));
    let mut lines: Vec<String> = places.map(|(turn, candidate)| rung(turn, candidate, decision.why)).collect();
    if lines.is_empty() {
        lines.push("no phone of this login can take an agent now".to_owned());
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

/// When a dialer was last heard of, if that is a while ago.
fn last_heard_of(dialer: &Dialer) -> String {
    match dialer.heartbeat_age {
        Some(age) if age > HEARD_WITHIN => format!(", last heard of {age} seconds ago"),
        _ => String::new(),
    }
}

fn rung(turn: usize, candidate: &Candidate, why: Reason) -> String {
    let Some(dialer) = &candidate.dialer else { return candidate.login.clone() };
    let weight = if dialer.weight > 0 { format!(", weight {}", dialer.weight) } else { String::new() };
    let reason = match (turn, why) {
        (0, Reason::LeastLoaded) => " <- the least loaded",
        (0, Reason::Grouped) => " <- the campaign's agents are here",
        _ => "",
    };
    let heard = last_heard_of(dialer);
    format!("{}. {} on {}: {} seats{weight}{heard}{reason}", turn + 1, candidate.login, dialer.server_ip, dialer.seats)
}
