CREATE TABLE IF NOT EXISTS hotdesk_webhook (
  webhook_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  url TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  topics VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL CHECK (state IN ('active', 'paused', 'gave_up', 'gone')),
  secret VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  old_secret VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  old_until BIGINT NOT NULL DEFAULT 0,
  made BIGINT NOT NULL,
  user VARCHAR(20) NOT NULL,
  admin_log_id BIGINT NOT NULL,
  event_id BIGINT NOT NULL,
  failures INT NOT NULL DEFAULT 0,
  failing_since BIGINT,
  next_attempt BIGINT NOT NULL,
  holder VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  held_until BIGINT NOT NULL DEFAULT 0
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS hotdesk_event (
  event_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  at BIGINT NOT NULL,
  kind VARCHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  data TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS hotdesk_delivery (
  delivery_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  webhook_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  message_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind VARCHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  status INT NOT NULL,
  failure VARCHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  took INT UNSIGNED NOT NULL,
  KEY hotdesk_delivery_webhook (webhook_id, delivery_id)
) ENGINE=InnoDB COLLATE={names};

CREATE TABLE IF NOT EXISTS hotdesk_told (
  server_ip VARCHAR(15) NOT NULL PRIMARY KEY,
  health VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
) ENGINE=InnoDB COLLATE={names};
