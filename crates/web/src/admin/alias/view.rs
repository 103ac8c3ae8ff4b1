//! Page of an alias: as stored, or with unsaved changes.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::aliases::problems::{Common, Member, Warning, members, warnings};
use fleet::aliases::save::{AliasDraft, AliasFault};
use fleet::dialer_status::Registration;
use fleet::lists::{PhoneOrder, PhonePage, PhoneSummary};
use fleet::schema::Table;
use fleet::sessions::{Choice, Refusal, line, preview};
use fleet::{FleetTx, TxError, settle};
use floor::{Floor, LineView};

use super::super::inputs::{Input, InputKind, Problems};
use super::super::lists;
use super::super::messages::{self, Dialers, Tone, aliases as words};
use super::super::page::{self, Frame, Here};
use super::super::session::AdminSession;
use super::form::AliasForm;
use super::standing::{AliasStanding, standing};
use crate::http::fields::Fields;
use crate::{App, assets, html};

/// Maximum number of phones that a search shows.
const FOUND: usize = 12;

/// Content of the page.
#[derive(Default)]
pub(super) struct AliasPageState {
    pub(super) status: StatusCode,
    pub(super) form: AliasForm,
    /// Whether the form has unsaved changes.
    pub(super) is_draft: bool,
    pub(super) problems: Vec<AliasFault>,
    /// The alias as someone else has saved it since the form was opened.
    pub(super) theirs: Option<AliasDraft>,
    pub(super) news: &'static str,
    /// Result of a button.
    pub(super) notice: String,
    /// The member that a button moved, and whether it moved down.
    pub(super) focus: (usize, bool),
    pub(super) campaign: String,
}

impl AliasPageState {
    pub(super) fn of(form: AliasForm) -> Self {
        Self { form, focus: (usize::MAX, false), ..Self::default() }
    }
}

#[derive(Template)]
#[template(path = "admin/alias/page.html")]
#[expect(clippy::struct_excessive_bools, reason = "each shows or hides one part of the page")]
struct AliasPage {
    frame: Frame,
    script: String,
    alias_id: String,
    is_new: bool,
    is_draft: bool,
    may_change: bool,
    may_delete: bool,
    version: String,
    problems: Option<String>,
    news: &'static str,
    notice: String,
    inputs: Vec<Input>,
    active: bool,
    alias_name: String,
    rows: Vec<MemberRow>,
    phones: Input,
    warnings: Vec<String>,
    found: AliasMatches,
    standing: AliasStanding,
    campaigns: Vec<String>,
    campaign: String,
    here: String,
    softphone: String,
    delete: String,
}

/// A member and its phone.
#[expect(clippy::struct_excessive_bools, reason = "each shows or hides one part of the page")]
struct MemberRow {
    login: String,
    phone: Option<(String, String)>,
    find: String,
    line: (String, Tone),
    is_active: bool,
    login_password: &'static str,
    registration_password: &'static str,
    needs_a_look: bool,
    is_first: bool,
    is_last: bool,
    focus_up: bool,
    focus_down: bool,
}

/// Phones that can be added.
#[derive(Template)]
#[template(path = "admin/alias/found.html")]
struct AliasMatches {
    words: String,
    rows: Vec<FoundRow>,
    /// An extension that several of the phones share, and their number.
    extension: Option<(String, usize)>,
}

struct FoundRow {
    phone: PhoneSummary,
    dialer: String,
    is_member: bool,
}

/// Data of the page.
struct AliasData {
    members: Vec<Member>,
    /// Current registration of each member.
    lines: Vec<LineView>,
    choice: Result<Choice, Refusal>,
    campaigns: Vec<String>,
    found: Vec<PhoneSummary>,
}

pub(super) async fn page_of(app: &App, admin_session: &AdminSession, shown: AliasPageState) -> Response {
    let (logins, campaign, q) = (shown.form.draft.logins.clone(), shown.campaign.clone(), shown.form.q.clone());
    let floor = Arc::clone(&app.floor);
    let known = app.store.read(move |tx| know(tx, &logins, &campaign, &q, &floor)).await;
    match known {
        Ok(known) => html::page(shown.status, &page(app, admin_session, shown, known)),
        Err(error) => page::failed(&error.into()),
    }
}

fn know(tx: &mut dyn FleetTx, logins: &[String], campaign: &str, q: &str, floor: &Floor) -> Result<AliasData, TxError> {
    let campaigns = tx.rows(Table::Campaign)?;
    let live_status = floor.live_status();
    let members = members(tx, logins.iter().map(String::as_str), live_status.as_ref())?;
    Ok(AliasData {
        lines: members.iter().map(|member| line_of(tx, floor, member)).collect::<Result<_, _>>()?,
        members,
        // The comma makes it a list of logins, even if a single login is also the name of an alias.
        choice: settle(preview(tx, &format!("{},", logins.join(",")), campaign, live_status.as_ref()).map(Ok), Err)?,
        campaigns: campaigns.iter().map(|campaign| campaign.text("campaign_id").to_owned()).collect(),
        found: find(tx, q)?,
    })
}

