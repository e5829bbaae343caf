//! `/v1/schools/import`, with the files that ship for tests.

use std::io::{Cursor, Read};

use hub_credits::base::ids::HubId;
use hub_credits::ledger::Journal;
use hub_credits::members::schools::{Mode, Options, csv_file, import_parsed_schools};
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, Request, TestHub, begins_at};

const CENSUS: &str = "census_date=2023-01-19&map=local_authority:la_name";

fn west_london() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/schools-west-london.csv")).unwrap()
}

fn england() -> Vec<u8> {
    let packed = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/schools-england.csv.gz")).unwrap();
    let mut file = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut file).unwrap();
    file
}

fn import(manager: &Client, query: &str, file: impl Into<Vec<u8>>) -> Request {
    manager.post(&format!("/v1/schools/import?{query}"), None).csv(file)
}

/// Created, updated, unchanged, rolls recorded, rolls unchanged.
#[track_caller]
fn counts(imported: &Value) -> [i64; 5] {
    ["created", "updated", "unchanged", "rolls_recorded", "rolls_unchanged"]
        .map(|count| imported[count].as_i64().unwrap())
}

/// Place and code of each fault.
fn faults(answer: &Value) -> Vec<(&str, &str)> {
    answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| (fault["pointer"].as_str().unwrap(), fault["code"].as_str().unwrap()))
        .collect()
}

async fn school(manager: &Client, urn: &str) -> Value {
    let all = manager.all("/v1/schools?limit=200").await;
    all.into_iter().find(|school| school["urn"] == urn).unwrap()
}

both_engines!(
    west_london_comes_in_once_and_changes_nothing_the_second_time,
    a_file_brings_schools_up_to_date_and_corrects_rolls,
    an_updated_school_has_a_new_etag,
    every_bad_row_is_told_and_nothing_is_imported,
    a_school_does_not_join_after_it_left,
    at_most_a_thousand_faults_are_listed,
    files_are_read_as_spreadsheets_write_them,
    a_file_of_gias_says_which_schools_are_open,
    separators_are_recognised_and_the_answer_says_how_a_file_was_read,
    a_census_of_a_day_to_come_is_refused,
    a_file_or_query_that_cannot_be_read_is_refused,
    the_same_key_imports_once,
    all_of_england_comes_in,
    long_imports_say_how_far_they_are
);

async fn west_london_comes_in_once_and_changes_nothing_the_second_time(hub: TestHub) {
    let manager = hub.manager();
    let first = import(&manager, CENSUS, west_london()).await.ok();
    assert_eq!((counts(&first), &first["rows"], &first["faults"]), ([495, 0, 0, 488, 0], &json!(495), &json!(0)));
    assert!(first["ignored_columns"].as_array().unwrap().contains(&json!("ukprn")));
    assert_eq!(counts(&import(&manager, CENSUS, west_london()).await.ok()), [0, 0, 495, 0, 488]);

    let schools = manager.all("/v1/schools?limit=200").await;
    assert_eq!(schools.len(), 495);
    let abingdon = schools.iter().find(|school| school["urn"] == "134911").unwrap();
    assert_eq!(
        ["name", "phase", "establishment_type", "local_authority", "membership", "joined_on"]
            .map(|field| abingdon[field].clone()),
        [
            json!("Abingdon House School"),
            json!("not_applicable"),
            json!("Independent special schools"),
            json!("Westminster"),
            json!("full"),
            json!(null)
        ]
    );
    let rolls = manager.all(&format!("/v1/schools/{}/rolls", abingdon["id"].as_str().unwrap())).await;
    assert_eq!(rolls.iter().map(|roll| roll["pupils"].clone()).collect::<Vec<_>>(), [json!(118)]);
    assert_eq!(manager.all("/v1/schools?limit=200&local_authority=Hounslow").await.len(), 92);
}

