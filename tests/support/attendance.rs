//! Registers that are kept and events that are completed.

use serde_json::Value;

use super::TestHub;

impl TestHub {
    /// Completes an event at which these bookings have these marks, session by session.
    pub async fn complete_with(&self, event: &str, marks: &[(&Value, &[&str])]) {
        use hub_credits::ids::{EventId, HubId};
        use hub_credits::ledger::Journal;
        let id = |text: &str| -> uuid::Uuid { text.parse().unwrap() };
        let sessions = self.manager().all(&format!("/v1/events/{event}/sessions")).await;
        let hub = HubId(id(&self.id));
        let mut journal =
            Journal::open(self.world.db().write().await.unwrap(), hub, None, self.world.clock.now()).await.unwrap();
        for (booking, marks) in marks {
            let booking = id(booking["id"].as_str().unwrap());
            let came = marks.iter().any(|mark| ["present", "late", "partial"].contains(mark));
            let state = if came { "attended" } else { "no_show" };
            journal
                .tx()
                .query("UPDATE bookings SET state = $3, live = NULL WHERE hub_id = $1 AND id = $2")
                .bind(hub)
                .bind(booking)
                .bind(state.to_owned())
                .run()
                .await
                .unwrap();
            for (session, mark) in sessions.iter().zip(*marks) {
                let sql = "INSERT INTO register_marks (hub_id, event_id, booking_id, session_id, revision, mark, way, marked_at)
                     SELECT $1, $2, $3, $4, COALESCE(MAX(revision), 0) + 1, $5, 'register', $6 FROM register_marks
                     WHERE hub_id = $1 AND booking_id = $3 AND session_id = $4";
                let now = self.world.clock.now();
                let query = journal.tx().query(sql).bind(hub).bind(id(event)).bind(booking);
                query.bind(id(session["id"].as_str().unwrap())).bind((*mark).to_owned()).bind(now).run().await.unwrap();
            }
        }
        hub_credits::certificates::settle(&mut journal, EventId(id(event)), None).await.unwrap();
        journal.commit().await.unwrap();
    }
}
