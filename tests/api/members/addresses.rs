//! New addresses: asked for by whoever has them, confirmed at the new one, corrected where somebody has not come in yet.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, PASSWORD, TestHub, World, unique};

fn path(person: &Client, what: &str) -> String {
    format!("/v1/people/{}/{what}", person.id())
}

impl TestHub {
    /// The path of a link to this service.
    fn followed(&self, link: &Value) -> String {
        self.world.path_of(link)
    }

    /// Somebody signs in for the first time.
    async fn signs_in(&self, person: &Client) -> Client {
        let link = self.manager().post(&path(person, "invite"), None).await.created()["link"].clone();
        let signed_in = self.world.stranger().post(&self.followed(&link), json!({ "password": PASSWORD })).await.ok();
        self.world.stranger().with_token(signed_in["access_token"].as_str().unwrap())
    }
}

fn address() -> String {
    format!("new.{}@school.example", unique())
}

both_engines!(
    a_new_address_is_confirmed_by_a_link_to_it,
    an_address_that_is_taken_is_told_to_its_owner_alone,
    who_has_not_signed_in_is_corrected,
    a_link_works_once_and_for_seven_days,
    a_managers_address_is_vouched_for_by_the_operator,
    in_another_hub_they_stay_who_they_were,
    who_signs_in_at_an_address_already_gets_at_nobody_who_moves_there,
    whoever_had_an_address_before_is_nobody_there,
    a_login_ends_with_the_last_who_has_its_address
);

async fn a_new_address_is_confirmed_by_a_link_to_it(hub: TestHub) {
    let school = hub.school("Lampton Academy").await;
    let (lead, teacher) = (hub.lead(&school).await, hub.teacher(&school).await);
    let session = hub.signs_in(&teacher).await;
    let old = session.get("/v1/me").await.ok()["email"].clone();
    let none = json!({ "email": old, "asked_for": null, "asked_at": null, "expires_at": null });
    assert_eq!(session.get("/v1/me/email").await.ok(), none);
    let new = address();
    session.post("/v1/me/email", json!({ "email": new })).await.is(202);
    let asked = session.get("/v1/me/email").await.ok();
    assert_eq!((&asked["email"], &asked["asked_for"]), (&old, &json!(new)));
    assert_eq!(session.get("/v1/me").await.ok()["email"], old, "not yet");

    for who in [&lead, &teacher] {
        who.post(&path(&teacher, "email/link"), None).await.refused(403, "forbidden");
    }
    let link = hub.manager().post(&path(&teacher, "email/link"), None).await.created();
    assert_eq!(link["email"], json!(new));
    let confirmed = hub.world.stranger().post(&hub.followed(&link["link"]), None).await.ok();
    assert_eq!((&confirmed["email"], &confirmed["id"]), (&json!(new), &json!(teacher.id())));
    session.get("/v1/me").await.refused(401, "session_ended");
    assert_eq!(hub.manager().all(&format!("/v1/people?email={new}")).await.len(), 1);
    let told: Vec<Value> = teacher.all("/v1/me/notices").await;
    assert!(told.iter().any(|notice| notice["kind"] == "record_changed"), "{told:?}");
    hub.manager().post(&path(&teacher, "email/link"), None).await.refused(404, "not_found");
    hub.manager().post(&path(&teacher, "invite"), None).await.refused(409, "signs_in");
}

async fn an_address_that_is_taken_is_told_to_its_owner_alone(hub: TestHub) {
    let school = hub.school("Lampton Academy").await;
    let (teacher, other) = (hub.teacher(&school).await, hub.teacher(&school).await);
    let taken = other.get("/v1/me").await.ok()["email"].as_str().unwrap().to_uppercase();
    let free = teacher.post("/v1/me/email", json!({ "email": address() })).await;
    let asked = teacher.post("/v1/me/email", json!({ "email": taken })).await;
    assert_eq!((free.status, free.body.as_slice()), (asked.status, asked.body.as_slice()));
    let link = hub.manager().post(&path(&teacher, "email/link"), None).await.created();
    hub.world.stranger().post(&hub.followed(&link["link"]), None).await.refused(409, "duplicate");
    teacher.get("/v1/me").await.ok();
    hub.manager().post(&path(&teacher, "email"), json!({ "email": taken })).await.refused(409, "duplicate");
    teacher.post("/v1/me/email", json!({ "email": "not one" })).await.invalid(&[("/email", "invalid")]);
}

