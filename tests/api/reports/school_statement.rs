//! A school's statement: every line with what it was for and the balance after it, in pages, for a spreadsheet, to print.

use chrono::TimeDelta;
use hub_credits::ledger::WalletKind;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, School, TestHub, hundredths, nobody, with};

/// A statement by pages of this many lines, as one.
async fn statement(who: &Client, school: &School, query: &str, limit: usize) -> Value {
    let path = format!("/v1/schools/{}/statement?limit={limit}{query}", school.id);
    let whole = who.get(&path).await.ok();
    let mut lines = Vec::new();
    let mut page = whole.clone();
    loop {
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit);
        assert_eq!(
            (&page["opening_balance"], &page["closing_balance"]),
            (&whole["opening_balance"], &whole["closing_balance"])
        );
        lines.extend(items.iter().cloned());
        let Some(next) = page["next"].as_str() else { break };
        page = who.get(&format!("{path}&after={next}")).await.ok();
    }
    // The arithmetic of a bank statement.
    let mut balance = hundredths(&whole["opening_balance"]);
    for line in &lines {
        balance += hundredths(&line["credits_in"]) - hundredths(&line["credits_out"]);
        assert_eq!(balance, hundredths(&line["balance"]), "{line}");
        assert!((line["credits_in"] == "0.00") != (line["credits_out"] == "0.00"), "{line}");
    }
    assert_eq!(balance, hundredths(&whole["closing_balance"]));
    with(whole, json!({ "items": lines }))
}

fn brief(statement: &Value) -> Vec<String> {
    let text = |line: &Value, field: &str| line[field].as_str().unwrap_or_default().to_owned();
    let lines = statement["items"].as_array().unwrap().iter();
    lines
        .map(|line| {
            format!(
                "{} {} +{} -{} ={}",
                text(line, "wallet"),
                text(line, "what_for"),
                text(line, "credits_in"),
                text(line, "credits_out"),
                text(line, "balance")
            )
        })
        .collect()
}

both_engines!(
    every_line_says_what_it_was_for_and_the_balance_after_it,
    the_page_to_print_is_a_statement_that_any_reader_can_read,
    leads_read_their_own_and_the_hub_reads_all
);

async fn every_line_says_what_it_was_for_and_the_balance_after_it(hub: TestHub) {
    let schools = hub.london_west().await;
    let school = &schools[0];
    hub.allocate(json!({ "pool": "2100" })).await;
    // Before there is another wallet to be taken for it.
    let balance = hundredths(&Value::String(hub.balance(school).await));
    hub.fund_wallet(school, "2026/27", WalletKind::Earned, "20").await;
    let (lead, teacher) = (hub.lead(school).await, hub.teacher(school).await);
    let event = hub.event(EventPlan { starts_in: TimeDelta::days(20), ..EventPlan::of(10, "10") }).await;
    // The whole allocation and a part of what was earned.
    let large = hub
        .event(EventPlan::of(10, Box::leak(format!("{}.{:02}", balance / 100 + 5, balance % 100).into_boxed_str())))
        .await;
    let booking = lead.book_for(&large, &teacher).await.created();
    hub.world.pass(TimeDelta::days(1));
    lead.act(&booking, "cancel").await.ok();
    let booking = lead.book_for(&event, &teacher).await.created();
    hub.world.pass(TimeDelta::days(2));
    lead.act(&booking, "cancel").await.ok();

    let one = statement(&lead, school, "", 200).await;
    for limit in [1, 2, 3] {
        assert_eq!(
            statement(&lead, school, "", limit).await,
            with(one.clone(), json!({ "next": statement_next(&lead, school, limit).await }))
        );
    }
    let name = teacher_name(&hub, &teacher).await;
    let of = |wallet: &str, title: &str| format!("{wallet} {title}: {name}");
    let told = brief(&one);
    assert_eq!(told.len(), 8, "{told:#?}");
    assert!(told[0].starts_with("allocated Allocation for 2026/27 +"), "{told:#?}");
    assert_eq!(told[2].split(" +").next().unwrap(), of("allocated", "Spring conference"));
    assert_eq!(told[3], format!("{} +0.00 -5.00 =15.00", of("earned", "Spring conference")));
    // Half came back.
    assert!(told[7].contains(" +5.00 -0.00 ="), "{told:#?}");
    assert_eq!(
        (&one["opening_balance"], &one["from"], &one["until"]),
        (&json!("0.00"), &json!("2026-09-01"), &json!("2026-10-08"))
    );
    assert_eq!((&one["urn"], &one["name"]), (&json!(school.urn), &json!(school.name)));

    // A day on its own opens with what the day before closed with.
    let first = statement(&lead, school, "&until=2026-10-05", 200).await;
    let second = statement(&lead, school, "&from=2026-10-06&until=2026-10-06", 2).await;
    let rest = statement(&lead, school, "&from=2026-10-07", 200).await;
    assert_eq!(first["closing_balance"], second["opening_balance"]);
    assert_eq!(second["closing_balance"], rest["opening_balance"]);
    let count = |of: &Value| of["items"].as_array().unwrap().len();
    assert_eq!((count(&first), count(&second), count(&rest)), (4, 3, 1));
    let year = statement(&lead, school, "&year=2026-27", 200).await;
    assert_eq!(
        (&year["from"], &year["until"], &year["items"]),
        (&json!("2026-09-01"), &json!("2027-08-31"), &one["items"])
    );
    let before = statement(&lead, school, "&year=2025-26", 200).await;
    assert_eq!((count(&before), &before["closing_balance"]), (0, &json!("0.00")));

    let table = lead.get(&format!("/v1/schools/{}/statement", school.id)).as_csv().await.sheet();
    assert_eq!(table.lines().count(), 9);
    assert!(
        table.starts_with("sequence,transaction_id,account_id,year,wallet,kind,effective_on,recorded_at,"),
        "{table}"
    );
    hub.verified().await;
}

