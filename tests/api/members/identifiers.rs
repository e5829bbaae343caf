//! `/v1/schools/{id}/identifiers`, and finding schools by the numbers that they had.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, School, TestHub, World, nobody};

fn path(school: &School) -> String {
    format!("/v1/schools/{}/identifiers", school.id)
}

async fn becomes(manager: &Client, school: &School, urn: &str, from: &str) -> Value {
    manager.post(&path(school), json!({ "scheme": "urn", "value": urn, "from": from })).await.created()
}

/// Scheme, value, from and until of each.
async fn numbers(manager: &Client, school: &School) -> Vec<[Value; 4]> {
    let all = manager.all(&format!("{}?limit=1", path(school))).await;
    all.iter().map(|one| ["scheme", "value", "from", "until"].map(|field| one[field].clone())).collect()
}

async fn found(manager: &Client, urn: &str) -> Vec<(Value, Value)> {
    let all = manager.all(&format!("/v1/schools?urn={urn}")).await;
    all.iter().map(|school| (school["name"].clone(), school["found_by"].clone())).collect()
}

async fn pupils(manager: &Client, school: &School) -> Vec<(Value, Value)> {
    let rolls = manager.all(&format!("/v1/schools/{}/rolls", school.id)).await;
    rolls.iter().map(|roll| (roll["census_date"].clone(), roll["pupils"].clone())).collect()
}

both_engines!(
    a_school_that_becomes_an_academy_gets_a_new_urn_from_a_day,
    rolls_are_of_the_school_that_had_the_urn_on_the_census,
    at_any_one_time_a_number_is_one_schools,
    a_wrong_number_or_day_is_refused,
    each_role_does_what_it_may,
    a_urn_that_was_recorded_wrongly_is_mended
);

async fn a_school_that_becomes_an_academy_gets_a_new_urn_from_a_day(hub: TestHub) {
    let (manager, school) = (hub.manager(), hub.school("Lampton").await);
    let etag = manager.get(&format!("/v1/schools/{}", school.id)).await.etag();
    let new = becomes(&manager, &school, "900001", "2026-09-01").await;
    assert_eq!((&new["value"], &new["from"], &new["until"]), (&json!("900001"), &json!("2026-09-01"), &json!(null)));
    becomes(&manager, &school, "900002", "2026-10-05").await;
    manager.post(&path(&school), json!({ "scheme": "ukprn", "value": "10031234" })).await.created();
    let urn =
        |value: &str, from: Option<&str>, until: Option<&str>| [json!("urn"), json!(value), json!(from), json!(until)];
    assert_eq!(
        numbers(&manager, &school).await,
        [
            [json!("ukprn"), json!("10031234"), json!(null), json!(null)],
            urn(&school.urn, None, Some("2026-09-01")),
            urn("900001", Some("2026-09-01"), Some("2026-10-05")),
            urn("900002", Some("2026-10-05"), None),
        ]
    );
    let seen = manager.get(&format!("/v1/schools/{}", school.id)).await;
    assert_eq!(seen.ok()["urn"], "900002");
    manager.patch(&format!("/v1/schools/{}", school.id), &etag, json!({ "name": "X" })).await.refused(412, "stale");
    for (number, from, until) in [
        (school.urn.as_str(), None, Some("2026-09-01")),
        ("900001", Some("2026-09-01"), Some("2026-10-05")),
        ("900002", Some("2026-10-05"), None),
    ] {
        assert_eq!(
            found(&manager, number).await,
            [(json!("Lampton"), json!({ "urn": number, "from": from, "until": until }))]
        );
    }
    assert!(found(&manager, "900003").await.is_empty());
    assert_eq!(manager.all("/v1/schools").await[0].get("found_by"), None);
    let table = manager.get(&path(&school)).as_csv().await.sheet();
    assert!(
        table.starts_with("scheme,value,from,until,recorded_at,recorded_by,recorded_by_name\r\nukprn,10031234,,,"),
        "{table}"
    );
    hub.verified().await;
}

async fn rolls_are_of_the_school_that_had_the_urn_on_the_census(hub: TestHub) {
    let (manager, school) = (hub.manager(), hub.school("Lampton").await);
    becomes(&manager, &school, "900001", "2026-09-01").await;
    let import = |query: &str, file: String| manager.post(&format!("/v1/rolls/import?{query}"), None).csv(file);
    import("", format!("urn,pupils,census_date\n{},900,2026-01-15\n900001,950,2026-10-01\n", school.urn)).await.ok();
    assert_eq!(pupils(&manager, &school).await, [(json!("2026-10-01"), json!(950)), (json!("2026-01-15"), json!(900))]);
    let file =
        format!("urn,pupils,census_date\n{},1,2026-10-01\n900001,2,2026-01-15\n900007,3,2026-01-15\n", school.urn);
    let refused = import("", file).await.refused(400, "invalid_file");
    let told: Vec<_> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("line 2, column \"urn\"", "former_urn"),
            ("line 3, column \"urn\"", "former_urn"),
            ("line 4, column \"urn\"", "unknown_school")
        ]
    );
    let detail = refused["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("Lampton's until 2026-09-01; its URN now is 900001"), "{detail}");

    // A file of schools as they were, and as they are.
    let schools = |file: String| manager.post("/v1/schools/import?census_date=2026-01-15", None).csv(file);
    assert_eq!(schools(format!("urn,name,pupils\n{},Lampton,901\n", school.urn)).await.ok()["unchanged"], 1);
    assert_eq!(schools("urn,name,pupils\n900001,Lampton Academy,902\n".to_owned()).await.ok()["updated"], 1);
    assert_eq!(pupils(&manager, &school).await[1], (json!("2026-01-15"), json!(902)));
    let refused = schools(format!("urn,name,pupils\n900001,Lampton,903\n{},Lampton,904\n", school.urn))
        .await
        .refused(400, "invalid_file");
    assert_eq!(
        (refused["errors"].as_array().unwrap().len(), &refused["errors"][0]["code"]),
        (1, &json!("duplicate_row"))
    );
    let refused = manager
        .post("/v1/schools/import", None)
        .csv(format!("urn,name\n{},Lampton\n", school.urn))
        .await
        .refused(400, "invalid_file");
    assert_eq!(refused["errors"][0]["code"], "former_urn");
    assert_eq!(manager.all("/v1/schools").await.len(), 1);
}

