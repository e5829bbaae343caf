-- Support that a school buys from another school or from a partner: what was asked for, quoted, agreed and delivered.

-- What a school asks for. The terms are those of the quote that was agreed; the amounts are hundredths of a credit:
-- `committed`, the price of its milestones as far as they are not given up; `settled`, what of that is paid for; `held`,
-- what the escrow holds for the rest.
CREATE TABLE commissions (
    hub_id UUID NOT NULL REFERENCES hubs (id),
    id UUID NOT NULL,
    buyer_id UUID NOT NULL,
    provider_school_id UUID,
    provider_partner_id UUID,
    offer_id UUID,
    priority_id UUID,
    title TEXT NOT NULL,
    brief TEXT NOT NULL,
    budget BIGINT CHECK (budget > 0),
    answer_by DATE NOT NULL,
    is_open BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    year TEXT,
    brokerage_share BIGINT NOT NULL CHECK (brokerage_share >= 0),
    brokerage_of BIGINT NOT NULL CHECK (brokerage_of > brokerage_share),
    borne_by TEXT NOT NULL,
    notice_days BIGINT NOT NULL CHECK (notice_days >= 0),
    kept_percent BIGINT NOT NULL CHECK (kept_percent BETWEEN 0 AND 100),
    committed BIGINT NOT NULL CHECK (committed >= settled),
    settled BIGINT NOT NULL CHECK (settled >= 0),
    held BIGINT NOT NULL CHECK (held >= 0),
    requested_by UUID,
    requested_at TIMESTAMPTZ NOT NULL,
    agreed_at TIMESTAMPTZ,
    ended_by UUID,
    ended_at TIMESTAMPTZ,
    ended_because TEXT,
    version BIGINT NOT NULL,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id, buyer_id) REFERENCES schools (hub_id, id),
    FOREIGN KEY (hub_id, priority_id) REFERENCES priorities (hub_id, id),
    FOREIGN KEY (hub_id, provider_school_id) REFERENCES schools (hub_id, id),
    FOREIGN KEY (hub_id, provider_partner_id) REFERENCES partners (hub_id, id),
    CHECK (provider_school_id IS NULL OR provider_partner_id IS NULL),
    CHECK (is_open OR provider_school_id IS NOT NULL OR provider_partner_id IS NOT NULL),
    CHECK (provider_school_id IS NULL OR provider_school_id <> buyer_id)
);
CREATE INDEX commissions_by_buyer ON commissions (hub_id, buyer_id, id);
CREATE INDEX commissions_by_provider_school ON commissions (hub_id, provider_school_id, id);
CREATE INDEX commissions_by_provider_partner ON commissions (hub_id, provider_partner_id, id);
CREATE INDEX commissions_open ON commissions (hub_id, id) WHERE is_open AND state IN ('requested', 'quoted');
CREATE INDEX commissions_to_answer ON commissions (hub_id, answer_by) WHERE state = 'requested';

-- What a provider would do for how much, or a change of what was agreed. Its terms are never changed; who agreed to them
-- is added, and how it ended.
CREATE TABLE commission_quotes (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    commission_id UUID NOT NULL,
    number BIGINT NOT NULL CHECK (number >= 1),
    varies BOOLEAN NOT NULL,
    provider_school_id UUID,
    provider_partner_id UUID,
    specialist TEXT,
    note TEXT NOT NULL,
    valid_until DATE NOT NULL,
    notice_days BIGINT NOT NULL CHECK (notice_days >= 0),
    kept_percent BIGINT NOT NULL CHECK (kept_percent BETWEEN 0 AND 100),
    brokerage_share BIGINT NOT NULL CHECK (brokerage_share >= 0),
    brokerage_of BIGINT NOT NULL CHECK (brokerage_of > brokerage_share),
    borne_by TEXT NOT NULL,
    price BIGINT NOT NULL CHECK (price >= 0),
    state TEXT NOT NULL,
    quoted_by UUID,
    quoted_at TIMESTAMPTZ NOT NULL,
    buyer_agreed_by UUID,
    buyer_agreed_at TIMESTAMPTZ,
    second_agreed_by UUID,
    second_agreed_at TIMESTAMPTZ,
    provider_agreed_by UUID,
    provider_agreed_at TIMESTAMPTZ,
    PRIMARY KEY (hub_id, id),
    UNIQUE (hub_id, commission_id, number),
    FOREIGN KEY (hub_id, commission_id) REFERENCES commissions (hub_id, id),
    FOREIGN KEY (hub_id, provider_school_id) REFERENCES schools (hub_id, id),
    FOREIGN KEY (hub_id, provider_partner_id) REFERENCES partners (hub_id, id),
    CHECK ((provider_school_id IS NULL) <> (provider_partner_id IS NULL))
);
CREATE UNIQUE INDEX commission_quotes_of_school ON commission_quotes (hub_id, provider_school_id, commission_id)
    WHERE state = 'offered';
