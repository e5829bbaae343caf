//! Checks what an account's row says of itself: its code, and all that follows from the code and from its id.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Checked, unreadable};
use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::ledger::chain;
use crate::ledger::difference::Difference;
use crate::ledger::posting::AccountName;

/// How many accounts are read at once.
const PAGE: i64 = 1_000;

#[derive(sqlx::FromRow)]
struct AccountRow {
    id: Uuid,
    code: String,
    kind: String,
    normal_side: String,
    floored: bool,
    year: Option<String>,
    wallet: Option<String>,
    school_id: Option<Uuid>,
    partner_id: Option<Uuid>,
    event_id: Option<Uuid>,
    commission_id: Option<Uuid>,
    opened_at: DateTime<Utc>,
}

/// The first account of the hub that contradicts itself.
pub(super) async fn each(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let (mut after, mut limit) = (Uuid::nil(), PAGE);
    loop {
        let page: Result<Vec<AccountRow>> = tx.query(ACCOUNTS).bind(hub).bind(after).bind(limit).all().await;
        let page = match page {
            Err(error) if error.is_unreadable() && limit > 1 => {
                limit = 1;
                continue;
            }
            Err(error) if error.is_unreadable() => {
                return Ok(Some(unreadable(None, Some(format!("the account after {after}")), &error)));
            }
            page => page?,
        };
        let Some(last) = page.last() else { return Ok(None) };
        after = last.id;
        if let Some(found) = page.iter().find_map(|account| account.check(hub).err()) {
            return Ok(Some(found));
        }
    }
}

impl AccountRow {
    fn check(&self, hub: HubId) -> Checked {
        let wrong = |what, expected: String, found: String| {
            Err(Difference::new(what, None, Some(self.code.clone()), expected, found))
        };
        let Some(name) = AccountName::of_code(&self.code) else {
            return wrong("an account's code is that of no account", "an account's code".to_owned(), self.code.clone());
        };
        let (kind, owner) = (name.kind(), name.owner());
        let columns = |parts: [Option<String>; 6]| parts.map(|part| part.unwrap_or("-".to_owned())).join(" ");
        let expected = columns([
            owner.year.map(|year| year.to_string()),
            owner.wallet.map(|wallet| wallet.to_string()),
            owner.school.map(|id| id.to_string()),
            owner.partner.map(|id| id.to_string()),
            owner.event.map(|id| id.to_string()),
            owner.commission.map(|id| id.to_string()),
        ]);
        let found = columns([
            self.year.clone(),
            self.wallet.clone(),
            self.school_id.map(|id| id.to_string()),
            self.partner_id.map(|id| id.to_string()),
            self.event_id.map(|id| id.to_string()),
            self.commission_id.map(|id| id.to_string()),
        ]);
        if self.kind != kind.as_str() {
            return wrong("an account's kind is not that of its code", kind.to_string(), self.kind.clone());
        }
        if expected != found {
            return wrong("an account is not of whom its code says", expected, found);
        }
        let (side, floored) = (kind.normal_side(), kind.floored());
        if self.normal_side != side.as_str() || self.floored != floored {
            let found = format!("{} {}", self.normal_side, self.floored);
            return wrong("an account's side or floor is not its kind's", format!("{side} {floored}"), found);
        }
        if !chain::account_id_seals(self.id, hub.0, &self.code, self.opened_at) {
            let expected = chain::account_id(hub.0, &self.code, self.opened_at);
            return wrong(
                "an account's id does not seal when it was opened",
                expected.to_string(),
                self.id.to_string(),
            );
        }
        Ok(())
    }
}

const ACCOUNTS: &str =
    "SELECT id, code, kind, normal_side, floored, year, wallet, school_id, partner_id, event_id, commission_id, opened_at
     FROM accounts WHERE hub_id = $1 AND id > $2 ORDER BY id LIMIT $3";
