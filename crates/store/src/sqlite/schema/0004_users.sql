-- What the API's functions for users need: in-groups and ranks, calls, and who is live with which rank. VICIdial's names and
-- columns, as far as Hotdesk uses them.

CREATE TABLE vicidial_inbound_groups (
  group_id TEXT NOT NULL PRIMARY KEY,
  group_name TEXT NOT NULL DEFAULT '',
  active TEXT NOT NULL DEFAULT 'Y'
);
-- Every system has these two.
INSERT INTO vicidial_inbound_groups (group_id, group_name) VALUES
  ('AGENTDIRECT', 'Single Agent Direct Queue'),
  ('AGENTDIRECT_CHAT', 'Agent Direct Queue for Chats');

CREATE TABLE vicidial_inbound_group_agents (
  user TEXT NOT NULL,
  group_id TEXT NOT NULL,
  group_rank INTEGER NOT NULL DEFAULT 0,
  group_weight INTEGER NOT NULL DEFAULT 0,
  calls_today INTEGER NOT NULL DEFAULT 0,
  group_grade INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (user, group_id)
);

-- Whoever gets the name of a user whom another program deleted inherits no ranks.
CREATE TRIGGER vicidial_ranks_of_deleted_users AFTER DELETE ON vicidial_users BEGIN
  DELETE FROM vicidial_inbound_group_agents WHERE user = OLD.user;
  DELETE FROM vicidial_campaign_agents WHERE user = OLD.user;
END;

CREATE TABLE vicidial_live_inbound_agents (
  user TEXT NOT NULL,
  group_id TEXT NOT NULL,
  group_weight INTEGER NOT NULL DEFAULT 0,
  calls_today INTEGER NOT NULL DEFAULT 0,
  group_grade INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (user, group_id)
);

ALTER TABLE vicidial_live_agents ADD COLUMN campaign_weight INTEGER NOT NULL DEFAULT 0;
ALTER TABLE vicidial_live_agents ADD COLUMN campaign_grade INTEGER NOT NULL DEFAULT 1;

-- The calls of the cluster's own daemons. Hotdesk writes none.
CREATE TABLE vicidial_auto_calls (
  auto_call_id INTEGER PRIMARY KEY,
  server_ip TEXT NOT NULL DEFAULT '',
  campaign_id TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT '',
  lead_id INTEGER NOT NULL DEFAULT 0,
  callerid TEXT NOT NULL DEFAULT ''
);
CREATE INDEX vicidial_auto_calls_callerid ON vicidial_auto_calls (callerid);
