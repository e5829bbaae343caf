-- The journal is append-only: no statement may change or remove what was posted.
CREATE TRIGGER transactions_no_update BEFORE UPDATE ON transactions BEGIN SELECT RAISE(ABORT, 'transactions are append-only'); END;
CREATE TRIGGER transactions_no_delete BEFORE DELETE ON transactions BEGIN SELECT RAISE(ABORT, 'transactions are append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER rolls_no_update BEFORE UPDATE ON rolls BEGIN SELECT RAISE(ABORT, 'rolls are append-only'); END;
CREATE TRIGGER rolls_no_delete BEFORE DELETE ON rolls BEGIN SELECT RAISE(ABORT, 'rolls are append-only'); END;
