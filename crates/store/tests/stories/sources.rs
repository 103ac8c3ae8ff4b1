//! Changes of every table through every interface: each writes one row of the audit log, whose code names the source, and causes one
//! webhook event. The rules for granting rights are the same everywhere.

use fleet::actor::{Actor, Source};
use fleet::aliases::delete::DeleteAlias;
use fleet::aliases::save::{AliasDraft, SaveAlias, alias_of};
use fleet::audit_log::RowEvent;
use fleet::dialers::save::{Dialer, SaveDialer};
use fleet::field::FieldId;
use fleet::fleet_file::{FileRow, Fleet, FleetPlan, Reading};
use fleet::login::PasswordCheck;
use fleet::non_agent_api::copy_user;
use fleet::password::{NewPassword, Password, StoredPassword};
use fleet::phones::save::{PhoneGoal, phone_of};
use fleet::phones::{DeletePhone, SavePhone, version};
use fleet::records::PhoneKey;
use fleet::rows::change::{ChangeContext, Condition, RowAction, RowChange, execute};
use fleet::save::{InvalidKey, KeyFault, RowDiff, SaveRefusal};
use fleet::schema::{Row, Table};
use fleet::sessions::NoLiveStatus;
use fleet::users::permissions::Access;
use fleet::users::save::{SaveAccess, SetPassword};
use fleet::webhooks::{Event, Secret, Topic, Webhook, admin, waiting};
use fleet::{FleetTx, Outcome, Rng, dialers, fleet_file};

use crate::support::{Fixture, USER_PASSWORD, alias, password_of, phone};

const TABLES: [Table; 8] = [
    Table::Phone,
    Table::Alias,
    Table::Template,
    Table::User,
    Table::Dialer,
    Table::UserGroup,
    Table::Campaign,
    Table::IpList,
];

const EVENTS: [RowEvent; 3] = [RowEvent::Add, RowEvent::Modify, RowEvent::Delete];

struct Zeroes;

impl Rng for Zeroes {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// A store whose administrator has every right.
fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.sql(
        "INSERT INTO vicidial_user_groups (user_group) VALUES ('ADMIN'), ('AGENTS');
         UPDATE vicidial_users SET user_group = 'ADMIN', modify_users = '1', delete_users = '1', view_reports = '1',
             modify_same_user_level = '1', api_allowed_functions = ' ALL_FUNCTIONS ' WHERE user = '6666'",
    );
    fixture
}

fn actor(source: Source) -> Actor {
    Actor { user: "6666".to_owned(), ..Actor::command(source) }
}

fn row(table: Table, values: &[(&str, &str)]) -> Row {
    let mut row = Row::new(table);
    for (key, value) in values {
        row.set(key, (*value).to_owned());
    }
    row
}

/// The key of the row that the tests add, change and delete.
fn named(table: Table) -> Row {
    let names: &[(&str, &str)] = match table {
        Table::Phone => &[("server_ip", "10.0.9.8"), ("extension", "cc200")],
        Table::Alias => &[("alias_id", "team")],
        Table::Template => &[("template_id", "sip")],
        Table::User => &[("user", "2001")],
        Table::Dialer => &[("server_ip", "10.0.9.77")],
        Table::UserGroup => &[("user_group", "NORTH")],
        Table::Campaign => &[("campaign_id", "SALES")],
        _ => &[("ip_list_id", "office")],
    };
    row(table, names)
}

/// The values of the new row.
fn values(table: Table) -> Row {
    let values: &[(&str, &str)] = match table {
        Table::Phone => &[
            ("phone_login", "cc200a"),
            ("phone_pass", "secret1"),
            ("registration_password", "secret2"),
            ("phone_full_name", "Seat"),
            ("dialplan_number", "200"),
            ("voicemail_id", "200"),
            ("protocol", "SIP"),
            ("local_gmt", "-5.00"),
            ("outbound_cid", "7275551212"),
            ("conf_override", "type=peer"),
        ],
        Table::Alias => &[("alias_name", "Team"), ("phone_logins", "100a"), ("user_group", "AGENTS")],
        Table::Template => &[("template_contents", "a")],
        Table::User => &[("full_name", "Agent"), ("user_level", "1"), ("user_group", "AGENTS"), USER_PASSWORD],
        Table::Dialer => &[("server_id", "new"), ("ami_secret", "secret3")],
        Table::IpList => &[("entries", "10.0.0.1")],
        _ => &[],
    };
    row(table, values).over(&named(table))
}

