-- The floor: ringing and re-homing of agent sessions, their timelines, drains of dialers, and counts of seats.

CREATE TABLE hotdesk_session_new (
  session_id INTEGER PRIMARY KEY,
  user TEXT NOT NULL,
  key_digest TEXT NOT NULL DEFAULT '',    -- digest of the agent's key for the session
  logins TEXT NOT NULL DEFAULT '',        -- phone logins that may be rung, separated by commas
  campaign_id TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'reserved', -- reserved, ringing, live, ended
  phone_login TEXT NOT NULL DEFAULT '',
  server_ip TEXT NOT NULL DEFAULT '',
  conf_exten TEXT NOT NULL DEFAULT '',
  channel TEXT NOT NULL DEFAULT '',
  call TEXT NOT NULL DEFAULT '',          -- the call id on the dialer
  began TEXT NOT NULL,
  ended TEXT,
  end_reason TEXT,
  trail TEXT NOT NULL DEFAULT ''          -- the timeline: a line of JSON for each step
);
INSERT INTO hotdesk_session_new (session_id, user, campaign_id, state, phone_login, server_ip, conf_exten, began, ended, end_reason)
  SELECT session_id, user, campaign_id, iif(ended IS NULL, 'live', 'ended'), phone_login, server_ip, conf_exten, began, ended, end_reason
  FROM hotdesk_session;
DROP TABLE hotdesk_session;
ALTER TABLE hotdesk_session_new RENAME TO hotdesk_session;
CREATE UNIQUE INDEX hotdesk_session_open ON hotdesk_session (user) WHERE ended IS NULL;
CREATE INDEX hotdesk_session_ended ON hotdesk_session (ended) WHERE ended IS NOT NULL; -- finds sessions that are old enough to be deleted

-- Hotdesk's additions to a dialer: an AMI connection that overrides that of `servers`, and whether the dialer is draining.
CREATE TABLE hotdesk_dialer (
  server_ip TEXT NOT NULL PRIMARY KEY, -- as in servers
  ami_host TEXT,
  ami_port INTEGER,
  ami_user TEXT,
  ami_secret TEXT,
  -- Any other value would count as N, and the secret would be sent unencrypted.
  ami_tls TEXT NOT NULL DEFAULT 'N' CHECK (ami_tls IN ('Y', 'N')),
  draining TEXT NOT NULL DEFAULT 'N'
) WITHOUT ROWID;
CREATE TRIGGER hotdesk_dialer_of_deleted_servers AFTER DELETE ON servers BEGIN
  DELETE FROM hotdesk_dialer WHERE server_ip = OLD.server_ip;
END;

-- Every channel that has ever registered on its dialer: with alias_members = registered, only their phones can join an alias. The row
-- of a phone that is deleted, or gets another extension or dialer, is deleted.
CREATE TABLE hotdesk_line (
  server_ip TEXT NOT NULL,  -- lower(rtrim(servers.server_ip))
  channel TEXT NOT NULL,    -- such as SIP/cc100; letter case counts, as on the dialer
  first_seen TEXT NOT NULL,
  PRIMARY KEY (server_ip, channel)
) WITHOUT ROWID;
CREATE TRIGGER hotdesk_line_of_deleted_servers AFTER DELETE ON servers BEGIN
  DELETE FROM hotdesk_line WHERE server_ip = lower(rtrim(OLD.server_ip));
END;
CREATE TRIGGER hotdesk_line_of_deleted_phones AFTER DELETE ON phones BEGIN
  DELETE FROM hotdesk_line
  WHERE server_ip = lower(rtrim(OLD.server_ip)) AND channel IN ('SIP/' || OLD.extension, 'PJSIP/' || OLD.extension);
END;
CREATE TRIGGER hotdesk_line_of_changed_phones AFTER UPDATE OF extension, server_ip ON phones
WHEN NEW.extension <> OLD.extension OR lower(rtrim(NEW.server_ip)) <> lower(rtrim(OLD.server_ip)) BEGIN
  DELETE FROM hotdesk_line
  WHERE server_ip = lower(rtrim(OLD.server_ip)) AND channel IN ('SIP/' || OLD.extension, 'PJSIP/' || OLD.extension);
  DELETE FROM hotdesk_line
  WHERE server_ip = lower(rtrim(NEW.server_ip)) AND channel IN ('SIP/' || NEW.extension, 'PJSIP/' || NEW.extension);
END;

-- Every run of Hotdesk on this database. It tells this Hotdesk's calls from those of another Hotdesk on the same dialer.
CREATE TABLE hotdesk_run (
  owner TEXT NOT NULL PRIMARY KEY, -- as in its call ids
  began TEXT NOT NULL
) WITHOUT ROWID;

-- Seats of each dialer, kept current by triggers for every program: counting at each login would be slower with every agent.
CREATE TABLE hotdesk_seats (
  server_ip TEXT NOT NULL PRIMARY KEY,
  seats INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO hotdesk_seats SELECT server_ip, count(*) FROM vicidial_live_agents WHERE extension NOT LIKE 'r%' GROUP BY server_ip;
CREATE TRIGGER hotdesk_seats_taken AFTER INSERT ON vicidial_live_agents WHEN NEW.extension NOT LIKE 'r%' BEGIN
  INSERT INTO hotdesk_seats VALUES (NEW.server_ip, 1) ON CONFLICT (server_ip) DO UPDATE SET seats = seats + 1;
END;
CREATE TRIGGER hotdesk_seats_left AFTER DELETE ON vicidial_live_agents WHEN OLD.extension NOT LIKE 'r%' BEGIN
  UPDATE hotdesk_seats SET seats = seats - 1 WHERE server_ip = OLD.server_ip;
END;
CREATE TRIGGER hotdesk_seats_changed AFTER UPDATE OF server_ip, extension ON vicidial_live_agents BEGIN
  UPDATE hotdesk_seats SET seats = seats - 1 WHERE server_ip = OLD.server_ip AND OLD.extension NOT LIKE 'r%';
  INSERT INTO hotdesk_seats SELECT NEW.server_ip, 1 WHERE NEW.extension NOT LIKE 'r%'
    ON CONFLICT (server_ip) DO UPDATE SET seats = seats + 1;
END;

-- Finds the conference reserved for a phone, and the first free one, without reading those in use.
CREATE INDEX vicidial_conferences_free ON vicidial_conferences (server_ip, conf_exten) WHERE ifnull(extension, '') = '';
CREATE INDEX vicidial_conferences_own ON vicidial_conferences (server_ip, extension, conf_exten) WHERE extension <> '';
CREATE INDEX vicidial_confbridges_free ON vicidial_confbridges (server_ip, conf_exten) WHERE ifnull(extension, '') = '';
CREATE INDEX vicidial_confbridges_own ON vicidial_confbridges (server_ip, extension, conf_exten) WHERE extension <> '';

-- Admin sessions, by the digest of the browser's key.
CREATE TABLE hotdesk_admin_session (
  key_digest TEXT NOT NULL PRIMARY KEY,
  user TEXT NOT NULL,
  began TEXT NOT NULL,
  used TEXT NOT NULL
) WITHOUT ROWID;
CREATE TRIGGER hotdesk_admin_session_of_deleted_users AFTER DELETE ON vicidial_users BEGIN
  DELETE FROM hotdesk_admin_session WHERE user = OLD.user;
END;

-- The phones of one dialer, in the order of the panel's list.
CREATE INDEX phones_of_dialer ON phones (lower(rtrim(server_ip)), lower(rtrim(extension)));
