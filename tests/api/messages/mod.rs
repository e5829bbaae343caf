pub mod choices;
pub mod letters;
pub mod newsletter;
pub mod newsletter_sent;
pub mod notices;
pub mod reminders;
pub mod secrets;
pub mod webhooks;
