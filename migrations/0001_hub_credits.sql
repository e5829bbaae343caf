-- The schema of hub-credits, one text for PostgreSQL and SQLite. What only one of them can say is in a small text
-- beside it: postgres/0002_postgres.sql, sqlite/0002_sqlite.sql.
--
-- Every table but hubs and readiness has hub_id first in its primary key, its unique keys, its indexes and its foreign
-- keys: no row can point into another hub, and the data can be spread by hub.
-- Credits are whole hundredths. Times are UTC in microseconds. Ids are UUIDv7. version rises with every change of its
-- row. Who did something is null where it was the operator, or time itself.
--
-- transactions, entries, bookings and changes carry no foreign keys: they are the tables a rush writes, the checks
-- cost PostgreSQL a third of its rate, their parents can never be deleted, and `hub-credits verify` proves the same
-- relations.
--
-- Where two indexes of a table would serve a statement alike, SQLite takes the one that was made last.

-- Hubs and their years. -----------------------------------------------------

-- A hub: a group of schools with credits of its own.
CREATE TABLE hubs (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- Allocations are multiples of it: 1, 0.50 or 0.01 credits.
    step BIGINT NOT NULL CHECK (step IN (1, 50, 100)),
    credit_value_pence BIGINT NOT NULL CHECK (credit_value_pence > 0),
    -- How much of its funding the hub returns to its schools.
    returned_share_percent BIGINT NOT NULL CHECK (returned_share_percent BETWEEN 0 AND 100),
    -- Whether an allocation is approved by another hub manager than its author; and who asked to switch that off, until
    -- another agrees.
    four_eyes BOOLEAN NOT NULL,
    four_eyes_off_asked_by UUID,
    -- How many working days a school has for a request, before it expires.
    approval_days BIGINT NOT NULL DEFAULT 5 CHECK (approval_days BETWEEN 1 AND 60),
    -- Evaluations of fewer people than this are not summed up: it could be told whose they are.
    smallest_group BIGINT NOT NULL DEFAULT 5 CHECK (smallest_group BETWEEN 1 AND 100),
    -- When the hub was made of an exported journal, whose other records (schools, events, people) are elsewhere.
    journal_imported_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

-- An academic year of a hub, such as 2026/27.
CREATE TABLE academic_years (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    year TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, year)
);

-- Schools. ------------------------------------------------------------------

-- A school of a hub, known by its URN.
CREATE TABLE schools (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    urn TEXT NOT NULL,
    name TEXT NOT NULL,
    -- What it is ordered and found by; so with every name_key. The service folds names alike on both engines.
    name_key TEXT NOT NULL,
    phase TEXT NOT NULL,
    establishment_type TEXT,
    local_authority TEXT,
    membership TEXT NOT NULL CHECK (membership IN ('full', 'participant')),
    joined_on DATE,
    left_on DATE,
    -- Who took its place; null where nobody did.
    successor_id UUID,
    -- Whether its people may approve what they asked for themselves, and whether a lead who books for themselves needs
    -- a second person. Two people relax such a rule: who asked for it, until another agrees.
    own_approval BOOLEAN NOT NULL DEFAULT FALSE,
    own_approval_asked_by UUID,
    second_person BOOLEAN NOT NULL DEFAULT FALSE,
    one_person_asked_by UUID,
    -- What each of its people may book in an academic year without being asked about; nothing where it is null.
    approval_limit BIGINT CHECK (approval_limit >= 0),
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, urn)
);
CREATE INDEX schools_by_name ON schools (hub_id, name_key, id);

-- A number that a school is known by, from a day to a day: valid_from is null from the beginning, valid_until is the
-- first day on which it holds no more. What a school is known by today stands on its own row too.
CREATE TABLE school_identifiers (
    hub_id UUID NOT NULL,
    school_id UUID NOT NULL,
    scheme TEXT NOT NULL CHECK (scheme IN ('urn', 'ukprn', 'laestab')),
    number BIGINT NOT NULL CHECK (number >= 1),
    value TEXT NOT NULL,
    valid_from DATE,
    valid_until DATE,
    recorded_at TIMESTAMPTZ NOT NULL,
    recorded_by UUID,
    PRIMARY KEY (hub_id, school_id, scheme, number),
    FOREIGN KEY (hub_id, school_id) REFERENCES schools (hub_id, id),
    CHECK (valid_until > valid_from)
);
CREATE INDEX school_identifiers_by_value ON school_identifiers (hub_id, scheme, value);

