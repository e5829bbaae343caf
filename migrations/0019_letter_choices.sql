-- What somebody wants to be sent of a topic: at once where nothing is said.
CREATE TABLE letter_choices (
    hub_id UUID NOT NULL,
    person_id UUID NOT NULL,
    topic TEXT NOT NULL,
    way TEXT NOT NULL CHECK (way IN ('at_once', 'digest', 'none')),
    chosen_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, person_id, topic),
    FOREIGN KEY (hub_id, person_id) REFERENCES people (hub_id, id)
);

-- The hours in which somebody wants no letters, in minutes from midnight in London; over midnight where they end before
-- they begin.
CREATE TABLE letter_quiet_hours (
    hub_id UUID NOT NULL,
    person_id UUID NOT NULL,
    begins BIGINT NOT NULL CHECK (begins BETWEEN 0 AND 1439),
    ends BIGINT NOT NULL CHECK (ends BETWEEN 0 AND 1439 AND ends <> begins),
    PRIMARY KEY (hub_id, person_id),
    FOREIGN KEY (hub_id, person_id) REFERENCES people (hub_id, id)
);