/// Changed values for some of its columns.
fn patch(table: Table) -> Row {
    let values: &[(&str, &str)] = match table {
        Table::Phone => &[("phone_full_name", "Seat 18"), ("conf_override", "type=friend"), ("phone_pass", "secret4")],
        Table::Alias => &[("alias_name", "Other"), ("active", "N"), ("user_group", "ADMIN")],
        Table::Template => &[("template_contents", "b"), ("template_name", "B")],
        Table::User => &[("full_name", "Lead"), ("active", "N")],
        Table::Dialer => &[("server_id", "old"), ("ami_host", "192.0.2.1")],
        Table::UserGroup => &[("group_name", "North"), ("admin_viewable_groups", " NORTH ")],
        Table::Campaign => &[("campaign_name", "Sales"), ("active", "Y")],
        _ => &[("entries", "10.0.0.1,10.0.0.2")],
    };
    row(table, values)
}

async fn stored(fixture: &Fixture, table: Table) -> Row {
    fixture.store.read(move |tx| tx.row(&named(table))).await.unwrap().unwrap()
}

/// Through the generic interface for rows, which serves the JSON API, the command line, and sheets that are sent to a server.
async fn by_row(fixture: &Fixture, source: Source, table: Table, event: RowEvent) {
    let act = match event {
        RowEvent::Add => RowAction::Create(values(table)),
        RowEvent::Modify => RowAction::Patch(patch(table)),
        RowEvent::Delete => RowAction::Delete,
    };
    change(fixture, actor(source), named(table), act).await.unwrap();
}

async fn change(fixture: &Fixture, actor: Actor, row: Row, act: RowAction) -> Result<Row, SaveRefusal> {
    let password = password_of(&row).filter(|_| matches!(act, RowAction::Create(_)));
    let change = RowChange { row, act, password, condition: Condition::None };
    let change = move |tx: &mut dyn FleetTx| {
        execute(tx, &change, ChangeContext { actor: &actor, tag_key: "key", live_status: &NoLiveStatus })
    };
    fixture.save(change).await
}

/// Through a fleet file, or a sheet that is imported into the database.
async fn by_plan(fixture: &Fixture, source: Source, table: Table, event: RowEvent) {
    let before = fixture.store.read(|tx| Fleet::read(tx)).await.unwrap();
    let plan = if event == RowEvent::Delete {
        let changes = vec![RowDiff::delete(&stored(fixture, table).await)];
        FleetPlan { before, changes }
    } else {
        let entry = if event == RowEvent::Add { values(table) } else { patch(table).over(&named(table)) };
        let wanted = vec![FileRow { place: entry.title(), row: entry, number: 1 }];
        fleet_file::plan(Reading { wanted, mistakes: Vec::new() }, before, false, &Zeroes).unwrap()
    };
    let execute = move |tx: &mut dyn FleetTx| fleet_file::execute(tx, &plan, &Actor::command(source), &|_| {});
    assert!(fixture.store.write(execute).await.unwrap());
}

