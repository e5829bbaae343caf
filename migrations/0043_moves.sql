-- Moves: on which times a booking was agreed, what of an event was moved, added or called off since, and when.

-- Rises with every move of the event; a booking is agreed on the schedule that stood when it was asked for.
ALTER TABLE events ADD COLUMN schedule BIGINT NOT NULL DEFAULT 1;
ALTER TABLE bookings ADD COLUMN schedule BIGINT NOT NULL DEFAULT 1;

-- When the session was last given another time, moved elsewhere, or added to an event that was published.
ALTER TABLE sessions ADD COLUMN moved_at TIMESTAMPTZ;
-- How often it was moved elsewhere: a place that is only spelt anew stays the same place.
ALTER TABLE sessions ADD COLUMN places BIGINT NOT NULL DEFAULT 0;
-- When what a calendar shows of it last changed; since its event was added where nothing is said.
ALTER TABLE sessions ADD COLUMN revised_at TIMESTAMPTZ;
-- When the booking was last changed; since it was asked for where nothing is said.
ALTER TABLE bookings ADD COLUMN revised_at TIMESTAMPTZ;

-- The sessions of an event as each of its schedules had them.
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

-- Sessions that do not take place any more: what calendars and those who had agreed on them still need to know.
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

INSERT INTO event_schedules (hub_id, event_id, schedule, session_id, starts_at, ends_at, place, online_url, places)
SELECT s.hub_id, s.event_id, 1, s.id, s.starts_at, s.ends_at, s.place, s.online_url, 0
FROM sessions s JOIN events e ON e.hub_id = s.hub_id AND e.id = s.event_id
WHERE e.state <> 'draft';

-- What was agreed before a move that was announced is not known any more: it was not this. The right to leave stays.
UPDATE sessions SET moved_at = e.rescheduled_at
FROM events e WHERE e.hub_id = sessions.hub_id AND e.id = sessions.event_id AND e.rescheduled_at IS NOT NULL;
UPDATE bookings SET schedule = 0
FROM events e WHERE e.hub_id = bookings.hub_id AND e.id = bookings.event_id AND bookings.requested_at <= e.rescheduled_at;
