//! Lists: the order in which they go, page by page.

use crate::both_engines;
use crate::support::{EventPlan, Tab, TestHub};

both_engines!(a_list_goes_by_the_heads_of_its_columns, a_further_page_leads_back_to_the_first,);

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
