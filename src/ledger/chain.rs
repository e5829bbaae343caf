//! The hash chain: each transaction seals the one before it.
//!
//! `hash = SHA-256(previous hash ‖ canonical form)`. The canonical form ([`crate::base::seal`]) is every field of the
//! transaction and of its entries in a fixed order. It begins with `hub-credits/1`, or with `hub-credits/2` where the
//! transaction states what decided it or which changes came before it; those then follow after the entries. Text that a
//! person wrote is sealed only as `SHA-256(salt ‖ memo)`, so that it can be erased without breaking the chain.

use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::posting::Side;
use crate::base::seal::Form;
pub use crate::base::seal::{GENESIS, Hash};

/// The sealed fields of a transaction.
#[derive(Debug)]
pub struct Sealed<'a> {
    /// The hub whose ledger it is in.
    pub hub: Uuid,
    /// The hub's gap-free number for the transaction.
    pub sequence: i64,
    /// The transaction's id.
    pub id: Uuid,
    /// The kind of transaction.
    pub kind: &'a str,
    /// The business date.
    pub effective_on: NaiveDate,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// The person who acted.
    pub actor: Option<Uuid>,
    /// The kind of source.
    pub source_kind: &'a str,
    /// The id of the source.
    pub source_id: Uuid,
    /// The digest of the memo.
    pub memo_digest: Option<&'a [u8]>,
    /// The transaction that it reverses.
    pub reverses: Option<Uuid>,
    /// The digest of what decided it, where there is one.
    pub grounds: Option<&'a [u8]>,
    /// The hash of the hub's last change before it, unless an earlier transaction already has it.
    pub changes_hash: Option<&'a [u8]>,
    /// The entries in order.
    pub entries: &'a [SealedEntry<'a>],
}

/// The sealed fields of an entry.
#[derive(Debug)]
pub struct SealedEntry<'a> {
    /// The account's code.
    pub account: &'a str,
    /// The account's id.
    pub account_id: Uuid,
    /// Debit or credit.
    pub side: Side,
    /// The amount in hundredths of a credit.
    pub amount: i64,
    /// The account's balance after the entry, in hundredths, on its normal side.
    pub balance_after: i64,
    /// The account's gap-free number for the entry.
    pub position: i64,
}

/// The hash of a transaction that follows one whose hash is `previous`.
pub fn seal(previous: &Hash, transaction: &Sealed<'_>) -> Hash {
    let grounded = transaction.grounds.is_some() || transaction.changes_hash.is_some();
    let mut form = Form::after(previous, if grounded { "hub-credits/2" } else { "hub-credits/1" })
        .id(transaction.hub)
        .number(transaction.sequence)
        .id(transaction.id)
        .words(transaction.kind)
        .day(transaction.effective_on)
        .instant(transaction.recorded_at)
        .id(transaction.actor)
        .words(transaction.source_kind)
        .id(transaction.source_id)
        .bytes(transaction.memo_digest)
        .id(transaction.reverses);
    for entry in transaction.entries {
        form = form
            .words(entry.account)
            .id(entry.account_id)
            .words(entry.side.as_str())
            .number(entry.amount)
            .number(entry.balance_after)
            .number(entry.position);
    }
    if grounded {
        form = form.bytes(transaction.grounds).bytes(transaction.changes_hash);
    }
    form.hash()
}

/// The digest of a memo under its salt.
pub fn memo_digest(salt: &[u8], memo: &str) -> Hash {
    Sha256::new().chain_update(salt).chain_update(memo.as_bytes()).finalize().into()
}

/// The id of a new account: a UUIDv8 made of the millisecond in which it was opened and, for the rest, of
/// `SHA-256(hub ‖ code ‖ opened_at)` in the canonical form. So the id, which every entry of the account seals,
/// in turn seals the account.
pub fn account_id(hub: Uuid, code: &str, opened_at: DateTime<Utc>) -> Uuid {
    let digest = Form::of("hub-credits/account/1").id(hub).words(code).instant(opened_at).hash();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[..6].copy_from_slice(&millisecond(opened_at));
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Whether an account of this code, opened then in this hub, has this id. Older accounts have a UUIDv7, which
/// only tells the millisecond.
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
            grounds: None,
            changes_hash: None,
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
            seal(&GENESIS, &Sealed { grounds: Some(&[]), ..transaction(&entries) }),
            seal(&GENESIS, &Sealed { grounds: Some(&[0; 32]), ..transaction(&entries) }),
            seal(&GENESIS, &Sealed { changes_hash: Some(&[0; 32]), ..transaction(&entries) }),
        ];
        let mut all: Vec<Hash> = changed.into_iter().chain([base]).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 19);
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
        let old = crate::base::clock::new_id(at);
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
