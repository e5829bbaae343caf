-- The transactions in the order of the journal, without a second tree of row numbers beside it: a line of a statement
-- looks its transaction up in one place instead of two, and a transaction is written into one tree less.
CREATE TABLE ordered_transactions (
    hub_id UUID NOT NULL,
    sequence BIGINT NOT NULL CHECK (sequence >= 1),
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    effective_on DATE NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    actor_id UUID,
    source_kind TEXT NOT NULL,
    source_id UUID NOT NULL,
    memo_digest BYTEA,
    reverses UUID,
    hash BYTEA NOT NULL,
    PRIMARY KEY (hub_id, sequence),
    UNIQUE (hub_id, id)
) WITHOUT ROWID;
INSERT INTO ordered_transactions (hub_id, sequence, id, kind, effective_on, recorded_at, actor_id, source_kind, source_id, memo_digest, reverses, hash)
SELECT hub_id, sequence, id, kind, effective_on, recorded_at, actor_id, source_kind, source_id, memo_digest, reverses, hash
FROM transactions ORDER BY hub_id, sequence;
DROP TABLE transactions;
ALTER TABLE ordered_transactions RENAME TO transactions;
CREATE INDEX transactions_by_source ON transactions (hub_id, source_id, sequence);
CREATE UNIQUE INDEX transactions_reversed_once ON transactions (hub_id, reverses) WHERE reverses IS NOT NULL;
CREATE TRIGGER transactions_no_update BEFORE UPDATE ON transactions BEGIN SELECT RAISE(ABORT, 'transactions are append-only'); END;
CREATE TRIGGER transactions_no_delete BEFORE DELETE ON transactions BEGIN SELECT RAISE(ABORT, 'transactions are append-only'); END;
-- What the planner should take it for, as in 0018: dropping the table forgot it.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('transactions', 'transactions', '1000000 200000 1'),
    ('transactions', 'sqlite_autoindex_transactions_2', '1000000 200000 1'),
    ('transactions', 'transactions_by_source', '1000000 200000 2 1'),
    ('transactions', 'transactions_reversed_once', '1000 200 1');
ANALYZE sqlite_schema;
