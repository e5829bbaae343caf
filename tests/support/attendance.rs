//! Registers that are kept and events that are completed.

use serde_json::{Value, json};

use super::{Client, Reply, TestHub};

impl TestHub {
    /// The sessions of an event, in the order of their start.
    pub async fn sessions(&self, event: &str) -> Vec<String> {
        let sessions = self.manager().all(&format!("/v1/events/{event}/sessions")).await;
        sessions.iter().map(|session| session["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Moves the clock to the end of an event, if it is not over, and completes it: everyone without a mark came.
    pub async fn complete(&self, event: &str) -> Value {
        self.after(event).await;
        self.manager().post(&format!("/v1/events/{event}/complete?unmarked=present"), None).await.ok()
    }

    /// Completes an event at which these bookings have these marks, session by session; corrects the register
    /// of one that is completed.
    pub async fn complete_with(&self, event: &str, marks: &[(&Value, &[&str])]) {
        let completed = self.after(event).await["state"] == "completed";
        for (at, session) in self.sessions(event).await.iter().enumerate() {
            let marks: Vec<(&Value, &str)> =
                marks.iter().filter_map(|(booking, marks)| Some((*booking, *marks.get(at)?))).collect();
            self.manager().mark(event, session, &marks).await.is(204);
        }
        if !completed {
            self.manager().post(&format!("/v1/events/{event}/complete?unmarked=absent"), None).await.ok();
        }
    }

    /// The event, as it is when it is over.
    async fn after(&self, event: &str) -> Value {
        let event = self.manager().get(&format!("/v1/events/{event}")).await.ok();
        let ends_at = event["ends_at"].as_str().unwrap().parse().unwrap();
        if self.world.clock.now() < ends_at {
            self.world.clock.set(ends_at);
        }
        event
    }
}

impl Client {
    /// Writes marks into the register of a session.
    pub async fn mark(&self, event: &str, session: &str, marks: &[(&Value, &str)]) -> Reply {
        let marks: Vec<Value> =
            marks.iter().map(|(booking, mark)| json!({ "booking_id": booking["id"], "mark": mark })).collect();
        self.put(&format!("/v1/events/{event}/sessions/{session}/register"), json!({ "marks": marks })).await
    }
}
