//! `/v1/audit`: who did what, when and from where; what stays, what goes, and what is not in it.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, PASSWORD, TestHub, World, operation_of};

both_engines!(
    a_write_is_recorded_as_it_is_done,
    a_refusal_is_recorded_and_changes_nothing,
    signing_in_and_out_is_recorded,
    what_a_key_does_is_recorded_as_its_own,
    a_file_is_recorded_before_it_is_sent,
    bookings_are_told_of_by_the_changes,
    it_is_searched_by_what_is_known,
    a_record_is_found_by_what_was_done_to_it,
    an_address_that_is_confirmed_is_recorded,
    no_value_that_was_sent_is_in_it,
    it_is_for_the_hub_alone,
    it_is_kept_as_long_as_the_hub_says,
    no_statement_changes_it
);

impl TestHub {
    /// The records, the newest first, once those of refusals are written too.
    async fn audit(&self, query: &str) -> Vec<Value> {
        self.manager().all(&format!("/v1/audit{query}")).await
    }

    /// The records, once there are so many.
    async fn audit_of(&self, query: &str, count: usize) -> Vec<Value> {
        for _ in 0..100 {
            let found = self.audit(query).await;
            if found.len() >= count {
                return found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{query}: there are not {count} records: {:#?}", self.audit("").await);
    }
}

async fn a_write_is_recorded_as_it_is_done(hub: TestHub) {
    let (manager, at) = (hub.manager(), hub.world.clock.now());
    let new = json!({ "name": "Hamilton" });
    let made =
        manager.post("/v1/partners", new).header("user-agent", "Finance/1.0").header("x-request-id", "req-12345678");
    let made = made.await.created();
    let record = hub.audit("").await.remove(0);
    assert_eq!(
        (&record["act"], &record["outcome"], &record["person_id"], &record["address"], &record["agent"]),
        (&json!("POST /v1/partners"), &json!("done"), &json!(manager.id()), &json!("127.0.0.1"), &json!("Finance/1.0"))
    );
    assert_eq!(record["target"], format!("/v1/partners/{}", made["id"].as_str().unwrap()));
    assert_eq!((&record["request_id"], &record["detail"]), (&json!("req-12345678"), &Value::Null));
    assert_eq!(record["recorded_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap(), at);
    // What was refused for another reason has left no record, and what was answered again only one.
    let count = hub.audit("").await.len();
    manager.post("/v1/partners", json!({})).await.refused(400, "invalid_request");
    for _ in 0..2 {
        manager.post("/v1/partners", json!({ "name": "Lingua" })).key("the-same").await.created();
    }
    assert_eq!(hub.audit("").await.len(), count + 1);
    let founded = hub.audit("?act=hub_founded").await;
    assert_eq!((founded.len(), &founded[0]["person_id"]), (1, &Value::Null));
    hub.another_manager().await;
    assert_eq!(hub.audit("?act=manager_named").await.len(), 1);
}

async fn a_refusal_is_recorded_and_changes_nothing(hub: TestHub) {
    let (school, manager) = (hub.school("Lampton").await, hub.manager());
    let teacher = hub.teacher(&school).await;
    teacher.get("/v1/people?role=teacher").await.refused(403, "forbidden");
    let record = hub.audit_of("?outcome=refused", 1).await.remove(0);
    assert_eq!(
        (&record["act"], &record["person_id"], &record["detail"], &record["target"]),
        (&json!("GET /v1/people"), &json!(teacher.id()), &json!("forbidden"), &json!("/v1/people"))
    );
    manager.post(&format!("/v1/people/{}/disable", teacher.id()), None).await.ok();
    teacher.get("/v1/me").await.refused(401, "person_disabled");
    let records = hub.audit_of(&format!("?outcome=refused&person_id={}", teacher.id()), 2).await;
    assert_eq!((records.len(), &records[0]["detail"]), (2, &json!("person_disabled")));
    // A stranger is nobody's matter but the log's.
    hub.world.stranger().get("/v1/me").await.refused(401, "unauthorized");
    hub.world.operator().get("/v1/me").await.refused(403, "forbidden");
    teacher.get("/v1/me").await.refused(401, "person_disabled");
    assert_eq!(hub.audit_of("?outcome=refused", 3).await.len(), 3);
}

async fn signing_in_and_out_is_recorded(hub: TestHub) {
    let viewer = hub.viewer().await;
    let (email, signed_in) = hub.joins(&viewer).await;
    let joined = hub.audit("?act=sign_in").await.remove(0);
    assert_eq!((&joined["outcome"], &joined["detail"]), (&json!("done"), &json!("invitation")));
    assert_eq!((&joined["person_id"], &joined["address"]), (&json!(viewer.id()), &json!("127.0.0.1")));
    assert!(joined["login_id"].is_string() && joined["session_id"].is_string(), "{joined}");
    let stranger = hub.world.stranger();
    hub.world.sign_in(&email, "another password", json!({})).await.refused(401, "sign_in_failed");
    hub.world.sign_in("nobody@hub.example", PASSWORD, json!({})).await.refused(401, "sign_in_failed");
    let code = json!({ "email": email, "code": "000000" });
    stranger.post("/v1/auth/codes/sign-in", code).await.refused(401, "sign_in_failed");
    let failed = hub.audit_of("?act=sign_in&outcome=failed", 2).await;
    assert_eq!(failed.len(), 2, "nobody's is in no hub's");
    for record in failed {
        assert_eq!((&record["person_id"], &record["detail"]), (&json!(viewer.id()), &json!("sign_in_failed")));
    }
    hub.world.go_on(&signed_in.refresh(), json!({})).await.ok();
    hub.world.go_on(&signed_in.refresh(), json!({})).await.refused(401, "session_ended");
    assert_eq!(hub.audit("?act=refresh&outcome=failed").await.len(), 1);
    let again = hub.world.sign_in(&email, PASSWORD, json!({})).await.ok();
    stranger.post("/v1/auth/logout", json!({ "refresh_token": again["refresh_token"] })).await.is(204);
    let out = hub.audit("?act=sign_out").await;
    assert_eq!((out.len(), &out[0]["person_id"]), (1, &json!(viewer.id())));
    assert!(out[0]["session_id"].is_string());
}

async fn what_a_key_does_is_recorded_as_its_own(hub: TestHub) {
    let (manager, new) = (hub.manager(), json!({ "name": "Finance", "scope": "read", "days": 1 }));
    let made = manager.post("/v1/api-keys", new).no_key().await.created();
    let program = hub.world.stranger().with_token(made["secret"].as_str().unwrap());
    program.post("/v1/partners", json!({ "name": "Hamilton" })).await.refused(403, "scope_missing");
    let record = hub.audit_of("?outcome=refused", 1).await.remove(0);
    assert_eq!((&record["key_id"], &record["person_id"]), (&made["api_key"]["id"], &json!(manager.id())));
}

async fn a_file_is_recorded_before_it_is_sent(hub: TestHub) {
    let manager = hub.manager();
    manager.get("/v1/people").await.ok();
    assert!(hub.audit("?act=GET%20/v1/people").await.is_empty(), "a page that is read is no export");
    manager.get("/v1/people").as_csv().await.sheet();
    let record = hub.audit("?act=GET%20/v1/people").await.remove(0);
    assert_eq!((&record["outcome"], &record["detail"]), (&json!("done"), &json!("text/csv")));
    assert_eq!(manager.get("/v1/ledger/export?format=jsonl").await.status, 200);
    assert_eq!(hub.audit("?act=GET%20/v1/ledger/export").await.len(), 1);
}

async fn bookings_are_told_of_by_the_changes(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.published_event(&hub.programme(json!({})).await, json!({})).await;
    let before = hub.audit("").await.len();
    let booking = lead.book_for(&event, &teacher).await.created();
    lead.act(&booking, "cancel").await.ok();
    assert_eq!(hub.audit("").await.len(), before);
}

async fn it_is_searched_by_what_is_known(hub: TestHub) {
    let (manager, viewer) = (hub.manager(), hub.viewer().await);
    for n in 0..5 {
        hub.world.pass(TimeDelta::minutes(1));
        manager.post("/v1/priorities", json!({ "name": format!("Priority {n}") })).await.created();
    }
    let act = "act=POST%20/v1/priorities";
    let all = hub.audit(&format!("?{act}")).await;
    assert_eq!(all.len(), 5);
    assert!(all.is_sorted_by(|later, earlier| later["recorded_at"].as_str() >= earlier["recorded_at"].as_str()));
    let (from, until) = (all[3]["recorded_at"].as_str().unwrap(), all[1]["recorded_at"].as_str().unwrap());
    assert_eq!(hub.audit(&format!("?{act}&from={from}&until={until}")).await, all[2..=3]);
    assert_eq!(hub.audit(&format!("?{act}&limit=2")).await.len(), 5, "page by page");
    assert_eq!(hub.audit(&format!("?{act}&person_id={}", manager.id())).await.len(), 5);
    assert_eq!(hub.audit(&format!("?{act}&person_id={}&address=127.0.0.1", manager.id())).await.len(), 5);
    assert_eq!(hub.audit(&format!("?{act}&address=127.0.0.1&outcome=done")).await.len(), 5);
    for none in [
        format!("?{act}&outcome=refused"),
        format!("?{act}&address=::1"),
        format!("?person_id={}", viewer.id()),
        format!("?{act}&person_id={}&address=203.0.113.9", manager.id()),
    ] {
        assert!(hub.audit(&none).await.is_empty(), "{none}");
    }
    manager.get("/v1/audit?address=here").await.invalid(&[("address", "invalid")]);
    manager.get("/v1/audit?outcome=well").await.invalid(&[("outcome", "invalid")]);
    let table = manager.get(&format!("/v1/audit?{act}")).as_csv().await.sheet();
    assert_eq!(table.lines().count(), 6);
    assert!(table.contains("Mary Manager"), "{table}");
}

async fn a_record_is_found_by_what_was_done_to_it(world: World) {
    let (hub, other) = (world.hub("West London").await, world.hub("South London").await);
    let (manager, viewer, another) = (hub.manager(), hub.viewer().await, hub.viewer().await);
    let id = viewer.id();
    manager.post(&format!("/v1/people/{id}/disable"), None).await.ok();
    // However an id is written in a path, it is the same record's.
    let written = format!("%{:02x}{}", id.as_bytes()[0], &id[1..].to_uppercase());
    manager.post(&format!("/v1/people/{written}/enable"), None).await.ok();
    another.post(&format!("/v1/people/{id}/disable"), None).await.refused(403, "forbidden");
    let all = hub.audit_of(&format!("?target={id}"), 4).await;
    let acts: Vec<&str> = all.iter().map(|record| record["act"].as_str().unwrap()).collect();
    let [disable, enable] = ["POST /v1/people/{id}/disable", "POST /v1/people/{id}/enable"];
    assert_eq!(acts, [disable, enable, disable, "POST /v1/people"]);
    assert_eq!(all[1]["target"], format!("/v1/people/{id}/enable"));
    for (query, found) in [
        (format!("?target=/v1/people/{id}"), 4),
        (format!("?target=/v1/people/{id}/enable&limit=1"), 4),
        (format!("?target={}", id.to_uppercase()), 4),
        (format!("?target={id}&outcome=refused"), 1),
        (format!("?target={id}&person_id={}", manager.id()), 3),
        (format!("?target={id}&person_id={}&address=127.0.0.1", another.id()), 1),
        (format!("?target={id}&address=::1"), 0),
        (format!("?target={}", another.id()), 1),
        (format!("?target={}", manager.id()), 1),
    ] {
        assert_eq!(hub.audit(&query).await.len(), found, "{query}");
    }
    assert!(other.audit(&format!("?target={id}")).await.is_empty(), "another hub's");
    for wrong in ["/v1/people", "x", "0190"] {
        manager.get(&format!("/v1/audit?target={wrong}")).await.invalid(&[("target", "invalid")]);
    }
}

async fn an_address_that_is_confirmed_is_recorded(hub: TestHub) {
    let teacher = hub.teacher(&hub.school("Lampton").await).await;
    teacher.post("/v1/me/email", json!({ "email": "another@hub.example" })).await.is(202);
    let link = hub.manager().post(&format!("/v1/people/{}/email/link", teacher.id()), None).await.created();
    hub.world.stranger().post(&hub.world.path_of(&link["link"]), None).no_key().await.ok();
    let record = hub.audit("?act=address_confirmed").await.remove(0);
    assert_eq!(
        (&record["person_id"], &record["target"], &record["address"]),
        (&json!(teacher.id()), &json!(format!("/v1/people/{}", teacher.id())), &json!("127.0.0.1"))
    );
    let link = link["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    assert!(!Value::from(hub.audit("").await).to_string().contains(&link));
}

async fn no_value_that_was_sent_is_in_it(hub: TestHub) {
    let (manager, viewer) = (hub.manager(), hub.viewer().await);
    let invited = manager.post(&format!("/v1/people/{}/invite", viewer.id()), None).no_key().await.created();
    let link = operation_of(&invited["link"]);
    let secret = link.rsplit('/').next().unwrap();
    hub.world.stranger().post(&link, None).no_key().await.ok();
    viewer.put("/v1/me/needs", json!({ "access": "Zvneeds" })).await.is(204);
    manager.get("/v1/people?text=Zvquery").as_csv().await.sheet();
    let calendar = viewer.post("/v1/me/calendar", None).no_key().await.created();
    let calendar =
        calendar["bookings_url"].as_str().unwrap().rsplit('/').next().unwrap().trim_end_matches(".ics").to_owned();
    let all = hub.audit("").await;
    assert!(all.iter().any(|record| record["act"] == "PUT /v1/me/needs"));
    assert!(all.iter().any(|record| record["act"] == "POST /v1/me/calendar"));
    let text = Value::from(all).to_string();
    for value in [secret, "Zvneeds", "Zvquery", calendar.as_str(), manager.token()] {
        assert!(!text.contains(value), "{value} is in the audit");
    }
}

async fn it_is_for_the_hub_alone(world: World) {
    let (hub, other) = (world.hub("West London").await, world.hub("South London").await);
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "0").await;
    for who in [lead, teacher, hub.partner("Hamilton").await.1] {
        who.get("/v1/audit").await.refused(403, "forbidden");
    }
    // What was refused is noted after its answer.
    let done = |all: Vec<Value>| all.into_iter().filter(|record| record["outcome"] == "done").collect::<Vec<_>>();
    let viewer = hub.viewer().await;
    assert_eq!(done(viewer.all("/v1/audit").await), done(hub.audit("").await));
    assert!(!hub.audit("").await.is_empty());
    let of_other = Value::from(other.audit("").await).to_string();
    assert!(!of_other.contains(hub.manager().id()));
}

async fn it_is_kept_as_long_as_the_hub_says(hub: TestHub) {
    let (world, manager) = (&hub.world, hub.manager());
    let set = async |days: i64| {
        let tag = manager.get("/v1/hub").await.etag();
        manager.patch("/v1/hub", &tag, json!({ "audit_days": days })).await
    };
    assert_eq!(manager.get("/v1/hub").await.ok()["audit_days"], 730);
    for wrong in [89, 3651, 0] {
        set(wrong).await.invalid(&[("/audit_days", "invalid")]);
    }
    manager.post("/v1/priorities", json!({ "name": "Then" })).await.created();
    assert_eq!(set(100).await.ok()["audit_days"], 100);
    world.pass(TimeDelta::days(100));
    manager.post("/v1/priorities", json!({ "name": "Later" })).await.created();
    world.round().await;
    assert_eq!(hub.audit("?act=POST%20/v1/priorities").await.len(), 2, "a hundred days are not over yet");
    world.pass(TimeDelta::days(2));
    world.round().await;
    let left = hub.audit("?act=POST%20/v1/priorities").await;
    assert_eq!(left.len(), 1, "{left:?}");
    let purged = hub.audit("?act=audit_purged").await;
    assert_eq!((purged.len(), &purged[0]["target"]), (1, &json!("100 days")));
    world.round().await;
    assert_eq!(hub.audit("?act=audit_purged").await.len(), 1);
    hub.verified().await;
}

async fn no_statement_changes_it(hub: TestHub) {
    let manager: Client = hub.manager();
    manager.post("/v1/priorities", json!({ "name": "Then" })).await.created();
    let id: uuid::Uuid = hub.id.parse().unwrap();
    for statement in ["UPDATE audit SET act = 'nothing' WHERE hub_id = $1", "DELETE FROM audit WHERE hub_id = $1"] {
        let mut tx = hub.world.db().write_everywhere().await.unwrap();
        let refused = tx.query(statement).bind(id).run().await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{statement}: {refused}");
        tx.rollback().await.unwrap();
    }
    assert!(!hub.audit("").await.is_empty());
}
