//! The code that a delegate shows at the door: their booking, signed with the service's own key for this hub, booking
//! and person. It tells a reader nothing about them, can't be made by anyone else, and is useless for another delegate,
//! should the place go to one.

use uuid::Uuid;

use crate::base::auth::Keys;
use crate::base::ids::{BookingId, HubId, PersonId};

/// A code as it was shown; nothing in it is trusted until [`Code::is_of`] confirms it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The booking that it names.
    pub booking: BookingId,
    signature: String,
}

/// Where the page is that a code opens.
const PAGE: &str = "/check-in/";

impl Code {
    /// The code of a delegate's booking.
    pub fn issue(
        keys: &Keys,
        hub: HubId,
        booking: BookingId,
        person: PersonId,
    ) -> Result<Code, jsonwebtoken::errors::Error> {
        Ok(Code { booking, signature: keys.sign(&message(hub, booking, person))? })
    }

    /// Reads the text of [`Code::as_str`], or of [`Code::address`].
    pub fn parse(text: &str) -> Result<Code, &'static str> {
        let wrong = "must be the check-in code of a booking";
        let text = text.trim();
        let text = text.rsplit_once(PAGE).map_or(text, |(_, code)| code);
        let (booking, signature) = text.split_once('.').ok_or(wrong)?;
        let shaped = booking.len() == 32 && signature.len() == 86 && signature.is_ascii();
        let booking = Uuid::try_parse(booking).ok().filter(|_| shaped).ok_or(wrong)?;
        Ok(Code { booking: BookingId(booking), signature: signature.to_owned() })
    }

    /// The code as text, as it is shown.
    pub fn as_str(&self) -> String {
        format!("{}.{}", self.booking.0.simple(), self.signature)
    }

    /// The page that the code opens, for whoever reads it with a telephone: `public_url` is where people reach the service.
    pub fn address(&self, public_url: &str) -> String {
        format!("{}{PAGE}{}", public_url.trim_end_matches('/'), self.as_str())
    }

    /// Whether the service made it, for this person's booking in this hub.
    pub fn is_of(&self, keys: &Keys, hub: HubId, person: PersonId) -> bool {
        keys.signed(&message(hub, self.booking, person), &self.signature)
    }
}

crate::base::db::types::text!(Code);

/// The message that is signed: no access token begins like this.
fn message(hub: HubId, booking: BookingId, person: PersonId) -> Vec<u8> {
    format!("hub-credits check-in: {hub} {booking} {person}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_of_one_hub_booking_and_person() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.pem");
        let keys = Keys::open(&file).unwrap();
        let id = Uuid::from_u128;
        let code = Code::issue(&keys, HubId(id(1)), BookingId(id(2)), PersonId(id(3))).unwrap();
        let read = Code::parse(&code.as_str()).unwrap();
        assert_eq!(read, code);
        assert_eq!(Code::parse(&code.address("https://hub.example/")).unwrap(), code);
        assert!(read.is_of(&keys, HubId(id(1)), PersonId(id(3))));
        assert!(!read.is_of(&keys, HubId(id(9)), PersonId(id(3))) && !read.is_of(&keys, HubId(id(1)), PersonId(id(9))));
        let other = Code { booking: BookingId(id(9)), ..code.clone() };
        assert!(!other.is_of(&keys, HubId(id(1)), PersonId(id(3))));
        let theirs = Keys::open(&folder.path().join("theirs.pem")).unwrap();
        assert!(!read.is_of(&theirs, HubId(id(1)), PersonId(id(3))));
        let replaced = Keys::rotate(&file).unwrap();
        assert!(read.is_of(&replaced, HubId(id(1)), PersonId(id(3))), "codes outlive a rotation");
        let text = code.as_str();
        for wrong in ["", ".", "x", &text[1..], &text[..text.len() - 1], &text.replace('.', "-")] {
            assert!(Code::parse(wrong).is_err(), "{wrong}");
        }
    }
}
