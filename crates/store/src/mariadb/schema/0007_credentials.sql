-- user_id of the digest's account (0: written by a node of an older version): a later user of the same name must not inherit the
-- password. And VICIdial's own digest at that time: once it differs, this digest is no longer valid.
ALTER TABLE hotdesk_credentials
  ADD COLUMN IF NOT EXISTS user_id BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS pass_hash VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '';
UPDATE hotdesk_credentials c JOIN vicidial_users u ON u.user = c.user
  SET c.user_id = u.user_id, c.pass_hash = ifnull(u.pass_hash, '') WHERE c.user_id = 0;
DELETE FROM hotdesk_credentials WHERE user_id = 0;

-- user_id of the session's account, for the same reason (0: started on a node of an older version).
ALTER TABLE hotdesk_admin_session ADD COLUMN IF NOT EXISTS user_id BIGINT NOT NULL DEFAULT 0;
UPDATE hotdesk_admin_session s JOIN vicidial_users u ON u.user = s.user SET s.user_id = u.user_id WHERE s.user_id = 0;

-- No longer used. It stays so that version 7 means the same tables in every database.
CREATE TABLE IF NOT EXISTS hotdesk_intent (
  intent_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  connection BIGINT NOT NULL,
  began DATETIME NOT NULL,
  statement VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
) ENGINE=InnoDB;
