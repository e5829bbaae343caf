//! `/v1/settlements`: what partners have earned, by the value of the day, and what they are paid for it.

use std::future::IntoFuture;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, TestHub, nobody};

/// A partner who has earned credits, and someone of it. The clock stands at the last completion.
struct Earning {
    partner: String,
    person: Client,
}

/// The hub owes a partner more, or less where the side is `debit`.
async fn corrected(hub: &TestHub, partner: &str, side: &str, amount: &str, reason: &str) -> Value {
    let owed = json!({ "account": "payable", "partner_id": partner, "side": side, "amount": amount, "reason": reason });
    hub.manager().post("/v1/adjustments", owed).await.created()
}

/// What one credit is worth from now on, in pence.
async fn worth(hub: &TestHub, pence: i64) {
    let etag = hub.manager().get("/v1/hub").await.etag();
    hub.manager().patch("/v1/hub", &etag, json!({ "credit_value_pence": pence })).await.ok();
}

/// A partner whose course at 12.50 a place was completed with two delegates, a credit worth £3.33 on that day.
async fn earning(hub: &TestHub) -> Earning {
    let (earning, event, _) = booked(hub).await;
    hub.complete(&event).await;
    earning
}

/// The same before it is completed: the partner, the event, and one of the two bookings with its school's lead.
async fn booked(hub: &TestHub) -> (Earning, String, (Client, Value)) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (partner, person) = hub.partner("Language Line").await;
    worth(hub, 333).await;
    let course = json!({ "provider": { "kind": "partner", "partner_id": partner } });
    let event = hub.published_event(&hub.programme(course).await, json!({})).await;
    lead.book_for(&event, &teacher).await.created();
    let own = lead.book(&event).await.created();
    (Earning { partner, person }, event, (lead, own))
}

async fn stated(hub: &TestHub, partner: &str) -> Value {
    let new = json!({ "up_to": hub.world.today() });
    hub.manager().post(&format!("/v1/partners/{partner}/settlements"), new).await.created()
}

fn path(settlement: &Value) -> String {
    format!("/v1/settlements/{}", settlement["id"].as_str().unwrap())
}

