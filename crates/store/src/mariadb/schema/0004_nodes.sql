-- Several nodes on one database. See ../../sqlite/schema/0007_nodes.sql for the purpose of each table.

CREATE TABLE IF NOT EXISTS hotdesk_node (
  node VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  name VARCHAR(100) NOT NULL,
  beat BIGINT NOT NULL,
  unwell MEDIUMTEXT NOT NULL DEFAULT '',
  stays VARCHAR(1) NOT NULL DEFAULT 'Y'
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS hotdesk_lease (
  server_ip VARCHAR(15) NOT NULL PRIMARY KEY,
  node VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  term BIGINT NOT NULL DEFAULT 0
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS hotdesk_change (
  change_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  session_id BIGINT NOT NULL DEFAULT 0,
  node VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  told TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  KEY hotdesk_change_session (session_id, change_id)
) ENGINE=InnoDB COLLATE={names};
