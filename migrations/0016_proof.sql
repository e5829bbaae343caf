-- When the hub was made of an exported journal, whose other records (schools, events, people) are elsewhere.
ALTER TABLE hubs ADD COLUMN journal_imported_at TIMESTAMPTZ;
