//! What a hub manager does in a year: the first hour, schools and rolls, the year and its close, the allocation, the figures.

use chrono::TimeDelta;
use hub_credits::base::db;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::both_engines;
use crate::support::{CENSUS, EventPlan, PASSWORD, Tab, TestHub, World, filled};

both_engines!(
    the_first_hub_is_founded_once_by_its_link,
    a_file_of_schools_is_looked_at_before_it_is_taken_in,
    a_file_of_rolls_corrects_and_says_so,
    columns_that_are_not_recognised_are_chosen,
    all_faults_of_a_file_can_be_taken_away,
    a_census_comes_in_pages_and_as_a_file,
    a_school_is_added_changed_and_succeeded,
    a_year_is_opened_and_the_first_steps_go_on,
    the_close_of_a_year_says_what_the_api_says,
    an_allocation_is_asked_for_looked_at_approved_and_told_in_letters,
    the_approve_page_says_where_nobody_is_told,
    with_four_eyes_the_page_names_who_can_approve,
    who_is_too_new_a_second_is_offered_nothing_and_told_from_when,
    a_reversal_says_first_who_has_spent,
    the_figures_of_the_year_are_those_of_the_ledger,
    nobody_else_sees_these_pages
);

/// What a page shows as its own.
async fn words(tab: &Tab, path: &str) -> String {
    tab.get(path).await.words()
}

async fn the_first_hub_is_founded_once_by_its_link(world: World) {
    let secret = "0123456789abcdef";
    let digest: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
    let service = world.another_service(|settings| settings.founding = Some(digest));
    let (tab, path) = (Tab::new(&service.address), format!("/set-up/{secret}"));
    assert_eq!(tab.get("/set-up/0123456789abcdee").await.status, 404);
    let empty = tab.submit(&path, &path, &[("hub_name", " ")]).await;
    assert!(empty.words().contains("That could not be done"), "{}", empty.text);
    let asked = tab.submit(&path, &path, &[("hub_name", "North & South")]).await;
    assert!(asked.words().contains("North & South"), "{}", asked.text);
    let typed = [("name", "Mary Manager"), ("email", "mary@hub.example"), ("password", "mary@hub.example")];
    let weak = tab.send(&path, filled(asked.form(&path), &typed)).await;
    assert!(weak.words().contains("must not be your name, your address"), "{}", weak.words());
    let fields = weak.form(&path);
    assert!(fields.contains(&("name".to_owned(), "Mary Manager".to_owned())), "{fields:?}");
    assert!(!fields.contains(&("password".to_owned(), "mary@hub.example".to_owned())), "a password is not shown again");
    let founded = tab.send(&path, filled(fields.clone(), &[("password", PASSWORD)])).await;
    assert_eq!(founded.location(), "/set-up?done=founded");
    let tasks = words(&tab, "/set-up?done=founded").await;
    assert!(tasks.contains("signed in as its manager") && tasks.contains("0 of 6 done"), "{tasks}");
    assert_eq!(
        tab.send(&path, filled(fields, &[("password", PASSWORD)])).await.status,
        303,
        "sent again it lets the same browser in"
    );
    assert_eq!(Tab::new(&service.address).get(&path).await.status, 404);
    let again = world.another_service(|settings| settings.founding = Some(digest));
    assert_eq!(Tab::new(&again.address).get(&path).await.status, 404, "where there is a hub the link opens nothing");
    let mut tx = world.db().read_everywhere().await.unwrap();
    let named: Result<Vec<(String,)>, db::Error> = tx.query("SELECT name FROM hubs").all().await;
    assert_eq!(named.unwrap(), vec![("North & South".to_owned(),)]);
}

const SCHOOLS: &str =
    "urn,name,phase,pupils\n100001,A & Co,primary,100\n100002,B,secondary,200\n10000,C,primary,1\n100004,D,nothing,2\n";

