-- VICIdial's settings for password digests.
ALTER TABLE system_settings ADD COLUMN pass_key TEXT NOT NULL DEFAULT '';
ALTER TABLE system_settings ADD COLUMN pass_cost INTEGER NOT NULL DEFAULT 2;

-- user_id of the digest's account: a later user of the same name must not inherit the password. And VICIdial's own digest at that
-- time: once it differs, this digest is no longer valid.
ALTER TABLE hotdesk_credentials ADD COLUMN user_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hotdesk_credentials ADD COLUMN pass_hash TEXT NOT NULL DEFAULT '';
UPDATE hotdesk_credentials SET
  user_id = ifnull((SELECT user_id FROM vicidial_users u WHERE lower(rtrim(u.user)) = hotdesk_credentials.user), 0),
  pass_hash = ifnull((SELECT pass_hash FROM vicidial_users u WHERE lower(rtrim(u.user)) = hotdesk_credentials.user), '');
DELETE FROM hotdesk_credentials WHERE user_id = 0;

-- user_id of the session's account, for the same reason.
ALTER TABLE hotdesk_admin_session ADD COLUMN user_id INTEGER NOT NULL DEFAULT 0;
UPDATE hotdesk_admin_session SET
  user_id = ifnull((SELECT user_id FROM vicidial_users u WHERE lower(rtrim(u.user)) = lower(rtrim(hotdesk_admin_session.user))), 0);