-- The pupils on roll of a school at a census. Never overwritten: a correction is a newer row for the same census date.
CREATE TABLE rolls (
    hub_id UUID NOT NULL,
    school_id UUID NOT NULL,
    census_date DATE NOT NULL,
    revision BIGINT NOT NULL CHECK (revision >= 1),
    pupils BIGINT NOT NULL CHECK (pupils BETWEEN 0 AND 100000),
    recorded_at TIMESTAMPTZ NOT NULL,
    recorded_by UUID,
    PRIMARY KEY (hub_id, school_id, census_date, revision),
    FOREIGN KEY (hub_id, school_id) REFERENCES schools (hub_id, id)
);

-- What a school took over from one whose place it took, once for each school.
CREATE TABLE successions (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    school_id UUID NOT NULL,
    successor_id UUID NOT NULL,
    effective_on DATE NOT NULL,
    reason TEXT NOT NULL,
    credits BIGINT NOT NULL CHECK (credits >= 0),
    bookings BIGINT NOT NULL CHECK (bookings >= 0),
    people BIGINT NOT NULL CHECK (people >= 0),
    tickets BIGINT NOT NULL CHECK (tickets >= 0),
    programmes BIGINT NOT NULL CHECK (programmes >= 0),
    transaction_id UUID,
    done_by UUID,
    done_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, school_id),
    FOREIGN KEY (hub_id, school_id) REFERENCES schools (hub_id, id),
    FOREIGN KEY (hub_id, successor_id) REFERENCES schools (hub_id, id),
    CHECK (school_id <> successor_id)
);
CREATE INDEX successions_by_successor ON successions (hub_id, successor_id);

-- People. -------------------------------------------------------------------

-- An organisation that is no school and gives programmes for the hub.
CREATE TABLE partners (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, name)
);
CREATE INDEX partners_by_name ON partners (hub_id, name_key, id);

-- Somebody of the hub, of a school, or of a partner, with the one role that says what they may do.
CREATE TABLE people (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    -- As it was typed; and what it is found and unique by.
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('hub_manager', 'hub_viewer', 'school_lead', 'teacher', 'partner')),
    school_id UUID,
    partner_id UUID,
    -- Since when they sign in: a colleague's link for them is void from then on.
    signed_in_at TIMESTAMPTZ,
    disabled_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    -- Who added them; null where the operator did, who vouches for them.
    created_by UUID,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, email),
    FOREIGN KEY (hub_id, school_id) REFERENCES schools (hub_id, id),
    FOREIGN KEY (hub_id, partner_id) REFERENCES partners (hub_id, id),
    CHECK ((role IN ('school_lead', 'teacher')) = (school_id IS NOT NULL)),
    CHECK ((role = 'partner') = (partner_id IS NOT NULL))
);
-- The leads of schools, who are told what becomes of their credits, without reading everybody of the schools.
CREATE INDEX people_by_role ON people (hub_id, role, school_id, id);
-- Those who are disabled, whose requests and entries in waiting lists end with it.
CREATE INDEX people_disabled ON people (hub_id, disabled_at, id) WHERE disabled_at IS NOT NULL;
CREATE INDEX people_by_name ON people (hub_id, name_key, id);
CREATE INDEX people_by_school ON people (hub_id, school_id, name_key, id);
-- A page of the people of one role, without reading past everybody else.
CREATE INDEX people_of_role ON people (hub_id, role, name_key, id);
CREATE UNIQUE INDEX people_by_email ON people (hub_id, email_key);

-- A single-use link by which somebody signs in: only the digest of its secret is kept.
CREATE TABLE invitations (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    secret_digest BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id, person_id) REFERENCES people (hub_id, id)
);
-- A new link ends a person's older ones.
CREATE INDEX invitations_by_person ON invitations (hub_id, person_id);

-- Somebody who decides on requests in the place of the school's lead, from a day to a day, both included.
CREATE TABLE deputies (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    school_id UUID NOT NULL,
    person_id UUID NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    named_by UUID,
    named_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id, school_id) REFERENCES schools (hub_id, id),
    FOREIGN KEY (hub_id, person_id) REFERENCES people (hub_id, id),
    CHECK (ends_on >= starts_on)
);
CREATE INDEX deputies_by_school ON deputies (hub_id, school_id, id);
CREATE INDEX deputies_by_person ON deputies (hub_id, person_id, ends_on);

