//! Signing in by a password, and setting one: by the invitation, by a link, by the password of before.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{PASSWORD, SignedIn, TestHub, World};

const ANOTHER: &str = "another horse, another battery";

both_engines!(
    an_invitation_sets_the_password_that_signs_in,
    any_script_makes_a_password_and_spaces_count,
    what_is_wrong_is_answered_alike,
    a_weak_password_is_refused_in_words,
    a_person_of_several_hubs_chooses_one,
    an_invitation_of_one_hub_opens_nothing_of_another,
    whoever_signs_in_elsewhere_shows_that_it_is_they,
    the_operator_lets_somebody_in_again,
    a_password_is_reset_by_a_link_once,
    a_manager_resets_nobody_who_manages_a_hub_or_is_in_another,
    asking_for_a_link_tells_nothing,
    a_password_is_changed_by_the_one_of_before,
    a_way_that_is_switched_off_is_closed,
    a_password_of_lower_cost_is_hashed_anew
);

async fn an_invitation_sets_the_password_that_signs_in(hub: TestHub) {
    let viewer = hub.viewer().await;
    let (email, first) = hub.joins(&viewer).await;
    assert_eq!(first.caller(&hub.world).get("/v1/me").await.ok()["id"], viewer.id());
    let signed_in = hub.world.sign_in(&email.to_uppercase(), PASSWORD, json!({})).await.ok();
    assert_eq!((&signed_in["token_type"], &signed_in["expires_in"]), (&json!("Bearer"), &json!(900)));
    assert_eq!(
        signed_in["hub"],
        json!({ "hub_id": hub.id, "name": "West London", "person_id": viewer.id(), "role": "hub_viewer" })
    );
    assert_eq!(signed_in["hubs"], json!([signed_in["hub"]]));
    assert_eq!(SignedIn(signed_in).caller(&hub.world).get("/v1/me").await.ok()["id"], viewer.id());
}

async fn any_script_makes_a_password_and_spaces_count(hub: TestHub) {
    for password in [
        "  leading and trailing  ",
        "пароль для кредитов",
        "🔑🔑🔒🔒🔑🔒🔑🔒🔒🔑",
        "caf\u{e9} au lait, s'il vous pla\u{ee}t",
    ] {
        let viewer = hub.viewer().await;
        let path = hub.invitation_of(&viewer).await;
        hub.world.stranger().post(&path, json!({ "password": password })).await.ok();
        let email = hub.email_of(&viewer).await;
        hub.world.sign_in(&email, password, json!({})).await.ok();
        hub.world.sign_in(&email, &password.replace('\u{e9}', "e\u{301}"), json!({})).await.ok();
        if password.trim() != password {
            hub.world.sign_in(&email, password.trim(), json!({})).await.refused(401, "sign_in_failed");
        }
    }
}

