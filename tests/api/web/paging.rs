//! Lists of which little is made in other tests: a list that has more says where it goes on.

use serde_json::json;

use crate::both_engines;
use crate::lifecycle::succession::succeed;
use crate::support::TestHub;

both_engines!(a_list_that_has_more_says_where_it_goes_on);

async fn a_list_that_has_more_says_where_it_goes_on(hub: TestHub) {
    let manager = hub.manager();
    let (chase, lead, _) = hub.funded_school("Chase", "100").await;
    for name in ["Abbey", "Bourne"] {
        let school = hub.school(name).await;
        succeed(&hub, &school, &chase).await;
    }
    let (partner, _) = hub.partner("Language Line").await;
    let deputies = format!("/v1/schools/{}/deputies", chase.id);
    let mut lists = vec!["/v1/adjustments".to_owned(), "/v1/settlements".to_owned(), "/v1/successions".to_owned()];
    for (n, name) in ["First", "Second"].into_iter().enumerate() {
        hub.owe(&partner, "3").await;
        hub.owe(&partner, "4").await;
        let stated = json!({ "up_to": hub.world.today() });
        let settlement = manager.add(&format!("/v1/partners/{partner}/settlements"), stated).await;
        for credits in ["1", "2"] {
            let part = json!({ "credits": credits, "bank_reference": format!("BACS {credits}") });
            manager.post(&format!("/v1/settlements/{settlement}/payments"), part).await.created();
        }
        lists.extend(["lines", "payments"].map(|of| format!("/v1/settlements/{settlement}/{of}")));
        let days = [format!("2026-10-{}", 10 + 5 * n), format!("2026-10-{}", 12 + 5 * n)];
        let deputy = hub.teacher(&chase).await;
        let named = json!({ "person_id": deputy.id(), "starts_on": days[0], "ends_on": days[1] });
        lead.post(&deputies, named).await.created();
        let ticket = json!({ "name": name, "covers": { "kinds": ["conference"] }, "returns": { "rule": "always" } });
        manager.add("/v1/ticket-types", ticket).await;
    }
    lists.extend([deputies, "/v1/ticket-types".to_owned()]);
    for list in lists {
        let (whole, pages) = (manager.all(&list).await, manager.all(&format!("{list}?limit=1")).await);
        assert!(whole.len() >= 2 && pages == whole, "{list}: {whole:?}, {pages:?}");
        assert!(manager.get(&format!("{list}?limit=1")).await.ok()["next"].is_string(), "{list}");
    }
    hub.verified().await;
}