-- What a person needs to take part, of access and of food, apart from everything that lists or exports people. No CHECK
-- reads the words: a refused row would put them into the log of the server.
CREATE TABLE needs (
    hub_id UUID NOT NULL,
    person_id UUID NOT NULL,
    access TEXT,
    dietary TEXT,
    written_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, person_id),
    FOREIGN KEY (hub_id, person_id) REFERENCES people (hub_id, id)
);
CREATE INDEX needs_by_age ON needs (hub_id, written_at);

-- The one link of a person's calendar: only the digest of its secret is kept.
CREATE TABLE calendar_links (
    hub_id UUID NOT NULL,
    person_id UUID NOT NULL,
    secret_digest BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, person_id),
    UNIQUE (hub_id, secret_digest),
    FOREIGN KEY (hub_id, person_id) REFERENCES people (hub_id, id)
);

-- The ledger. ---------------------------------------------------------------

-- The end of a hub's ledger: writing the row is the hub's lock. It holds the last sequence and hash, and those of the
-- changes.
CREATE TABLE ledger_heads (
    hub_id UUID NOT NULL PRIMARY KEY REFERENCES hubs (id),
    sequence BIGINT NOT NULL CHECK (sequence >= 0),
    hash BYTEA NOT NULL,
    -- What the service alone can mark this end with; null in a ledger that it has not taken over.
    mark BYTEA,
    recorded_at TIMESTAMPTZ NOT NULL,
    -- Rises with every write of the hub.
    writes BIGINT NOT NULL,
    changes BIGINT NOT NULL DEFAULT 0 CHECK (changes >= 0),
    changes_hash BYTEA NOT NULL
);

-- An account: a wallet of a school, the escrow of an event, or another place where credits are. Its balance is on its
-- normal side; position counts its entries.
CREATE TABLE accounts (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    normal_side TEXT NOT NULL CHECK (normal_side IN ('debit', 'credit')),
    floored BOOLEAN NOT NULL,
    year TEXT,
    wallet TEXT CHECK (wallet IN ('allocated', 'earned')),
    school_id UUID,
    partner_id UUID,
    event_id UUID,
    commission_id UUID,
    balance BIGINT NOT NULL,
    position BIGINT NOT NULL CHECK (position >= 0),
    opened_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, code),
    CHECK (NOT floored OR balance >= 0)
);
CREATE INDEX accounts_by_school ON accounts (hub_id, school_id, id);
CREATE INDEX accounts_by_event ON accounts (hub_id, event_id, id);
-- The accounts of a year, in the order in which they were opened.
CREATE INDEX accounts_by_year ON accounts (hub_id, year, id) WHERE year IS NOT NULL;
-- What a hub has in circulation is the sum of the accounts that credits come from: a few a year, among wallets by the
-- thousand. No column of it ever changes, so that moving a balance costs what it did.
CREATE INDEX accounts_of_issue ON accounts (hub_id, code) WHERE normal_side = 'debit';

-- A movement of credits, of two or more entries. Append-only, and a chain: hash seals it and the one before it. The
-- clock of the journal never runs back, so an instant is found by bisecting its sequence.
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
    -- The digest of what decided it; and the hash of the hub's last change before it, where no transaction before says
    -- the same.
    grounds BYTEA,
    changes_hash BYTEA,
    hash BYTEA NOT NULL,
    PRIMARY KEY (hub_id, sequence),
    UNIQUE (hub_id, id)
);
CREATE INDEX transactions_by_source ON transactions (hub_id, source_id, sequence);
-- Most reverse nothing, and need no place in the index that says that each is reversed once.
CREATE UNIQUE INDEX transactions_reversed_once ON transactions (hub_id, reverses) WHERE reverses IS NOT NULL;

-- The words that a person wrote to a transaction, apart, so that they can be erased without breaking the chain: the
-- transaction seals only the digest of salt and memo.
CREATE TABLE transaction_memos (
    hub_id UUID NOT NULL,
    transaction_id UUID NOT NULL,
    salt BYTEA NOT NULL,
    memo TEXT NOT NULL,
    PRIMARY KEY (hub_id, transaction_id)
);

-- What a transaction does to one account: position is its number there, ordinal its number in the transaction. An
-- account stands once in a transaction, so the order of the journal is the order of its statement too.
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
);

-- An entry whose business date is before the day on which it was recorded: few, so that a balance on a business date is
-- the balance recorded by the end of that day and these.
CREATE TABLE backdated_entries (
    hub_id UUID NOT NULL,
    account_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    effective_on DATE NOT NULL,
    PRIMARY KEY (hub_id, account_id, sequence)
);
CREATE INDEX backdated_entries_by_sequence ON backdated_entries (hub_id, sequence, account_id);

