//! Partners, what they are owed, and what the hub does with credits by hand.

use serde_json::json;

use super::says;
use crate::both_engines;
use crate::support::{Seen, TestHub, filled};

both_engines!(
    a_partner_is_added_with_its_people_and_renamed,
    what_a_partner_is_owed_is_stated_paid_and_taken_back,
    a_partner_sees_its_own_events_and_statements_alone,
    credits_are_sold_once_and_taken_back,
    a_correction_takes_two_managers,
    the_columns_of_the_purchase_ledger_are_set,
);

/// Where the last link of a page to a reversal leads.
fn reversal(seen: &Seen) -> String {
    let page = seen.page();
    let mut links = page.all("a").into_iter().filter_map(|link| link.attribute("href").map(str::to_owned));
    links.rfind(|to| to.starts_with("/reversals/")).expect("something can be taken back")
}

async fn a_partner_is_added_with_its_people_and_renamed(hub: TestHub) {
    let manager = hub.tab(&hub.manager()).await;
    let added = manager.submit("/partners/new", "/partners/new", &[("name", "Ambition")]).await;
    let path = added.location().split('?').next().unwrap().to_owned();
    let taken = manager.submit("/partners/new", "/partners/new", &[("name", "Ambition")]).await;
    assert!(taken.form("/partners/new").contains(&("name".into(), "Ambition".into())));
    says(&taken, &["another partner of the hub has this name"]);
    let new = format!("{path}/people/new");
    manager.submit(&new, &new, &[("name", "Una May"), ("email", "una@ambition.example")]).await.location();
    says(&manager.get(&path).await, &["Una May", "una@ambition.example"]);
    let edit = format!("{path}/edit");
    manager.submit(&edit, &edit, &[("name", "Ambition Institute")]).await.location();
    says(&manager.get("/partners?text=institute").await, &["Ambition Institute"]);
    let viewer = hub.tab(&hub.viewer().await).await;
    assert!(!viewer.get(&path).await.words().contains("Make a statement"));
    assert_eq!(viewer.get(&edit).await.status, 403);
}

async fn what_a_partner_is_owed_is_stated_paid_and_taken_back(hub: TestHub) {
    let (partner, person) = hub.partner("Ambition").await;
    hub.open_year("2026-27").await;
    hub.owe(&partner, "1050").await;
    let manager = hub.tab(&hub.manager()).await;
    let settle = format!("/partners/{partner}/settle");
    let shown = format!("{settle}?up_to={}", hub.world.today());
    says(&manager.get(&shown).await, &["1,050 credits", "£1,050.00"]);
    let fields = manager.form(&shown, &settle).await;
    let stated = manager.send(&settle, fields.clone()).await;
    assert_eq!(manager.send(&settle, fields).await.location(), stated.location(), "sent twice");
    let path = stated.location().split('?').next().unwrap().to_owned();
    says(&manager.get(&shown).await, &["there is nothing to be paid"]);

    let pay = format!("{path}/pay");
    let over = manager.submit(&pay, &pay, &[("credits", "5000"), ("bank_reference", "BACS 1")]).await;
    assert!(!over.words().contains("credits move"), "what is refused is not asked about: {}", over.words());
    let sure = manager.submit(&pay, &pay, &[("credits", "50"), ("bank_reference", "BACS 1")]).await;
    says(&sure, &["£50.00", "BACS 1", "50 credits move"]);
    let paid = manager.send(&pay, filled(sure.form(&pay), &[("sure", "yes")])).await;
    assert_eq!(paid.location(), format!("{path}?done=paid"));
    let statement = person.get(&format!("/v1{path}")).await.ok();
    assert_eq!([&statement["state"], &statement["gbp_paid"]], ["part_paid", "50.00"]);
    let theirs = hub.tab(&person).await;
    says(&theirs.get(&path).await, &["£1,050.00", "£1,000.00", "BACS 1"]);
    says(&theirs.get("/partner/settlements").await, &["Statement 1", "Partly paid"]);

    let back = reversal(&manager.get(&path).await);
    says(&manager.get(&back).await, &["Ambition: what a partner is owed", "+50"]);
    manager.submit(&back, &back, &[("reason", "The bank returned it")]).await.location();
    let cancel = format!("{path}/cancel");
    manager.submit(&cancel, &cancel, &[("reason", "Wrong day")]).await.location();
    says(&manager.get("/settlements?state=cancelled").await, &["Statement 1"]);
    hub.verified().await;
}

