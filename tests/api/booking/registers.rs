//! `/v1/events/{id}/register` and that of each session: who keeps it, when, and what it remembers.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, TestHub, new_session, nobody, with};

/// An event of three sessions, on 12, 13 and 14 November at nine, of the programme.
async fn course(hub: &TestHub, programme: &str, over: Value) -> (String, Vec<String>) {
    let days = ["2026-11-12T09:00", "2026-11-13T09:00", "2026-11-14T09:00"].map(new_session);
    let event = hub.published_event(programme, with(json!({ "sessions": days }), over)).await;
    let sessions = hub.sessions(&event).await;
    (event, sessions)
}

async fn marks(caller: &Client, event: &str, session: &str) -> Vec<Value> {
    let register = caller.all(&format!("/v1/events/{event}/sessions/{session}/register?limit=1")).await;
    register.into_iter().map(|entry| entry["mark"].clone()).collect()
}

both_engines!(
    a_register_is_kept_from_the_day_of_the_session,
    a_correction_keeps_what_was,
    the_hub_the_provider_and_the_host_keep_it,
    the_summary_counts_what_was_attended
);

async fn a_register_is_kept_from_the_day_of_the_session(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let programme = hub.programme(json!({})).await;
    let (event, sessions) = course(&hub, &programme, json!({})).await;
    let manager = hub.manager();
    let (first, second) = (lead.book_for(&event, &teacher).await.created(), lead.book(&event).await.created());
    // A request has no place on the register, and neither has a cancelled booking.
    let asked = hub.teacher(&school).await.book(&event).await.created();
    let gone = lead.book_for(&event, &hub.teacher(&school).await).await.created();
    lead.act(&gone, "cancel").await.ok();

    hub.world.at("2026-11-11T23:59:59Z");
    let early = manager.mark(&event, &sessions[0], &[(&first, "present")]).await.refused(409, "register_not_open");
    assert!(early["detail"].as_str().unwrap().contains("2026-11-12 00:00:00"), "{early}");
    hub.world.at("2026-11-12T00:00:00Z");
    assert_eq!(marks(&manager, &event, &sessions[0]).await, [Value::Null, Value::Null]);
    manager.mark(&event, &sessions[0], &[(&first, "present"), (&second, "excused")]).await.is(204);
    manager.mark(&event, &sessions[1], &[(&first, "present")]).await.refused(409, "register_not_open");
    // Afterwards, too.
    hub.world.at("2027-02-01T12:00:00Z");
    manager.mark(&event, &sessions[1], &[(&second, "late")]).await.is(204);
    assert_eq!(marks(&manager, &event, &sessions[0]).await, [json!("present"), json!("excused")]);
    assert_eq!(marks(&manager, &event, &sessions[1]).await, [Value::Null, json!("late")]);
    let entry = &manager.all(&format!("/v1/events/{event}/sessions/{}/register", sessions[1])).await[1];
    assert_eq!(
        (&entry["booking_id"], &entry["person_id"], &entry["school_name"]),
        (&second["id"], &json!(lead.id()), &json!("Lampton Academy"))
    );
    assert_eq!(
        (&entry["marked_by"], &entry["marked_at"], &entry["way"], &entry["revision"]),
        (&json!(manager.id()), &json!("2027-02-01T12:00:00Z"), &json!("register"), &json!(1))
    );

    let refused = |marks: Value| {
        manager.put(&format!("/v1/events/{event}/sessions/{}/register", sessions[0]), json!({ "marks": marks }))
    };
    let mark = |booking: &Value, mark: &str| json!({ "booking_id": booking["id"], "mark": mark });
    refused(json!([mark(&first, "absent"), mark(&asked, "present"), mark(&gone, "present"), { "booking_id": nobody(), "mark": "late" }, mark(&first, "late")])).await.invalid(&[
        ("/marks/1/booking_id", "unknown"), ("/marks/2/booking_id", "unknown"), ("/marks/3/booking_id", "unknown"), ("/marks/4/booking_id", "invalid"),
    ]);
    refused(json!([])).await.invalid(&[("/marks", "invalid")]);
    refused(json!([{ "booking_id": "x", "mark": "here", "seat": 1 }])).await.invalid(&[
        ("/marks/0/booking_id", "invalid"),
        ("/marks/0/mark", "invalid"),
        ("/marks/0/seat", "unknown_field"),
    ]);
    let elsewhere = course(&hub, &programme, json!({ "sessions": [new_session("2027-03-01T09:00")] })).await;
    manager.mark(&event, &elsewhere.1[0], &[(&first, "present")]).await.refused(404, "not_found");
    assert_eq!(
        marks(&manager, &event, &sessions[0]).await,
        [json!("present"), json!("excused")],
        "a refusal changes nothing"
    );
    let table = manager.get(&format!("/v1/events/{event}/sessions/{}/register", sessions[0])).as_csv().await;
    assert!(table.sheet().starts_with("booking_id,person_name,school_name,state,mark,"), "{}", table.sheet());
    hub.verified().await;
}

