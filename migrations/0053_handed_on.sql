-- Who had a booking before somebody else took it over, with the version that gave it to them and when: calendars of who
-- had it say that it is cancelled. What was handed on before is not known.
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
