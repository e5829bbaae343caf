-- The numbers that schools are known by, from a day to a day; schools that others take the place of.

-- valid_from is null from the beginning; valid_until is the first day on which it holds no more. What a school is
-- known by today stands on its own row too.
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
INSERT INTO school_identifiers (hub_id, school_id, scheme, number, value, recorded_at)
SELECT hub_id, id, 'urn', 1, urn, created_at FROM schools;

-- Who took a school's place; null where nobody did.
ALTER TABLE schools ADD COLUMN successor_id UUID;

-- What was taken over, once for each school.
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
