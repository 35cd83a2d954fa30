-- What proves the logs, that of the events and that of the readings: the nodes of the Merkle tree (RFC 9162) of each,
-- and the checkpoints that were signed of it.
CREATE SCHEMA liggare_proof;

-- A tree's hashes, 256 beside each other a row: level 0 has those of the log's rows, level n those of full subtrees of
-- 256 ** n. A row is full, or the last of its level. On level 0, position is that of the first that it has a hash of: an
-- event's position, a reading's number.
CREATE TABLE liggare_proof.tile (
    tree text NOT NULL CHECK (tree IN ('events', 'readings')),
    level smallint NOT NULL,
    number bigint NOT NULL,
    position bigint,
    hashes bytea NOT NULL,
    PRIMARY KEY (tree, level, number),
    CHECK ((position IS NOT NULL) = (level = 0)),
    CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0)
);
CREATE INDEX tile_position_idx ON liggare_proof.tile (tree, position) WHERE level = 0;

-- The checkpoints: so many rows of a log, the last at a position, have a root, which is signed in the note.
CREATE TABLE liggare_proof.checkpoint (
    tree text NOT NULL CHECK (tree IN ('events', 'readings')),
    size bigint NOT NULL,
    position bigint NOT NULL,
    sealed_at timestamptz NOT NULL,
    note text NOT NULL,
    published_at timestamptz,
    PRIMARY KEY (tree, size)
);
CREATE INDEX checkpoint_unpublished_idx ON liggare_proof.checkpoint (tree, size) WHERE published_at IS NULL;