/// Through a form of the panel. Returns whether the panel has one.
async fn by_panel(fixture: &Fixture, table: Table, event: RowEvent) -> bool {
    let actor = actor(Source::Panel);
    let phone = PhoneKey { extension: "cc200".to_owned(), server_ip: "10.0.9.8".to_owned() };
    match (table, event) {
        (Table::Phone, RowEvent::Add) => {
            let save = SavePhone { values: values(table), goal: PhoneGoal::New { like: None }, actor };
            fixture.save(move |tx| save.execute(tx)).await.unwrap();
        }
        (Table::Phone, RowEvent::Modify) => {
            let (key, version) = ("key".to_owned(), version(&phone_of(&stored(fixture, table).await), "key"));
            let goal = PhoneGoal::Changed { phone, version, key, with_aliases: true };
            let save = SavePhone { values: patch(table), goal, actor };
            fixture.save(move |tx| save.execute(tx)).await.unwrap();
        }
        (Table::Phone, RowEvent::Delete) => {
            let delete = DeletePhone { phone, agent: String::new(), actor };
            fixture.save(move |tx| delete.execute(tx)).await.unwrap();
        }
        (Table::Alias, RowEvent::Add | RowEvent::Modify) => {
            let mut draft = AliasDraft {
                alias_id: "team".to_owned(),
                alias_name: "Team".to_owned(),
                logins: vec!["100a".to_owned()],
                active: true,
            };
            let mut version = None;
            if event == RowEvent::Modify {
                version = Some(AliasDraft::of(&alias_of(&stored(fixture, table).await)).version());
                draft.active = false;
            }
            let save = SaveAlias { draft, version, actor };
            fixture.save(move |tx| save.execute(tx, &NoLiveStatus)).await.unwrap();
        }
        (Table::Alias, RowEvent::Delete) => {
            let version = AliasDraft::of(&alias_of(&stored(fixture, table).await)).version();
            let delete = DeleteAlias { alias_id: "team".to_owned(), version, actor };
            fixture.save(move |tx| delete.execute(tx)).await.unwrap();
        }
        (Table::User, RowEvent::Modify) => {
            let user = fixture.store.read(|tx| tx.user("2001")).await.unwrap().unwrap();
            let version = Access::of(&user).version();
            let access = Access { user_level: 2, active: false, ..Access::of(&user) };
            let save = SaveAccess { user: user.user, access, version, actor };
            fixture.save(move |tx| save.execute(tx)).await.unwrap();
        }
        (Table::Dialer, RowEvent::Add | RowEvent::Modify) => {
            let find = |tx: &mut dyn FleetTx| Dialer::find(tx, "10.0.9.77");
            let version = fixture.store.read(find).await.unwrap().map(|dialer| dialer.version());
            let weight = if event == RowEvent::Add { "7" } else { "8" };
            let values = vec![("server_id", "panel".to_owned()), ("weight", weight.to_owned())];
            let save = SaveDialer { server_ip: "10.0.9.77".to_owned(), values, version, actor };
            fixture.save(move |tx| save.execute(tx)).await.unwrap();
        }
        (Table::Dialer, RowEvent::Delete) => {
            fixture.save(move |tx| dialers::delete::delete(tx, "10.0.9.77", &actor)).await.unwrap();
        }
        _ => return false,
    }
    true
}

/// Through a function of the Non-Agent API. Returns whether the API has one.
async fn by_function(fixture: &Fixture, table: Table, event: RowEvent) -> bool {
    let phone_key = [(FieldId::Extension, "cc200"), (FieldId::ServerIp, "10.0.9.8")];
    let (function, fields): (_, Vec<(FieldId, &str)>) = match (table, event) {
        (Table::Phone, RowEvent::Add) => ("add_phone", phone("cc200", "10.0.9.8", "cc200a").to_vec()),
        (Table::Phone, RowEvent::Modify) => {
            ("update_phone", [&phone_key[..], &[(FieldId::PhoneFullName, "Seat 18")]].concat())
        }
        (Table::Phone, RowEvent::Delete) => ("update_phone", [&phone_key[..], &[(FieldId::DeletePhone, "Y")]].concat()),
        (Table::Alias, RowEvent::Add) => ("add_phone_alias", alias("team", "100a").to_vec()),
        (Table::Alias, RowEvent::Modify) => {
            ("update_phone_alias", vec![(FieldId::AliasId, "team"), (FieldId::AliasName, "Other")])
        }
        (Table::Alias, RowEvent::Delete) => {
            ("update_phone_alias", vec![(FieldId::AliasId, "team"), (FieldId::DeleteAlias, "Y")])
        }
        (Table::User, RowEvent::Add) => {
            let level = [(FieldId::AgentUserLevel, "1"), (FieldId::AgentFullName, "Agent")];
            let user =
                [(FieldId::AgentUser, "2001"), (FieldId::AgentPass, "secret"), (FieldId::AgentUserGroup, "AGENTS")];
            ("add_user", [&level[..], &user[..]].concat())
        }
        (Table::User, RowEvent::Modify) => {
            ("update_user", vec![(FieldId::AgentUser, "2001"), (FieldId::AgentFullName, "Lead")])
        }
        (Table::User, RowEvent::Delete) => {
            ("update_user", vec![(FieldId::AgentUser, "2001"), (FieldId::DeleteUser, "Y")])
        }
        _ => return false,
    };
    fixture.call(function, &fields).await;
    true
}

