//! The orders in which people are listed. By their schools they are not: the names of these stand in another table, so no
//! index has them in that order.

use uuid::Uuid;

use super::{Person, Place};
use crate::base::db::types::words;
use crate::base::ids::PersonId;

words!(/** The orders of people. */ Order {
    /// By name.
    Name = "name",
    /// By name, the last first.
    NameBackwards = "-name",
    /// By role, then by name: managers, viewers, partners, CPD leads, teachers.
    Role = "role",
    /// The same, the last first.
    RoleBackwards = "-role",
});

impl Order {
    /// The place before everybody.
    pub(super) fn beginning(self) -> Place {
        // Behind the word of every role, whatever the collation, and behind every key of a name, which are compared by bytes.
        let (last_role, last_key) = ("zzz".to_owned(), "\u{10FFFF}".to_owned());
        match self {
            Order::Name | Order::Role => (String::new(), String::new(), PersonId(Uuid::nil())),
            Order::NameBackwards | Order::RoleBackwards => (last_role, last_key, PersonId(Uuid::max())),
        }
    }
}

impl Person {
    /// Where they stand in an order.
    pub fn place(&self) -> Place {
        (self.role.as_str().to_owned(), self.name.key(), self.id)
    }
}
