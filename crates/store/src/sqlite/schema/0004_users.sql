-- Tables for the API's functions for users: in-groups, ranks, calls, and ranks of live agents. VICIdial's names and columns, as far as
-- Hotdesk uses them.

CREATE TABLE vicidial_inbound_groups (
  group_id TEXT NOT NULL PRIMARY KEY,
  group_name TEXT NOT NULL DEFAULT '',
  active TEXT NOT NULL DEFAULT 'Y'
);
-- Every system has these two in-groups.
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

-- If another program deletes a user, a later user of the same name inherits no ranks.
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

-- Calls of the cluster's daemons. Hotdesk only reads them.
CREATE TABLE vicidial_auto_calls (
  auto_call_id INTEGER PRIMARY KEY,
  server_ip TEXT NOT NULL DEFAULT '',
  campaign_id TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT '',
  lead_id INTEGER NOT NULL DEFAULT 0,
  callerid TEXT NOT NULL DEFAULT ''
);
CREATE INDEX vicidial_auto_calls_callerid ON vicidial_auto_calls (callerid);
