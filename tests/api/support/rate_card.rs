//! `/v1/rate-card`: the hub's rates by kind of specialist, and its part of a commission.

use hub_credits::base::ids::HubId;
use hub_credits::support::rate_card::current;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{TestHub, rate_card, with};

both_engines!(the_manager_sets_it_and_everybody_reads_it, what_makes_no_sense_is_refused_by_name);

async fn the_manager_sets_it_and_everybody_reads_it(hub: TestHub) {
    let school = hub.school("Lampton Academy").await;
    let (lead, teacher, viewer) = (hub.lead(&school).await, hub.teacher(&school).await, hub.viewer().await);
    let (_, partner) = hub.partner("Drama Company").await;
    let empty = lead.get("/v1/rate-card").await;
    assert_eq!(empty.etag(), "\"0\"");
    assert_eq!(empty.ok(), json!({ "lines": [], "brokerage": null, "borne_by": "provider", "changed_at": null }));
    for who in [&lead, &teacher, &viewer, &partner] {
        who.put("/v1/rate-card", rate_card()).header("if-match", "\"0\"").await.refused(403, "forbidden");
    }
    let manager = hub.manager();
    manager.put("/v1/rate-card", rate_card()).await.refused(428, "if_match_required");
    let set = manager.put("/v1/rate-card", rate_card()).header("if-match", "\"0\"").await;
    assert_eq!(
        (set.ok(), set.etag().as_str()),
        (with(rate_card(), json!({ "changed_at": hub.world.clock.now() })), "\"1\"")
    );
    for who in [&lead, &teacher, &viewer, &partner] {
        assert_eq!(who.get("/v1/rate-card").await.ok(), set.ok());
    }
    manager.put("/v1/rate-card", rate_card()).header("if-match", "\"0\"").await.refused(412, "stale");
    // In another order, without brokerage.
    let lines: Vec<Value> = rate_card()["lines"].as_array().unwrap().iter().rev().cloned().collect();
    let next = json!({ "lines": lines, "brokerage": { "share": "0", "of": "100" }, "borne_by": "buyer" });
    let set = manager.put("/v1/rate-card", next).header("if-match", "\"1\"").await.ok();
    assert_eq!((&set["lines"], &set["brokerage"], &set["borne_by"]), (&json!(lines), &Value::Null, &json!("buyer")));
    let told = manager.get("/v1/changes?kind=rate_card.changed").await.ok();
    assert_eq!(told["items"].as_array().unwrap().len(), 2);
    let mut tx = hub.world.db().read_everywhere().await.unwrap();
    assert_eq!(current(&mut tx, HubId(hub.id.parse().unwrap())).await.unwrap().version, 2);
    // Of two at once one is stale.
    let put = async || manager.put("/v1/rate-card", rate_card()).header("if-match", "\"2\"").await.status;
    let (one, two) = tokio::join!(put(), put());
    assert_eq!(one.min(two)..=one.max(two), 200..=412);
    let elsewhere = hub.world.hub("South London").await;
    assert_eq!(elsewhere.manager().get("/v1/rate-card").await.ok()["lines"], json!([]));
}

async fn what_makes_no_sense_is_refused_by_name(hub: TestHub) {
    let refused = async |over: Value, expected: &[(&str, &str)]| {
        let put = hub.manager().put("/v1/rate-card", with(rate_card(), over)).header("if-match", "\"0\"");
        put.await.invalid(expected);
    };
    let line =
        |kind: &str, full: &str, half: &str| json!({ "specialist_kind": kind, "full_day": full, "half_day": half });
    refused(
        json!({ "lines": [line("Élan", "1", "1"), line("ELAN", "1", "1")] }),
        &[("/lines/1/specialist_kind", "duplicate")],
    )
    .await;
    refused(json!({ "lines": [line("A", "1", "2")] }), &[("/lines/0/half_day", "invalid")]).await;
    refused(json!({ "lines": [line("A", "1000000.01", "2")] }), &[("/lines/0/full_day", "invalid")]).await;
    refused(
        json!({ "lines": [line("", "0", "-1")] }),
        &[("/lines/0/specialist_kind", "invalid"), ("/lines/0/full_day", "invalid"), ("/lines/0/half_day", "invalid")],
    )
    .await;
    let many: Vec<Value> = (0..101).map(|n| line(&format!("Kind {n}"), "1", "1")).collect();
    refused(json!({ "lines": many }), &[("/lines", "invalid")]).await;
    for share in ["350", "351"] {
        refused(json!({ "brokerage": { "share": share, "of": "350" } }), &[("/brokerage/share", "invalid")]).await;
    }
    refused(json!({ "brokerage": { "share": "1" } }), &[("/brokerage/of", "missing")]).await;
    refused(json!({ "borne_by": "nobody" }), &[("/borne_by", "invalid")]).await;
    assert_eq!(hub.manager().get("/v1/rate-card").await.etag(), "\"0\"", "what was refused changed nothing");
}
