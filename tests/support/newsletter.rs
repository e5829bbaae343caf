//! The newsletter of a hub, as it comes about.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::TestHub;

/// What of a mail belongs to a newsletter.
pub const NEWSLETTER: &str = "Newsletter of ";

impl TestHub {
    /// Switches the newsletter on, so that it is sent in two days at this time of the day, and is drafted by now.
    pub async fn newsletter_draft(&self) -> Value {
        let day = self.world.clock.now() + TimeDelta::days(2);
        let weekday = day.format("%A").to_string().to_lowercase();
        let settings = json!({ "enabled": true, "weekday": weekday, "at": "12:00", "draft_days": 6 });
        self.manager().put("/v1/newsletter", settings).await.ok();
        self.world.round().await;
        self.newsletter().await
    }

    /// The newest issue, as its manager sees it.
    pub async fn newsletter(&self) -> Value {
        self.manager().get("/v1/newsletters?limit=1").await.ok()["items"][0].clone()
    }
}