async fn a_file_brings_schools_up_to_date_and_corrects_rolls(hub: TestHub) {
    let manager = hub.manager();
    let file = "urn,name,phase,establishment_type,local_authority,membership,joined_on,pupils,census_date\n\
                100001,Abbey,Primary,Academy,Brent,participant,2020-09-01,200,2023-01-19\n\
                100002,Bourne,Secondary,,,,,900,2023-01-19\n";
    assert_eq!(counts(&import(&manager, "", file).await.ok()), [2, 0, 0, 2, 0]);
    let (abbey, bourne) = (school(&manager, "100001").await, school(&manager, "100002").await);

    let file = "urn,name,pupils,membership\n100001,Abbey,201,\n100002,Bourne School,,full\n100003,Chase,,\n";
    let second = import(&manager, "census_date=2023-01-19", file).await.ok();
    assert_eq!(counts(&second), [1, 1, 1, 1, 0]);
    assert_eq!(school(&manager, "100001").await, abbey, "empty and absent cells leave what is recorded");
    let mut renamed = bourne.clone();
    renamed["name"] = json!("Bourne School");
    assert_eq!(school(&manager, "100002").await, renamed);
    let chase = school(&manager, "100003").await;
    assert_eq!((&chase["phase"], &chase["membership"]), (&json!("not_applicable"), &json!("full")));
    let rolls = manager.all(&format!("/v1/schools/{}/rolls", abbey["id"].as_str().unwrap())).await;
    let told: Vec<_> = rolls.iter().map(|roll| (roll["revision"].clone(), roll["pupils"].clone())).collect();
    assert_eq!(told, [(json!(2), json!(201)), (json!(1), json!(200))]);
}

async fn an_updated_school_has_a_new_etag(hub: TestHub) {
    let manager = hub.manager();
    import(&manager, "", "urn,name\n100001,A\n100002,B\n").await.ok();
    let (a, b) = (school(&manager, "100001").await, school(&manager, "100002").await);
    let address = |school: &Value| format!("/v1/schools/{}", school["id"].as_str().unwrap());
    let (etag_a, etag_b) = (manager.get(&address(&a)).await.etag(), manager.get(&address(&b)).await.etag());
    import(&manager, "", "urn,name\n100001,A\n100002,Bee\n").await.ok();
    manager.patch(&address(&b), &etag_b, json!({ "name": "B" })).await.refused(412, "stale");
    manager.patch(&address(&a), &etag_a, json!({ "name": "Ay" })).await.ok();
}

async fn every_bad_row_is_told_and_nothing_is_imported(hub: TestHub) {
    let manager = hub.manager();
    let file = "URN,Name,Phase,NumberOfPupils\r\n100001,Good,Primary,5\r\n12,,Upper,many\r\n100001,Twice,,\r\n100002,A\u{0}B,,\r\n100003,too,few\r\n";
    let refused = import(&manager, "census_date=2023-01-19", file).await.refused(400, "invalid_file");
    let expected = [
        ("line 3, column \"URN\"", "bad_urn"),
        ("line 3, column \"Name\"", "empty"),
        ("line 3, column \"Phase\"", "unknown_phase"),
        ("line 3, column \"NumberOfPupils\"", "bad_number"),
        ("line 4, column \"URN\"", "duplicate_row"),
        ("line 5, column \"Name\"", "control_character"),
        ("line 6", "wrong_cell_count"),
    ];
    assert_eq!(faults(&refused), expected);
    assert!(refused["errors"][0]["detail"].as_str().unwrap().contains("six digits"), "{refused}");
    assert_eq!(manager.all("/v1/schools").await.len(), 0);

    let part = import(&manager, "census_date=2023-01-19&mode=partial", file).await.ok();
    assert_eq!(
        (counts(&part), faults(&part), &part["faults"], &part["rows"]),
        ([1, 0, 0, 1, 0], expected.to_vec(), &json!(7), &json!(5))
    );
    let names: Vec<_> = manager.all("/v1/schools").await.into_iter().map(|school| school["name"].clone()).collect();
    assert_eq!(names, ["Good"]);
}

async fn a_school_does_not_join_after_it_left(hub: TestHub) {
    let manager = hub.manager();
    manager
        .post("/v1/schools", json!({ "urn": "100001", "name": "A", "phase": "primary", "left_on": "2025-08-31" }))
        .await
        .created();
    let refused = import(&manager, "", "urn,name,joined_on\n100001,A,2025-08-31\n").await.refused(400, "invalid_file");
    assert_eq!(faults(&refused), [("line 2, column \"joined_on\"", "left_before_joined")]);
}

