-- History and planned drains, for the panel.

-- The login that the agent typed: an alias, a phone's login, or a list of logins.
ALTER TABLE hotdesk_session ADD COLUMN typed TEXT NOT NULL DEFAULT '';
-- An index that grows at its end. Look-ups find a day and filter its sessions in the index, without reading the long timelines.
CREATE INDEX hotdesk_session_began ON hotdesk_session (began, session_id, user, typed, server_ip, state, end_reason);

-- The last known state of each registration. Only changes of this state are recorded.
ALTER TABLE hotdesk_line ADD COLUMN registered TEXT NOT NULL DEFAULT '' CHECK (registered IN ('Y', 'N', '')); -- '': unknown
ALTER TABLE hotdesk_line ADD COLUMN address TEXT NOT NULL DEFAULT ''; -- the phone's address, such as 192.0.2.7:5060; empty if the dialer does not report it
ALTER TABLE hotdesk_line ADD COLUMN since TEXT NOT NULL DEFAULT '';

-- Changes of registrations, in order: registered, no longer registered, or registered from another address.
CREATE TABLE hotdesk_line_change (
  change_id INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  server_ip TEXT NOT NULL,                 -- lower(rtrim(servers.server_ip))
  channel TEXT NOT NULL,                   -- such as SIP/cc100; letter case counts, as on the dialer
  registered TEXT NOT NULL CHECK (registered IN ('Y', 'N')),
  address TEXT NOT NULL DEFAULT ''         -- as in hotdesk_line
);
CREATE INDEX hotdesk_line_change_line ON hotdesk_line_change (server_ip, channel, change_id);

-- Statistics per minute: the seats of each dialer at the end of the minute, and its logins during the minute. Each minute in which
-- Hotdesk runs has a row without a dialer; a dialer without seats and logins has no row.
CREATE TABLE hotdesk_minute (
  minute TEXT NOT NULL,                    -- such as 2026-11-21 05:31
  server_ip TEXT NOT NULL,                 -- as in servers; empty: logins that no dialer could take
  seats INTEGER NOT NULL,
  logins INTEGER NOT NULL,
  PRIMARY KEY (minute, server_ip)
) WITHOUT ROWID;

-- Planned drains.
CREATE TABLE hotdesk_plan (
  plan_id INTEGER PRIMARY KEY,
  server_ip TEXT NOT NULL,
  act TEXT NOT NULL CHECK (act IN ('drain', 'take')),
  due TEXT NOT NULL,                       -- UTC
  user TEXT NOT NULL,                      -- the actor
  from_ip TEXT NOT NULL,                   -- the actor's address
  made TEXT NOT NULL,
  done TEXT,                               -- time of execution or cancellation
  outcome TEXT NOT NULL DEFAULT ''         -- done, cancelled, no_such_dialer
);
CREATE INDEX hotdesk_plan_open ON hotdesk_plan (due) WHERE done IS NULL;
CREATE INDEX hotdesk_plan_dialer ON hotdesk_plan (server_ip, plan_id);

-- Expected registrations of each dialer: the number of its active phones that register, kept current by triggers. `changes` grows
-- whenever the set of these phones changes.
CREATE TABLE hotdesk_expected (
  server_ip TEXT NOT NULL PRIMARY KEY,     -- lower(rtrim(phones.server_ip))
  lines INTEGER NOT NULL,
  changes INTEGER NOT NULL DEFAULT 1
) WITHOUT ROWID;
INSERT INTO hotdesk_expected (server_ip, lines)
  SELECT lower(rtrim(server_ip)), count(*) FROM phones
  WHERE active = 'Y' AND protocol IN ('SIP', 'PJSIP') AND is_webphone NOT LIKE 'Y%' GROUP BY 1;
CREATE TRIGGER hotdesk_expected_more AFTER INSERT ON phones
WHEN NEW.active = 'Y' AND NEW.protocol IN ('SIP', 'PJSIP') AND NEW.is_webphone NOT LIKE 'Y%' BEGIN
  INSERT INTO hotdesk_expected (server_ip, lines) VALUES (lower(rtrim(NEW.server_ip)), 1)
    ON CONFLICT (server_ip) DO UPDATE SET lines = lines + 1, changes = changes + 1;
END;
CREATE TRIGGER hotdesk_expected_fewer AFTER DELETE ON phones
WHEN OLD.active = 'Y' AND OLD.protocol IN ('SIP', 'PJSIP') AND OLD.is_webphone NOT LIKE 'Y%' BEGIN
  UPDATE hotdesk_expected SET lines = lines - 1, changes = changes + 1 WHERE server_ip = lower(rtrim(OLD.server_ip));
END;
CREATE TRIGGER hotdesk_expected_changed AFTER UPDATE OF extension, server_ip, active, protocol, is_webphone ON phones
WHEN OLD.extension <> NEW.extension OR OLD.server_ip <> NEW.server_ip OR OLD.active <> NEW.active
  OR OLD.protocol <> NEW.protocol OR OLD.is_webphone <> NEW.is_webphone BEGIN
  UPDATE hotdesk_expected SET lines = lines - 1, changes = changes + 1
  WHERE server_ip = lower(rtrim(OLD.server_ip)) AND OLD.active = 'Y' AND OLD.protocol IN ('SIP', 'PJSIP') AND OLD.is_webphone NOT LIKE 'Y%';
  INSERT INTO hotdesk_expected (server_ip, lines)
    SELECT lower(rtrim(NEW.server_ip)), 1
    WHERE NEW.active = 'Y' AND NEW.protocol IN ('SIP', 'PJSIP') AND NEW.is_webphone NOT LIKE 'Y%'
    ON CONFLICT (server_ip) DO UPDATE SET lines = lines + 1, changes = changes + 1;
END;

-- For lists of the panel: the phones of one dialer by login, and the few inactive phones.
CREATE INDEX phones_login_on_dialer ON phones (lower(rtrim(server_ip)), lower(rtrim(login)));
CREATE INDEX phones_inactive ON phones (lower(rtrim(extension)), lower(rtrim(server_ip))) WHERE active <> 'Y';
-- The address from which each admin session was started.
ALTER TABLE hotdesk_admin_session ADD COLUMN from_ip TEXT NOT NULL DEFAULT '';
-- The parameters of an API call, as a query without secrets.
ALTER TABLE vicidial_api_log ADD COLUMN data TEXT;
