-- The tables that Hotdesk shares with VICIdial, with VICIdial's names, columns and defaults as far as Hotdesk uses them, and
-- Hotdesk's own, with the prefix hotdesk_. Look-ups compare lower(rtrim(name)), since names ignore letter case and trailing blanks;
-- the indexes on names beyond ASCII are for the setting use_non_latin. Times are UTC. Log tables are append-only and deliberately have
-- no index except their number.

CREATE TABLE phones (
  extension TEXT NOT NULL,
  dialplan_number TEXT NOT NULL DEFAULT '',
  voicemail_id TEXT NOT NULL DEFAULT '',
  server_ip TEXT NOT NULL,
  login TEXT NOT NULL DEFAULT '',
  pass TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT 'ACTIVE',
  active TEXT NOT NULL DEFAULT 'Y',
  fullname TEXT NOT NULL DEFAULT '',
  protocol TEXT NOT NULL DEFAULT 'SIP',
  local_gmt TEXT NOT NULL DEFAULT '-5.00',
  outbound_cid TEXT NOT NULL DEFAULT '',
  outbound_alt_cid TEXT DEFAULT '',
  template_id TEXT DEFAULT '',
  conf_secret TEXT NOT NULL DEFAULT '',
  email TEXT DEFAULT '',
  phone_context TEXT NOT NULL DEFAULT 'default',
  user_group TEXT NOT NULL DEFAULT '---ALL---',
  is_webphone TEXT NOT NULL DEFAULT 'N',
  webphone_auto_answer TEXT NOT NULL DEFAULT 'Y',
  use_external_server_ip TEXT NOT NULL DEFAULT 'N',
  on_hook_agent TEXT NOT NULL DEFAULT 'N',
  phone_ring_timeout INTEGER NOT NULL DEFAULT 60,
  delete_vm_after_email TEXT NOT NULL DEFAULT 'N',
  install_directory TEXT NOT NULL DEFAULT '/usr/local/perl_TK'
);
CREATE UNIQUE INDEX phones_key ON phones (lower(rtrim(extension)), lower(rtrim(server_ip)));
CREATE INDEX phones_login ON phones (lower(rtrim(login)));
CREATE INDEX phones_extension_beyond_ascii ON phones (extension) WHERE extension GLOB '*[^ -~]*';
CREATE INDEX phones_login_beyond_ascii ON phones (login) WHERE login GLOB '*[^ -~]*';

CREATE TABLE phones_alias (
  alias_id TEXT NOT NULL,
  alias_name TEXT NOT NULL DEFAULT '',
  logins_list TEXT NOT NULL DEFAULT '',
  user_group TEXT NOT NULL DEFAULT '---ALL---'
);
CREATE UNIQUE INDEX phones_alias_key ON phones_alias (lower(rtrim(alias_id)));
CREATE INDEX phones_alias_beyond_ascii ON phones_alias (alias_id) WHERE alias_id GLOB '*[^ -~]*';

CREATE TABLE servers (
  server_id TEXT NOT NULL DEFAULT '',
  server_description TEXT NOT NULL DEFAULT '',
  server_ip TEXT NOT NULL,
  active TEXT NOT NULL DEFAULT 'Y',
  asterisk_version TEXT NOT NULL DEFAULT '',
  local_gmt TEXT NOT NULL DEFAULT '-5.00',
  telnet_host TEXT NOT NULL DEFAULT 'localhost',
  telnet_port INTEGER NOT NULL DEFAULT 5038,
  ASTmgrUSERNAME TEXT NOT NULL DEFAULT '',
  ASTmgrSECRET TEXT NOT NULL DEFAULT '',
  active_asterisk_server TEXT NOT NULL DEFAULT 'Y',
  generate_vicidial_conf TEXT NOT NULL DEFAULT 'Y',
  rebuild_conf_files TEXT NOT NULL DEFAULT 'N',
  active_agent_login_server TEXT NOT NULL DEFAULT 'Y',
  active_twin_server_ip TEXT NOT NULL DEFAULT '',
  conf_engine TEXT NOT NULL DEFAULT 'MEETME'
);
CREATE UNIQUE INDEX servers_key ON servers (lower(rtrim(server_ip)));