/// The expected code in the audit log.
fn code(source: Source, table: Table, event: RowEvent) -> String {
    let prefix = match source {
        Source::NonAgentApi => "ADMIN API",
        Source::JsonApi => "ADMIN JSON API",
        Source::Panel => "ADMIN",
        Source::CommandLine => "ADMIN COMMAND LINE",
        Source::FleetFile => "ADMIN FLEET FILE",
        Source::Csv => "ADMIN CSV",
        Source::System => "ADMIN SYSTEM",
    };
    let noun = match (table, event) {
        (Table::Alias, RowEvent::Modify) if source == Source::NonAgentApi => "PHONE",
        (Table::Phone, _) => "PHONE",
        (Table::Alias, _) => "PHONE ALIAS",
        (Table::Template, _) => "CONF TEMPLATE",
        (Table::User, _) => "USER",
        (Table::Dialer, _) => "SERVER",
        (Table::UserGroup, _) => "USER GROUP",
        (Table::Campaign, _) => "CAMPAIGN",
        _ => "IP LIST",
    };
    let verb = match event {
        RowEvent::Add => "ADD",
        RowEvent::Modify if source == Source::NonAgentApi => "UPDATE",
        RowEvent::Modify => "MODIFY",
        RowEvent::Delete => "DELETE",
    };
    format!("{prefix} {verb} {noun}")
}

/// The expected webhook event.
fn kind(table: Table, event: RowEvent) -> Option<String> {
    let topic = match table {
        Table::Phone => "phone",
        Table::Alias => "alias",
        Table::User => "user",
        Table::Dialer => "dialer",
        _ => return None,
    };
    let verb = match event {
        RowEvent::Add => "added",
        RowEvent::Modify => "changed",
        RowEvent::Delete => "deleted",
    };
    Some(format!("{topic}.{verb}"))
}

/// Reader of new rows of the audit log and new events of a webhook.
struct Audit {
    webhook: Webhook,
    last: i64,
}

impl Audit {
    async fn new(fixture: &Fixture) -> Self {
        let topics = [Topic::Phone, Topic::Alias, Topic::User, Topic::Dialer];
        let add = move |tx: &mut dyn FleetTx| {
            let secret = Secret::new("whsec_AAAA");
            admin::add(tx, ("https://a.example/", &topics), &secret, &actor(Source::JsonApi))
        };
        let webhook = fixture.save(add).await.unwrap();
        let last = fixture.ask("SELECT max(admin_log_id) FROM vicidial_admin_log");
        Self { webhook, last }
    }

    /// The codes and the events since the last call.
    async fn read(&mut self, fixture: &Fixture) -> (Vec<String>, Vec<String>) {
        let (last, webhook) = (self.last, self.webhook.clone());
        self.last = fixture.ask("SELECT max(admin_log_id) FROM vicidial_admin_log");
        let mut codes = Vec::new();
        for id in last + 1..=self.last {
            let count: i64 = fixture.ask(&format!("SELECT count(*) FROM vicidial_admin_log WHERE admin_log_id = {id}"));
            if count > 0 {
                codes
                    .push(fixture.ask(&format!("SELECT event_code FROM vicidial_admin_log WHERE admin_log_id = {id}")));
            }
        }
        let events = fixture.store.read(move |tx| waiting(tx, &webhook)).await.unwrap();
        if let Some(last) = events.last() {
            self.webhook.position = last.position;
        }
        (codes, events.iter().map(Event::kind).collect())
    }
}

