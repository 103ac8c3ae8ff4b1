-- Dialers' configuration files. See ../../sqlite/schema/0009_dialer_files.sql for the purpose of each table.

CREATE TABLE IF NOT EXISTS hotdesk_dialer_file (
  server_ip VARCHAR(15) NOT NULL,
  file VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  digest VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  loaded VARCHAR(19) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  told VARCHAR(19) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  error VARCHAR(500) NOT NULL DEFAULT '',
  PRIMARY KEY (server_ip, file)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS hotdesk_softphone_link (
  key_digest VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  alias_id VARCHAR(20) NOT NULL,
  made DATETIME NOT NULL,
  ends DATETIME NOT NULL,
  user VARCHAR(20) NOT NULL,
  used DATETIME,
  KEY hotdesk_softphone_link_ends (ends)
) ENGINE=InnoDB COLLATE={names};
