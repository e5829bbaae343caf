-- The end of a hub's chain is marked by the service, which alone can; none in a ledger of before.
ALTER TABLE ledger_heads ADD COLUMN mark BYTEA;

-- A head that was signed, so that it can be kept elsewhere: what was signed and the signature, as a signed note.
CREATE TABLE checkpoints (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    sequence BIGINT NOT NULL CHECK (sequence > 0),
    signed_at TIMESTAMPTZ NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (hub_id, sequence)
);
