-- Who may book an event, and how many it needs; places without a name, offers, moves.
ALTER TABLE events ADD COLUMN admission TEXT NOT NULL DEFAULT '{}';
ALTER TABLE events ADD COLUMN minimum BIGINT CHECK (minimum >= 1);
ALTER TABLE events ADD COLUMN decide_by DATE;

ALTER TABLE bookings ADD COLUMN names_by DATE;
ALTER TABLE bookings ADD COLUMN offered_until TIMESTAMPTZ;
ALTER TABLE bookings ADD COLUMN moved_to UUID;

-- Whether a person has live bookings, and on which events, is read from the index alone.
DROP INDEX bookings_by_person;
CREATE INDEX bookings_by_person ON bookings (hub_id, person_id, id, live, event_id);
-- What is due: places without a name, and offers without an answer.
CREATE INDEX bookings_unnamed ON bookings (hub_id, names_by, id) WHERE person_id IS NULL AND live;
CREATE INDEX bookings_offered ON bookings (hub_id, offered_until, id) WHERE offered_until IS NOT NULL;

-- A place that a school has reserved has no person until it is named. SQLite can't drop NOT NULL; this is how its
-- documentation takes a constraint out without copying the table.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'person_id UUID NOT NULL', 'person_id UUID')
WHERE type = 'table' AND name = 'bookings';
PRAGMA writable_schema = RESET;
