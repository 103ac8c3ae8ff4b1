-- Tables and columns for the functions about agents, campaigns, remote agents, mailboxes and monitoring. VICIdial's own tables
-- already have all of them.

ALTER TABLE vicidial_users
  ADD COLUMN IF NOT EXISTS modify_remoteagents VARCHAR(1) NOT NULL DEFAULT '0',
  ADD INDEX IF NOT EXISTS vicidial_users_custom_three (custom_three, user);

ALTER TABLE system_settings
  ADD COLUMN IF NOT EXISTS vdc_agent_api_active VARCHAR(1) NOT NULL DEFAULT '1',
  ADD COLUMN IF NOT EXISTS agent_whisper_enabled VARCHAR(1) NOT NULL DEFAULT '0',
  ADD COLUMN IF NOT EXISTS active_voicemail_server VARCHAR(15) DEFAULT '';

ALTER TABLE vicidial_campaigns
  ADD COLUMN IF NOT EXISTS user_group VARCHAR(20) DEFAULT '---ALL---',
  ADD COLUMN IF NOT EXISTS lead_order VARCHAR(30),
  ADD COLUMN IF NOT EXISTS dial_statuses VARCHAR(255) DEFAULT ' NEW -',
  ADD COLUMN IF NOT EXISTS dial_timeout TINYINT UNSIGNED DEFAULT 60,
  ADD COLUMN IF NOT EXISTS dial_prefix VARCHAR(20) DEFAULT '9',
  ADD COLUMN IF NOT EXISTS manual_dial_prefix VARCHAR(20) DEFAULT '',
  ADD COLUMN IF NOT EXISTS three_way_dial_prefix VARCHAR(20) DEFAULT '',
  ADD COLUMN IF NOT EXISTS closer_campaigns TEXT;

ALTER TABLE vicidial_inbound_groups ADD COLUMN IF NOT EXISTS user_group VARCHAR(20) DEFAULT '---ALL---';

ALTER TABLE vicidial_live_agents
  ADD COLUMN IF NOT EXISTS comments VARCHAR(20),
  ADD COLUMN IF NOT EXISTS on_hook_agent VARCHAR(1) DEFAULT 'N',
  ADD COLUMN IF NOT EXISTS ring_callerid VARCHAR(20) DEFAULT '',
  ADD COLUMN IF NOT EXISTS preview_lead_id INT UNSIGNED DEFAULT 0,
  ADD COLUMN IF NOT EXISTS external_pause VARCHAR(20) DEFAULT '',
  ADD INDEX IF NOT EXISTS vicidial_live_agents_lead (lead_id);

ALTER TABLE vicidial_agent_log ADD COLUMN IF NOT EXISTS lead_id INT UNSIGNED;

ALTER TABLE vicidial_auto_calls
  ADD COLUMN IF NOT EXISTS uniqueid VARCHAR(20),
  ADD COLUMN IF NOT EXISTS channel VARCHAR(100),
  ADD COLUMN IF NOT EXISTS phone_number VARCHAR(18),
  ADD COLUMN IF NOT EXISTS call_time DATETIME,
  ADD COLUMN IF NOT EXISTS call_type VARCHAR(10) DEFAULT 'OUT',
  ADD COLUMN IF NOT EXISTS last_update_time DATETIME;

