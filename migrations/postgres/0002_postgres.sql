-- What only PostgreSQL can say of the schema.

-- What is append-only: no statement may change or remove it.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% are append-only', TG_TABLE_NAME;
END $$;

CREATE TRIGGER transactions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transactions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoints_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rolls_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rolls
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON changes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Debits equal credits in every transaction: one look for all that a statement posts, instead of one for each at
-- commit. The entries are written before their transactions, or in the same statement.
CREATE FUNCTION refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql
    -- Its plan is kept, and must be the one for a long journal though it was made on a short one.
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    unbalanced UUID;
BEGIN
    SELECT posted.id INTO unbalanced
    FROM posted LEFT JOIN entries e ON e.hub_id = posted.hub_id AND e.sequence = posted.sequence
    GROUP BY posted.hub_id, posted.sequence, posted.id
    HAVING COALESCE(SUM(CASE e.side WHEN 'debit' THEN e.amount ELSE -e.amount END), 1) <> 0
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'transaction % does not balance', unbalanced;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER transactions_balance AFTER INSERT ON transactions
    REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION refuse_unbalanced();

-- What a line of a statement says stands in the index that finds it, as in SQLite's trees: a page of fifty lines from
-- anywhere in a long history is read without a visit to the tables, whose pages lie far apart by then.
ALTER TABLE entries DROP CONSTRAINT entries_pkey;
ALTER TABLE entries ADD PRIMARY KEY (hub_id, account_id, sequence) INCLUDE (position, side, amount, balance_after);
ALTER TABLE transactions DROP CONSTRAINT transactions_pkey;
ALTER TABLE transactions ADD PRIMARY KEY (hub_id, sequence) INCLUDE (id, kind, effective_on, recorded_at, source_kind, source_id);

-- Names and addresses are folded by the service: their order is that of bytes, as on SQLite.
ALTER TABLE schools ALTER COLUMN name_key TYPE TEXT COLLATE "C";
ALTER TABLE people ALTER COLUMN name_key TYPE TEXT COLLATE "C", ALTER COLUMN email_key TYPE TEXT COLLATE "C";
ALTER TABLE partners ALTER COLUMN name_key TYPE TEXT COLLATE "C";
ALTER TABLE priorities ALTER COLUMN name_key TYPE TEXT COLLATE "C";

-- Rows that every booking changes find room for their next version on their own page.
ALTER TABLE ledger_heads SET (fillfactor = 20);
ALTER TABLE accounts SET (fillfactor = 50);
ALTER TABLE events SET (fillfactor = 50);
