-- The record that an audit record is about, by which it is found: the id that stands in its path after the collection, as in
-- /v1/people/0190f3a8-5b1e-7c3d-9f60-2a4b6c8d0e1f/disable. It follows from the path, also of what was recorded before.
ALTER TABLE audit ADD COLUMN target_record TEXT
    GENERATED ALWAYS AS (substr(ltrim(substr(target, 5), 'abcdefghijklmnopqrstuvwxyz-'), 2, 36)) VIRTUAL;
CREATE INDEX audit_by_target ON audit (hub_id, target_record, at, id);

-- What the planner should take the audit for. Without statistics it would rather walk all of a time than look a person, an
-- address or a record up. Of its kind, not of a day: several hubs in a file, many records of a person, few of a record.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('audit', 'sqlite_autoindex_audit_1', '1000000 200000 1'),
    ('audit', 'audit_by_time', '1000000 200000 1 1'),
    ('audit', 'audit_by_person', '1000000 200000 5000 1 1'),
    ('audit', 'audit_by_address', '1000000 200000 5000 1 1'),
    ('audit', 'audit_by_outcome', '1000000 200000 100000 1 1'),
    ('audit', 'audit_by_target', '1000000 200000 50 1 1'),
    ('audit', 'audit_purges', '1000 200 1');
-- Read by this connection too.
ANALYZE sqlite_schema;
