-- Tokens of the JSON API, by the digest of the token.
CREATE TABLE hotdesk_token (
  token_id INTEGER PRIMARY KEY AUTOINCREMENT, -- no number is given twice
  digest TEXT NOT NULL UNIQUE,
  user TEXT NOT NULL,
  user_id INTEGER NOT NULL DEFAULT 0,      -- vicidial_users.user_id: who gets the name of a deleted user gets no tokens
  name TEXT NOT NULL,                      -- what it is for
  scopes TEXT NOT NULL,                    -- words with blanks between
  made TEXT NOT NULL,
  expires TEXT NOT NULL,
  used TEXT                                -- give or take a minute; NULL: never
);
CREATE INDEX hotdesk_token_user ON hotdesk_token (lower(rtrim(user)), token_id);
CREATE TRIGGER hotdesk_token_of_deleted_users AFTER DELETE ON vicidial_users BEGIN
  DELETE FROM hotdesk_token WHERE user_id = OLD.user_id;
END;
