-- What is derived from the log has a schema of its own: it can be thrown away and built anew at any time.
CREATE SCHEMA liggare_read;

-- One row a projection: the version of its rows, how far in the log they reach, and what stopped it, if anything did.
CREATE TABLE liggare_read.projection (
    name text PRIMARY KEY,
    version integer NOT NULL,
    position bigint NOT NULL,
    error text,
    failed_at timestamptz,
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);