CREATE TABLE server_updater (
  server_ip TEXT NOT NULL PRIMARY KEY,
  last_update TEXT
);

CREATE TABLE vicidial_users (
  user_id INTEGER PRIMARY KEY,
  user TEXT NOT NULL,
  pass TEXT NOT NULL DEFAULT '',
  full_name TEXT DEFAULT '',
  user_level INTEGER NOT NULL DEFAULT 1,
  user_group TEXT DEFAULT '',
  phone_login TEXT DEFAULT '',
  phone_pass TEXT DEFAULT '',
  hotkeys_active TEXT NOT NULL DEFAULT '0',
  voicemail_id TEXT,
  email TEXT DEFAULT '',
  custom_one TEXT DEFAULT '',
  custom_two TEXT DEFAULT '',
  custom_three TEXT DEFAULT '',
  custom_four TEXT DEFAULT '',
  custom_five TEXT DEFAULT '',
  pass_hash TEXT DEFAULT '',
  wrapup_seconds_override INTEGER NOT NULL DEFAULT -1,
  agent_choose_ingroups TEXT NOT NULL DEFAULT '1',
  agent_choose_blended TEXT NOT NULL DEFAULT '1',
  closer_default_blended TEXT NOT NULL DEFAULT '0',
  closer_campaigns TEXT,
  active TEXT NOT NULL DEFAULT 'Y',
  api_only_user TEXT NOT NULL DEFAULT '0',
  api_allowed_functions TEXT DEFAULT ' ALL_FUNCTIONS ',
  vdc_agent_api_access TEXT NOT NULL DEFAULT '0',
  ast_admin_access TEXT NOT NULL DEFAULT '0',
  ast_delete_phones TEXT NOT NULL DEFAULT '0',
  modify_users TEXT NOT NULL DEFAULT '0',
  delete_users TEXT NOT NULL DEFAULT '0',
  view_reports TEXT NOT NULL DEFAULT '0',
  modify_same_user_level TEXT NOT NULL DEFAULT '1',
  force_change_password TEXT NOT NULL DEFAULT 'N',
  failed_login_count INTEGER NOT NULL DEFAULT 0,
  failed_login_attempts_today INTEGER NOT NULL DEFAULT 0,
  failed_login_count_today INTEGER NOT NULL DEFAULT 0,
  failed_last_ip_today TEXT DEFAULT '',
  failed_last_type_today TEXT DEFAULT '',
  last_login_date TEXT DEFAULT '2001-01-01 00:00:01',
  last_ip TEXT DEFAULT '',
  ignore_ip_list TEXT NOT NULL DEFAULT '0',
  two_factor_override TEXT NOT NULL DEFAULT 'NOT_ACTIVE'
);
CREATE UNIQUE INDEX vicidial_users_key ON vicidial_users (lower(rtrim(user)));
CREATE INDEX vicidial_users_beyond_ascii ON vicidial_users (user) WHERE user GLOB '*[^ -~]*';

CREATE TABLE vicidial_user_groups (
  user_group TEXT NOT NULL,
  group_name TEXT NOT NULL DEFAULT '',
  allowed_campaigns TEXT DEFAULT ' -ALL-CAMPAIGNS- - -',
  admin_viewable_groups TEXT DEFAULT ' ---ALL--- ',
  admin_ip_list TEXT DEFAULT '',
  api_ip_list TEXT DEFAULT ''
);
CREATE UNIQUE INDEX vicidial_user_groups_key ON vicidial_user_groups (lower(rtrim(user_group)));

CREATE TABLE vicidial_ip_list_entries (
  ip_list_id TEXT NOT NULL,
  ip_address TEXT NOT NULL
);
CREATE UNIQUE INDEX vicidial_ip_list_entries_key ON vicidial_ip_list_entries (lower(rtrim(ip_list_id)), ip_address);

