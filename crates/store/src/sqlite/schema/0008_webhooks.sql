-- Webhooks, and the last change that each has received. Times are milliseconds since 1970-01-01 00:00:00 UTC.

CREATE TABLE hotdesk_webhook (
  webhook_id INTEGER PRIMARY KEY AUTOINCREMENT, -- numbers are never reused: receivers may store them
  url TEXT NOT NULL,
  topics TEXT NOT NULL,                         -- phone,alias,user,dialer,session
  state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'gave_up', 'gone')),
  secret TEXT NOT NULL,                         -- signs each message, so it cannot be a digest
  old_secret TEXT NOT NULL DEFAULT '',
  old_until INTEGER NOT NULL DEFAULT 0,
  made INTEGER NOT NULL,
  user TEXT NOT NULL,                           -- its creator
  admin_log_id INTEGER NOT NULL,                -- the last delivered change of vicidial_admin_log
  event_id INTEGER NOT NULL,                    -- the last delivered change of hotdesk_event
  failures INTEGER NOT NULL DEFAULT 0,          -- failed attempts at the next event
  failing_since INTEGER,
  next_attempt INTEGER NOT NULL,
  holder TEXT NOT NULL DEFAULT '',              -- the run of Hotdesk that delivers
  held_until INTEGER NOT NULL DEFAULT 0
);

-- Events of the floor, written in the transaction that changes the session. Changes of the configuration are in vicidial_admin_log.
CREATE TABLE hotdesk_event (
  event_id INTEGER PRIMARY KEY AUTOINCREMENT,   -- never reused, even after all rows are deleted
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,                           -- such as session.live
  data TEXT NOT NULL                            -- a JSON object
);

-- The last delivery attempts of each webhook.
CREATE TABLE hotdesk_delivery (
  delivery_id INTEGER PRIMARY KEY,
  webhook_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  status INTEGER NOT NULL,                      -- 0: no response
  failure TEXT NOT NULL,                        -- reason for a missing response
  took INTEGER NOT NULL
);
CREATE INDEX hotdesk_delivery_webhook ON hotdesk_delivery (webhook_id, delivery_id);

-- The last reported health of each dialer, so that only one run of Hotdesk reports a change.
CREATE TABLE hotdesk_told (
  server_ip TEXT NOT NULL PRIMARY KEY,
  health TEXT NOT NULL
) WITHOUT ROWID;
