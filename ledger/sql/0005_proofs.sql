-- What proves the log: the nodes of its Merkle tree (RFC 9162), and the checkpoints that were signed of it.
CREATE SCHEMA liggare_proof;

-- The tree's hashes, 256 beside each other a row: level 0 has those of the events, level n those of full subtrees of
-- 256 ** n. A row is full, or the last of its level. On level 0, position is that of the row's first event.
CREATE TABLE liggare_proof.tile (
    level smallint NOT NULL,
    number bigint NOT NULL,
    position bigint,
    hashes bytea NOT NULL,
    PRIMARY KEY (level, number),
    CHECK ((position IS NOT NULL) = (level = 0)),
    CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0)
);
CREATE INDEX tile_position_idx ON liggare_proof.tile (position) WHERE level = 0;

-- The checkpoints: so many events, the last at a position, have a root, which is signed in the note.
CREATE TABLE liggare_proof.checkpoint (
    size bigint PRIMARY KEY,
    position bigint NOT NULL,
    sealed_at timestamptz NOT NULL,
    note text NOT NULL,
    published_at timestamptz
);
CREATE INDEX checkpoint_unpublished_idx ON liggare_proof.checkpoint (size) WHERE published_at IS NULL;
