//! Files of people: who is new, renamed, unchanged; every bad row told; links for those who are invited.

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, Reply, TestHub, operation_of};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

async fn import(who: &Client, query: &str, file: impl Into<Vec<u8>>) -> Reply {
    who.post(&format!("/v1/people/import?{query}"), None).csv(file).await
}

fn faults(of: &Value) -> Vec<(&str, &str)> {
    let errors = of["errors"].as_array().unwrap();
    errors.iter().map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap())).collect()
}

fn counts(of: &Value) -> [u64; 4] {
    ["created", "updated", "unchanged", "faults"].map(|count| of[count].as_u64().unwrap())
}

both_engines!(
    people_are_added_renamed_or_unchanged,
    a_preview_changes_nothing,
    every_bad_row_is_told,
    a_role_or_school_that_is_another_is_a_move,
    whoever_has_not_signed_in_is_invited,
    a_lead_imports_for_their_own_school,
    a_workbook_is_read_like_a_file,
    schools_and_tickets_are_read_from_workbooks_too
);

async fn people_are_added_renamed_or_unchanged(hub: TestHub) {
    let (manager, lampton) = (hub.manager(), hub.school("Lampton Academy").await);
    let (partner, _) = hub.partner("Language Services").await;
    let file = format!(
        "Name,E-mail,Role,School,Partner\nNoor Hart,Noor Hart <Noor@s.example>,lead,{},\nElla Ash,ella@s.example,Teacher,lampton academy,\nVic,vic@hub.example,viewer,,\nPat,pat@l.example,partner,,language services\n",
        lampton.urn
    );
    let done = import(&manager, "", file.clone()).await.ok();
    assert_eq!((counts(&done), &done["rows"]), ([4, 0, 0, 0], &json!(4)));
    assert_eq!(done["links"], json!([]));
    let cleaned = &done["cleaned"][0];
    assert!(
        cleaned["pointer"] == "line 2, column \"E-mail\""
            && cleaned["detail"].as_str().unwrap().contains("Noor@s.example"),
        "{done}"
    );
    let people = manager.all("/v1/people").await;
    let of = |email: &str| people.iter().find(|person| person["email"] == email).unwrap().clone();
    let noor = of("Noor@s.example");
    assert_eq!((&noor["role"], &noor["school_id"]), (&json!("school_lead"), &json!(lampton.id)));
    assert_eq!(of("pat@l.example")["partner_id"], json!(partner));
    assert_eq!(counts(&import(&manager, "", file.clone()).await.ok()), [0, 0, 4, 0]);
    let renamed = file.replace("Ella Ash", "Ella Birch").replace("ella@", "ELLA@");
    assert_eq!(counts(&import(&manager, "", renamed).await.ok()), [0, 1, 3, 0]);
    assert_eq!(manager.all("/v1/people?text=birch").await[0]["email"], "ella@s.example");
    hub.verified().await;
}

async fn a_preview_changes_nothing(hub: TestHub) {
    let (manager, school) = (hub.manager(), hub.school("Lampton Academy").await);
    let file = format!("name,email,role,school\nA,a@s.example,teacher,{}\nB,b,teacher,{}\n", school.urn, school.urn);
    let before = manager.get("/v1/changes?limit=1").await.ok()["last"].clone();
    let preview = import(&manager, "dry_run=true", file.clone()).await.ok();
    assert_eq!((counts(&preview), &preview["dry_run"]), ([1, 0, 0, 1], &json!(true)));
    assert_eq!(faults(&preview), [("line 3, column \"email\"", "bad_email")]);
    assert_eq!(manager.get("/v1/changes?limit=1").await.ok()["last"], before);
    import(&manager, "", file.clone()).await.refused(400, "invalid_file");
    assert!(manager.all("/v1/people?role=teacher").await.is_empty());
    let partial = import(&manager, "mode=partial", file).await.ok();
    assert_eq!((counts(&partial), &partial["dry_run"]), ([1, 0, 0, 1], &json!(false)));
}

