//! Placement preview of an alias: where the next login would go and why, as a table.

use askama::Template;
use fleet::dialer_status::Registration;
use fleet::placement::Candidate;
use fleet::sessions::{Choice, Refusal};

use super::super::messages::{self, Dialers};
use crate::messages::refusals::{left_out_because, refusal};

#[derive(Template)]
#[template(path = "admin/alias/standing.html")]
pub(in crate::admin) struct AliasStanding {
    /// Dialer and phone of the next login; `None` if no phone is available.
    goes: Option<String>,
    why: String,
    has_weights: bool,
    rows: Vec<CandidateRow>,
}

/// A candidate phone, in ringing order.
struct CandidateRow {
    rank: String,
    login: String,
    dialer: String,
    seats: String,
    weight: String,
    verdict: String,
    is_usable: bool,
}

/// Builds the table from a placement decision.
pub(super) fn standing(dialers: &Dialers, choice: &Result<Choice, Refusal>) -> AliasStanding {
    let choice = match choice {
        Ok(choice) => choice,
        Err(reason) => {
            let why = refusal(*reason).to_owned();
            return AliasStanding { goes: None, why, has_weights: false, rows: Vec::new() };
        }
    };
    let decision = &choice.decision;
    let row = |place: usize, rank: String, verdict: String, is_usable: bool| {
        choice.candidates.get(place).map(|candidate| row(dialers, candidate, rank, verdict, is_usable))
    };
    let usable = decision.order.iter().enumerate().filter_map(|(rank, place)| {
        let verdict = verdict(choice.candidates.get(*place)?, rank == 0);
        row(*place, (rank + 1).to_string(), verdict.to_owned(), true)
    });
    let left_out = decision.left_out.iter().filter_map(|(place, reason)| {
        let verdict = format!("Left out: {}", left_out_because(reason));
        row(*place, "–".to_owned(), verdict, false)
    });
    let rows: Vec<CandidateRow> = usable.chain(left_out).collect();
    let (goes, why) = goes(dialers, choice);
    let has_weights =
        choice.candidates.iter().any(|candidate| candidate.dialer.as_ref().is_some_and(|dialer| dialer.weight > 0));
    AliasStanding { goes, why, has_weights, rows }
}

/// Dialer and phone of the first choice, and the reason for it.
pub(in crate::admin) fn goes(dialers: &Dialers, choice: &Choice) -> (Option<String>, String) {
    let first = choice.decision.order.first().and_then(|place| choice.candidates.get(*place));
    let Some((first, dialer)) = first.and_then(|first| Some((first, first.dialer.as_ref()?))) else {
        return (None, messages::NOWHERE.to_owned());
    };
    let goes = messages::goes(&dialers.name(&dialer.server_ip), &first.login);
    (Some(goes), messages::why(choice.decision.why, dialer.seats, choice.decision.order.len()))
}

fn row(dialers: &Dialers, candidate: &Candidate, rank: String, verdict: String, is_usable: bool) -> CandidateRow {
    let dialer = candidate.dialer.as_ref();
    let figure = |figure: Option<u32>| figure.map_or_else(|| "–".to_owned(), |figure| figure.to_string());
    CandidateRow {
        rank,
        login: candidate.login.clone(),
        dialer: dialer.map_or_else(|| "–".to_owned(), |dialer| dialers.name(&dialer.server_ip)),
        seats: figure(dialer.map(|dialer| dialer.seats)),
        weight: figure(dialer.map(|dialer| dialer.weight)),
        verdict,
        is_usable,
    }
}

fn verdict(candidate: &Candidate, is_first: bool) -> &'static str {
    let registration = candidate.phone.as_ref().map(|phone| phone.registration);
    match (registration, is_first) {
        (Some(Registration::NotRegistered), true) => "Rings first, although it is not registered",
        (Some(Registration::NotRegistered), false) => "Not registered, so it rings last",
        (_, true) => "Rings first",
        (_, false) => "Rings if the previous ones do not answer",
    }
}
