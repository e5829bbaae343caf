-- The digest of what decided a transaction, and the hash of the hub's last change before it, where no transaction before
-- says the same. Those of before have neither.
ALTER TABLE transactions ADD COLUMN grounds BYTEA;
ALTER TABLE transactions ADD COLUMN changes_hash BYTEA;

-- The changes are a chain. grounds is the digest of the record as the change left it, of records that decide on credits.
-- Changes of before are chained in the same upgrade, before anything is served: only the service can hash them.
ALTER TABLE changes ADD COLUMN hash BYTEA;
ALTER TABLE changes ADD COLUMN grounds BYTEA;
ALTER TABLE ledger_heads ADD COLUMN changes_hash BYTEA;

-- The number of the change that seals the booking as it is; of bookings that did not change since before, null.
ALTER TABLE bookings ADD COLUMN sealed_by BIGINT CHECK (sealed_by >= 1);

-- Which record of the school's roll a line counts; null of lines of before, and where none is counted.
ALTER TABLE allocation_lines ADD COLUMN revision BIGINT CHECK (revision >= 1);
