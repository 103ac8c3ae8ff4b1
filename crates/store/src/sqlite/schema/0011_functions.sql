-- Tables and columns for the functions about agents, campaigns, remote agents, mailboxes and monitoring. VICIdial's names and columns,
-- as far as Hotdesk uses them.

ALTER TABLE vicidial_users ADD COLUMN modify_remoteagents TEXT NOT NULL DEFAULT '0';
CREATE INDEX vicidial_users_custom_three ON vicidial_users (lower(rtrim(custom_three)), user) WHERE custom_three <> '';

ALTER TABLE system_settings ADD COLUMN vdc_agent_api_active TEXT NOT NULL DEFAULT '1';
ALTER TABLE system_settings ADD COLUMN agent_whisper_enabled TEXT NOT NULL DEFAULT '0';
ALTER TABLE system_settings ADD COLUMN active_voicemail_server TEXT DEFAULT '';

ALTER TABLE vicidial_campaigns ADD COLUMN user_group TEXT DEFAULT '---ALL---';
ALTER TABLE vicidial_campaigns ADD COLUMN lead_order TEXT;
ALTER TABLE vicidial_campaigns ADD COLUMN dial_statuses TEXT DEFAULT ' NEW -';
ALTER TABLE vicidial_campaigns ADD COLUMN dial_timeout INTEGER DEFAULT 60;
ALTER TABLE vicidial_campaigns ADD COLUMN dial_prefix TEXT DEFAULT '9';
ALTER TABLE vicidial_campaigns ADD COLUMN manual_dial_prefix TEXT DEFAULT '';
ALTER TABLE vicidial_campaigns ADD COLUMN three_way_dial_prefix TEXT DEFAULT '';
ALTER TABLE vicidial_campaigns ADD COLUMN closer_campaigns TEXT;

ALTER TABLE vicidial_inbound_groups ADD COLUMN user_group TEXT DEFAULT '---ALL---';

ALTER TABLE vicidial_live_agents ADD COLUMN comments TEXT;
ALTER TABLE vicidial_live_agents ADD COLUMN on_hook_agent TEXT DEFAULT 'N';
ALTER TABLE vicidial_live_agents ADD COLUMN ring_callerid TEXT DEFAULT '';
ALTER TABLE vicidial_live_agents ADD COLUMN preview_lead_id INTEGER DEFAULT 0;
ALTER TABLE vicidial_live_agents ADD COLUMN external_pause TEXT DEFAULT '';
CREATE INDEX vicidial_live_agents_name ON vicidial_live_agents (lower(rtrim(user)), live_agent_id);
CREATE INDEX vicidial_live_agents_lead ON vicidial_live_agents (lead_id) WHERE lead_id > 0;

ALTER TABLE vicidial_agent_log ADD COLUMN lead_id INTEGER;

ALTER TABLE vicidial_auto_calls ADD COLUMN uniqueid TEXT;
ALTER TABLE vicidial_auto_calls ADD COLUMN channel TEXT;
ALTER TABLE vicidial_auto_calls ADD COLUMN phone_number TEXT;
ALTER TABLE vicidial_auto_calls ADD COLUMN call_time TEXT;
ALTER TABLE vicidial_auto_calls ADD COLUMN call_type TEXT DEFAULT 'OUT';
ALTER TABLE vicidial_auto_calls ADD COLUMN last_update_time TEXT;

CREATE TABLE parked_channels (
  channel TEXT NOT NULL,
  server_ip TEXT NOT NULL,
  channel_group TEXT,
  extension TEXT,
  parked_by TEXT,
  parked_time TEXT
);
CREATE INDEX parked_channels_group ON parked_channels (channel_group);

CREATE TABLE vicidial_list (
  lead_id INTEGER PRIMARY KEY,
  entry_date TEXT,
  modify_date TEXT,
  status TEXT,
  vendor_lead_code TEXT,
  list_id INTEGER NOT NULL DEFAULT 0,
  called_since_last_reset TEXT DEFAULT 'N',
  phone_number TEXT NOT NULL DEFAULT ''
);

