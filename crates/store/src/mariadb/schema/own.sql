-- Hotdesk's own tables. ../../sqlite/schema explains each of them; the comments here cover only the differences on MariaDB.

-- Cluster-wide locks: a transaction that updates a row keeps others waiting until it ends, on every node. One row serializes the
-- assignment of seats; one row per phone login serializes its use, since the tables have no unique index on logins.
CREATE TABLE IF NOT EXISTS hotdesk_lock (
  name VARCHAR(150) NOT NULL PRIMARY KEY,
  held BIGINT UNSIGNED NOT NULL DEFAULT 0
) ENGINE=InnoDB COLLATE={names};
INSERT IGNORE INTO hotdesk_lock (name) VALUES ('seats');

CREATE TABLE IF NOT EXISTS hotdesk_credentials (
  user VARCHAR(20) NOT NULL PRIMARY KEY,
  digest VARCHAR(255) NOT NULL
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS hotdesk_backup_phone (
  user VARCHAR(20) NOT NULL PRIMARY KEY,
  phone_login VARCHAR(255) NOT NULL,
  phone_pass VARCHAR(100) NOT NULL DEFAULT ''
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS hotdesk_inactive_alias (
  alias_id VARCHAR(20) NOT NULL PRIMARY KEY
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS hotdesk_session (
  session_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user VARCHAR(20) NOT NULL,
  key_digest VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  logins TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  campaign_id VARCHAR(20) NOT NULL DEFAULT '',
  state VARCHAR(10) NOT NULL DEFAULT 'reserved',
  phone_login VARCHAR(100) NOT NULL DEFAULT '',
  server_ip VARCHAR(15) NOT NULL DEFAULT '',
  conf_exten VARCHAR(20) NOT NULL DEFAULT '',
  channel VARCHAR(150) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  `call` VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  began DATETIME NOT NULL,
  ended DATETIME,
  end_reason VARCHAR(50),
  trail MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  typed TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  -- An agent has at most one open session.
  open_user VARCHAR(20) AS (IF(ended IS NULL, user, NULL)) STORED,
  UNIQUE KEY hotdesk_session_open (open_user),
  KEY hotdesk_session_user (user, ended),
  KEY hotdesk_session_ended (ended),
  KEY hotdesk_session_began (began, session_id)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS hotdesk_dialer (
  server_ip VARCHAR(15) NOT NULL PRIMARY KEY,
  ami_host VARCHAR(100),
  ami_port INT,
  ami_user VARCHAR(20),
  ami_secret VARCHAR(100),
  ami_tls VARCHAR(1) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'N' CHECK (ami_tls IN ('Y', 'N')),
  draining VARCHAR(1) NOT NULL DEFAULT 'N'
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS hotdesk_line (
  server_ip VARCHAR(15) NOT NULL,
  channel VARCHAR(150) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  first_seen DATETIME NOT NULL,
  registered VARCHAR(1) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '' CHECK (registered IN ('Y', 'N', '')),
  address VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  since DATETIME,
  PRIMARY KEY (server_ip, channel)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS hotdesk_run (
  owner VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  began DATETIME NOT NULL
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS hotdesk_admin_session (
  key_digest VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  user VARCHAR(20) NOT NULL,
  began DATETIME NOT NULL,
  used DATETIME NOT NULL,
  from_ip VARCHAR(50) NOT NULL DEFAULT ''
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS hotdesk_line_change (
  change_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  at DATETIME NOT NULL,
  server_ip VARCHAR(15) NOT NULL,
  channel VARCHAR(150) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  registered VARCHAR(1) NOT NULL CHECK (registered IN ('Y', 'N')),
  address VARCHAR(100) NOT NULL DEFAULT '',
  KEY hotdesk_line_change_line (server_ip, channel, change_id)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS hotdesk_minute (
  minute VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  server_ip VARCHAR(15) NOT NULL,
  seats INT NOT NULL,
  logins INT NOT NULL,
  PRIMARY KEY (minute, server_ip)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS hotdesk_plan (
  plan_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  server_ip VARCHAR(15) NOT NULL,
  act VARCHAR(10) NOT NULL CHECK (act IN ('drain', 'take')),
  due DATETIME NOT NULL,
  user VARCHAR(20) NOT NULL,
  from_ip VARCHAR(50) NOT NULL,
  made DATETIME NOT NULL,
  done DATETIME,
  outcome VARCHAR(20) NOT NULL DEFAULT '',
  KEY hotdesk_plan_open (done, due),
  KEY hotdesk_plan_dialer (server_ip, plan_id)
) ENGINE=InnoDB COLLATE={names};

-- A view instead of stored counters: all logins of a dialer would wait for each other's lock on its counter.
CREATE OR REPLACE VIEW hotdesk_seats AS
  SELECT server_ip, count(*) AS seats FROM vicidial_live_agents WHERE extension NOT LIKE 'r%' GROUP BY server_ip;
-- A checksum of the phones instead of a change counter, because VICIdial's own tables have no trigger that could count.
CREATE OR REPLACE VIEW hotdesk_expected AS
  SELECT server_ip, count(*) AS `lines`, sum(crc32(concat(protocol, '/', extension))) AS changes FROM phones
  WHERE active = 'Y' AND protocol IN ('SIP', 'PJSIP') AND is_webphone NOT LIKE 'Y%' GROUP BY server_ip;