-- An end of the ledger that was signed, so that it can be kept elsewhere: what was signed and the signature, as a
-- signed note. Append-only.
CREATE TABLE checkpoints (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    sequence BIGINT NOT NULL CHECK (sequence > 0),
    signed_at TIMESTAMPTZ NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (hub_id, sequence)
);

-- Something that happened to a record of the hub, in order. Ids, words and amounts alone: nothing that a person is
-- called or wrote. Append-only, and a chain as the transactions are; grounds is the digest of the record as the change
-- left it, of records that decide on credits.
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
);

-- Allocation. ---------------------------------------------------------------

-- A pool of credits that is divided among the schools by their pupils, or the correction of one.
CREATE TABLE allocations (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    year TEXT NOT NULL,
    census_date DATE NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'approved', 'reversed')),
    pool BIGINT NOT NULL CHECK (pool > 0),
    step BIGINT NOT NULL CHECK (step IN (1, 50, 100)),
    rules TEXT NOT NULL,
    schools BIGINT NOT NULL,
    pupils BIGINT NOT NULL,
    -- The allocation that this one corrects: the first of a chain; and its place in the chain, from 1, once it is
    -- approved: only the last says what the schools should have.
    adjusts UUID,
    nth BIGINT CHECK (nth >= 1),
    -- What the schools had been given together when it was computed: the sum of the lines' was.
    was BIGINT NOT NULL DEFAULT 0 CHECK (was >= 0),
    -- What was deducted together: the sum of the lines' deductions.
    deducted BIGINT NOT NULL DEFAULT 0 CHECK (deducted >= 0),
    -- What could not be taken back together, once it is approved: the sum of the lines' shortfalls; and what becomes of
    -- them.
    short BIGINT NOT NULL DEFAULT 0 CHECK (short >= 0),
    shortfalls TEXT CHECK (shortfalls IN ('leave', 'next_year')),
    transaction_id UUID,
    drafted_by UUID,
    drafted_at TIMESTAMPTZ NOT NULL,
    approved_by UUID,
    approved_at TIMESTAMPTZ,
    reversal_id UUID,
    reversed_by UUID,
    reversed_at TIMESTAMPTZ,
    reversed_because TEXT,
    version BIGINT NOT NULL,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id, year) REFERENCES academic_years (hub_id, year)
);
CREATE INDEX allocations_by_year ON allocations (hub_id, year, id);
CREATE UNIQUE INDEX allocations_by_adjusted ON allocations (hub_id, adjusts, nth) WHERE adjusts IS NOT NULL;

-- What one school gets of an allocation, and by which steps. A line posts credits - was - deduction + shortfall to the
-- school's wallet.
CREATE TABLE allocation_lines (
    hub_id UUID NOT NULL,
    allocation_id UUID NOT NULL,
    line BIGINT NOT NULL CHECK (line >= 1),
    school_id UUID NOT NULL,
    pupils BIGINT NOT NULL,
    -- Which record of the school's roll the pupils are from; null where none is counted.
    revision BIGINT CHECK (revision >= 1),
    weight BIGINT NOT NULL,
    months BIGINT NOT NULL CHECK (months BETWEEN 0 AND 12),
    quota TEXT NOT NULL,
    rounded_down BIGINT NOT NULL,
    remainder_rank BIGINT,
    bound TEXT CHECK (bound IN ('floor', 'cap')),
    credits BIGINT NOT NULL CHECK (credits >= 0),
    was BIGINT NOT NULL DEFAULT 0 CHECK (was >= 0),
    deduction BIGINT NOT NULL DEFAULT 0 CHECK (deduction >= 0),
    shortfall BIGINT NOT NULL DEFAULT 0 CHECK (shortfall >= 0),
    PRIMARY KEY (hub_id, allocation_id, line),
    UNIQUE (hub_id, allocation_id, school_id),
    FOREIGN KEY (hub_id, allocation_id) REFERENCES allocations (hub_id, id),
    FOREIGN KEY (hub_id, school_id) REFERENCES schools (hub_id, id)
);
CREATE INDEX allocation_lines_short ON allocation_lines (hub_id, allocation_id, school_id) WHERE shortfall > 0;