CREATE TABLE vicidial_user_log (
  user_log_id INTEGER PRIMARY KEY,
  user TEXT,
  event TEXT,
  campaign_id TEXT,
  event_date TEXT,
  computer_ip TEXT
);
CREATE INDEX vicidial_user_log_user ON vicidial_user_log (lower(rtrim(user)), user_log_id);

CREATE TABLE vicidial_session_data (
  session_name TEXT NOT NULL PRIMARY KEY,
  user TEXT,
  campaign_id TEXT,
  server_ip TEXT NOT NULL DEFAULT '',
  conf_exten TEXT,
  extension TEXT NOT NULL DEFAULT '',
  login_time TEXT,
  webphone_url TEXT,
  agent_login_call TEXT
);
CREATE INDEX vicidial_session_data_user ON vicidial_session_data (lower(rtrim(user)), session_name);

CREATE TABLE vicidial_remote_agents (
  remote_agent_id INTEGER PRIMARY KEY,
  user_start TEXT,
  number_of_lines INTEGER DEFAULT 1,
  server_ip TEXT NOT NULL DEFAULT '',
  conf_exten TEXT,
  status TEXT DEFAULT 'INACTIVE',
  campaign_id TEXT,
  closer_campaigns TEXT
);
CREATE INDEX vicidial_remote_agents_user ON vicidial_remote_agents (lower(rtrim(user_start)));

CREATE TABLE vicidial_voicemail (
  voicemail_id TEXT NOT NULL PRIMARY KEY,
  active TEXT NOT NULL DEFAULT 'Y',
  pass TEXT NOT NULL DEFAULT '',
  fullname TEXT NOT NULL DEFAULT '',
  email TEXT,
  user_group TEXT DEFAULT '---ALL---'
);

CREATE INDEX vicidial_settings_containers_type
  ON vicidial_settings_containers (lower(rtrim(container_type)), container_id);

-- Log of monitoring: supervisors and monitored agents. Append-only.
CREATE TABLE vicidial_dial_log (
  caller_code TEXT NOT NULL,
  lead_id INTEGER DEFAULT 0,
  server_ip TEXT,
  call_date TEXT,
  extension TEXT DEFAULT '',
  channel TEXT DEFAULT '',
  context TEXT DEFAULT '',
  timeout INTEGER DEFAULT 0,
  outbound_cid TEXT DEFAULT '',
  sip_hangup_cause INTEGER DEFAULT 0,
  sip_hangup_reason TEXT DEFAULT '',
  uniqueid TEXT DEFAULT ''
);
CREATE TABLE vicidial_dial_cid_log (
  caller_code TEXT NOT NULL,
  call_date TEXT,
  call_type TEXT DEFAULT 'OUT',
  call_alt TEXT DEFAULT '',
  outbound_cid TEXT DEFAULT '',
  outbound_cid_type TEXT DEFAULT ''
);
CREATE TABLE vicidial_rt_monitor_log (
  manager_user TEXT NOT NULL,
  manager_server_ip TEXT NOT NULL,
  manager_phone TEXT NOT NULL,
  manager_ip TEXT,
  agent_user TEXT,
  agent_server_ip TEXT,
  agent_status TEXT,
  agent_session TEXT,
  lead_id INTEGER,
  campaign_id TEXT,
  caller_code TEXT,
  monitor_start_time TEXT,
  monitor_end_time TEXT,
  monitor_sec INTEGER DEFAULT 0,
  monitor_type TEXT DEFAULT 'LISTEN'
);
CREATE INDEX vicidial_rt_monitor_log_caller_code ON vicidial_rt_monitor_log (caller_code);
CREATE TABLE vicidial_report_log (
  report_log_id INTEGER PRIMARY KEY,
  event_date TEXT NOT NULL,
  user TEXT NOT NULL,
  ip_address TEXT NOT NULL,
  report_name TEXT NOT NULL,
  browser TEXT,
  referer TEXT,
  notes TEXT,
  url TEXT,
  run_time TEXT DEFAULT '0',
  webserver INTEGER DEFAULT 0
);
