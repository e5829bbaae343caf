//! The journal as hledger text, streamed, so that an independent program reaches the same balances.
//!
//! Debits are positive and credits negative, as in all plain-text accounting; an account whose normal
//! side is credit therefore shows its balance with a minus (`hledger balance --invert` turns it).

use std::collections::HashMap;
use std::fmt::Write;

use uuid::Uuid;

use super::posting::{AccountKind, Side};
use super::read::{self, Account, AccountFilter};
use crate::db::{Result, Tx};
use crate::ids::{AccountId, HubId};

/// What people call the owners of accounts (schools, events, partners), by id.
pub type Labels = HashMap<Uuid, String>;

/// How many transactions are read at once.
const PAGE: i64 = 500;

/// Writes the hub's journal to `out` in pieces, each ending at a transaction; `out` may fail.
pub async fn hledger<E: From<crate::db::Error>>(
    tx: &mut Tx,
    hub: HubId,
    name: &str,
    labels: &Labels,
    mut out: impl AsyncFnMut(String) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let mut text = format!(
        "; The journal of {}, exported by hub-credits.\n; Debits are positive, credits negative.\n\ncommodity 1000.00 HC\n\n",
        plain(name)
    );
    let mut names = HashMap::new();
    let mut after = None;
    loop {
        let page = read::accounts(tx, hub, AccountFilter::default(), after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for account in &page {
            let name = account_name(account, labels);
            let _ = writeln!(text, "account {name}");
            names.insert(account.id, name);
        }
        out(std::mem::take(&mut text)).await?;
    }
    let mut sequence = 0;
    loop {
        let page = read::transactions(tx, hub, None, sequence, PAGE).await?;
        let Some(last) = page.last() else { return out(text).await };
        let entries = entries_between(tx, hub, sequence, last.sequence).await?;
        let mut rest = entries.as_slice();
        for transaction in &page {
            let memo = transaction.memo.as_deref().map(|memo| format!(": {}", plain(memo))).unwrap_or_default();
            let _ =
                writeln!(text, "\n{} ({}) {}{memo}", transaction.effective_on, transaction.sequence, transaction.kind);
            let _ = writeln!(
                text,
                "    ; transaction: {}, recorded: {}, {}: {}",
                transaction.id,
                transaction.recorded_at.to_rfc3339(),
                transaction.source_kind,
                transaction.source_id
            );
            let own = rest.iter().take_while(|(of, ..)| *of == transaction.sequence).count();
            for (_, account, side, amount) in &rest[..own] {
                let sign = if *side == Side::Credit { "-" } else { "" };
                let name = names.get(account).map_or("unknown", String::as_str);
                let _ = writeln!(text, "    {name}  {sign}{amount} HC");
            }
            rest = &rest[own..];
        }
        sequence = last.sequence;
        out(std::mem::take(&mut text)).await?;
    }
}

/// `liabilities:wallet:2026/27:allocated:136341 Lampton Academy`: unique, since labels carry ids or URNs
/// and what has no label carries its id.
fn account_name(account: &Account, labels: &Labels) -> String {
    let top = match account.kind {
        AccountKind::Issuance | AccountKind::Adjustment => "equity",
        AccountKind::Wallet | AccountKind::Escrow | AccountKind::Payable => "liabilities",
        AccountKind::Income | AccountKind::Lapsed => "revenues",
        AccountKind::Subsidy => "expenses",
        // Money that came in from schools, and money that went out to partners.
        AccountKind::Sales | AccountKind::Settled => "assets",
    };
    let mut name = top.to_owned();
    for part in account.code.split(':') {
        let label = Uuid::parse_str(part).ok().and_then(|id| labels.get(&id));
        name.push(':');
        name.push_str(&plain(label.map_or(part, String::as_str)));
    }
    name
}

/// Text that means nothing to hledger: no colon, semicolon, bracket, line end or double space.
fn plain(text: &str) -> String {
    let kept: String = text
        .chars()
        .map(|c| {
            if c.is_control() || matches!(c, ':' | ';' | '(' | ')' | '[' | ']' | '|' | '*' | '!' | '=') {
                ' '
            } else {
                c
            }
        })
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn entries_between(
    tx: &mut Tx,
    hub: HubId,
    after: i64,
    last: i64,
) -> Result<Vec<(i64, AccountId, Side, crate::credits::Credits)>> {
    tx.query(
        "SELECT sequence, account_id, side, amount FROM entries
         WHERE hub_id = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence, ordinal",
    )
    .bind(hub)
    .bind(after)
    .bind(last)
    .all()
    .await
}
