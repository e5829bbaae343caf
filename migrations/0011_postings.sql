-- Credits sold to schools, given from school to school, and corrected by hand. Each record has the one transaction
-- that it posted; whether that was reversed since is a fact of the ledger, and stands nowhere else.

CREATE TABLE top_ups (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    school_id UUID NOT NULL,
    year TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    invoice_reference TEXT NOT NULL,
    pence BIGINT CHECK (pence >= 0),
    transaction_id UUID NOT NULL,
    sold_by UUID,
    sold_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, invoice_reference),
    UNIQUE (hub_id, transaction_id),
    FOREIGN KEY (hub_id, school_id) REFERENCES schools (hub_id, id),
    FOREIGN KEY (hub_id, year) REFERENCES academic_years (hub_id, year)
);
CREATE INDEX top_ups_by_school ON top_ups (hub_id, school_id, id);

CREATE TABLE transfers (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    from_school_id UUID NOT NULL,
    to_school_id UUID NOT NULL,
    year TEXT NOT NULL,
    wallet TEXT NOT NULL CHECK (wallet IN ('allocated', 'earned')),
    amount BIGINT NOT NULL CHECK (amount > 0),
    message TEXT,
    state TEXT NOT NULL CHECK (state IN ('offered', 'accepted', 'declined', 'withdrawn')),
    transaction_id UUID,
    offered_by UUID,
    offered_at TIMESTAMPTZ NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMPTZ,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, transaction_id),
    FOREIGN KEY (hub_id, from_school_id) REFERENCES schools (hub_id, id),
    FOREIGN KEY (hub_id, to_school_id) REFERENCES schools (hub_id, id),
    FOREIGN KEY (hub_id, year) REFERENCES academic_years (hub_id, year),
    CHECK (from_school_id <> to_school_id),
    CHECK ((state = 'accepted') = (transaction_id IS NOT NULL)),
    CHECK ((state = 'offered') = (decided_at IS NULL))
);
CREATE INDEX transfers_from ON transfers (hub_id, from_school_id, id);
CREATE INDEX transfers_to ON transfers (hub_id, to_school_id, id);

CREATE TABLE adjustments (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    year TEXT NOT NULL,
    account TEXT NOT NULL CHECK (account IN ('wallet', 'income', 'payable', 'subsidy', 'lapsed')),
    school_id UUID,
    wallet TEXT CHECK (wallet IN ('allocated', 'earned')),
    partner_id UUID,
    side TEXT NOT NULL CHECK (side IN ('debit', 'credit')),
    amount BIGINT NOT NULL CHECK (amount > 0),
    reason TEXT NOT NULL,
    effective_on DATE,
    corrects UUID,
    state TEXT NOT NULL CHECK (state IN ('proposed', 'posted', 'discarded')),
    transaction_id UUID,
    proposed_by UUID,
    proposed_at TIMESTAMPTZ NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMPTZ,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, transaction_id),
    FOREIGN KEY (hub_id, year) REFERENCES academic_years (hub_id, year),
    FOREIGN KEY (hub_id, school_id) REFERENCES schools (hub_id, id),
    FOREIGN KEY (hub_id, partner_id) REFERENCES partners (hub_id, id),
    CHECK ((account = 'wallet') = (school_id IS NOT NULL)),
    CHECK ((account = 'wallet') = (wallet IS NOT NULL)),
    CHECK ((account = 'payable') = (partner_id IS NOT NULL)),
    CHECK ((state = 'posted') = (transaction_id IS NOT NULL)),
    CHECK ((state = 'proposed') = (decided_at IS NULL))
);
CREATE INDEX adjustments_by_school ON adjustments (hub_id, school_id, id);

-- The gift that a notice is about.
ALTER TABLE notices ADD COLUMN transfer_id UUID;
