-- The dialplan context in which the call of an agent's phone continues. VICIdial's own table has it.

ALTER TABLE phones ADD COLUMN IF NOT EXISTS ext_context VARCHAR(20) DEFAULT 'default';