async fn a_partner_sees_its_own_events_and_statements_alone(hub: TestHub) {
    hub.open_year("2026-27").await;
    let statement = hub.settle("Ambition", "10", "4").await;
    let (_, other) = hub.partner("Another").await;
    let tab = hub.tab(&other).await;
    assert_eq!(tab.get(&format!("/settlements/{statement}")).await.status, 404);
    assert_eq!(tab.get("/settlements").await.status, 403);
    says(&tab.get("/partner/settlements").await, &["There is no statement yet"]);
    says(
        &tab.get("/partner/events").await,
        &["You have no event to come", "the hub publishes them: add a programme", "Add a programme"],
    );
    assert_eq!(hub.tab(&hub.viewer().await).await.get("/partner/events").await.status, 403);
}

async fn credits_are_sold_once_and_taken_back(hub: TestHub) {
    let (school, _, _) = hub.funded_school("Lampton", "100").await;
    let manager = hub.tab(&hub.manager()).await;
    let new = "/top-ups/new";
    let typed = [("school_id", school.id.as_str()), ("amount", "20"), ("invoice_reference", "INV 7"), ("gbp", "20")];
    let sure = manager.submit(new, new, &typed).await;
    says(&sure, &["Lampton gets 20 credits", "100 credits", "120 credits"]);
    assert_eq!(hub.wallet_of(&school, "allocated").await, "100.00", "nothing is sold yet");
    let fields = filled(sure.form(new), &[("sure", "yes")]);
    assert_eq!(manager.send(new, fields.clone()).await.location(), "/top-ups?done=sold");
    assert_eq!(manager.send(new, fields).await.location(), "/top-ups?done=sold", "sent twice");
    assert_eq!(hub.wallet_of(&school, "allocated").await, "120.00");
    let back = reversal(&manager.get("/top-ups").await);
    says(&manager.get(&back).await, &["Lampton: wallet 2026/27"]);
    let taken = manager.submit(&back, &back, &[("reason", "Wrong school")]).await;
    assert_eq!(taken.location(), "/top-ups?done=reversed");
    assert_eq!(hub.wallet_of(&school, "allocated").await, "100.00");
    says(&hub.tab(&hub.viewer().await).await.get("/top-ups").await, &["INV 7", "Taken back"]);
}

async fn a_correction_takes_two_managers(hub: TestHub) {
    let (school, lead, _) = hub.funded_school("Lampton", "100").await;
    let (first, second) = (hub.another_manager().await, hub.another_manager().await);
    let etag = hub.manager().get("/v1/hub").await.etag();
    hub.manager().patch("/v1/hub", &etag, json!({ "four_eyes": true })).await.ok();
    let manager = hub.tab(&first).await;
    let new = "/adjustments/new";
    let typed = [("account", "wallet"), ("side", "debit"), ("amount", "5"), ("reason", "Booked twice")];
    let refused = manager.submit(new, new, &typed).await;
    says(&refused, &["is needed for this account"]);
    let fields = filled(refused.form(new), &[("school_id", &school.id), ("side", "debit")]);
    let sure = manager.send(new, fields).await;
    says(&sure, &["Lampton: allocated credits", "100 credits", "95 credits", "another hub manager must approve"]);
    let asked = manager.send(new, filled(sure.form(new), &[("sure", "yes")])).await;
    let path = asked.location().split('?').next().unwrap().to_owned();
    says(&manager.get(&path).await, &["Waits for a second manager", "You can discard it"]);
    assert_eq!(hub.wallet_of(&school, "allocated").await, "100.00");
    let second = hub.tab(&second).await;
    second.submit(&path, &format!("{path}/approve"), &[]).await.location();
    assert_eq!(hub.wallet_of(&school, "allocated").await, "95.00");
    says(&second.get("/adjustments?state=posted").await, &["Booked twice"]);
    assert_eq!(hub.tab(&lead).await.get("/adjustments").await.status, 403);
}

async fn the_columns_of_the_purchase_ledger_are_set(hub: TestHub) {
    let manager = hub.tab(&hub.manager()).await;
    let columns = "/settlements/purchase-ledger/columns";
    let form = manager.form(columns, columns).await;
    let typed = [
        ("columns/4/heading", "Nominal"),
        ("columns/4/field", "text"),
        ("columns/4/text", "4000"),
        ("columns/2/heading", ""),
        ("columns/2/field", ""),
    ];
    manager.send(columns, filled(form, &typed)).await.location();
    let set = hub.manager().get("/v1/purchase-ledger/columns").await.ok();
    let headings: Vec<_> = set["columns"].as_array().unwrap().iter().map(|column| column["heading"].clone()).collect();
    assert_eq!(json!(headings), json!(["Supplier", "Reference", "Net", "Nominal"]));
    says(&manager.get("/settlements/purchase-ledger").await, &["“4000” in every row"]);
}
