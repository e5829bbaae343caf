//! `/v1/schools/{id}/rolls` and `/v1/rolls/import`.

use hub_credits::base::ids::HubId;
use hub_credits::base::year::AcademicYear;
use hub_credits::members::schools::on_roll;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{School, TestHub, World, nobody};

fn rolls_of(school: &School) -> String {
    format!("/v1/schools/{}/rolls", school.id)
}

/// Census date, revision and pupils of each.
fn told(rolls: &[Value]) -> Vec<(&str, i64, i64)> {
    let number = |roll: &Value, field: &str| roll[field].as_i64().unwrap();
    rolls
        .iter()
        .map(|roll| (roll["census_date"].as_str().unwrap(), number(roll, "revision"), number(roll, "pupils")))
        .collect()
}

both_engines!(
    a_correction_is_a_new_revision_and_the_same_number_is_none,
    a_lead_reads_their_own_schools_rolls_and_a_teacher_none,
    numbers_and_dates_are_bounded,
    a_file_of_rolls_is_all_or_nothing,
    a_school_of_another_hub_is_unknown_to_a_file,
    a_year_counts_its_members_with_their_newest_roll
);

async fn a_correction_is_a_new_revision_and_the_same_number_is_none(hub: TestHub) {
    let (manager, school) = (hub.manager(), hub.school("Lampton").await);
    let record =
        |date: &str, pupils: i64| manager.post(&rolls_of(&school), json!({ "census_date": date, "pupils": pupils }));
    let first = record("2023-01-19", 1522).await.created();
    assert_eq!(
        (&first["revision"], &first["pupils"], &first["recorded_by"]),
        (&json!(1), &json!(1522), &json!(manager.id()))
    );
    assert_eq!(record("2023-01-19", 1522).await.ok(), first);
    assert_eq!(record("2023-01-19", 1523).await.created()["revision"], 2);
    assert_eq!(record("2023-01-19", 1522).await.created()["revision"], 3);
    assert_eq!(record("2024-01-18", 0).await.created()["revision"], 1);
    let expected = [("2024-01-18", 1, 0), ("2023-01-19", 3, 1522), ("2023-01-19", 2, 1523), ("2023-01-19", 1, 1522)];
    for limit in [1, 3, 50] {
        assert_eq!(told(&manager.all(&format!("{}?limit={limit}", rolls_of(&school))).await), expected);
    }
    let table = manager.get(&rolls_of(&school)).as_csv().await.sheet();
    assert!(
        table.starts_with(
            "school_id,school_name,census_date,revision,pupils,recorded_at,recorded_by,recorded_by_name\r\n"
        ),
        "{table}"
    );
    assert_eq!(table.lines().count(), 5);
}

async fn a_lead_reads_their_own_schools_rolls_and_a_teacher_none(world: World) {
    let (west, south) = (world.hub("West").await, world.hub("South").await);
    let (school, other) = (west.school("Lampton").await, west.school("Abbey").await);
    let roll = json!({ "census_date": "2023-01-19", "pupils": 1522 });
    west.manager().post(&rolls_of(&school), roll.clone()).await.created();
    let (lead, teacher) = (west.lead(&school).await, west.teacher(&school).await);
    for reader in [west.viewer().await, lead.clone()] {
        assert_eq!(told(&reader.all(&rolls_of(&school)).await), [("2023-01-19", 1, 1522)]);
        reader.post(&rolls_of(&school), roll.clone()).await.refused(403, "forbidden");
        reader.post("/v1/rolls/import", None).csv("urn,pupils,census_date\n").await.refused(403, "forbidden");
    }
    lead.get(&rolls_of(&other)).await.refused(404, "not_found");
    teacher.get(&rolls_of(&school)).await.refused(403, "forbidden");
    teacher.post(&rolls_of(&school), roll.clone()).await.refused(403, "forbidden");
    south.manager().get(&rolls_of(&school)).await.refused(404, "not_found");
    south.manager().post(&rolls_of(&school), roll.clone()).await.refused(404, "not_found");
    west.manager().get(&format!("/v1/schools/{}/rolls", nobody())).await.refused(404, "not_found");
    world.stranger().get(&rolls_of(&school)).await.refused(401, "unauthorized");
    world.operator().get(&rolls_of(&school)).await.refused(403, "forbidden");
    assert_eq!(west.manager().all(&rolls_of(&school)).await.len(), 1);
}

async fn numbers_and_dates_are_bounded(hub: TestHub) {
    let (manager, school) = (hub.manager(), hub.school("Lampton").await);
    let record =
        |date: Value, pupils: Value| manager.post(&rolls_of(&school), json!({ "census_date": date, "pupils": pupils }));
    for pupils in [json!(100_001), json!(4_294_967_295_u32)] {
        record(json!("2023-01-19"), pupils).await.invalid(&[("/pupils", "invalid")]);
    }
    for pupils in [json!(-1), json!(1.5), json!("12"), json!(18_446_744_073_709_551_615_u64), json!(null)] {
        record(json!("2023-01-19"), pupils).await.refused(400, "invalid_request");
    }
    record(json!("2023-02-29"), json!("12")).await.invalid(&[("/census_date", "invalid"), ("/pupils", "wrong_type")]);
    let body = json!({ "census_date": "2023-01-19", "pupils": 1, "revision": 9 });
    manager.post(&rolls_of(&school), body).await.invalid(&[("/revision", "unknown_field")]);
    assert_eq!(manager.all(&rolls_of(&school)).await.len(), 0);
    record(json!("2023-01-19"), json!(100_000)).await.created();
}

