-- The key store. It may lie in a database of its own; in the ledger's own, its first table was made with the ledger.
CREATE SCHEMA IF NOT EXISTS liggare_keys;

CREATE TABLE liggare_keys.key_migration (
    version integer PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE liggare_keys.key_setting (
    name text PRIMARY KEY,
    value text NOT NULL
);
CREATE TABLE IF NOT EXISTS liggare_keys.person_key (
    key_id uuid PRIMARY KEY,
    person_ref text NOT NULL,
    wrapped_by text,
    wrapped_key bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ordered_by text,
    ordered_at timestamptz,
    destroyed_at timestamptz,
    CHECK ((destroyed_at IS NULL) = (wrapped_key IS NOT NULL))
);
CREATE UNIQUE INDEX IF NOT EXISTS person_key_living_idx ON liggare_keys.person_key (person_ref)
    WHERE ordered_at IS NULL;

ALTER TABLE liggare_keys.person_key ADD COLUMN ordered_on date;
UPDATE liggare_keys.person_key SET ordered_on = (ordered_at AT TIME ZONE 'Europe/Stockholm')::date
    WHERE ordered_at IS NOT NULL;
CREATE INDEX person_key_due_idx ON liggare_keys.person_key (person_ref)
    WHERE ordered_at IS NOT NULL AND destroyed_at IS NULL;

CREATE TABLE liggare_keys.wrapping_key (
    id text PRIMARY KEY,
    added_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO liggare_keys.wrapping_key (id)
    SELECT DISTINCT wrapped_by FROM liggare_keys.person_key WHERE wrapped_by IS NOT NULL;
ALTER TABLE liggare_keys.person_key ADD FOREIGN KEY (wrapped_by) REFERENCES liggare_keys.wrapping_key;
