-- Answers that hold the secret of an invitation are kept no more, and those that were are removed.
DELETE FROM idempotency_keys WHERE route = 'POST /v1/people/{id}/invite';

-- A link is found by the digest of its secret, whichever hub it is of; a new one ends a person's older ones.
CREATE INDEX invitations_by_secret ON invitations (secret_digest);
CREATE INDEX invitations_by_person ON invitations (hub_id, person_id);
