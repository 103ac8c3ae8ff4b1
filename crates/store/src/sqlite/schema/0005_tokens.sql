-- Tokens of the JSON API, by the digest of the token.
CREATE TABLE hotdesk_token (
  token_id INTEGER PRIMARY KEY AUTOINCREMENT, -- numbers are never reused
  digest TEXT NOT NULL UNIQUE,
  user TEXT NOT NULL,
  user_id INTEGER NOT NULL DEFAULT 0,      -- vicidial_users.user_id: a later user of the same name inherits no tokens
  name TEXT NOT NULL,                      -- its purpose
  scopes TEXT NOT NULL,                    -- names separated by blanks
  made TEXT NOT NULL,
  expires TEXT NOT NULL,
  used TEXT                                -- last use, to the minute; NULL: never
);
CREATE INDEX hotdesk_token_user ON hotdesk_token (lower(rtrim(user)), token_id);
CREATE TRIGGER hotdesk_token_of_deleted_users AFTER DELETE ON vicidial_users BEGIN
  DELETE FROM hotdesk_token WHERE user_id = OLD.user_id;
END;
