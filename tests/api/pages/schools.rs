//! Schools and their rolls, by a browser: files that are looked at before they are taken in, the census, a school's own page.

use serde_json::{Value, json};

use super::words;
use crate::both_engines;
use crate::support::{CENSUS, TestHub, filled};

const SCHOOLS: &str =
    "urn,name,phase,pupils\n100001,A & Co,primary,100\n100002,B,secondary,200\n10000,C,primary,1\n100004,D,nothing,2\n";

both_engines!(
    a_file_of_schools_is_looked_at_before_it_is_taken_in,
    a_file_of_rolls_corrects_and_says_so,
    columns_that_are_not_recognised_are_chosen,
    all_faults_of_a_file_can_be_taken_away,
    a_census_comes_in_pages_and_as_a_file,
    a_school_is_added_changed_and_succeeded
);

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
    assert!(unread.contains("That could not be done") && unread.contains("No column for URN"), "{unread}");
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
    assert!(undated.words().contains("does not say when the pupils were counted"), "{}", undated.words());
    assert!(undated.text.contains("href=\"#census_date\""), "it leads to the field");
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
        assert!(refused.contains("This is not a sheet") && refused.contains(what), "{refused}");
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
