//! Signing in by a real provider of OpenID Connect, which runs in a process of its own: npm's `oidc-provider`.

use hub_credits::base::clock::Clock;
use serde_json::json;

use crate::both_engines;
use crate::support::{Browser, RealProvider, Reply, Service, TestHub, World};

/// The way from the service to the provider and back, as far as the service's own address.
async fn round_trip(world: &World, service: &Service, name: &str) -> Reply {
    let mut browser = Browser::new();
    let begin = format!("{}/v1/auth/openid/{name}", service.address);
    let back = browser.follow(&begin, &format!("{begin}/callback")).await;
    let path = back.as_str().strip_prefix(&service.address).unwrap();
    world.stranger().at(service).get(path).header("cookie", &browser.cookie_header()).await
}

both_engines!(a_real_provider_signs_people_in);

async fn a_real_provider_signs_people_in(hub: TestHub) {
    let world = &hub.world;
    // The provider goes by the machine's clock.
    world.clock.set(Clock::System.now());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let redirect = format!("{address}/v1/auth/openid/{{provider}}/callback");
    let Some(provider) = RealProvider::start(&redirect, "Noor@S.example") else { return };
    let service = world.service_at(listener, |settings| settings.openid = provider.settings());

    let refused = round_trip(world, &service, "rs256").await.refused(401, "sign_in_failed");
    assert!(refused["detail"].as_str().unwrap().contains("Noor@S.example"), "{refused}");
    let school = hub.school("Lampton Academy").await;
    let new = json!({ "name": "Noor Aziz", "email": "noor@s.example", "role": "teacher", "school_id": school.id });
    let noor = hub.manager().post("/v1/people", new).await.created();
    for name in ["rs256", "es256", "eddsa"] {
        let reply = round_trip(world, &service, name).await;
        let signed_in = reply.ok();
        let token = signed_in["access_token"].as_str().unwrap();
        let me = world.stranger().at(&service).with_token(token).get("/v1/me").await.ok();
        assert_eq!(me["id"], noor["id"], "{name}");
    }
    round_trip(world, &service, "refuses").await.refused(403, "openid_refused");
    round_trip(world, &service, "stranger").await.refused(502, "openid_not_believed");
    let mut tx = world.db().read_everywhere().await.unwrap();
    let kept: Vec<(String, String)> = tx.query("SELECT issuer, subject FROM openid_subjects").all().await.unwrap();
    assert_eq!(kept, [(provider.issuer.clone(), "noor-1".to_owned())]);
}
