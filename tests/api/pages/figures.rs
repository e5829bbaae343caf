//! The figures of the pages, held against what the API answers the same person: of the demonstration, and of a partner
//! who is owed, stated and paid.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Demonstration, Element, Tab, TestHub, hundredths};

both_engines!(
    wallets_are_those_of_the_api,
    a_statement_has_the_lines_of_the_api,
    what_waits_costs_and_leaves_what_the_api_says,
    the_trial_balance_is_that_of_the_api,
    an_allocation_divides_as_the_api_says,
    tickets_are_those_of_the_api,
    places_are_counted_as_the_api_counts_them,
    the_year_in_figures_is_the_sum_of_its_wallets_and_events,
    home_counts_what_waits_and_what_is_next,
    a_partner_is_owed_what_the_api_says
);

fn text<'v>(of: &'v Value, field: &str) -> &'v str {
    of[field].as_str().unwrap_or_else(|| panic!("{field}: {of}"))
}

/// An amount as pages say it: `45`, `12.50`, `6,000`.
fn amount(of: &Value) -> String {
    let (whole, pence) = of.as_str().unwrap().split_once('.').unwrap();
    let mut said: Vec<String> = whole.rsplit("").filter(|digit| !digit.is_empty()).map(str::to_owned).collect();
    for place in (3..said.len()).step_by(3).filter(|place| said[*place] != "-").collect::<Vec<_>>() {
        said[place].push(',');
    }
    let whole: String = said.into_iter().rev().collect();
    if pence == "00" { whole } else { format!("{whole}.{pence}") }
}

/// A number as pages say it: `1,204`.
fn number(of: &Value) -> String {
    amount(&json!(format!("{of}.00")))
}

/// The same where nothing is said of zero.
fn amount_or_nothing(of: &Value) -> String {
    if of == "0.00" { String::new() } else { amount(of) }
}

/// A sum of hundredths as pages say it.
fn summed(hundredths: i64) -> String {
    amount(&json!(format!("{}.{:02}", hundredths / 100, hundredths % 100)))
}

/// An amount with its unit.
fn credits(amount: &str) -> String {
    if amount == "1" { "1 credit".to_owned() } else { format!("{amount} credits") }
}

/// Credits as a page says them, in hundredths: `1,204.50 credits`.
fn in_hundredths(said: &str) -> i64 {
    let amount = said.split(' ').next().unwrap().replace(',', "").replace('−', "-");
    let (whole, pence) = amount.split_once('.').unwrap_or((&amount, "00"));
    hundredths(&json!(format!("{whole}.{pence}")))
}

/// A figure of a page, by its name.
#[track_caller]
fn figure(page: &Element, name: &str) -> String {
    figure_if_any(page, name).unwrap_or_else(|| panic!("no figure {name}: {}", page.text))
}

/// The same, where it stands there.
fn figure_if_any(page: &Element, name: &str) -> Option<String> {
    let lists = page.all("dl").into_iter().filter(|list| list.attribute("class") == Some("figures"));
    let boxes = lists.flat_map(|list| list.all("div").into_iter().cloned().collect::<Vec<_>>());
    boxes.filter(|it| it.all("dt")[0].text == name).map(|it| it.all("dd")[0].text.clone()).next()
}

/// The rows of the table whose caption begins so; none where there is no such table.
fn rows(page: &Element, caption: &str) -> Vec<Vec<String>> {
    let table = page.all("table").into_iter().find(|table| table.all("caption")[0].text.starts_with(caption));
    let body = table.map(|table| table.all("tbody")[0].all("tr").into_iter().cloned().collect::<Vec<_>>());
    body.unwrap_or_default().iter().map(|row| row.cells().into_iter().map(str::to_owned).collect()).collect()
}