async fn a_correction_keeps_what_was(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let programme = hub.programme(json!({})).await;
    let (event, sessions) = course(&hub, &programme, json!({})).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    let path = format!("/v1/bookings/{}/attendance", booking["id"].as_str().unwrap());
    hub.world.at("2026-11-12T09:00:00Z");
    let (manager, another) = (hub.manager(), hub.another_manager().await);
    manager.mark(&event, &sessions[0], &[(&booking, "absent")]).await.is(204);
    hub.world.at("2026-11-12T10:00:00Z");
    manager.mark(&event, &sessions[0], &[(&booking, "absent")]).await.is(204);
    another.mark(&event, &sessions[0], &[(&booking, "partial")]).await.is(204);
    another.mark(&event, &sessions[0], &[(&booking, "absent")]).await.is(204);
    for who in [&teacher, &lead, &manager] {
        let attendance = who.get(&path).await.ok();
        let first = &attendance["sessions"][0];
        assert_eq!(
            (&first["session_id"], &first["mark"], &attendance["sessions"][1]["mark"]),
            (&json!(sessions[0]), &json!("absent"), &Value::Null)
        );
        let history: Vec<_> = first["history"]
            .as_array()
            .unwrap()
            .iter()
            .map(|mark| {
                (
                    mark["mark"].as_str().unwrap(),
                    mark["marked_by"].as_str().unwrap(),
                    mark["marked_at"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            history,
            [
                ("absent", another.id(), "2026-11-12T10:00:00Z"),
                ("partial", another.id(), "2026-11-12T10:00:00Z"),
                ("absent", manager.id(), "2026-11-12T09:00:00Z")
            ]
        );
    }
    let (_, other_lead, other) = hub.funded_school("Heston Community School", "1").await;
    for who in [&other, &other_lead, &hub.world.hub("South London").await.manager()] {
        who.get(&path).await.refused(404, "not_found");
    }
    hub.verified().await;
}

async fn the_hub_the_provider_and_the_host_keep_it(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (giver, giver_lead, giver_teacher) = hub.funded_school("Heston Community School", "100").await;
    let (partner, of_partner) = hub.partner("Language Line").await;
    let (_, of_another) = hub.partner("Music Trust").await;
    let host = hub.teacher(&school).await;
    let by_school = hub.programme(json!({ "provider": { "kind": "school", "school_id": giver.id } })).await;
    let by_partner = hub.programme(json!({ "provider": { "kind": "partner", "partner_id": partner } })).await;
    let hosted = json!({ "sessions": [with(new_session("2026-11-12T09:00"), json!({ "host_id": host.id() })), new_session("2026-11-13T09:00")] });
    let mut booked = Vec::new();
    for programme in [&by_school, &by_partner] {
        let (event, sessions) = course(&hub, programme, hosted.clone()).await;
        let booking = lead.book_for(&event, &hub.teacher(&school).await).await.created();
        booked.push((event, sessions, booking));
    }
    hub.world.at("2026-11-13T12:00:00Z");
    for ((event, sessions, booking), (keepers, strangers)) in booked.into_iter().zip([
        ([&giver_lead, &hub.manager()], [&of_partner, &lead, &teacher, &giver_teacher]),
        ([&of_partner, &hub.manager()], [&giver_lead, &of_another, &lead, &teacher]),
    ]) {
        let register = |session: &str| format!("/v1/events/{event}/sessions/{session}/register");
        for keeper in keepers {
            keeper.mark(&event, &sessions[1], &[(&booking, "present")]).await.is(204);
            assert_eq!(marks(keeper, &event, &sessions[1]).await, [json!("present")]);
            assert_eq!(keeper.all(&format!("/v1/events/{event}/register")).await.len(), 1);
        }
        host.mark(&event, &sessions[0], &[(&booking, "late")]).await.is(204);
        assert_eq!(marks(&host, &event, &sessions[0]).await, [json!("late")]);
        for stranger in strangers.into_iter().chain([&host]) {
            stranger.mark(&event, &sessions[1], &[(&booking, "absent")]).await.refused(404, "not_found");
            stranger.get(&register(&sessions[1])).await.refused(404, "not_found");
            stranger.get(&format!("/v1/events/{event}/register")).await.refused(404, "not_found");
        }
        let viewer = hub.viewer().await;
        assert_eq!(marks(&viewer, &event, &sessions[1]).await, [json!("present")]);
        viewer.mark(&event, &sessions[1], &[(&booking, "absent")]).await.refused(403, "forbidden");
        let elsewhere = hub.world.hub(&format!("Hub of {event}")).await.manager();
        elsewhere.mark(&event, &sessions[1], &[(&booking, "absent")]).await.refused(404, "not_found");
    }
    hub.verified().await;
}

async fn the_summary_counts_what_was_attended(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let programme = hub.programme(json!({})).await;
    let (event, sessions) = course(&hub, &programme, json!({ "attendance": { "threshold_percent": 75 } })).await;
    let (a, b) = (lead.book_for(&event, &teacher).await.created(), lead.book(&event).await.created());
    hub.world.at("2026-11-14T12:00:00Z");
    let manager = hub.manager();
    for (session, of_a, of_b) in [(0, "present", "present"), (1, "partial", "late"), (2, "excused", "absent")] {
        manager.mark(&event, &sessions[session], &[(&a, of_a)]).await.is(204);
        if session < 2 {
            manager.mark(&event, &sessions[session], &[(&b, of_b)]).await.is(204);
        }
    }
    let summary = async || manager.all(&format!("/v1/events/{event}/register?limit=1")).await;
    let fields = |entry: &Value| {
        ["present", "partial", "excused", "absent", "unmarked", "percent", "attended"].map(|field| entry[field].clone())
    };
    let before = summary().await;
    assert_eq!(fields(&before[0]), [json!(1), json!(1), json!(1), json!(0), json!(0), json!(75), json!(true)]);
    assert_eq!(fields(&before[1]), [json!(2), json!(0), json!(0), json!(0), json!(1), json!(100), json!(true)]);
    manager.mark(&event, &sessions[2], &[(&b, "absent")]).await.is(204);
    assert_eq!(
        fields(&summary().await[1]),
        [json!(2), json!(0), json!(0), json!(1), json!(0), json!(66), json!(false)]
    );
    let path = format!("/v1/events/{event}");
    let tag = manager.get(&path).await.etag();
    manager.patch(&path, &tag, json!({ "attendance": { "threshold_percent": 66, "excused": "missed" } })).await.ok();
    assert_eq!(
        summary().await.iter().map(fields).map(|all| (all[5].clone(), all[6].clone())).collect::<Vec<_>>(),
        [(json!(50), json!(false)), (json!(66), json!(true))]
    );
}