/// Phones whose login or extension begins with `q`: up to one more than the page shows.
fn find(tx: &mut dyn FleetTx, q: &str) -> Result<Vec<PhoneSummary>, TxError> {
    if q.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = |by| PhonePage {
        by,
        begins: q.to_owned(),
        at_most: u32::try_from(FOUND + 1).unwrap_or(u32::MAX),
        ..PhonePage::default()
    };
    let mut found = tx.list_phones(&wanted(PhoneOrder::Extension))?;
    for phone in tx.list_phones(&wanted(PhoneOrder::Login))? {
        if !found.iter().any(|known| known.number == phone.number) {
            found.push(phone);
        }
    }
    // A phone without a login cannot be a member.
    found.retain(|phone| !phone.login.is_empty());
    Ok(found)
}

fn page(app: &App, admin_session: &AdminSession, shown: AliasPageState, known: AliasData) -> AliasPage {
    let dialers = Dialers::of(app);
    let warned = warnings(&known.members);
    let inputs = inputs(&shown);
    let phones = phones_input(&shown);
    let problems = problems(&shown, inputs.iter().chain([&phones]));
    let AliasForm { is_new, draft, version, q } = shown.form;
    let may_change = admin_session.may_change();
    let here = lists::address("/admin/alias", &[("id", &draft.alias_id)]);
    let is_untouched = is_new && known.members.is_empty();
    AliasPage {
        frame: Frame::of(admin_session, Here::Aliases),
        script: assets::address("alias.js"),
        is_new,
        is_draft: shown.is_draft,
        may_change,
        may_delete: may_change && admin_session.user.ast_delete_phones && !is_new && !shown.is_draft,
        version,
        problems,
        news: shown.news,
        notice: shown.notice,
        inputs,
        active: draft.active,
        rows: rows(&dialers, &known, &warned, shown.focus),
        phones,
        // A new alias has no phones yet: no warning about that.
        warnings: if is_untouched {
            Vec::new()
        } else {
            words::warnings(&warned, &known.members, |ip| dialers.name(ip))
        },
        found: found(&dialers, &q, known.found, &draft),
        standing: standing(&dialers, &known.choice),
        campaigns: known.campaigns,
        campaign: shown.campaign,
        softphone: lists::address("/admin/alias/softphone", &[("id", &draft.alias_id)]),
        delete: lists::address("/admin/alias/delete", &[("id", &draft.alias_id)]),
        here,
        alias_id: draft.alias_id,
        alias_name: draft.alias_name,
    }
}

/// Message above a form that was not saved.
fn problems<'a>(shown: &AliasPageState, inputs: impl Iterator<Item = &'a Input>) -> Option<String> {
    let words = match (&shown.theirs, shown.problems.is_empty()) {
        (Some(_), _) => words::OUTDATED,
        (None, false) => words::REFUSED,
        (None, true) => return None,
    };
    Problems::of(words, inputs).render().ok()
}

fn inputs(shown: &AliasPageState) -> Vec<Input> {
    let (draft, theirs) = (&shown.form.draft, shown.theirs.as_ref());
    let about = |is_it: fn(&AliasFault) -> bool| problem_text(&shown.problems, is_it);
    let switch = [("Y", "Yes"), ("N", "No (logins are refused)")];
    let choices = switch.map(|(sent, words)| (sent.to_owned(), words.to_owned())).to_vec();
    let flag = |active: bool| if active { "Y" } else { "N" };
    let mut inputs = Vec::with_capacity(3);
    if shown.form.is_new {
        let problem =
            about(|problem| matches!(problem, AliasFault::IdLength | AliasFault::IdCharacters | AliasFault::IdTaken));
        let input = Input::line("alias_id", "Alias", &draft.alias_id).required().problem(problem);
        inputs.push(input.hint("Agents enter it as the phone login. It cannot be changed later."));
    }
    let name = Input::line("alias_name", "Name", &draft.alias_name)
        .problem(about(|problem| matches!(problem, AliasFault::NameLength(_) | AliasFault::NameCharacters)))
        .theirs(theirs.filter(|theirs| theirs.alias_name != draft.alias_name).map(|theirs| theirs.alias_name.clone()))
        .hint("Display name, e.g. the agent’s name.");
    inputs.push(if shown.form.is_new { name.required() } else { name });
    let active = Input::new("active", "Active", InputKind::Choice(choices), flag(draft.active));
    let their_switch = theirs.filter(|theirs| theirs.active != draft.active);
    inputs.push(active.theirs(their_switch.map(|theirs| if theirs.active { "Yes" } else { "No" }.to_owned())));
    inputs
}

