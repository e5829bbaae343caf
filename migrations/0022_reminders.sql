-- What people are reminded of, and that they were, so that nobody is reminded twice.

-- The academic year that a notice is about.
ALTER TABLE notices ADD COLUMN year TEXT;
-- Which evaluations somebody was asked for.
CREATE INDEX notices_evaluation_asked ON notices (hub_id, booking_id) WHERE kind = 'evaluation_asked';

-- The events whose delegates were reminded of them.
CREATE TABLE event_reminders (
    hub_id UUID NOT NULL,
    event_id UUID NOT NULL,
    -- How many days before.
    days BIGINT NOT NULL CHECK (days IN (1, 7)),
    -- The beginning that they were reminded of: of another one they are reminded anew.
    starts_at TIMESTAMPTZ NOT NULL,
    reminded_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, event_id, days, starts_at),
    FOREIGN KEY (hub_id, event_id) REFERENCES events (hub_id, id)
);

-- The academic years whose schools were reminded of what they have left.
CREATE TABLE year_reminders (
    hub_id UUID NOT NULL,
    year TEXT NOT NULL,
    -- How many days before its end.
    days BIGINT NOT NULL CHECK (days IN (14, 60)),
    reminded_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, year, days),
    FOREIGN KEY (hub_id, year) REFERENCES academic_years (hub_id, year)
);
