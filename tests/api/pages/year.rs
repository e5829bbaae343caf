//! The hub's year, by a browser: the first hour, the opening of a year and its close, the figures.

use hub_credits::base::db;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::words;
use crate::both_engines;
use crate::support::{EventPlan, PASSWORD, Tab, TestHub, World, filled};

both_engines!(
    the_first_hub_is_founded_once_by_its_link,
    a_year_is_opened_and_the_first_steps_go_on,
    the_close_of_a_year_says_what_the_api_says,
    an_unanswered_gift_holds_nothing_and_ends_at_the_close,
    the_figures_of_the_year_are_those_of_the_ledger,
    nobody_else_sees_these_pages
);

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
    assert!(words(&tab, "/years/2026-27").await.contains("Nothing is open: no event"));
    assert_eq!(tab.get("/years/2030-31").await.status, 404);
}

async fn an_unanswered_gift_holds_nothing_and_ends_at_the_close(hub: TestHub) {
    let (_, giving, _) = hub.funded_school("Ash", "100").await;
    let receiver = hub.school("Ddôl").await;
    hub.open_year("2027/28").await;
    let gift = giving.give(&receiver, "5").await.created();
    hub.world.at("2027-08-31T10:00:00Z");
    let tab = hub.tab(&hub.manager()).await;
    let seen = tab.get("/years/2026-27").await;
    let said = seen.words();
    for known in ["What is not settled", "An unanswered gift of 5 credits, from Ash to Ddôl", "which ends at the close"]
    {
        assert!(said.contains(known), "{known}: {said}");
    }
    assert!(!said.contains("These hold credits"), "{said}");
    assert!(seen.text.contains(&format!("/gifts/{}", gift["id"].as_str().unwrap())));
    let asked = "/years/2026-27/close?carry_by=all";
    let said = words(&tab, asked).await;
    assert!(said.contains("1 gift is unanswered"), "{said}");
    assert!(said.contains("Not everything of the year is settled"), "{said}");
    for wrong in ["Still held", "hold credits", "are held:"] {
        assert!(!said.contains(wrong), "{wrong}: {said}");
    }
    let said = words(&tab, &format!("{asked}&follow=yes")).await;
    assert!(said.contains("A gift that nobody has answered ends."), "{said}");
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
