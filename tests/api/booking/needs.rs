//! Access and dietary needs: who reads them, for how long, and where they never are.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, Engine, EventPlan, TestHub, new_session, operations};

/// What is written nowhere else.
const RAMP: &str = "Step-free access, please; a marker 7f3a91";

/// Writes what somebody needs.
async fn write(who: &Client) {
    who.put("/v1/me/needs", json!({ "access": RAMP, "dietary": "Vegan" })).await.is(204);
}

/// The delegates whose needs somebody reads.
async fn read(who: &Client, event: &str) -> Vec<String> {
    let items = who.all(&format!("/v1/events/{event}/needs?limit=1")).await;
    items.iter().map(|item| item["person_id"].as_str().unwrap().to_owned()).collect()
}

async fn has_needs(who: &Client) -> bool {
    who.get("/v1/me/needs").await.ok()["written_at"] != Value::Null
}

both_engines!(
    a_person_writes_and_removes_their_own,
    an_organiser_reads_those_who_hold_a_place,
    whoever_gives_an_event_is_its_organiser,
    needs_are_purged_thirty_days_after_the_event,
    needs_without_an_event_live_thirty_days,
    no_other_answer_has_a_word_of_them,
    the_database_has_no_word_of_them,
    what_was_written_before_they_were_sealed_is_sealed_by_a_round,
    a_lost_key_is_said_and_the_rest_works,
    a_refusal_repeats_nothing_that_was_sent
);

async fn a_person_writes_and_removes_their_own(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let nothing = json!({ "access": null, "dietary": null, "written_at": null });
    assert_eq!(teacher.get("/v1/me/needs").await.ok(), nothing);
    write(&teacher).await;
    let written = teacher.get("/v1/me/needs").await;
    assert_eq!(written.ok(), json!({ "access": RAMP, "dietary": "Vegan", "written_at": hub.world.clock.now() }));
    assert_eq!(written.header("cache-control"), Some("no-store"));
    assert_eq!(lead.get("/v1/me/needs").await.ok(), nothing);
    teacher.put("/v1/me/needs", json!({ "dietary": "Halal" })).await.is(204);
    let rewritten = teacher.get("/v1/me/needs").await.ok();
    assert_eq!((&rewritten["access"], &rewritten["dietary"]), (&Value::Null, &json!("Halal")));
    lead.delete("/v1/me/needs").await.is(204);
    assert!(has_needs(&teacher).await);
    teacher.delete("/v1/me/needs").await.is(204);
    assert_eq!(teacher.get("/v1/me/needs").await.ok(), nothing);
    teacher.put("/v1/me/needs", json!({ "access": " ", "dietary": "" })).await.is(204);
    assert_eq!(teacher.get("/v1/me/needs").await.ok(), nothing, "empty words are none");
}

async fn an_organiser_reads_those_who_hold_a_place(hub: TestHub) {
    let (_, lead, holder) = hub.funded_school("Lampton Academy", "100").await;
    let (_, poor_lead, waiting) = hub.funded_school("Heston Community School", "100").await;
    let event = hub.event(EventPlan::of(2, "10")).await;
    let place = lead.book_for(&event, &holder).await.created();
    let asking = poor_lead.book_for(&event, &poor_lead).await.created();
    waiting.book(&event).await.created();
    for who in [&holder, &waiting, &poor_lead] {
        write(who).await;
    }
    let mut expected = vec![holder.id().to_owned(), poor_lead.id().to_owned()];
    expected.sort();
    assert_eq!(read(&hub.manager(), &event).await, expected, "who waits holds no place");
    let path = format!("/v1/events/{event}/needs");
    let reply = hub.manager().get(&path).await;
    let of_holder =
        reply.ok()["items"].as_array().unwrap().iter().find(|item| item["person_id"] == holder.id()).unwrap().clone();
    assert_eq!(
        of_holder,
        json!({ "person_id": holder.id(), "person_name": place["person_name"], "school_name": "Lampton Academy", "access": RAMP, "dietary": "Vegan", "unreadable": false })
    );
    assert_eq!(
        (reply.header("content-type"), reply.header("cache-control")),
        (Some("application/json"), Some("no-store"))
    );
    let table = hub.manager().get(&path).as_csv().await;
    assert_eq!(table.header("cache-control"), Some("no-store"), "{table}");
    assert!(
        table.sheet().lines().any(|line| line.ends_with(&format!(",Lampton Academy,\"{RAMP}\",Vegan,false"))),
        "{table}"
    );
    hub.viewer().await.get(&path).await.refused(403, "forbidden");
    holder.get(&path).await.refused(403, "forbidden");
    lead.get(&path).await.refused(404, "not_found");
    hub.world.hub("Another hub").await.manager().get(&path).await.refused(404, "not_found");

    holder.act(&place, "cancel").await.ok();
    let mut expected = vec![poor_lead.id().to_owned(), waiting.id().to_owned()];
    expected.sort();
    assert_eq!(read(&hub.manager(), &event).await, expected, "the line moved up");
    poor_lead.act(&asking, "cancel").await.ok();
    assert_eq!(read(&hub.manager(), &event).await, [waiting.id()]);
}