async fn the_page_to_print_is_a_statement_that_any_reader_can_read(hub: TestHub) {
    let hostile = "<script>alert(1)</script> & \"Sons\"";
    let (school, lead, _) = hub.funded_school(hostile, "30").await;
    let teacher = json!({ "name": "</td><img src=x onerror=alert(2)>", "email": "x@hub.example", "role": "teacher", "school_id": school.id });
    let teacher = hub.manager().add("/v1/people", teacher).await;
    let event = hub.event(EventPlan::of(5, "12.5")).await;
    lead.post("/v1/bookings", json!({ "event_id": event, "person_id": teacher })).await.created();

    let reply = lead
        .get(&format!("/v1/schools/{}/statement", school.id))
        .header("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
        .await;
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("script"), "{policy}");
    assert_eq!(reply.header("vary"), Some("Accept"));
    let page = reply.page();
    for name in ["script", "img", "link", "iframe"] {
        assert!(page.all(name).is_empty(), "{name}");
    }
    assert!(page.within.iter().all(|element| element.attributes.iter().all(|(name, _)| !name.starts_with("on"))));
    assert_eq!(page.all("html")[0].attribute("lang"), Some("en-GB"));
    assert_eq!(page.all("title")[0].text, format!("Statement of credits: {hostile}, 1 Sep 2026 to 5 Oct 2026"));
    assert_eq!(page.all("h1").len(), 1);
    let facts: Vec<&str> = page.all("dd").iter().map(|fact| fact.text.as_str()).collect();
    assert_eq!(facts, [hostile, &school.urn, "1 Sep 2026 to 5 Oct 2026", "5 Oct 2026"]);
    assert!(page.all("p").iter().any(|line| line.text == "West London"));

    let [summary, lines] = page.all("table")[..] else { panic!("{page:?}") };
    assert!([summary, lines].iter().all(|table| table.all("caption").len() == 1));
    assert!(page.all("th").iter().all(|head| ["col", "row"].contains(&head.attribute("scope").unwrap())));
    let summary: Vec<Vec<&str>> = summary.all("tr").iter().map(|row| row.cells()).collect();
    assert_eq!(
        summary,
        [["Opening balance", "0.00"], ["Credits in", "30.00"], ["Credits out", "12.50"], ["Closing balance", "17.50"]]
    );
    let rows: Vec<Vec<&str>> = lines.all("tr").iter().map(|row| row.cells()).collect();
    assert_eq!(rows[0], ["Date", "What for", "Wallet", "In", "Out", "Balance"]);
    assert_eq!(rows[1], ["1 Sep 2026", "Opening balance", "", "", "0.00"]);
    assert_eq!((rows[2][2], rows[2][3], rows[2][5]), ("2026/27 allocated", "30.00", "30.00"));
    assert_eq!(
        rows[3],
        [
            "5 Oct 2026",
            "Spring conference: </td><img src=x onerror=alert(2)>",
            "2026/27 allocated",
            "",
            "12.50",
            "17.50"
        ]
    );
    assert_eq!(rows[4], ["5 Oct 2026", "Closing balance", "30.00", "12.50", "17.50"]);
    assert_eq!(rows.len(), 5);
    // Nothing is fetched, and a table goes on over pages with its head.
    let style = &page.all("style")[0].text;
    assert!(
        style.contains("@media print") && style.contains("table-header-group") && !style.contains("url("),
        "{style}"
    );
}

async fn leads_read_their_own_and_the_hub_reads_all(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "30").await;
    let (_, others, _) = hub.funded_school("Heston", "0").await;
    let path = format!("/v1/schools/{}/statement", school.id);
    for who in [&lead, &hub.manager(), &hub.viewer().await] {
        assert_eq!(who.get(&path).await.ok()["closing_balance"], "30.00");
    }
    for form in ["application/json", "text/csv", "text/html"] {
        others.get(&path).header("accept", form).await.refused(404, "not_found");
        teacher.get(&path).header("accept", form).await.refused(403, "forbidden");
    }
    hub.world.hub("South London").await.manager().get(&path).await.refused(404, "not_found");
    hub.manager().get(&format!("/v1/schools/{}/statement", nobody())).await.refused(404, "not_found");
    lead.get(&format!("{path}?year=2026-27&from=2026-10-01")).await.invalid(&[("year", "invalid")]);
    lead.get(&format!("{path}?from=2026-10-02&until=2026-10-01")).await.invalid(&[("until", "invalid")]);
    lead.get(&format!("{path}?from=yesterday&limit=0")).await.invalid(&[("from", "invalid"), ("limit", "invalid")]);
    lead.get(&format!("{path}?after=zz")).await.invalid(&[("after", "invalid")]);
    let later = lead.get(&format!("{path}?from=2026-11-01")).await.ok();
    assert_eq!(
        (&later["from"], &later["until"], &later["opening_balance"], &later["items"]),
        (&json!("2026-11-01"), &json!("2026-11-01"), &json!("30.00"), &json!([]))
    );
}

async fn statement_next(who: &Client, school: &School, limit: usize) -> Value {
    who.get(&format!("/v1/schools/{}/statement?limit={limit}", school.id)).await.ok()["next"].clone()
}

async fn teacher_name(hub: &TestHub, teacher: &Client) -> String {
    hub.manager().get(&format!("/v1/people/{}", teacher.id())).await.ok()["name"].as_str().unwrap().to_owned()
}
