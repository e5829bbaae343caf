-- One index says who has a live booking on what, keeps it to one a person and event, and finds a person's bookings.
-- The two that it replaces were each written at a page of their own by every booking.
-- A constraint of a table can't be dropped here, so the table is made anew; what refers to it does so again when its
-- rows are back.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE bookings_kept AS SELECT * FROM bookings;
DROP TABLE bookings;
CREATE TABLE bookings (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    event_id UUID NOT NULL,
    person_id UUID,
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
    approve_by TIMESTAMPTZ,
    names_by DATE,
    offered_until TIMESTAMPTZ,
    moved_to UUID,
    ticket_id UUID,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, event_id, line),
    -- live is true or null, never false: one live booking a person and event.
    CHECK (live OR live IS NULL),
    CHECK ((live IS NOT NULL) = (state IN ('requested', 'waitlisted', 'confirmed')))
);
INSERT INTO bookings (hub_id, id, event_id, person_id, school_id, state, live, line, price, held, policy, requested_by, requested_at,
                      approved_by, approved_at, ended_by, ended_at, passed_over_at, version, approve_by, names_by, offered_until, moved_to, ticket_id)
SELECT hub_id, id, event_id, person_id, school_id, state, live, line, price, held, policy, requested_by, requested_at,
       approved_by, approved_at, ended_by, ended_at, passed_over_at, version, approve_by, names_by, offered_until, moved_to, ticket_id
FROM bookings_kept ORDER BY hub_id, id;
DROP TABLE bookings_kept;
CREATE UNIQUE INDEX bookings_by_person ON bookings (hub_id, person_id, live, event_id);
CREATE INDEX bookings_by_school ON bookings (hub_id, school_id, id);
CREATE INDEX bookings_waiting ON bookings (hub_id, event_id, line) WHERE state = 'waitlisted';
CREATE INDEX bookings_undecided ON bookings (hub_id, live, approve_by, id) WHERE approved_at IS NULL;
CREATE INDEX bookings_unnamed ON bookings (hub_id, names_by, id) WHERE person_id IS NULL AND live;
CREATE INDEX bookings_offered ON bookings (hub_id, offered_until, id) WHERE offered_until IS NOT NULL;
CREATE UNIQUE INDEX bookings_by_ticket ON bookings (hub_id, ticket_id, live) WHERE ticket_id IS NOT NULL;