CREATE TABLE IF NOT EXISTS parked_channels (
  channel VARCHAR(100) NOT NULL,
  server_ip VARCHAR(15) NOT NULL,
  channel_group VARCHAR(30),
  extension VARCHAR(100),
  parked_by VARCHAR(100),
  parked_time DATETIME,
  KEY parked_channels_group (channel_group)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_list (
  lead_id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  entry_date DATETIME,
  modify_date DATETIME,
  status VARCHAR(6),
  vendor_lead_code VARCHAR(20),
  list_id BIGINT UNSIGNED NOT NULL DEFAULT 0,
  called_since_last_reset VARCHAR(3) DEFAULT 'N',
  phone_number VARCHAR(18) NOT NULL DEFAULT ''
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_user_log (
  user_log_id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user VARCHAR(20),
  event VARCHAR(50),
  campaign_id VARCHAR(8),
  event_date DATETIME,
  computer_ip VARCHAR(45),
  KEY vicidial_user_log_user (user, user_log_id)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_session_data (
  session_name VARCHAR(40) NOT NULL PRIMARY KEY,
  user VARCHAR(20),
  campaign_id VARCHAR(8),
  server_ip VARCHAR(15) NOT NULL DEFAULT '',
  conf_exten VARCHAR(20),
  extension VARCHAR(100) NOT NULL DEFAULT '',
  login_time DATETIME,
  webphone_url TEXT,
  agent_login_call TEXT,
  KEY vicidial_session_data_user (user, session_name)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_remote_agents (
  remote_agent_id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_start VARCHAR(20),
  number_of_lines TINYINT UNSIGNED DEFAULT 1,
  server_ip VARCHAR(15) NOT NULL DEFAULT '',
  conf_exten VARCHAR(20),
  status VARCHAR(10) DEFAULT 'INACTIVE',
  campaign_id VARCHAR(8),
  closer_campaigns TEXT,
  KEY vicidial_remote_agents_user (user_start)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS vicidial_voicemail (
  voicemail_id VARCHAR(10) NOT NULL PRIMARY KEY,
  active VARCHAR(1) NOT NULL DEFAULT 'Y',
  pass VARCHAR(10) NOT NULL DEFAULT '',
  fullname VARCHAR(100) NOT NULL DEFAULT '',
  email VARCHAR(100),
  user_group VARCHAR(20) DEFAULT '---ALL---'
) ENGINE=InnoDB COLLATE={names};

ALTER TABLE vicidial_settings_containers
  ADD INDEX IF NOT EXISTS vicidial_settings_containers_type (container_type, container_id);

-- Log of monitoring: supervisors and monitored agents. Append-only.
CREATE TABLE IF NOT EXISTS vicidial_dial_log (
  caller_code VARCHAR(30) NOT NULL,
  lead_id INT UNSIGNED DEFAULT 0,
  server_ip VARCHAR(15),
  call_date DATETIME,
  extension VARCHAR(100) DEFAULT '',
  channel VARCHAR(100) DEFAULT '',
  context VARCHAR(100) DEFAULT '',
  timeout MEDIUMINT UNSIGNED DEFAULT 0,
  outbound_cid VARCHAR(100) DEFAULT '',
  sip_hangup_cause SMALLINT UNSIGNED DEFAULT 0,
  sip_hangup_reason VARCHAR(50) DEFAULT '',
  uniqueid VARCHAR(20) DEFAULT ''
) ENGINE=InnoDB COLLATE={names};
CREATE TABLE IF NOT EXISTS vicidial_dial_cid_log (
  caller_code VARCHAR(30) NOT NULL,
  call_date DATETIME,
  call_type VARCHAR(10) DEFAULT 'OUT',
  call_alt VARCHAR(20) DEFAULT '',
  outbound_cid VARCHAR(20) DEFAULT '',
  outbound_cid_type VARCHAR(20) DEFAULT ''
) ENGINE=InnoDB COLLATE={names};
CREATE TABLE IF NOT EXISTS vicidial_rt_monitor_log (
  manager_user VARCHAR(20) NOT NULL,
  manager_server_ip VARCHAR(15) NOT NULL,
  manager_phone VARCHAR(20) NOT NULL,
  manager_ip VARCHAR(45),
  agent_user VARCHAR(20),
  agent_server_ip VARCHAR(15),
  agent_status VARCHAR(10),
  agent_session VARCHAR(10),
  lead_id INT UNSIGNED,
  campaign_id VARCHAR(8),
  caller_code VARCHAR(20),
  monitor_start_time DATETIME,
  monitor_end_time DATETIME,
  monitor_sec INT UNSIGNED DEFAULT 0,
  monitor_type VARCHAR(10) DEFAULT 'LISTEN',
  KEY vicidial_rt_monitor_log_caller_code (caller_code)
) ENGINE=InnoDB COLLATE={names};
CREATE TABLE IF NOT EXISTS vicidial_report_log (
  report_log_id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  event_date DATETIME NOT NULL,
  user VARCHAR(20) NOT NULL,
  ip_address VARCHAR(45) NOT NULL,
  report_name VARCHAR(50) NOT NULL,
  browser TEXT,
  referer TEXT,
  notes TEXT,
  url TEXT,
  run_time VARCHAR(20) DEFAULT '0',
  webserver SMALLINT UNSIGNED DEFAULT 0
) ENGINE=InnoDB COLLATE={names};
