//! What schools do to commission support: ask, quote, agree, deliver, accept.

use serde_json::{Value, json};

use super::{Client, Reply, School, TestHub, with};

/// A buyer with credits and a provider, each with its lead.
pub struct Deal {
    /// The school that buys.
    pub buyer: School,
    /// Its lead.
    pub buying: Client,
    /// The school that provides.
    pub provider: School,
    /// Its lead.
    pub providing: Client,
}

/// A quote of these milestones that is valid until the end of the year.
pub fn new_quote(milestones: Value) -> Value {
    json!({ "valid_until": "2027-07-31", "milestones": milestones })
}

/// A milestone at a fixed price.
pub fn at(price: &str) -> Value {
    json!({ "title": "A part of it", "due_on": "2027-03-01", "price": price })
}

/// A milestone of so many days at a rate.
pub fn days(days: &str, rate: &str) -> Value {
    json!({ "title": "Days of support", "due_on": "2027-03-01", "days": days, "day_rate": rate })
}

impl TestHub {
    /// Two schools, the buyer with these credits, in the year 2026/27.
    pub async fn deal(&self, credits: &str) -> Deal {
        let (buyer, buying, _) = self.funded_school("Drayton Manor", credits).await;
        let provider = self.school("Brentside").await;
        let providing = self.lead(&provider).await;
        Deal { buyer, buying, provider, providing }
    }

    /// A commission of one milestone at 2 credits that the buyer disputes.
    pub async fn disputed(&self) -> (Value, Deal) {
        let deal = self.deal("10").await;
        let commission = deal.agreed(json!([at("2")])).await;
        deal.buying.milestone(&commission, 1, "dispute", json!({ "reason": "Nobody came" })).await.created();
        (commission, deal)
    }

    /// The balance of the escrow of a commission.
    pub async fn escrow_of(&self, commission: &Value) -> String {
        let accounts = self.manager().all("/v1/accounts?kind=escrow").await;
        let of = |account: &&Value| account["commission_id"] == commission["id"];
        accounts.iter().find(of).map_or("0.00".to_owned(), |account| account["balance"].as_str().unwrap().to_owned())
    }

    /// What a school has in its wallet of 2026/27 of this kind.
    pub async fn wallet_of(&self, school: &School, kind: &str) -> String {
        let path = format!("/v1/accounts?kind=wallet&school_id={}&year=2026/27", school.id);
        let accounts = self.manager().all(&path).await;
        let of = |account: &&Value| account["wallet"] == kind;
        accounts.iter().find(of).map_or("0.00".to_owned(), |account| account["balance"].as_str().unwrap().to_owned())
    }
}

impl TestHub {
    /// The kinds of what somebody was told.
    pub async fn kinds_told(&self, to: &Client) -> Vec<String> {
        let told = to.all("/v1/me/notices").await;
        told.iter().map(|notice| notice["kind"].as_str().unwrap().to_owned()).collect()
    }
}

impl Deal {
    /// The buyer asks the provider.
    pub async fn request(&self) -> Value {
        let new = json!({ "title": "Help with phonics", "provider_school_id": self.provider.id });
        self.buying.post("/v1/commissions", new).await.created()
    }

    /// The provider quotes.
    pub async fn quote(&self, commission: &Value, milestones: Value) -> Value {
        self.providing.commission(commission, "quote", new_quote(milestones)).await.created()
    }

    /// A commission that was quoted and agreed.
    pub async fn agreed(&self, milestones: Value) -> Value {
        self.agreed_on(milestones, json!({})).await
    }

    /// The same with other terms.
    pub async fn agreed_on(&self, milestones: Value, terms: Value) -> Value {
        let commission = self.request().await;
        let quote = with(new_quote(milestones), terms);
        let quote = self.providing.commission(&commission, "quote", quote).await.created();
        self.buying.agree(&commission, &quote).await.ok()
    }

    /// The provider delivers a milestone, and the buyer accepts it.
    pub async fn pay(&self, commission: &Value, number: i64, delivery: Value) -> Value {
        self.providing.milestone(commission, number, "deliver", delivery).await.ok();
        self.buying.milestone(commission, number, "accept", json!({})).await.ok()
    }
}

impl Client {
    /// Does something with a commission: `quote`, `agree`, `cancel`.
    pub async fn commission(&self, commission: &Value, what: &str, body: Value) -> Reply {
        self.post(&format!("/v1/commissions/{}/{what}", commission["id"].as_str().unwrap()), body).await
    }

    /// Agrees to a quote.
    pub async fn agree(&self, commission: &Value, quote: &Value) -> Reply {
        self.commission(commission, "agree", json!({ "quote_id": quote["id"] })).await
    }

    /// Does something with a milestone: `deliver`, `accept`, `dispute`.
    pub async fn milestone(&self, commission: &Value, number: i64, what: &str, body: Value) -> Reply {
        self.commission(commission, &format!("milestones/{number}/{what}"), body).await
    }

    /// Reads something of a commission: `quotes`, `reviews`.
    pub async fn commission_get(&self, commission: &Value, what: &str) -> Value {
        self.get(&format!("/v1/commissions/{}/{what}", commission["id"].as_str().unwrap())).await.ok()
    }

    /// A commission as they see it.
    pub async fn see(&self, commission: &Value) -> Reply {
        self.get(&format!("/v1/commissions/{}", commission["id"].as_str().unwrap())).await
    }
}
