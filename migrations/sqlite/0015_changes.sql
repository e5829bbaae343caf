-- What happened to the hub's records, in order. The counter is on the row whose writing is the hub's lock.
ALTER TABLE ledger_heads ADD COLUMN changes BIGINT NOT NULL DEFAULT 0 CHECK (changes >= 0);

-- Ids, words and amounts alone: nothing that a person is called or wrote. No foreign keys: a rush writes it.
CREATE TABLE changes (
    hub_id UUID NOT NULL,
    sequence BIGINT NOT NULL CHECK (sequence >= 1),
    recorded_at TIMESTAMPTZ NOT NULL,
    actor_id UUID,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (hub_id, sequence)
) WITHOUT ROWID;
CREATE TRIGGER changes_no_update BEFORE UPDATE ON changes BEGIN SELECT RAISE(ABORT, 'changes are append-only'); END;
CREATE TRIGGER changes_no_delete BEFORE DELETE ON changes BEGIN SELECT RAISE(ABORT, 'changes are append-only'); END;