async fn a_file_of_schools_is_looked_at_before_it_is_taken_in(hub: TestHub) {
    let (manager, path) = (hub.manager(), "/schools/import");
    let tab = hub.tab(&manager).await;
    let asked = filled(tab.form(path, path).await, &[("census_date", CENSUS)]);
    let looked = tab.upload(path, asked.clone(), Some(("schools.csv", SCHOOLS.as_bytes()))).await;
    let said = looked.words();
    assert!(said.contains("New schools 2") && said.contains("Faults 2"), "{said}");
    assert!(said.contains("A & Co") && said.contains("100 pupils on 19 Jan 2023"), "{said}");
    assert!(manager.all("/v1/schools").await.is_empty(), "nothing is changed before");
    let fields = filled(looked.form(path), &[("mode", "partial")]);
    let taken = tab.upload(path, fields.clone(), None).await;
    let twice = tab.upload(path, fields, None).await;
    assert_eq!(taken.location(), twice.location(), "what is sent twice is done once");
    assert!(taken.location().contains("created=2") && taken.location().contains("left_out=2"), "{taken:?}");
    assert!(words(&tab, taken.location()).await.contains("New schools 2"));
    let names: Vec<Value> = manager.all("/v1/schools").await.iter().map(|school| school["name"].clone()).collect();
    assert_eq!(names, [json!("A & Co"), json!("B")]);
    let list = words(&tab, "/schools").await;
    assert!(list.contains("A & Co") && list.contains("100002"), "{list}");
    let changed = "urn,name\n100001,A and Company\n100002,B\n";
    let looked = tab.upload(path, asked.clone(), Some(("schools.csv", changed.as_bytes()))).await.words();
    assert!(
        looked.contains("Name: from A & Co to A and Company") && looked.contains("Schools as they are 1"),
        "{looked}"
    );
    let nothing = tab.upload(path, asked.clone(), None).await.words();
    assert!(nothing.contains("Choose a file"), "{nothing}");
    let unread = tab.upload(path, asked, Some(("schools.csv", b"name\nA\n".as_slice()))).await.words();
    assert!(unread.contains("That could not be done") && unread.contains("no column for URN"), "{unread}");
}

async fn a_file_of_rolls_corrects_and_says_so(hub: TestHub) {
    let schools = hub.three_schools().await;
    hub.allocate(json!({ "pool": "600" })).await;
    let (tab, path) = (hub.tab(&hub.manager()).await, "/rolls/import");
    let file = format!("urn,pupils,census_date\n100001,120,{CENSUS}\n100002,200,{CENSUS}\n999999,5,{CENSUS}\n");
    let looked = tab.upload(path, tab.form(path, path).await, Some(("rolls.csv", file.as_bytes()))).await;
    let said = looked.words();
    assert!(said.contains("120 pupils on 19 Jan 2023, corrected from 100"), "{said}");
    assert!(said.contains("Rolls as they are 1") && said.contains("Faults 1"), "{said}");
    tab.upload(path, filled(looked.form(path), &[("mode", "partial")]), None).await.location();
    let rolls = words(&tab, &format!("/rolls?census_date={CENSUS}")).await;
    assert!(rolls.contains("120") && rolls.contains("1 corrected since"), "{rolls}");
    let manage = words(&tab, &format!("/schools/{}/manage", schools[0].id)).await;
    assert!(manage.contains("correction 1") && manage.contains("Corrected"), "{manage}");
}

