//! What the hub writes to delegates and leads: written and looked at before it is sent, kept in a list, read by whoever
//! got it. The page for the delegates of an event is among those of the event.

mod leads;
mod list;
mod received;
mod shown;

pub(in crate::web::pages) use list::{Row, rows_of_event};
pub(in crate::web::pages) use shown::{Shown, send};

use super::labels::labelled;
use super::router::Pages;
use crate::booking::announcements::{Audience, Which};

labelled!(Audience {
    Delegates => "Delegates of an event";
    Leads => "CPD leads";
});

labelled!(Which {
    WithPlace => "Those with a place";
    Waiting => "Those on the waiting list";
    All => "All, also those whose school has not decided yet";
});

pub(super) fn pages(pages: &mut Pages<'_>) {
    leads::pages(pages);
    list::pages(pages);
    received::pages(pages);
}
