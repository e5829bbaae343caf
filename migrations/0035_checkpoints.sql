-- The end of a hub's chain is marked by the service, which alone can; and signed, so that it can be kept elsewhere.
ALTER TABLE ledger_heads ADD COLUMN mark BYTEA;

-- A head that was signed: note is what was signed and the signature, in the form of a signed note.
CREATE TABLE checkpoints (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    sequence BIGINT NOT NULL CHECK (sequence > 0),
    signed_at TIMESTAMPTZ NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (hub_id, sequence)
);