/// The rows of a table over all its pages.
async fn all_rows(tab: &Tab, path: &str, caption: &str) -> Vec<Vec<String>> {
    let (mut found, mut next) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = next {
        let page = tab.get(&path).await.page();
        found.extend(rows(&page, caption));
        let on = page.all("a").into_iter().find(|link| link.attribute("rel") == Some("next"));
        next = on.map(|link| link.attribute("href").unwrap().to_owned());
    }
    found
}

fn sum<'v>(of: impl IntoIterator<Item = &'v Value>, field: &str) -> i64 {
    of.into_iter().map(|one| hundredths(&one[field])).sum()
}

async fn wallets_are_those_of_the_api(demonstration: Demonstration) {
    let own = demonstration.caller("school_lead").await.get("/v1/me").await.ok();
    let school = text(&own, "school_id").to_owned();
    for role in ["school_lead", "hub_viewer", "hub_manager"] {
        let (tab, caller) = (demonstration.tab(role).await, demonstration.caller(role).await);
        let wallet = caller.get(&format!("/v1/schools/{school}/wallet")).await.ok();
        let (wallets, held) = (wallet["wallets"].as_array().unwrap(), wallet["held"].as_array().unwrap());
        assert!(!wallets.is_empty() && !held.is_empty(), "{wallet}");
        for year in wallets.iter().map(|of| text(of, "year")) {
            let page = tab.get(&format!("/schools/{school}/credits?year={}", year.replace('/', "-"))).await.page();
            for (name, field) in [
                ("To spend", "available"),
                ("Held for what is to come", "held"),
                ("Spent", "spent"),
                ("Lapsed", "lapsed"),
            ] {
                let of_year = wallets.iter().filter(|of| of["year"] == year);
                assert_eq!(figure(&page, name), credits(&summed(sum(of_year, field))), "{role}, {year}: {name}");
            }
            let expected = wallets.iter().map(|of| {
                let into = ["allocated", "topped_up", "earned", "received", "adjusted", "carried_in"];
                let came = summed(into.iter().map(|field| hundredths(&of[*field])).sum());
                let rest = ["available", "held", "spent", "lapsed"].map(|field| amount(&of[field]));
                [vec![came], rest.to_vec()].concat()
            });
            let shown = rows(&page, "By year and kind").into_iter().map(|row| row[2..7].to_vec());
            assert_eq!(shown.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{role}");
            let expected = held
                .iter()
                .map(|of| vec![text(of, "title").to_owned(), amount(&of["held"]), amount(&of["coming_back"])]);
            let shown = rows(&page, "In credits, the earliest first");
            let shown = shown.into_iter().map(|row| vec![row[0].clone(), row[3].clone(), row[4].clone()]);
            assert_eq!(shown.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{role}");
            let back = credits(&amount(&wallet["total"]["coming_back"]));
            assert!(page.text.contains(&format!("If all of it were cancelled today, {back} would come back")));
        }
    }
}

async fn a_statement_has_the_lines_of_the_api(demonstration: Demonstration) {
    for role in ["school_lead", "hub_manager"] {
        let (tab, caller) = (demonstration.tab(role).await, demonstration.caller(role).await);
        let schools = match role {
            "school_lead" => vec![caller.get("/v1/me").await.ok()["school_id"].clone()],
            _ => caller.all("/v1/schools").await.into_iter().take(5).map(|school| school["id"].clone()).collect(),
        };
        for school in schools.iter().map(|id| id.as_str().unwrap()) {
            let path = format!("/schools/{school}/statement");
            let told = caller.get(&format!("/v1{path}")).await.ok();
            let expected = told["items"].as_array().unwrap().iter().map(|line| {
                vec![
                    amount_or_nothing(&line["credits_in"]),
                    amount_or_nothing(&line["credits_out"]),
                    amount(&line["balance"]),
                ]
            });
            let expected: Vec<_> = expected.collect();
            assert!(!expected.is_empty(), "{told}");
            let shown = all_rows(&tab, &path, "Movements of the period").await;
            assert_eq!(shown.iter().map(|row| row[3..].to_vec()).collect::<Vec<_>>(), expected, "{role}");
            let page = tab.get(&path).await.words();
            for (name, field) in [("At the beginning", "opening_balance"), ("At the end", "closing_balance")] {
                let said = format!("{name} {}", credits(&amount(&told[field])));
                assert!(page.contains(&said), "{said}: {page}");
            }
        }
    }
}

async fn what_waits_costs_and_leaves_what_the_api_says(demonstration: Demonstration) {
    for role in ["school_lead", "hub_manager", "hub_viewer"] {
        let (tab, caller) = (demonstration.tab(role).await, demonstration.caller(role).await);
        let waits = caller.all("/v1/approvals").await;
        assert!(!waits.is_empty(), "nothing waits for a {role}");
        let shown = all_rows(&tab, "/approvals", "Requests that wait").await;
        assert_eq!(shown.len(), waits.len());
        // Who may not decide has nothing to tick.
        let first = usize::from(role != "hub_viewer");
        for (row, request) in shown.iter().zip(&waits) {
            assert!(row[first].contains(text(request, "person_name")), "{row:?}: {request}");
            assert!(row[first].contains(text(request, "event_title")), "{row:?}: {request}");
            let cost = if request["ticket_id"].is_null() {
                credits(&amount(&request["price"]))
            } else {
                "A ticket pays".to_owned()
            };
            // What comes back if it is cancelled stands below.
            assert_eq!(row[first + 2].split(" If cancelled: ").next(), Some(cost.as_str()), "{request}");
            let left = credits(&amount(&request["available_if_approved"]));
            let declined = format!("{} if declined", credits(&amount(&request["available_if_declined"])));
            assert!(row[first + 3].starts_with(&left) && row[first + 3].ends_with(&declined), "{row:?}: {request}");
        }
    }
}

async fn the_trial_balance_is_that_of_the_api(demonstration: Demonstration) {
    for role in ["hub_viewer", "hub_manager"] {
        let page = demonstration.tab(role).await.get("/ledger/trial-balance").await.page();
        let told = demonstration.caller(role).await.get("/v1/ledger/trial-balance").await.ok();
        let expected = told["lines"].as_array().unwrap().iter().map(|line| {
            let year = line["year"].as_str().unwrap_or_default().to_owned();
            vec![
                year,
                line["accounts"].to_string(),
                amount_or_nothing(&line["debit"]),
                amount_or_nothing(&line["credit"]),
            ]
        });
        let shown: Vec<_> = rows(&page, "Now").iter().map(|row| row[1..].to_vec()).collect();
        assert!(shown.len() >= 4, "{shown:?}");
        assert_eq!(shown, expected.collect::<Vec<_>>(), "{role}");
        let together = page.all("tfoot")[0].all("tr")[0].clone();
        assert_eq!(together.cells()[3..], [amount(&told["debit"]), amount(&told["credit"])]);
    }
}

async fn an_allocation_divides_as_the_api_says(demonstration: Demonstration) {
    for role in ["hub_viewer", "hub_manager"] {
        let (tab, caller) = (demonstration.tab(role).await, demonstration.caller(role).await);
        let allocations = caller.all("/v1/allocations").await;
        assert!(!allocations.is_empty());
        for allocation in allocations {
            let path = format!("/allocations/{}", text(&allocation, "id"));
            let lines = caller.all(&format!("/v1{path}/lines")).await;
            let expected = lines
                .iter()
                .map(|line| vec![text(line, "name").to_owned(), number(&line["pupils"]), amount(&line["credits"])]);
            let shown = all_rows(&tab, &path, "What each school gets and why").await;
            let shown = shown.iter().map(|row| vec![row[0].clone(), row[1].clone(), row[4].clone()]);
            assert_eq!(shown.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{role}");
            let page = tab.get(&path).await.words();
            let issued = summed(sum(&lines, "credits"));
            assert!(page.contains(&format!("Divided {issued}")), "{issued}: {page}");
        }
    }
}

async fn tickets_are_those_of_the_api(demonstration: Demonstration) {
    for role in ["hub_viewer", "hub_manager"] {
        let (tab, caller) = (demonstration.tab(role).await, demonstration.caller(role).await);
        let tickets = caller.all("/v1/tickets").await;
        let of = |ticket: &Value| [text(ticket, "person_name").to_owned(), text(ticket, "ticket_type").to_owned()];
        let mut expected: Vec<_> = tickets.iter().map(of).collect();
        let shown = all_rows(&tab, "/tickets", "Tickets").await;
        let mut shown: Vec<_> = shown.iter().map(|row| [row[0].clone(), row[2].clone()]).collect();
        expected.sort();
        shown.sort();
        assert!(!shown.is_empty());
        assert_eq!(shown, expected, "{role}");
        for state in ["issued", "used"] {
            let told = caller.all(&format!("/v1/tickets?state={state}")).await;
            let shown = all_rows(&tab, &format!("/tickets?state={state}"), "Tickets").await;
            assert_eq!(shown.len(), told.len(), "{role}: {state}");
        }
    }
}

/// How many places are left, as pages say it.
fn places_of(event: &Value) -> String {
    match (event["places_left"].as_i64().unwrap(), event["waiting"].as_i64().unwrap()) {
        (0, 0) => "Full".to_owned(),
        (0, waiting) => format!("Full, {waiting} waiting"),
        (1, _) => "1 place left".to_owned(),
        (left, _) => format!("{left} places left"),
    }
}

fn price_of(event: &Value) -> String {
    if event["price"] == "0.00" { "Free".to_owned() } else { credits(&amount(&event["price"])) }
}

async fn places_are_counted_as_the_api_counts_them(demonstration: Demonstration) {
    for role in ["teacher", "school_lead", "partner", "hub_viewer", "hub_manager"] {
        let (tab, caller) = (demonstration.tab(role).await, demonstration.caller(role).await);
        let cards = tab.get("/catalogue").await.page();
        let cards: Vec<Element> =
            cards.all("li").into_iter().filter(|it| it.attribute("class") == Some("card")).cloned().collect();
        assert!(cards.len() >= if role == "partner" { 1 } else { 3 }, "{role} sees {} events", cards.len());
        for card in cards {
            let path = card.all("a")[0].attribute("href").unwrap().to_owned();
            let event = caller.get(&format!("/v1{path}")).await.ok();
            assert!(card.text.contains(&places_of(&event)), "{}: {event}", card.text);
            let page = tab.get(&path).await.page();
            assert_eq!(figure(&page, "Places"), places_of(&event), "{role}");
            // A ticket may pay for it, but its price stands there all the same.
            assert!(card.text.contains(&price_of(&event)), "{}: {event}", card.text);
        }
    }
    let (tab, caller) = (demonstration.tab("hub_manager").await, demonstration.caller("hub_manager").await);
    let expected = caller.all("/v1/events").await.into_iter().map(|event| {
        let (capacity, left) = (event["capacity"].as_i64().unwrap(), event["places_left"].as_i64().unwrap());
        let taken = format!("{} of {capacity}", capacity - left);
        vec![text(&event, "title").to_owned(), credits(&amount(&event["price"])), taken, event["waiting"].to_string()]
    });
    let shown = all_rows(&tab, "/programmes/events", "Events").await;
    let shown = shown.into_iter().map(|row| vec![row[0].clone(), row[2].clone(), row[3].clone(), row[4].clone()]);
    assert_eq!(shown.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

async fn the_year_in_figures_is_the_sum_of_its_wallets_and_events(demonstration: Demonstration) {
    for role in ["hub_viewer", "hub_manager"] {
        let (tab, caller) = (demonstration.tab(role).await, demonstration.caller(role).await);
        let mut wallets = Vec::new();
        for school in caller.all("/v1/schools").await {
            let wallet = caller.get(&format!("/v1/schools/{}/wallet", text(&school, "id"))).await.ok();
            wallets.extend(wallet["wallets"].as_array().unwrap().clone());
        }
        let events = caller.all("/v1/events").await;
        let mut moved = 0;
        for year in caller.all("/v1/years").await.iter().map(|year| text(year, "year")) {
            let page = tab.get(&format!("/hub?year={}", year.replace('/', "-"))).await.page();
            let of_year = || wallets.iter().filter(|of| of["year"] == year);
            for (name, field) in [
                ("Credits allocated", "allocated"),
                ("Spent", "spent"),
                ("Held for what is to come", "held"),
                ("Left to spend", "available"),
            ] {
                assert_eq!(figure(&page, name), credits(&summed(sum(of_year(), field))), "{role}, {year}: {name}");
                moved += sum(of_year(), field);
            }
            // What came in is what became of it.
            let tiles = |names: &[&str]| -> i64 {
                let tile = |name: &&str| figure_if_any(&page, name).map_or(0, |said| in_hundredths(&said));
                names.iter().map(tile).sum()
            };
            let came = tiles(&[
                "Credits allocated",
                "Carried in from the year before",
                "Sold",
                "Earned by schools",
                "Received from other schools, less what was given",
                "Corrected by hand",
            ]);
            let became = ["Spent", "Held for what is to come", "Left to spend", "Lapsed", "Carried over to next year"];
            assert_eq!(came, tiles(&became), "{role}, {year}");
            let of_year = || events.iter().filter(|event| event["year"] == year && event["state"] != "draft");
            let places: i64 = of_year().map(|event| event["capacity"].as_i64().unwrap()).sum();
            let left: i64 = of_year().map(|event| event["places_left"].as_i64().unwrap()).sum();
            let filled = figure(&page, "Places filled").replace(',', "");
            assert!(filled.starts_with(&format!("{} of {places}", places - left)), "{role}, {year}: {filled}");
            let next = rows(&page, "The next events");
            for row in next {
                let event = events.iter().find(|event| event["title"] == row[0]).unwrap();
                let taken = event["capacity"].as_i64().unwrap() - event["places_left"].as_i64().unwrap();
                let told = [taken.to_string(), event["capacity"].to_string(), event["waiting"].to_string()];
                assert_eq!(row[2..], told, "{role}: {}", row[0]);
            }
        }
        assert!(moved > 0, "no credits anywhere");
    }
}

async fn home_counts_what_waits_and_what_is_next(demonstration: Demonstration) {
    let (tab, caller) = (demonstration.tab("school_lead").await, demonstration.caller("school_lead").await);
    let waits = caller.all("/v1/approvals").await.len();
    let said = if waits == 1 {
        "1 request to approve or decline".to_owned()
    } else {
        format!("{waits} requests to approve or decline")
    };
    let home = tab.get("/").await.words();
    assert!(waits > 0 && home.contains(&said), "{said}: {home}");
    for role in ["school_lead", "teacher"] {
        let home = demonstration.tab(role).await.get("/").await.page();
        let next = home.all("section").into_iter().find(|it| it.attribute("aria-labelledby") == Some("next")).unwrap();
        let shown = next
            .all("a")
            .into_iter()
            .filter(|link| link.attribute("href").is_some_and(|to| to.starts_with("/places/")));
        let mine = demonstration.caller(role).await.all("/v1/me/bookings").await;
        let live =
            mine.iter().filter(|it| ["requested", "waitlisted", "confirmed", "offered"].contains(&text(it, "state")));
        assert_eq!(shown.count(), live.count(), "{role}: {}", next.text);
    }
    for role in ["hub_viewer", "hub_manager", "partner"] {
        let home = demonstration.tab(role).await.get("/").await.page();
        let events = demonstration.caller(role).await.all("/v1/events?state=published").await;
        let next = home.all("section").into_iter().find(|it| it.attribute("aria-labelledby") == Some("next")).unwrap();
        let mut counted = 0;
        for row in next.all("li") {
            let title = row.all("a")[0].text.clone();
            let event = events.iter().find(|event| event["title"] == title.as_str()).unwrap();
            assert!(row.text.ends_with(&places_of(event)), "{role}: {}: {event}", row.text);
            counted += 1;
        }
        assert!(counted > 0, "{role} sees nothing to come: {}", home.text);
    }
}

/// Money as pages write it: `£1,050.00`.
fn pounds(of: &Value) -> String {
    let (whole, pence) = of.as_str().unwrap().split_once('.').unwrap();
    let grouped: Vec<&str> = whole.as_bytes().rchunks(3).rev().map(|part| std::str::from_utf8(part).unwrap()).collect();
    format!("£{}.{pence}", grouped.join(","))
}

async fn a_partner_is_owed_what_the_api_says(hub: TestHub) {
    hub.open_year("2026-27").await;
    let statement = hub.settle("Ambition", "1250.50", "400").await;
    let manager = hub.manager();
    let statements = manager.all("/v1/settlements").await;
    let partner = text(&statements[0], "partner_id").to_owned();
    hub.owe(&partner, "33").await;
    let person = json!({ "name": "Pat", "email": "pat@p.example", "role": "partner", "partner_id": partner });
    let person = manager.post("/v1/people", person).await.created();
    let person = hub.world.person(&hub.id, text(&person, "id"));
    let balance = async |kind: &str| {
        let accounts = manager.all(&format!("/v1/accounts?partner_id={partner}&kind={kind}")).await;
        summed(sum(&accounts, "balance"))
    };
    let (owed, paid) = (balance("payable").await, balance("settled").await);
    assert!(owed != "0" && paid != "0", "{owed} owed, {paid} paid");
    let (theirs, managers) = (hub.tab(&person).await, hub.tab(&manager).await);
    let pages = [
        (theirs.get("/partner/settlements").await.page(), "Credits owed to us now", "Credits that were paid for"),
        (managers.get(&format!("/partners/{partner}")).await.page(), "Credits owed", "Credits paid for"),
    ];
    for (page, of_owed, of_paid) in pages {
        assert_eq!((figure(&page, of_owed), figure(&page, of_paid)), (owed.clone(), paid.clone()));
        let shown: Vec<_> = rows(&page, "Statements of what was earned").iter().map(|row| row[4..].to_vec()).collect();
        let expected =
            statements.iter().map(|it| vec![amount(&it["credits"]), pounds(&it["gbp"]), pounds(&it["gbp_paid"])]);
        assert_eq!(shown, expected.collect::<Vec<_>>());
    }
    let path = format!("/settlements/{statement}");
    for (tab, caller) in [(&theirs, &person), (&managers, &manager)] {
        let (page, told) = (tab.get(&path).await.page(), caller.get(&format!("/v1{path}")).await.ok());
        assert_eq!(figure(&page, "Credits earned"), amount(&told["credits"]));
        assert_eq!(
            [figure(&page, "To be paid"), figure(&page, "Paid")],
            [pounds(&told["gbp"]), pounds(&told["gbp_paid"])]
        );
        let lines = caller.all(&format!("/v1{path}/lines")).await;
        let expected = lines.iter().map(|line| vec![amount(&line["credits"]), pounds(&line["gbp"])]);
        let shown: Vec<_> =
            rows(&page, "What was earned").iter().map(|row| vec![row[2].clone(), row[4].clone()]).collect();
        assert_eq!(shown, expected.collect::<Vec<_>>());
        let payments = caller.all(&format!("/v1{path}/payments")).await;
        let expected = payments.iter().map(|it| vec![amount(&it["credits"]), pounds(&it["gbp"])]);
        let shown: Vec<_> = rows(&page, "Payments").iter().map(|row| row[3..5].to_vec()).collect();
        assert!(!shown.is_empty());
        assert_eq!(shown, expected.collect::<Vec<_>>());
    }
}
