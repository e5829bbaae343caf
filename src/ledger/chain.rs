//! The hash chain: each transaction seals the one before it.
//!
//! `hash = SHA-256(previous hash ‖ canonical form)`. The canonical form is every field of the transaction
//! and of its entries in a fixed order, each as a 4-byte big-endian length and its bytes; an absent field
//! has the length `0xFFFFFFFF` and no bytes, so that absent and empty differ. Words that a person wrote
//! are sealed only as `SHA-256(salt ‖ memo)`, so that they can be erased without breaking the chain.

use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::posting::Side;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// The hash before the first transaction of every hub.
pub const GENESIS: Hash = [0; 32];

/// What is sealed of a transaction.
#[derive(Debug)]
pub struct Sealed<'a> {
    /// The hub.
    pub hub: Uuid,
    /// The hub's gap-free number of the transaction.
    pub sequence: i64,
    /// Its id.
    pub id: Uuid,
    /// Its kind.
    pub kind: &'a str,
    /// The business date.
    pub effective_on: NaiveDate,
    /// The clock.
    pub recorded_at: DateTime<Utc>,
    /// Who did it.
    pub actor: Option<Uuid>,
    /// The kind of its source.
    pub source_kind: &'a str,
    /// The id of its source.
    pub source_id: Uuid,
    /// The digest of its memo.
    pub memo_digest: Option<&'a [u8]>,
    /// The transaction that it reverses.
    pub reverses: Option<Uuid>,
    /// Its entries in order.
    pub entries: &'a [SealedEntry<'a>],
}

/// What is sealed of an entry.
#[derive(Debug)]
pub struct SealedEntry<'a> {
    /// The account's code.
    pub account: &'a str,
    /// The account's id.
    pub account_id: Uuid,
    /// The side.
    pub side: Side,
    /// Hundredths.
    pub amount: i64,
    /// Hundredths, on the account's normal side.
    pub balance_after: i64,
    /// The account's gap-free number of the entry.
    pub position: i64,
}

/// The hash of a transaction that follows one whose hash is `previous`.
pub fn seal(previous: &Hash, transaction: &Sealed<'_>) -> Hash {
    let mut form = Form(Sha256::new());
    form.0.update(previous);
    form.field(b"hub-credits/1");
    form.field(transaction.hub.as_bytes());
    form.field(&transaction.sequence.to_be_bytes());
    form.field(transaction.id.as_bytes());
    form.field(transaction.kind.as_bytes());
    form.field(transaction.effective_on.to_string().as_bytes());
    form.field(&transaction.recorded_at.timestamp_micros().to_be_bytes());
    form.optional(transaction.actor.as_ref().map(|id| id.as_bytes().as_slice()));
    form.field(transaction.source_kind.as_bytes());
    form.field(transaction.source_id.as_bytes());
    form.optional(transaction.memo_digest);
    form.optional(transaction.reverses.as_ref().map(|id| id.as_bytes().as_slice()));
    for entry in transaction.entries {
        form.field(entry.account.as_bytes());
        form.field(entry.account_id.as_bytes());
        form.field(entry.side.as_str().as_bytes());
        form.field(&entry.amount.to_be_bytes());
        form.field(&entry.balance_after.to_be_bytes());
        form.field(&entry.position.to_be_bytes());
    }
    form.0.finalize().into()
}

/// The digest of a memo under its salt.
pub fn memo_digest(salt: &[u8], memo: &str) -> Hash {
    Sha256::new().chain_update(salt).chain_update(memo.as_bytes()).finalize().into()
}