CREATE TABLE vicidial_conf_templates (
  template_id TEXT NOT NULL,
  template_name TEXT NOT NULL DEFAULT '',
  template_contents TEXT DEFAULT '',
  user_group TEXT NOT NULL DEFAULT '---ALL---'
);
CREATE UNIQUE INDEX vicidial_conf_templates_key ON vicidial_conf_templates (lower(rtrim(template_id)));

CREATE TABLE vicidial_settings_containers (
  container_id TEXT NOT NULL PRIMARY KEY,
  container_notes TEXT DEFAULT '',
  container_type TEXT DEFAULT 'OTHER',
  user_group TEXT NOT NULL DEFAULT '---ALL---',
  container_entry TEXT
);

CREATE TABLE vicidial_campaigns (
  campaign_id TEXT NOT NULL PRIMARY KEY,
  campaign_name TEXT NOT NULL DEFAULT '',
  active TEXT NOT NULL DEFAULT 'Y',
  pllb_grouping TEXT NOT NULL DEFAULT 'DISABLED',
  pllb_grouping_limit INTEGER NOT NULL DEFAULT 50,
  campaign_cid TEXT NOT NULL DEFAULT '0000000000',
  auto_dial_level TEXT NOT NULL DEFAULT '0',
  dial_method TEXT NOT NULL DEFAULT 'MANUAL'
);

CREATE TABLE vicidial_campaign_agents (
  user TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  campaign_rank INTEGER NOT NULL DEFAULT 0,
  campaign_weight INTEGER NOT NULL DEFAULT 0,
  calls_today INTEGER NOT NULL DEFAULT 0,
  campaign_grade INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (user, campaign_id)
);

CREATE TABLE vicidial_conferences (
  conf_exten TEXT NOT NULL,
  server_ip TEXT NOT NULL,
  extension TEXT DEFAULT '',
  PRIMARY KEY (server_ip, conf_exten)
);

CREATE TABLE vicidial_confbridges (
  conf_exten TEXT NOT NULL,
  server_ip TEXT NOT NULL,
  extension TEXT DEFAULT '',
  PRIMARY KEY (server_ip, conf_exten)
);

