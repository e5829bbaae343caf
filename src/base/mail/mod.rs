//! E-mail by SMTP, as far as sending it goes: the settings, one message as it is written to the wire, and the server's
//! answer to it. What a message says, and whether it is sent at all, is decided above.

mod message;
mod returned;
mod server;
mod settings;

pub use message::{Attachment, Mail, Scheduling, in_ascii};
pub use returned::{CAME_BACK, Returned, read as read_returned};
pub use server::{Refused, Server};
pub use settings::{Encryption, Given, Settings, Wrong};
