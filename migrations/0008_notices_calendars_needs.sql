-- What people are told, the secret links of their calendars, and what they need to take part.

-- No foreign key to bookings, which carry and bear none: `hub-credits verify` proves the relation.
CREATE TABLE notices (
    hub_id UUID NOT NULL,
    person_id UUID NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    event_id UUID,
    booking_id UUID,
    due_at TIMESTAMPTZ,
    told_at TIMESTAMPTZ NOT NULL,
    read_at TIMESTAMPTZ,
    PRIMARY KEY (hub_id, person_id, id),
    FOREIGN KEY (hub_id, person_id) REFERENCES people (hub_id, id),
    FOREIGN KEY (hub_id, event_id) REFERENCES events (hub_id, id)
);
CREATE INDEX notices_unread ON notices (hub_id, person_id, id) WHERE read_at IS NULL;

-- One link a person: only the digest of its secret is kept.
CREATE TABLE calendar_links (
    hub_id UUID NOT NULL,
    person_id UUID NOT NULL,
    secret_digest BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, person_id),
    UNIQUE (hub_id, secret_digest),
    FOREIGN KEY (hub_id, person_id) REFERENCES people (hub_id, id)
);

-- Access and dietary needs, apart from everything that lists or exports people. No CHECK reads the
-- words: a refused row would put them into the log of the server.
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