async fn who_has_not_signed_in_is_corrected(hub: TestHub) {
    let (lampton, heston) = (hub.school("Lampton Academy").await, hub.school("Heston").await);
    let (lead, other, teacher) = (hub.lead(&lampton).await, hub.lead(&heston).await, hub.teacher(&lampton).await);
    let (first, second) = (address(), address());
    let old = hub.manager().post(&path(&teacher, "invite"), None).await.created()["link"].clone();
    assert_eq!(lead.post(&path(&teacher, "email"), json!({ "email": first })).await.ok()["email"], json!(first));
    hub.world.stranger().post(&hub.followed(&old), None).await.refused(404, "not_found");
    other.post(&path(&teacher, "email"), json!({ "email": second })).await.refused(404, "not_found");
    teacher.post(&path(&teacher, "email"), json!({ "email": second })).await.refused(403, "forbidden");
    assert_eq!(
        hub.manager().post(&path(&teacher, "email"), json!({ "email": second })).await.ok()["email"],
        json!(second)
    );
    hub.signs_in(&teacher).await;
    for who in [&lead, &hub.manager()] {
        who.post(&path(&teacher, "email"), json!({ "email": first })).await.refused(409, "signs_in");
    }
}

async fn a_link_works_once_and_for_seven_days(hub: TestHub) {
    let teacher = hub.teacher(&hub.school("Lampton Academy").await).await;
    let ask = async || {
        teacher.post("/v1/me/email", json!({ "email": address() })).await.is(202);
        let link = hub.manager().post(&path(&teacher, "email/link"), None).await.created();
        hub.followed(&link["link"])
    };
    let stranger = hub.world.stranger();
    let first = ask().await;
    let second = ask().await;
    stranger.post(&first, None).await.refused(404, "not_found");
    stranger.post(&second, None).await.ok();
    stranger.post(&second, None).await.refused(404, "not_found");
    let third = ask().await;
    hub.world.pass(TimeDelta::days(7));
    stranger.post(&third, None).await.refused(404, "not_found");
    hub.world.round().await;
    assert_eq!(teacher.get("/v1/me/data").await.ok()["held"]["address_asked_for"], json!([]));
    let fourth = ask().await;
    hub.manager().post(&path(&teacher, "disable"), None).await.ok();
    stranger.post(&fourth, None).await.refused(404, "not_found");
    stranger.post(&format!("/v1/auth/addresses/{}", "0".repeat(64)), None).await.refused(404, "not_found");
}

async fn a_managers_address_is_vouched_for_by_the_operator(hub: TestHub) {
    let (first, second) = (hub.manager(), hub.another_manager().await);
    second.post("/v1/me/email", json!({ "email": address() })).await.is(202);
    for who in [&first, &second] {
        let problem = who.post(&path(&second, "email/link"), None).await.refused(403, "forbidden");
        assert!(problem["detail"].as_str().unwrap().contains("address-link"), "{problem}");
    }
}

/// One login opens two hubs; its owner has a new address in one of them.
async fn in_another_hub_they_stay_who_they_were(world: World) {
    let (here, there) = (world.hub("Here").await, world.hub("There").await);
    let email = address();
    let mut both = Vec::new();
    for hub in [&here, &there] {
        let person = json!({ "name": "Vera", "email": email, "role": "hub_viewer" });
        let person = hub.manager().post("/v1/people", person).await.created();
        both.push(world.person(&hub.id, person["id"].as_str().unwrap()));
    }
    // Whoever comes into another hub signs in anew.
    here.signs_in(&both[0]).await;
    let session_there = there.signs_in(&both[1]).await;
    let again = world.sign_in(&email, PASSWORD, json!({ "hub_id": here.id })).await.ok();
    let session_here = world.stranger().with_token(again["access_token"].as_str().unwrap());
    session_here.post("/v1/me/email", json!({ "email": address() })).await.is(202);
    let link = here.manager().post(&path(&both[0], "email/link"), None).await.created();
    world.stranger().post(&here.followed(&link["link"]), None).await.ok();
    session_here.get("/v1/me").await.refused(401, "session_ended");
    assert_eq!(session_there.get("/v1/me").await.ok()["email"], json!(email));
}

