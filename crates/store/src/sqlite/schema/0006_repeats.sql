-- Stored replies for idempotency keys, and secrets that all nodes of a database share.

-- The reply to a change that a client sent with an `Idempotency-Key`. Neither the request nor any secret is stored.
CREATE TABLE hotdesk_repeat (
  user TEXT NOT NULL,                      -- as in vicidial_users
  repeat_key TEXT NOT NULL,                -- the client's key
  request TEXT NOT NULL,                   -- a digest with a key of hotdesk_secret
  status INTEGER NOT NULL,
  etag TEXT NOT NULL DEFAULT '',
  location TEXT NOT NULL DEFAULT '',
  body TEXT NOT NULL DEFAULT '',
  began TEXT NOT NULL,                     -- UTC
  PRIMARY KEY (user, repeat_key)
) WITHOUT ROWID;
CREATE INDEX hotdesk_repeat_began ON hotdesk_repeat (began); -- finds replies that are old enough to be deleted

-- Random keys, generated once, for the digests that clients see.
CREATE TABLE hotdesk_secret (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
