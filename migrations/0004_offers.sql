-- What schools and partners can do for others: their offers, the hub's rate card, and conversations about an offer.

-- What the hub suggests that specialists are paid, and what it keeps of a commission: share of each of, of whom
-- borne_by says. Both are null where the hub keeps nothing. A hub that never set its card has no row.
CREATE TABLE rate_cards (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    brokerage_share BIGINT,
    brokerage_of BIGINT,
    borne_by TEXT NOT NULL CHECK (borne_by IN ('provider', 'buyer')),
    version BIGINT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id),
    CHECK ((brokerage_share IS NULL) = (brokerage_of IS NULL)),
    CHECK (brokerage_share > 0 AND brokerage_share < brokerage_of)
);

-- A kind of specialist. kind_key is the name as it is compared.
CREATE TABLE rate_card_lines (
    hub_id UUID NOT NULL,
    kind_key TEXT NOT NULL,
    place BIGINT NOT NULL,
    kind TEXT NOT NULL,
    full_day BIGINT NOT NULL CHECK (full_day > 0),
    half_day BIGINT NOT NULL CHECK (half_day > 0 AND half_day <= full_day),
    PRIMARY KEY (hub_id, kind_key),
    FOREIGN KEY (hub_id) REFERENCES rate_cards (hub_id)
);

-- Something that a school or a partner can do for others.
CREATE TABLE offers (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    school_id UUID,
    partner_id UUID,
    kind TEXT NOT NULL CHECK (kind IN ('expertise', 'facility', 'activity')),
    status TEXT NOT NULL CHECK (status IN ('open', 'paused', 'closed')),
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    phases TEXT NOT NULL,
    subject TEXT,
    place TEXT,
    available_from DATE NOT NULL,
    available_to DATE NOT NULL,
    specialist_kind TEXT,
    specialist_key TEXT,
    full_day BIGINT CHECK (full_day > 0),
    half_day BIGINT CHECK (half_day > 0),
    available_when TEXT,
    for_whom TEXT,
    what_for TEXT,
    aims TEXT,
    who_may_join TEXT,
    how_often TEXT,
    impact TEXT,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id, school_id) REFERENCES schools (hub_id, id),
    FOREIGN KEY (hub_id, partner_id) REFERENCES partners (hub_id, id),
    CHECK ((school_id IS NULL) <> (partner_id IS NULL)),
    CHECK ((specialist_kind IS NULL) = (specialist_key IS NULL)),
    CHECK (available_from <= available_to)
);
CREATE INDEX offers_live_of_school ON offers (hub_id, school_id, id) WHERE status <> 'closed';

-- The lines of the Hub Action Plan that an offer serves.
CREATE TABLE offer_priorities (
    hub_id UUID NOT NULL,
    offer_id UUID NOT NULL,
    priority_id UUID NOT NULL,
    PRIMARY KEY (hub_id, offer_id, priority_id),
    FOREIGN KEY (hub_id, offer_id) REFERENCES offers (hub_id, id),
    FOREIGN KEY (hub_id, priority_id) REFERENCES priorities (hub_id, id)
);

-- How many half days an offer has in an academic year, and how many of them are agreed.
CREATE TABLE offer_days (
    hub_id UUID NOT NULL,
    offer_id UUID NOT NULL,
    year TEXT NOT NULL,
    offered BIGINT NOT NULL,
    agreed BIGINT NOT NULL,
    PRIMARY KEY (hub_id, offer_id, year),
    FOREIGN KEY (hub_id, offer_id) REFERENCES offers (hub_id, id),
    CHECK (agreed >= 0 AND agreed <= offered)
);

-- Everything that an offer is found by in the directory, each as a term: its kind, a phase, a word of its text. The
-- offers of a status with a term are one range of the index, in the order in which they were made.
CREATE TABLE offer_terms (
    hub_id UUID NOT NULL,
    offer_id UUID NOT NULL,
    term TEXT NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (hub_id, offer_id, term),
    FOREIGN KEY (hub_id, offer_id) REFERENCES offers (hub_id, id)
);
CREATE INDEX offer_terms_found ON offer_terms (hub_id, status, term, offer_id);

-- What a school and the provider of an offer write to each other. The hub sees it once one of them complained.
CREATE TABLE conversations (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    offer_id UUID NOT NULL,
    asking_school_id UUID NOT NULL,
    school_id UUID,
    partner_id UUID,
    subject TEXT NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    last_message_at TIMESTAMPTZ NOT NULL,
    complained_at TIMESTAMPTZ,
    complained_by TEXT CHECK (complained_by IN ('asking', 'offering')),
    complaint TEXT,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id, offer_id) REFERENCES offers (hub_id, id),
    FOREIGN KEY (hub_id, asking_school_id) REFERENCES schools (hub_id, id),
    FOREIGN KEY (hub_id, school_id) REFERENCES schools (hub_id, id),
    FOREIGN KEY (hub_id, partner_id) REFERENCES partners (hub_id, id),
    CHECK ((school_id IS NULL) <> (partner_id IS NULL)),
    CHECK ((complained_at IS NULL) = (complained_by IS NULL)),
    CHECK ((complained_at IS NULL) = (complaint IS NULL))
);
CREATE INDEX conversations_by_offer ON conversations (hub_id, offer_id, asking_school_id, id);
CREATE INDEX conversations_asking ON conversations (hub_id, asking_school_id, id);
CREATE INDEX conversations_of_school ON conversations (hub_id, school_id, id) WHERE school_id IS NOT NULL;
CREATE INDEX conversations_of_partner ON conversations (hub_id, partner_id, id) WHERE partner_id IS NOT NULL;
CREATE INDEX conversations_complained ON conversations (hub_id, id) WHERE complained_at IS NOT NULL;

-- A message, by somebody of the one side or the other, and for whom they wrote it then.
CREATE TABLE conversation_messages (
    hub_id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    id UUID NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('asking', 'offering')),
    school_id UUID,
    partner_id UUID,
    person_id UUID NOT NULL,
    words TEXT NOT NULL,
    sent_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, conversation_id, id),
    FOREIGN KEY (hub_id, conversation_id) REFERENCES conversations (hub_id, id),
    FOREIGN KEY (hub_id, person_id) REFERENCES people (hub_id, id),
    FOREIGN KEY (hub_id, school_id) REFERENCES schools (hub_id, id),
    FOREIGN KEY (hub_id, partner_id) REFERENCES partners (hub_id, id),
    CHECK ((school_id IS NULL) <> (partner_id IS NULL))
);

ALTER TABLE notices ADD COLUMN conversation_id UUID;
-- Who was told of a message and has not read it yet: they are not told of the next one.
CREATE INDEX notices_of_conversation ON notices (hub_id, conversation_id, person_id)
    WHERE conversation_id IS NOT NULL AND read_at IS NULL;