async fn columns_that_are_not_recognised_are_chosen(hub: TestHub) {
    let (manager, path) = (hub.manager(), "/schools/import");
    let tab = hub.tab(&manager).await;
    let asked = filled(tab.form(path, path).await, &[("census_date", CENSUS)]);
    let known = "Unique number,School name,Number of pupils,Head\n100001,A,100,Zoë\n";
    let looked = tab.upload(path, asked.clone(), Some(("schools.csv", known.as_bytes()))).await.words();
    assert!(looked.contains("New schools 1") && looked.contains("100 pupils"), "{looked}");
    assert!(looked.contains("Not read: Head"), "what is dropped is said at the top: {looked}");
    let unknown = "Ref,Academy,Heads\n100001,A,100\n";
    let chosen = tab.upload(path, asked.clone(), Some(("schools.csv", unknown.as_bytes()))).await;
    let said = chosen.words();
    assert!(said.contains("Which column is which?") && said.contains("Ref, Academy, Heads"), "{said}");
    assert!(said.contains("Leave out") && said.contains("Choose a column"), "{said}");
    let fields = [("column_urn", "Ref"), ("column_name", "Academy"), ("column_pupils", "Heads")];
    let looked = tab.upload(path, filled(chosen.form(path), &fields), None).await;
    assert!(looked.words().contains("New schools 1"), "the file need not be chosen again: {}", looked.words());
    assert_eq!(looked.text.matches("kept_file").count(), 1, "the page holds the file once: {}", looked.text);
    let anew = [("read", "anew"), ("as_urn", "Ref"), ("as_name", "Academy"), ("as_pupils", "-")];
    let anew = tab.upload(path, filled(looked.form(path), &anew), None).await.words();
    assert!(anew.contains("New schools 1") && !anew.contains("100 pupils"), "{anew}");
    let taken = tab.upload(path, filled(looked.form(path), &[("mode", "all")]), None).await;
    assert!(taken.location().contains("created=1") && taken.location().contains("rolls_recorded=1"), "{taken:?}");
    assert_eq!(manager.all("/v1/schools").await[0]["urn"], "100001");
    // What was chosen stays chosen where something is missing, and what is missing can be given there.
    let chosen = tab.upload(path, tab.form(path, path).await, Some(("schools.csv", unknown.as_bytes()))).await;
    let undated = tab.upload(path, filled(chosen.form(path), &fields), None).await;
    assert!(undated.words().contains("needs a census date"), "{}", undated.words());
    for (name, column) in fields {
        assert!(undated.form(path).contains(&(name.to_owned(), column.to_owned())), "{name}: {:?}", undated.form(path));
    }
    let looked = tab.upload(path, filled(undated.form(path), &[("census_date", CENSUS)]), None).await;
    assert!(looked.words().contains("Schools as they are 1"), "{}", looked.words());
    let large = vec![b','; 16 * 1024 * 1024 + 1];
    let refused = tab.upload(path, asked.clone(), Some(("schools.csv", large.as_slice()))).await;
    assert!(refused.words().contains("The file is larger than 16 megabytes"), "{}", refused.words());
    assert!(refused.text.contains("href=\"#file\""), "it leads to the field");
    let made_up = words(&tab, "/schools/import?done=imported&created=12345").await;
    assert!(!made_up.contains("12345"), "an address alone says nothing: {made_up}");
    for (file, what) in [(&b"\x89PNG\r\n\x1a\n...."[..], "a picture (PNG)"), (b"\xD0\xCF\x11\xE0....", "(.xls)")] {
        let refused = tab.upload(path, asked.clone(), Some(("schools.csv", file))).await.words();
        assert!(refused.contains("this is not a sheet") && refused.contains(what), "{refused}");
        assert!(refused.contains("save it as XLSX or CSV") && !refused.contains("Which column"), "{refused}");
    }
}

async fn all_faults_of_a_file_can_be_taken_away(hub: TestHub) {
    let (tab, path) = (hub.tab(&hub.manager()).await, "/schools/import");
    let rows: String = (0..1200).map(|_| "none,=A\n".to_owned()).collect();
    let asked = tab.form(path, path).await;
    let looked = tab.upload(path, asked, Some(("schools.csv", format!("urn,name\n{rows}").as_bytes()))).await;
    assert!(looked.words().contains("What is wrong: the first 100 of 1200"), "{}", looked.words());
    let file = tab.upload(path, filled(looked.form(path), &[("faults", "csv")]), None).await;
    assert_eq!((file.status, file.headers["content-type"].to_str().unwrap()), (200, "text/csv; charset=utf-8"));
    assert_eq!(file.headers["content-disposition"].to_str().unwrap(), "attachment; filename=\"faults.csv\"");
    let lines: Vec<Vec<String>> = csv::Reader::from_reader(file.text.as_bytes())
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect();
    assert_eq!((lines.len(), &lines[1199][..2]), (1200, &["1201".to_owned(), "urn".to_owned()][..]));
    assert!(hub.manager().all("/v1/schools").await.is_empty(), "nothing is changed");
}

