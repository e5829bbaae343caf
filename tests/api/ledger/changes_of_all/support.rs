//! The walk past what schools do for one another.

use serde_json::json;

use super::Walk;
use crate::support::{at, new_offer, new_quote, rate_card};

/// What schools do for one another: an offer, its days, and what is written about it.
pub(super) async fn offers(walk: &mut Walk) {
    let (hub, manager) = (walk.hub.clone(), walk.hub.manager());
    let card = manager.put("/v1/rate-card", rate_card()).header("if-match", "\"0\"");
    walk.leaves("rate_card.changed", card).await;
    let (provider, asking) = (hub.school("Dulwich").await, hub.school("Ealing").await);
    let (lead, other) = (hub.lead(&provider).await, hub.lead(&asking).await);
    let offer = walk.adds("offer.created", lead.post("/v1/offers", new_offer(json!({})))).await;
    let path = format!("/v1/offers/{offer}");
    walk.leaves("offer.changed", lead.patch(&path, "\"1\"", json!({ "title": "Numbers" }))).await;
    let days = lead.put(&format!("{path}/days/2026-27"), json!({ "offered": "2.5" }));
    walk.leaves("offer.days_offered", days).await;
    let hello = || json!({ "subject": "Numbers", "text": "Could you come?" });
    let opened = walk.adds("conversation.opened", other.post(&format!("{path}/contact"), hello())).await;
    let conversation = format!("/v1/conversations/{opened}");
    let answer = lead.post(&format!("{conversation}/messages"), json!({ "text": "Gladly" }));
    walk.leaves("conversation.continued", answer).await;
    let complaint = other.post(&format!("{conversation}/complaint"), json!({ "reason": "Too dear" }));
    walk.leaves("conversation.complained", complaint).await;
    let answer =
        walk.hub.manager().post(&format!("{conversation}/complaint/answer"), json!({ "answer": "Talk again" }));
    walk.leaves("conversation.answered", answer).await;
    for (what, kind) in [("pause", "offer.paused"), ("open", "offer.opened"), ("close", "offer.closed")] {
        walk.leaves(kind, lead.post(&format!("{path}/{what}"), None)).await;
    }
}

/// Support is commissioned: asked for, quoted, agreed, varied, delivered, disputed, and ended in every way.
pub(super) async fn commissions(walk: &mut Walk) {
    let hub = walk.hub.clone();
    let deal = hub.deal("100").await;
    let (buying, providing) = (&deal.buying, &deal.providing);
    let new = || json!({ "title": "Help", "provider_school_id": deal.provider.id });
    let quote = || new_quote(json!([at("5"), at("4"), at("3"), at("2"), at("1")]));
    let asked = walk.adds("commission.requested", buying.post("/v1/commissions", new())).await;
    let path = format!("/v1/commissions/{asked}");
    let question = buying.post(&format!("{path}/questions"), json!({ "text": "When?" }));
    walk.leaves("commission.asked", question).await;
    for (what, kind, by) in
        [("decline", "commission.quote_declined", buying), ("withdraw", "commission.quote_withdrawn", providing)]
    {
        let quoted = walk.adds("commission.quoted", providing.post(&format!("{path}/quote"), quote())).await;
        walk.leaves(kind, by.post(&format!("{path}/{what}"), json!({ "quote_id": quoted }))).await;
    }
    let quoted = walk.adds("commission.quoted", providing.post(&format!("{path}/quote"), quote())).await;
    let agree = |quote: &str| json!({ "quote_id": quote });
    walk.leaves("commission.agreed", buying.post(&format!("{path}/agree"), agree(&quoted))).await;
    let milestone = |number: i64, what: &str| format!("{path}/milestones/{number}/{what}");
    walk.leaves("milestone.delivered", providing.post(&milestone(1, "deliver"), json!({}))).await;
    let missing = json!({ "missing": "The end" });
    walk.leaves("milestone.not_yet", buying.post(&milestone(1, "not-yet"), missing)).await;
    providing.post(&milestone(1, "deliver"), json!({})).await.ok();
    walk.leaves("milestone.accepted", buying.post(&milestone(1, "accept"), json!({}))).await;
    for number in [2, 3] {
        let dispute = buying.post(&milestone(number, "dispute"), json!({ "reason": "No" }));
        walk.leaves("milestone.disputed", dispute).await;
        let case = providing.post(&milestone(number, "state-case"), json!({ "case": "Yes" }));
        walk.leaves("milestone.case_stated", case).await;
    }
    let split = || json!({ "to_provider": "1" });
    walk.leaves("milestone.split_offered", buying.post(&milestone(2, "offer-split"), split())).await;
    walk.leaves("milestone.resolved", providing.post(&milestone(2, "offer-split"), split())).await;
    let decided = json!({ "to_provider": "1", "to_buyer": "2", "reason": "Half" });
    walk.leaves("milestone.resolved", hub.manager().post(&milestone(3, "resolve"), decided)).await;
    let visit = json!({ "milestone": 1, "visited_on": hub.world.today(), "minutes": 5, "who": "Ann", "done": "Maths" });
    walk.leaves("commission.visited", providing.post(&format!("{path}/visits"), visit)).await;
    let varied = new_quote(json!([at("1")]));
    let varied = walk.adds("commission.variation_proposed", buying.post(&format!("{path}/quote"), varied)).await;
    walk.leaves("commission.varied", providing.post(&format!("{path}/agree"), agree(&varied))).await;
    let cancel = buying.post(&format!("{path}/cancel"), json!({ "reason": "Enough" }));
    walk.leaves("commission.cancelled", cancel).await;
    let review = buying.put(&format!("{path}/review"), json!({ "impact": "Good", "rating": 4 }));
    walk.leaves("commission.reviewed", review).await;
    for (what, kind, by) in
        [("withdraw", "commission.withdrawn", buying), ("decline", "commission.declined", providing)]
    {
        let other = buying.add("/v1/commissions", new()).await;
        walk.leaves(kind, by.post(&format!("/v1/commissions/{other}/{what}"), json!({}))).await;
    }
}
