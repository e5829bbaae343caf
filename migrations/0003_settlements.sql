-- What partners are paid: statements of what they have earned, and the payments of the hub's bank.

-- What one credit is worth in pounds, from a day on: what was earned before keeps the value that it had.
CREATE TABLE credit_values (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    valid_from DATE NOT NULL,
    pence BIGINT NOT NULL CHECK (pence > 0),
    PRIMARY KEY (hub_id, valid_from)
);
INSERT INTO credit_values (hub_id, valid_from, pence) SELECT id, '2000-01-01', credit_value_pence FROM hubs;

-- A statement of what a partner has earned up to a day and was on no earlier statement. Numbered without gaps in its
-- hub; one that was cancelled keeps its number. Never changed but to be cancelled.
CREATE TABLE settlements (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    partner_id UUID NOT NULL,
    number BIGINT NOT NULL CHECK (number >= 1),
    up_to DATE NOT NULL,
    credits BIGINT NOT NULL CHECK (credits > 0),
    pence BIGINT NOT NULL,
    stated_by UUID,
    stated_at TIMESTAMPTZ NOT NULL,
    cancelled_by UUID,
    cancelled_at TIMESTAMPTZ,
    cancelled_because TEXT,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, number),
    FOREIGN KEY (hub_id, partner_id) REFERENCES partners (hub_id, id),
    CHECK ((cancelled_at IS NULL) = (cancelled_because IS NULL)),
    CHECK (cancelled_by IS NULL OR cancelled_at IS NOT NULL)
);
CREATE INDEX settlements_by_partner ON settlements (hub_id, partner_id, id);

-- A posting to what the partner is owed, as the statement froze it; credits that went back are negative. A line is live
-- until its statement is cancelled: a posting has at most one that is.
CREATE TABLE settlement_lines (
    hub_id UUID NOT NULL,
    settlement_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    live BOOLEAN NOT NULL,
    earned_on DATE NOT NULL,
    what_for TEXT NOT NULL,
    credits BIGINT NOT NULL CHECK (credits <> 0),
    credit_value_pence BIGINT NOT NULL CHECK (credit_value_pence > 0),
    pence BIGINT NOT NULL,
    PRIMARY KEY (hub_id, settlement_id, sequence),
    FOREIGN KEY (hub_id, settlement_id) REFERENCES settlements (hub_id, id)
);
CREATE UNIQUE INDEX settlement_lines_live ON settlement_lines (hub_id, sequence) WHERE live;

-- A payment of a statement, or of a part of it, as the hub's bank made it; whether it was reversed since is a fact of
-- the ledger.
CREATE TABLE settlement_payments (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    settlement_id UUID NOT NULL,
    credits BIGINT NOT NULL CHECK (credits > 0),
    pence BIGINT NOT NULL CHECK (pence >= 0),
    paid_on DATE NOT NULL,
    bank_reference TEXT NOT NULL,
    transaction_id UUID NOT NULL,
    paid_by UUID,
    paid_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, transaction_id),
    FOREIGN KEY (hub_id, settlement_id) REFERENCES settlements (hub_id, id)
);
CREATE INDEX settlement_payments_by_settlement ON settlement_payments (hub_id, settlement_id, id);

-- How the hub's purchase ledger wants its file of statements: the headings, and what stands below each.
CREATE TABLE purchase_ledgers (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    columns TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (hub_id)
);

ALTER TABLE notices ADD COLUMN settlement_id UUID;