CREATE UNIQUE INDEX commission_quotes_of_partner ON commission_quotes (hub_id, provider_partner_id, commission_id)
    WHERE state = 'offered';
CREATE INDEX commission_quotes_to_lapse ON commission_quotes (hub_id, valid_until) WHERE state = 'offered';

CREATE TABLE commission_quote_milestones (
    hub_id UUID NOT NULL,
    quote_id UUID NOT NULL,
    number BIGINT NOT NULL CHECK (number >= 1),
    title TEXT NOT NULL,
    done_when TEXT NOT NULL,
    due_on DATE NOT NULL,
    half_days BIGINT CHECK (half_days > 0),
    day_rate BIGINT CHECK (day_rate > 0),
    half_day_rate BIGINT CHECK (half_day_rate > 0),
    price BIGINT NOT NULL CHECK (price > 0),
    reference TEXT,
    PRIMARY KEY (hub_id, quote_id, number),
    FOREIGN KEY (hub_id, quote_id) REFERENCES commission_quotes (hub_id, id),
    CHECK ((half_days IS NULL) = (day_rate IS NULL) AND (half_days IS NULL) = (half_day_rate IS NULL))
);

-- A part of what was agreed, and what became of it. `claimed` is what the provider says was delivered, `settled` what was
-- paid for, both in hundredths of a credit.
CREATE TABLE commission_milestones (
    hub_id UUID NOT NULL,
    commission_id UUID NOT NULL,
    number BIGINT NOT NULL CHECK (number >= 1),
    quote_id UUID NOT NULL,
    title TEXT NOT NULL,
    done_when TEXT NOT NULL,
    due_on DATE NOT NULL,
    half_days BIGINT,
    day_rate BIGINT,
    half_day_rate BIGINT,
    price BIGINT NOT NULL CHECK (price > 0),
    reference TEXT,
    state TEXT NOT NULL,
    delivered_half_days BIGINT CHECK (delivered_half_days > 0 AND delivered_half_days <= half_days),
    claimed BIGINT CHECK (claimed > 0 AND claimed <= price),
    delivery_note TEXT,
    delivered_by UUID,
    delivered_at TIMESTAMPTZ,
    answer_until TIMESTAMPTZ,
    reminded_at TIMESTAMPTZ,
    missing TEXT,
    settled BIGINT NOT NULL CHECK (settled >= 0 AND settled <= price),
    answered_by UUID,
    answered_at TIMESTAMPTZ,
    PRIMARY KEY (hub_id, commission_id, number),
    FOREIGN KEY (hub_id, commission_id) REFERENCES commissions (hub_id, id)
);
CREATE INDEX commission_milestones_to_answer ON commission_milestones (hub_id, answer_until) WHERE state = 'delivered';

