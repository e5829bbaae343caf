-- The record that an audit record is about, by which it is found: the id that stands in its path after the collection, as in
-- /v1/people/0190f3a8-5b1e-7c3d-9f60-2a4b6c8d0e1f/disable. It follows from the path, also of what was recorded before.
ALTER TABLE audit ADD COLUMN target_record TEXT
    GENERATED ALWAYS AS (substr(ltrim(substr(target, 5), 'abcdefghijklmnopqrstuvwxyz-'), 2, 36)) STORED;
CREATE INDEX audit_by_target ON audit (hub_id, target_record, at, id);
