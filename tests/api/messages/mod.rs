pub mod choices;
pub mod invitations;
pub mod letters;
pub mod notices;
pub mod reminders;
pub mod secrets;
pub mod webhooks;