-- What an allocation deducts from a school for the shortfall that an adjustment of an earlier year left.
CREATE TABLE allocation_deductions (
    hub_id UUID NOT NULL,
    allocation_id UUID NOT NULL,
    school_id UUID NOT NULL,
    adjustment_id UUID NOT NULL,
    credits BIGINT NOT NULL CHECK (credits > 0),
    PRIMARY KEY (hub_id, allocation_id, school_id, adjustment_id),
    FOREIGN KEY (hub_id, allocation_id) REFERENCES allocations (hub_id, id),
    FOREIGN KEY (hub_id, adjustment_id) REFERENCES allocations (hub_id, id),
    FOREIGN KEY (hub_id, school_id) REFERENCES schools (hub_id, id)
);
CREATE INDEX allocation_deductions_by_adjustment ON allocation_deductions (hub_id, adjustment_id, school_id);

-- Credits sold, given and corrected. ----------------------------------------
--
-- Each record has the one transaction that it posted; whether that was reversed since is a fact of the ledger, and
-- stands nowhere else.

-- Credits sold to a school by an invoice.
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

-- A gift of credits from school to school, offered and then accepted or not.
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

-- A correction of one account by hand, proposed and then posted or discarded.
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

-- The close of a year. ------------------------------------------------------

-- A close of a year. One that was undone stays; standing is true or null, never false: one standing close a year.
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

-- What a close made of one wallet of the year. cap is what may be carried from it at most, refunds that come later
-- included; without a limit where it is null.
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

-- The programme. ------------------------------------------------------------

-- A priority of the hub, under which programmes stand.
CREATE TABLE priorities (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, name)
);
CREATE INDEX priorities_by_name ON priorities (hub_id, name_key, id);

-- What the hub, a school or a partner offers, to be run as events. search is what text filters look through, folded as
-- names are.
CREATE TABLE programmes (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    search TEXT NOT NULL,
    phase TEXT,
    priority_id UUID,
    provider_kind TEXT NOT NULL CHECK (provider_kind IN ('hub', 'school', 'partner')),
    provider_school_id UUID,
    provider_partner_id UUID,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id, priority_id) REFERENCES priorities (hub_id, id),
    FOREIGN KEY (hub_id, provider_school_id) REFERENCES schools (hub_id, id),
    FOREIGN KEY (hub_id, provider_partner_id) REFERENCES partners (hub_id, id),
    CHECK ((provider_kind = 'school') = (provider_school_id IS NOT NULL)),
    CHECK ((provider_kind = 'partner') = (provider_partner_id IS NOT NULL))
);

-- A dated, bookable run of a programme.
CREATE TABLE events (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    programme_id UUID NOT NULL,
    title TEXT NOT NULL,
    search TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'published', 'completed', 'cancelled')),
    year TEXT NOT NULL,
    -- How many places there are, how many of them are held, and how many bookings wait for one; line is the last number
    -- given in the line of its bookings.
    capacity BIGINT NOT NULL CHECK (capacity BETWEEN 1 AND 100000),
    held BIGINT NOT NULL CHECK (held >= 0),
    waiting BIGINT NOT NULL CHECK (waiting >= 0),
    line BIGINT NOT NULL CHECK (line >= 0),
    price BIGINT NOT NULL CHECK (price >= 0),
    -- What comes back on cancellation, and who may book it.
    policy TEXT NOT NULL,
    admission TEXT NOT NULL DEFAULT '{}',
    opens_at TIMESTAMPTZ,
    closes_at TIMESTAMPTZ,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    -- How many it needs, and the day on which the hub decides whether it takes place.
    minimum BIGINT CHECK (minimum >= 1),
    decide_by DATE,
    -- How a register decides who came, and whether a certificate waits for its delegate's evaluation.
    threshold_percent BIGINT NOT NULL DEFAULT 50 CHECK (threshold_percent BETWEEN 1 AND 100),
    excused TEXT NOT NULL DEFAULT 'left_out' CHECK (excused IN ('left_out', 'attended', 'missed')),
    late_after_minutes BIGINT NOT NULL DEFAULT 10 CHECK (late_after_minutes BETWEEN 0 AND 1440),
    evaluation_required BOOLEAN NOT NULL DEFAULT FALSE,
    -- When a session last got another time or place: seven days of free cancelling begin. schedule rises with every
    -- such move; a booking is agreed on the one that stood when it was asked for.
    rescheduled_at TIMESTAMPTZ,
    schedule BIGINT NOT NULL DEFAULT 1,
    -- When it was settled, by whom, and the account that was paid (none where there was nothing to pay).
    completed_at TIMESTAMPTZ,
    completed_by UUID,
    payee_id UUID,
    cancelled_at TIMESTAMPTZ,
    cancelled_by UUID,
    cancelled_because TEXT,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    published_at TIMESTAMPTZ,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id, programme_id) REFERENCES programmes (hub_id, id),
    FOREIGN KEY (hub_id, year) REFERENCES academic_years (hub_id, year),
    CHECK (held <= capacity)
);
CREATE INDEX events_by_start ON events (hub_id, starts_at, id);
CREATE INDEX events_by_programme ON events (hub_id, programme_id, id);
-- What is over, however long ago it began.
CREATE INDEX events_by_end ON events (hub_id, ends_at, id);

