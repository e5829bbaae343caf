-- Invitations by which calendar programs follow somebody's places, for those who chose it.

-- What somebody was last sent of a session: it is compared with what is true, so that nothing is told twice.
CREATE TABLE calendar_invitations (
    hub_id UUID NOT NULL,
    person_id UUID NOT NULL,
    session_id UUID NOT NULL,
    event_id UUID NOT NULL,
    -- The letter that told it.
    letter_id UUID NOT NULL,
    -- Whether they were invited to it; otherwise the invitation was taken back.
    invited BOOLEAN NOT NULL,
    sequence BIGINT NOT NULL CHECK (sequence >= 0),
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    -- What the calendar says of it, as it was sent.
    title TEXT NOT NULL,
    place TEXT,
    url TEXT,
    words TEXT,
    told_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, person_id, session_id),
    FOREIGN KEY (hub_id, person_id) REFERENCES people (hub_id, id),
    FOREIGN KEY (hub_id, event_id) REFERENCES events (hub_id, id),
    CHECK (ends_at > starts_at)
);
-- What a letter tells; and what has been over for long.
CREATE UNIQUE INDEX calendar_invitations_by_letter ON calendar_invitations (hub_id, letter_id);
CREATE INDEX calendar_invitations_by_end ON calendar_invitations (hub_id, ends_at);

-- Up to which write of a hub was looked for what is to be sent.
CREATE TABLE calendar_looks (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    writes BIGINT NOT NULL,
    PRIMARY KEY (hub_id)
);

-- Who wants invitations.
CREATE INDEX letter_choices_of_calendar ON letter_choices (hub_id, person_id) WHERE topic = 'calendar' AND way = 'at_once';
