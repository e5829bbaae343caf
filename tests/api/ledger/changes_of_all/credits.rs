//! The walk past the credits: allocated, corrected, sold, given and paid, until the year is closed.

use serde_json::json;

use super::{Walk, id};
use crate::support::{allocation, new_adjustment};

pub(super) async fn allocations(walk: &mut Walk) {
    let manager = walk.hub.manager();
    walk.leaves("year.opened", manager.post("/v1/years", json!({ "year": "2026/27" }))).await;
    let draft = |pool: &str| allocation(json!({ "pool": pool }));
    let first = walk.adds("allocation.drafted", manager.post("/v1/allocations", draft("1000"))).await;
    let path = format!("/v1/allocations/{first}");
    walk.leaves("allocation.recomputed", manager.patch(&path, "\"1\"", draft("2000"))).await;
    walk.leaves("allocation.approved", manager.post(&format!("{path}/approve"), None).header("if-match", "\"2\""))
        .await;
    let second = manager.add("/v1/allocations", draft("100")).await;
    walk.leaves(
        "allocation.discarded",
        manager.delete(&format!("/v1/allocations/{second}")).header("if-match", "\"1\""),
    )
    .await;
}

/// An approved allocation by a corrected roll, and back.
pub(super) async fn corrected(walk: &mut Walk) {
    let manager = walk.hub.manager();
    let all = manager.all("/v1/allocations").await;
    let base = all.into_iter().find(|one| one["state"] == "approved").unwrap();
    let again = format!("/v1/allocations/{}/adjustment", id(&base));
    let corrected = walk.adds("allocation.drafted", manager.post(&again, json!({ "pool": "2500" }))).await;
    let recompute =
        manager.patch(&format!("/v1/allocations/{corrected}/adjustment"), "\"1\"", json!({ "pool": "3000" }));
    walk.leaves("allocation.recomputed", recompute).await;
    manager.delete(&format!("/v1/allocations/{corrected}")).header("if-match", "\"2\"").await.is(204);
    let reverse = manager
        .post(&format!("/v1/allocations/{}/reverse", id(&base)), json!({ "reason": "Wrong" }))
        .header("if-match", "\"3\"");
    walk.leaves("allocation.reversed", reverse).await;
}

/// By hand: sales, gifts, corrections, and what takes them back.
pub(super) async fn by_hand(walk: &mut Walk) {
    let (hub, manager) = (walk.hub.clone(), walk.hub.manager());
    let (giver, giving, _) = hub.funded_school("Chiswick", "100").await;
    let (receiver, receiving, _) = hub.funded_school("Isleworth", "5").await;
    let sale = json!({ "school_id": giver.id, "amount": "5", "invoice_reference": "INV-1" });
    let sold = walk.leaves("top_up.sold", manager.post("/v1/top-ups", sale)).await;
    let reverse = format!("/v1/transactions/{}/reverse", sold["transaction_id"].as_str().unwrap());
    walk.leaves("top_up.reversed", manager.post(&reverse, json!({ "reason": "A mistake" }))).await;
    for (what, who) in [("accept", &receiving), ("decline", &receiving), ("withdraw", &giving)] {
        let gift = json!({ "to_school_id": receiver.id, "amount": "1" });
        let gift = walk.adds("transfer.offered", giving.post("/v1/transfers", gift)).await;
        let kind = ["transfer.accepted", "transfer.declined", "transfer.withdrawn"]
            .into_iter()
            .find(|kind| kind.contains(&what[..6]))
            .unwrap();
        walk.leaves(kind, who.post(&format!("/v1/transfers/{gift}/{what}"), None)).await;
    }
    let correction = || new_adjustment(&giver, "credit", "2", json!({}));
    walk.leaves("adjustment.posted", manager.post("/v1/adjustments", correction())).await;
    let settlement = walk.hub.settle("Drama Company", "60", "20").await;
    let payments = format!("/v1/settlements/{settlement}/payments");
    walk.leaves("settlement.paid", manager.post(&payments, json!({ "bank_reference": "BACS 2" }))).await;
    let (partner, _) = walk.hub.partner("Dance Company").await;
    walk.hub.owe(&partner, "5").await;
    let up_to = json!({ "up_to": walk.hub.world.today() });
    let stated = manager.post(&format!("/v1/partners/{partner}/settlements"), up_to);
    let stated = walk.adds("settlement.stated", stated).await;
    let cancelled = manager.post(&format!("/v1/settlements/{stated}/cancel"), json!({ "reason": "Wrong" }));
    walk.leaves("settlement.cancelled", cancelled).await;
    let columns = json!({ "columns": [{ "heading": "Net", "field": "net", "text": null }] });
    let columns = manager.put("/v1/purchase-ledger/columns", columns).header("if-match", "\"0\"");
    walk.leaves("hub.changed", columns).await;
    let etag = manager.get("/v1/hub").await.etag();
    manager.patch("/v1/hub", &etag, json!({ "four_eyes": true })).await.ok();
    let other = hub.another_manager().await;
    for (what, kind) in [("approve", "adjustment.posted"), ("discard", "adjustment.discarded")] {
        let proposed = walk.adds("adjustment.proposed", manager.post("/v1/adjustments", correction())).await;
        walk.leaves(kind, other.post(&format!("/v1/adjustments/{proposed}/{what}"), None)).await;
    }
    let etag = manager.get("/v1/hub").await.etag();
    let asked = manager.patch("/v1/hub", &etag, json!({ "four_eyes": false })).await;
    assert_eq!(other.patch("/v1/hub", &asked.etag(), json!({ "four_eyes": false })).await.ok()["four_eyes"], false);
}

/// The end of the year, and back.
pub(super) async fn close(walk: &mut Walk) {
    let (hub, manager) = (walk.hub.clone(), walk.hub.manager());
    hub.year("2027/28").await;
    hub.world.at("2027-09-05T09:00:00Z");
    let rule = json!({ "carry": "all", "open_holds": "follow_the_rule" });
    walk.leaves("year.closed", manager.post("/v1/years/2026-27/close", rule)).await;
    walk.leaves("year.reopened", manager.post("/v1/years/2026-27/reopen", json!({ "reason": "Too soon" }))).await;
}
