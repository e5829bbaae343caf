-- How people sign in. A login belongs to no hub but to the deployment: it is an address, and opens every hub in which a
-- person has that address and was let in. Of secrets only digests are kept.

-- One login for each address.
CREATE TABLE logins (
    id UUID NOT NULL PRIMARY KEY,
    -- As it was typed; and what it is found and unique by.
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    -- The password as a PHC string of Argon2id.
    password TEXT,
    password_set_at TIMESTAMPTZ,
    -- When somebody first showed that the address is theirs: what others set before that ends then.
    proved_at TIMESTAMPTZ,
    -- The secret of the app that makes codes, sealed with a key of the service; it counts once it is confirmed. The step
    -- is that of the last code taken: none of it or before is taken again.
    totp_secret BYTEA,
    totp_confirmed_at TIMESTAMPTZ,
    totp_step BIGINT,
    created_at TIMESTAMPTZ NOT NULL,
    CHECK ((password IS NULL) = (password_set_at IS NULL)),
    CHECK (totp_confirmed_at IS NULL OR totp_secret IS NOT NULL)
);

-- Ten codes for whoever has lost their app; each works once.
CREATE TABLE recovery_codes (
    login_id UUID NOT NULL REFERENCES logins (id),
    digest BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    PRIMARY KEY (login_id, digest)
);

-- From a sign-in to its end.
CREATE TABLE login_sessions (
    id UUID NOT NULL PRIMARY KEY,
    login_id UUID NOT NULL REFERENCES logins (id),
    means TEXT NOT NULL CHECK (means IN ('invitation', 'operator', 'password', 'code', 'link', 'reset', 'openid')),
    -- Where it began, and by what browser or program.
    address TEXT,
    agent TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ NOT NULL,
    -- When it ends whatever happens.
    expires_at TIMESTAMPTZ NOT NULL,
    -- When a code of the app was given in it.
    second_factor_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ
);
CREATE INDEX login_sessions_by_login ON login_sessions (login_id, id);
CREATE INDEX login_sessions_by_expiry ON login_sessions (expires_at);

-- The family of a session's refresh tokens: each is used once, and makes the next.
CREATE TABLE refresh_tokens (
    digest BYTEA NOT NULL PRIMARY KEY,
    session_id UUID NOT NULL REFERENCES login_sessions (id),
    -- The hub that its access tokens are for, once one is chosen.
    hub_id UUID,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id, created_at);

-- A link that signs somebody in or sets their password, once. One to sign in comes with a code of six digits, which
-- only whoever asked for it can use, where it was asked for.
CREATE TABLE login_links (
    digest BYTEA NOT NULL PRIMARY KEY,
    login_id UUID NOT NULL REFERENCES logins (id),
    purpose TEXT NOT NULL CHECK (purpose IN ('sign_in', 'reset')),
    -- Who made it: the person themselves (it goes to their address), a manager of their hub, the operator.
    made_by TEXT NOT NULL CHECK (made_by IN ('self', 'manager', 'operator')),
    code_digest BYTEA,
    request_digest BYTEA,
    tries BIGINT NOT NULL CHECK (tries >= 0),
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    CHECK (code_digest IS NULL OR purpose = 'sign_in')
);
CREATE INDEX login_links_by_login ON login_links (login_id, purpose, created_at);
CREATE INDEX login_links_by_expiry ON login_links (expires_at);

-- The browsers from which somebody has signed in: others' wrong tries do not keep them waiting.
CREATE TABLE known_browsers (
    login_id UUID NOT NULL REFERENCES logins (id),
    digest BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (login_id, digest)
);
CREATE INDEX known_browsers_by_use ON known_browsers (last_used_at);
CREATE INDEX known_browsers_by_digest ON known_browsers (digest);

-- How often signing in was tried in vain: for an address from browsers that are not known, from a known browser, and
-- from one place for all addresses. Whom it is about is a digest.
CREATE TABLE sign_in_tries (
    whose BYTEA NOT NULL PRIMARY KEY,
    tries BIGINT NOT NULL CHECK (tries >= 0),
    last_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sign_in_tries_by_time ON sign_in_tries (last_at);

-- Whether a hub manager can act only in a session in which a code of their app was given.
ALTER TABLE hubs ADD COLUMN totp_for_managers BOOLEAN NOT NULL DEFAULT FALSE;