#[tokio::test]
async fn one_change_is_one_row_of_the_audit_log_that_names_its_source_and_one_event() {
    let fixture = fixture();
    let mut audit = Audit::new(&fixture).await;
    for table in TABLES {
        for source in Source::ALL.into_iter().filter(|source| *source != Source::System) {
            for event in EVENTS {
                let is_done = match source {
                    Source::NonAgentApi => by_function(&fixture, table, event).await,
                    Source::Panel => by_panel(&fixture, table, event).await,
                    // A sheet cannot delete rows.
                    Source::Csv if event == RowEvent::Delete => false,
                    Source::FleetFile | Source::Csv => {
                        by_plan(&fixture, source, table, event).await;
                        true
                    }
                    _ => {
                        by_row(&fixture, source, table, event).await;
                        true
                    }
                };
                let what = format!("{source:?} {table:?} {event:?}");
                let (codes, events) = audit.read(&fixture).await;
                if is_done {
                    assert_eq!(codes, [code(source, table, event)], "{what}");
                    assert_eq!(events, kind(table, event).into_iter().collect::<Vec<_>>(), "{what}");
                    continue;
                }
                // The interface lacks this change, so another one prepares the row for the next step.
                let is_there = fixture.store.read(move |tx| tx.row(&named(table))).await.unwrap().is_some();
                if is_there != (event != RowEvent::Delete) {
                    by_row(&fixture, Source::JsonApi, table, event).await;
                    audit.read(&fixture).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_patch_of_columns_of_two_tables_is_one_change_without_secrets_in_its_notes() {
    let fixture = fixture();
    by_row(&fixture, Source::JsonApi, Table::Phone, RowEvent::Add).await;
    let mut audit = Audit::new(&fixture).await;
    by_row(&fixture, Source::JsonApi, Table::Phone, RowEvent::Modify).await;
    let expected = (vec!["ADMIN JSON API MODIFY PHONE".to_owned()], vec!["phone.changed".to_owned()]);
    assert_eq!(audit.read(&fixture).await, expected);
    let notes: String = fixture.ask("SELECT event_notes FROM vicidial_admin_log ORDER BY admin_log_id DESC LIMIT 1");
    assert_eq!(
        notes,
        "phone: cc200|10.0.9.8; phone_pass changed; phone_full_name: Seat to Seat 18; conf_override: type=peer to type=friend"
    );
    by_row(&fixture, Source::JsonApi, Table::Phone, RowEvent::Modify).await;
    assert_eq!(audit.read(&fixture).await, (vec![], vec![]), "nothing changes");
    by_row(&fixture, Source::JsonApi, Table::Alias, RowEvent::Add).await;
    let expected = (vec!["ADMIN JSON API ADD PHONE ALIAS".to_owned()], vec!["alias.added".to_owned()]);
    assert_eq!(audit.read(&fixture).await, expected, "with its group");
    assert_eq!(stored(&fixture, Table::Alias).await.text("user_group"), "AGENTS");
}

#[tokio::test]
async fn renaming_a_login_in_its_aliases_is_one_change_of_each_row() {
    let fixture = fixture();
    by_row(&fixture, Source::JsonApi, Table::Phone, RowEvent::Add).await;
    fixture.call("add_phone_alias", &alias("team", "cc200a,100a")).await;
    let mut audit = Audit::new(&fixture).await;
    let phone = PhoneKey { extension: "cc200".to_owned(), server_ip: "10.0.9.8".to_owned() };
    let (key, version) = ("key".to_owned(), version(&phone_of(&stored(&fixture, Table::Phone).await), "key"));
    let goal = PhoneGoal::Changed { phone, version, key, with_aliases: true };
    let values = row(Table::Phone, &[("phone_login", "cc200z")]);
    let save = SavePhone { values, goal, actor: actor(Source::Panel) };
    fixture.save(move |tx| save.execute(tx)).await.unwrap();
    let (codes, events) = audit.read(&fixture).await;
    assert_eq!(codes, ["ADMIN MODIFY PHONE", "ADMIN MODIFY PHONE ALIAS"]);
    assert_eq!(events, ["phone.changed", "alias.changed"]);
    assert_eq!(stored(&fixture, Table::Alias).await.text("phone_logins"), "cc200z,100a");
}

#[tokio::test]
async fn a_copied_user_and_a_new_password_are_one_row_each() {
    let fixture = fixture();
    by_row(&fixture, Source::JsonApi, Table::User, RowEvent::Add).await;
    let mut audit = Audit::new(&fixture).await;
    let copy = [
        (FieldId::AgentUser, "2002"),
        (FieldId::AgentPass, "secret"),
        (FieldId::AgentFullName, "Copy"),
        (FieldId::SourceUser, "2001"),
    ];
    fixture.call("copy_user", &copy).await;
    assert_eq!(audit.read(&fixture).await, (vec!["ADMIN API COPY USER".to_owned()], vec!["user.added".to_owned()]));
    let set = SetPassword {
        user: "2002".to_owned(),
        password: NewPassword { plain: Password::new("secret"), digest: "$argon2id$new".into(), pass_hash: None },
        actor: actor(Source::Panel),
        admin_session: String::new(),
    };
    fixture.save(move |tx| set.execute(tx)).await.unwrap();
    assert_eq!(audit.read(&fixture).await, (vec!["ADMIN MODIFY USER".to_owned()], vec!["user.changed".to_owned()]));
    let notes: String = fixture.ask("SELECT event_notes FROM vicidial_admin_log ORDER BY admin_log_id DESC LIMIT 1");
    assert_eq!(notes, "user: 2002; pass changed");
}

/// A store with an administrator who lacks some rights, and an agent.
fn house_of_limited() -> Fixture {
    let fixture = fixture();
    fixture.sql(
        "INSERT INTO vicidial_users (user, pass, user_level, user_group, vdc_agent_api_access, ast_admin_access,
                modify_users, modify_same_user_level, api_allowed_functions)
         VALUES ('7777', '1234', 9, 'ADMIN', '1', '1', '1', '1', ' add_user copy_user update_user ');
         INSERT INTO vicidial_users (user, pass, user_level, user_group, api_allowed_functions)
         VALUES ('1001', 'x', 1, 'AGENTS', ' add_user ')",
    );
    fixture
}

fn lacking(key: &'static str) -> Result<(), SaveRefusal> {
    Err(SaveRefusal::Invalid(vec![InvalidKey::new(key, KeyFault::RightLacking)]))
}

#[tokio::test]
async fn an_administrator_cannot_grant_a_right_that_they_lack_through_the_json_api_or_the_panel() {
    let fixture = house_of_limited();
    for user in ["7777", "1001"] {
        for (key, value) in [("ast_delete_phones", "1"), ("api_allowed_functions", " ALL_FUNCTIONS ")] {
            for source in [Source::JsonApi, Source::CommandLine, Source::Csv] {
                let actor = Actor { user: "7777".to_owned(), ..actor(source) };
                let act = RowAction::Patch(row(Table::User, &[(key, value)]));
                let ended = change(&fixture, actor, row(Table::User, &[("user", user)]), act).await;
                assert_eq!(ended.map(drop), lacking(key), "{user} {source:?}");
            }
            let stored = fixture.store.read(move |tx| tx.user(user)).await.unwrap().unwrap();
            let mut access = Access::of(&stored);
            match key {
                "ast_delete_phones" => access.ast_delete_phones = true,
                _ => access.api_allowed_functions = value.to_owned(),
            }
            let (user, version) = (user.to_owned(), Access::of(&stored).version());
            let actor = Actor { user: "7777".to_owned(), ..actor(Source::Panel) };
            let save = SaveAccess { user, access, version, actor };
            assert_eq!(fixture.save(move |tx| save.execute(tx)).await, lacking(key), "panel");
        }
    }
    let given = "SELECT count(*) FROM vicidial_users WHERE ast_delete_phones = '1'";
    assert_eq!(fixture.ask::<i64>(given), 1, "only 6666 has the right, as before");
}

#[tokio::test]
async fn an_administrator_cannot_grant_a_right_that_they_lack_through_the_non_agent_api() {
    let fixture = house_of_limited();
    let password = || PasswordCheck::Right(StoredPassword::Plain("1234".into()));
    let user = [(FieldId::AgentUser, "2001"), (FieldId::AgentPass, "secret"), (FieldId::AgentFullName, "New")];
    let copy = |source| [&user[..], &[(FieldId::SourceUser, source)]].concat();
    let ended = fixture.call_as("7777", password(), "copy_user", &copy("6666")).await;
    assert_eq!(ended, Outcome::CopyUser(copy_user::Outcome::RightsLacking));
    let level = [(FieldId::AgentUserLevel, "8"), (FieldId::AgentUserGroup, "ADMIN")];
    fixture.call_as("7777", password(), "add_user", &[&user[..], &level[..]].concat()).await;
    let rights: String = fixture.ask(
        "SELECT concat(vdc_agent_api_access, ast_admin_access, ast_delete_phones, modify_users, delete_users,
                view_reports, ignore_ip_list) FROM vicidial_users WHERE user = '2001'",
    );
    assert_eq!(rights, "0000000", "a new user has no rights");
    let ended = fixture
        .call_as("7777", password(), "copy_user", &[&copy("1001")[1..], &[(FieldId::AgentUser, "2002")]].concat())
        .await;
    assert_eq!(
        ended,
        Outcome::CopyUser(copy_user::Outcome::Copied("2002".into())),
        "a user without rights can be copied"
    );
}
