//! `/v1/webhooks`: what other systems are sent, signed and in order; what is tried again, given up and switched off.

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use hub_credits::base::outbound::{Lookup, Outbound, Reach};
use hub_credits::base::vault::Vault;
use hub_credits::deliveries;
use hub_credits::messages::webhooks::Sender;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tokio::sync::Semaphore;

use crate::both_engines;
use crate::support::{Answering, Client, Receiver, Service, TestHub, World};

/// A hub whose webhooks may go to this machine.
pub(super) struct Setting {
    pub(super) hub: TestHub,
    pub(super) manager: Client,
    /// Where managers call; it ends with the test.
    _service: Service,
}

/// A name that stands for what a test says, and how often it was looked up.
#[derive(Clone, Default)]
pub(super) struct Names(Arc<Mutex<(Vec<IpAddr>, usize)>>);

impl Names {
    pub(super) fn stand_for(&self, addresses: &[&str]) {
        self.0.lock().unwrap().0 = addresses.iter().map(|address| address.parse().unwrap()).collect();
    }

    pub(super) fn looked_up(&self) -> usize {
        self.0.lock().unwrap().1
    }
}

impl Lookup for Names {
    fn addresses(&self, _: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let mut known = self.0.lock().unwrap();
        known.1 += 1;
        let found = known.0.clone();
        Box::pin(async move { Ok(found) })
    }
}

pub(super) fn sender(world: &World, reach: Reach, names: Names) -> Sender {
    let outbound = Outbound::looking_up(reach, Arc::new(names), Duration::from_millis(1500)).unwrap();
    Sender { db: world.db().clone(), vault: Vault::new(world.keys()), outbound, clock: world.clock.clone() }
}

pub(super) async fn pass(sender: &Sender) {
    deliveries::pass(sender, &Semaphore::new(8)).await.unwrap();
}

impl Setting {
    pub(super) fn of(hub: TestHub) -> Setting {
        let service = hub.world.another_service(|settings| settings.private_webhooks = true);
        let manager = hub.manager().at(&service);
        Setting { hub, manager, _service: service }
    }

    /// Sends what is due, as an instance of the service does.
    pub(super) async fn deliver(&self) {
        pass(&sender(&self.hub.world, Reach::Anywhere, Names::default())).await;
    }

    /// A webhook to a receiver: its path, and its secret. What its making left in the feed is sent and forgotten.
    pub(super) async fn webhook(&self, receiver: &Receiver, more: Value) -> (String, String) {
        let mut new = json!({ "name": "Finance", "url": receiver.url() });
        new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = self.manager.post("/v1/webhooks", new).no_key().await.created();
        self.deliver().await;
        receiver.received();
        let path = format!("/v1/webhooks/{}", made["webhook"]["id"].as_str().unwrap());
        (path, made["secret"].as_str().unwrap().to_owned())
    }

    /// Something that leaves one change: `partner.created`.
    pub(super) async fn something_happens(&self) {
        let name = format!("Partner {}", crate::support::unique());
        self.manager.post("/v1/partners", json!({ "name": name })).await.created();
    }

    pub(super) async fn newest(&self, path: &str) -> Value {
        self.manager.all(&format!("{path}/deliveries")).await.remove(0)
    }

    pub(super) async fn attempts(&self, path: &str, delivery: &Value) -> Vec<Value> {
        let path = format!("{path}/deliveries/{}", delivery["id"].as_str().unwrap());
        self.manager.get(&path).await.ok()["attempts"].as_array().unwrap().clone()
    }

    async fn told(&self) -> usize {
        let told = self.manager.all("/v1/me/notices").await;
        told.iter().filter(|notice| notice["kind"] == "webhook_disabled").count()
    }
}

/// Whether somebody who has the secret believes a message.
pub(super) fn believes(secret: &str, sent: &crate::support::Received) -> bool {
    let (id, at) = (sent.header("webhook-id"), sent.header("webhook-timestamp").parse().unwrap());
    let expected = Webhook::new(secret).unwrap().sign(id, at, sent.body.as_bytes()).unwrap();
    sent.header("webhook-signature").split(' ').any(|signature| signature == expected)
}

both_engines!(
    changes_are_sent_signed_and_in_order,
    chosen_kinds_alone_are_sent,
    what_fails_is_tried_for_three_days_and_holds_up_the_rest,
    after_three_days_without_success_it_is_switched_off,
    a_receiver_that_is_gone_is_sent_nothing_more,
    a_test_and_what_is_sent_again,
    a_pause_loses_nothing,
    two_instances_send_everything_once,
    a_deleted_webhook_leaves_nothing,
    what_was_sent_is_kept_thirty_days
);

