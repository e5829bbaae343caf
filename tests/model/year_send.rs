//! What is done with credits in a year, as people send it.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::close::Carry;
use crate::leaving::amount;
use crate::plan::YEARS;
use crate::support::{Client, Reply};
use crate::twin::{CENSUS, Twin};
use crate::year::{Act, Target};

impl Twin {
    /// Sends it, and keeps what the things that it made are called.
    pub async fn act(&mut self, act: &Act) -> Reply {
        let reply = self.send_act(act).await;
        if reply.status >= 400 {
            return reply;
        }
        let body = reply.json();
        let text = |field: &str| body[field].as_str().map(str::to_owned);
        match act {
            Act::Draft { .. } | Act::Correct { .. } => self.drafts.push(text("id").unwrap()),
            // A correction may have nothing to move.
            Act::Approve { .. } => self.posted.extend(text("transaction_id")),
            Act::Offer { .. } => self.gifts.push(text("id").unwrap()),
            Act::Adjust { .. } if body["state"] == "proposed" => self.proposals.push(text("id").unwrap()),
            Act::Sell { .. } | Act::Accept { .. } | Act::Adjust { .. } | Act::Confirm { .. } => {
                self.posted.push(text("transaction_id").unwrap())
            }
            Act::Reverse { .. } => self.posted.push(text("id").unwrap()),
            Act::Refuse { .. } | Act::Withdraw { .. } | Act::Discard { .. } | Act::ReverseBooking { .. } => {}
            Act::Close { .. } | Act::Reopen { .. } | Act::Count { .. } => {}
        }
        reply
    }

    async fn send_act(&self, act: &Act) -> Reply {
        let year = |year: &Option<usize>| year.map(|year| YEARS[year]);
        let kind = |earned: &bool| if *earned { "earned" } else { "allocated" };
        let person = |by: &usize| &self.people[*by];
        let answer = |by: &usize, gift: &usize, what: &str| {
            person(by).post(&format!("/v1/transfers/{}/{what}", self.gifts[*gift]), None)
        };
        match act {
            Act::Draft { by, year, pool } => {
                let draft = json!({ "year": YEARS[*year], "census_date": CENSUS, "pool": amount(*pool) });
                person(by).post("/v1/allocations", draft).await
            }
            Act::Approve { by, draft } => {
                let path = format!("/v1/allocations/{}", self.drafts[*draft]);
                let etag = self.hub.manager().get(&path).await.etag();
                person(by).post(&format!("{path}/approve"), None).header("if-match", &etag).await
            }
            Act::Count { by, school, pupils } => {
                let roll = json!({ "census_date": CENSUS, "pupils": pupils });
                person(by).post(&format!("/v1/schools/{}/rolls", self.schools[*school].id), roll).await
            }
            Act::Correct { by, draft, pool, leave } => {
                let correction = json!({ "pool": pool.map(amount), "shortfalls": leave.then_some("leave") });
                person(by).post(&format!("/v1/allocations/{}/adjustment", self.drafts[*draft]), correction).await
            }
            Act::Sell { by, school, year: asked, amount: credits, invoice } => {
                let sale = json!({
                    "school_id": self.schools[*school].id, "year": year(asked), "amount": amount(*credits),
                    "invoice_reference": format!("INV-{invoice}"),
                });
                person(by).post("/v1/top-ups", sale).await
            }
            Act::Offer { by, to, year: asked, earned, amount: credits } => {
                let gift = json!({ "to_school_id": self.schools[*to].id, "year": year(asked), "wallet": kind(earned), "amount": amount(*credits) });
                person(by).post("/v1/transfers", gift).await
            }
            Act::Accept { by, gift } => answer(by, gift, "accept").await,
            Act::Refuse { by, gift } => answer(by, gift, "decline").await,
            Act::Withdraw { by, gift } => answer(by, gift, "withdraw").await,
            Act::Adjust { by, target, year: asked, up, amount: credits } => {
                let mut body = json!({
                    "account": "wallet", "year": year(asked), "side": if *up { "credit" } else { "debit" },
                    "amount": amount(*credits), "reason": "Counted twice",
                });
                match target {
                    Target::Wallet { school, earned } => {
                        body["school_id"] = json!(self.schools[*school].id);
                        body["wallet"] = json!(kind(earned));
                    }
                    Target::Payable => {
                        body["account"] = json!("payable");
                        body["partner_id"] = json!(self.partner);
                    }
                    Target::Income => body["account"] = json!("income"),
                    Target::Subsidy => body["account"] = json!("subsidy"),
                    Target::Lapsed => body["account"] = json!("lapsed"),
                }
                person(by).post("/v1/adjustments", body).await
            }
            Act::Confirm { by, proposal } => {
                person(by).post(&format!("/v1/adjustments/{}/approve", self.proposals[*proposal]), None).await
            }
            Act::Discard { by, proposal } => {
                person(by).post(&format!("/v1/adjustments/{}/discard", self.proposals[*proposal]), None).await
            }
            Act::Reverse { by, posted } => reverse(person(by), &self.posted[*posted]).await,
            Act::Close { by, year, carry: [allocated, earned], follow } => {
                let holds = if *follow { "follow_the_rule" } else { "refuse" };
                let rule = json!({ "carry": text(allocated), "earned_carry": text(earned), "open_holds": holds });
                person(by).post(&format!("/v1/years/{}/close", path(*year)), rule).await
            }
            Act::Reopen { by, year } => {
                person(by).post(&format!("/v1/years/{}/reopen", path(*year)), json!({ "reason": "Too early" })).await
            }
            Act::ReverseBooking { by, place } => {
                let (hub, booking): (Uuid, Uuid) =
                    (self.hub.id.parse().unwrap(), self.bookings[place].parse().unwrap());
                let mut tx = self.hub.world.db().read_everywhere().await.unwrap();
                let (paid,): (Uuid,) = tx
                    .query(
                        "SELECT id FROM transactions WHERE hub_id = $1 AND source_id = $2 AND kind = 'booking_paid'
                         ORDER BY sequence LIMIT 1",
                    )
                    .bind(hub)
                    .bind(booking)
                    .one()
                    .await
                    .unwrap();
                drop(tx);
                reverse(person(by), &paid.to_string()).await
            }
        }
    }
}

/// A year in a path.
fn path(year: usize) -> String {
    YEARS[year].replace('/', "-")
}

fn text(carry: &Carry) -> String {
    match carry {
        Carry::All => "all".to_owned(),
        Carry::None => "none".to_owned(),
        Carry::Percent(percent) => format!("{percent}%"),
        Carry::Credits(credits) => amount(*credits),
    }
}

/// Would take back what was posted.
pub async fn reverse(by: &Client, transaction: &str) -> Reply {
    let reason: Value = json!({ "reason": "A mistake" });
    by.post(&format!("/v1/transactions/{transaction}/reverse"), reason).await
}
