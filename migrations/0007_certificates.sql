-- Certificates, evaluations.

-- Evaluations of fewer people than this are not summed up: it could be told whose they are.
ALTER TABLE hubs ADD COLUMN smallest_group BIGINT NOT NULL DEFAULT 5 CHECK (smallest_group BETWEEN 1 AND 100);

-- Whether a certificate of the event waits for its delegate's evaluation.
ALTER TABLE events ADD COLUMN evaluation_required BOOLEAN NOT NULL DEFAULT FALSE;

-- What was certified, in the words of that day. Never changed but for its withdrawal: what a
-- correction makes wrong is withdrawn, and a new one is issued.
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
    withdrawn_at TIMESTAMPTZ,
    -- true or null, never false: one valid certificate a booking.
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

-- place is drawn by lot: comments are read in its order, which tells nobody whose they are.
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
