-- Webhooks: other systems that are sent a hub's changes.

-- Where changes are sent, and how far they were. The secrets are sealed by a key of the service; while both are good, both
-- sign. A turn is whose it is to send: until it ends, nobody else does.
CREATE TABLE webhooks (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    -- Kinds of changes, or the words before their dots, with spaces between; null for all.
    kinds TEXT,
    state TEXT NOT NULL,
    disabled_because TEXT,
    secret BYTEA NOT NULL,
    old_secret BYTEA,
    old_secret_until TIMESTAMPTZ,
    -- The number of the last change that was sent, given up or passed over.
    sent_to BIGINT NOT NULL,
    -- Since when nothing has arrived; null where the last that was sent did.
    failing_since TIMESTAMPTZ,
    -- When the next change may be sent.
    due_at TIMESTAMPTZ NOT NULL,
    turn UUID,
    turn_until TIMESTAMPTZ,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id) REFERENCES hubs (id),
    CHECK (state IN ('active', 'paused', 'disabled')),
    CHECK ((state = 'disabled') = (disabled_because IS NOT NULL)),
    CHECK ((old_secret IS NULL) = (old_secret_until IS NULL))
);

-- What was or is to be sent to a webhook: a change of the feed, or a test. Kept 30 days.
CREATE TABLE webhook_deliveries (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    webhook_id UUID NOT NULL,
    message_id TEXT NOT NULL,
    -- The number of the change; null for a test.
    sequence BIGINT,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    -- Whether somebody asked for it to be sent at once, whatever its turn.
    asked BOOLEAN NOT NULL,
    attempts BIGINT NOT NULL,
    begun_at TIMESTAMPTZ NOT NULL,
    next_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id, webhook_id) REFERENCES webhooks (hub_id, id),
    CHECK (state IN ('pending', 'delivered', 'failed')),
    CHECK ((state = 'pending') = (ended_at IS NULL))
);
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (hub_id, webhook_id, id);
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (hub_id, webhook_id, id) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_asked ON webhook_deliveries (hub_id, webhook_id, id) WHERE asked;

-- Each time that it was sent, and what came of it.
CREATE TABLE webhook_attempts (
    hub_id UUID NOT NULL,
    delivery_id UUID NOT NULL,
    number BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    took_ms BIGINT NOT NULL,
    status BIGINT,
    failure TEXT,
    answer TEXT,
    PRIMARY KEY (hub_id, delivery_id, number),
    FOREIGN KEY (hub_id, delivery_id) REFERENCES webhook_deliveries (hub_id, id)
);
