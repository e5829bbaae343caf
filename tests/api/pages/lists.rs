//! Lists: the order in which they go, page by page.

use serde_json::json;

use crate::both_engines;
use crate::support::{EventPlan, Tab, TestHub};

both_engines!(
    a_list_goes_by_the_heads_of_its_columns,
    a_further_page_leads_back_to_the_first,
    a_list_is_taken_away_as_it_is_filtered,
    a_list_is_taken_away_in_its_order,
    a_program_looks_for_transactions_by_the_same_words,
    an_empty_list_says_what_it_is_for,
);

/// The rows of the file that a list leads to.
async fn file(tab: &Tab, path: &str) -> Vec<String> {
    let page = tab.get(path).await.page();
    let mut links = page.all("a").into_iter().filter_map(|link| link.attribute("href"));
    let link = links.find(|link| link.contains(".csv")).unwrap_or_else(|| panic!("no file on {path}"));
    let file = tab.get(link).await;
    assert_eq!(file.status, 200, "{link}: {}", file.text);
    file.text.lines().skip(1).map(str::to_owned).collect()
}

/// How many there are.
async fn rows_of_file(tab: &Tab, path: &str) -> usize {
    file(tab, path).await.len()
}

async fn a_list_is_taken_away_in_its_order(hub: TestHub) {
    let (school, _, teacher) = hub.funded_school("Lampton", "1000").await;
    hub.funded_school("Heston", "10").await;
    let event = hub.event(EventPlan::of(100, "1")).await;
    hub.crowd(&event, &school, 60).await;
    let manager = hub.manager();
    for name in ["First place", "Second place"] {
        let of = json!({
            "name": name, "covers": { "kinds": ["conference"] }, "valid_months": 12,
            "returns": { "rule": "days_before", "days": 14 }
        });
        let of = manager.add("/v1/ticket-types", of).await;
        manager.add("/v1/tickets", json!({ "ticket_type_id": of, "person_id": teacher.id() })).await;
    }
    let tab = hub.tab(&manager).await;
    for (list, order, backwards) in [
        ("/people?role=teacher", "role", "-role"),
        ("/people?role=teacher", "name", "-name"),
        ("/people?text=e", "role", "-role"),
        ("/schools?membership=full", "name", "-name"),
        ("/tickets?state=issued", "issued_at", "-issued_at"),
        ("/reports?from=1", "places", "-places"),
    ] {
        let up = file(&tab, &format!("{list}&sort={order}")).await;
        let mut down = file(&tab, &format!("{list}&sort={backwards}")).await;
        down.reverse();
        assert!(up.len() > 1 && up == down, "{list}: {up:?} {down:?}");
    }
    manager.get("/v1/people?sort=school").await.refused(400, "invalid_request");
}

