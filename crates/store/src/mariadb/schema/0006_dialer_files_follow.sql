-- Columns that VICIdial's own tables already have. Executed only on shared tables that Hotdesk created.

ALTER TABLE phones
  ADD COLUMN IF NOT EXISTS conf_override TEXT,
  ADD COLUMN IF NOT EXISTS codecs_list VARCHAR(100) DEFAULT '',
  ADD COLUMN IF NOT EXISTS codecs_with_template VARCHAR(1) NOT NULL DEFAULT '0',
  ADD COLUMN IF NOT EXISTS mohsuggest VARCHAR(100) DEFAULT '',
  ADD COLUMN IF NOT EXISTS conf_qualify VARCHAR(1) NOT NULL DEFAULT 'Y',
  ADD COLUMN IF NOT EXISTS voicemail_options VARCHAR(255) DEFAULT '',
  ADD COLUMN IF NOT EXISTS voicemail_timezone VARCHAR(30) DEFAULT 'eastern',
  ADD COLUMN IF NOT EXISTS voicemail_instructions VARCHAR(1) NOT NULL DEFAULT 'Y',
  ADD COLUMN IF NOT EXISTS unavail_dialplan_fwd_exten VARCHAR(40) DEFAULT '',
  ADD COLUMN IF NOT EXISTS unavail_dialplan_fwd_context VARCHAR(100) DEFAULT '';
ALTER TABLE system_settings ADD COLUMN IF NOT EXISTS default_codecs VARCHAR(100) DEFAULT '';

CREATE OR REPLACE TRIGGER hotdesk_dialer_file_of_deleted_servers AFTER DELETE ON servers FOR EACH ROW
  DELETE FROM hotdesk_dialer_file WHERE server_ip = OLD.server_ip;
CREATE OR REPLACE TRIGGER hotdesk_softphone_link_of_deleted_aliases AFTER DELETE ON phones_alias FOR EACH ROW
  DELETE FROM hotdesk_softphone_link WHERE alias_id = OLD.alias_id;