CREATE TABLE vicidial_live_agents (
  live_agent_id INTEGER PRIMARY KEY,
  user TEXT NOT NULL DEFAULT '',
  server_ip TEXT NOT NULL DEFAULT '',
  conf_exten TEXT DEFAULT '',
  extension TEXT DEFAULT '',
  status TEXT NOT NULL DEFAULT 'PAUSED',
  lead_id INTEGER NOT NULL DEFAULT 0,
  campaign_id TEXT NOT NULL DEFAULT '',
  callerid TEXT NOT NULL DEFAULT '',
  calls_today INTEGER NOT NULL DEFAULT 0,
  last_update_time TEXT,
  agent_log_id INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX vicidial_live_agents_user ON vicidial_live_agents (user);
CREATE INDEX vicidial_live_agents_seats ON vicidial_live_agents (server_ip, extension, campaign_id);

CREATE TABLE vicidial_agent_log (
  agent_log_id INTEGER PRIMARY KEY,
  user TEXT NOT NULL DEFAULT '',
  server_ip TEXT NOT NULL DEFAULT '',
  event_time TEXT,
  campaign_id TEXT NOT NULL DEFAULT '',
  sub_status TEXT
);

CREATE TABLE vicidial_manager (
  man_id INTEGER PRIMARY KEY,
  uniqueid TEXT DEFAULT '',
  entry_date TEXT,
  status TEXT DEFAULT '',
  response TEXT DEFAULT '',
  server_ip TEXT NOT NULL DEFAULT '',
  channel TEXT DEFAULT '',
  action TEXT DEFAULT '',
  callerid TEXT DEFAULT '',
  cmd_line_b TEXT DEFAULT '',
  cmd_line_c TEXT DEFAULT '',
  cmd_line_d TEXT DEFAULT '',
  cmd_line_e TEXT DEFAULT '',
  cmd_line_f TEXT DEFAULT '',
  cmd_line_g TEXT DEFAULT '',
  cmd_line_h TEXT DEFAULT '',
  cmd_line_i TEXT DEFAULT '',
  cmd_line_j TEXT DEFAULT '',
  cmd_line_k TEXT DEFAULT ''
);

CREATE TABLE vicidial_api_log (
  api_id INTEGER PRIMARY KEY,
  user TEXT NOT NULL DEFAULT '',
  api_date TEXT,
  api_script TEXT DEFAULT 'non_agent',
  function TEXT NOT NULL DEFAULT '',
  result TEXT DEFAULT '',
  result_reason TEXT DEFAULT '',
  source TEXT DEFAULT ''
);

CREATE TABLE vicidial_admin_log (
  admin_log_id INTEGER PRIMARY KEY,
  event_date TEXT NOT NULL,
  user TEXT NOT NULL DEFAULT '',
  ip_address TEXT NOT NULL DEFAULT '',
  event_section TEXT NOT NULL DEFAULT '',
  event_type TEXT NOT NULL DEFAULT 'OTHER',
  record_id TEXT NOT NULL DEFAULT '',
  event_code TEXT NOT NULL DEFAULT '',
  event_notes TEXT
);

CREATE TABLE system_settings (
  use_non_latin TEXT NOT NULL DEFAULT '0',
  pass_hash_enabled TEXT NOT NULL DEFAULT '0',
  enable_languages TEXT NOT NULL DEFAULT '0',
  allow_ip_lists TEXT NOT NULL DEFAULT '0',
  system_ip_blacklist TEXT DEFAULT '',
  auto_user_add_value INTEGER NOT NULL DEFAULT 101,
  pllb_grouping_limit INTEGER NOT NULL DEFAULT 100,
  two_factor_auth_hours INTEGER NOT NULL DEFAULT 0,
  two_factor_container TEXT NOT NULL DEFAULT '---DISABLED---',
  allow_web_debug TEXT NOT NULL DEFAULT '0'
);
INSERT INTO system_settings DEFAULT VALUES;

-- Passwords that were set through Hotdesk or imported from vicidial_users.pass: Argon2id digests, as PHC strings.
-- Another program wrote a vicidial_users.pass that is not empty later, so that password takes precedence.
CREATE TABLE hotdesk_credentials (
  user TEXT NOT NULL PRIMARY KEY, -- lower(rtrim(vicidial_users.user))
  digest TEXT NOT NULL
) WITHOUT ROWID;
CREATE TRIGGER hotdesk_credentials_of_deleted_users AFTER DELETE ON vicidial_users BEGIN
  DELETE FROM hotdesk_credentials WHERE user = lower(rtrim(OLD.user));
END;

-- An account's backup phone or alias, for when that of vicidial_users.phone_login cannot be rung.
CREATE TABLE hotdesk_backup_phone (
  user TEXT NOT NULL PRIMARY KEY, -- lower(rtrim(vicidial_users.user))
  phone_login TEXT NOT NULL,
  phone_pass TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TRIGGER hotdesk_backup_phone_of_deleted_users AFTER DELETE ON vicidial_users BEGIN
  DELETE FROM hotdesk_backup_phone WHERE user = lower(rtrim(OLD.user));
END;

-- Aliases that exist but do not allow logins.
CREATE TABLE hotdesk_inactive_alias (
  alias_id TEXT NOT NULL PRIMARY KEY -- lower(rtrim(phones_alias.alias_id))
) WITHOUT ROWID;
CREATE TRIGGER hotdesk_inactive_alias_of_deleted_aliases AFTER DELETE ON phones_alias BEGIN
  DELETE FROM hotdesk_inactive_alias WHERE alias_id = lower(rtrim(OLD.alias_id));
END;

-- Agent sessions: the source of truth about seats. vicidial_live_agents is derived from it, for other programs.
CREATE TABLE hotdesk_session (
  session_id INTEGER PRIMARY KEY,
  user TEXT NOT NULL,
  phone_login TEXT NOT NULL,
  server_ip TEXT NOT NULL,
  conf_exten TEXT NOT NULL,
  campaign_id TEXT NOT NULL DEFAULT '',
  began TEXT NOT NULL,
  ended TEXT,
  end_reason TEXT
);
CREATE UNIQUE INDEX hotdesk_session_open ON hotdesk_session (user) WHERE ended IS NULL;