/// These fields of a record, as text.
fn of<const N: usize>(record: &Value, fields: [&str; N]) -> [String; N] {
    fields.map(|field| match &record[field] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

both_engines!(
    a_statement_is_paid_in_parts_that_come_to_the_whole,
    each_line_keeps_the_value_of_the_day_it_was_earned,
    corrections_are_on_the_next_statement,
    a_statement_is_cancelled_and_made_again,
    what_can_not_be_stated_or_paid_is_refused,
    a_payment_is_reversed_and_made_again,
    a_partner_sees_their_own_and_is_told,
    of_two_at_once_one_is_stated_and_one_paid,
    a_statement_is_a_file_and_a_sheet,
    a_statement_is_a_workbook,
    a_statement_is_a_page_to_print,
    the_purchase_ledger_has_the_columns_of_the_hub
);

async fn a_statement_is_paid_in_parts_that_come_to_the_whole(hub: TestHub) {
    let Earning { partner, .. } = earning(&hub).await;
    let first = stated(&hub, &partner).await;
    let fields = ["number", "state", "credits", "gbp", "credits_paid", "gbp_paid", "partner_name"];
    assert_eq!(of(&first, fields), ["1", "stated", "25.00", "83.25", "0.00", "0.00", "Language Line"]);
    let lines = hub.manager().all(&format!("{}/lines", path(&first))).await;
    assert_eq!(lines.len(), 1);
    assert_eq!(
        of(&lines[0], ["what_for", "credits", "credit_value_pence", "gbp"]),
        ["Autumn run", "25.00", "333", "83.25"]
    );
    let mut left = Vec::new();
    for (credits, reference) in [(json!("0.01"), "BACS 1"), (json!("12.49"), "BACS 2"), (Value::Null, "BACS 3")] {
        let new = json!({ "credits": credits, "bank_reference": reference });
        let paid = hub.manager().post(&format!("{}/payments", path(&first)), new).await.created();
        let now = hub.manager().get(&path(&first)).await.ok();
        left.push((of(&paid, ["credits", "gbp"]), of(&now, ["state", "credits_paid", "gbp_paid"])));
    }
    let text = |parts: [&str; 2]| parts.map(str::to_owned);
    let states = |parts: [&str; 3]| parts.map(str::to_owned);
    assert_eq!(
        left,
        [
            (text(["0.01", "0.03"]), states(["part_paid", "0.01", "0.03"])),
            (text(["12.49", "41.60"]), states(["part_paid", "12.50", "41.63"])),
            (text(["12.50", "41.62"]), states(["paid", "25.00", "83.25"])),
        ]
    );
    let accounts = hub.manager().all("/v1/accounts?kind=payable").await;
    assert_eq!(accounts[0]["balance"], "0.00");
    let settled = hub.manager().all("/v1/accounts?kind=settled").await;
    assert_eq!(settled[0]["balance"], "25.00");
    let lines = hub.manager().all(&format!("/v1/accounts/{}/entries", settled[0]["id"].as_str().unwrap())).await;
    assert_eq!(lines[1]["what_for"], "Payment of statement 1: BACS 2");
    hub.verified().await;
}

async fn each_line_keeps_the_value_of_the_day_it_was_earned(hub: TestHub) {
    let Earning { partner, .. } = earning(&hub).await;
    hub.world.pass(TimeDelta::days(1));
    worth(&hub, 1000).await;
    corrected(&hub, &partner, "credit", "0.05", "A book").await;
    // The value of a day is the last that was set on it.
    worth(&hub, 250).await;
    let first = stated(&hub, &partner).await;
    let lines = hub.manager().all(&format!("{}/lines", path(&first))).await;
    let read: Vec<_> =
        lines.iter().map(|line| of(line, ["what_for", "credits", "credit_value_pence", "gbp"])).collect();
    let expected = [["Autumn run", "25.00", "333", "83.25"], ["A book", "0.05", "250", "0.13"]];
    assert_eq!(read, expected.map(|line| line.map(str::to_owned)));
    assert_eq!(of(&first, ["credits", "gbp"]), ["25.05", "83.38"]);
    hub.world.pass(TimeDelta::days(1));
    worth(&hub, 1).await;
    assert_eq!(hub.manager().all(&format!("{}/lines", path(&first))).await, lines);
    hub.verified().await;
}

/// What the partner gives back of an event has the value of the day on which the event was paid for.
async fn corrections_are_on_the_next_statement(hub: TestHub) {
    let (Earning { partner, .. }, event, (lead, own)) = booked(&hub).await;
    hub.world.at("2026-11-03T09:00:00Z");
    assert_eq!(lead.act(&own, "cancel").await.ok()["kept"], "6.25");
    hub.complete(&event).await;
    let first = stated(&hub, &partner).await;
    assert_eq!(of(&first, ["credits", "gbp"]), ["18.75", "62.44"]);
    hub.world.pass(TimeDelta::days(1));
    worth(&hub, 1000).await;
    let waiver = json!({ "reason": "Illness", "amount": "6.25" });
    hub.manager().post(&format!("/v1/bookings/{}/waive", own["id"].as_str().unwrap()), waiver).await.ok();
    let next = format!("/v1/partners/{partner}/settlements");
    let refused = hub.manager().post(&next, json!({ "up_to": hub.world.today() })).await.refused(409, "nothing_earned");
    assert!(refused["detail"].as_str().unwrap().contains("to -6.25 credits worth -20.81 pounds"), "{refused}");
    // The statement stays as it was, but only what is owed still can be paid.
    assert_eq!(hub.manager().get(&path(&first)).await.ok(), first);
    let pay = |body: Value| hub.manager().post(&format!("{}/payments", path(&first)), body);
    let refused = pay(json!({ "bank_reference": "BACS 1" })).await.refused(409, "owed_less");
    assert!(refused["detail"].as_str().unwrap().contains("12.50 credits"), "{refused}");
    pay(json!({ "credits": "12.50", "bank_reference": "BACS 1" })).await.created();
    corrected(&hub, &partner, "credit", "20", "As agreed").await;
    let second = stated(&hub, &partner).await;
    let lines = hub.manager().all(&format!("{}/lines", path(&second))).await;
    let read: Vec<_> =
        lines.iter().map(|line| of(line, ["what_for", "credits", "credit_value_pence", "gbp"])).collect();
    let expected = [["Autumn run", "-6.25", "333", "-20.81"], ["As agreed", "20.00", "1000", "200.00"]];
    assert_eq!(read, expected.map(|line| line.map(str::to_owned)));
    assert_eq!(of(&second, ["number", "credits", "gbp"]), ["2", "13.75", "179.19"]);
    pay(json!({ "bank_reference": "BACS 2" })).await.created();
    hub.manager().post(&format!("{}/payments", path(&second)), json!({ "bank_reference": "BACS 2" })).await.created();
    assert_eq!(hub.manager().all("/v1/accounts?kind=payable").await[0]["balance"], "0.00");
    hub.verified().await;
}

async fn a_statement_is_cancelled_and_made_again(hub: TestHub) {
    let Earning { partner, .. } = earning(&hub).await;
    let first = stated(&hub, &partner).await;
    let cancel = |reason: &str| hub.manager().post(&format!("{}/cancel", path(&first)), json!({ "reason": reason }));
    let cancelled = cancel("The wrong month").await.ok();
    assert_eq!(of(&cancelled, ["number", "state", "cancelled_because"]), ["1", "cancelled", "The wrong month"]);
    assert_eq!(cancelled["cancelled_by"], hub.manager().id());
    cancel("Again").await.refused(409, "settlement_cancelled");
    let pay = json!({ "bank_reference": "BACS 1" });
    hub.manager().post(&format!("{}/payments", path(&first)), pay.clone()).await.refused(409, "settlement_cancelled");
    assert_eq!(hub.manager().all(&format!("{}/lines", path(&first))).await.len(), 1);
    let second = stated(&hub, &partner).await;
    assert_eq!(of(&second, ["number", "credits", "gbp"]), ["2", "25.00", "83.25"]);
    let pay = json!({ "credits": "1", "bank_reference": "BACS 1" });
    hub.manager().post(&format!("{}/payments", path(&second)), pay).await.created();
    let part = hub.manager().post(&format!("{}/cancel", path(&second)), json!({ "reason": "No" })).await;
    assert!(part.refused(409, "settlement_paid")["detail"].as_str().unwrap().contains("1.00 credits"));
    let states: Vec<_> = hub.manager().all("/v1/settlements").await.iter().map(|one| of(one, ["state"])).collect();
    assert_eq!(states, [["cancelled".to_owned()], ["part_paid".to_owned()]]);
    assert_eq!(hub.manager().all("/v1/settlements?state=cancelled").await.len(), 1);
    hub.verified().await;
}

async fn what_can_not_be_stated_or_paid_is_refused(hub: TestHub) {
    let (partner, _) = hub.partner("Nothing Yet").await;
    let earning = earning(&hub).await;
    let state = |partner: &str, body: Value| hub.manager().post(&format!("/v1/partners/{partner}/settlements"), body);
    let tomorrow = "2027-12-01";
    state(&earning.partner, json!({ "up_to": tomorrow })).await.invalid(&[("/up_to", "in_the_future")]);
    state(&earning.partner, json!({})).await.invalid(&[("/up_to", "missing")]);
    state(&partner, json!({ "up_to": hub.world.today() })).await.refused(409, "nothing_earned");
    state(&earning.partner, json!({ "up_to": "2026-10-01" })).await.refused(409, "nothing_earned");
    state(&nobody(), json!({ "up_to": hub.world.today() })).await.refused(404, "not_found");
    let first = stated(&hub, &earning.partner).await;
    state(&earning.partner, json!({ "up_to": hub.world.today() })).await.refused(409, "nothing_earned");
    let before = hub.verified().await;
    let pay = |body: Value| hub.manager().post(&format!("{}/payments", path(&first)), body);
    let too_much = pay(json!({ "credits": "25.01", "bank_reference": "B" })).await.refused(409, "pays_too_much");
    assert_eq!(too_much["errors"][0]["pointer"], "/credits");
    assert!(too_much["detail"].as_str().unwrap().contains("25.00 credits"), "{too_much}");
    pay(json!({ "credits": "0", "bank_reference": "B" })).await.invalid(&[("/credits", "invalid")]);
    pay(json!({ "credits": "1.001", "bank_reference": "B" })).await.invalid(&[("/credits", "invalid")]);
    pay(json!({ "credits": "1" })).await.invalid(&[("/bank_reference", "missing")]);
    pay(json!({ "bank_reference": "B", "paid_on": tomorrow })).await.invalid(&[("/paid_on", "out_of_range")]);
    pay(json!({ "bank_reference": "B", "paid_on": "2026-10-01" })).await.invalid(&[("/paid_on", "out_of_range")]);
    pay(json!({ "bank_reference": "B" })).no_key().await.refused(400, "idempotency_key_required");
    assert_eq!(hub.verified().await["transactions"], before["transactions"]);
    pay(json!({ "credits": "1", "bank_reference": "B" })).await.created();
    let twice = pay(json!({ "credits": "1", "bank_reference": "B" })).await.refused(409, "duplicate");
    assert_eq!(twice["errors"][0]["pointer"], "/bank_reference");
    pay(json!({ "bank_reference": "C" })).await.created();
    pay(json!({ "bank_reference": "D" })).await.refused(409, "settlement_paid");
    let nothing = format!("/v1/settlements/{}", nobody());
    hub.manager().get(&nothing).await.refused(404, "not_found");
    hub.manager()
        .post(&format!("{nothing}/payments"), json!({ "bank_reference": "D" }))
        .await
        .refused(404, "not_found");
    hub.manager().post(&format!("{nothing}/cancel"), json!({ "reason": "D" })).await.refused(404, "not_found");
    hub.verified().await;
}

async fn a_payment_is_reversed_and_made_again(hub: TestHub) {
    let Earning { partner, .. } = earning(&hub).await;
    let first = stated(&hub, &partner).await;
    let pay = |body: Value| hub.manager().post(&format!("{}/payments", path(&first)), body);
    let paid = pay(json!({ "bank_reference": "BACS 1" })).await.created();
    let mirror = hub.manager().reverse(&paid).await.created();
    let payments = hub.manager().all(&format!("{}/payments", path(&first))).await;
    assert_eq!(of(&payments[0], ["state"]), ["reversed"]);
    assert_eq!(payments[0]["reversed_by"], mirror["id"]);
    assert_eq!(hub.manager().get(&path(&first)).await.ok(), first, "it is to be paid again");
    hub.manager().reverse(&paid).await.refused(409, "already_reversed");
    pay(json!({ "bank_reference": "BACS 1" })).await.created();
    assert_eq!(of(&hub.manager().get(&path(&first)).await.ok(), ["state", "gbp_paid"]), ["paid", "83.25"]);
    hub.verified().await;
    // Of a payment that was taken back the statement can be cancelled.
    let again = hub.manager().all(&format!("{}/payments", path(&first))).await.remove(1);
    hub.manager().reverse(&again).await.created();
    hub.manager().post(&format!("{}/cancel", path(&first)), json!({ "reason": "Wrong" })).await.ok();
    stated(&hub, &partner).await;
    hub.verified().await;
}

async fn a_partner_sees_their_own_and_is_told(hub: TestHub) {
    let Earning { partner, person } = earning(&hub).await;
    let (other, stranger) = hub.partner("Other").await;
    let first = stated(&hub, &partner).await;
    hub.manager().post(&format!("{}/payments", path(&first)), json!({ "bank_reference": "BACS 1" })).await.created();
    let told: Vec<_> =
        person.all("/v1/me/notices").await.iter().map(|told| of(told, ["kind", "settlement_number"])).collect();
    let paid = hub.manager().all(&format!("{}/payments", path(&first))).await.remove(0);
    hub.manager().reverse(&paid).await.created();
    let last = person.all("/v1/me/notices").await.remove(0);
    assert_eq!(of(&last, ["kind", "settlement_number"]), ["settlement_payment_reversed", "1"]);
    let expected = [["settlement_paid", "1"], ["settlement_stated", "1"], ["event_published", "null"]];
    assert_eq!(told, expected.map(|told| told.map(str::to_owned)));
    assert_eq!(stranger.all("/v1/me/notices").await.len(), 0);
    assert_eq!(person.all("/v1/settlements").await, hub.manager().all("/v1/settlements").await);
    assert_eq!(person.all(&format!("{}/lines", path(&first))).await.len(), 1);
    assert_eq!(person.all(&format!("{}/payments", path(&first))).await.len(), 1);
    assert!(stranger.all("/v1/settlements").await.is_empty());
    let elsewhere = hub.world.hub("Elsewhere").await.manager();
    for at in ["", "/lines", "/payments"] {
        stranger.get(&format!("{}{at}", path(&first))).await.refused(404, "not_found");
        elsewhere.get(&format!("{}{at}", path(&first))).await.refused(404, "not_found");
    }
    person.get(&format!("/v1/settlements?partner_id={other}")).await.refused(404, "not_found");
    person.post(&format!("/v1/partners/{partner}/settlements"), json!({})).await.refused(403, "forbidden");
    person.post(&format!("{}/payments", path(&first)), json!({})).await.refused(403, "forbidden");
    let viewer = hub.viewer().await;
    assert_eq!(viewer.all("/v1/settlements").await.len(), 1);
    viewer.post(&format!("{}/cancel", path(&first)), json!({})).await.refused(403, "forbidden");
    let lead = hub.lead(&hub.school("Heston").await).await;
    lead.get("/v1/settlements").await.refused(403, "forbidden");
    person.get("/v1/purchase-ledger").await.refused(403, "forbidden");
}

async fn of_two_at_once_one_is_stated_and_one_paid(hub: TestHub) {
    let Earning { partner, .. } = earning(&hub).await;
    let all = async |path: String, bodies: Vec<Value>| {
        let asked: Vec<_> =
            bodies.into_iter().map(|body| tokio::spawn(hub.manager().post(&path, body).into_future())).collect();
        let mut statuses = Vec::new();
        for one in asked {
            statuses.push(one.await.unwrap().status);
        }
        statuses.sort_unstable();
        statuses
    };
    let state = vec![json!({ "up_to": hub.world.today() }); 4];
    assert_eq!(all(format!("/v1/partners/{partner}/settlements"), state).await, [201, 409, 409, 409]);
    let first = hub.manager().all("/v1/settlements").await.remove(0);
    let pay = ["A", "B", "C", "D"].map(|reference| json!({ "credits": "13", "bank_reference": reference })).to_vec();
    assert_eq!(all(format!("{}/payments", path(&first)), pay).await, [201, 409, 409, 409]);
    hub.verified().await;
}

async fn a_statement_is_a_file_and_a_sheet(hub: TestHub) {
    let Earning { partner, person } = earning(&hub).await;
    corrected(&hub, &partner, "credit", "1", "=cmd()").await;
    let first = stated(&hub, &partner).await;
    hub.manager().post(&format!("{}/payments", path(&first)), json!({ "bank_reference": "BACS 1" })).await.created();
    let lines = person.get(&format!("{}/lines", path(&first))).as_csv().await.sheet();
    let rows: Vec<&str> = lines.lines().collect();
    assert!(rows[0].starts_with("sequence,earned_on,what_for,credits,credit_value_pence,gbp,"), "{lines}");
    assert!(rows[1].contains(",Autumn run,25.00,333,83.25,") && rows[2].contains(",'=cmd(),1.00,333,3.33,"), "{lines}");
    let text = person.get(&path(&first)).as_pdf().await.pages().concat();
    for shown in ["Settlement statement 1", "Language Line", "Autumn run", "£83.25", "£86.58", "BACS 1"] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
}

/// A partner of such a name, with a statement on which a correction has such a reason, and a payment of it.
async fn stated_with(hub: &TestHub, name: &str, reason: &str) -> (Client, Value) {
    let Earning { partner, person } = earning(hub).await;
    let at = format!("/v1/partners/{partner}");
    hub.manager().patch(&at, &hub.manager().get(&at).await.etag(), json!({ "name": name })).await.ok();
    corrected(hub, &partner, "debit", "0.05", reason).await;
    let stated = stated(hub, &partner).await;
    let part = json!({ "credits": "12.50", "bank_reference": "00123" });
    hub.manager().post(&format!("{}/payments", path(&stated)), part).await.created();
    (person, stated)
}

async fn a_statement_is_a_workbook(hub: TestHub) {
    let name = "Zoë Łukasz 李明 עברית";
    let (person, stated) = stated_with(&hub, name, "=cmd()").await;
    let book = person.get(&path(&stated)).as_xlsx().await;
    assert_eq!(book.header("content-disposition"), Some("attachment; filename=\"settlement-1.xlsx\""));
    assert_eq!(book.header("vary"), Some("Accept"));
    let (facts, today, shown) = (book.rows_of("Statement"), hub.world.today(), format!("{name:?}"));
    for (label, value) in [
        ("Hub", "\"West London\""),
        ("Partner", shown.as_str()),
        ("Number", "1"),
        ("State", "\"part_paid\""),
        ("Earned up to", today.as_str()),
        ("Credits", "24.95"),
        ("To be paid, in pounds", "83.08"),
        ("Paid, in pounds", "41.62"),
    ] {
        assert!(facts.contains(&vec![format!("{label:?}"), value.to_owned()]), "{label} {value}: {facts:?}");
    }
    let earned = book.rows_of("What was earned");
    let headings = ["Sequence", "Earned on", "For", "Credits", "Credit's value, in pounds", "Pounds"];
    assert_eq!(earned[0], headings.map(|heading| format!("{heading:?}")));
    assert_eq!(earned[1][1..], [today.as_str(), "\"Autumn run\"", "25", "3.33", "83.25"]);
    assert_eq!(earned[2][1..], [today.as_str(), "\"=cmd()\"", "-0.05", "3.33", "-0.17"]);
    assert_eq!(book.rows_of("Payments")[1], [today.as_str(), "\"00123\"", "\"paid\"", "12.5", "41.62"]);
    let ledger = hub.viewer().await.get("/v1/purchase-ledger").as_xlsx().await.rows_of("Purchase ledger");
    assert_eq!(ledger[0], ["Supplier", "Reference", "Date", "Net"].map(|heading| format!("{heading:?}")));
    assert_eq!(ledger[1..], [[shown, "1".to_owned(), today, "83.08".to_owned()]]);
    let (_, stranger) = hub.partner("Other").await;
    stranger.get(&path(&stated)).as_xlsx().await.refused(404, "not_found");
    person.get("/v1/purchase-ledger").as_xlsx().await.refused(403, "forbidden");
}

async fn a_statement_is_a_page_to_print(hub: TestHub) {
    let (name, reason) = ("Zoë 李明 עברית & Sons", "<script>alert('x')</script>");
    let (person, stated) = stated_with(&hub, name, reason).await;
    let reply = person.get(&path(&stated)).header("accept", "text/html,application/xhtml+xml,*/*;q=0.8").await;
    let page = reply.page();
    let policy = reply.header("content-security-policy").unwrap();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("style-src 'sha256-") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert!(page.all("script").is_empty() && page.all("link").is_empty(), "{reply}");
    assert!(page.all("style")[0].text.contains("size: A4"), "{reply}");
    assert_eq!(page.all("h1")[0].text, "Settlement statement 1");
    let facts: Vec<&str> = page.all("dd").into_iter().map(|fact| fact.text.as_str()).collect();
    assert!(facts.contains(&name) && facts.contains(&"£83.08"), "{facts:?}");
    let rows: Vec<Vec<&str>> = page.all("tr").into_iter().map(|row| row.cells()).collect();
    let day = rows[1][0];
    for row in [
        vec!["Earned on", "For", "Credits", "Credit's value", "Pounds"],
        vec![day, "Autumn run", "25.00", "£3.33", "£83.25"],
        vec![day, reason, "-0.05", "£3.33", "−£0.17"],
        vec![day, "00123", "12.50", "£41.62"],
    ] {
        assert!(rows.contains(&row), "{row:?} is not of {rows:?}");
    }
}

async fn the_purchase_ledger_has_the_columns_of_the_hub(hub: TestHub) {
    let Earning { partner, .. } = earning(&hub).await;
    let first = stated(&hub, &partner).await;
    hub.manager().post(&format!("{}/cancel", path(&first)), json!({ "reason": "Again" })).await.ok();
    stated(&hub, &partner).await;
    let today = hub.world.today();
    let day = format!("{}/{}/{}", &today[8..], &today[5..7], &today[..4]);
    let file = async |query: &str| hub.viewer().await.get(&format!("/v1/purchase-ledger{query}")).await.sheet();
    assert_eq!(file("").await, format!("Supplier,Reference,Date,Net\r\nLanguage Line,2,{day},83.25\r\n"));
    assert_eq!(file("?until=2026-10-01").await, "Supplier,Reference,Date,Net\r\n");
    let path = "/v1/purchase-ledger/columns";
    let etag = hub.manager().get(path).await.etag();
    let column = |heading: &str, field: &str, text: Value| json!({ "heading": heading, "field": field, "text": text });
    let wanted = json!({ "columns": [
        column("A/C", "supplier", Value::Null), column("N/C", "text", json!("5000")), column("Nett", "net", Value::Null),
        column("Credits", "credits", Value::Null),
    ] });
    let set = |etag: &str, body: &Value| hub.manager().put(path, body.clone()).header("if-match", etag);
    set(&etag, &json!({ "columns": [] })).await.invalid(&[("/columns", "invalid")]);
    set(&etag, &json!({ "columns": [column("N/C", "text", Value::Null)] }))
        .await
        .invalid(&[("/columns/0/text", "invalid")]);
    set(&etag, &json!({ "columns": [column("A", "gross", Value::Null)] }))
        .await
        .invalid(&[("/columns/0/field", "invalid")]);
    assert_eq!(set(&etag, &wanted).await.ok(), wanted);
    set(&etag, &wanted).await.refused(412, "stale");
    assert_eq!(file("").await, "A/C,N/C,Nett,Credits\r\nLanguage Line,5000,83.25,25.00\r\n");
}
