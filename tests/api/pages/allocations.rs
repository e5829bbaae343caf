//! Allocations, by a browser: asked for, looked at, approved by whoever it takes, told in letters, taken back.

use chrono::TimeDelta;
use serde_json::json;

use super::words;
use crate::both_engines;
use crate::support::{CENSUS, EventPlan, TestHub, filled};

both_engines!(
    an_allocation_is_asked_for_looked_at_approved_and_told_in_letters,
    the_approve_page_says_where_nobody_is_told,
    with_four_eyes_the_page_names_who_can_approve,
    who_is_too_new_a_second_is_offered_nothing_and_told_from_when,
    a_reversal_says_first_who_has_spent
);

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
    let rows: Vec<Vec<&str>> = tables[0].all("tbody")[0].all("tr").iter().map(|row| row.cells()).collect();
    assert_eq!(rows.len(), lines.len());
    let all = tables[0].all("tfoot")[0].all("tr")[0].cells();
    let pupils: i64 = lines.iter().map(|line| line["pupils"].as_i64().unwrap()).sum();
    assert_eq!((&*all[1].replace(',', ""), all[4].trim()), (&*pupils.to_string(), "60,000"));
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
    let email = hub.email_of(&manager).await;
    assert!(
        one.contains(&email) && one.contains("books with them, at http"),
        "whom to write to, and where to go: {one}"
    );
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