async fn a_census_comes_in_pages_and_as_a_file(hub: TestHub) {
    let manager = hub.manager();
    let rows: String = (0..130).map(|n| format!("{},School {n:03},{}\n", 100_001 + n, 10 + n)).collect();
    let path = format!("/v1/schools/import?census_date={CENSUS}");
    manager.post(&path, None).csv(format!("urn,name,pupils\n{rows}")).await.ok();
    let tab = hub.tab(&manager).await;
    let first = tab.get("/rolls").await;
    assert!(first.words().contains("School 000") && !first.words().contains("School 129"), "{}", first.words());
    assert!(first.words().contains("Members this year 130"), "the figures are of all: {}", first.words());
    let page = first.page();
    let next = page.all("a").into_iter().find(|link| link.attribute("rel") == Some("next")).unwrap();
    let second = tab.get(&next.attribute("href").unwrap().replace("&#38;", "&")).await.words();
    assert!(second.contains("School 050") && second.contains("School 099"), "{second}");
    assert!(!second.contains("School 049") && !second.contains("School 100"), "{second}");
    let file = tab.get(&format!("/rolls.csv?census_date={CENSUS}")).await;
    let mut read = csv::Reader::from_reader(file.text.as_bytes());
    assert_eq!(read.records().count(), 130);
    assert!(file.text.contains(&format!("100130,School 129,{CENSUS},139,0")), "{}", file.text);
    assert_eq!(hub.tab(&hub.lead(&hub.school("Lampton").await).await).await.get("/rolls.csv").await.status, 403);
}

async fn a_school_is_added_changed_and_succeeded(hub: TestHub) {
    let (manager, tab) = (hub.manager(), hub.tab(&hub.manager()).await);
    let new = [("name", "Orchard <School>"), ("urn", "123456"), ("phase", "primary")];
    let wrong = tab.submit("/schools/new", "/schools/new", &[("name", "Orchard"), ("urn", "12")]).await;
    assert!(wrong.form("/schools/new").contains(&("name".to_owned(), "Orchard".to_owned())), "{}", wrong.text);
    let fields = filled(tab.form("/schools/new", "/schools/new").await, &new);
    let (once, twice) = (tab.send("/schools/new", fields.clone()).await, tab.send("/schools/new", fields).await);
    assert_eq!(once.location(), twice.location());
    let id = manager.all("/v1/schools").await[0]["id"].as_str().unwrap().to_owned();
    let at = format!("/schools/{id}/manage");
    let details = format!("{at}/details");
    tab.submit(&details, &details, &[("name", "Orchard School"), ("membership", "participant")]).await.location();
    let school = manager.get(&format!("/v1/schools/{id}")).await.ok();
    assert_eq!((&school["name"], &school["membership"]), (&json!("Orchard School"), &json!("participant")));
    let stale = filled(tab.form(&details, &details).await, &[("version", "1")]);
    assert!(tab.send(&details, stale).await.words().contains("has been changed since"));
    let numbers = format!("{at}/numbers");
    let given = [("scheme", "urn"), ("value", "654321"), ("from", "2026-10-01")];
    tab.submit(&numbers, &numbers, &given).await.location();
    let rolls = format!("{at}/rolls");
    tab.submit(&rolls, &rolls, &[("census_date", CENSUS), ("pupils", "77")]).await.location();
    let seen = words(&tab, &at).await;
    assert!(seen.contains("654321") && seen.contains("123456") && seen.contains("77"), "{seen}");
    let successor = hub.school("Greenfield").await;
    let succession = format!("{at}/succession");
    let preview = tab.get(&format!("{succession}?successor_id={}", successor.id)).await;
    assert!(preview.words().contains("What goes over to Greenfield"), "{}", preview.text);
    let forms = filled(preview.form(&succession), &[("successor_id", &successor.id), ("reason", "Merger")]);
    let page = preview.page();
    let quote = page.within.iter().find(|field| field.attribute("name") == Some("quote")).unwrap();
    let (quote, key) = (quote.attribute("value").unwrap().to_owned(), preview.form("/sign-out"));
    let fields = filled(filled(forms, &[("quote", &quote)]), &[("form_key", &key[0].1), ("form_mark", &key[1].1)]);
    assert!(tab.send(&succession, fields).await.location().ends_with("done=succession-done"));
    assert!(words(&tab, &at).await.contains("Greenfield"));
    let itself = tab.get(&format!("{succession}?successor_id={id}")).await.words();
    assert!(itself.contains("a school can't take its own place") || itself.contains("took its place"), "{itself}");
}

