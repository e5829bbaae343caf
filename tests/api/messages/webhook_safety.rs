//! What keeps `/v1/webhooks` safe: what they may be, their secrets, and where nothing is sent, whatever a name or a redirect
//! says.

use std::time::Duration;

use chrono::TimeDelta;
use hub_credits::base::outbound::Reach;
use hub_credits::base::vault::Vault;
use serde_json::{Value, json};

use super::webhooks::{Names, Setting, believes, pass, sender};
use crate::both_engines;
use crate::support::{Answering, Receiver, TestHub};

/// A webhook at this address, made where the service takes it.
async fn made_at(setting: &Setting, url: &str) -> String {
    let new = json!({ "name": "Finance", "url": url, "kinds": ["partner"] });
    let made = setting.manager.post("/v1/webhooks", new).no_key().await.created();
    format!("/v1/webhooks/{}", made["webhook"]["id"].as_str().unwrap())
}

both_engines!(
    what_a_webhook_may_be,
    both_secrets_sign_while_they_overlap,
    a_secret_stands_in_no_other_answer,
    a_new_key_of_the_service_seals_anew,
    a_hostile_receiver_is_left_alone,
    no_address_of_ours_is_sent_anything,
    a_name_is_looked_up_and_checked_each_time
);

async fn what_a_webhook_may_be(hub: TestHub) {
    let manager = hub.manager();
    let make = async |body: Value| manager.post("/v1/webhooks", body).no_key().await;
    let good = json!({ "name": "Finance", "url": "https://finance.example/hook" });
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    make(with("kinds", json!(["booking.confirmed", "nothing"]))).await.invalid(&[("/kinds/1", "invalid")]);
    make(with("kinds", json!([]))).await.invalid(&[("/kinds", "invalid")]);
    make(with("url", json!("https://"))).await.invalid(&[("/url", "invalid")]);
    make(json!({})).await.invalid(&[("/name", "missing"), ("/url", "missing")]);
    let made = make(with("kinds", json!(["top_up", "booking.confirmed", "top_up"]))).await;
    assert_eq!(made.created()["webhook"]["kinds"], json!(["booking.confirmed", "top_up"]));
    assert!(made.json()["secret"].as_str().unwrap().starts_with("whsec_"));
    for _ in 1..20 {
        make(good.clone()).await.created();
    }
    make(good.clone()).await.invalid(&[("/url", "too_many")]);
    assert_eq!(manager.all("/v1/webhooks").await.len(), 20);
    let page = manager.get("/v1/webhooks?limit=19").await.ok();
    let next = page["next"].as_str().unwrap();
    let rest = manager.get(&format!("/v1/webhooks?limit=19&after={next}")).await.ok();
    assert_eq!((page["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len()), (19, 1));
}

async fn both_secrets_sign_while_they_overlap(hub: TestHub) {
    let setting = Setting::of(hub);
    let (receiver, world) = (Receiver::start(), setting.hub.world.clone());
    let (path, old) = setting.webhook(&receiver, json!({ "kinds": ["partner"] })).await;
    let rotate = async |body: Value| setting.manager.post(&format!("{path}/secret"), body).no_key().await;
    let made = rotate(json!({ "overlap_hours": 48 })).await.ok();
    let new = made["secret"].as_str().unwrap().to_owned();
    assert_ne!(new, old);
    assert_eq!(made["webhook"]["old_secret_until"], json!(world.clock.now() + TimeDelta::hours(48)));
    let signed_by = async |secrets: &[&str]| {
        setting.something_happens().await;
        setting.deliver().await;
        let sent = receiver.received().remove(0);
        let count = sent.header("webhook-signature").split(' ').count();
        (count, secrets.iter().map(|secret| believes(secret, &sent)).collect::<Vec<_>>())
    };
    assert_eq!(signed_by(&[&old, &new]).await, (2, vec![true, true]));
    world.pass(TimeDelta::hours(48));
    assert_eq!(signed_by(&[&old, &new]).await, (1, vec![false, true]));
    let third = rotate(json!({ "overlap_hours": 0 })).await.ok()["secret"].as_str().unwrap().to_owned();
    assert_eq!(signed_by(&[&old, &new, &third]).await, (1, vec![false, false, true]));
    for wrong in [-1, 169] {
        rotate(json!({ "overlap_hours": wrong })).await.invalid(&[("/overlap_hours", "invalid")]);
    }
}

async fn a_secret_stands_in_no_other_answer(hub: TestHub) {
    let setting = Setting::of(hub);
    let receiver = Receiver::start();
    let (path, secret) = setting.webhook(&receiver, json!({})).await;
    setting.something_happens().await;
    setting.deliver().await;
    let delivery = setting.newest(&path).await["id"].as_str().unwrap().to_owned();
    let bare = secret.strip_prefix("whsec_").unwrap();
    for path in [
        path.clone(),
        "/v1/webhooks".to_owned(),
        format!("{path}/deliveries"),
        format!("{path}/deliveries/{delivery}"),
        "/v1/audit?limit=200".to_owned(),
        "/v1/changes?limit=200".to_owned(),
    ] {
        let text = setting.manager.get(&path).await.text();
        assert!(!text.contains(bare) && !text.is_empty(), "{path}: {text}");
    }
    let (viewer, lead) = (setting.hub.viewer().await, setting.hub.lead(&setting.hub.school("Lampton").await).await);
    for read in [path.clone(), "/v1/webhooks".to_owned(), format!("{path}/deliveries/{delivery}")] {
        lead.get(&read).await.refused(403, "forbidden");
        let seen = viewer.get(&read).await;
        assert!(seen.status == 200 && !seen.text().contains(bare), "{read}: {}", seen.text());
    }
    viewer.post(&format!("{path}/ping"), None).await.refused(403, "forbidden");
    let other = setting.hub.world.hub("Another").await;
    other.manager().get(&path).await.refused(404, "not_found");
    other.manager().post(&format!("{path}/ping"), None).await.refused(404, "not_found");
    other.manager().get(&format!("{path}/deliveries/{delivery}")).await.refused(404, "not_found");
    let mut tx = setting.hub.world.db().read_everywhere().await.unwrap();
    let (sealed,): (Vec<u8>,) = tx.query("SELECT secret FROM webhooks").one().await.unwrap();
    assert!(sealed.len() > 32 && !String::from_utf8_lossy(&sealed).contains(bare));
}

async fn a_new_key_of_the_service_seals_anew(hub: TestHub) {
    let setting = Setting::of(hub);
    let (receiver, world) = (Receiver::start(), setting.hub.world.clone());
    let (path, secret) = setting.webhook(&receiver, json!({ "kinds": ["partner"] })).await;
    world.rotate_key();
    world.round().await;
    let mut tx = world.db().read_everywhere().await.unwrap();
    let (sealed,): (Vec<u8>,) = tx.query("SELECT secret FROM webhooks").one().await.unwrap();
    drop(tx);
    assert!(sealed.starts_with(&Vault::new(world.keys()).newest().unwrap()));
    setting.manager.post(&format!("{path}/ping"), None).await.created();
    setting.deliver().await;
    assert!(believes(&secret, &receiver.received()[0]), "it is the same secret");
}

async fn a_hostile_receiver_is_left_alone(hub: TestHub) {
    let setting = Setting::of(hub);
    let (receiver, inside) = (Receiver::start(), Receiver::start());
    let (path, _) = setting.webhook(&receiver, json!({ "kinds": ["partner"] })).await;
    let outcome = async |answering: Answering| {
        receiver.answers(answering);
        setting.manager.post(&format!("{path}/ping"), None).await.created();
        let began = std::time::Instant::now();
        setting.deliver().await;
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        let delivery = setting.newest(&path).await;
        let attempt = setting.attempts(&path, &delivery).await.remove(0);
        (attempt["status"].clone(), attempt["failure"].clone(), attempt["answer"].as_str().map(str::len))
    };
    let led = outcome(Answering::Elsewhere(inside.url())).await;
    assert_eq!(led, (json!(307), json!("redirected"), Some(0)));
    assert!(inside.received().is_empty(), "a redirect is not followed");
    assert_eq!(outcome(Answering::Hugely).await, (json!(200), Value::Null, Some(1024)));
    assert_eq!(outcome(Answering::Never).await, (Value::Null, json!("timed_out"), None));
}

async fn no_address_of_ours_is_sent_anything(hub: TestHub) {
    let strict = hub.manager();
    for url in [
        "http://finance.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://localhost/",
        "https://a:b@finance.example/",
    ] {
        let new = json!({ "name": "x", "url": url });
        strict.post("/v1/webhooks", new).no_key().await.invalid(&[("/url", "invalid")]);
    }
    // What was made before, or in development, is held at the sending.
    let setting = Setting::of(hub);
    let receiver = Receiver::start();
    let reach = Reach::public("https://hub.example");
    let world = setting.hub.world.clone();
    for url in [receiver.url(), format!("https://127.0.0.1:{}/", receiver.port), "https://hub.example/".to_owned()] {
        let path = made_at(&setting, &url).await;
        setting.manager.post(&format!("{path}/ping"), None).await.created();
        pass(&sender(&world, reach.clone(), Names::default())).await;
        let delivery = setting.newest(&path).await;
        let attempt = setting.attempts(&path, &delivery).await.remove(0);
        assert_eq!((&attempt["failure"], &attempt["status"]), (&json!("address_refused"), &Value::Null), "{url}");
    }
    assert!(receiver.received().is_empty());
}

async fn a_name_is_looked_up_and_checked_each_time(hub: TestHub) {
    let setting = Setting::of(hub);
    let (receiver, names, world) = (Receiver::start(), Names::default(), setting.hub.world.clone());
    let ping = async |path: &str, reach: &Reach| {
        setting.manager.post(&format!("{path}/ping"), None).await.created();
        pass(&sender(&world, reach.clone(), names.clone())).await;
        let delivery = setting.newest(path).await;
        setting.attempts(path, &delivery).await.remove(0)["failure"].clone()
    };
    // A connection goes where the one look-up says, which no other resolver would.
    let path = made_at(&setting, &format!("http://receiver.example:{}/hook", receiver.port)).await;
    names.stand_for(&["127.0.0.1"]);
    assert_eq!((ping(&path, &Reach::Anywhere).await, names.looked_up()), (Value::Null, 1));
    assert_eq!(receiver.received()[0].header("host"), format!("receiver.example:{}", receiver.port));
    // A name that changes is refused from then on, whatever it stood for before.
    let path = made_at(&setting, &format!("https://receiver.example:{}/hook", receiver.port)).await;
    let reach = Reach::public("https://hub.example");
    for inside in [&["127.0.0.1"][..], &["10.0.0.1", "::1"], &["169.254.169.254"], &["::ffff:127.0.0.1"], &["fe80::1"]]
    {
        names.stand_for(inside);
        assert_eq!(ping(&path, &reach).await, "address_refused", "{inside:?}");
    }
    names.stand_for(&[]);
    assert_eq!((ping(&path, &reach).await, names.looked_up()), (json!("name_unknown"), 7));
    assert!(receiver.received().is_empty());
}
