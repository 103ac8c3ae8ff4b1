-- The dialplan context in which the call of an agent's phone continues.

ALTER TABLE phones ADD COLUMN ext_context TEXT DEFAULT 'default';
