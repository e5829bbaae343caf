//! Files taken out of the pages, the ledger, the Action Plan, the settings and the audit.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{EventPlan, Tab, TestHub, filled, new_adjustment, new_offer, new_session};

both_engines!(
    a_file_is_what_the_api_gives_to_whoever_is_signed_in,
    files_for_people_are_in_their_words,
    a_statement_in_a_file_says_what_its_page_says,
    a_pdf_that_no_font_can_set_offers_the_page_to_print,
    lists_lead_to_their_files,
    the_audit_says_acts_in_words,
    the_ledger_shows_what_the_api_says,
    a_reversal_is_posted_once_and_keeps_a_reason_that_is_refused,
    settings_are_saved_once_and_two_managers_relax_them,
    a_hub_has_a_colour_of_its_own,
    the_audit_is_searched_by_managers_alone,
    the_action_plan_counts_places_by_school_and_priority
);

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

async fn a_file_is_what_the_api_gives_to_whoever_is_signed_in(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Zoë Łukasz 李明 Academy", "1000").await;
    let event = hub.event(EventPlan::of(500, "1")).await;
    hub.crowd(&event, &school, 230).await;
    let (manager, cookie) = (hub.manager(), hub.cookie(&hub.manager()).await);
    for path in ["people", "transactions", "people?text=lukasz"] {
        let (name, query) = path.split_once('?').unwrap_or((path, ""));
        let taken = hub.take(&format!("/files/{name}.csv?{query}"), &cookie).await;
        assert_eq!((taken.status, taken.kind.as_str()), (200, "text/csv; charset=utf-8"), "{path}");
        let of_api = manager.get(&format!("/v1/{path}")).as_csv().await.text();
        assert_eq!(column(&taken.text(), "Number", "Id"), column(&of_api, "sequence", "id"), "{path}");
        let day = hub.world.today();
        assert_eq!(taken.called, format!("attachment; filename=\"{name}-{day}.csv\""));
        let book = hub.take(&format!("/files/{name}.xlsx?{query}"), &cookie).await;
        assert_eq!((book.status, book.kind.as_str()), (200, XLSX), "{path}");
        assert_eq!(book.called, format!("attachment; filename=\"{name}-{day}.xlsx\""));
        let rows = csv::Reader::from_reader(taken.text().as_bytes()).records().count();
        let tab = if name == "people" { "People" } else { "Transactions" };
        assert_eq!(book.rows_of(tab).len(), rows + 1, "{path}");
    }
    // What a role does not see in the API, it does not take out.
    let (of_lead, of_teacher) = (hub.cookie(&lead).await, hub.cookie(&teacher).await);
    let seen = hub.take("/files/people.csv", &of_lead).await;
    let of_api = lead.get("/v1/people").as_csv().await.text();
    assert_eq!(column(&seen.text(), "Number", "Id"), column(&of_api, "sequence", "id"));
    let statement = hub.take(&format!("/files/schools/{}/statement.xlsx", school.id), &of_lead).await;
    assert_eq!((statement.status, statement.kind.as_str()), (200, XLSX));
    let record = hub.take("/files/me/cpd-record.pdf", &of_teacher).await;
    assert_eq!((record.status, record.kind.as_str()), (200, "application/pdf"));
    for (path, cookie, status) in [
        ("/files/people.csv", &of_teacher, 403),
        ("/files/transactions.xlsx", &of_lead, 403),
        ("/files/me.csv", &of_teacher, 404),
        ("/files/hub.pdf", &of_lead, 404),
        ("/files/nothing.csv", &cookie, 404),
        ("/files/people.exe", &cookie, 404),
    ] {
        let refused = hub.take(path, cookie).await;
        assert_eq!((refused.status, refused.kind.as_str()), (status, "text/html; charset=utf-8"), "{path}");
    }
    let nobody = hub.take("/files/people.csv?text=a", "").await;
    assert_eq!((nobody.status, nobody.location.as_str()), (303, "/sign-in?next=%2Ffiles%2Fpeople.csv%3Ftext%3Da"));
    // The cookie still opens nothing of the API itself.
    assert_eq!(hub.take("/v1/people", &cookie).await.status, 401);
}