async fn whoever_gives_an_event_is_its_organiser(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (_, other_lead, _) = hub.funded_school("Heston Community School", "100").await;
    let (partner, of_partner) = hub.partner("Language Services").await;
    let (_, of_another) = hub.partner("Leadership Charity").await;
    write(&teacher).await;
    let by_school = hub.programme(json!({ "provider": { "kind": "school", "school_id": school.id } })).await;
    let by_partner = hub.programme(json!({ "provider": { "kind": "partner", "partner_id": partner } })).await;
    let (ours, theirs) = (
        hub.published_event(&by_school, json!({})).await,
        hub.published_event(&by_partner, json!({ "sessions": [new_session("2026-11-19T09:00")] })).await,
    );
    for event in [&ours, &theirs] {
        lead.book_for(event, &teacher).await.created();
        assert_eq!(read(&hub.manager(), event).await, [teacher.id()]);
    }
    for (event, may, may_not) in [
        (&ours, &lead, [&other_lead, &of_partner, &of_another]),
        (&theirs, &of_partner, [&lead, &other_lead, &of_another]),
    ] {
        assert_eq!(read(may, event).await, [teacher.id()]);
        for who in may_not {
            who.get(&format!("/v1/events/{event}/needs")).await.refused(404, "not_found");
        }
    }
}

async fn needs_are_purged_thirty_days_after_the_event(hub: TestHub) {
    let (_, lead, once) = hub.funded_school("Lampton Academy", "100").await;
    let (_, other_lead, twice) = hub.funded_school("Heston Community School", "100").await;
    let first = hub.event(EventPlan { starts_in: TimeDelta::days(10), ..EventPlan::default() }).await;
    let second = hub.event(EventPlan { starts_in: TimeDelta::days(60), ..EventPlan::default() }).await;
    lead.book_for(&first, &once).await.created();
    other_lead.book_for(&first, &twice).await.created();
    other_lead.book_for(&second, &twice).await.created();
    write(&once).await;
    write(&twice).await;
    let ends = hub.world.clock.now() + TimeDelta::days(10) + TimeDelta::hours(6);
    hub.world.clock.set(ends + TimeDelta::days(30) - TimeDelta::seconds(1));
    hub.world.round().await;
    assert_eq!(read(&hub.manager(), &first).await.len(), 2);
    hub.world.pass(TimeDelta::seconds(1));
    assert!(read(&hub.manager(), &first).await.is_empty(), "at once, whenever the round comes");
    assert_eq!(read(&hub.manager(), &second).await, [twice.id()]);
    assert!(has_needs(&once).await);
    hub.world.round().await;
    assert!(!has_needs(&once).await && has_needs(&twice).await);
    hub.world.pass(TimeDelta::days(50));
    hub.world.round().await;
    assert!(!has_needs(&twice).await);
}

