-- The schema of hub-credits, one text for PostgreSQL and SQLite.
--
-- Every table but hubs has hub_id first in its primary key, its unique keys and its
-- foreign keys: no row can point into another hub, and the data can be spread by hub.
-- Credits are whole hundredths. Times are UTC in microseconds. Ids are UUIDv7.
--
-- transactions, entries and bookings carry no foreign keys: they are the tables a rush
-- writes, the checks cost PostgreSQL a third of its rate, their parents can never be
-- deleted, and `hub-credits verify` proves the same relations.

CREATE TABLE hubs (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    step BIGINT NOT NULL CHECK (step IN (1, 50, 100)),
    credit_value_pence BIGINT NOT NULL CHECK (credit_value_pence > 0),
    returned_share_percent BIGINT NOT NULL CHECK (returned_share_percent BETWEEN 0 AND 100),
    four_eyes BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE schools (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    urn TEXT NOT NULL,
    name TEXT NOT NULL,
    phase TEXT NOT NULL,
    establishment_type TEXT,
    local_authority TEXT,
    membership TEXT NOT NULL CHECK (membership IN ('full', 'participant')),
    joined_on DATE,
    left_on DATE,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, urn)
);
CREATE INDEX schools_by_name ON schools (hub_id, name, id);

-- Never overwritten: a correction is a newer row for the same census date.
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

CREATE TABLE partners (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, name)
);

CREATE TABLE people (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('hub_manager', 'hub_viewer', 'school_lead', 'teacher', 'partner')),
    school_id UUID,
    partner_id UUID,
    disabled_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, email),
    FOREIGN KEY (hub_id, school_id) REFERENCES schools (hub_id, id),
    FOREIGN KEY (hub_id, partner_id) REFERENCES partners (hub_id, id),
    CHECK ((role IN ('school_lead', 'teacher')) = (school_id IS NOT NULL)),
    CHECK ((role = 'partner') = (partner_id IS NOT NULL))
);
CREATE INDEX people_by_name ON people (hub_id, name, id);
CREATE INDEX people_by_school ON people (hub_id, school_id, name, id);

-- A single-use link: only the digest of its secret is kept.
CREATE TABLE invitations (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    secret_digest BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id, person_id) REFERENCES people (hub_id, id)
);

CREATE TABLE academic_years (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    year TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, year)
);

CREATE TABLE priorities (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, name)
);

-- The ledger. ---------------------------------------------------------------

-- One row a hub: writing it is the hub's lock; it holds the last sequence and hash.
CREATE TABLE ledger_heads (
    hub_id UUID NOT NULL PRIMARY KEY REFERENCES hubs (id),
    sequence BIGINT NOT NULL CHECK (sequence >= 0),
    hash BYTEA NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    writes BIGINT NOT NULL
);

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
    hash BYTEA NOT NULL,
    PRIMARY KEY (hub_id, sequence),
    UNIQUE (hub_id, id),
    UNIQUE (hub_id, reverses)
);
CREATE INDEX transactions_by_source ON transactions (hub_id, source_id, sequence);
CREATE INDEX transactions_by_time ON transactions (hub_id, recorded_at, sequence);

-- Words a person wrote, apart, so that they can be erased without breaking the chain:
-- the transaction seals only the digest of salt and memo.
CREATE TABLE transaction_memos (
    hub_id UUID NOT NULL,
    transaction_id UUID NOT NULL,
    salt BYTEA NOT NULL,
    memo TEXT NOT NULL,
    PRIMARY KEY (hub_id, transaction_id)
);

CREATE TABLE entries (
    hub_id UUID NOT NULL,
    account_id UUID NOT NULL,
    position BIGINT NOT NULL CHECK (position >= 1),
    sequence BIGINT NOT NULL CHECK (sequence >= 1),
    ordinal BIGINT NOT NULL CHECK (ordinal >= 1),
    side TEXT NOT NULL CHECK (side IN ('debit', 'credit')),
    amount BIGINT NOT NULL CHECK (amount > 0),
    balance_after BIGINT NOT NULL,
    PRIMARY KEY (hub_id, account_id, position),
    UNIQUE (hub_id, sequence, ordinal)
);
CREATE INDEX entries_by_account ON entries (hub_id, account_id, sequence);

