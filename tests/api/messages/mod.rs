pub mod choices;
pub mod letters;
pub mod notices;
pub mod secrets;
pub mod webhooks;
