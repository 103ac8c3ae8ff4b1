-- The tables that Hotdesk shares with VICIdial, for a database that has none: VICIdial's names, columns and defaults as far as
-- Hotdesk uses them, and indexes for every look-up. Tables that VICIdial created are not changed. {names} is a collation that
-- ignores letter case and trailing blanks. Times are UTC.

CREATE TABLE IF NOT EXISTS phones (
  extension VARCHAR(100) NOT NULL,
  dialplan_number VARCHAR(20) NOT NULL DEFAULT '',
  voicemail_id VARCHAR(10) NOT NULL DEFAULT '',
  server_ip VARCHAR(15) NOT NULL,
  login VARCHAR(20) NOT NULL DEFAULT '',
  pass VARCHAR(100) NOT NULL DEFAULT '',
  status VARCHAR(10) NOT NULL DEFAULT 'ACTIVE',
  active VARCHAR(1) NOT NULL DEFAULT 'Y',
  fullname VARCHAR(50) NOT NULL DEFAULT '',
  protocol VARCHAR(20) NOT NULL DEFAULT 'SIP',
  local_gmt VARCHAR(6) NOT NULL DEFAULT '-5.00',
  outbound_cid VARCHAR(20) NOT NULL DEFAULT '',
  outbound_alt_cid VARCHAR(20) DEFAULT '',
  template_id VARCHAR(15) DEFAULT '',
  conf_secret VARCHAR(100) NOT NULL DEFAULT '',
  email VARCHAR(100) DEFAULT '',
  phone_context VARCHAR(20) NOT NULL DEFAULT 'default',
  user_group VARCHAR(20) NOT NULL DEFAULT '---ALL---',
  is_webphone VARCHAR(20) NOT NULL DEFAULT 'N',
  webphone_auto_answer VARCHAR(1) NOT NULL DEFAULT 'Y',
  use_external_server_ip VARCHAR(1) NOT NULL DEFAULT 'N',
  on_hook_agent VARCHAR(1) NOT NULL DEFAULT 'N',
  phone_ring_timeout SMALLINT NOT NULL DEFAULT 60,
  delete_vm_after_email VARCHAR(1) NOT NULL DEFAULT 'N',
  install_directory VARCHAR(100) NOT NULL DEFAULT '/usr/local/perl_TK',
  PRIMARY KEY (extension, server_ip),
  KEY phones_login (login),
  KEY phones_of_dialer (server_ip, extension),
  -- For lists of the panel: the phones of one dialer by login, and the few inactive phones.
  KEY phones_login_on_dialer (server_ip, login),
  KEY phones_inactive (active, extension, server_ip)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS phones_alias (
  alias_id VARCHAR(20) NOT NULL PRIMARY KEY,
  alias_name VARCHAR(50) NOT NULL DEFAULT '',
  logins_list VARCHAR(255) NOT NULL DEFAULT '',
  user_group VARCHAR(20) NOT NULL DEFAULT '---ALL---'
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS servers (
  server_id VARCHAR(10) NOT NULL DEFAULT '',
  server_description VARCHAR(255) NOT NULL DEFAULT '',
  server_ip VARCHAR(15) NOT NULL PRIMARY KEY,
  active VARCHAR(1) NOT NULL DEFAULT 'Y',
  asterisk_version VARCHAR(20) NOT NULL DEFAULT '',
  local_gmt VARCHAR(6) NOT NULL DEFAULT '-5.00',
  telnet_host VARCHAR(100) NOT NULL DEFAULT 'localhost',
  telnet_port INT NOT NULL DEFAULT 5038,
  ASTmgrUSERNAME VARCHAR(20) NOT NULL DEFAULT '',
  ASTmgrSECRET VARCHAR(100) NOT NULL DEFAULT '',
  active_asterisk_server VARCHAR(1) NOT NULL DEFAULT 'Y',
  generate_vicidial_conf VARCHAR(1) NOT NULL DEFAULT 'Y',
  rebuild_conf_files VARCHAR(1) NOT NULL DEFAULT 'N',
  active_agent_login_server VARCHAR(1) NOT NULL DEFAULT 'Y',
  active_twin_server_ip VARCHAR(15) NOT NULL DEFAULT '',
  conf_engine VARCHAR(10) NOT NULL DEFAULT 'MEETME'
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS server_updater (
  server_ip VARCHAR(15) NOT NULL PRIMARY KEY,
  last_update DATETIME
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_users (
  user_id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user VARCHAR(20) NOT NULL,
  pass VARCHAR(100) NOT NULL DEFAULT '',
  full_name VARCHAR(50) DEFAULT '',
  user_level TINYINT UNSIGNED NOT NULL DEFAULT 1,
  user_group VARCHAR(20) DEFAULT '',
  phone_login VARCHAR(255) DEFAULT '',
  phone_pass VARCHAR(100) DEFAULT '',
  hotkeys_active VARCHAR(1) NOT NULL DEFAULT '0',
  voicemail_id VARCHAR(10),
  email VARCHAR(100) DEFAULT '',
  custom_one VARCHAR(100) DEFAULT '',
  custom_two VARCHAR(100) DEFAULT '',
  custom_three VARCHAR(100) DEFAULT '',
  custom_four VARCHAR(100) DEFAULT '',
  custom_five VARCHAR(100) DEFAULT '',
  pass_hash VARCHAR(255) DEFAULT '',
  wrapup_seconds_override SMALLINT NOT NULL DEFAULT -1,
  agent_choose_ingroups VARCHAR(1) NOT NULL DEFAULT '1',
  agent_choose_blended VARCHAR(1) NOT NULL DEFAULT '1',
  closer_default_blended VARCHAR(1) NOT NULL DEFAULT '0',
  closer_campaigns MEDIUMTEXT,
  active VARCHAR(1) NOT NULL DEFAULT 'Y',
  api_only_user VARCHAR(1) NOT NULL DEFAULT '0',
  api_allowed_functions VARCHAR(1000) DEFAULT ' ALL_FUNCTIONS ',
  vdc_agent_api_access VARCHAR(1) NOT NULL DEFAULT '0',
  ast_admin_access VARCHAR(1) NOT NULL DEFAULT '0',
  ast_delete_phones VARCHAR(1) NOT NULL DEFAULT '0',
  modify_users VARCHAR(1) NOT NULL DEFAULT '0',
  delete_users VARCHAR(1) NOT NULL DEFAULT '0',
  view_reports VARCHAR(1) NOT NULL DEFAULT '0',
  modify_same_user_level VARCHAR(1) NOT NULL DEFAULT '1',
  force_change_password VARCHAR(1) NOT NULL DEFAULT 'N',
  failed_login_count INT NOT NULL DEFAULT 0,
  failed_login_attempts_today INT NOT NULL DEFAULT 0,
  failed_login_count_today INT NOT NULL DEFAULT 0,
  failed_last_ip_today VARCHAR(50) DEFAULT '',
  failed_last_type_today VARCHAR(20) DEFAULT '',
  last_login_date DATETIME DEFAULT '2001-01-01 00:00:01',
  last_ip VARCHAR(50) DEFAULT '',
  ignore_ip_list VARCHAR(1) NOT NULL DEFAULT '0',
  two_factor_override VARCHAR(20) NOT NULL DEFAULT 'NOT_ACTIVE',
  UNIQUE KEY vicidial_users_key (user)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_user_groups (
  user_group VARCHAR(20) NOT NULL PRIMARY KEY,
  group_name VARCHAR(40) NOT NULL DEFAULT '',
  allowed_campaigns MEDIUMTEXT DEFAULT ' -ALL-CAMPAIGNS- - -',
  admin_viewable_groups MEDIUMTEXT DEFAULT ' ---ALL--- ',
  admin_ip_list VARCHAR(30) DEFAULT '',
  api_ip_list VARCHAR(30) DEFAULT ''
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_ip_list_entries (
  ip_list_id VARCHAR(30) NOT NULL,
  ip_address VARCHAR(45) NOT NULL,
  PRIMARY KEY (ip_list_id, ip_address)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_conf_templates (
  template_id VARCHAR(15) NOT NULL PRIMARY KEY,
  template_name VARCHAR(50) NOT NULL DEFAULT '',
  template_contents MEDIUMTEXT DEFAULT '',
  user_group VARCHAR(20) NOT NULL DEFAULT '---ALL---'
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_settings_containers (
  container_id VARCHAR(40) NOT NULL PRIMARY KEY,
  container_notes VARCHAR(255) DEFAULT '',
  container_type VARCHAR(40) DEFAULT 'OTHER',
  user_group VARCHAR(20) NOT NULL DEFAULT '---ALL---',
  container_entry MEDIUMTEXT
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_campaigns (
  campaign_id VARCHAR(8) NOT NULL PRIMARY KEY,
  campaign_name VARCHAR(40) NOT NULL DEFAULT '',
  active VARCHAR(1) NOT NULL DEFAULT 'Y',
  pllb_grouping VARCHAR(20) NOT NULL DEFAULT 'DISABLED',
  pllb_grouping_limit SMALLINT NOT NULL DEFAULT 50,
  campaign_cid VARCHAR(20) NOT NULL DEFAULT '0000000000',
  auto_dial_level VARCHAR(6) NOT NULL DEFAULT '0',
  dial_method VARCHAR(20) NOT NULL DEFAULT 'MANUAL'
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_campaign_agents (
  user VARCHAR(20) NOT NULL,
  campaign_id VARCHAR(20) NOT NULL,
  campaign_rank TINYINT NOT NULL DEFAULT 0,
  campaign_weight TINYINT NOT NULL DEFAULT 0,
  calls_today SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  campaign_grade TINYINT UNSIGNED NOT NULL DEFAULT 1,
  PRIMARY KEY (user, campaign_id)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_inbound_groups (
  group_id VARCHAR(20) NOT NULL PRIMARY KEY,
  group_name VARCHAR(30) NOT NULL DEFAULT '',
  active VARCHAR(1) NOT NULL DEFAULT 'Y'
) ENGINE=InnoDB COLLATE={names};
-- Every system has these two in-groups.
INSERT IGNORE INTO vicidial_inbound_groups (group_id, group_name) VALUES
  ('AGENTDIRECT', 'Single Agent Direct Queue'), ('AGENTDIRECT_CHAT', 'Agent Direct Queue for Chats');

CREATE TABLE IF NOT EXISTS vicidial_inbound_group_agents (
  user VARCHAR(20) NOT NULL,
  group_id VARCHAR(20) NOT NULL,
  group_rank TINYINT NOT NULL DEFAULT 0,
  group_weight TINYINT NOT NULL DEFAULT 0,
  calls_today SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  group_grade TINYINT UNSIGNED NOT NULL DEFAULT 1,
  PRIMARY KEY (user, group_id)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_live_inbound_agents (
  user VARCHAR(20) NOT NULL,
  group_id VARCHAR(20) NOT NULL,
  group_weight TINYINT NOT NULL DEFAULT 0,
  calls_today SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  group_grade TINYINT UNSIGNED NOT NULL DEFAULT 1,
  PRIMARY KEY (user, group_id)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_auto_calls (
  auto_call_id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  server_ip VARCHAR(15) NOT NULL DEFAULT '',
  campaign_id VARCHAR(20) NOT NULL DEFAULT '',
  status VARCHAR(10) NOT NULL DEFAULT '',
  lead_id INT UNSIGNED NOT NULL DEFAULT 0,
  callerid VARCHAR(20) NOT NULL DEFAULT '',
  KEY vicidial_auto_calls_callerid (callerid)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_conferences (
  conf_exten INT UNSIGNED NOT NULL,
  server_ip VARCHAR(15) NOT NULL,
  extension VARCHAR(100) DEFAULT '',
  PRIMARY KEY (server_ip, conf_exten),
  KEY vicidial_conferences_own (server_ip, extension, conf_exten)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_confbridges (
  conf_exten INT UNSIGNED NOT NULL,
  server_ip VARCHAR(15) NOT NULL,
  extension VARCHAR(100) DEFAULT '',
  PRIMARY KEY (server_ip, conf_exten),
  KEY vicidial_confbridges_own (server_ip, extension, conf_exten)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_live_agents (
  live_agent_id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user VARCHAR(20) NOT NULL DEFAULT '',
  server_ip VARCHAR(15) NOT NULL DEFAULT '',
  conf_exten VARCHAR(20) DEFAULT '',
  extension VARCHAR(150) DEFAULT '',
  status VARCHAR(20) NOT NULL DEFAULT 'PAUSED',
  lead_id INT UNSIGNED NOT NULL DEFAULT 0,
  campaign_id VARCHAR(20) NOT NULL DEFAULT '',
  callerid VARCHAR(20) NOT NULL DEFAULT '',
  calls_today SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  last_update_time DATETIME,
  agent_log_id INT UNSIGNED NOT NULL DEFAULT 0,
  campaign_weight TINYINT NOT NULL DEFAULT 0,
  campaign_grade TINYINT UNSIGNED NOT NULL DEFAULT 1,
  UNIQUE KEY vicidial_live_agents_user (user),
  KEY vicidial_live_agents_seats (server_ip, extension, campaign_id)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_agent_log (
  agent_log_id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user VARCHAR(20) NOT NULL DEFAULT '',
  server_ip VARCHAR(15) NOT NULL DEFAULT '',
  event_time DATETIME,
  campaign_id VARCHAR(8) NOT NULL DEFAULT '',
  sub_status VARCHAR(6)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_manager (
  man_id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  uniqueid VARCHAR(20) DEFAULT '',
  entry_date DATETIME,
  status VARCHAR(10) DEFAULT '',
  response VARCHAR(1) DEFAULT '',
  server_ip VARCHAR(15) NOT NULL DEFAULT '',
  channel VARCHAR(100) DEFAULT '',
  action VARCHAR(20) DEFAULT '',
  callerid VARCHAR(20) DEFAULT '',
  cmd_line_b VARCHAR(150) DEFAULT '',
  cmd_line_c VARCHAR(150) DEFAULT '',
  cmd_line_d VARCHAR(150) DEFAULT '',
  cmd_line_e VARCHAR(150) DEFAULT '',
  cmd_line_f VARCHAR(150) DEFAULT '',
  cmd_line_g VARCHAR(150) DEFAULT '',
  cmd_line_h VARCHAR(150) DEFAULT '',
  cmd_line_i VARCHAR(150) DEFAULT '',
  cmd_line_j VARCHAR(150) DEFAULT '',
  cmd_line_k VARCHAR(150) DEFAULT ''
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_api_log (
  api_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user VARCHAR(20) NOT NULL DEFAULT '',
  api_date DATETIME,
  api_script VARCHAR(10) DEFAULT 'non_agent',
  function VARCHAR(20) NOT NULL DEFAULT '',
  result VARCHAR(10) DEFAULT '',
  result_reason VARCHAR(255) DEFAULT '',
  source VARCHAR(20) DEFAULT '',
  data TEXT
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_admin_log (
  admin_log_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  event_date DATETIME NOT NULL,
  user VARCHAR(20) NOT NULL DEFAULT '',
  ip_address VARCHAR(50) NOT NULL DEFAULT '',
  event_section VARCHAR(30) NOT NULL DEFAULT '',
  event_type VARCHAR(10) NOT NULL DEFAULT 'OTHER',
  record_id VARCHAR(50) NOT NULL DEFAULT '',
  event_code VARCHAR(255) NOT NULL DEFAULT '',
  event_notes MEDIUMTEXT
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS system_settings (
  use_non_latin VARCHAR(1) NOT NULL DEFAULT '0',
  pass_hash_enabled VARCHAR(1) NOT NULL DEFAULT '0',
  enable_languages VARCHAR(1) NOT NULL DEFAULT '0',
  allow_ip_lists VARCHAR(1) NOT NULL DEFAULT '0',
  system_ip_blacklist VARCHAR(30) DEFAULT '',
  auto_user_add_value BIGINT NOT NULL DEFAULT 101,
  pllb_grouping_limit SMALLINT NOT NULL DEFAULT 100,
  two_factor_auth_hours SMALLINT NOT NULL DEFAULT 0,
  two_factor_container VARCHAR(40) NOT NULL DEFAULT '---DISABLED---',
  allow_web_debug VARCHAR(1) NOT NULL DEFAULT '0'
) ENGINE=InnoDB COLLATE={names};
INSERT INTO system_settings (use_non_latin) SELECT '0' FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM system_settings);