async fn changes_are_sent_signed_and_in_order(hub: TestHub) {
    let world = hub.world.clone();
    // The library believes what was sent within five minutes of the machine's own time.
    world.clock.set(hub_credits::base::clock::Clock::System.now());
    let setting = Setting::of(hub);
    let receiver = Receiver::start();
    let (path, secret) = setting.webhook(&receiver, json!({})).await;
    let before = setting.manager.get("/v1/changes?limit=1").await.ok()["last"].as_str().unwrap().to_owned();
    for _ in 0..5 {
        setting.something_happens().await;
    }
    setting.hub.viewer().await;
    setting.deliver().await;
    let sent = receiver.received();
    let feed = setting.manager.get(&format!("/v1/changes?limit=200&after={before}")).await.ok()["items"].clone();
    let feed = feed.as_array().unwrap();
    assert_eq!((sent.len(), feed.len()), (6, 6));
    for (sent, change) in sent.iter().zip(feed) {
        Webhook::new(&secret).unwrap().verify(sent.body.as_bytes(), &sent.headers).unwrap();
        let body = sent.json();
        assert_eq!((&body["type"], &body["timestamp"]), (&change["kind"], &change["recorded_at"]));
        assert_eq!(&body["data"], change, "with the words of the feed");
        assert_eq!(sent.header("content-type"), "application/json");
        assert_eq!(sent.path, "/hook");
        let other = Webhook::new("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
        assert!(other.verify(sent.body.as_bytes(), &sent.headers).is_err());
    }
    let ids: std::collections::BTreeSet<&str> = sent.iter().map(|sent| sent.header("webhook-id")).collect();
    assert_eq!(ids.len(), 6);
    setting.deliver().await;
    assert!(receiver.received().is_empty(), "once");
    let delivered = setting.manager.all(&format!("{path}/deliveries?state=delivered")).await;
    assert_eq!(delivered[0]["message_id"], sent[5].header("webhook-id"));
    assert_eq!(delivered[0]["sequence"], feed[5]["sequence"]);
    let attempts = setting.attempts(&path, &delivered[0]).await;
    assert_eq!((attempts.len(), &attempts[0]["status"], &attempts[0]["answer"]), (1, &json!(200), &json!("thanks")));
    let webhook = setting.manager.get(&path).await.ok();
    assert_eq!((&webhook["sent_to"], &webhook["failing_since"]), (&feed[5]["sequence"], &Value::Null));
}

async fn chosen_kinds_alone_are_sent(hub: TestHub) {
    let setting = Setting::of(hub);
    let receiver = Receiver::start();
    let (path, _) = setting.webhook(&receiver, json!({ "kinds": ["person.created", "webhook"] })).await;
    setting.something_happens().await;
    setting.hub.viewer().await;
    setting.something_happens().await;
    setting.deliver().await;
    assert_eq!(receiver.kinds(), ["person.created"]);
    let webhook = setting.manager.get(&path).await;
    let last = setting.manager.get("/v1/changes?limit=1").await.ok()["last"].as_str().unwrap().to_owned();
    assert_eq!(webhook.json()["sent_to"].to_string(), last, "what is none of its kinds is passed over");
    let changed = setting.manager.patch(&path, &webhook.etag(), json!({ "kinds": null, "name": "All of it" })).await;
    assert_eq!(changed.ok()["kinds"], Value::Null);
    setting.manager.patch(&path, &webhook.etag(), json!({ "name": "Late" })).await.refused(412, "stale");
    setting.something_happens().await;
    setting.deliver().await;
    assert_eq!(receiver.kinds(), ["webhook.changed", "partner.created"]);
}

async fn what_fails_is_tried_for_three_days_and_holds_up_the_rest(hub: TestHub) {
    let setting = Setting::of(hub);
    let (receiver, world) = (Receiver::start(), setting.hub.world.clone());
    let (path, secret) = setting.webhook(&receiver, json!({ "kinds": ["partner", "person"] })).await;
    let began = world.clock.now();
    receiver.answers(Answering::With(500, "not \u{0}now".to_owned()));
    setting.something_happens().await;
    setting.hub.viewer().await;
    let mut sent = Vec::new();
    let after = [0, 10, 60, 300, 1_800, 7_200, 21_600, 43_200, 86_400, 129_600, 172_800];
    for seconds in after {
        if seconds > 0 {
            world.clock.set(began + TimeDelta::seconds(seconds - 1));
            setting.deliver().await;
            assert_eq!(receiver.received().len(), 0, "before {seconds} s");
        }
        world.clock.set(began + TimeDelta::seconds(seconds));
        setting.deliver().await;
        sent.extend(receiver.received());
        let waits = setting.newest(&path).await;
        assert_eq!((&waits["state"], &waits["kind"]), (&json!("pending"), &json!("partner.created")), "{seconds} s");
    }
    assert_eq!(sent.len(), 11);
    let id = sent[0].header("webhook-id").to_owned();
    assert!(sent.iter().all(|sent| sent.header("webhook-id") == id && believes(&secret, sent)));
    assert_eq!(setting.manager.get(&path).await.ok()["failing_since"], json!(began));
    // The last attempt; then the next go on.
    world.clock.set(began + TimeDelta::days(3));
    receiver.answers(Answering::With(204, String::new()));
    receiver.answers_once(Answering::With(500, String::new()));
    setting.deliver().await;
    assert_eq!(receiver.kinds(), ["partner.created", "person.created"]);
    let deliveries = setting.manager.all(&format!("{path}/deliveries")).await;
    let states: Vec<&Value> = deliveries.iter().map(|delivery| &delivery["state"]).collect();
    assert_eq!(states, ["delivered", "failed"]);
    let page = setting.manager.get(&format!("{path}/deliveries?limit=1")).await.ok();
    assert_eq!((&page["items"][0]["id"], page["next"].is_string()), (&deliveries[0]["id"], true));
    let attempts = setting.attempts(&path, &deliveries[1]).await;
    assert_eq!(attempts.len(), 12);
    assert_eq!(
        (&attempts[0]["failure"], &attempts[0]["answer"], &attempts[0]["status"]),
        (&json!("refused"), &json!("not  now"), &json!(500))
    );
    let webhook = setting.manager.get(&path).await.ok();
    assert_eq!((&webhook["state"], &webhook["failing_since"]), (&json!("active"), &Value::Null));
    assert_eq!(setting.told().await, 0);
}

async fn after_three_days_without_success_it_is_switched_off(hub: TestHub) {
    let setting = Setting::of(hub);
    let (receiver, world) = (Receiver::start(), setting.hub.world.clone());
    let (path, _) = setting.webhook(&receiver, json!({ "kinds": ["partner"] })).await;
    receiver.answers(Answering::With(503, "down".to_owned()));
    setting.something_happens().await;
    setting.something_happens().await;
    for _ in 0..12 {
        setting.deliver().await;
        let webhook = setting.manager.get(&path).await.ok();
        if webhook["state"] == "disabled" {
            break;
        }
        let next = setting.newest(&path).await["next_at"].as_str().unwrap().to_owned();
        world.at(&next);
    }
    let webhook = setting.manager.get(&path).await.ok();
    assert_eq!((&webhook["state"], &webhook["disabled_because"]), (&json!("disabled"), &json!("failing")));
    assert_eq!(receiver.received().len(), 13, "twelve times the one, once the other");
    assert_eq!(setting.told().await, 1);
    world.pass(TimeDelta::days(2));
    setting.deliver().await;
    assert!(receiver.received().is_empty());
    // Resumed, it goes on where it stopped.
    receiver.answers(Answering::With(200, String::new()));
    let resumed = setting.manager.post(&format!("{path}/resume"), None).await.ok();
    assert_eq!((&resumed["state"], &resumed["disabled_because"]), (&json!("active"), &Value::Null));
    setting.deliver().await;
    assert_eq!(receiver.kinds(), ["partner.created"]);
    let feed = setting.manager.get("/v1/changes?kind=webhook.disabled").await.ok();
    assert_eq!((&feed["items"][0]["after"], &feed["items"][0]["actor_id"]), (&json!("failing"), &Value::Null));
}

async fn a_receiver_that_is_gone_is_sent_nothing_more(hub: TestHub) {
    let setting = Setting::of(hub);
    let receiver = Receiver::start();
    let (path, _) = setting.webhook(&receiver, json!({})).await;
    let another = setting.hub.another_manager().await;
    setting.deliver().await;
    receiver.received();
    receiver.answers(Answering::With(410, String::new()));
    setting.something_happens().await;
    setting.something_happens().await;
    setting.deliver().await;
    setting.deliver().await;
    assert_eq!(receiver.received().len(), 1);
    let webhook = setting.manager.get(&path).await.ok();
    assert_eq!((&webhook["state"], &webhook["disabled_because"]), (&json!("disabled"), &json!("gone")));
    assert_eq!(setting.told().await, 1);
    let told = another.all("/v1/me/notices").await;
    assert_eq!(told.iter().filter(|notice| notice["kind"] == "webhook_disabled").count(), 1, "each manager once");
    setting.manager.post(&format!("{path}/pause"), None).await.refused(409, "invalid_transition");
}

async fn a_test_and_what_is_sent_again(hub: TestHub) {
    let setting = Setting::of(hub);
    let receiver = Receiver::start();
    let (path, secret) = setting.webhook(&receiver, json!({ "kinds": ["partner"] })).await;
    let ping = setting.manager.post(&format!("{path}/ping"), None).await.created();
    assert_eq!((&ping["asked"], &ping["state"], &ping["sequence"]), (&json!(true), &json!("pending"), &Value::Null));
    setting.deliver().await;
    let sent = receiver.received().remove(0);
    assert_eq!((sent.json()["type"].as_str(), believes(&secret, &sent)), (Some("webhook.ping"), true));
    assert!(path.ends_with(sent.json()["data"]["webhook_id"].as_str().unwrap()));
    assert_eq!(setting.newest(&path).await["state"], "delivered");
    // One that fails is not tried again, and does not count against the webhook.
    receiver.answers(Answering::With(500, String::new()));
    setting.manager.post(&format!("{path}/ping"), None).await.created();
    setting.deliver().await;
    setting.deliver().await;
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(setting.newest(&path).await["state"], "failed");
    assert_eq!(setting.manager.get(&path).await.ok()["failing_since"], Value::Null);

    receiver.answers(Answering::With(200, String::new()));
    setting.something_happens().await;
    setting.deliver().await;
    let first = receiver.received().remove(0);
    let delivery = setting.newest(&path).await;
    let again = format!("{path}/deliveries/{}/redeliver", delivery["id"].as_str().unwrap());
    assert_eq!(setting.manager.post(&again, None).await.ok()["asked"], true);
    setting.deliver().await;
    let second = receiver.received().remove(0);
    assert_eq!((first.header("webhook-id"), &first.body), (second.header("webhook-id"), &second.body));
    let now = setting.newest(&path).await;
    assert_eq!((&now["attempts"], &now["asked"], &now["state"]), (&json!(2), &json!(false), &json!("delivered")));
    // Also what is paused is tested.
    setting.manager.post(&format!("{path}/pause"), None).await.ok();
    setting.manager.post(&format!("{path}/ping"), None).await.created();
    setting.deliver().await;
    assert_eq!(receiver.kinds(), ["webhook.ping"]);
}

async fn a_pause_loses_nothing(hub: TestHub) {
    let setting = Setting::of(hub);
    let receiver = Receiver::start();
    let (path, _) = setting.webhook(&receiver, json!({ "kinds": ["partner", "person"] })).await;
    assert_eq!(setting.manager.post(&format!("{path}/pause"), None).await.ok()["state"], "paused");
    setting.something_happens().await;
    setting.hub.viewer().await;
    setting.deliver().await;
    assert!(receiver.received().is_empty());
    setting.manager.post(&format!("{path}/resume"), None).await.ok();
    setting.deliver().await;
    assert_eq!(receiver.kinds(), ["partner.created", "person.created"]);
}

async fn two_instances_send_everything_once(hub: TestHub) {
    let setting = Setting::of(hub);
    let world = setting.hub.world.clone();
    let receivers: Vec<Receiver> = (0..3).map(|_| Receiver::start()).collect();
    for receiver in &receivers {
        setting.webhook(receiver, json!({ "kinds": ["partner"] })).await;
    }
    for _ in 0..10 {
        setting.something_happens().await;
    }
    let one = sender(&world, Reach::Anywhere, Names::default());
    let two = sender(&world, Reach::Anywhere, Names::default());
    tokio::join!(pass(&one), pass(&two), pass(&two));
    for receiver in &receivers {
        let numbers: Vec<i64> =
            receiver.received().iter().map(|sent| sent.json()["data"]["sequence"].as_i64().unwrap()).collect();
        assert_eq!(numbers.len(), 10, "{numbers:?}");
        assert!(numbers.is_sorted(), "{numbers:?}");
    }
}

async fn a_deleted_webhook_leaves_nothing(hub: TestHub) {
    let setting = Setting::of(hub);
    let receiver = Receiver::start();
    let (path, _) = setting.webhook(&receiver, json!({})).await;
    setting.manager.delete(&path).await.is(204);
    setting.something_happens().await;
    setting.deliver().await;
    assert!(receiver.received().is_empty());
    setting.manager.get(&path).await.refused(404, "not_found");
    setting.manager.get(&format!("{path}/deliveries")).await.refused(404, "not_found");
    let mut tx = setting.hub.world.db().read_everywhere().await.unwrap();
    let (left,): (i64,) = tx.query("SELECT COUNT(*) FROM webhook_attempts").one().await.unwrap();
    assert_eq!(left, 0);
}

async fn what_was_sent_is_kept_thirty_days(hub: TestHub) {
    let setting = Setting::of(hub);
    let (receiver, world) = (Receiver::start(), setting.hub.world.clone());
    let (path, _) = setting.webhook(&receiver, json!({ "kinds": ["partner"] })).await;
    setting.something_happens().await;
    setting.deliver().await;
    world.pass(TimeDelta::days(30));
    world.round().await;
    assert_eq!(setting.manager.all(&format!("{path}/deliveries")).await.len(), 1);
    world.pass(TimeDelta::seconds(1));
    world.round().await;
    assert!(setting.manager.all(&format!("{path}/deliveries")).await.is_empty());
    setting.hub.verified().await;
}
