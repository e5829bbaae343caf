//! What is done about support and what the partner is paid, as people send it.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::deals::{Dealing, NewQuote, Price, Side};
use crate::leaving::amount;
use crate::settling::Settling;
use crate::support::Reply;
use crate::twin::Twin;
use crate::year_send::reverse;

impl Twin {
    /// Sends it, and keeps what the things that it made are called.
    pub async fn deal(&mut self, dealing: &Dealing) -> Reply {
        let reply = self.send_dealing(dealing).await;
        if reply.status < 400 {
            let id = || reply.json()["id"].as_str().unwrap().to_owned();
            match dealing {
                Dealing::Ask { .. } => self.deals.push((id(), Vec::new())),
                Dealing::Quote { deal, .. } => self.deals[*deal].1.push(id()),
                _ => {}
            }
        }
        reply
    }

    async fn send_dealing(&self, dealing: &Dealing) -> Reply {
        let quote = |deal: usize, quote: &usize| &self.deals[deal].1[*quote];
        let (by, deal, what, body) = match dealing {
            Dealing::Card { by, card } => {
                let brokerage = json!({ "share": amount(card.share), "of": amount(card.of) });
                let borne_by = if card.buyer_bears { "buyer" } else { "provider" };
                let new = json!({ "lines": [], "brokerage": brokerage, "borne_by": borne_by });
                let etag = self.hub.manager().get("/v1/rate-card").await.etag();
                return self.people[*by].put("/v1/rate-card", new).header("if-match", &etag).await;
            }
            Dealing::Limit { school, to } => {
                let path = format!("/v1/schools/{}/approval", self.schools[*school].id);
                let etag = self.hub.manager().get(&path).await.etag();
                return self.hub.manager().patch(&path, &etag, json!({ "commission_limit": to.map(amount) })).await;
            }
            Dealing::Ask { by, of, answer_by } => {
                let mut new = self.provider(*of);
                (new["title"], new["answer_by"]) = (json!("Help with phonics"), json!(answer_by));
                return self.people[*by].post("/v1/commissions", new).await;
            }
            Dealing::Reverse { by, deal } => {
                let moved = self.posted_for(&self.deals[*deal].0).await;
                return reverse(&self.people[*by], &moved).await;
            }
            Dealing::Quote { by, deal, of, new } => (by, deal, "quote".to_owned(), self.quoted(*of, new)),
            Dealing::Agree { by, deal, quote: it } => {
                (by, deal, "agree".to_owned(), json!({ "quote_id": quote(*deal, it) }))
            }
            Dealing::Decline { by, deal, quote: it } => {
                let quote = it.as_ref().map(|it| quote(*deal, it));
                (by, deal, "decline".to_owned(), json!({ "quote_id": quote }))
            }
            Dealing::Withdraw { by, deal, quote: it } => {
                let quote = it.as_ref().map(|it| quote(*deal, it));
                (by, deal, "withdraw".to_owned(), json!({ "quote_id": quote }))
            }
            Dealing::Cancel { by, deal } => (by, deal, "cancel".to_owned(), json!({ "reason": "Nobody has time" })),
            Dealing::Deliver { by, deal, part, halves, credits } => {
                let body = json!({ "days": halves.map(days), "credits": credits.map(amount) });
                (by, deal, milestone(*part, "deliver"), body)
            }
            Dealing::Accept { by, deal, part } => (by, deal, milestone(*part, "accept"), json!({})),
            Dealing::NotYet { by, deal, part } => {
                (by, deal, milestone(*part, "not-yet"), json!({ "missing": "The report" }))
            }
            Dealing::Dispute { by, deal, part } => {
                (by, deal, milestone(*part, "dispute"), json!({ "reason": "Nobody came" }))
            }
            Dealing::Case { by, deal, part } => {
                (by, deal, milestone(*part, "state-case"), json!({ "case": "It was so" }))
            }
            Dealing::WouldSettle { by, deal, part, credits } => {
                (by, deal, milestone(*part, "offer-split"), json!({ "to_provider": amount(*credits) }))
            }
            Dealing::Resolve { by, deal, part, provider, buyer } => {
                let split =
                    json!({ "to_provider": amount(*provider), "to_buyer": amount(*buyer), "reason": "By half" });
                (by, deal, milestone(*part, "resolve"), split)
            }
        };
        self.people[*by].post(&format!("/v1/commissions/{}/{what}", self.deals[*deal].0), body).await
    }

    fn provider(&self, of: Option<Side>) -> Value {
        match of {
            None => json!({}),
            Some(Side::School(school)) => json!({ "provider_school_id": self.schools[school].id }),
            Some(Side::Partner) => json!({ "provider_partner_id": self.partner }),
        }
    }

    fn quoted(&self, of: Option<Side>, new: &NewQuote) -> Value {
        let milestone = |term: &crate::deals::Term| {
            let mut milestone = json!({ "title": "A part of it", "due_on": term.due_on });
            match term.price {
                Price::Fixed(price) => milestone["price"] = json!(amount(price)),
                Price::Days { halves, day, half_day } => {
                    milestone["days"] = json!(days(halves));
                    (milestone["day_rate"], milestone["half_day_rate"]) = (json!(amount(day)), json!(amount(half_day)));
                }
            }
            milestone
        };
        let mut quote = self.provider(of);
        quote["milestones"] = new.terms.iter().map(milestone).collect();
        (quote["valid_until"], quote["notice_days"]) = (json!(new.valid_until), json!(new.notice));
        quote["kept_percent"] = json!(new.kept);
        quote
    }

    /// What was posted last for a commission.
    async fn posted_for(&self, deal: &str) -> String {
        let (hub, deal): (Uuid, Uuid) = (self.hub.id.parse().unwrap(), deal.parse().unwrap());
        let mut tx = self.hub.world.db().read_everywhere().await.unwrap();
        let (moved,): (Uuid,) = tx
            .query("SELECT id FROM transactions WHERE hub_id = $1 AND source_id = $2 ORDER BY sequence DESC LIMIT 1")
            .bind(hub)
            .bind(deal)
            .one()
            .await
            .unwrap();
        moved.to_string()
    }

    /// Sends it, and keeps what the things that it made are called.
    pub async fn settle(&mut self, settling: &Settling) -> Reply {
        match settling {
            Settling::State { by, up_to } => {
                let path = format!("/v1/partners/{}/settlements", self.partner);
                let reply = self.people[*by].post(&path, json!({ "up_to": up_to })).await;
                if reply.status < 400 {
                    self.statements.push(reply.json()["id"].as_str().unwrap().to_owned());
                }
                reply
            }
            Settling::Pay { by, statement, credits, paid_on, reference } => {
                let path = format!("/v1/settlements/{}/payments", self.statements[*statement]);
                let new = json!({
                    "credits": credits.map(amount), "paid_on": paid_on, "bank_reference": format!("BACS {reference}"),
                });
                let reply = self.people[*by].post(&path, new).await;
                if reply.status < 400 {
                    self.posted.push(reply.json()["transaction_id"].as_str().unwrap().to_owned());
                }
                reply
            }
            Settling::Cancel { by, statement } => {
                let path = format!("/v1/settlements/{}/cancel", self.statements[*statement]);
                self.people[*by].post(&path, json!({ "reason": "Too early" })).await
            }
        }
    }
}

fn milestone(part: usize, what: &str) -> String {
    format!("milestones/{}/{what}", part + 1)
}

/// As days are sent.
fn days(halves: i64) -> String {
    format!("{}.{}", halves / 2, halves % 2 * 5)
}