-- A time at which an event takes place.
CREATE TABLE sessions (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    event_id UUID NOT NULL,
    title TEXT NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    place TEXT,
    online_url TEXT,
    speaker TEXT,
    -- A person of the hub who keeps the session's register.
    host_id UUID,
    -- Rises with what a calendar must show anew; and when that last changed, since its event was added where nothing is
    -- said.
    sequence BIGINT NOT NULL DEFAULT 0,
    revised_at TIMESTAMPTZ,
    -- When it was last given another time, moved elsewhere, or added to an event that was published.
    moved_at TIMESTAMPTZ,
    -- How often it was moved elsewhere: a place that is only spelt anew stays the same place.
    places BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id, event_id) REFERENCES events (hub_id, id),
    CHECK (ends_at > starts_at)
);
CREATE INDEX sessions_by_event ON sessions (hub_id, event_id, starts_at, id);

-- A session of an event as one of its schedules had it.
CREATE TABLE event_schedules (
    hub_id UUID NOT NULL,
    event_id UUID NOT NULL,
    schedule BIGINT NOT NULL CHECK (schedule >= 1),
    session_id UUID NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    place TEXT,
    online_url TEXT,
    places BIGINT NOT NULL,
    PRIMARY KEY (hub_id, event_id, schedule, session_id),
    FOREIGN KEY (hub_id, event_id) REFERENCES events (hub_id, id),
    CHECK (ends_at > starts_at)
);

-- A session that does not take place any more: what calendars and those who had agreed on it still need to know.
CREATE TABLE called_off_sessions (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    event_id UUID NOT NULL,
    title TEXT NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    place TEXT,
    online_url TEXT,
    speaker TEXT,
    sequence BIGINT NOT NULL,
    reason TEXT NOT NULL,
    called_off_by UUID,
    called_off_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id, event_id) REFERENCES events (hub_id, id),
    CHECK (ends_at > starts_at)
);
CREATE INDEX called_off_sessions_by_event ON called_off_sessions (hub_id, event_id, starts_at, id);

-- Tickets. ------------------------------------------------------------------

-- A kind of free place that the hub pays for, by name.
CREATE TABLE ticket_types (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    covers TEXT NOT NULL,
    valid_months BIGINT CHECK (valid_months BETWEEN 1 AND 120),
    returns TEXT NOT NULL CHECK (returns IN ('always', 'never') OR returns LIKE 'days_before:%'),
    needs_approval BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, name)
);

-- One such place for one person. What has expired is still 'issued' here: the day alone says it. A used ticket names
-- the booking that has it.
CREATE TABLE tickets (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    type_id UUID NOT NULL,
    person_id UUID NOT NULL,
    school_id UUID NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('issued', 'used', 'revoked')),
    returns TEXT NOT NULL CHECK (returns IN ('always', 'never') OR returns LIKE 'days_before:%'),
    valid_until DATE,
    booking_id UUID,
    issued_by UUID,
    issued_at TIMESTAMPTZ NOT NULL,
    returned_at TIMESTAMPTZ,
    revoked_by UUID,
    revoked_at TIMESTAMPTZ,
    revoked_because TEXT,
    version BIGINT NOT NULL,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id, type_id) REFERENCES ticket_types (hub_id, id),
    FOREIGN KEY (hub_id, person_id) REFERENCES people (hub_id, id),
    FOREIGN KEY (hub_id, school_id) REFERENCES schools (hub_id, id),
    CHECK ((state = 'used') = (booking_id IS NOT NULL)),
    CHECK ((state = 'revoked') = (revoked_at IS NOT NULL)),
    CHECK ((revoked_at IS NOT NULL) = (revoked_because IS NOT NULL))
);
CREATE INDEX tickets_by_type ON tickets (hub_id, type_id, id);
CREATE INDEX tickets_by_person ON tickets (hub_id, person_id, id);
CREATE INDEX tickets_by_school ON tickets (hub_id, school_id, id);

-- Bookings. -----------------------------------------------------------------