async fn a_file_of_rolls_is_all_or_nothing(hub: TestHub) {
    let (manager, school, other) = (hub.manager(), hub.school("Lampton").await, hub.school("Abbey").await);
    let file = format!("URN,NOR,note\n{},1522,\n999999,5,\n{},few,\n{},,\n12,1,\n", school.urn, other.urn, other.urn);
    let import = |query: &str, file: &str| manager.post(&format!("/v1/rolls/import?{query}"), None).csv(file);
    let refused = import("map=pupils:NOR&census_date=2023-01-19", &file).await.refused(400, "invalid_file");
    let places: Vec<_> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        places,
        [
            ("line 3, column \"URN\"", "unknown_school"),
            ("line 4, column \"NOR\"", "bad_number"),
            ("line 6, column \"URN\"", "bad_urn"),
        ]
    );
    assert_eq!(manager.all(&rolls_of(&school)).await.len(), 0);

    let part = import("map=pupils:NOR&census_date=2023-01-19&mode=partial", &file).await.ok();
    assert_eq!(
        (&part["rows"], &part["rolls_recorded"], &part["skipped"], &part["faults"]),
        (&json!(5), &json!(1), &json!(1), &json!(3))
    );
    assert_eq!((&part["errors"], &part["ignored_columns"]), (&refused["errors"], &json!(["note"])));
    assert_eq!(told(&manager.all(&rolls_of(&school)).await), [("2023-01-19", 1, 1522)]);

    let again = format!("urn,pupils,census_date\n{},1522,2023-01-19\n{},7,19-01-2023\n", school.urn, other.urn);
    let counts = import("", &again).await.ok();
    assert_eq!((&counts["rolls_recorded"], &counts["rolls_unchanged"]), (&json!(1), &json!(1)));
    let corrected = format!("urn,pupils,census_date\n{},1500,2023-01-19\n", school.urn);
    assert_eq!(import("", &corrected).await.ok()["rolls_recorded"], 1);
    assert_eq!(told(&manager.all(&rolls_of(&school)).await), [("2023-01-19", 2, 1500), ("2023-01-19", 1, 1522)]);
}

async fn a_school_of_another_hub_is_unknown_to_a_file(world: World) {
    let (west, south) = (world.hub("West").await, world.hub("South").await);
    let school = west.school("Lampton").await;
    let file = format!("urn,pupils,census_date\n{},1522,2023-01-19\n", school.urn);
    let refused = south.manager().post("/v1/rolls/import", None).csv(file).await.refused(400, "invalid_file");
    assert_eq!(refused["errors"][0]["code"], "unknown_school");
    assert_eq!(west.manager().all(&rolls_of(&school)).await.len(), 0);
}

async fn a_year_counts_its_members_with_their_newest_roll(hub: TestHub) {
    let manager = hub.manager();
    for (urn, joined, left, pupils) in [
        ("100009", json!(null), json!(null), &[7, 5][..]),
        ("100001", json!("2027-08-31"), json!(null), &[1]),
        ("100002", json!("2027-09-01"), json!(null), &[2]),
        ("100003", json!(null), json!("2026-09-02"), &[3]),
        ("100004", json!(null), json!("2026-09-01"), &[4]),
        ("100005", json!("2026-10-01"), json!("2027-01-01"), &[]),
    ] {
        let school = json!({ "urn": urn, "name": "A", "phase": "primary", "joined_on": joined, "left_on": left });
        let school = manager.post("/v1/schools", school).await.created();
        let rolls = format!("/v1/schools/{}/rolls", school["id"].as_str().unwrap());
        manager.post(&rolls, json!({ "census_date": "2022-01-20", "pupils": 99 })).await.created();
        for pupils in pupils {
            manager.post(&rolls, json!({ "census_date": "2023-01-19", "pupils": pupils })).await.created();
        }
    }
    hub.world.hub("South").await.school("Elsewhere").await;
    let year = AcademicYear::parse("2026/27").unwrap();
    let census = "2023-01-19".parse().unwrap();
    let mut tx = hub.world.db().read_everywhere().await.unwrap();
    let found = on_roll(&mut tx, HubId(hub.id.parse().unwrap()), year, census).await.unwrap();
    let found: Vec<_> = found.iter().map(|school| (school.urn.as_str(), school.pupils)).collect();
    assert_eq!(found, [("100001", Some(1)), ("100003", Some(3)), ("100005", None), ("100009", Some(5))]);
}
