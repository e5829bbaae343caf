//! What people do with credits outside bookings: sell, give, correct, take back.

use serde_json::{Value, json};

use super::{Client, Reply, School, TestHub, unique, with};

/// Credits to be sold to a school by an invoice of its own.
pub fn new_top_up(school: &School, amount: &str, over: Value) -> Value {
    let invoice = format!("INV-{}", unique());
    with(json!({ "school_id": school.id, "amount": amount, "invoice_reference": invoice }), over)
}

/// A correction of a school's allocated wallet.
pub fn new_adjustment(school: &School, side: &str, amount: &str, over: Value) -> Value {
    let base = json!({ "account": "wallet", "school_id": school.id, "side": side, "amount": amount, "reason": "Counted twice" });
    with(base, over)
}

impl TestHub {
    /// Sells credits to a school.
    pub async fn top_up(&self, school: &School, amount: &str) -> Value {
        self.manager().post("/v1/top-ups", new_top_up(school, amount, json!({}))).await.created()
    }

    /// Corrects a school's allocated wallet.
    pub async fn adjust(&self, school: &School, side: &str, amount: &str) -> Value {
        self.manager().post("/v1/adjustments", new_adjustment(school, side, amount, json!({}))).await.created()
    }
}

impl Client {
    /// Offers credits to another school.
    pub async fn give(&self, to: &School, amount: &str) -> Reply {
        self.post("/v1/transfers", json!({ "to_school_id": to.id, "amount": amount })).await
    }

    /// Does something with a gift: `accept`, `decline`, `withdraw`.
    pub async fn answer(&self, transfer: &Value, what: &str) -> Reply {
        self.post(&format!("/v1/transfers/{}/{what}", transfer["id"].as_str().unwrap()), None).await
    }

    /// Reverses what a record posted.
    pub async fn reverse(&self, posted: &Value) -> Reply {
        let transaction = posted["transaction_id"].as_str().expect("it posted something");
        self.post(&format!("/v1/transactions/{transaction}/reverse"), json!({ "reason": "A mistake" })).await
    }
}

impl TestHub {
    /// Owes a partner credits, by a correction.
    pub async fn owe(&self, partner: &str, amount: &str) {
        let owed = json!({ "account": "payable", "partner_id": partner, "side": "credit", "amount": amount, "reason": "As agreed" });
        self.manager().post("/v1/adjustments", owed).await.created();
    }

    /// A statement of what a new partner is owed, and the payment of a part of it: the id of the statement.
    pub async fn settle(&self, partner: &str, owed: &str, paid: &str) -> String {
        let (partner, _) = self.partner(partner).await;
        self.owe(&partner, owed).await;
        let up_to = json!({ "up_to": self.world.today() });
        let settlement = self.manager().add(&format!("/v1/partners/{partner}/settlements"), up_to).await;
        let payment = json!({ "credits": paid, "bank_reference": "BACS 1" });
        self.manager().post(&format!("/v1/settlements/{settlement}/payments"), payment).await.created();
        settlement
    }
}
