-- What the panel shows of the past, and what it plans.

-- What the agent typed to log in: an alias, a phone's login, or a list of logins.
ALTER TABLE hotdesk_session ADD COLUMN typed TEXT NOT NULL DEFAULT '';
-- Grows at its end; a day is found first, then what is in it, without a look at the rows with their long trails.
CREATE INDEX hotdesk_session_began ON hotdesk_session (began, session_id, user, typed, server_ip, state, end_reason);

-- How each line was last seen: what is written down of it is what differs from this.
ALTER TABLE hotdesk_line ADD COLUMN registered TEXT NOT NULL DEFAULT '' CHECK (registered IN ('Y', 'N', '')); -- '': not known
ALTER TABLE hotdesk_line ADD COLUMN address TEXT NOT NULL DEFAULT ''; -- from where, such as 192.0.2.7:5060; empty where the dialer does not say
ALTER TABLE hotdesk_line ADD COLUMN since TEXT NOT NULL DEFAULT '';

-- Lines that became registered, or were not any more, or are registered from elsewhere. Only changes, in their order.
CREATE TABLE hotdesk_line_change (
  change_id INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  server_ip TEXT NOT NULL,                 -- lower(rtrim(servers.server_ip))
  channel TEXT NOT NULL,                   -- such as SIP/cc100; letter case counts, as on the dialer
  registered TEXT NOT NULL CHECK (registered IN ('Y', 'N')),
  address TEXT NOT NULL DEFAULT ''         -- as in hotdesk_line
);
CREATE INDEX hotdesk_line_change_line ON hotdesk_line_change (server_ip, channel, change_id);

-- The floor minute by minute: the seats of each dialer at its end, and the logins that went there in it. Every minute of a
-- running Hotdesk has the row without a dialer; a dialer without seats and logins has none.
CREATE TABLE hotdesk_minute (
  minute TEXT NOT NULL,                    -- such as 2026-11-21 05:31
  server_ip TEXT NOT NULL,                 -- as in servers; empty: logins that no dialer could take
  seats INTEGER NOT NULL,
  logins INTEGER NOT NULL,
  PRIMARY KEY (minute, server_ip)
) WITHOUT ROWID;

-- What is to be done with a dialer at a time.
CREATE TABLE hotdesk_plan (
  plan_id INTEGER PRIMARY KEY,
  server_ip TEXT NOT NULL,
  act TEXT NOT NULL CHECK (act IN ('drain', 'take')),
  due TEXT NOT NULL,                       -- UTC
  user TEXT NOT NULL,                      -- who planned it
  from_ip TEXT NOT NULL,                   -- and from where
  made TEXT NOT NULL,
  done TEXT,                               -- when it was done or given up
  outcome TEXT NOT NULL DEFAULT ''         -- done, cancelled, no_such_dialer
);
CREATE INDEX hotdesk_plan_open ON hotdesk_plan (due) WHERE done IS NULL;
CREATE INDEX hotdesk_plan_dialer ON hotdesk_plan (server_ip, plan_id);

-- How many lines each dialer is to have: its active phones that register. Counted as they come and go; `changes` grows whenever
-- they are not the same ones any more.
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

-- The phones of one dialer by login, and the few that are not active: how the panel lists them.
CREATE INDEX phones_login_on_dialer ON phones (lower(rtrim(server_ip)), lower(rtrim(login)));
CREATE INDEX phones_inactive ON phones (lower(rtrim(extension)), lower(rtrim(server_ip))) WHERE active <> 'Y';
-- From where each visit of the panel began.
ALTER TABLE hotdesk_admin_session ADD COLUMN from_ip TEXT NOT NULL DEFAULT '';
-- What else was sent with a call of the API, as a query, with secrets left out.
ALTER TABLE vicidial_api_log ADD COLUMN data TEXT;