/// The search field for phones; it also shows problems of the members.
fn phones_input(shown: &AliasPageState) -> Input {
    let draft = &shown.form.draft;
    let is_about_phones = |problem: &AliasFault| {
        use AliasFault::{NeverRegistered, NoMembers, TooManyMembers, Unknown};
        matches!(problem, NoMembers | TooManyMembers | Unknown(_) | NeverRegistered(_))
    };
    let theirs = shown.theirs.as_ref().filter(|theirs| theirs.logins != draft.logins);
    Input::line("q", "Phones", &shown.form.q)
        .problem(problem_text(&shown.problems, is_about_phones))
        .theirs(theirs.map(|theirs| theirs.logins.join(", ")))
}

/// All problems of one field.
fn problem_text(problems: &[AliasFault], is_it: impl Fn(&AliasFault) -> bool) -> Option<String> {
    let words: Vec<String> =
        problems.iter().filter(|problem| is_it(problem)).map(crate::messages::aliases::problem).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn rows(dialers: &Dialers, known: &AliasData, warnings: &[Warning], (focus, is_down): (usize, bool)) -> Vec<MemberRow> {
    let members = &known.members;
    let is_odd = |place: usize, wanted: Common| {
        warnings.iter().any(
            |warning| matches!(warning, Warning::Differ { what, odd, .. } if *what == wanted && odd.contains(&place)),
        )
    };
    let is_alone = members.iter().filter(|member| member.phone.is_some()).count() < 2;
    let compared = |place: usize, member: &Member, what| match member.phone {
        Some(_) => words::compared(is_odd(place, what), is_alone),
        None => "–",
    };
    let row = |(place, (member, line)): (usize, (&Member, &LineView))| MemberRow {
        login: member.login.clone(),
        phone: member.phone.as_ref().map(|phone| (phone.extension.clone(), dialers.name(&phone.server_ip))),
        find: lists::address("/admin/phones", &[("by", "login"), ("q", &member.login)]),
        line: words::line(line),
        is_active: member.phone.as_ref().is_none_or(|phone| phone.active == "Y"),
        login_password: compared(place, member, Common::LoginPassword),
        registration_password: compared(place, member, Common::RegistrationPassword),
        needs_a_look: warnings.iter().any(|warning| warning.about().contains(&place)),
        is_first: place == 0,
        is_last: place + 1 == members.len(),
        // A disabled button passes the focus to its neighbour.
        focus_up: focus == place && (!is_down && place > 0 || is_down && place + 1 == members.len()),
        focus_down: focus == place && (is_down && place + 1 < members.len() || !is_down && place == 0),
    };
    members.iter().zip(&known.lines).enumerate().map(row).collect()
}

fn line_of(tx: &mut dyn FleetTx, floor: &Floor, member: &Member) -> Result<LineView, TxError> {
    let channel = member.phone.as_ref().and_then(|phone| Some((&phone.server_ip, line(phone)?)));
    match channel {
        Some((server_ip, channel)) => floor.line_with(tx, server_ip, &channel),
        None => Ok(LineView { registration: Registration::NotNeeded, address: None, since: None }),
    }
}

fn found(dialers: &Dialers, q: &str, mut phones: Vec<PhoneSummary>, draft: &AliasDraft) -> AliasMatches {
    let is_member = |login: &str| draft.logins.iter().any(|member| fleet::name::same(member, login));
    let has_more = phones.len() > FOUND;
    phones.truncate(FOUND);
    let same = phones.iter().filter(|phone| fleet::name::same(&phone.extension, q) && !is_member(&phone.login)).count();
    let rows: Vec<FoundRow> = phones
        .into_iter()
        .map(|phone| FoundRow { dialer: dialers.name(&phone.server_ip), is_member: is_member(&phone.login), phone })
        .collect();
    let extension = (same > 1).then(|| (q.to_owned(), same));
    AliasMatches { words: words::found(q, rows.len(), has_more), rows, extension }
}

/// `GET`: the matching phones as an HTML fragment, for the script of the page.
pub(in crate::admin) async fn matches(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    if !admin_session.may_change() {
        return page::message(&admin_session, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK);
    }
    let form = AliasForm::read(&Fields::of_query(query));
    let q = form.q.clone();
    match app.store.read(move |tx| find(tx, &q)).await {
        Ok(phones) => html::page(StatusCode::OK, &found(&Dialers::of(&app), &form.q, phones, &form.draft)),
        Err(error) => page::failed(&error.into()),
    }
}
