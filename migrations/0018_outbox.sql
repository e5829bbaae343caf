-- The outbox: letters that are to be sent as e-mail. One that tells of a notice has the notice's id.

CREATE TABLE letters (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    -- Whom it is for; null where it is for an address alone.
    person_id UUID,
    -- Where it goes, where that is not the person's address at the time.
    address TEXT,
    kind TEXT NOT NULL,
    -- The secret that it tells, sealed by a key of the service for this row, until it is sent or given up.
    sealed BYTEA,
    written_at TIMESTAMPTZ NOT NULL,
    -- When it is tried next; while somebody is sending it, when that has taken too long.
    due_at TIMESTAMPTZ NOT NULL,
    -- When it is given up.
    until TIMESTAMPTZ NOT NULL,
    tries BIGINT NOT NULL CHECK (tries >= 0),
    -- Whoever is sending it; null while nobody is.
    lease_id UUID,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'gathered', 'sent', 'unwanted', 'dead')),
    -- Why it was not sent, or not yet.
    reason TEXT,
    -- When it was sent or given up.
    ended_at TIMESTAMPTZ,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id, person_id) REFERENCES people (hub_id, id),
    CHECK (person_id IS NOT NULL OR address IS NOT NULL),
    CHECK (state IN ('waiting', 'gathered') OR sealed IS NULL),
    CHECK (state IN ('waiting', 'gathered') OR ended_at IS NOT NULL)
);
-- What is due; and what somebody waits for, in order.
CREATE INDEX letters_due ON letters (hub_id, state, due_at, id);
CREATE INDEX letters_of_person ON letters (hub_id, person_id, state, id);
-- What a manager looks at; and what has been over for long.
CREATE INDEX letters_by_state ON letters (hub_id, state, id);
CREATE INDEX letters_by_end ON letters (hub_id, ended_at) WHERE ended_at IS NOT NULL;