async fn a_list_is_taken_away_as_it_is_filtered(hub: TestHub) {
    let (lampton, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let (_, other, another) = hub.funded_school("Heston", "100").await;
    let event = hub.event(EventPlan::of(5, "12.50")).await;
    lead.book_for(&event, &teacher).await.created();
    other.book_for(&event, &another).await.created();
    let gone = lead.book(&event).await.created();
    lead.act(&gone, "cancel").await.ok();
    hub.partner("Language Service").await;
    hub.partner("Example Trust").await;
    let (manager, tab) = (hub.manager(), hub.tab(&hub.manager()).await);
    let wallet = manager.all(&format!("/v1/accounts?school_id={}", lampton.id)).await.remove(0);
    let wallet = wallet["id"].as_str().unwrap();
    let posted = manager.all(&format!("/v1/accounts/{wallet}/entries")).await.len();
    for (path, rows) in [
        ("/ledger?kind=booking_paid".to_owned(), 3),
        (format!("/ledger?kind=booking_paid&account={wallet}"), 2),
        ("/ledger?text=nothing+is+called+so".to_owned(), 0),
        ("/ledger?until=2020-01-01".to_owned(), 0),
        (format!("/ledger/accounts/{wallet}"), posted),
        (format!("/ledger/accounts/{wallet}?on=2020-01-01"), 0),
        (format!("/ledger/accounts/{wallet}?on={}", hub.world.today()), posted),
        (format!("/events/{event}/register"), 2),
        (format!("/events/{event}/register?school_id={}", lampton.id), 1),
        (format!("/events/{event}/delegates"), 2),
        (format!("/events/{event}/delegates?state=all"), 3),
        ("/partners?text=language".to_owned(), 1),
        ("/programmes?text=conference&odd=1".to_owned(), 1),
        ("/programmes/events?text=spring&odd=1".to_owned(), 1),
    ] {
        assert_eq!(rows_of_file(&tab, &path).await, rows, "{path}");
    }
    let early = tab.get(&format!("/ledger/accounts/{wallet}?on=2020-01-01")).await;
    assert!(early.words().contains("Nothing had been posted to this account by then"), "{}", early.words());
    let of_teacher = hub.tab(&teacher).await;
    let told = teacher.all("/v1/me/notices").await.len();
    assert_eq!(rows_of_file(&of_teacher, "/notices?about=places").await, told);
    assert_eq!(rows_of_file(&of_teacher, "/notices?about=credits").await, 0);
    for nobody in ["/letters?who=nobody+of+the+hub", "/audit?who=nobody+of+the+hub"] {
        assert!(!tab.get(nobody).await.text.contains("/files/"), "{nobody}");
    }
}

async fn a_program_looks_for_transactions_by_the_same_words(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let event = hub.event(EventPlan::of(5, "12.50")).await;
    lead.book_for(&event, &teacher).await.created();
    let gone = lead.book(&event).await.created();
    lead.act(&gone, "cancel").await.ok();
    let manager = hub.manager();
    let (source, today) = (gone["id"].as_str().unwrap(), hub.world.today());
    for (query, found) in [
        (format!("source_id={source}"), 2),
        (format!("source_id={source}&kind=booking_refunded"), 1),
        (format!("from={today}&kind=booking_paid&limit=1"), 2),
        ("text=spring+conference&kind=booking_paid".to_owned(), 2),
        ("until=2020-01-01".to_owned(), 0),
    ] {
        assert_eq!(manager.all(&format!("/v1/transactions?{query}")).await.len(), found, "{query}");
    }
    let bookings = format!("/v1/events/{event}/bookings?holds_place=true");
    assert_eq!(manager.all(&bookings).await.len(), 1);
    manager.get(&format!("{bookings}&state=confirmed")).await.refused(400, "invalid_request");
}

async fn an_empty_list_says_what_it_is_for(hub: TestHub) {
    let tab = hub.tab(&hub.manager()).await;
    for (path, said, all) in [
        ("/ledger/accounts", "No account has been opened yet", "?kind=wallet"),
        ("/settlements", "No statement has been made yet", "?state=paid"),
        ("/tickets", "No ticket has been given yet", "?state=used"),
        ("/programmes", "There is no programme yet", "?text=hart"),
        ("/programmes/events", "There is no event yet", "?text=hart"),
        ("/top-ups", "No credits have been sold. Sell credits to a school", "?state=reversed"),
    ] {
        let seen = tab.get(path).await.words();
        assert!(seen.contains(said) && !seen.contains("See all"), "{path}: {seen}");
        let filtered = tab.get(&format!("{path}{all}")).await.words();
        assert!(filtered.contains("See all") && !filtered.contains(said), "{path}{all}: {filtered}");
    }
}

/// The words of the column at a place, over all pages of the list.
async fn column(tab: &Tab, path: &str, place: usize) -> Vec<String> {
    let (mut found, mut next) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = next {
        let page = tab.get(&path).await.page();
        let rows = page.all("tbody")[0].all("tr").into_iter().map(|row| row.cells()[place].to_owned());
        found.extend(rows.collect::<Vec<String>>());
        let on = page.all("a").into_iter().find(|link| link.attribute("rel") == Some("next"));
        next = on.map(|link| link.attribute("href").unwrap().to_owned());
    }
    found
}

async fn a_list_goes_by_the_heads_of_its_columns(hub: TestHub) {
    let (school, _, _) = hub.funded_school("Lampton", "1000").await;
    hub.funded_school("Heston", "10").await;
    let event = hub.event(EventPlan::of(100, "1")).await;
    hub.crowd(&event, &school, 60).await;
    let tab = hub.tab(&hub.manager()).await;

    let page = tab.get("/people").await.page();
    let head = page.all("thead")[0].all("th")[0].clone();
    assert_eq!(head.attribute("aria-sort"), Some("ascending"));
    assert_eq!(head.all("a")[0].attribute("href"), Some("/people?sort=-name"));
    let of_school = format!("school_id={}&", school.id);
    for of in ["", of_school.as_str(), "role=teacher&"] {
        let (up, down) = (format!("/people?{of}sort=name"), format!("/people?{of}sort=-name"));
        let (up, mut down) = (column(&tab, &up, 0).await, column(&tab, &down, 0).await);
        down.reverse();
        assert!(up.len() > 50 && up == down, "{of}: {up:?} {down:?}");
    }
    let (up, mut down) = (column(&tab, "/people?sort=role", 1).await, column(&tab, "/people?sort=-role", 1).await);
    down.reverse();
    assert_eq!(up, down);
    let mut groups = up.clone();
    groups.dedup();
    assert!(groups.len() > 1 && groups[0] == "Hub manager", "{groups:?}");
    groups.sort();
    groups.dedup();
    let mut once = up;
    once.dedup();
    assert_eq!(once.len(), groups.len(), "each role is together");

    let (up, mut down) = (column(&tab, "/schools", 0).await, column(&tab, "/schools?sort=-name", 0).await);
    down.reverse();
    assert!(up.len() == 2 && up == down, "{up:?} {down:?}");
    let (up, mut down) = (column(&tab, "/ledger?sort=number", 0).await, column(&tab, "/ledger", 0).await);
    down.reverse();
    assert!(up.len() > 50 && up == down, "{up:?} {down:?}");
    let events = tab.get("/programmes/events?sort=-starts_at").await.page();
    let when = events.all("thead")[0].all("th")[1].clone();
    assert_eq!(when.attribute("aria-sort"), Some("descending"));
    assert_eq!(when.all("a")[0].attribute("href"), Some("/programmes/events?sort=starts_at"));
}

async fn a_further_page_leads_back_to_the_first(hub: TestHub) {
    let (school, _, _) = hub.funded_school("Lampton", "1000").await;
    let event = hub.event(EventPlan::of(100, "1")).await;
    hub.crowd(&event, &school, 60).await;
    let tab = hub.tab(&hub.manager()).await;
    let first = tab.get("/people?role=teacher").await;
    assert!(!first.words().contains("Back to the first page"));
    let page = first.page();
    let next = page.all("a").into_iter().find(|link| link.attribute("rel") == Some("next")).unwrap();
    let second = tab.get(next.attribute("href").unwrap()).await.page();
    let back = second.all("a").into_iter().find(|link| link.text == "Back to the first page").unwrap();
    assert_eq!(back.attribute("href"), Some("/people?role=teacher"));
}
