//! Check-in: the code on a delegate's booking, and the door.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, Reply, TestHub, new_session, nobody};

async fn code(caller: &Client, booking: &Value) -> String {
    caller.get(&code_path(booking)).await.ok()["code"].as_str().unwrap().to_owned()
}

fn code_path(booking: &Value) -> String {
    format!("/v1/bookings/{}/check-in-code", booking["id"].as_str().unwrap())
}

async fn show(keeper: &Client, event: &str, session: &str, code: &str) -> Reply {
    keeper.post(&format!("/v1/events/{event}/sessions/{session}/check-in"), json!({ "code": code })).await
}

/// The text of the QR code on a PNG image.
fn read_qr(image: &[u8]) -> String {
    let mut reader = png::Decoder::new(std::io::Cursor::new(image)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let (width, height) = (info.width as usize, info.height as usize);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    image.detect_grids().pop().unwrap().decode().unwrap().1
}

both_engines!(
    a_code_marks_present_or_late,
    only_the_services_own_codes_of_the_events_delegates_count,
    a_code_comes_as_text_and_as_an_image
);

async fn a_code_marks_present_or_late(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let programme = hub.programme(json!({})).await;
    let event = hub.published_event(&programme, json!({ "sessions": [new_session("2026-11-12T09:00"), new_session("2026-11-13T09:00")], "attendance": { "late_after_minutes": 15 } })).await;
    let sessions = hub.sessions(&event).await;
    let (first, second) = (lead.book_for(&event, &teacher).await.created(), lead.book(&event).await.created());
    let (firsts, seconds) = (code(&teacher, &first).await, code(&lead, &second).await);
    let manager = hub.manager();
    show(&manager, &event, &sessions[0], &firsts).await.refused(409, "register_not_open");
    hub.world.at("2026-11-12T09:14:59Z");
    let there = show(&manager, &event, &sessions[0], &firsts).await.ok();
    assert_eq!(
        (&there["booking_id"], &there["mark"], &there["way"], &there["marked_by"]),
        (&first["id"], &json!("present"), &json!("check_in"), &json!(manager.id()))
    );
    hub.world.at("2026-11-12T09:15:00Z");
    assert_eq!(show(&manager, &event, &sessions[0], &seconds).await.ok()["mark"], "late");
    assert_eq!(show(&manager, &event, &sessions[0], &firsts).await.ok(), there, "who is there already stays so");
    show(&manager, &event, &sessions[1], &firsts).await.refused(409, "register_not_open");
    hub.world.at("2026-11-12T10:00:00Z");
    show(&manager, &event, &sessions[0], &firsts).await.refused(409, "register_not_open");

    // Marked absent at the beginning, they come after all.
    hub.world.at("2026-11-13T09:05:00Z");
    manager.mark(&event, &sessions[1], &[(&first, "absent")]).await.is(204);
    hub.world.at("2026-11-13T09:30:00Z");
    let late = show(&manager, &event, &sessions[1], &firsts).await.ok();
    assert_eq!((&late["mark"], &late["revision"]), (&json!("late"), &json!(2)));
    hub.verified().await;
}

async fn only_the_services_own_codes_of_the_events_delegates_count(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let programme = hub.programme(json!({})).await;
    let (event, another) = (
        hub.published_event(&programme, json!({})).await,
        hub.published_event(&programme, json!({ "sessions": [new_session("2026-11-20T09:00")] })).await,
    );
    let session = hub.sessions(&event).await.remove(0);
    let booking = lead.book_for(&event, &teacher).await.created();
    let elsewhere = lead.book_for(&another, &teacher).await.created();
    let gone = lead.book(&event).await.created();
    let (good, of_another, of_gone) =
        (code(&teacher, &booking).await, code(&teacher, &elsewhere).await, code(&lead, &gone).await);
    lead.act(&gone, "cancel").await.ok();
    hub.world.at("2026-11-12T09:00:00Z");
    let manager = hub.manager();
    let (_, signature) = good.split_once('.').unwrap();
    let (other, _) = of_another.split_once('.').unwrap();
    for wrong in [
        of_another.clone(),
        of_gone,
        format!("{other}.{signature}"),
        good.replacen(&good[..1], if good.starts_with('0') { "1" } else { "0" }, 1),
        format!("{}.{signature}", nobody().replace('-', "")),
    ] {
        show(&manager, &event, &session, &wrong).await.invalid(&[("/code", "unknown")]);
    }
    for wrong in ["", "x", "01990000000070008000000000000000.abc", teacher.token()] {
        show(&manager, &event, &session, wrong).await.invalid(&[("/code", "invalid")]);
    }
    for who in [&teacher, &lead] {
        show(who, &event, &session, &good).await.refused(404, "not_found");
    }
    show(&hub.viewer().await, &event, &session, &good).await.refused(403, "forbidden");
    hub.world.stranger().with_token(&good).get("/v1/me").await.refused(401, "unauthorized");
    assert_eq!(show(&manager, &event, &session, &good).await.ok()["mark"], "present");

    // The code is for the delegate, their lead and the hub; and for a place that is confirmed.
    let asked = hub.teacher(&school).await;
    let request = asked.book(&another).await.created();
    asked.get(&code_path(&request)).await.refused(404, "not_found");
    manager.get(&code_path(&booking)).await.ok();
    hub.teacher(&school).await.get(&code_path(&booking)).await.refused(404, "not_found");
    lead.get(&code_path(&gone)).await.refused(404, "not_found");
    manager.get(&format!("/v1/bookings/{}/check-in-code", nobody())).await.refused(404, "not_found");
}

async fn a_code_comes_as_text_and_as_an_image(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.event(crate::support::EventPlan::default()).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    let get = async |accept: &str| teacher.get(&code_path(&booking)).header("accept", accept).await;
    let (text, json) = (get("text/plain").await, get("*/*").await);
    assert_eq!(
        (text.header("content-type"), json.ok()["code"].as_str()),
        (Some("text/plain; charset=utf-8"), Some(text.text().as_str()))
    );
    let svg = get("image/svg+xml").await;
    assert!(svg.text().contains("<svg") && svg.header("content-type") == Some("image/svg+xml"));
    let png = get("image/png").await;
    assert_eq!(
        (png.status, png.header("content-type"), png.header("cache-control")),
        (200, Some("image/png"), Some("no-store"))
    );
    assert_eq!(read_qr(&png.body), text.text(), "an independent reader finds the code");
}