async fn a_year_is_opened_and_the_first_steps_go_on(hub: TestHub) {
    let tab = hub.tab(&hub.manager()).await;
    assert!(words(&tab, "/hub").await.contains("No year is open yet"));
    let fields = tab.form("/years", "/years").await;
    assert!(fields.contains(&("year".to_owned(), "2026/27".to_owned())), "this year is offered first: {fields:?}");
    let asked = tab.send("/years", fields).await;
    assert!(asked.words().contains("Open the year 2026/27?") && asked.words().contains("can’t be taken back"));
    assert!(hub.manager().all("/v1/years").await.is_empty(), "nothing is opened before");
    let fields = filled(asked.form("/years"), &[("sure", "yes")]);
    let (once, twice) = (tab.send("/years", fields.clone()).await, tab.send("/years", fields.clone()).await);
    assert_eq!(
        (once.location(), twice.location()),
        ("/years/2026-27?done=year-opened", "/years/2026-27?done=year-opened")
    );
    let again = filled(tab.form("/years", "/years").await, &[("year", "2026/27")]);
    assert!(tab.send("/years", again).await.words().contains("has been opened already"));
    let steps = words(&tab, "/set-up").await;
    assert!(steps.contains("1 of 6 done") && steps.contains("1 year"), "{steps}");
    assert!(words(&tab, "/years/2026-27").await.contains("Nothing: no event"));
    assert_eq!(tab.get("/years/2030-31").await.status, 404);
}

async fn the_close_of_a_year_says_what_the_api_says(hub: TestHub) {
    hub.three_schools().await;
    hub.allocate(json!({ "pool": "600" })).await;
    hub.open_year("2027/28").await;
    let tab = hub.tab(&hub.manager()).await;
    let asked = "/years/2026-27/close?carry_by=percent&carry_number=10";
    assert!(words(&tab, asked).await.contains("It can’t be closed yet"));
    assert!(words(&tab, "/years/2026-27/close?carry_by=percent").await.contains("say how many per cent"));
    hub.world.at("2027-08-31T10:00:00Z");
    let tab = hub.tab(&hub.manager()).await;
    let preview = tab.get(asked).await;
    let told = hub.manager().get("/v1/years/2026-27/close?carry=10%25").await.ok();
    assert_eq!((&told["carried"], &told["lapsed"]), (&json!("60.00"), &json!("540.00")));
    let said = preview.words();
    assert!(said.contains("60 credits") && said.contains("540 credits lapse"), "{said}");
    let path = "/years/2026-27/close";
    let page = preview.page();
    let forms = page.all("form");
    let form =
        forms.iter().find(|form| form.attribute("method") == Some("post") && form.attribute("action") == Some(path));
    let hidden = form.unwrap().all("input").into_iter();
    let fields: Vec<(String, String)> = hidden
        .map(|field| (field.attribute("name").unwrap().to_owned(), field.attribute("value").unwrap().to_owned()))
        .collect();
    let mut others = fields.clone();
    others.iter_mut().filter(|(name, _)| name == "quote").for_each(|(_, quote)| *quote = "0".repeat(64));
    let changed = tab.send(path, others).await.words();
    assert!(changed.contains("This has changed since the page was shown to you"), "{changed}");
    assert!(changed.contains("540 credits lapse"), "what it would do now is shown: {changed}");
    let (once, twice) = (tab.send(path, fields.clone()).await, tab.send(path, fields).await);
    assert_eq!(
        (once.location(), twice.location()),
        ("/years/2026-27?done=year-closed", "/years/2026-27?done=year-closed")
    );
    assert!(words(&tab, "/years/2026-27").await.contains("540 credits"));
    let reopen = "/years/2026-27/reopen";
    assert!(tab.submit(reopen, reopen, &[("reason", "Too early")]).await.location().ends_with("year-reopened"));
    assert_eq!(hub.manager().get("/v1/years/2026-27").await.ok()["state"], "open");
}

