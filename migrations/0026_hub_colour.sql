-- The colour of a hub's pages and letters.
ALTER TABLE hubs ADD COLUMN colour TEXT NOT NULL DEFAULT '#0f5257';
