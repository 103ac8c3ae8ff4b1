-- Dialers' configuration files. Further columns that they are generated from, with VICIdial's names and defaults.
ALTER TABLE phones ADD COLUMN conf_override TEXT;
ALTER TABLE phones ADD COLUMN codecs_list TEXT DEFAULT '';
ALTER TABLE phones ADD COLUMN codecs_with_template TEXT NOT NULL DEFAULT '0';
ALTER TABLE phones ADD COLUMN mohsuggest TEXT DEFAULT '';
ALTER TABLE phones ADD COLUMN conf_qualify TEXT NOT NULL DEFAULT 'Y';
ALTER TABLE phones ADD COLUMN voicemail_options TEXT DEFAULT '';
ALTER TABLE phones ADD COLUMN voicemail_timezone TEXT DEFAULT 'eastern';
ALTER TABLE phones ADD COLUMN voicemail_instructions TEXT NOT NULL DEFAULT 'Y';
ALTER TABLE phones ADD COLUMN unavail_dialplan_fwd_exten TEXT DEFAULT '';
ALTER TABLE phones ADD COLUMN unavail_dialplan_fwd_context TEXT DEFAULT '';
ALTER TABLE system_settings ADD COLUMN default_codecs TEXT DEFAULT '';

-- The state of each dialer's configuration files, as the dialer reports it.
CREATE TABLE hotdesk_dialer_file (
  server_ip TEXT NOT NULL,           -- lower(rtrim(servers.server_ip))
  file TEXT NOT NULL,                -- such as sip-hotdesk.conf
  digest TEXT NOT NULL,              -- of the file on its disk; empty for none
  loaded TEXT NOT NULL DEFAULT '',   -- when its Asterisk last read it; empty for never
  told TEXT NOT NULL,                -- time of the last report
  error TEXT NOT NULL DEFAULT '',    -- the error of that report
  PRIMARY KEY (server_ip, file)
) WITHOUT ROWID;
CREATE TRIGGER hotdesk_dialer_file_of_deleted_servers AFTER DELETE ON servers BEGIN
  DELETE FROM hotdesk_dialer_file WHERE server_ip = lower(rtrim(OLD.server_ip));
END;

-- Softphone links: each sets up a softphone with all phones of an alias and can be opened once.
CREATE TABLE hotdesk_softphone_link (
  key_digest TEXT NOT NULL PRIMARY KEY,
  alias_id TEXT NOT NULL,            -- lower(rtrim(phones_alias.alias_id))
  made TEXT NOT NULL,
  ends TEXT NOT NULL,
  user TEXT NOT NULL,                -- its creator
  used TEXT                          -- when it was opened
) WITHOUT ROWID;
CREATE INDEX hotdesk_softphone_link_ends ON hotdesk_softphone_link (ends);
CREATE TRIGGER hotdesk_softphone_link_of_deleted_aliases AFTER DELETE ON phones_alias BEGIN
  DELETE FROM hotdesk_softphone_link WHERE alias_id = lower(rtrim(OLD.alias_id));
END;
