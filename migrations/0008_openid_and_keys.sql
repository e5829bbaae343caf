-- API keys, by which programs call; and signing in by OpenID Connect.

-- A key has the rights of its person, as far as its scope goes. Of its text only the digest is kept, in the table after
-- this.
CREATE TABLE api_keys (
    hub_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,
    person_id UUID NOT NULL,
    scope TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ,
    revoked_by UUID,
    PRIMARY KEY (hub_id, id),
    FOREIGN KEY (hub_id, person_id) REFERENCES people (hub_id, id),
    CHECK (expires_at > created_at)
);
CREATE INDEX api_keys_by_person ON api_keys (hub_id, person_id, id);

-- Of the deployment: which key of which hub a text opens, by its digest. A row is never changed.
CREATE TABLE api_key_digests (
    digest BYTEA NOT NULL PRIMARY KEY,
    hub_id UUID NOT NULL,
    key_id UUID NOT NULL,
    FOREIGN KEY (hub_id, key_id) REFERENCES api_keys (hub_id, id)
);

-- Of the deployment: sign-ins by OpenID Connect that were begun and not ended. Each is good once, for ten minutes, in the
-- browser in which it was begun; what the provider must know of it follows from that browser's own secret, which is not
-- here.
CREATE TABLE openid_flows (
    state_digest BYTEA NOT NULL PRIMARY KEY,
    browser_digest BYTEA NOT NULL,
    provider TEXT NOT NULL,
    hub_id UUID,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX openid_flows_by_end ON openid_flows (expires_at);

-- Of the deployment: whom a subject of an issuer signed in as. From then on the subject decides, whatever its address.
CREATE TABLE openid_subjects (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    login_id UUID NOT NULL REFERENCES logins (id),
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX openid_subjects_by_login ON openid_subjects (login_id);
