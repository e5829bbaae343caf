//! What people do around offers: make them, and agree on their days.

use hub_credits::base::days::Days;
use hub_credits::base::ids::OfferId;
use hub_credits::base::year::AcademicYear;
use hub_credits::support::offers::{self, DaysRefusal, OfferDays};
use serde_json::{Value, json};

use super::{TestHub, with};

/// Expertise to be offered, with these fields over it.
pub fn new_offer(over: Value) -> Value {
    with(json!({ "kind": "expertise", "title": "Maths in the early years", "subject": "Mathematics" }), over)
}

/// A rate card with two kinds of specialist and a brokerage of 50 of each 350 credits.
pub fn rate_card() -> Value {
    json!({
        "lines": [
            { "specialist_kind": "Specialist Leader of Education", "full_day": "350.00", "half_day": "200.00" },
            { "specialist_kind": "National Leader of Education", "full_day": "500.00", "half_day": "300.00" },
        ],
        "brokerage": { "share": "50.00", "of": "350.00" },
        "borne_by": "provider",
    })
}

impl TestHub {
    /// Sets the hub's first rate card.
    pub async fn set_rate_card(&self) -> Value {
        self.manager().put("/v1/rate-card", rate_card()).header("if-match", "\"0\"").await.ok()
    }

    /// Agrees on so many half days of an offer in 2026/27, as a commission does, and commits where it is not refused.
    pub async fn agree_days(&self, offer: &str, half_days: i64) -> Result<OfferDays, DaysRefusal> {
        let mut journal = self.journal().await;
        let (offer, year) = (OfferId(offer.parse().unwrap()), AcademicYear::parse("2026/27").unwrap());
        let agreed = offers::agree_days(&mut journal, offer, year, Days::from_half_days(half_days)).await?;
        journal.commit().await.unwrap();
        Ok(agreed)
    }

    /// Gives so many half days of an offer in 2026/27 back, as a commission does that is called off.
    pub async fn return_days(&self, offer: &str, half_days: i64) -> Result<OfferDays, DaysRefusal> {
        let mut journal = self.journal().await;
        let (offer, year) = (OfferId(offer.parse().unwrap()), AcademicYear::parse("2026/27").unwrap());
        let returned = offers::return_days(&mut journal, offer, year, Days::from_half_days(half_days)).await?;
        journal.commit().await.unwrap();
        Ok(returned)
    }
}
