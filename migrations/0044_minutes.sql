-- How long somebody was at a session for a part of it, and events by when they are over.

-- Only of those who were there for a part.
ALTER TABLE register_marks ADD COLUMN minutes BIGINT CHECK (minutes IS NULL OR (minutes >= 1 AND mark = 'partial'));

-- What is over, however long ago it began.
CREATE INDEX events_by_end ON events (hub_id, ends_at, id);
