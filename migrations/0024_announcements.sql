-- What the hub's managers write to the delegates of an event or to the CPD leads of schools.

-- Each as it was written, with its placeholders: what somebody got of it, their notice finds.
CREATE TABLE announcements (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    audience TEXT NOT NULL CHECK (audience IN ('delegates', 'leads')),
    event_id UUID,
    delegates TEXT CHECK (delegates IN ('with_place', 'waiting', 'all')),
    -- Of how many schools, where it went to the leads of some; null for those of all.
    schools BIGINT CHECK (schools >= 1),
    subject TEXT NOT NULL,
    words TEXT NOT NULL,
    -- How many people it went to.
    receivers BIGINT NOT NULL CHECK (receivers >= 1),
    sent_by UUID,
    sent_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id) REFERENCES hubs (id),
    FOREIGN KEY (hub_id, event_id) REFERENCES events (hub_id, id),
    CHECK ((audience = 'delegates') = (event_id IS NOT NULL)),
    CHECK ((event_id IS NULL) = (delegates IS NULL)),
    CHECK (audience = 'leads' OR schools IS NULL)
);
CREATE INDEX announcements_of_event ON announcements (hub_id, event_id, id);

-- The announcement that a notice tells of, and its subject as this person reads it.
ALTER TABLE notices ADD COLUMN announcement_id UUID;
ALTER TABLE notices ADD COLUMN subject TEXT;
CREATE INDEX notices_announcement ON notices (hub_id, announcement_id, person_id) WHERE announcement_id IS NOT NULL;