async fn every_bad_row_is_told(hub: TestHub) {
    let manager = hub.manager();
    let (lampton, left) = (hub.school("Lampton Academy").await, hub.school("Left").await);
    hub.school("Twice").await;
    hub.school("twice").await;
    manager.patch(&format!("/v1/schools/{}", left.id), "\"1\"", json!({ "left_on": "2026-10-01" })).await.ok();
    let file = format!(
        "name,email,role,school,partner\n,a@s.example,teacher,{urn},\nB,b@s.example,king,{urn},\nC,c@s.example,teacher,Nowhere,\nD,d@s.example,teacher,Twice,\nE,e@s.example,teacher,,\nF,f@s.example,viewer,{urn},\nG,g@s.example,partner,,Nobody\nH,h@s.example;i@s.example,teacher,{urn},\nI,i@s.example,teacher,{left},\nJ,j@s.example,teacher,{urn},\nJ,J@S.example,teacher,{urn},\n",
        urn = lampton.urn,
        left = left.urn
    );
    let refused = import(&manager, "", file).await.refused(400, "invalid_file");
    let expected = [
        ("line 2, column \"name\"", "empty"),
        ("line 3, column \"role\"", "unknown_role"),
        ("line 4, column \"school\"", "unknown_school"),
        ("line 5, column \"school\"", "ambiguous_school"),
        ("line 6, column \"school\"", "empty"),
        ("line 7, column \"school\"", "no_school"),
        ("line 8, column \"partner\"", "unknown_partner"),
        ("line 9, column \"email\"", "bad_email"),
        ("line 10, column \"school\"", "school_left"),
        ("line 12, column \"email\"", "duplicate_row"),
    ];
    assert_eq!(faults(&refused), expected);
    import(&manager, "", "name,role\nA,teacher\n").await.refused(400, "invalid_file");
    import(&manager, "map=naem:x", "name,email,role\n").await.invalid(&[("map", "invalid")]);
    import(&manager, &format!("school_id={}", crate::support::nobody()), "name,email,role\nA,a@s.example,teacher\n")
        .await
        .invalid(&[("school_id", "unknown")]);
    let mapped = format!("Who,Mail,Where\nA,a@s.example,{}\n", lampton.urn);
    let done = import(&manager, "map=name:Who,email:Mail,school:Where&role=teacher", mapped).await.ok();
    assert_eq!(counts(&done), [1, 0, 0, 0]);
}

async fn a_role_or_school_that_is_another_is_a_move(hub: TestHub) {
    let (manager, lampton, heston) = (hub.manager(), hub.school("Lampton Academy").await, hub.school("Heston").await);
    let (teacher, gone) = (hub.teacher(&lampton).await, hub.teacher(&lampton).await);
    let person = teacher.get("/v1/me").await.ok();
    let former = gone.get("/v1/me").await.ok();
    manager.post(&format!("/v1/people/{}/disable", gone.id()), None).await.ok();
    let row = |of: &Value, role: &str, school: &str| {
        format!("{},{},{role},{school}\n", of["name"].as_str().unwrap(), of["email"].as_str().unwrap())
    };
    for (row, fault) in [
        (row(&person, "teacher", &heston.urn), ("line 2, column \"school\"", "other_school")),
        (row(&person, "lead", &lampton.urn), ("line 2, column \"role\"", "other_role")),
        (row(&person, "viewer", ""), ("line 2, column \"role\"", "other_role")),
        (row(&former, "teacher", &lampton.urn), ("line 2, column \"email\"", "disabled")),
    ] {
        let refused = import(&manager, "", format!("name,email,role,school\n{row}")).await.refused(400, "invalid_file");
        assert_eq!(faults(&refused), [fault]);
    }
}

async fn whoever_has_not_signed_in_is_invited(hub: TestHub) {
    let (manager, school) = (hub.manager(), hub.school("Lampton Academy").await);
    let file = format!("name,email,role,school\nA,a@s.example,teacher,{0}\nB,b@s.example,teacher,{0}\n", school.urn);
    let done = import(&manager, "invite=true", file.clone()).await.ok();
    let links = done["links"].as_array().unwrap();
    assert_eq!((links.len(), &links[1]["line"], &links[1]["email"]), (2, &json!(3), &json!("b@s.example")));
    let follow = async |link: &Value| {
        let path = operation_of(&link["link"]);
        hub.world.stranger().post(&path, None).await
    };
    follow(&links[0]).await.ok();
    // Asked again, those who have not come in get new links: as a table, too.
    let table = manager.post("/v1/people/import?invite=true", None).csv(file.clone()).as_csv().await.sheet();
    let mut lines = table.lines();
    assert!(lines.next().is_some_and(|heading| heading.starts_with("line,person_id,") && heading.ends_with(",link")));
    assert_eq!(lines.count(), 1);
    follow(&links[1]).await.refused(404, "not_found");
    let again = import(&manager, "invite=true", file).await.ok();
    assert_eq!(again["links"].as_array().unwrap().len(), 1);
    follow(&again["links"][0]).await.ok();
}

