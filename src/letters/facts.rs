//! What is known of what a notice tells, beside the notice: of support and of what is written about it.

use crate::base::db::{self, Tx};
use crate::members::people::Person;
use crate::messages::notices::Told;
use crate::support::commissions::{self, Recalled};
use crate::support::conversations::{self, Conversation, Message, Sight};

/// What is known of what a notice tells.
#[derive(Default)]
pub enum Facts {
    /// Nothing but the notice itself.
    #[default]
    None,
    /// The commission, and what of it.
    Commission(Box<Recalled>),
    /// The conversation, and which message.
    Conversation(Box<Conversation>, Option<Box<Message>>),
}

impl Facts {
    /// What a person may know of what they were told, as it is now.
    pub async fn of(tx: &mut Tx, person: &Person, told: &Told) -> Result<Facts, db::Error> {
        if let Some(recalled) = commissions::recall(tx, person, told).await? {
            return Ok(Facts::Commission(Box::new(recalled)));
        }
        let Some(id) = told.conversation_id else { return Ok(Facts::None) };
        let found = conversations::get(tx, person.hub_id, Sight::of(person), id).await?;
        let Some(conversation) = found else { return Ok(Facts::None) };
        let message = conversations::told(tx, person, told).await?;
        Ok(Facts::Conversation(Box::new(conversation), message.map(Box::new)))
    }
}
