-- Registers, completion, and events that the hub cancels or moves.

-- How a register decides who came.
ALTER TABLE events ADD COLUMN threshold_percent BIGINT NOT NULL DEFAULT 50 CHECK (threshold_percent BETWEEN 1 AND 100);
ALTER TABLE events ADD COLUMN excused TEXT NOT NULL DEFAULT 'left_out' CHECK (excused IN ('left_out', 'attended', 'missed'));
ALTER TABLE events ADD COLUMN late_after_minutes BIGINT NOT NULL DEFAULT 10 CHECK (late_after_minutes BETWEEN 0 AND 1440);

-- When it was settled, by whom, and the account that was paid (none where there was nothing to pay).
ALTER TABLE events ADD COLUMN completed_at TIMESTAMPTZ;
ALTER TABLE events ADD COLUMN completed_by UUID;
ALTER TABLE events ADD COLUMN payee_id UUID;

ALTER TABLE events ADD COLUMN cancelled_at TIMESTAMPTZ;
ALTER TABLE events ADD COLUMN cancelled_by UUID;
ALTER TABLE events ADD COLUMN cancelled_because TEXT;

-- When a session last got another time or place: seven days of free cancelling begin.
ALTER TABLE events ADD COLUMN rescheduled_at TIMESTAMPTZ;

-- Rises with what a calendar must show anew.
ALTER TABLE sessions ADD COLUMN sequence BIGINT NOT NULL DEFAULT 0;
-- A person of the hub who keeps the session's register.
ALTER TABLE sessions ADD COLUMN host_id UUID;

-- Never overwritten: a correction is the next revision.
CREATE TABLE register_marks (
    hub_id UUID NOT NULL,
    event_id UUID NOT NULL,
    booking_id UUID NOT NULL,
    session_id UUID NOT NULL,
    revision BIGINT NOT NULL CHECK (revision >= 1),
    mark TEXT NOT NULL CHECK (mark IN ('present', 'late', 'partial', 'excused', 'absent')),
    way TEXT NOT NULL CHECK (way IN ('register', 'check_in', 'completion')),
    marked_by UUID,
    marked_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, event_id, booking_id, session_id, revision),
    FOREIGN KEY (hub_id, event_id) REFERENCES events (hub_id, id),
    FOREIGN KEY (hub_id, session_id) REFERENCES sessions (hub_id, id),
    FOREIGN KEY (hub_id, booking_id) REFERENCES bookings (hub_id, id)
);
