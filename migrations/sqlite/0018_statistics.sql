-- What the planner should take the journal for. Without statistics it takes the entries of a hub for a handful, and would
-- rather walk them all than look those of a transaction up beside their key. These are of the journal's kind, not of a
-- day, so that plans do not change with the day either: several hubs in a file, an account with very many entries, a
-- transaction with two, a source with a few transactions, reversals rare.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('entries', 'entries', '1000000 200000 1000 1'),
    ('entries', 'sqlite_autoindex_entries_2', '1000000 200000 2 1'),
    ('transactions', 'sqlite_autoindex_transactions_1', '1000000 200000 1'),
    ('transactions', 'sqlite_autoindex_transactions_2', '1000000 200000 1'),
    ('transactions', 'transactions_by_source', '1000000 200000 2 1'),
    ('transactions', 'transactions_reversed_once', '1000 200 1');
-- Read by this connection too.
ANALYZE sqlite_schema;