-- A place on an event for one person of a school, asked for, waited for, held, or ended.
CREATE TABLE bookings (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    event_id UUID NOT NULL,
    -- Null where the school has reserved a place and not named anybody yet.
    person_id UUID,
    school_id UUID NOT NULL,
    -- The ticket that pays for the place; null where the school does.
    ticket_id UUID,
    state TEXT NOT NULL CHECK (state IN ('requested', 'waitlisted', 'confirmed', 'attended', 'no_show', 'cancelled', 'declined', 'expired')),
    -- True or null, never false: one live booking a person and event, and one a ticket.
    live BOOLEAN,
    -- The event's gap-free number of the booking: the order of the line.
    line BIGINT NOT NULL CHECK (line >= 1),
    -- What was agreed: the price, what of it is with the event now, the cancellation policy, and which of its event's
    -- schedules.
    price BIGINT NOT NULL CHECK (price >= 0),
    held BIGINT NOT NULL CHECK (held >= 0 AND held <= price),
    policy TEXT NOT NULL,
    schedule BIGINT NOT NULL DEFAULT 1,
    requested_by UUID,
    requested_at TIMESTAMPTZ NOT NULL,
    -- When a request expires; null for who waits in the line, since no time passes for them.
    approve_by TIMESTAMPTZ,
    approved_by UUID,
    approved_at TIMESTAMPTZ,
    -- The last day on which a place reserved without a name may get one.
    names_by DATE,
    -- Until when a place that came free is kept for who waits; and when one was first passed over because the school
    -- could not pay.
    offered_until TIMESTAMPTZ,
    passed_over_at TIMESTAMPTZ,
    ended_by UUID,
    ended_at TIMESTAMPTZ,
    -- The booking on another run of the programme that took its place.
    moved_to UUID,
    -- When it was last changed; since it was asked for where nothing is said.
    revised_at TIMESTAMPTZ,
    -- The number of the change that seals the booking as it is; null of a place in the past that was entered since, for
    -- which nothing was paid.
    sealed_by BIGINT CHECK (sealed_by >= 1),
    version BIGINT NOT NULL,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, event_id, line),
    CHECK (live OR live IS NULL),
    CHECK ((live IS NOT NULL) = (state IN ('requested', 'waitlisted', 'confirmed')))
);
-- One index says who has a live booking on what, keeps it to one a person and event, and finds a person's bookings.
CREATE UNIQUE INDEX bookings_by_person ON bookings (hub_id, person_id, live, event_id);
CREATE INDEX bookings_by_school ON bookings (hub_id, school_id, id);
-- The waiting list of an event, however many bookings the event has.
CREATE INDEX bookings_waiting ON bookings (hub_id, event_id, line) WHERE state = 'waitlisted';
-- What is due: requests without a decision, places without a name, and offers without an answer.
CREATE INDEX bookings_undecided ON bookings (hub_id, live, approve_by, id) WHERE approved_at IS NULL;
CREATE INDEX bookings_unnamed ON bookings (hub_id, names_by, id) WHERE person_id IS NULL AND live;
CREATE INDEX bookings_offered ON bookings (hub_id, offered_until, id) WHERE offered_until IS NOT NULL;
-- Bookings without a ticket are not in it.
CREATE UNIQUE INDEX bookings_by_ticket ON bookings (hub_id, ticket_id, live) WHERE ticket_id IS NOT NULL;

-- Who had a booking before somebody else took it over: the version that gave it to them, and when. Calendars of who had it
-- say that it is cancelled.
CREATE TABLE handed_on (
    hub_id UUID NOT NULL,
    person_id UUID NOT NULL,
    booking_id UUID NOT NULL,
    version BIGINT NOT NULL,
    handed_on_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, person_id, booking_id, version),
    FOREIGN KEY (hub_id, person_id) REFERENCES people (hub_id, id),
    FOREIGN KEY (hub_id, booking_id) REFERENCES bookings (hub_id, id)
);

-- How a delegate was marked at a session. Never overwritten: a correction is the next revision.
CREATE TABLE register_marks (
    hub_id UUID NOT NULL,
    event_id UUID NOT NULL,
    booking_id UUID NOT NULL,
    session_id UUID NOT NULL,
    revision BIGINT NOT NULL CHECK (revision >= 1),
    mark TEXT NOT NULL CHECK (mark IN ('present', 'late', 'partial', 'excused', 'absent')),
    -- How long they were there: only of those who were there for a part.
    minutes BIGINT CHECK (minutes IS NULL OR (minutes >= 1 AND mark = 'partial')),
    way TEXT NOT NULL CHECK (way IN ('register', 'check_in', 'completion')),
    marked_by UUID,
    marked_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, event_id, booking_id, session_id, revision),
    FOREIGN KEY (hub_id, event_id) REFERENCES events (hub_id, id),
    FOREIGN KEY (hub_id, session_id) REFERENCES sessions (hub_id, id),
    FOREIGN KEY (hub_id, booking_id) REFERENCES bookings (hub_id, id)
);