async fn an_allocation_is_asked_for_looked_at_approved_and_told_in_letters(hub: TestHub) {
    hub.london_west().await;
    let (manager, tab, new) = (hub.manager(), hub.tab(&hub.manager()).await, "/allocations/new");
    assert!(words(&tab, new).await.contains("Which year, and which census?"));
    let when = format!("{new}?year=2026%2F27&census_date={CENSUS}");
    assert!(words(&tab, &when).await.contains("How much is divided?"));
    let asked = words(&tab, &when).await;
    assert!(asked.contains("as the hub’s settings say: 50%.") && !asked.contains("could not be done"), "{asked}");
    for (typed, why) in [
        ("pool_by=credits&pool=&funding=", "Credits: say how many credits are divided"),
        ("pool_by=funding&pool=600&funding=", "Funding in pounds: say how much the hub is funded with"),
        ("pool_by=credits&pool=many&funding=", "Credits: must be a number of credits"),
    ] {
        let asked = words(&tab, &format!("{when}&{typed}")).await;
        assert!(asked.contains("How much is divided?") && asked.contains(why), "{typed}: {asked}");
    }
    let how_much = format!("{when}&pool_by=funding&funding=%C2%A3120,000");
    let rules = tab.get(&how_much).await;
    assert!(rules.words().contains("50% of £120,000 at £1 a credit"), "{}", rules.text);
    let fields = rules.form(new);
    let wrong = tab.send(new, filled(fields.clone(), &[("floor", "1.5"), ("weight_primary", "x")])).await;
    let said = wrong.words();
    assert!(said.contains("must be from 0 to 1000"), "{said}");
    assert!(wrong.form(new).contains(&("floor".to_owned(), "1.5".to_owned())), "what was typed stays");
    let (once, twice) = (tab.send(new, fields.clone()).await, tab.send(new, fields).await);
    assert_eq!(once.location(), twice.location());
    let drafted = manager.all("/v1/allocations").await;
    assert_eq!(drafted.len(), 1, "what is sent twice is done once");
    let at = format!("/allocations/{}", drafted[0]["id"].as_str().unwrap());
    let page = tab.get(&at).await.page();
    let lines = manager.all(&format!("/v1{at}/lines?limit=200")).await;
    let tables = page.all("table");
    let rows: Vec<Vec<&str>> = tables[0].all("tr").iter().skip(1).map(|row| row.cells()).collect();
    assert_eq!(rows.len(), lines.len());
    for (row, line) in rows.iter().zip(&lines) {
        let credits = line["credits"].as_str().unwrap().trim_end_matches(".00");
        assert_eq!(
            (row[0].trim(), &*row[1].replace(',', ""), &*row[4].trim().replace(',', "")),
            (line["name"].as_str().unwrap(), &*line["pupils"].to_string(), credits)
        );
    }
    let approve = format!("{at}/approve");
    let fields = tab.form(&approve, &approve).await;
    let (once, twice) = (tab.send(&approve, fields.clone()).await, tab.send(&approve, fields).await);
    assert_eq!(once.location(), twice.location());
    assert_eq!(manager.get(&format!("/v1{at}")).await.ok()["state"], "approved");
    let letters = tab.get(&format!("{at}/letters")).await;
    assert_eq!(letters.page().all("article").len(), lines.len());
    let one = words(&tab, &format!("{at}/letters?school_id={}", lines[0]["school_id"].as_str().unwrap())).await;
    // A share such as `2743 6617/18481`, said to the hundredth.
    let quota = lines[0]["quota"].as_str().unwrap();
    let (whole, rest) = quota.split_once(' ').unwrap();
    let (over, under) = rest.split_once('/').unwrap();
    let (over, under) = (over.parse::<u64>().unwrap(), under.parse::<u64>().unwrap());
    let hundredths = (over * 200 + under) / (2 * under);
    assert!(one.contains(lines[0]["name"].as_str().unwrap()), "{one}");
    assert!(one.replace(',', "").contains(&format!("about {whole}.{hundredths:02}")), "{quota}: {one}");
    let second = tab.get(&format!("{at}/letters?from=2")).await;
    assert_eq!(second.page().all("article").len(), lines.len() - 1, "by pages");
    assert_eq!(tab.get(&format!("{at}/approve")).await.status, 404);
}