async fn at_any_one_time_a_number_is_one_schools(world: World) {
    let (west, south) = (world.hub("West").await, world.hub("South").await);
    let (manager, abbey, bourne) = (west.manager(), west.school("Abbey").await, west.school("Bourne").await);
    becomes(&manager, &abbey, "900001", "2026-09-01").await;
    let number =
        |scheme: &str, value: &str, from: Option<&str>| json!({ "scheme": scheme, "value": value, "from": from });
    manager.post(&path(&bourne), number("urn", "900001", Some("2026-09-02"))).await.refused(409, "duplicate");
    manager.post(&path(&bourne), number("urn", &abbey.urn, Some("2026-08-31"))).await.refused(409, "duplicate");
    let taken = json!({ "urn": abbey.urn, "name": "Chase", "phase": "primary" });
    manager.post("/v1/schools", taken).await.refused(409, "duplicate");
    let etag = manager.get(&format!("/v1/schools/{}", bourne.id)).await.etag();
    manager
        .patch(&format!("/v1/schools/{}", bourne.id), &etag, json!({ "urn": abbey.urn }))
        .await
        .refused(409, "duplicate");
    assert_eq!(numbers(&manager, &bourne).await, [[json!("urn"), json!(bourne.urn), json!(null), json!(null)]]);
    // Free from the day on which the other had it no more.
    becomes(&manager, &bourne, &abbey.urn, "2026-09-01").await;
    assert_eq!(found(&manager, &abbey.urn).await.len(), 2);
    // Another hub's schools are another matter.
    let theirs = south.school("Abbey").await;
    becomes(&south.manager(), &theirs, "900001", "2026-09-01").await;
    west.verified().await;
    south.verified().await;
}

async fn a_wrong_number_or_day_is_refused(hub: TestHub) {
    let (manager, school) = (hub.manager(), hub.school("Lampton").await);
    let number = |scheme: &str, value: &str, from: Option<&str>| {
        manager.post(&path(&school), json!({ "scheme": scheme, "value": value, "from": from }))
    };
    for (scheme, value) in [("urn", "12345"), ("urn", "1234567"), ("ukprn", "20031234"), ("laestab", "313/4009")] {
        number(scheme, value, Some("2026-09-01")).await.invalid(&[("/value", "invalid")]);
    }
    number("urn", "900001", None).await.invalid(&[("/from", "invalid")]);
    number("urn", "900001", Some("2026-10-06")).await.invalid(&[("/from", "invalid")]);
    number("urn", &school.urn, Some("2026-10-01")).await.refused(409, "duplicate");
    number("urn", "900001", Some("2026-09-01")).await.created();
    for day in ["2026-09-01", "2026-08-31"] {
        number("urn", "900002", Some(day)).await.invalid(&[("/from", "invalid")]);
    }
    number("urns", "", Some("2026-13-01")).await.invalid(&[
        ("/scheme", "invalid"),
        ("/value", "invalid"),
        ("/from", "invalid"),
    ]);
    manager
        .post(&path(&school), json!({ "value": "900002", "until": "2027-01-01" }))
        .await
        .invalid(&[("/until", "unknown_field"), ("/scheme", "missing")]);
    manager
        .post(
            &format!("/v1/schools/{}/identifiers", nobody()),
            json!({ "scheme": "urn", "value": "900009", "from": "2026-09-01" }),
        )
        .await
        .refused(404, "not_found");
    assert_eq!(numbers(&manager, &school).await.len(), 2);
    manager.get("/v1/schools?urn=12").await.invalid(&[("urn", "invalid")]);
}

async fn each_role_does_what_it_may(world: World) {
    let (west, south) = (world.hub("West").await, world.hub("South").await);
    let school = west.school("Lampton").await;
    let new = json!({ "scheme": "urn", "value": "900001", "from": "2026-09-01" });
    for reader in [west.viewer().await, west.lead(&school).await, west.teacher(&school).await] {
        assert_eq!(reader.all(&path(&school)).await.len(), 1);
        reader.post(&path(&school), new.clone()).await.refused(403, "forbidden");
    }
    south.manager().get(&path(&school)).await.refused(404, "not_found");
    south.manager().post(&path(&school), new.clone()).await.refused(404, "not_found");
    world.stranger().get(&path(&school)).await.refused(401, "unauthorized");
    world.operator().post(&path(&school), new).await.refused(403, "forbidden");
}

async fn a_urn_that_was_recorded_wrongly_is_mended(hub: TestHub) {
    let (manager, school) = (hub.manager(), hub.school("Lampton").await);
    becomes(&manager, &school, "900001", "2026-09-01").await;
    let address = format!("/v1/schools/{}", school.id);
    let etag = manager.get(&address).await.etag();
    assert_eq!(manager.patch(&address, &etag, json!({ "urn": "900010" })).await.ok()["urn"], "900010");
    assert_eq!(numbers(&manager, &school).await[1][1], "900010");
    assert!(found(&manager, "900001").await.is_empty());
}
