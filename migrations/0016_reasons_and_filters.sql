-- Why requests were declined, in the words of whoever declined them: apart from the bookings, which are sealed, so that
-- they can be taken away.
CREATE TABLE decline_reasons (
    hub_id UUID NOT NULL,
    booking_id UUID NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (hub_id, booking_id),
    FOREIGN KEY (hub_id, booking_id) REFERENCES bookings (hub_id, id)
);

-- What people look for in the catalogue, under names of their own. What was not asked for is null; months, 2027-03, are
-- those in which an event starts. With an alert, its person is told of an event that becomes bookable to them and fits.
CREATE TABLE saved_filters (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    -- The words, and what finds them in the search text of an event.
    text TEXT,
    pattern TEXT,
    kind TEXT,
    phase TEXT,
    priority_id UUID,
    from_month TEXT,
    to_month TEXT,
    places_left TEXT CHECK (places_left IN ('yes', 'no')),
    free BOOLEAN NOT NULL,
    alert BOOLEAN NOT NULL,
    saved_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, person_id, name_key),
    FOREIGN KEY (hub_id, person_id) REFERENCES people (hub_id, id),
    FOREIGN KEY (hub_id, priority_id) REFERENCES priorities (hub_id, id),
    CHECK ((text IS NULL) = (pattern IS NULL))
);
-- Which are asked when an event is published.
CREATE INDEX saved_filters_alerts ON saved_filters (hub_id, id) WHERE alert;
