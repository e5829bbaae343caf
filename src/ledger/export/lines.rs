//! The journal as JSON Lines: all that the ledger knows, and nothing else. First the hub and its head, then its
//! accounts in the order of their ids, then its transactions in the order of the chain, and at last how many there
//! were. A ledger rebuilt from it (`super::super::import`) has the same head, and exports the same bytes.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Book, Form, Outline};
use crate::base::credits::Credits;
use crate::ledger::read::Account;
use crate::ledger::stream::{EntryRow, TransactionRow};

/// The version of the format.
pub(in crate::ledger) const VERSION: u32 = 2;

/// The oldest version that can be read: without what decided a transaction, and without the changes before it.
pub(in crate::ledger) const FIRST_VERSION: u32 = 1;

/// One line of the export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum JournalLine {
    /// The first line: the hub and its head.
    Journal(Opening),
    /// A line for an account.
    Account(AccountLine),
    /// A transaction with its entries.
    Transaction(Box<TransactionLine>),
    /// The last line: how many of each there were.
    End(Closing),
}

/// The first line: whose journal it is, and its head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The version of the format.
    pub version: u32,
    /// The hub's id, which every hash covers.
    pub hub_id: Uuid,
    /// The hub's name.
    pub hub: String,
    /// When the hub was founded.
    pub founded_at: DateTime<Utc>,
    /// How many transactions there are.
    pub sequence: i64,
    /// The hash of the last transaction.
    #[serde(with = "hash")]
    pub hash: [u8; 32],
    /// When the last transaction was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// The line of an account. What it is follows from its code, its balance from the entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountLine {
    /// The account's id.
    pub id: Uuid,
    /// The account's code, unique in the hub.
    pub code: String,
    /// When the account was opened.
    pub opened_at: DateTime<Utc>,
}

/// The line of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransactionLine {
    /// The hub's gap-free number for the transaction.
    pub sequence: i64,
    /// The transaction's id.
    pub id: Uuid,
    /// What the transaction does.
    pub kind: String,
    /// The business date.
    pub effective_on: NaiveDate,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// The person who acted.
    pub actor_id: Option<Uuid>,
    /// What the transaction came from.
    pub source_kind: String,
    /// The id of the source.
    pub source_id: Uuid,
    /// The transaction that it reverses.
    pub reverses: Option<Uuid>,
    /// The digest of what decided it, in hexadecimal, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grounds: Option<String>,
    /// The hash of the hub's last change before it, in hexadecimal, unless an earlier transaction already has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes_hash: Option<String>,
    /// The digest of the memo, in hexadecimal.
    pub memo_digest: Option<String>,
    /// The memo and its salt; both are empty where it was erased.
    pub memo: Option<MemoLine>,
    /// The transaction's hash, in hexadecimal.
    #[serde(with = "hash")]
    pub hash: [u8; 32],
    /// The entries in order.
    pub entries: Vec<EntryLine>,
}

/// The memo of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemoLine {
    /// The salt of its digest, in hexadecimal.
    pub salt: String,
    /// The memo's text.
    pub text: String,
}

/// The line of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryLine {
    /// The account posted to.
    pub account_id: Uuid,
    /// The account's gap-free number for the entry.
    pub position: i64,
    /// Debit or credit.
    pub side: String,
    /// The amount, above zero.
    #[serde(with = "amount")]
    pub amount: i64,
    /// The account's balance after the entry, on its normal side.
    #[serde(with = "amount")]
    pub balance_after: i64,
}

/// The last line: how much was exported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// How many accounts were exported.
    pub accounts: i64,
    /// How many transactions were exported.
    pub transactions: i64,
    /// How many entries were exported.
    pub entries: i64,
}

/// Hashes as hexadecimal text.
mod hash {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(hash: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(hash))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = hex::decode(&text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or_else(|| D::Error::custom(format!("{text:?} is no hash of 64 hexadecimal digits")))
    }
}

/// Amounts as elsewhere, but with a sign where they are below zero.
mod amount {
    use super::Credits;
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(hundredths: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Credits::from_hundredths(*hundredths))
    }

    /// Reads an amount that may exceed what one request may send.
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        crate::base::credits::stored::one(deserializer).map(Credits::hundredths)
    }
}

#[derive(Default)]
pub(super) struct Lines {
    accounts: i64,
    transactions: i64,
    entries: i64,
}

impl Form for Lines {
    fn begin(&mut self, book: &Book, outline: &Outline) -> String {
        line(&JournalLine::Journal(Opening {
            version: VERSION,
            hub_id: book.hub.0,
            hub: book.name.clone(),
            founded_at: book.founded_at,
            sequence: outline.head.sequence,
            hash: outline.head.hash,
            recorded_at: outline.head.recorded_at,
        }))
    }

    fn account(&mut self, account: &Account) -> String {
        self.accounts += 1;
        let (code, opened_at) = (account.code.clone(), account.opened_at);
        line(&JournalLine::Account(AccountLine { id: account.id.0, code, opened_at }))
    }

    fn transaction(&mut self, row: &TransactionRow, entries: &[EntryRow]) -> String {
        self.transactions += 1;
        self.entries += i64::try_from(entries.len()).unwrap_or(0);
        let memo = row.salt.as_ref().zip(row.memo.clone());
        line(&JournalLine::Transaction(Box::new(TransactionLine {
            sequence: row.sequence,
            id: row.id,
            kind: row.kind.clone(),
            effective_on: row.effective_on,
            recorded_at: row.recorded_at,
            actor_id: row.actor_id,
            source_kind: row.source_kind.clone(),
            source_id: row.source_id,
            reverses: row.reverses,
            grounds: row.grounds.as_ref().map(hex::encode),
            changes_hash: row.changes_hash.as_ref().map(hex::encode),
            memo_digest: row.memo_digest.as_ref().map(hex::encode),
            memo: memo.map(|(salt, text)| MemoLine { salt: hex::encode(salt), text }),
            hash: row.hash.as_slice().try_into().unwrap_or_default(),
            entries: entries
                .iter()
                .map(|entry| EntryLine {
                    account_id: entry.account_id.0,
                    position: entry.position,
                    side: entry.side.clone(),
                    amount: entry.amount,
                    balance_after: entry.balance_after,
                })
                .collect(),
        })))
    }

    fn end(&mut self) -> String {
        let Lines { accounts, transactions, entries } = *self;
        line(&JournalLine::End(Closing { accounts, transactions, entries }))
    }
}

fn line(line: &JournalLine) -> String {
    // Only text and numbers: nothing that JSON can't hold.
    let mut text = serde_json::to_string(line).unwrap_or_default();
    text.push('\n');
    text
}
