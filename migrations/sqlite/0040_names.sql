-- What names are ordered and found by, and addresses unique by: written by the service, which folds them alike on both
-- engines. Rows of before get theirs in the same upgrade, before anything is served.
ALTER TABLE schools ADD COLUMN name_key TEXT;
ALTER TABLE people ADD COLUMN name_key TEXT;
ALTER TABLE people ADD COLUMN email_key TEXT;
ALTER TABLE partners ADD COLUMN name_key TEXT;
ALTER TABLE priorities ADD COLUMN name_key TEXT;

DROP INDEX schools_by_name;
CREATE INDEX schools_by_name ON schools (hub_id, name_key, id);
DROP INDEX people_by_name;
CREATE INDEX people_by_name ON people (hub_id, name_key, id);
DROP INDEX people_by_school;
CREATE INDEX people_by_school ON people (hub_id, school_id, name_key, id);
DROP INDEX people_of_role;
CREATE INDEX people_of_role ON people (hub_id, role, name_key, id);
CREATE UNIQUE INDEX people_by_email ON people (hub_id, email_key);
CREATE INDEX partners_by_name ON partners (hub_id, name_key, id);
CREATE INDEX priorities_by_name ON priorities (hub_id, name_key, id);

-- Folded anew with them.
UPDATE programmes SET search = '';
UPDATE events SET search = '';