async fn at_most_a_thousand_faults_are_listed(hub: TestHub) {
    let manager = hub.manager();
    let file = format!("urn,name\n100001,Good\n{}", "1,x\n".repeat(1500));
    let refused = import(&manager, "", file.as_str()).await.refused(400, "invalid_file");
    assert_eq!(refused["errors"].as_array().unwrap().len(), 1000);
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains("1,500 faults") && detail.contains("1,501 rows") && detail.contains("first 1000"),
        "{detail}"
    );
    let part = import(&manager, "mode=partial", file.as_str()).await.ok();
    assert_eq!(
        (part["errors"].as_array().unwrap().len(), &part["faults"], counts(&part)),
        (1000, &json!(1500), [1, 0, 0, 0, 0])
    );
}

async fn files_are_read_as_spreadsheets_write_them(hub: TestHub) {
    let manager = hub.manager();
    for (urn, file, name) in [
        ("100001", b"urn,name\n100001,\xC9cole d'\xC9t\xE9\n".to_vec(), "École d'Été"),
        ("100002", "\u{feff}urn,name\r\n100002,École\r\n".as_bytes().to_vec(), "École"),
        ("100003", b"urn,name\r\n\r\n100003,\"St Anne, \"\"Infants\"\"\"\r\n".to_vec(), "St Anne, \"Infants\""),
        ("100004", b"Name,URN\nPlain, 100004 \n\n".to_vec(), "Plain"),
    ] {
        assert_eq!(import(&manager, "", file).await.ok()["created"], 1, "{name}");
        assert_eq!(school(&manager, urn).await["name"], name);
    }
    let odd = "urn,\"Name, short\",name\n100005,Short,Long\n";
    import(&manager, "map=name:Name%5C,%20short", odd).await.ok();
    assert_eq!(school(&manager, "100005").await["name"], "Short");
}

async fn a_file_of_gias_says_which_schools_are_open(hub: TestHub) {
    let manager = hub.manager();
    let today = begins_at().date_naive();
    import(&manager, "", "urn,name\n100004,Known\n100005,Known too\n100006,Known and kept\n").await.ok();
    let file = "URN,EstablishmentName,EstablishmentStatus (name),OpenDate,CloseDate,NumberOfPupils,CensusDate\n\
                100001,Open,Open,01/09/1990,,10,19-01-2023\n\
                100002,Gone,Closed,,31-08-2023,20,19-01-2023\n\
                100003,Not yet,Proposed to open,01-09-2099,,,\n\
                100004,Known,Closed,,31-08-2023,40,19-01-2023\n\
                100005,Known too,Closed,,,,\n\
                100006,Known and kept,\"Open, but proposed to close\",,31-08-2099,60,19/01/2023\n\
                100007,Over,,,31/12/1999,,\n\
                100008,Closing,,,31/08/2099,,\n";
    let read = import(&manager, "", file).await.ok();
    assert_eq!((counts(&read), &read["skipped"]), ([2, 3, 0, 3, 0], &json!(3)));
    assert_eq!(read["ignored_columns"], json!(["OpenDate"]));
    let passed: Vec<_> = read["reading"]["passed_over"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["pointer"].as_str().unwrap(), row["code"].as_str().unwrap()))
        .collect();
    let column = "column \"EstablishmentStatus (name)\"";
    assert_eq!(
        passed,
        [3, 4, 8]
            .map(|line| (format!("line {line}, {column}"), "not_open"))
            .iter()
            .map(|(place, code)| (place.as_str(), *code))
            .collect::<Vec<_>>()
    );
    let schools = manager.all("/v1/schools").await;
    let left: Vec<_> =
        schools.iter().map(|school| (school["urn"].as_str().unwrap(), school["left_on"].as_str())).collect();
    let tomorrow = today.succ_opt().unwrap().to_string();
    assert_eq!(
        left.into_iter().collect::<std::collections::BTreeMap<_, _>>().into_iter().collect::<Vec<_>>(),
        [
            ("100001", None),
            ("100004", Some("2023-09-01")),
            ("100005", Some(tomorrow.as_str())),
            ("100006", Some("2099-09-01")),
            ("100008", Some("2099-09-01"))
        ]
    );
    assert_eq!(
        counts(&import(&manager, "", file).await.ok()),
        [0, 0, 5, 0, 3],
        "nothing more comes of it the second time"
    );
    let odd =
        import(&manager, "", "urn,name,establishment_status\n100001,Open,Shut\n").await.refused(400, "invalid_file");
    assert_eq!(faults(&odd), [("line 2, column \"establishment_status\"", "unknown_status")]);
}

