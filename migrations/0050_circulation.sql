-- What a hub has in circulation is the sum of the accounts that credits come from: a few a year, among wallets by the
-- thousand. No column of it ever changes, so that moving a balance costs what it did.
CREATE INDEX accounts_of_issue ON accounts (hub_id, code) WHERE normal_side = 'debit';
