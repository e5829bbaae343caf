-- People change, and what is held on them.

-- Needs are sealed by a key of the service; `sealed_with` is that key's id. Those of before stand in `access` and
-- `dietary` until the service starts the next time, and in no row from then on.
ALTER TABLE needs ADD COLUMN sealed BYTEA;
ALTER TABLE needs ADD COLUMN sealed_with BYTEA;
CREATE INDEX needs_by_key ON needs (hub_id, sealed_with);

-- A person whose record was erased: their name is a number, their address none, and they never come back.
ALTER TABLE people ADD COLUMN erased_at TIMESTAMPTZ;
-- Those who are disabled and not erased yet, for the retention of the hub.
CREATE INDEX people_to_erase ON people (hub_id, disabled_at, id) WHERE disabled_at IS NOT NULL AND erased_at IS NULL;

-- After how many years people who are disabled are erased; never where it is null.
ALTER TABLE hubs ADD COLUMN retention_years BIGINT CHECK (retention_years BETWEEN 1 AND 50);

-- A record that was merged into another of the same person: the journal and the changes still name it. Whoever it was
-- merged into is found in one step, also after further merges.
CREATE TABLE merged_people (
    hub_id UUID NOT NULL,
    old_id UUID NOT NULL,
    person_id UUID NOT NULL,
    merged_by UUID,
    merged_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, old_id),
    FOREIGN KEY (hub_id, person_id) REFERENCES people (hub_id, id)
);
CREATE INDEX merged_people_by_person ON merged_people (hub_id, person_id);

-- The one new address that a person has asked for and not confirmed yet: only the digest of the link's secret is kept.
CREATE TABLE address_changes (
    hub_id UUID NOT NULL,
    person_id UUID NOT NULL,
    email TEXT NOT NULL,
    secret_digest BYTEA NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, person_id),
    FOREIGN KEY (hub_id, person_id) REFERENCES people (hub_id, id)
);
CREATE INDEX address_changes_by_age ON address_changes (hub_id, expires_at);

-- The person whom a notice is about, where it is about somebody else than the one who is told.
ALTER TABLE notices ADD COLUMN about_id UUID;
CREATE INDEX notices_about ON notices (hub_id, about_id) WHERE about_id IS NOT NULL;