async fn separators_are_recognised_and_the_answer_says_how_a_file_was_read(hub: TestHub) {
    let manager = hub.manager();
    let utf_16: Vec<u8> = "\u{feff}URN\tEstablishmentName\tNote\r\n100001\t\"Tabs\tin it\"\tx\r\n\t\t\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (urn, file, name, read) in [
        ("100001", utf_16, "Tabs\tin it", ("UTF-16LE", "tab")),
        (
            "100002",
            b"\xef\xbb\xbfurn;name;Note\r\n100002;\"Semi;colons\";a,b\r\n;;\r\n".to_vec(),
            "Semi;colons",
            ("UTF-8", "semicolon"),
        ),
        ("100003", b"sep=;\r\nurn;name;Note\r\n100003;Said;\r\n".to_vec(), "Said", ("UTF-8", "semicolon")),
        ("100004", b"sep=,\nurn,name,Note\n100004,St Mary\x92s,\n".to_vec(), "St Mary’s", ("windows-1252", "comma")),
    ] {
        if name.contains('\t') {
            assert_eq!(
                faults(&import(&manager, "", file.clone()).await.refused(400, "invalid_file")),
                [("line 2, column \"EstablishmentName\"", "control_character")]
            );
            continue;
        }
        let answer = import(&manager, "", file).await.ok();
        let reading = &answer["reading"];
        assert_eq!((reading["encoding"].as_str().unwrap(), reading["separator"].as_str().unwrap()), read);
        assert_eq!(
            reading["columns"],
            json!([{ "column": "urn", "field": "urn" }, { "column": "name", "field": "name" }])
        );
        assert_eq!(
            (reading["ignored"][0]["column"].as_str(), reading["ignored"].as_array().unwrap().len()),
            (Some("Note"), 1)
        );
        assert_eq!(school(&manager, urn).await["name"], name);
    }
    let answer = import(
        &manager,
        "map=phase:",
        "urn,name,Establishmentname,phase,census_date\n100005,Five,5,primary,2023-01-19\n",
    )
    .await
    .ok();
    let why: Vec<_> = answer["reading"]["ignored"]
        .as_array()
        .unwrap()
        .iter()
        .map(|ignored| ignored["reason"].as_str().unwrap())
        .collect();
    assert_eq!(
        why,
        [
            "`name` is read from the column \"name\"",
            "the mapping leaves `phase` out",
            "it says nothing without a column for `pupils`"
        ]
    );
    for (file, reason) in [
        (&b"Id;Title\n1;A\n"[..], "the semicolon as separator, the file has: Id, Title"),
        (b"PK\x03\x04....", "the file is packed, but not an Excel workbook that can be read"),
        (b"\x1F\x8B\x08....", "a compressed file (.gz); open it in a spreadsheet program and save it as XLSX or CSV"),
    ] {
        let refused = import(&manager, "", file).await.refused(400, "invalid_file");
        assert!(refused["detail"].as_str().unwrap().contains(reason), "{refused}");
    }
    let quote = import(&manager, "", "urn;name\n100001;\"A\" B\n").await.refused(400, "invalid_file");
    assert!(quote["errors"][0]["detail"].as_str().unwrap().contains("expected a semicolon"), "{quote}");
}

async fn a_census_of_a_day_to_come_is_refused(hub: TestHub) {
    let manager = hub.manager();
    let today = begins_at().date_naive();
    let tomorrow = today.succ_opt().unwrap();
    let file = |day| format!("urn,name,pupils,census_date\n100001,A,5,{day}\n");
    let refused = import(&manager, "", file(tomorrow)).await.refused(400, "invalid_file");
    assert_eq!(faults(&refused), [("line 2, column \"census_date\"", "in_the_future")]);
    import(&manager, &format!("census_date={tomorrow}"), "urn,name,pupils\n100001,A,5\n")
        .await
        .invalid(&[("census_date", "in_the_future")]);
    assert_eq!(manager.all("/v1/schools").await.len(), 0);
    import(&manager, "", file(today)).await.ok();
    let refused = manager.post("/v1/rolls/import", None).csv(file(tomorrow)).await.refused(400, "invalid_file");
    assert_eq!(faults(&refused), [("line 2, column \"census_date\"", "in_the_future")]);
    let rolls = format!("/v1/schools/{}/rolls", school(&manager, "100001").await["id"].as_str().unwrap());
    let record = |day| manager.post(&rolls, json!({ "census_date": day, "pupils": 6 }));
    record(tomorrow).await.invalid(&[("/census_date", "in_the_future")]);
    record(today).await.created();
    assert_eq!(manager.all(&rolls).await.len(), 2);
}

