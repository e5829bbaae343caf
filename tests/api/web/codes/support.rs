//! The codes of support from school to school: offers, quotes, days, disputes, conversations.

use chrono::TimeDelta;
use serde_json::json;

use super::{Row, rows};
use crate::support::{TestHub, at, days, new_offer};

rows! {
    "offer_closed" 409 |hub| {
        let lead = hub.lead(&hub.school("Lampton Academy").await).await;
        let path = format!("/v1/offers/{}", lead.add("/v1/offers", new_offer(json!({}))).await);
        lead.post(&format!("{path}/close"), None).await.ok();
        lead.post(&format!("{path}/open"), None).await
    }
    "days_agreed" 409 |hub| {
        let deal = hub.deal("10").await;
        let offered = json!([{ "year": "2026/27", "offered": "2" }]);
        let offer = deal.providing.add("/v1/offers", new_offer(json!({ "days": offered }))).await;
        let new = json!({ "title": "Help", "offer_id": offer });
        let commission = deal.buying.post("/v1/commissions", new).await.created();
        let quote = deal.quote(&commission, json!([days("1.5", "2")])).await;
        deal.buying.agree(&commission, &quote).await.ok();
        deal.providing.put(&format!("/v1/offers/{offer}/days/2026-27"), json!({ "offered": "1" })).await
    }
    "quote_over" 409 |hub| {
        let deal = hub.deal("10").await;
        let commission = deal.request().await;
        let first = deal.quote(&commission, json!([at("1")])).await;
        deal.quote(&commission, json!([at("2")])).await;
        deal.buying.agree(&commission, &first).await
    }
    "already_agreed" 409 |hub| {
        let deal = hub.deal("10").await;
        let commission = deal.request().await;
        let quote = deal.quote(&commission, json!([at("1")])).await;
        deal.providing.agree(&commission, &quote).await
    }
    "too_many_days" 409 |hub| {
        let deal = hub.deal("10").await;
        let commission = deal.agreed(json!([days("1", "2")])).await;
        deal.providing.milestone(&commission, 1, "deliver", json!({ "days": "1.5" })).await
    }
    "too_few_days" 409 |hub| {
        let deal = hub.deal("10").await;
        let offer = deal.providing.add("/v1/offers", new_offer(json!({}))).await;
        let new = json!({ "title": "Help", "offer_id": offer });
        let commission = deal.buying.post("/v1/commissions", new).await.created();
        let quote = deal.quote(&commission, json!([days("1", "2")])).await;
        deal.buying.agree(&commission, &quote).await
    }
    "offer_not_open" 409 |hub| {
        let deal = hub.deal("10").await;
        let offer = deal.providing.add("/v1/offers", new_offer(json!({}))).await;
        let new = json!({ "title": "Help", "offer_id": offer });
        let commission = deal.buying.post("/v1/commissions", new).await.created();
        let quote = deal.quote(&commission, json!([days("1", "2")])).await;
        deal.providing.post(&format!("/v1/offers/{offer}/pause"), None).await.ok();
        deal.buying.agree(&commission, &quote).await
    }
    "split_does_not_sum" 409 |hub| {
        let (commission, _) = hub.disputed().await;
        hub.world.pass(TimeDelta::days(30));
        let split = json!({ "to_provider": "1", "to_buyer": "2", "reason": "Half" });
        hub.manager().milestone(&commission, 1, "resolve", split).await
    }
    "cases_closed" 409 |hub| {
        let (commission, deal) = hub.disputed().await;
        hub.world.pass(TimeDelta::days(30));
        deal.providing.milestone(&commission, 1, "state-case", json!({ "case": "We came" })).await
    }
    "cases_open" 409 |hub| {
        let (commission, _) = hub.disputed().await;
        let split = json!({ "to_provider": "1", "to_buyer": "1", "reason": "Half" });
        hub.manager().milestone(&commission, 1, "resolve", split).await
    }
    "own_offer" 409 |hub| {
        let lead = hub.lead(&hub.school("Lampton Academy").await).await;
        let offer = lead.add("/v1/offers", new_offer(json!({}))).await;
        lead.post(&format!("/v1/offers/{offer}/contact"), json!({ "subject": "Us", "text": "Hello" })).await
    }
    "already_complained" 409 |hub| {
        let (lead, other) = (hub.lead(&hub.school("Abbey").await).await, hub.lead(&hub.school("Bourne").await).await);
        let offer = lead.add("/v1/offers", new_offer(json!({}))).await;
        let hello = json!({ "subject": "Maths", "text": "Hello" });
        let conversation = other.add(&format!("/v1/offers/{offer}/contact"), hello).await;
        let complaint = format!("/v1/conversations/{conversation}/complaint");
        lead.post(&complaint, json!({ "reason": "Rude" })).await.ok();
        other.post(&complaint, json!({ "reason": "Ruder" })).await
    }
}
