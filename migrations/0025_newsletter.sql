-- The weekly newsletter of a hub: when it is sent, each of its issues, and whom outside the hub it goes to.

-- When it is sent, in minutes from midnight in London on a day of the week, and how many days before that it is drafted. A
-- hub that never set it has no row, and no newsletter.
CREATE TABLE newsletter_settings (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    is_on BOOLEAN NOT NULL,
    weekday TEXT NOT NULL CHECK (weekday IN ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')),
    minute BIGINT NOT NULL CHECK (minute BETWEEN 0 AND 1439),
    draft_days BIGINT NOT NULL CHECK (draft_days BETWEEN 1 AND 6),
    PRIMARY KEY (hub_id)
);

-- An issue. since is the instant from which on it tells what is new, gathered_at the one up to which.
CREATE TABLE newsletters (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'sending', 'sent', 'skipped')),
    subject TEXT NOT NULL,
    markdown TEXT NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    gathered_at TIMESTAMPTZ NOT NULL,
    send_at TIMESTAMPTZ NOT NULL,
    edited_at TIMESTAMPTZ,
    edited_by UUID,
    skipped_because TEXT CHECK (skipped_because IN ('manager', 'switched_off', 'empty')),
    -- Up to whom of the hub's people its letters are written, while they are being written.
    reached UUID,
    sent_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    PRIMARY KEY (hub_id, id),
    CHECK ((state = 'skipped') = (skipped_because IS NOT NULL)),
    CHECK ((state = 'sent') = (sent_at IS NOT NULL))
);
CREATE INDEX newsletters_by_state ON newsletters (hub_id, state, id);
CREATE INDEX newsletters_by_time ON newsletters (hub_id, send_at);
-- There is one at a time.
CREATE UNIQUE INDEX newsletters_open ON newsletters (hub_id) WHERE state IN ('draft', 'sending');

-- Whom it goes to outside the hub, such as the contacts of its steering group; stopped_at is when they stopped it themselves.
CREATE TABLE newsletter_contacts (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    added_at TIMESTAMPTZ NOT NULL,
    added_by UUID,
    stopped_at TIMESTAMPTZ,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, email_key)
);

-- Of the letter of a newsletter, which it is, and to which contact where it is to none of the hub's people.
ALTER TABLE letters ADD COLUMN newsletter_id UUID;
ALTER TABLE letters ADD COLUMN contact_id UUID;
-- Each gets it once.
CREATE UNIQUE INDEX letters_of_newsletter ON letters (hub_id, newsletter_id, person_id) WHERE newsletter_id IS NOT NULL AND person_id IS NOT NULL;
CREATE UNIQUE INDEX letters_to_contact ON letters (hub_id, contact_id, newsletter_id) WHERE contact_id IS NOT NULL;
