-- Tickets: named free places that the hub pays for.

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

-- What has expired is still 'issued' here: the day alone says it. A used ticket names the booking that has it.
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

-- The ticket that pays for the place; none where the school does.
ALTER TABLE bookings ADD COLUMN ticket_id UUID;
-- live is true or null: one live booking a ticket. Bookings without one are not in the index.
CREATE UNIQUE INDEX bookings_by_ticket ON bookings (hub_id, ticket_id, live) WHERE ticket_id IS NOT NULL;
