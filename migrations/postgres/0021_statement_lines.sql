-- What a line of a statement says stands in the index that finds it, as in SQLite's trees: a page of fifty lines from
-- anywhere in a long history is read without a visit to the tables, whose pages lie far apart by then.
ALTER TABLE entries DROP CONSTRAINT entries_pkey;
ALTER TABLE entries ADD PRIMARY KEY (hub_id, account_id, sequence) INCLUDE (position, side, amount, balance_after);
ALTER TABLE transactions DROP CONSTRAINT transactions_pkey;
ALTER TABLE transactions ADD PRIMARY KEY (hub_id, sequence) INCLUDE (id, kind, effective_on, recorded_at, source_kind, source_id);
