-- Answers that hold the secret of an invitation are kept no more, and those that were are removed.
DELETE FROM idempotency_keys WHERE route = 'POST /v1/people/{id}/invite';

-- A new link ends a person's older ones.
CREATE INDEX invitations_by_person ON invitations (hub_id, person_id);
