-- Stored replies for idempotency keys, and secrets that all nodes of a database share: see ../../sqlite/schema/0006_repeats.sql.

CREATE TABLE IF NOT EXISTS hotdesk_repeat (
  user VARCHAR(20) NOT NULL,
  repeat_key VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  request VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  status SMALLINT NOT NULL,
  etag VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  location TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  body MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  began DATETIME NOT NULL,
  PRIMARY KEY (user, repeat_key),
  KEY hotdesk_repeat_began (began)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS hotdesk_secret (
  name VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  value VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
) ENGINE=InnoDB COLLATE={names};
