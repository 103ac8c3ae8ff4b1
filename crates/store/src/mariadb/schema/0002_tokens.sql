-- Tokens of the JSON API. Those of a deleted user are useless, since no other user ever gets the same user_id.
CREATE TABLE IF NOT EXISTS hotdesk_token (
  token_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  digest VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user VARCHAR(20) NOT NULL,
  user_id BIGINT NOT NULL,
  name VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  scopes VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  made DATETIME NOT NULL,
  expires DATETIME NOT NULL,
  used DATETIME,
  UNIQUE KEY hotdesk_token_digest (digest),
  KEY hotdesk_token_user (user, token_id)
) ENGINE=InnoDB COLLATE={names};