async fn the_approve_page_says_where_nobody_is_told(hub: TestHub) {
    let schools = hub.three_schools().await;
    let draft = hub.draft(json!({ "pool": "600" })).await;
    let path = format!("/allocations/{}/approve", draft["id"].as_str().unwrap());
    let tab = hub.tab(&hub.manager()).await;
    let none = words(&tab, &path).await;
    assert!(
        none.contains("None of the 3 schools has a CPD lead yet") && !none.contains("CPD leads are told"),
        "{none}"
    );
    hub.lead(&schools[0]).await;
    let some = words(&tab, &path).await;
    assert!(some.contains("their CPD leads are told where there is one"), "{some}");
    assert!(some.contains("2 schools have no CPD lead yet") && some.contains("Which B C"), "{some}");
    for school in &schools[1..] {
        hub.lead(school).await;
    }
    let all = words(&tab, &path).await;
    assert!(all.contains("their CPD leads are told.") && !all.contains("no CPD lead yet"), "{all}");
    assert!(!words(&tab, "/set-up").await.contains("letters to print"));
    tab.submit(&path, &path, &[]).await.location();
    assert!(words(&tab, "/set-up").await.contains("letters to print: Allocation for 2026/27"));
}

async fn with_four_eyes_the_page_names_who_can_approve(hub: TestHub) {
    hub.three_schools().await;
    let (first, second) = (hub.manager(), hub.another_manager().await);
    let settings = first.get("/v1/hub").await;
    first.patch("/v1/hub", &settings.etag(), json!({ "four_eyes": true })).await.ok();
    let draft = hub.draft(json!({ "pool": "600" })).await;
    let path = format!("/allocations/{}/approve", draft["id"].as_str().unwrap());
    let page = hub.tab(&first).await.get(&path).await;
    assert!(page.words().contains("A second pair of eyes"), "{}", page.text);
    assert!(page.text.contains("mailto:manager."), "{}", page.text);
    let other = hub.tab(&second).await;
    assert!(words(&other, &path).await.contains("you are the second pair of eyes"));
    other.submit(&path, &path, &[]).await.location();
    assert_eq!(
        first.get(&format!("/v1/allocations/{}", draft["id"].as_str().unwrap())).await.ok()["state"],
        "approved"
    );
}

async fn who_is_too_new_a_second_is_offered_nothing_and_told_from_when(hub: TestHub) {
    hub.three_schools().await;
    let first = hub.manager();
    let founder = hub.tab(&first).await;
    let warned = words(&founder, "/settings").await;
    assert!(warned.contains("Nobody could be the second manager now"), "{warned}");
    let added = hub.new_manager().await;
    let new = hub.tab(&added).await;
    founder.submit("/settings", "/settings/four-eyes", &[]).await.location();
    let draft = hub.draft(json!({ "pool": "600" })).await;
    let at = format!("/allocations/{}", draft["id"].as_str().unwrap());
    let path = format!("{at}/approve");
    let home = words(&new, "/").await;
    assert!(home.contains("waits for approval by another manager; you can from"), "{home}");
    assert!(words(&new, &at).await.contains("Who can approve it"));
    let shown = new.get(&path).await;
    assert!(shown.words().contains("You can approve it from") && !shown.text.contains("Approve it</button>"));
    let shown = words(&founder, &path).await;
    assert!(shown.contains("No other hub manager can do that yet") && shown.contains("hub-credits manager"), "{shown}");
    assert!(words(&founder, "/").await.contains("waits for approval by another manager"));
    // What is asked of them stands on their home, and is not offered before they can do it.
    founder.submit("/settings", "/settings/four-eyes", &[("four_eyes", "no")]).await.location();
    let home = words(&new, "/").await;
    assert!(home.contains("one manager approve alone") && home.contains("you can agree from"), "{home}");
    assert!(!words(&new, "/settings").await.contains("Agree: one manager is enough"));
    hub.world.pass(TimeDelta::days(7));
    let new = hub.tab(&added).await;
    assert!(words(&new, "/").await.contains("waits for your approval"));
    assert!(words(&new, "/settings").await.contains("Agree: one manager is enough"));
    new.submit(&path, &path, &[]).await.location();
}