async fn a_lead_imports_for_their_own_school(hub: TestHub) {
    let (lampton, heston) = (hub.school("Lampton Academy").await, hub.school("Heston").await);
    let (lead, other) = (hub.lead(&lampton).await, hub.teacher(&heston).await);
    let file = "name,email,role\nA,a@s.example,teacher\nB,b@s.example,lead\n";
    assert_eq!(counts(&import(&lead, "", file).await.ok()), [2, 0, 0, 0]);
    assert_eq!(lead.all("/v1/people").await.len(), 3);
    let stranger = other.get("/v1/me").await.ok()["email"].as_str().unwrap().to_owned();
    let file = format!(
        "name,email,role,school\nC,c@s.example,teacher,{}\nD,d@s.example,manager,\nE,{stranger},teacher,\n",
        heston.urn
    );
    let refused = import(&lead, "", file).await.refused(400, "invalid_file");
    let expected = [
        ("line 2, column \"school\"", "other_school"),
        ("line 3, column \"role\"", "role_of_the_hub"),
        ("line 4, column \"email\"", "address_taken"),
    ];
    assert_eq!(faults(&refused), expected);
    import(&lead, "invite=true", "name,email,role\n").await.refused(403, "ask_the_hub");
    import(&lead, &format!("school_id={}", heston.id), "name,email,role\n").await.invalid(&[("school_id", "unknown")]);
    other.post("/v1/people/import", None).csv("name,email,role\n").await.refused(403, "forbidden");
}

/// A workbook of these rows behind a sheet of notes, with a day in each cell that reads as one.
fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Notes").unwrap().write(0, 0, "notes").unwrap();
    let (sheet, day) = (book.add_worksheet(), Format::new().set_num_format("dd/mm/yyyy"));
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(*cells) {
            match (ExcelDateTime::parse_from_str(cell).ok().filter(|_| cell.len() == 10), cell.parse::<f64>()) {
                (Some(date), _) => sheet.write_with_format(row, column, &date, &day).unwrap(),
                (None, Ok(number)) => sheet.write(row, column, number).unwrap(),
                (None, Err(_)) => sheet.write(row, column, *cell).unwrap(),
            };
        }
    }
    book.save_to_buffer().unwrap()
}

async fn a_workbook_is_read_like_a_file(hub: TestHub) {
    let (manager, school) = (hub.manager(), hub.school("Lampton Academy").await);
    let file = workbook(&[
        &["First name", "Surname", "Email", "School URN", "Role"],
        &["Noor", "Hart", "noor@s.example", &school.urn, "Lead"],
        &[],
        &["Ella", "Ash", "ella", &school.urn, "Teacher"],
    ]);
    let sent = manager.post("/v1/people/import?mode=partial", None).body(XLSX, file.clone()).await.ok();
    assert_eq!(counts(&sent), [1, 0, 0, 1]);
    assert_eq!(faults(&sent), [("line 4, column \"Email\"", "bad_email")]);
    assert_eq!((&sent["reading"]["encoding"], &sent["reading"]["separator"]), (&json!("XLSX"), &json!("sheet")));
    let again = manager.post("/v1/people/import?mode=partial", None).body("application/octet-stream", file).await.ok();
    assert_eq!(counts(&again), [0, 0, 1, 1]);
    let problem = import(&manager, "", b"PK\x03\x04 and nothing".to_vec()).await.refused(400, "invalid_file");
    assert!(problem["detail"].as_str().unwrap().contains("not an Excel workbook"), "{problem}");
    manager.post("/v1/people/import", None).body("application/pdf", "x").await.refused(415, "unsupported_media_type");
}

async fn schools_and_tickets_are_read_from_workbooks_too(hub: TestHub) {
    let manager = hub.manager();
    let schools = workbook(&[
        &["URN", "Name", "Joined on", "Pupils", "Census date"],
        &["100999", "Lampton Academy", "2024-09-01", "1522", "2026-01-15"],
    ]);
    let done = manager.post("/v1/schools/import", None).body(XLSX, schools).await.ok();
    assert_eq!((&done["created"], &done["rolls_recorded"]), (&json!(1), &json!(1)));
    let school = manager.all("/v1/schools").await.remove(0);
    assert_eq!((&school["joined_on"], &school["urn"]), (&json!("2024-09-01"), &json!("100999")));
    let rolls = workbook(&[&["URN", "Pupils", "Census date"], &["100999", "1530", "2026-05-15"]]);
    let done = manager.post("/v1/rolls/import", None).body(XLSX, rolls).await.ok();
    assert_eq!(done["rolls_recorded"], 1);
    let person = json!({ "name": "A", "email": "a@s.example", "role": "teacher", "school_id": school["id"] });
    manager.post("/v1/people", person).await.created();
    manager.post("/v1/ticket-types", json!({ "name": "Fabulinus Ticket", "covers": { "kinds": ["conference"] }, "valid_months": 12, "returns": { "rule": "always" } })).await.created();
    let tickets =
        workbook(&[&["Email", "Ticket type", "Valid until"], &["a@s.example", "Fabulinus Ticket", "2027-07-31"]]);
    let done = manager.post("/v1/tickets/import", None).body(XLSX, tickets).await.ok();
    assert_eq!(done["issued"], 1);
    assert_eq!(manager.all("/v1/tickets").await[0]["valid_until"], "2027-07-31");
}
