-- Triggers that delete the rows of Hotdesk's own tables with their shared row, whichever program deletes it. Executed only on
-- shared tables that Hotdesk created.

CREATE OR REPLACE TRIGGER hotdesk_of_deleted_users AFTER DELETE ON vicidial_users FOR EACH ROW BEGIN
  DELETE FROM hotdesk_credentials WHERE user = OLD.user;
  DELETE FROM hotdesk_backup_phone WHERE user = OLD.user;
  DELETE FROM hotdesk_admin_session WHERE user = OLD.user;
  DELETE FROM vicidial_inbound_group_agents WHERE user = OLD.user;
  DELETE FROM vicidial_campaign_agents WHERE user = OLD.user;
END;
CREATE OR REPLACE TRIGGER hotdesk_of_deleted_aliases AFTER DELETE ON phones_alias FOR EACH ROW
  DELETE FROM hotdesk_inactive_alias WHERE alias_id = OLD.alias_id;
CREATE OR REPLACE TRIGGER hotdesk_of_deleted_servers AFTER DELETE ON servers FOR EACH ROW BEGIN
  DELETE FROM hotdesk_dialer WHERE server_ip = OLD.server_ip;
  DELETE FROM hotdesk_line WHERE server_ip = OLD.server_ip;
END;
CREATE OR REPLACE TRIGGER hotdesk_of_deleted_phones AFTER DELETE ON phones FOR EACH ROW
  DELETE FROM hotdesk_line
  WHERE server_ip = OLD.server_ip AND channel IN (concat('SIP/', OLD.extension), concat('PJSIP/', OLD.extension));
CREATE OR REPLACE TRIGGER hotdesk_of_changed_phones AFTER UPDATE ON phones FOR EACH ROW
  IF BINARY NEW.extension <> BINARY OLD.extension OR NEW.server_ip <> OLD.server_ip THEN
    DELETE FROM hotdesk_line
    WHERE server_ip = OLD.server_ip AND channel IN (concat('SIP/', OLD.extension), concat('PJSIP/', OLD.extension));
    DELETE FROM hotdesk_line
    WHERE server_ip = NEW.server_ip AND channel IN (concat('SIP/', NEW.extension), concat('PJSIP/', NEW.extension));
  END IF;
