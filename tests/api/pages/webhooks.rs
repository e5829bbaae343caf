//! The webhooks under the settings: made, tested, changed, given another secret, deleted; by managers alone.

use serde_json::json;

use crate::both_engines;
use crate::support::{TestHub, filled};

both_engines!(a_webhook_is_made_and_seen_to_its_end, webhooks_are_made_by_managers_and_seen_by_the_hub);

const PAGE: &str = "/settings/webhooks";

async fn a_webhook_is_made_and_seen_to_its_end(hub: TestHub) {
    let manager = hub.new_manager().await;
    let tab = hub.tab_by_password(&manager).await;
    assert!(tab.get("/settings").await.text.contains(PAGE));
    let inside = [("name", "Finance"), ("url", "https://127.0.0.1/hook")];
    let refused = tab.submit(PAGE, PAGE, &inside).await;
    assert!(refused.words().contains("must be an address on the public internet"), "{}", refused.words());
    assert!(refused.text.contains("https://127.0.0.1/hook"), "what was typed is still there");

    let mut fields =
        filled(tab.form(PAGE, PAGE).await, &[("name", "Finance"), ("url", "https://finance.example/hook")]);
    fields.extend(["booking", "top_up"].map(|kind| ("kinds[]".to_owned(), kind.to_owned())));
    let made = tab.send(PAGE, fields.clone()).await.page();
    let secret = made.all("code")[0].text.clone();
    assert!(secret.starts_with("whsec_"), "{secret}");
    // Sent twice it is made once, and its secret is nowhere.
    assert_eq!(tab.send(PAGE, fields).await.location(), "/settings/webhooks?done=webhook-made");
    let all = manager.all("/v1/webhooks").await;
    assert_eq!((all.len(), &all[0]["kinds"]), (1, &json!(["booking", "top_up"])));
    let one = format!("{PAGE}/{}", all[0]["id"].as_str().unwrap());
    let choices = tab.get(&format!("{one}/edit")).await.words();
    assert!(choices.contains("API key") && choices.contains("Credits sold"), "{choices}");
    let chosen = tab.get(&one).await.words();
    assert!(chosen.contains("Booking, Credits sold"), "{chosen}");
    for page in [PAGE, &one, &format!("{one}/edit")] {
        let seen = tab.get(page).await;
        assert!(!seen.text.contains(&secret) && seen.text.contains("https://finance.example/hook"), "{page}");
    }

    let act = async |what: &str| {
        let action = format!("{one}/{what}");
        tab.submit(&one, &action, &[]).await.location().to_owned()
    };
    assert_eq!(act("ping").await, format!("{one}?done=webhook-tested"));
    assert!(tab.get(&one).await.words().contains("To be sent now"));
    let ping = manager.all(&format!("/v1/webhooks/{}/deliveries", all[0]["id"].as_str().unwrap())).await.remove(0);
    let delivery = format!("{one}/deliveries/{}", ping["id"].as_str().unwrap());
    assert!(tab.get(&delivery).await.words().contains("It has not been sent yet."));
    let again = tab.submit(&delivery, &delivery, &[]).await;
    assert_eq!(again.location(), format!("{delivery}?done=webhook-sent-again"));
    for (state, there) in [("pending", true), ("delivered", false)] {
        let shown = tab.get(&format!("{one}?state={state}")).await;
        assert_eq!(shown.text.contains(&delivery), there, "{state}");
        assert!(shown.text.contains(&format!("deliveries.csv?state={state}")), "{}", shown.text);
    }
    assert_eq!(act("pause").await, format!("{one}?done=webhook-paused"));
    assert_eq!(act("resume").await, format!("{one}?done=webhook-resumed"));

    let edit = format!("{one}/edit");
    let version = tab.form(&edit, &edit).await;
    let changed = tab.send(&edit, filled(version.clone(), &[("name", "Finance system")])).await;
    assert_eq!(changed.location(), format!("{one}?done=webhook-changed"));
    let now = manager.all("/v1/webhooks").await.remove(0);
    assert_eq!((&now["name"], &now["kinds"]), (&json!("Finance system"), &json!(["booking", "top_up"])));

    let new = format!("{one}/secret");
    let shown = tab.submit(&new, &new, &[("overlap_hours", "72")]).await.page();
    assert!(shown.all("code")[0].text.starts_with("whsec_") && shown.all("code")[0].text != secret);
    assert!(tab.get(&one).await.words().contains("The old secret signs too"));
    let delete = format!("{one}/delete");
    assert_eq!(tab.submit(&delete, &delete, &[]).await.location(), "/settings/webhooks?done=webhook-deleted");
    assert_eq!(tab.get(&one).await.status, 404);
}

async fn webhooks_are_made_by_managers_and_seen_by_the_hub(hub: TestHub) {
    let school = hub.school("Lampton Academy").await;
    assert_eq!(hub.tab_by_password(&hub.lead(&school).await).await.get(PAGE).await.status, 403);
    let ours = json!({ "name": "Ours", "url": "https://ours.example/" });
    let ours = hub.manager().post("/v1/webhooks", ours).no_key().await.created()["webhook"]["id"].clone();
    let ours = format!("{PAGE}/{}", ours.as_str().unwrap());
    let viewer = hub.tab_by_password(&hub.viewer().await).await;
    for page in [PAGE, &ours] {
        let seen = viewer.get(page).await;
        let acts = ["Make the webhook", "/ping", "/edit", "/delete", "/secret"];
        let has = acts.iter().find(|act| seen.text.contains(**act));
        assert!(seen.text.contains("https://ours.example/") && has.is_none(), "{has:?}: {}", seen.text);
    }
    assert_eq!(viewer.get(&format!("{ours}/edit")).await.status, 403);
    let other = hub.world.hub("Another").await;
    let new = json!({ "name": "Theirs", "url": "https://finance.example/" });
    let made = other.manager().post("/v1/webhooks", new).no_key().await.created();
    let tab = hub.tab_by_password(&hub.new_manager().await).await;
    let theirs = format!("{PAGE}/{}", made["webhook"]["id"].as_str().unwrap());
    for page in [theirs.clone(), format!("{theirs}/edit"), format!("{theirs}/secret"), format!("{theirs}/delete")] {
        assert_eq!(tab.get(&page).await.status, 404, "{page}");
    }
}