-- Allocation. ---------------------------------------------------------------

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
    transaction_id UUID,
    drafted_by UUID,
    drafted_at TIMESTAMPTZ NOT NULL,
    approved_by UUID,
    approved_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id, year) REFERENCES academic_years (hub_id, year)
);
CREATE INDEX allocations_by_year ON allocations (hub_id, year, id);

CREATE TABLE allocation_lines (
    hub_id UUID NOT NULL,
    allocation_id UUID NOT NULL,
    line BIGINT NOT NULL CHECK (line >= 1),
    school_id UUID NOT NULL,
    pupils BIGINT NOT NULL,
    weight BIGINT NOT NULL,
    months BIGINT NOT NULL CHECK (months BETWEEN 0 AND 12),
    quota TEXT NOT NULL,
    rounded_down BIGINT NOT NULL,
    remainder_rank BIGINT,
    bound TEXT CHECK (bound IN ('floor', 'cap')),
    credits BIGINT NOT NULL CHECK (credits >= 0),
    PRIMARY KEY (hub_id, allocation_id, line),
    UNIQUE (hub_id, allocation_id, school_id),
    FOREIGN KEY (hub_id, allocation_id) REFERENCES allocations (hub_id, id),
    FOREIGN KEY (hub_id, school_id) REFERENCES schools (hub_id, id)
);

-- The programme. ------------------------------------------------------------

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

CREATE TABLE events (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    programme_id UUID NOT NULL,
    title TEXT NOT NULL,
    search TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'published', 'completed', 'cancelled')),
    year TEXT NOT NULL,
    capacity BIGINT NOT NULL CHECK (capacity BETWEEN 1 AND 100000),
    held BIGINT NOT NULL CHECK (held >= 0),
    waiting BIGINT NOT NULL CHECK (waiting >= 0),
    line BIGINT NOT NULL CHECK (line >= 0),
    price BIGINT NOT NULL CHECK (price >= 0),
    opens_at TIMESTAMPTZ,
    closes_at TIMESTAMPTZ,
    policy TEXT NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
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
    version BIGINT NOT NULL,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id, event_id) REFERENCES events (hub_id, id),
    CHECK (ends_at > starts_at)
);
CREATE INDEX sessions_by_event ON sessions (hub_id, event_id, starts_at, id);

-- Bookings. -----------------------------------------------------------------

CREATE TABLE bookings (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    event_id UUID NOT NULL,
    person_id UUID NOT NULL,
    school_id UUID NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('requested', 'waitlisted', 'confirmed', 'attended', 'no_show', 'cancelled', 'declined', 'expired')),
    live BOOLEAN,
    line BIGINT NOT NULL CHECK (line >= 1),
    price BIGINT NOT NULL CHECK (price >= 0),
    held BIGINT NOT NULL CHECK (held >= 0 AND held <= price),
    policy TEXT NOT NULL,
    requested_by UUID,
    requested_at TIMESTAMPTZ NOT NULL,
    approved_by UUID,
    approved_at TIMESTAMPTZ,
    ended_by UUID,
    ended_at TIMESTAMPTZ,
    passed_over_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, event_id, line),
    -- live is true or null, never false: one live booking a person and event.
    UNIQUE (hub_id, event_id, person_id, live),
    CHECK (live OR live IS NULL),
    CHECK ((live IS NOT NULL) = (state IN ('requested', 'waitlisted', 'confirmed')))
);
CREATE INDEX bookings_by_person ON bookings (hub_id, person_id, id);
CREATE INDEX bookings_by_school ON bookings (hub_id, school_id, id);
-- The waiting list of an event, however many bookings the event has.
CREATE INDEX bookings_waiting ON bookings (hub_id, event_id, line) WHERE state = 'waitlisted';

-- What was done for a key, stored in the commit that did it.
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
