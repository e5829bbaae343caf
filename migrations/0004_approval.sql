-- Approval of requests: by when, by whom, and up to what by itself.

-- How many working days the school has for a request, before it expires.
ALTER TABLE hubs ADD COLUMN approval_days BIGINT NOT NULL DEFAULT 5 CHECK (approval_days BETWEEN 1 AND 60);

-- Whether people of the school may approve what they asked for themselves, and what each may book in an academic
-- year without being asked about; nothing where it is null.
ALTER TABLE schools ADD COLUMN own_approval BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE schools ADD COLUMN approval_limit BIGINT CHECK (approval_limit >= 0);

-- When a request expires; null for who waits in the line, since no time passes for them.
ALTER TABLE bookings ADD COLUMN approve_by TIMESTAMPTZ;
CREATE INDEX bookings_undecided ON bookings (hub_id, live, approve_by, id) WHERE approved_at IS NULL;

-- Who decides on requests in the place of the school's lead, from a day to a day, both included.
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