async fn a_reversal_says_first_who_has_spent(hub: TestHub) {
    let schools = hub.three_schools().await;
    let allocation = hub.allocate(json!({ "pool": "6" })).await;
    let tab = hub.tab(&hub.manager()).await;
    let path = format!("/allocations/{}/reverse", allocation["id"].as_str().unwrap());
    let said = words(&tab, &path).await;
    assert!(said.contains("Taken from wallets 6 credits"), "{said}");
    let event = hub.event(EventPlan::of(10, "1")).await;
    let lead = hub.lead(&schools[0]).await;
    lead.book(&event).await.created();
    let said = words(&tab, &path).await;
    assert!(said.contains("1 school has spent what it was given") && said.contains("A lacks 1 credit"), "{said}");
    hub.correct_roll(&schools[1], 400).await;
    let adjust = format!("/allocations/{}/adjust", allocation["id"].as_str().unwrap());
    assert!(words(&tab, &adjust).await.contains("400"));
    let drafted = tab.submit(&adjust, &adjust, &[("shortfalls", "leave")]).await;
    let draft = drafted.location().split('?').next().unwrap().to_owned();
    let said = words(&tab, &draft).await;
    assert!(said.contains("Can’t give back") || said.contains("Had been given"), "{said}");
    let discard = format!("{draft}/discard");
    assert_eq!(tab.submit(&discard, &discard, &[]).await.location(), "/allocations?done=allocation-discarded");
}

async fn the_figures_of_the_year_are_those_of_the_ledger(hub: TestHub) {
    let schools = hub.three_schools().await;
    hub.allocate(json!({ "pool": "600" })).await;
    let event = hub.event(EventPlan::of(10, "25")).await;
    let lead = hub.lead(&schools[0]).await;
    lead.book(&event).await.created();
    let tab = hub.tab(&hub.manager()).await;
    let said = words(&tab, "/hub").await;
    for figure in ["Credits allocated 600", "Held for what is to come 25", "Left to spend 575", "Spent 0"] {
        assert!(said.contains(figure), "{figure}: {said}");
    }
    assert!(said.contains("Places filled 1 of"), "{said}");
    let unbooked = said.split("Schools that have booked nothing").nth(1).unwrap();
    assert!(unbooked.contains(" B ") && unbooked.contains(" C ") && !unbooked.contains(" A "), "{unbooked}");
    assert!(said.contains("Credits allocated, spent, held and lapsed, month by month in 2026/27"));
    // Month by month the page has what the API says.
    let told = hub.manager().get("/v1/years/2026-27/figures").await.ok();
    let page = tab.get("/hub").await.page();
    let rows = page.all("figure")[0].all("table")[0].all("tbody")[0].all("tr").into_iter().map(|row| row.text.clone());
    let short = |amount: &Value| amount.as_str().unwrap().trim_end_matches(".00").to_owned();
    let of_api = told["months"]
        .as_array()
        .unwrap()
        .iter()
        .map(|month| ["allocated", "spent", "held", "lapsed"].map(|figure| short(&month[figure])).join(" "));
    let months: Vec<String> = rows.map(|row| row.split_once(' ').unwrap().1.to_owned()).collect();
    assert_eq!(months, of_api.collect::<Vec<_>>());
}

async fn nobody_else_sees_these_pages(hub: TestHub) {
    let school = hub.school("Lampton").await;
    hub.open_year("2026/27").await;
    let (viewer, lead) = (hub.tab(&hub.viewer().await).await, hub.tab(&hub.lead(&school).await).await);
    let manage = format!("/schools/{}/manage", school.id);
    for path in
        ["/schools", "/rolls", "/years", "/years/2026-27", "/years/2026-27/close", "/allocations", "/hub", &manage]
    {
        let seen = viewer.get(path).await;
        assert_eq!(seen.status, 200, "{path}");
        let page = seen.page();
        let posts = page.all("form").into_iter().filter(|form| form.attribute("method") == Some("post")).count();
        assert_eq!(posts, 1, "{path}: whoever looks only can sign out alone");
        assert_eq!(lead.get(path).await.status, 403, "{path}");
    }
    for path in ["/schools/new", "/schools/import", "/rolls/import", "/allocations/new", "/set-up"] {
        assert_eq!(viewer.get(path).await.status, 403, "{path}");
        assert_eq!(lead.get(path).await.status, 403, "{path}");
    }
}
