-- Debits equal credits in every transaction: one look for all that a statement posts, instead of one for
-- each at commit. The entries are written before their transactions, or in the same statement.
DROP TRIGGER transactions_balance ON transactions;
DROP FUNCTION refuse_unbalanced();

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

-- Most transactions reverse nothing, and need no place in the index that says that each is reversed once.
ALTER TABLE transactions DROP CONSTRAINT transactions_hub_id_reverses_key;
CREATE UNIQUE INDEX transactions_reversed_once ON transactions (hub_id, reverses) WHERE reverses IS NOT NULL;

-- Rows that every booking changes find room for their next version on their own page.
ALTER TABLE ledger_heads SET (fillfactor = 20);
ALTER TABLE accounts SET (fillfactor = 50);
ALTER TABLE events SET (fillfactor = 50);
