-- Changes that can be repeated, and secrets that all nodes of a database share.

-- What was answered to a change that a client sent with an `Idempotency-Key`. Neither the request nor any secret is kept.
CREATE TABLE hotdesk_repeat (
  user TEXT NOT NULL,                      -- as in vicidial_users
  repeat_key TEXT NOT NULL,                -- the client's key
  request TEXT NOT NULL,                   -- a digest behind a key of hotdesk_secret
  status INTEGER NOT NULL,
  etag TEXT NOT NULL DEFAULT '',
  location TEXT NOT NULL DEFAULT '',
  body TEXT NOT NULL DEFAULT '',
  began TEXT NOT NULL,                     -- UTC
  PRIMARY KEY (user, repeat_key)
) WITHOUT ROWID;
CREATE INDEX hotdesk_repeat_began ON hotdesk_repeat (began); -- what is kept long enough goes

-- Keys that are drawn once: what stands behind digests that clients see.
CREATE TABLE hotdesk_secret (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