async fn a_file_or_query_that_cannot_be_read_is_refused(hub: TestHub) {
    let manager = hub.manager();
    for (query, file, reason) in [
        ("", "", "the file is empty"),
        ("", "name\nA\n", "no column for `urn`"),
        ("", "urn,name,urn\n", "twice"),
        ("", "urn,name,pupils\n100001,A,5\n", "census_date"),
        ("map=name:title", "urn,name\n", "\"title\""),
        ("map=name:a,name:b", "urn,a,b\n", "mapped twice"),
    ] {
        let refused = import(&manager, query, file).await.refused(400, "invalid_file");
        assert!(refused["detail"].as_str().unwrap().contains(reason), "{refused}");
    }
    let good = "urn,name\n100001,A\n";
    for (query, field, code) in [
        ("mode=some", "mode", "invalid"),
        ("census_date=19-01-2023", "census_date", "invalid"),
        ("map=naem:x", "map", "invalid"),
        ("map=", "map", "invalid"),
        ("mod=all", "mod", "unknown_field"),
        ("mode=all&mode=all", "mode", "duplicate_field"),
    ] {
        import(&manager, query, good).await.invalid(&[(field, code)]);
    }
    manager.post("/v1/schools/import", json!({})).await.refused(415, "unsupported_media_type");
    import(&manager, "", vec![b','; 16 * 1024 * 1024 + 1]).await.refused(413, "body_too_large");
    let many = format!("urn,name\n{}", "1,x\n".repeat(100_001));
    let refused = import(&manager, "mode=partial", many).await.refused(400, "invalid_file");
    assert!(refused["detail"].as_str().unwrap().contains("100000 rows"), "{refused}");
    assert_eq!(manager.all("/v1/schools").await.len(), 0);
}

async fn the_same_key_imports_once(hub: TestHub) {
    let manager = hub.manager();
    let first = import(&manager, "", "urn,name\n100001,A\n").key("one").await;
    let again = import(&manager, "", "urn,name\n100001,A\n").key("one").await;
    assert_eq!((again.ok(), again.header("idempotency-replayed")), (first.ok(), Some("true")));
    import(&manager, "", "urn,name\n100001,B\n").key("one").await.refused(422, "idempotency_key_reused");
    import(&manager, "mode=partial", "urn,name\n100001,A\n").key("one").await.refused(422, "idempotency_key_reused");
}

async fn all_of_england_comes_in(hub: TestHub) {
    let (manager, file) = (hub.manager(), england());
    let first = import(&manager, CENSUS, file.clone()).await.ok();
    assert_eq!(counts(&first), [24_433, 0, 0, 24_433, 0]);
    let mut later = String::from_utf8(file).unwrap();
    later = later.replacen("The Aldgate School", "Aldgate", 1);
    let second = import(&manager, CENSUS, later).await.ok();
    assert_eq!(counts(&second), [0, 1, 24_432, 0, 24_433]);
    let found = manager.all("/v1/schools?text=aldgate&local_authority=City%20of%20London").await;
    assert_eq!(found.iter().map(|school| school["name"].clone()).collect::<Vec<_>>(), ["Aldgate"]);
}

async fn long_imports_say_how_far_they_are(hub: TestHub) {
    let file =
        format!("urn,name\n{}", (100_000..104_500).map(|urn| format!("{urn},School {urn}\n")).collect::<String>());
    let parsed = csv_file::schools(Cursor::new(file), &Options::default()).unwrap();
    let id = HubId(hub.id.parse().unwrap());
    let mut journal =
        Journal::open(hub.world.db().write_everywhere().await.unwrap(), id, None, begins_at()).await.unwrap();
    let mut told = Vec::new();
    import_parsed_schools(&mut journal, &parsed, Mode::All, &mut |done, of| told.push((done, of))).await.unwrap();
    assert_eq!(told, [(2000, 4500), (4000, 4500), (4500, 4500)]);
}