async fn what_is_wrong_is_answered_alike(hub: TestHub) {
    let (viewer, other) = (hub.viewer().await, hub.viewer().await);
    let (email, _) = hub.joins(&viewer).await;
    let without = hub.email_of(&other).await;
    let mut answers = Vec::new();
    for (email, password) in [(&*email, "not the password"), (&*without, PASSWORD), ("nobody@hub.example", PASSWORD)] {
        answers.push(hub.world.sign_in(email, password, json!({})).await.refused(401, "sign_in_failed"));
    }
    hub.manager().post(&format!("/v1/people/{}/disable", viewer.id()), None).await.ok();
    answers.push(hub.world.sign_in(&email, PASSWORD, json!({})).await.refused(401, "sign_in_failed"));
    for answer in &mut answers {
        answer["request_id"] = Value::Null;
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

async fn a_weak_password_is_refused_in_words(hub: TestHub) {
    let viewer = hub.viewer().await;
    let (path, email) = (hub.invitation_of(&viewer).await, hub.email_of(&viewer).await);
    let name = viewer.get("/v1/me").await.ok()["name"].as_str().unwrap().to_owned();
    for (weak, why) in [
        ("ninechars", "too_short"),
        ("Password123", "too_common"),
        ("1234567890", "too_common"),
        (&*email, "personal"),
        (&*name.to_uppercase(), "personal"),
    ] {
        let reply = hub.world.stranger().post(&path, json!({ "password": weak })).await;
        reply.invalid(&[("/password", why)]);
    }
    let long = "x".repeat(201);
    hub.world.stranger().post(&path, json!({ "password": long })).await.invalid(&[("/password", "invalid")]);
    hub.world.stranger().post(&path, json!({ "password": "West London" })).await.invalid(&[("/password", "personal")]);
    // It is not used up by that.
    hub.world.stranger().post(&path, json!({ "password": "x".repeat(100) + "y" })).await.ok();
}

/// The same address in two hubs, each a teacher of a school; in the second not let in yet.
async fn in_two_hubs(world: &World) -> (TestHub, TestHub, String, String) {
    let (first, second) = (world.hub("West London").await, world.hub("South London").await);
    let person = json!({ "name": "Tara Teacher", "email": "tara@school.example", "role": "hub_viewer" });
    let one = first.manager().post("/v1/people", person.clone()).await.created();
    let two = second.manager().post("/v1/people", person).await.created();
    let id = |person: &Value| person["id"].as_str().unwrap().to_owned();
    (first, second, id(&one), id(&two))
}

async fn a_person_of_several_hubs_chooses_one(world: World) {
    let (first, second, one, two) = in_two_hubs(&world).await;
    first.joins(&world.person(&first.id, &one)).await;
    let path = second.invitation_of(&world.person(&second.id, &two)).await;
    let both = world.stranger().post(&path, json!({ "password": PASSWORD })).await.ok();
    assert_eq!(both["hub"]["person_id"], two.as_str());
    let names: Vec<&str> = both["hubs"].as_array().unwrap().iter().map(|hub| hub["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["South London", "West London"]);

    let signed_in = world.sign_in("tara@school.example", PASSWORD, json!({})).await.ok();
    assert_eq!((&signed_in["access_token"], &signed_in["hub"]), (&Value::Null, &Value::Null));
    let refresh = signed_in["refresh_token"].as_str().unwrap();
    world.go_on(refresh, json!({ "hub_id": crate::support::nobody() })).await.invalid(&[("/hub_id", "unknown")]);
    let chosen = world.go_on(refresh, json!({ "hub_id": first.id })).await.ok();
    assert_eq!(SignedIn(chosen.clone()).caller(&world).get("/v1/me").await.ok()["id"], one.as_str());
    // It stays in that hub until another is chosen.
    let on = world.go_on(chosen["refresh_token"].as_str().unwrap(), json!({})).await.ok();
    assert_eq!(on["hub"]["hub_id"], first.id);
    let other = world.go_on(on["refresh_token"].as_str().unwrap(), json!({ "hub_id": second.id })).await.ok();
    assert_eq!(SignedIn(other).caller(&world).get("/v1/me").await.ok()["id"], two.as_str());
    let direct = world.sign_in("tara@school.example", PASSWORD, json!({ "hub_id": second.id })).await.ok();
    assert_eq!(direct["hub"]["hub_id"], second.id);

    // Disabled in one of them, they go on in the other.
    first.manager().post(&format!("/v1/people/{one}/disable"), None).await.ok();
    let signed_in = world.sign_in("tara@school.example", PASSWORD, json!({})).await.ok();
    assert_eq!((&signed_in["hub"]["hub_id"], signed_in["hubs"].as_array().unwrap().len()), (&json!(second.id), 1));
}

/// Whoever manages a hub can say of anybody that they have an address, and has the link; it opens that hub alone.
async fn an_invitation_of_one_hub_opens_nothing_of_another(world: World) {
    let (first, second, one, two) = in_two_hubs(&world).await;
    // The manager of the second hub takes the invitation up, before the person has come into the first.
    let path = second.invitation_of(&world.person(&second.id, &two)).await;
    let taken = world.stranger().post(&path, json!({ "password": "the manager knows it" })).await.ok();
    assert_eq!(taken["hubs"].as_array().unwrap().len(), 1);
    world
        .go_on(taken["refresh_token"].as_str().unwrap(), json!({ "hub_id": first.id }))
        .await
        .invalid(&[("/hub_id", "unknown")]);
    // The person comes into the first hub only by the password of their address, which they do not know.
    let theirs = first.invitation_of(&world.person(&first.id, &one)).await;
    world.stranger().post(&theirs, json!({ "password": PASSWORD })).await.refused(401, "sign_in_failed");
    world.stranger().post(&theirs, None).await.refused(401, "sign_in_failed");
    let signed_in = world.sign_in("tara@school.example", "the manager knows it", json!({})).await.ok();
    assert_eq!(signed_in["hubs"].as_array().unwrap().len(), 1, "the first hub stays closed");
    // Nor does the second hub's manager help anybody in who is in both.
    let named = json!({ "email": "tara@school.example" });
    let link = world.operator().post(&format!("/v1/hubs/{}/managers", first.id), named).no_key().await.created();
    let path = world.path_of(&link["link"]);
    let back = world.stranger().post(&path, json!({ "password": PASSWORD })).await.ok();
    assert_eq!(back["hubs"].as_array().unwrap().len(), 2, "the operator vouches for the address");
    world.sign_in("tara@school.example", "the manager knows it", json!({})).await.refused(401, "sign_in_failed");
    SignedIn(taken).caller(&world).get("/v1/me").await.refused(401, "session_ended");
    for help in ["sign-in-code", "reset"] {
        let path = format!("/v1/people/{two}/{help}");
        second.manager().post(&path, None).await.refused(403, "ask_the_operator");
    }
}

async fn whoever_signs_in_elsewhere_shows_that_it_is_they(world: World) {
    let (first, second, one, two) = in_two_hubs(&world).await;
    // Without a password, their own means are the way.
    let path = first.invitation_of(&world.person(&first.id, &one)).await;
    let before = SignedIn(world.stranger().post(&path, None).await.ok());
    let path = second.invitation_of(&world.person(&second.id, &two)).await;
    world.stranger().post(&path, json!({ "password": PASSWORD })).await.refused(409, "signs_in");
    // With one, it is asked for; and whoever was signed in before does not get into the new hub by that.
    before.caller(&world).post("/v1/me/password", json!({ "new": PASSWORD })).await.is(204);
    world.stranger().post(&path, json!({ "password": PASSWORD })).await.ok();
    world.go_on(&before.refresh(), json!({ "hub_id": second.id })).await.refused(401, "session_ended");
}

async fn the_operator_lets_somebody_in_again(hub: TestHub) {
    let manager = hub.manager();
    let email = hub.email_of(&manager).await;
    let rescue = async || {
        let path = format!("/v1/hubs/{}/managers", hub.id);
        let named = hub.world.operator().post(&path, json!({ "email": email })).no_key().await.created();
        hub.world.path_of(&named["link"])
    };
    hub.world.stranger().post(&rescue().await, json!({ "password": PASSWORD })).await.ok();
    let before = SignedIn(hub.world.sign_in(&email, PASSWORD, json!({})).await.ok());
    hub.world.stranger().post(&rescue().await, json!({ "password": ANOTHER })).await.ok();
    hub.world.sign_in(&email, PASSWORD, json!({})).await.refused(401, "sign_in_failed");
    hub.world.sign_in(&email, ANOTHER, json!({})).await.ok();
    before.caller(&hub.world).get("/v1/me").await.refused(401, "session_ended");
}

async fn a_password_is_reset_by_a_link_once(hub: TestHub) {
    let (world, viewer) = (&hub.world, hub.viewer().await);
    hub.manager().post(&format!("/v1/people/{}/reset", viewer.id()), None).await.refused(409, "invalid_transition");
    let (email, before) = hub.joins(&viewer).await;
    let reset = async || {
        let made = hub.manager().post(&format!("/v1/people/{}/reset", viewer.id()), None).await.created();
        world.path_of(&made["link"])
    };
    let (older, newer) = (reset().await, reset().await);
    world.stranger().post(&older, json!({ "password": ANOTHER })).await.refused(404, "not_found");
    world.stranger().post(&newer, json!({ "password": "short" })).await.invalid(&[("/password", "too_short")]);
    let after = world.stranger().post(&newer, json!({ "password": ANOTHER })).await.ok();
    SignedIn(after).caller(world).get("/v1/me").await.ok();
    world.stranger().post(&newer, json!({ "password": PASSWORD })).await.refused(404, "not_found");
    before.caller(world).get("/v1/me").await.refused(401, "session_ended");
    world.go_on(&before.refresh(), json!({})).await.refused(401, "session_ended");
    world.sign_in(&email, PASSWORD, json!({})).await.refused(401, "sign_in_failed");
    world.sign_in(&email, ANOTHER, json!({})).await.ok();
    let late = reset().await;
    world.pass(TimeDelta::hours(24));
    world.stranger().post(&late, json!({ "password": PASSWORD })).await.refused(404, "not_found");
}

async fn a_manager_resets_nobody_who_manages_a_hub_or_is_in_another(hub: TestHub) {
    let (other, viewer) = (hub.new_manager().await, hub.viewer().await);
    hub.joins(&other).await;
    hub.joins(&viewer).await;
    for (what, method) in [("reset", "POST"), ("sign-in-code", "POST"), ("totp", "DELETE")] {
        let path = |person: &str| format!("/v1/people/{person}/{what}");
        let ask = |caller: &crate::support::Client, person: &str| {
            caller.request(method.parse().unwrap(), &path(person)).key(&format!("k-{}", crate::support::unique()))
        };
        ask(&hub.manager(), other.id()).await.refused(403, "ask_the_operator");
        ask(&viewer, viewer.id()).await.refused(403, "forbidden");
    }
}

async fn asking_for_a_link_tells_nothing(hub: TestHub) {
    let (email, _) = hub.joins(&hub.viewer().await).await;
    let ask = async |path: &str, email: &str| hub.world.stranger().post(path, json!({ "email": email })).await.is(202);
    assert_eq!(ask("/v1/auth/resets", &email).await, ask("/v1/auth/resets", "nobody@hub.example").await);
    let (known, unknown) = (ask("/v1/auth/codes", &email).await, ask("/v1/auth/codes", "nobody@hub.example").await);
    let shape = |answer: &Value| (answer["request"].as_str().unwrap().len(), answer["expires_in"].clone());
    assert_eq!(shape(&known), shape(&unknown));
    assert_eq!(known.as_object().unwrap().len(), unknown.as_object().unwrap().len());
}

async fn a_password_is_changed_by_the_one_of_before(hub: TestHub) {
    let world = &hub.world;
    let (email, first) = hub.joins(&hub.viewer().await).await;
    let second = SignedIn(world.sign_in(&email, PASSWORD, json!({})).await.ok());
    let caller = second.caller(world);
    let change = async |current: Value, new: &str| {
        caller.post("/v1/me/password", json!({ "current": current, "new": new })).await
    };
    change(json!("not the password"), ANOTHER).await.invalid(&[("/current", "wrong")]);
    change(Value::Null, ANOTHER).await.invalid(&[("/current", "missing")]);
    change(json!(PASSWORD), &email).await.invalid(&[("/new", "personal")]);
    change(json!(PASSWORD), ANOTHER).await.is(204);
    caller.get("/v1/me").await.ok();
    first.caller(world).get("/v1/me").await.refused(401, "session_ended");
    world.sign_in(&email, PASSWORD, json!({})).await.refused(401, "sign_in_failed");
    world.sign_in(&email, ANOTHER, json!({})).await.ok();
}

async fn a_way_that_is_switched_off_is_closed(hub: TestHub) {
    use hub_credits::base::config::Way;
    let ways = hub.world.stranger().get("/v1/auth/ways").await.ok();
    assert_eq!(ways, json!({ "password": true, "code": true, "openid": [] }));
    let (email, _) = hub.joins(&hub.viewer().await).await;
    let service = hub.world.another_service(|settings| settings.sign_in = vec![Way::Openid]);
    let stranger = hub.world.stranger().at(&service);
    let ways = stranger.get("/v1/auth/ways").await.ok();
    assert_eq!((&ways["password"], &ways["code"]), (&json!(false), &json!(false)));
    for (path, body) in [
        ("/v1/auth/login", json!({ "email": email, "password": PASSWORD })),
        ("/v1/auth/codes", json!({ "email": email })),
        ("/v1/auth/codes/sign-in", json!({ "email": email, "code": "123456" })),
        ("/v1/auth/resets", json!({ "email": email })),
        ("/v1/auth/links/0000", json!({})),
        ("/v1/auth/resets/0000", json!({ "password": PASSWORD })),
    ] {
        stranger.post(path, body).await.refused(403, "way_switched_off");
    }
}

async fn a_password_of_lower_cost_is_hashed_anew(hub: TestHub) {
    let (email, _) = hub.joins(&hub.viewer().await).await;
    let hash = async || {
        let mut tx = hub.world.db().read_everywhere().await.unwrap();
        let (hash,): (String,) =
            tx.query("SELECT password FROM logins WHERE email_key = $1").bind(email.clone()).one().await.unwrap();
        hash
    };
    let cheap = hash().await;
    let dearer = hub.world.another_service(|settings| settings.passwords.passes = 2);
    let sign_in = json!({ "email": email, "password": PASSWORD });
    hub.world.stranger().at(&dearer).post("/v1/auth/login", sign_in.clone()).await.ok();
    let dear = hash().await;
    assert!(cheap.contains(",t=1,") && dear.contains(",t=2,"), "{cheap} {dear}");
    hub.world.stranger().post("/v1/auth/login", sign_in).await.ok();
    assert_eq!(hash().await, dear, "never by one that costs less");
}
