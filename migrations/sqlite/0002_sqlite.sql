-- What only SQLite can say of the schema.

-- The journal and the changes lie in the order of their keys, without a second tree of row numbers beside it: a line of
-- a statement looks its transaction up in one place instead of two, and each row is written into one tree less. A table
-- can be told so only as it is made, so these are made again, column for column, before anything is in them.
DROP TABLE transactions;
CREATE TABLE transactions (
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
    grounds BYTEA,
    changes_hash BYTEA,
    hash BYTEA NOT NULL,
    PRIMARY KEY (hub_id, sequence),
    UNIQUE (hub_id, id)
) WITHOUT ROWID;
CREATE INDEX transactions_by_source ON transactions (hub_id, source_id, sequence);
CREATE UNIQUE INDEX transactions_reversed_once ON transactions (hub_id, reverses) WHERE reverses IS NOT NULL;

DROP TABLE entries;
CREATE TABLE entries (
    hub_id UUID NOT NULL,
    account_id UUID NOT NULL,
    position BIGINT NOT NULL CHECK (position >= 1),
    sequence BIGINT NOT NULL CHECK (sequence >= 1),
    ordinal BIGINT NOT NULL CHECK (ordinal >= 1),
    side TEXT NOT NULL CHECK (side IN ('debit', 'credit')),
    amount BIGINT NOT NULL CHECK (amount > 0),
    balance_after BIGINT NOT NULL,
    PRIMARY KEY (hub_id, account_id, sequence),
    UNIQUE (hub_id, sequence, ordinal)
) WITHOUT ROWID;

DROP TABLE changes;
CREATE TABLE changes (
    hub_id UUID NOT NULL,
    sequence BIGINT NOT NULL CHECK (sequence >= 1),
    recorded_at TIMESTAMPTZ NOT NULL,
    actor_id UUID,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    data TEXT NOT NULL,
    grounds BYTEA,
    hash BYTEA NOT NULL,
    PRIMARY KEY (hub_id, sequence)
) WITHOUT ROWID;

-- What is append-only: no statement may change or remove it.
CREATE TRIGGER transactions_no_update BEFORE UPDATE ON transactions BEGIN SELECT RAISE(ABORT, 'transactions are append-only'); END;
CREATE TRIGGER transactions_no_delete BEFORE DELETE ON transactions BEGIN SELECT RAISE(ABORT, 'transactions are append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
CREATE TRIGGER rolls_no_update BEFORE UPDATE ON rolls BEGIN SELECT RAISE(ABORT, 'rolls are append-only'); END;
CREATE TRIGGER rolls_no_delete BEFORE DELETE ON rolls BEGIN SELECT RAISE(ABORT, 'rolls are append-only'); END;
CREATE TRIGGER changes_no_update BEFORE UPDATE ON changes BEGIN SELECT RAISE(ABORT, 'changes are append-only'); END;
CREATE TRIGGER changes_no_delete BEFORE DELETE ON changes BEGIN SELECT RAISE(ABORT, 'changes are append-only'); END;

-- What the planner should take the journal for. Without statistics it takes the entries of a hub for a handful, and
-- would rather walk them all than look those of a transaction up beside their key. These are of the journal's kind, not
-- of a day, so that plans do not change with the day either: several hubs in a file, an account with very many entries,
-- a transaction with two, a source with a few transactions, reversals rare.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('entries', 'entries', '1000000 200000 1000 1'),
    ('entries', 'sqlite_autoindex_entries_2', '1000000 200000 2 1'),
    ('transactions', 'transactions', '1000000 200000 1'),
    ('transactions', 'sqlite_autoindex_transactions_2', '1000000 200000 1'),
    ('transactions', 'transactions_by_source', '1000000 200000 2 1'),
    ('transactions', 'transactions_reversed_once', '1000 200 1');
-- Read by this connection too.
ANALYZE sqlite_schema;
