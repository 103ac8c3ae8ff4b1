-- Several running Hotdesks on one database. A database in a file has one, which needs none of this: the tables are here so that
-- the same statements serve every engine.

-- Every node that runs. It is alive as long as its beat goes on, as others see it by their own clocks; who finds it dead deletes it.
CREATE TABLE hotdesk_node (
  node TEXT NOT NULL PRIMARY KEY,        -- the owner in the marks of its calls
  name TEXT NOT NULL,                    -- for people
  beat INTEGER NOT NULL,
  unwell TEXT NOT NULL DEFAULT '',       -- the dialers that it does not see well, separated by commas
  stays TEXT NOT NULL DEFAULT 'Y'        -- N: it is being stopped, and takes nothing on
) WITHOUT ROWID;

-- Who acts on what a dialer tells. The row without a dialer is for what is done once for all of them.
CREATE TABLE hotdesk_lease (
  server_ip TEXT NOT NULL PRIMARY KEY,   -- as in servers
  node TEXT NOT NULL DEFAULT '',         -- as in hotdesk_node; empty: nobody
  term INTEGER NOT NULL DEFAULT 0        -- grows whenever another node takes it
) WITHOUT ROWID;

-- What changed on the floor, for the other nodes. The last change of a session is the number of what it is now.
CREATE TABLE hotdesk_change (
  change_id INTEGER PRIMARY KEY AUTOINCREMENT,
  session_id INTEGER NOT NULL DEFAULT 0, -- 0: it is about no session
  node TEXT NOT NULL,                    -- who changed it
  told TEXT NOT NULL DEFAULT ''          -- what else there is to tell, as JSON
);
CREATE INDEX hotdesk_change_session ON hotdesk_change (session_id, change_id);
