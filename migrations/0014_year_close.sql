-- The close of a year, what later refunds made of its rule, and postings dated back.

-- One row a close. A close that was undone stays; standing is true or null, never false: one standing close a year.
-- sequence is the hub's last transaction when the year was closed, and when it was opened again.
CREATE TABLE year_closes (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    year TEXT NOT NULL,
    next_year TEXT NOT NULL,
    carry TEXT NOT NULL,
    earned_carry TEXT NOT NULL,
    open_holds TEXT NOT NULL CHECK (open_holds IN ('refuse', 'follow_the_rule')),
    wallets BIGINT NOT NULL CHECK (wallets >= 0),
    balance BIGINT NOT NULL CHECK (balance >= 0),
    carried BIGINT NOT NULL CHECK (carried >= 0),
    lapsed BIGINT NOT NULL CHECK (lapsed >= 0),
    lapsed_account_id UUID NOT NULL,
    transaction_id UUID,
    sequence BIGINT NOT NULL CHECK (sequence >= 0),
    closed_by UUID,
    closed_at TIMESTAMPTZ NOT NULL,
    reopened_by UUID,
    reopened_at TIMESTAMPTZ,
    reopened_because TEXT,
    reopened_sequence BIGINT,
    standing BOOLEAN,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, year, standing),
    FOREIGN KEY (hub_id, year) REFERENCES academic_years (hub_id, year),
    FOREIGN KEY (hub_id, next_year) REFERENCES academic_years (hub_id, year),
    FOREIGN KEY (hub_id, lapsed_account_id) REFERENCES accounts (hub_id, id),
    CHECK (carried + lapsed = balance),
    CHECK (standing OR standing IS NULL),
    CHECK ((standing IS NULL) = (reopened_at IS NOT NULL)),
    CHECK ((reopened_at IS NULL) = (reopened_because IS NULL)),
    CHECK ((reopened_at IS NULL) = (reopened_sequence IS NULL))
);

-- A line for each wallet of the year. cap is what may be carried from it at most, refunds that come later included;
-- without a limit where it is null.
CREATE TABLE year_close_lines (
    hub_id UUID NOT NULL,
    close_id UUID NOT NULL,
    account_id UUID NOT NULL,
    school_id UUID NOT NULL,
    wallet TEXT NOT NULL CHECK (wallet IN ('allocated', 'earned')),
    allocated BIGINT NOT NULL,
    balance BIGINT NOT NULL CHECK (balance >= 0),
    cap BIGINT CHECK (cap >= 0),
    carried BIGINT NOT NULL CHECK (carried >= 0 AND carried <= cap),
    lapsed BIGINT NOT NULL CHECK (lapsed >= 0),
    next_account_id UUID NOT NULL,
    PRIMARY KEY (hub_id, close_id, account_id),
    FOREIGN KEY (hub_id, close_id) REFERENCES year_closes (hub_id, id),
    FOREIGN KEY (hub_id, account_id) REFERENCES accounts (hub_id, id),
    FOREIGN KEY (hub_id, next_account_id) REFERENCES accounts (hub_id, id),
    FOREIGN KEY (hub_id, school_id) REFERENCES schools (hub_id, id),
    CHECK (carried + lapsed = balance)
);
CREATE INDEX year_close_lines_by_account ON year_close_lines (hub_id, account_id, close_id);
CREATE INDEX year_close_lines_by_school ON year_close_lines (hub_id, school_id, close_id, account_id);

-- What came back to a wallet after its year was closed, and went on from there by the rule of the close.
CREATE TABLE refunds_after_close (
    hub_id UUID NOT NULL,
    close_id UUID NOT NULL,
    account_id UUID NOT NULL,
    transaction_id UUID NOT NULL,
    carried BIGINT NOT NULL CHECK (carried >= 0),
    lapsed BIGINT NOT NULL CHECK (lapsed >= 0),
    PRIMARY KEY (hub_id, close_id, account_id, transaction_id),
    FOREIGN KEY (hub_id, close_id, account_id) REFERENCES year_close_lines (hub_id, close_id, account_id),
    CHECK (carried + lapsed > 0)
);

-- The entries whose business date is before the day on which they were recorded: few, so that a balance on a business
-- date is the balance recorded by the end of that day and these.
CREATE TABLE backdated_entries (
    hub_id UUID NOT NULL,
    account_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    effective_on DATE NOT NULL,
    PRIMARY KEY (hub_id, account_id, sequence)
);
CREATE INDEX backdated_entries_by_sequence ON backdated_entries (hub_id, sequence, account_id);

-- The accounts of a year, in the order in which they were opened.
CREATE INDEX accounts_by_year ON accounts (hub_id, year, id) WHERE year IS NOT NULL;
