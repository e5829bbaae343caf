//! Approval: by when, by whom, up to what by itself, and what waits for a decision.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{EventPlan, TestHub};

both_engines! {
    /// Asked for on Monday 5 October: five working days later is Monday the 12th, to its end in London.
    async fn a_request_that_nobody_decides_on_expires_and_the_line_moves_up(hub: TestHub) {
        let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
        let (_, second, b) = hub.funded_school("Heston Community School", "100").await;
        let event = hub.event(EventPlan::of(1, "30")).await;
        let asked = teacher.book(&event).await.created();
        assert_eq!(asked["approve_by"], "2026-10-12T23:00:00Z");
        let waiting = second.book_for(&event, &b).await.created();
        assert_eq!((&waiting["state"], &waiting["approve_by"]), (&json!("waitlisted"), &Value::Null));

        hub.world.at("2026-10-12T22:59:59Z");
        hub.world.round().await;
        assert_eq!(teacher.booking(&asked).await["state"], "requested");
        hub.world.at("2026-10-12T23:00:00Z");
        // It counts as expired before any round has been there.
        for what in ["approve", "decline", "cancel"] {
            let problem = lead.act(&asked, what).await.refused(409, "invalid_transition");
            assert!(problem["detail"].as_str().unwrap().contains("expired"), "{problem}");
        }
        hub.world.round().await;
        let expired = teacher.booking(&asked).await;
        assert_eq!((&expired["state"], &expired["held"], &expired["ended_by"]), (&json!("expired"), &json!("0.00"), &Value::Null));
        assert_eq!(hub.balance(&school).await, "100.00");
        assert_eq!(b.booking(&waiting).await["state"], "confirmed");
        let told = teacher.all("/v1/me/notices").await;
        assert!(told.iter().any(|notice| notice["kind"] == "expired"), "{told:?}");
        assert_eq!(teacher.book(&event).await.created()["state"], "waitlisted", "they may ask again");
        hub.world.round().await;
        hub.verified().await;
    }

    /// Who waits in the line loses no time: the deadline begins with the place.
    async fn the_place_in_the_line_survives_the_time_of_approval(hub: TestHub) {
        let (_, first, a) = hub.funded_school("First", "100").await;
        let (_, second, b) = hub.funded_school("Second", "100").await;
        let (_, third, c) = hub.funded_school("Third", "100").await;
        let event = hub.event(EventPlan::of(1, "30")).await;
        let held = first.book_for(&event, &a).await.created();
        let asked = b.book(&event).await.created();
        let approved = third.book_for(&event, &c).await.created();
        hub.world.at("2026-10-30T09:00:00Z");
        hub.world.round().await;
        assert_eq!(b.booking(&asked).await["waiting_position"], 1);
        first.act(&held, "cancel").await.ok();
        let promoted = b.booking(&asked).await;
        assert_eq!((&promoted["state"], &promoted["approve_by"]), (&json!("requested"), &json!("2026-11-07T00:00:00Z")));
        second.act(&asked, "approve").await.ok();
        let confirmed = b.booking(&asked).await;
        assert_eq!((&confirmed["state"], &confirmed["approve_by"]), (&json!("confirmed"), &Value::Null));
        hub.world.at("2026-11-07T00:00:00Z");
        hub.world.round().await;
        assert_eq!((&b.booking(&asked).await["state"], &c.booking(&approved).await["state"]), (&json!("confirmed"), &json!("waitlisted")));
        hub.verified().await;
    }

    async fn the_hub_sets_how_long_a_school_has(hub: TestHub) {
        let (_, _, teacher) = hub.funded_school("Lampton Academy", "100").await;
        let manager = hub.manager();
        let settings = manager.get("/v1/hub").await;
        assert_eq!(settings.ok()["approval_days"], 5);
        manager.patch("/v1/hub", &settings.etag(), json!({ "approval_days": 0 })).await.invalid(&[("/approval_days", "invalid")]);
        assert_eq!(manager.patch("/v1/hub", &settings.etag(), json!({ "approval_days": 2 })).await.ok()["approval_days"], 2);
        // Thursday 24 December: Christmas Day, its weekend and the Monday are passed over.
        hub.world.at("2026-12-24T09:00:00Z");
        let event = hub.event(EventPlan::default()).await;
        assert_eq!(teacher.book(&event).await.created()["approve_by"], "2026-12-31T00:00:00Z");
        let soon = hub.event(EventPlan { starts_in: chrono::TimeDelta::hours(3), ..EventPlan::default() }).await;
        let request = teacher.book(&soon).await.created();
        assert_eq!(request["approve_by"], request["starts_at"], "no later than the event begins");
    }

    async fn a_round_does_all_that_is_due_in_every_hub(hub: TestHub) {
        let (school, lead, _) = hub.funded_school("Lampton Academy", "1000").await;
        let other = hub.world.hub("Another hub").await;
        let (elsewhere, _, stranger) = other.funded_school("Elsewhere", "10").await;
        let event = hub.event(EventPlan { capacity: 250, price: "1", ..EventPlan::default() }).await;
        for _ in 0..205 {
            hub.teacher(&school).await.book(&event).await.created();
        }
        stranger.book(&other.event(EventPlan::default()).await).await.created();
        assert_eq!((hub.balance(&school).await.as_str(), other.balance(&elsewhere).await.as_str()), ("795.00", "0.00"));
        hub.world.at("2026-10-13T09:00:00Z");
        hub.world.round().await;
        assert_eq!((hub.balance(&school).await.as_str(), other.balance(&elsewhere).await.as_str()), ("1000.00", "10.00"));
        assert_eq!(lead.all("/v1/bookings?state=expired&limit=200").await.len(), 205);
        hub.verified().await;
        other.verified().await;
    }
}