-- What was certified to a delegate, in the words of that day. Never changed but for its withdrawal, since what a
-- correction makes wrong is withdrawn and a new one is issued; and for the name of its delegate: when that is put
-- right, it is issued again under its number.
CREATE TABLE certificates (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    number TEXT NOT NULL,
    booking_id UUID NOT NULL,
    event_id UUID NOT NULL,
    person_id UUID NOT NULL,
    hub_name TEXT NOT NULL,
    person_name TEXT NOT NULL,
    school_name TEXT NOT NULL,
    programme_title TEXT NOT NULL,
    event_title TEXT NOT NULL,
    provider_name TEXT NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    sessions BIGINT NOT NULL CHECK (sessions >= 0),
    sessions_attended BIGINT NOT NULL CHECK (sessions_attended BETWEEN 0 AND sessions),
    minutes BIGINT NOT NULL CHECK (minutes >= 0),
    issued_at TIMESTAMPTZ NOT NULL,
    reissued_at TIMESTAMPTZ,
    withdrawn_at TIMESTAMPTZ,
    -- True or null, never false: one valid certificate a booking.
    valid BOOLEAN,
    PRIMARY KEY (hub_id, number),
    UNIQUE (hub_id, booking_id, valid),
    FOREIGN KEY (hub_id, booking_id) REFERENCES bookings (hub_id, id),
    FOREIGN KEY (hub_id, event_id) REFERENCES events (hub_id, id),
    FOREIGN KEY (hub_id, person_id) REFERENCES people (hub_id, id),
    CHECK (valid OR valid IS NULL),
    CHECK ((valid IS NULL) = (withdrawn_at IS NOT NULL))
);
CREATE INDEX certificates_by_event ON certificates (hub_id, event_id, booking_id);
CREATE INDEX certificates_by_person ON certificates (hub_id, person_id);

-- What a delegate says of an event. place is drawn by lot: comments are read in its order, which tells nobody whose
-- they are.
CREATE TABLE evaluations (
    hub_id UUID NOT NULL,
    booking_id UUID NOT NULL,
    event_id UUID NOT NULL,
    rating BIGINT NOT NULL CHECK (rating BETWEEN 1 AND 5),
    comment TEXT,
    place TEXT NOT NULL,
    given_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (hub_id, booking_id),
    UNIQUE (hub_id, event_id, place),
    FOREIGN KEY (hub_id, booking_id) REFERENCES bookings (hub_id, id),
    FOREIGN KEY (hub_id, event_id) REFERENCES events (hub_id, id)
);

-- Something that a person is told, about an event, a booking, an allocation or a gift. No foreign key to bookings,
-- which carry none: `hub-credits verify` proves the relation.
CREATE TABLE notices (
    hub_id UUID NOT NULL,
    person_id UUID NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    event_id UUID,
    booking_id UUID,
    allocation_id UUID,
    transfer_id UUID,
    due_at TIMESTAMPTZ,
    told_at TIMESTAMPTZ NOT NULL,
    read_at TIMESTAMPTZ,
    PRIMARY KEY (hub_id, person_id, id),
    FOREIGN KEY (hub_id, person_id) REFERENCES people (hub_id, id),
    FOREIGN KEY (hub_id, event_id) REFERENCES events (hub_id, id)
);
CREATE INDEX notices_unread ON notices (hub_id, person_id, id) WHERE read_at IS NULL;
-- Which requests somebody was reminded of, a day before they lapse.
CREATE INDEX notices_approval_due ON notices (hub_id, booking_id) WHERE kind = 'approval_due';

-- The service. --------------------------------------------------------------

-- What was done for a key that a caller sent, stored in the commit that did it.
CREATE TABLE idempotency_keys (
    hub_id UUID NOT NULL,
    person_id UUID NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    request_digest BYTEA NOT NULL,
    status BIGINT NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, person_id, route, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (hub_id, created_at);

-- The one row that is written to find out whether the database takes writes. It belongs to the deployment, not to a
-- hub.
CREATE TABLE readiness (
    one BOOLEAN PRIMARY KEY CHECK (one),
    asked BIGINT NOT NULL
);
INSERT INTO readiness (one, asked) VALUES (TRUE, 0);
