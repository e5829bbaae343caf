-- The entries in the order of their accounts, without a second tree of row numbers beside it. An account stands once in
-- a transaction, so the order of the journal is the order of its statement too: one index less to keep for each entry.
-- The clock of the journal never runs back, so an instant is found by bisecting the sequence. Most transactions reverse
-- nothing, and need no place in the index that says that each is reversed once.
CREATE TABLE journal_transactions (
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
);
INSERT INTO journal_transactions (hub_id, sequence, id, kind, effective_on, recorded_at, actor_id, source_kind, source_id, memo_digest, reverses, hash)
SELECT hub_id, sequence, id, kind, effective_on, recorded_at, actor_id, source_kind, source_id, memo_digest, reverses, hash
FROM transactions ORDER BY hub_id, sequence;
DROP TABLE transactions;
ALTER TABLE journal_transactions RENAME TO transactions;
CREATE INDEX transactions_by_source ON transactions (hub_id, source_id, sequence);
CREATE UNIQUE INDEX transactions_reversed_once ON transactions (hub_id, reverses) WHERE reverses IS NOT NULL;
CREATE TRIGGER transactions_no_update BEFORE UPDATE ON transactions BEGIN SELECT RAISE(ABORT, 'transactions are append-only'); END;
CREATE TRIGGER transactions_no_delete BEFORE DELETE ON transactions BEGIN SELECT RAISE(ABORT, 'transactions are append-only'); END;

CREATE TABLE journal_entries (
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
INSERT INTO journal_entries (hub_id, account_id, position, sequence, ordinal, side, amount, balance_after)
SELECT hub_id, account_id, position, sequence, ordinal, side, amount, balance_after
FROM entries ORDER BY hub_id, account_id, sequence;
DROP TABLE entries;
ALTER TABLE journal_entries RENAME TO entries;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
