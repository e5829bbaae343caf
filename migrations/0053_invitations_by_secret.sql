-- Whoever opens a link is found by the digest of its secret.
CREATE INDEX invitations_by_secret ON invitations (secret_digest);
