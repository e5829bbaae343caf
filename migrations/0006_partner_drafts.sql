-- What partners draft and the hub publishes.

-- A programme that a partner adds is a draft until the hub publishes it.
ALTER TABLE programmes ADD COLUMN state TEXT NOT NULL DEFAULT 'published' CHECK (state IN ('draft', 'published'));

ALTER TABLE notices ADD COLUMN programme_id UUID;