/// The cells of one of these columns of a CSV file: of the first that it has.
fn column(file: &str, first: &str, second: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(file.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().unwrap().clone();
    let at = |wanted: &str| header.iter().position(|name| name == wanted);
    let at = at(first).or_else(|| at(second)).unwrap_or_else(|| panic!("neither {first} nor {second} in {header:?}"));
    reader.records().map(|row| row.unwrap()[at].to_owned()).collect()
}

async fn files_for_people_are_in_their_words(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "100").await;
    teacher.book(&hub.event(EventPlan::default()).await).await.created();
    let tab = hub.tab(&hub.manager()).await;
    let file = tab.get("/files/people.csv").await.text;
    let mut reader = csv::Reader::from_reader(file.trim_start_matches('\u{feff}').as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert!(header.iter().all(|name| !name.contains(['_', '.'])), "{header:?}");
    assert!(header.ends_with(&["Id".to_owned(), "School id".to_owned(), "Partner id".to_owned()]), "{header:?}");
    let row = reader.records().map(Result::unwrap).find(|row| row.iter().any(|cell| cell == lead.id())).unwrap();
    let cell = |name: &str| &row[header.iter().position(|heading| heading == name).unwrap()];
    assert_eq!((cell("Role"), cell("School"), cell("School URN")), ("CPD lead", "Lampton", school.urn.as_str()));
    let notices = hub.tab(&lead).await.get("/files/me/notices.csv").await.text;
    assert!(notices.lines().count() > 1 && !notices.contains('_'), "{notices}");
    // Programs are given the names of the fields.
    let api = hub.manager().get("/v1/people").as_csv().await.text();
    assert!(api.contains(",school_id,school_name,") && api.contains(",school_lead,"), "{api}");
}

async fn a_statement_in_a_file_says_what_its_page_says(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let booked = lead.book_for(&hub.event(EventPlan::of(5, "10")).await, &teacher).await.created();
    lead.act(&booked, "cancel").await.ok();
    let because = json!({ "reason": "Two lunches on the hub" });
    hub.manager().post("/v1/adjustments", new_adjustment(&school, "credit", "2", because)).await.created();
    let tab = hub.tab(&lead).await;
    let file = tab.get(&format!("/files/schools/{}/statement.csv", school.id)).await.text;
    let mut reader = csv::Reader::from_reader(file.trim_start_matches('\u{feff}').as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    for heading in ["Number", "Date", "Recorded", "Comes from", "For what", "Note"] {
        assert!(header.iter().any(|name| name == heading), "{heading}: {header:?}");
    }
    let of_page = tab.get(&format!("/schools/{}/statement", school.id)).await.words();
    let said = column(&file, "For what", "For what");
    for words in &said {
        assert!(of_page.contains(words.as_str()), "{words}: {of_page}");
    }
    assert!(said.iter().any(|words| words.starts_with("Refund of ")), "{said:?}");
    // The reason of a correction is said once.
    let ledger = hub.tab(&hub.manager()).await.get("/ledger").await.words();
    for seen in [&of_page, &ledger, &file] {
        assert_eq!(seen.matches("Two lunches on the hub").count(), 1, "{seen}");
    }
    assert!(column(&file, "Comes from", "Comes from").contains(&"Correction by hand".to_owned()), "{file}");
    // Programs are given what they were given before.
    let api = lead.get(&format!("/v1/schools/{}/statement", school.id)).as_csv().await.text();
    assert!(api.starts_with("sequence,") || api.contains("sequence,transaction_id,"), "{api}");
    assert!(!api.contains("Refund of") && api.matches("Two lunches on the hub").count() == 2, "{api}");
}

async fn a_pdf_that_no_font_can_set_offers_the_page_to_print(hub: TestHub) {
    let (school, lead, _) = hub.funded_school("Škola 學校 1", "100").await;
    let event = hub.event(EventPlan::default()).await;
    let booked = lead.book(&event).await.created();
    hub.complete(&event).await;
    let (tab, person) = (hub.tab(&lead).await, format!("/files/people/{}/cpd-record", lead.id()));
    let statement = format!("/files/schools/{}/statement", school.id);
    for (pdf, page, said) in [
        (format!("/files/bookings/{}/certificate.pdf", text(&booked["id"])), None, "Škola 學校 1 attended"),
        (format!("/schools/{}/statement.pdf?from=2026-09-01", school.id), Some(statement), "Škola 學校 1"),
    ] {
        let refused = tab.get(&pdf).await;
        assert_eq!(refused.status, 406, "{pdf}");
        assert!(refused.text.contains("This PDF can’t be made") && refused.text.contains('學'), "{pdf}");
        let (path, query) = pdf.split_once('?').map_or((pdf.as_str(), String::new()), |(p, q)| (p, format!("?{q}")));
        let page = page.unwrap_or_else(|| path.trim_end_matches(".pdf").to_owned());
        let page = format!("{page}.html{query}");
        assert!(refused.text.contains(&format!("href=\"{page}\"")), "{}", refused.text);
        let shown = tab.get(&page).await;
        assert_eq!(shown.status, 200, "{page}");
        assert!(shown.words().contains(said), "{}", shown.words());
        assert!(!shown.headers.contains_key("content-disposition"), "it is looked at, not kept");
    }
    for page in ["/files/me/cpd-record.html", &format!("{person}.html")] {
        assert!(tab.get(page).await.words().contains("6 hours of 1 event"), "{page}");
    }
    assert_eq!(tab.get("/files/people.html").await.status, 404, "a list is its own page");
}

async fn lists_lead_to_their_files(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let event = hub.event(EventPlan::default()).await;
    let programme = hub.manager().get(&format!("/v1/events/{event}")).await.ok()["programme_id"].clone();
    lead.book_for(&event, &teacher).await.created();
    hub.complete(&event).await;
    hub.correct_roll(&school, 100).await;
    lead.post("/v1/offers", new_offer(json!({}))).await.created();
    lead.post("/v1/api-keys", json!({ "name": "Timetable", "scope": "read", "days": 30 })).await.created();
    let (manager, of_lead) = (hub.tab(&hub.manager()).await, hub.tab(&lead).await);
    for (tab, page, said) in [
        (&manager, "/rolls".to_owned(), "Lampton"),
        (&manager, "/ledger/trial-balance".to_owned(), "Wallet"),
        (&manager, format!("/programmes/{}", text(&programme)), "Spring conference"),
        (&manager, format!("/events/{event}/certificates"), "Lampton"),
        (&of_lead, "/support/ours".to_owned(), "Maths in the early years"),
        (&of_lead, "/account/sessions".to_owned(), "Operator"),
        (&of_lead, "/account/keys".to_owned(), "Timetable"),
        (&of_lead, format!("/people/{}", teacher.id()), "Spring conference"),
    ] {
        let seen = tab.get(&page).await;
        let page_seen = seen.page();
        let links = page_seen.all("a");
        let links: Vec<&str> = links.iter().filter_map(|link| link.attribute("href")).collect();
        let to = |ending: &str| links.iter().find(|link| link.contains(ending)).map(|link| link.replace("&#38;", "&"));
        let file = tab.get(&to(".csv").unwrap_or_else(|| panic!("no CSV on {page}: {links:?}"))).await;
        assert_eq!(
            (file.status, file.headers["content-type"].to_str().unwrap()),
            (200, "text/csv; charset=utf-8"),
            "{page}"
        );
        assert!(file.text.contains(said), "{page}: {}", file.text);
        let book = tab.get(&to(".xlsx").unwrap_or_else(|| panic!("no XLSX on {page}: {links:?}"))).await;
        assert_eq!((book.status, book.headers["content-type"].to_str().unwrap()), (200, XLSX), "{page}");
    }
    let places = of_lead.get(&format!("/schools/{}/places.csv", school.id)).await;
    assert!(places.text.contains("Event,Starts at,Ends at,Names by,Held"), "{}", places.text);
}

async fn the_audit_says_acts_in_words(hub: TestHub) {
    let manager = hub.manager();
    manager.patch("/v1/hub", "\"1\"", json!({ "audit_days": 400 })).await.ok();
    let tab = hub.tab_by_password(&hub.another_manager().await).await;
    tab.submit("/partners/new", "/partners/new", &[("name", "Example Trust")]).await.location();
    let seen = tab.get("/audit").await.words();
    for (words, act) in
        [("Signed in", "sign_in"), ("Added a partner", "POST /partners/new"), ("Hub founded", "hub_founded")]
    {
        assert!(seen.contains(words) && seen.contains(act), "{words}: {seen}");
        // Each can be chosen by the same words.
        let page = tab.get("/audit").await.page();
        let options: Vec<_> = page.all("option").into_iter().filter(|it| it.attribute("value") == Some(act)).collect();
        assert_eq!(options.len(), 1, "{act}");
    }
}

async fn the_ledger_shows_what_the_api_says(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let event = hub.event(EventPlan::of(5, "12.50")).await;
    lead.book_for(&event, &teacher).await.created();
    let (manager, tab) = (hub.manager(), hub.tab(&hub.another_manager().await).await);
    let transactions = manager.all("/v1/transactions").await;
    let paid = transactions.iter().find(|it| it["kind"] == "booking_paid").unwrap();

    let list = tab.get("/ledger").await;
    assert_eq!(list.page().all("tbody")[0].all("tr").len(), transactions.len());
    let name = text(&teacher.get("/v1/me").await.ok()["name"]).to_owned();
    for (query, found) in [
        (format!("text={}", name.to_uppercase().replace(' ', "+")), 1),
        ("kind=booking_paid".to_owned(), 1),
        ("text=nothing+is+called+so".to_owned(), 0),
        (format!("from={}", hub.world.today()), transactions.len()),
        ("until=2020-01-01".to_owned(), 0),
    ] {
        let seen = tab.get(&format!("/ledger?{query}")).await.page();
        let rows = seen.all("tbody").first().map_or(0, |body| body.all("tr").len());
        assert_eq!(rows, found, "{query}");
    }

    let shown = tab.get(&format!("/ledger/transactions/{}", text(&paid["id"]))).await;
    for said in ["Place paid for", &name, "Wallet of Lampton, 2026/27", "12.50", "87.50", text(&paid["hash"])] {
        assert!(shown.words().contains(said), "{said}: {}", shown.words());
    }
    let balance = tab.get("/ledger/trial-balance").await;
    let said = manager.get("/v1/ledger/trial-balance").await.ok();
    let total = text(&said["debit"]).trim_end_matches(".00");
    assert!(balance.words().contains(&format!("Together {total} {total}")), "{}", balance.words());
    assert!(balance.words().contains("Debits and credits are equal"));

    let wallet = manager.all(&format!("/v1/accounts?school_id={}", school.id)).await.remove(0);
    let statement = tab.get(&format!("/ledger/accounts/{}", text(&wallet["id"]))).await;
    assert!(statement.words().contains("87.50 credits"), "{}", statement.words());
    let listed = tab.get(&format!("/ledger?account={}", text(&wallet["id"]))).await.page();
    assert_eq!(listed.all("tbody")[0].all("tr").len(), 2);

    let found = tab.get("/ledger/verification?verify=now").await;
    assert!(found.words().contains("Everything agrees."), "{}", found.words());
    let journal = tab.get("/ledger/export/hledger").await;
    assert_eq!(journal.text, manager.get("/v1/ledger/export?format=hledger").await.text());
    let tab = hub.tab(&lead).await;
    assert_eq!(tab.get("/ledger").await.status, 403);
    assert_eq!(tab.get("/ledger/export/csv").await.status, 403);
}

async fn a_reversal_is_posted_once_and_keeps_a_reason_that_is_refused(hub: TestHub) {
    let (school, ..) = hub.funded_school("Lampton", "100").await;
    let sold = hub.top_up(&school, "20").await;
    let (tab, viewer) = (hub.tab(&hub.another_manager().await).await, hub.tab(&hub.viewer().await).await);
    let path = format!("/ledger/transactions/{}/reverse", text(&sold["transaction_id"]));
    let (long, fields) = ("x".repeat(300), tab.form(&path, &path).await);
    let refused = tab.send(&path, filled(fields.clone(), &[("reason", &long)])).await;
    assert!(refused.words().contains("That could not be done") && refused.text.contains(&long), "{}", refused.text);
    assert_eq!(hub.balance(&school).await, "120.00");

    let fields = filled(tab.form(&path, &path).await, &[("reason", "The wrong school")]);
    let (done, again) = (tab.send(&path, fields.clone()).await, tab.send(&path, fields).await);
    assert_eq!(done.location(), again.location());
    let mirror = tab.get(done.location()).await;
    for said in ["The transaction is reversed.", "Reversal", "The wrong school"] {
        assert!(mirror.words().contains(said), "{said}: {}", mirror.words());
    }
    assert_eq!(hub.balance(&school).await, "100.00");
    assert_eq!(viewer.get(&path).await.status, 403);
    hub.verified().await;
}

async fn settings_are_saved_once_and_two_managers_relax_them(hub: TestHub) {
    let (manager, tab) = (hub.manager(), hub.tab(&hub.another_manager().await).await);
    let edit = "/settings/edit";
    let fields = tab.form(edit, edit).await;
    let refused = tab.send(edit, filled(fields.clone(), &[("approval_days", "61"), ("name", "West & <East>")])).await;
    assert!(refused.words().contains("must be 1 to 60 working days"), "{}", refused.words());
    assert!(refused.form(edit).contains(&("name".to_owned(), "West & <East>".to_owned())), "{}", refused.text);
    let typed = filled(tab.form(edit, edit).await, &[("approval_days", "7"), ("retention_years", "3")]);
    let (done, again) = (tab.send(edit, typed.clone()).await, tab.send(edit, typed).await);
    assert_eq!((done.location(), again.location()), ("/settings?done=settings-saved", "/settings?done=settings-saved"));
    let hub_now = manager.get("/v1/hub").await.ok();
    assert_eq!((&hub_now["approval_days"], &hub_now["retention_years"]), (&json!(7), &json!(3)));
    // What was read before somebody else changed it changes nothing.
    let stale = tab.send(edit, filled(fields, &[("approval_days", "9")])).await;
    assert!(stale.words().contains("has been changed since you opened the form"), "{}", stale.words());

    let (page, act) = ("/settings", "/settings/four-eyes");
    assert_eq!(tab.submit(page, act, &[]).await.location(), "/settings?done=four-eyes-on");
    assert_eq!(tab.submit(page, act, &[("four_eyes", "no")]).await.location(), "/settings?done=four-eyes-asked");
    let mine = tab.get(page).await;
    assert!(mine.words().contains("You have asked to let one manager approve alone."), "{}", mine.words());
    let other = hub.tab(&hub.another_manager().await).await;
    assert_eq!(other.submit(page, act, &[]).await.location(), "/settings?done=four-eyes-off");
    assert_eq!(manager.get("/v1/hub").await.ok()["four_eyes"], false);

    let viewer = hub.tab(&hub.viewer().await).await;
    let seen = viewer.get(page).await.page();
    assert_eq!(seen.all("main")[0].all("form").len(), 0, "a viewer changes nothing");
    assert_eq!(viewer.get(edit).await.status, 403);
}

async fn a_hub_has_a_colour_of_its_own(hub: TestHub) {
    let (manager, tab, edit) = (hub.manager(), hub.tab(&hub.another_manager().await).await, "/settings/edit");
    let seen = manager.get("/v1/hub").await;
    assert_eq!(seen.ok()["colour"], "#0f5257");
    assert!(!tab.get("/settings").await.text.contains("/assets/colour."));
    for (wrong, why) in [("#FFCC00", "must be darker, so that words can be read"), ("teal", "must be a colour such as")]
    {
        let refused = manager.patch("/v1/hub", &seen.etag(), json!({ "colour": wrong })).await;
        refused.refused(400, "invalid_request");
        assert!(refused.text().contains(why), "{}", refused.text());
        let refused = tab.submit(edit, edit, &[("colour", wrong)]).await;
        assert!(refused.words().contains(why), "{}", refused.words());
    }
    assert_eq!(tab.submit(edit, edit, &[("colour", "#7A1F3D")]).await.location(), "/settings?done=settings-saved");
    let changed = json!({ "public_programme": true });
    let hub_now = manager.patch("/v1/hub", &manager.get("/v1/hub").await.etag(), changed).await.ok();
    assert_eq!(hub_now["colour"], "#7a1f3d");
    let sheet = "/assets/colour.7a1f3d.css";
    for (who, path) in
        [(&tab, "/settings".to_owned()), (&Tab::new(manager.address()), format!("/programme/{}", hub.id))]
    {
        assert!(who.get(&path).await.text.contains(sheet), "{path}");
    }
    let (_, _, teacher) = hub.funded_school("Lampton", "0").await;
    let person = format!("/people/{}", teacher.id());
    let made = tab.submit(&person, &format!("{person}/invite"), &[]).await.words();
    let secret = made.split("/invitation/").nth(1).unwrap().split_whitespace().next().unwrap();
    let invited = Tab::new(manager.address()).get(&format!("/invitation/{secret}")).await;
    assert!(invited.text.contains(sheet), "whoever is invited sees the hub’s colour: {}", invited.text);
    let style = Tab::new(manager.address()).get(sheet).await;
    assert!(style.text.starts_with(":root{--hub:light-dark(#7a1f3d,#"), "{}", style.text);
    for none in ["/assets/colour.ffcc00.css", "/assets/colour.7a1f3.css", "/assets/colour.%22%7d.css"] {
        assert_eq!(tab.get(none).await.status, 404, "{none}");
    }
}

async fn the_audit_is_searched_by_managers_alone(hub: TestHub) {
    let (_, lead, _) = hub.funded_school("Lampton", "100").await;
    let (manager, tab) = (hub.manager(), hub.tab(&hub.another_manager().await).await);
    manager.patch("/v1/hub", "\"1\"", json!({ "audit_days": 400 })).await.ok();
    let found = tab.get("/audit?act=PATCH+%2Fv1%2Fhub").await;
    assert_eq!(found.page().all("tbody")[0].all("tr").len(), 1);
    assert!(found.words().contains("Mary Manager"), "{}", found.words());
    let of_mary = tab.get("/audit?who=mary+manager&act=PATCH+%2Fv1%2Fhub").await;
    assert_eq!(of_mary.page().all("tbody")[0].all("tr").len(), 1);
    let nobody = tab.get("/audit?who=nobody+of+the+hub").await.words();
    assert!(nobody.contains("Nobody is called “nobody of the hub”"), "{nobody}");
    let all = manager.all("/v1/audit").await.len();
    let shown = tab.get("/audit").await.page().all("tbody")[0].all("tr").len();
    assert_eq!(shown, all.min(50));
    assert!(tab.get("/audit?until=2020-01-01").await.words().contains("Nothing matches."));
    assert_eq!(hub.tab(&lead).await.get("/audit").await.status, 403);
    let viewer = hub.tab(&hub.viewer().await).await;
    assert!(viewer.get("/audit?act=PATCH+%2Fv1%2Fhub").await.words().contains("Mary Manager"));
}

async fn the_action_plan_counts_places_by_school_and_priority(hub: TestHub) {
    let (lampton, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let (_, other, another) = hub.funded_school("Oaklands", "100").await;
    let priority = hub.priority("Better reading").await;
    let programme = hub.programme(json!({ "priority_id": priority })).await;
    let sessions = [new_session("2026-11-12T09:00")];
    let event = hub.published_event(&programme, json!({ "sessions": sessions, "price": "12.50" })).await;
    let plain = hub.event(EventPlan::of(5, "10")).await;
    lead.book_for(&event, &teacher).await.created();
    other.book_for(&event, &another).await.created();
    lead.book_for(&plain, &teacher).await.created();
    // What waits for a decision holds credits, and is no place.
    hub.teacher(&lampton).await.book(&plain).await.created();
    let tab = hub.tab(&hub.viewer().await).await;
    let page = tab.get("/reports?year=2026-27").await.page();
    let row = |name: &str| {
        let rows: Vec<Vec<&str>> = page.all("tr").into_iter().map(|row| row.cells()).collect();
        rows.into_iter().find(|cells| cells.get(1) == Some(&name)).map(|cells| cells[2..].join(" "))
    };
    // Events, schools, people, places, attended, hours, credits, rating.
    assert_eq!(row("Better reading").as_deref(), Some("1 2 2 2 0 0 25 –"));
    assert_eq!(row("No priority").as_deref(), Some("1 1 1 1 0 0 10 –"));
    // People, places, by ticket, attended, hours, credits, left.
    assert_eq!(row("Lampton").as_deref(), Some("1 2 0 0 0 22.50 67.50"));
    assert_eq!(hub.balance(&lampton).await, "67.50");
    let by_credits = tab.get("/reports?year=2026-27&sort=-credits").await.page();
    let head = by_credits.all("th").into_iter().find(|head| head.attribute("aria-sort").is_some()).unwrap();
    assert_eq!((head.text.as_str(), head.attribute("aria-sort")), ("Credits", Some("descending")));
    let first = by_credits.all("table").into_iter().find(|table| table.text.contains("Use by school")).unwrap();
    assert_eq!(first.all("tr")[1].cells()[1], "Lampton", "who used the most is first");
    let cookie = hub.cookie(&hub.manager()).await;
    let file = hub.take("/reports/schools.xlsx?year=2026-27", &cookie).await;
    assert_eq!(file.called, format!("attachment; filename=\"reports-schools-{}.xlsx\"", hub.world.today()));
    let rows = file.rows_of("Schools");
    assert_eq!(rows[0][..4], ["\"URN\"", "\"School\"", "\"People\"", "\"Places\""]);
    assert_eq!(rows[1][1..], ["\"Lampton\"", "1", "2", "0", "0", "0", "22.5", "67.5"]);
    let file = hub.take("/reports/priorities.csv?year=2026-27", &cookie).await;
    assert!(file.text().contains("Better reading,1,2,2,2,0,0,0.00,25.00,0,\r\n"), "{}", file.text());
    assert_eq!(hub.tab(&lead).await.get("/reports").await.status, 403);
}
