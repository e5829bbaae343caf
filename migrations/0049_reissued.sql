-- A certificate is issued again under its number when the name of its delegate is put right.
ALTER TABLE certificates ADD COLUMN reissued_at TIMESTAMPTZ;
CREATE INDEX certificates_by_person ON certificates (hub_id, person_id);