/// The id of a new account: a UUIDv8 of the millisecond in which it was opened and, for the rest, of
/// `SHA-256(hub ‖ code ‖ opened_at)` in the canonical form. So the id, which every entry of the account seals,
/// seals the account in its turn.
pub fn account_id(hub: Uuid, code: &str, opened_at: DateTime<Utc>) -> Uuid {
    let mut form = Form(Sha256::new());
    form.field(b"hub-credits/account/1");
    form.field(hub.as_bytes());
    form.field(code.as_bytes());
    form.field(&opened_at.timestamp_micros().to_be_bytes());
    let digest: Hash = form.0.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[..6].copy_from_slice(&millisecond(opened_at));
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Whether an account of this code, opened then in this hub, has this id. Accounts of before there were such ids
/// have a UUIDv7, which knows only the millisecond.
pub fn account_id_seals(id: Uuid, hub: Uuid, code: &str, opened_at: DateTime<Utc>) -> bool {
    match id.get_version_num() {
        7 => id.as_bytes()[..6] == millisecond(opened_at),
        _ => id == account_id(hub, code, opened_at),
    }
}

fn millisecond(instant: DateTime<Utc>) -> [u8; 6] {
    let [_, _, rest @ ..] = instant.timestamp_millis().to_be_bytes();
    rest
}

struct Form(Sha256);

impl Form {
    fn field(&mut self, bytes: &[u8]) {
        self.0.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX - 1).to_be_bytes());
        self.0.update(bytes);
    }

    fn optional(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.field(bytes),
            None => self.0.update(u32::MAX.to_be_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(side: Side, amount: i64) -> SealedEntry<'static> {
        SealedEntry {
            account: "issuance:2026/27",
            account_id: Uuid::from_u128(7),
            side,
            amount,
            balance_after: 5,
            position: 1,
        }
    }

    fn transaction<'a>(entries: &'a [SealedEntry<'a>]) -> Sealed<'a> {
        Sealed {
            hub: Uuid::from_u128(1),
            sequence: 1,
            id: Uuid::from_u128(2),
            kind: "booking_paid",
            effective_on: NaiveDate::default(),
            recorded_at: DateTime::UNIX_EPOCH,
            actor: None,
            source_kind: "booking",
            source_id: Uuid::from_u128(3),
            memo_digest: None,
            reverses: None,
            entries,
        }
    }

    #[test]
    fn every_field_changes_the_hash() {
        let entries = [entry(Side::Debit, 5)];
        let other = [entry(Side::Credit, 5)];
        let longer = [entry(Side::Debit, 5), entry(Side::Debit, 5)];
        let base = seal(&GENESIS, &transaction(&entries));
        let day = NaiveDate::from_ymd_opt(2026, 9, 1).unwrap();
        let nil = Uuid::nil();
        let changed = [
            seal(&[1; 32], &transaction(&entries)),
            seal(&GENESIS, &transaction(&other)),
            seal(&GENESIS, &transaction(&longer)),
            seal(&GENESIS, &transaction(&[])),
            seal(&GENESIS, &Sealed { hub: nil, ..transaction(&entries) }),
            seal(&GENESIS, &Sealed { sequence: 2, ..transaction(&entries) }),
            seal(&GENESIS, &Sealed { id: nil, ..transaction(&entries) }),
            seal(&GENESIS, &Sealed { kind: "booking_refunded", ..transaction(&entries) }),
            seal(&GENESIS, &Sealed { effective_on: day, ..transaction(&entries) }),
            seal(
                &GENESIS,
                &Sealed { recorded_at: DateTime::from_timestamp_micros(1).unwrap(), ..transaction(&entries) },
            ),
            seal(&GENESIS, &Sealed { actor: Some(nil), ..transaction(&entries) }),
            seal(&GENESIS, &Sealed { source_kind: "allocation", ..transaction(&entries) }),
            seal(&GENESIS, &Sealed { source_id: nil, ..transaction(&entries) }),
            seal(&GENESIS, &Sealed { memo_digest: Some(&[]), ..transaction(&entries) }),
            seal(&GENESIS, &Sealed { reverses: Some(nil), ..transaction(&entries) }),
        ];
        let mut all: Vec<Hash> = changed.into_iter().chain([base]).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 16);
    }

    #[test]
    fn the_id_of_an_account_seals_what_it_is() {
        let (hub, at) = (Uuid::from_u128(1), DateTime::from_timestamp_micros(1_790_000_000_123_456).unwrap());
        let id = account_id(hub, "income:2026/27", at);
        assert_eq!(id.to_string(), "01a0c450-6c7b-8b36-bb45-1138de6c6f62");
        assert!(account_id_seals(id, hub, "income:2026/27", at));
        assert!(!account_id_seals(id, Uuid::nil(), "income:2026/27", at));
        assert!(!account_id_seals(id, hub, "income:2027/28", at));
        assert!(!account_id_seals(id, hub, "income:2026/27", at + chrono::TimeDelta::microseconds(1)));
        let old = crate::clock::new_id(at);
        assert!(account_id_seals(old, hub, "income:2026/27", at));
        assert!(!account_id_seals(old, hub, "income:2026/27", at + chrono::TimeDelta::milliseconds(1)));
    }

    /// The expected values were computed by another program from the description above.
    #[test]
    fn the_form_is_fixed() {
        let entries = [entry(Side::Debit, 5)];
        let sealed = hex::encode(seal(&GENESIS, &transaction(&entries)));
        assert_eq!(sealed, "ef4e618fe2397a83d6be54ca373fd54907e675f868a03c2dd86196f4d28d0bac");
        assert_eq!(
            hex::encode(memo_digest(b"salt", "memo")),
            "562a2651395c42ec534503eb547f4d7c46b68b65eeabda26a885bcfe5db655e1"
        );
    }
}