async fn needs_without_an_event_live_thirty_days(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.event(EventPlan { starts_in: TimeDelta::days(90), ..EventPlan::default() }).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    write(&teacher).await;
    write(&lead).await;
    hub.world.pass(TimeDelta::days(30) - TimeDelta::seconds(1));
    write(&lead).await;
    hub.world.pass(TimeDelta::seconds(1));
    hub.world.round().await;
    assert!(has_needs(&teacher).await && has_needs(&lead).await, "one was written anew, the other's event is to come");
    teacher.act(&booking, "cancel").await.ok();
    hub.world.round().await;
    assert!(!has_needs(&teacher).await && has_needs(&lead).await);
    hub.world.pass(TimeDelta::days(30) - TimeDelta::seconds(2));
    hub.world.round().await;
    assert!(has_needs(&lead).await);
    hub.world.pass(TimeDelta::seconds(1));
    hub.world.round().await;
    assert!(!has_needs(&lead).await);
}

async fn no_other_answer_has_a_word_of_them(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.event(EventPlan::default()).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    write(&teacher).await;
    write(&teacher).await;
    let of = |operation: &str, parameter: &str| match parameter {
        "year" => "2026-27".to_owned(),
        "id" if operation.starts_with("/v1/events") => event.clone(),
        "id" if operation.starts_with("/v1/bookings") => booking["id"].as_str().unwrap().to_owned(),
        "id" if operation.starts_with("/v1/schools") => school.id.clone(),
        "id" if operation.starts_with("/v1/people") => teacher.id().to_owned(),
        _ => crate::support::nobody(),
    };
    let mut read = 0;
    for operation in operations().iter().filter(|operation| {
        let theirs = operation.path.ends_with("/needs") || operation.path == "/v1/me/data";
        operation.method == "GET" && !theirs
    }) {
        for who in [&hub.manager(), &lead, &teacher] {
            let path = operation.at(|parameter| of(&operation.path, parameter));
            for reply in [who.get(&path).await, who.get(&path).as_csv().await] {
                assert!(!reply.text().contains("7f3a91") && !reply.text().contains("Vegan"), "{reply}");
                read += usize::from(reply.status == 200);
            }
        }
    }
    assert!(read > 100, "{read} answers were read");
    let kept: Vec<(String, String)> = hub
        .world
        .db()
        .read_everywhere()
        .await
        .unwrap()
        .query("SELECT headers, body FROM idempotency_keys WHERE route LIKE '%needs%'")
        .all()
        .await
        .unwrap();
    assert!(kept.is_empty(), "{kept:?}");
}

async fn a_refusal_repeats_nothing_that_was_sent(hub: TestHub) {
    let (_, _, teacher) = hub.funded_school("Lampton Academy", "100").await;
    for (wrong, pointer, code) in [
        (json!({ "access": [RAMP] }), "/access", "wrong_type"),
        (json!({ "access": { "words": RAMP } }), "/access", "wrong_type"),
        (json!({ "access": format!("{RAMP}\u{1}") }), "/access", "invalid"),
        (json!({ "dietary": RAMP.repeat(200) }), "/dietary", "invalid"),
        (json!({ "dietary": 7391 }), "/dietary", "wrong_type"),
        (json!({ "access": RAMP, "other": 1 }), "/other", "unknown_field"),
        (json!(RAMP), "/", "wrong_type"),
    ] {
        let reply = teacher.put("/v1/me/needs", wrong).await;
        assert!(!reply.text().contains("7f3a91") && !reply.text().contains("7391"), "{reply}");
        let problem = reply.refused(400, "invalid_request");
        assert_eq!(
            (problem["errors"][0]["pointer"].as_str(), problem["errors"][0]["code"].as_str()),
            (Some(pointer), Some(code)),
            "{reply}"
        );
    }
    let torn = teacher
        .request(reqwest::Method::PUT, "/v1/me/needs")
        .body("application/json", format!("{{\"access\": \"{RAMP}"));
    let torn = torn.await;
    torn.refused(400, "malformed_json");
    assert!(!torn.text().contains("7f3a91"), "{torn}");
    assert!(!has_needs(&teacher).await);
}

/// The bytes of SQLite's file, when everything is folded into it.
async fn file(hub: &TestHub) -> Vec<u8> {
    hub.world.db().fold().await.unwrap();
    std::fs::read(hub.world.folder().join("hub-credits.db")).unwrap()
}