async fn who_signs_in_at_an_address_already_gets_at_nobody_who_moves_there(world: World) {
    let (here, there) = (world.hub("Here").await, world.hub("There").await);
    let email = address();
    let stooge = json!({ "name": "S", "email": email, "role": "hub_viewer" });
    let stooge = there.manager().post("/v1/people", stooge).await.created();
    let link = there.manager().post(&format!("/v1/people/{}/invite", stooge["id"].as_str().unwrap()), None).await;
    let evil = json!({ "password": "an evil phrase of theirs" });
    let evil_session = world.stranger().post(&there.followed(&link.created()["link"]), evil).await.ok();
    let vera = here.viewer().await;
    let session = here.signs_in(&vera).await;
    session.post("/v1/me/email", json!({ "email": email })).await.is(202);
    let link = here.manager().post(&path(&vera, "email/link"), None).await.created();
    world.stranger().post(&here.followed(&link["link"]), None).await.ok();
    let refresh = evil_session["refresh_token"].as_str().unwrap();
    world.go_on(refresh, json!({ "hub_id": here.id })).await.invalid(&[("/hub_id", "unknown")]);
    let tried = world.sign_in(&email, "an evil phrase of theirs", json!({ "hub_id": here.id })).await;
    tried.invalid(&[("/hub_id", "unknown")]);
    // Their hub lets them in again by an invitation, which asks for the password of that login.
    let link = here.manager().post(&path(&vera, "invite"), None).await.created();
    let refused = world.stranger().post(&here.followed(&link["link"]), json!({ "password": PASSWORD })).await;
    refused.refused(401, "sign_in_failed");
}

async fn whoever_had_an_address_before_is_nobody_there(hub: TestHub) {
    let school = hub.school("Lampton Academy").await;
    let (kept, old) = (hub.teacher(&school).await, hub.teacher(&school).await);
    let (email, signed_in) = hub.joins(&old).await;
    let quote = hub.manager().get(&format!("{}?with={}", path(&kept, "merge"), old.id())).await.ok()["quote"].clone();
    hub.manager().post(&path(&kept, "merge"), json!({ "with": old.id(), "quote": quote })).await.ok();
    hub.world.go_on(&signed_in.refresh(), json!({})).await.refused(401, "session_ended");
    let new = json!({ "name": "New", "email": email, "role": "teacher", "school_id": school.id });
    let new = hub.manager().post("/v1/people", new).await.created();
    let new = hub.world.person(&hub.id, new["id"].as_str().unwrap());
    let link = hub.manager().post(&path(&new, "invite"), None).await.created();
    let own = json!({ "password": "a phrase of the new one" });
    hub.world.stranger().post(&hub.followed(&link["link"]), own).await.ok();
    hub.world.sign_in(&email, PASSWORD, json!({})).await.refused(401, "sign_in_failed");
    hub.world.sign_in(&email, "a phrase of the new one", json!({})).await.ok();
}

async fn a_login_ends_with_the_last_who_has_its_address(world: World) {
    let (here, there) = (world.hub("Here").await, world.hub("There").await);
    let email = address();
    let mut both = Vec::new();
    for hub in [&here, &there] {
        let person = json!({ "name": "Vera", "email": email, "role": "hub_viewer" });
        let person = hub.manager().post("/v1/people", person).await.created();
        let person = world.person(&hub.id, person["id"].as_str().unwrap());
        hub.signs_in(&person).await;
        both.push(person);
    }
    let logins = async || {
        let mut tx = world.db().read_everywhere().await.unwrap();
        let count: (i64,) =
            tx.query("SELECT COUNT(*) FROM logins WHERE email_key = $1").bind(email.clone()).one().await.unwrap();
        count.0
    };
    let erase = async |hub: &TestHub, person: &Client| {
        let quote = hub.manager().get(&path(person, "erase")).await.ok()["quote"].clone();
        hub.manager().post(&path(person, "erase"), json!({ "quote": quote })).await.ok();
        world.round().await;
    };
    assert_eq!(logins().await, 1);
    erase(&here, &both[0]).await;
    assert_eq!(logins().await, 1, "somebody of another hub has it");
    erase(&there, &both[1]).await;
    assert_eq!(logins().await, 0);
    world.round().await;
}
