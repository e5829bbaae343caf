-- Who did what to what, when, and from where. Rows are written in the commit of what they tell of, never changed, and
-- removed by the purge alone, which is told of itself.
CREATE TABLE audit (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    -- The operation of the API, such as 'PATCH /v1/hub', or the word of another act, such as 'sign_in'.
    act TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused', 'failed')),
    -- No foreign keys: the record outlives what it names.
    person_id UUID,
    login_id UUID,
    session_id UUID,
    key_id UUID,
    address TEXT,
    agent TEXT,
    request_id TEXT,
    -- The path that was asked for, or that of what was made.
    target TEXT,
    -- A code, or the names of what was sent: never a value.
    detail TEXT,
    PRIMARY KEY (hub_id, id)
);
CREATE INDEX audit_by_time ON audit (hub_id, at, id);
CREATE INDEX audit_by_person ON audit (hub_id, person_id, at, id);
CREATE INDEX audit_by_address ON audit (hub_id, address, at, id);
CREATE INDEX audit_by_outcome ON audit (hub_id, outcome, at, id);
CREATE INDEX audit_purges ON audit (hub_id, at) WHERE act = 'audit_purged';

-- How long it is kept: the time in which a hub can find out what happened is never shorter than a quarter.
ALTER TABLE hubs ADD COLUMN audit_days BIGINT NOT NULL DEFAULT 730 CHECK (audit_days BETWEEN 90 AND 3650);
