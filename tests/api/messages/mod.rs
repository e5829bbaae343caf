pub mod notices;
pub mod webhooks;
