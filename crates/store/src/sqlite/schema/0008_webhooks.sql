-- Webhooks: who is told of changes, and how far. Times are milliseconds since 1970-01-01 00:00:00 UTC.

CREATE TABLE hotdesk_webhook (
  webhook_id INTEGER PRIMARY KEY AUTOINCREMENT, -- no number twice: receivers may keep it
  url TEXT NOT NULL,
  topics TEXT NOT NULL,                         -- phone,alias,user,dialer,session
  state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'gave_up', 'gone')),
  secret TEXT NOT NULL,                         -- signs each message, so it cannot be a digest
  old_secret TEXT NOT NULL DEFAULT '',
  old_until INTEGER NOT NULL DEFAULT 0,
  made INTEGER NOT NULL,
  user TEXT NOT NULL,                           -- who made it
  admin_log_id INTEGER NOT NULL,                -- the last change that it has, in vicidial_admin_log
  event_id INTEGER NOT NULL,                    -- and in hotdesk_event
  failures INTEGER NOT NULL DEFAULT 0,          -- of the event that is first in the row
  failing_since INTEGER,
  next_attempt INTEGER NOT NULL,
  holder TEXT NOT NULL DEFAULT '',              -- which run of Hotdesk delivers
  held_until INTEGER NOT NULL DEFAULT 0
);

-- What the floor tells, in the transaction that changes the session. The fleet's changes are in vicidial_admin_log anyway.
CREATE TABLE hotdesk_event (
  event_id INTEGER PRIMARY KEY AUTOINCREMENT,   -- grows even if all were deleted
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,                           -- such as session.live
  data TEXT NOT NULL                            -- a JSON object
);

-- The last attempts of each subscriber.
CREATE TABLE hotdesk_delivery (
  delivery_id INTEGER PRIMARY KEY,
  webhook_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  status INTEGER NOT NULL,                      -- 0: no answer
  failure TEXT NOT NULL,                        -- why there was none
  took INTEGER NOT NULL
);
CREATE INDEX hotdesk_delivery_webhook ON hotdesk_delivery (webhook_id, delivery_id);

-- The health of each dialer as it was told last, so that it is told once, whichever run sees it.
CREATE TABLE hotdesk_told (
  server_ip TEXT NOT NULL PRIMARY KEY,
  health TEXT NOT NULL
) WITHOUT ROWID;