-- A milestone on which the two do not agree: what each says, what each would settle for, and how it ended.
CREATE TABLE commission_disputes (
    hub_id UUID NOT NULL,
    commission_id UUID NOT NULL,
    number BIGINT NOT NULL,
    raised_by_side TEXT NOT NULL,
    raised_by UUID,
    raised_at TIMESTAMPTZ NOT NULL,
    reason TEXT NOT NULL,
    cases_until TIMESTAMPTZ NOT NULL,
    buyer_case TEXT,
    provider_case TEXT,
    buyer_would_pay BIGINT CHECK (buyer_would_pay >= 0),
    buyer_would_pay_by UUID,
    provider_would_take BIGINT CHECK (provider_would_take >= 0),
    provider_would_take_by UUID,
    to_provider BIGINT CHECK (to_provider >= 0),
    decision TEXT,
    resolved_by UUID,
    resolved_at TIMESTAMPTZ,
    PRIMARY KEY (hub_id, commission_id, number),
    FOREIGN KEY (hub_id, commission_id, number) REFERENCES commission_milestones (hub_id, commission_id, number),
    CHECK ((to_provider IS NULL) = (resolved_at IS NULL))
);

-- The wallets that paid, in the order in which they were drawn on, and what went back of it.
CREATE TABLE commission_funds (
    hub_id UUID NOT NULL,
    commission_id UUID NOT NULL,
    position BIGINT NOT NULL CHECK (position >= 1),
    account_id UUID NOT NULL,
    paid BIGINT NOT NULL CHECK (paid > 0),
    returned BIGINT NOT NULL CHECK (returned >= 0 AND returned <= paid),
    PRIMARY KEY (hub_id, commission_id, position),
    UNIQUE (hub_id, account_id, commission_id),
    FOREIGN KEY (hub_id, commission_id) REFERENCES commissions (hub_id, id)
);

-- Each posting of a commission with what decided it; never changed.
CREATE TABLE commission_moves (
    hub_id UUID NOT NULL,
    transaction_id UUID NOT NULL,
    commission_id UUID NOT NULL,
    ordinal BIGINT NOT NULL CHECK (ordinal >= 1),
    kind TEXT NOT NULL,
    quote_id UUID NOT NULL,
    number BIGINT,
    committed BIGINT NOT NULL CHECK (committed >= 0),
    settled BIGINT NOT NULL CHECK (settled >= 0 AND settled <= committed),
    credits BIGINT NOT NULL CHECK (credits > 0),
    to_hub BIGINT NOT NULL CHECK (to_hub >= 0 AND to_hub <= credits),
    reason TEXT,
    decided_by UUID,
    decided_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, transaction_id),
    UNIQUE (hub_id, commission_id, ordinal),
    FOREIGN KEY (hub_id, commission_id) REFERENCES commissions (hub_id, id)
);

-- What was done on a day of support.
CREATE TABLE commission_visits (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    commission_id UUID NOT NULL,
    number BIGINT NOT NULL,
    visited_on DATE NOT NULL,
    minutes BIGINT NOT NULL CHECK (minutes BETWEEN 1 AND 1440),
    who TEXT NOT NULL,
    done TEXT NOT NULL,
    next_step TEXT NOT NULL,
    link TEXT,
    late BOOLEAN NOT NULL,
    recorded_by UUID,
    recorded_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id, commission_id, number) REFERENCES commission_milestones (hub_id, commission_id, number)
);
CREATE INDEX commission_visits_of ON commission_visits (hub_id, commission_id, id);

-- Questions and answers between the buyer and a provider.
CREATE TABLE commission_questions (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    commission_id UUID NOT NULL,
    provider_school_id UUID,
    provider_partner_id UUID,
    side TEXT NOT NULL,
    text TEXT NOT NULL,
    written_by UUID,
    written_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id, commission_id) REFERENCES commissions (hub_id, id)
);
CREATE INDEX commission_questions_of ON commission_questions (hub_id, commission_id, id);

-- What came of it, as each side sees it.
CREATE TABLE commission_reviews (
    hub_id UUID NOT NULL,
    commission_id UUID NOT NULL,
    side TEXT NOT NULL,
    impact TEXT NOT NULL,
    rating BIGINT NOT NULL CHECK (rating BETWEEN 1 AND 5),
    written_by UUID,
    written_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hub_id, commission_id, side),
    FOREIGN KEY (hub_id, commission_id) REFERENCES commissions (hub_id, id)
);

-- Above how many credits two people of a school must agree to a commission, and who asked to raise it.
ALTER TABLE schools ADD COLUMN commission_limit BIGINT;

ALTER TABLE notices ADD COLUMN commission_id UUID;