fn has(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|found| found == word.as_bytes())
}

async fn the_database_has_no_word_of_them(hub: TestHub) {
    let (_, _, teacher) = hub.funded_school("Lampton Academy", "100").await;
    write(&teacher).await;
    let mut tx = hub.world.db().read_everywhere().await.unwrap();
    let rows: Vec<(Option<String>, Option<String>, Vec<u8>)> = tx
        .query("SELECT access, dietary, sealed FROM needs WHERE hub_id = $1")
        .bind(hub.id.parse::<uuid::Uuid>().unwrap())
        .all()
        .await
        .unwrap();
    assert!(matches!(&rows[..], [(None, None, sealed)] if !has(sealed, "7f3a91")));
    drop(tx);
    if hub.world.engine() == Engine::Sqlite {
        assert!(!has(&file(&hub).await, "7f3a91"));
    }
}

/// Writes needs as a release of before did.
async fn in_the_clear(hub: &TestHub, person: &Client, words: &str) {
    let mut tx = hub.world.db().write_everywhere().await.unwrap();
    let (hub_id, id): (uuid::Uuid, uuid::Uuid) = (hub.id.parse().unwrap(), person.id().parse().unwrap());
    tx.query("INSERT INTO needs (hub_id, person_id, access, dietary, written_at) VALUES ($1, $2, $3, 'Vegan', $4)")
        .bind(hub_id)
        .bind(id)
        .bind(words.to_owned())
        .bind(hub.world.clock.now())
        .run()
        .await
        .unwrap()
        .exactly(1)
        .unwrap();
    tx.commit().await.unwrap();
}

async fn what_was_written_before_they_were_sealed_is_sealed_by_a_round(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let long = format!("{} {RAMP}", "Step-free access. ".repeat(400)).chars().skip(2500).collect::<String>();
    in_the_clear(&hub, &teacher, RAMP).await;
    in_the_clear(&hub, &lead, &long).await;
    if hub.world.engine() == Engine::Sqlite {
        assert!(has(&file(&hub).await, "7f3a91"));
    }
    assert_eq!(teacher.get("/v1/me/needs").await.ok()["access"], RAMP, "it is read as it is");
    hub.world.round().await;
    if hub.world.engine() == Engine::Sqlite {
        assert!(!has(&file(&hub).await, "7f3a91"), "no trace is left");
    }
    assert_eq!(teacher.get("/v1/me/needs").await.ok()["access"], RAMP);
    assert_eq!(lead.get("/v1/me/needs").await.ok()["access"], long);
}

async fn a_lost_key_is_said_and_the_rest_works(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.event(EventPlan::default()).await;
    for who in [&lead, &teacher] {
        lead.book_for(&event, who).await.created();
        write(who).await;
    }
    let mut tx = hub.world.db().write_everywhere().await.unwrap();
    let (hub_id, id): (uuid::Uuid, uuid::Uuid) = (hub.id.parse().unwrap(), teacher.id().parse().unwrap());
    tx.query("UPDATE needs SET sealed = $3, sealed_with = $3 WHERE hub_id = $1 AND person_id = $2")
        .bind(hub_id)
        .bind(id)
        .bind(vec![7_u8; 64])
        .run()
        .await
        .unwrap()
        .exactly(1)
        .unwrap();
    tx.commit().await.unwrap();
    let problem = teacher.get("/v1/me/needs").await.refused(503, "unavailable");
    assert!(problem["detail"].as_str().unwrap().contains("key file"), "{problem}");
    let items = hub.manager().all(&format!("/v1/events/{event}/needs")).await;
    for item in &items {
        let lost = item["person_id"] == teacher.id();
        assert_eq!((&item["unreadable"], item["access"].is_null()), (&json!(lost), lost));
    }
    assert_eq!(items.len(), 2);
    hub.world.round().await;
    write(&teacher).await;
    assert_eq!(teacher.get("/v1/me/needs").await.ok()["access"], RAMP, "written anew, it is there");
}
