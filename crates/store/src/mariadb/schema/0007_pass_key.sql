-- VICIdial's settings for password digests.
ALTER TABLE system_settings
  ADD COLUMN IF NOT EXISTS pass_key VARCHAR(100) NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS pass_cost TINYINT UNSIGNED NOT NULL DEFAULT 2;
