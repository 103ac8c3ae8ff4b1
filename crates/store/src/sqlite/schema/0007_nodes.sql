-- Several nodes on one database. An embedded database has only one node, which does not need these tables; they exist here so that
-- the same statements work on every engine.

-- Every running node. A node is alive while its heartbeat grows, measured by the other nodes' clocks. The first node that finds it
-- dead deletes it.
CREATE TABLE hotdesk_node (
  node TEXT NOT NULL PRIMARY KEY,        -- the owner in its call ids
  name TEXT NOT NULL,                    -- its display name
  beat INTEGER NOT NULL,
  unwell TEXT NOT NULL DEFAULT '',       -- the dialers that it does not find healthy, separated by commas
  stays TEXT NOT NULL DEFAULT 'Y'        -- N: it is stopping and accepts no new work
) WITHOUT ROWID;

-- The leader of each dialer, which acts on the dialer's events. The row without a dialer is for tasks of the whole cluster.
CREATE TABLE hotdesk_lease (
  server_ip TEXT NOT NULL PRIMARY KEY,   -- as in servers
  node TEXT NOT NULL DEFAULT '',         -- as in hotdesk_node; empty: no leader
  term INTEGER NOT NULL DEFAULT 0        -- grows whenever another node becomes the leader
) WITHOUT ROWID;

-- Changes of the floor, for the other nodes. The number of a session's last change is the session's revision.
CREATE TABLE hotdesk_change (
  change_id INTEGER PRIMARY KEY AUTOINCREMENT,
  session_id INTEGER NOT NULL DEFAULT 0, -- 0: the change concerns no session
  node TEXT NOT NULL,                    -- the node that made the change
  told TEXT NOT NULL DEFAULT ''          -- further data, as JSON
);
CREATE INDEX hotdesk_change_session ON hotdesk_change (session_id, change_id);
