//! What the pages of support call its words.

use crate::support::commissions::{MilestoneState, MoveKind, QuoteState, State};
use crate::support::offers::directory::Order;
use crate::support::offers::{Kind, Status};
use crate::support::rate_card::BorneBy;
use crate::web::pages::labels::labelled;

labelled!(Kind {
    Expertise => "Expertise";
    Facility => "Facility";
    Activity => "Activity";
});

labelled!(Status {
    Open => "In the directory", "good";
    Paused => "Not in the directory for now", "warn";
    Closed => "Withdrawn";
});

labelled!(Order {
    Newest => "Newest first";
    Oldest => "Oldest first";
});

labelled!(State {
    Requested => "Asked for", "warn";
    Quoted => "Quoted", "warn";
    Agreed => "Agreed", "good";
    Completed => "Completed", "good";
    Withdrawn => "Withdrawn";
    Declined => "Declined";
    Expired => "Ran out";
    Cancelled => "Cancelled", "bad";
});

labelled!(MilestoneState {
    Open => "To be delivered";
    Delivered => "Delivered, not answered", "warn";
    Accepted => "Accepted", "good";
    Disputed => "Disputed", "bad";
    Resolved => "Dispute ended";
    Ended => "Cancelled";
    Replaced => "Replaced";
});

labelled!(QuoteState {
    Offered => "Waits for agreement", "warn";
    Agreed => "Agreed", "good";
    Superseded => "Replaced by a newer one";
    Withdrawn => "Withdrawn";
    Declined => "Declined";
    Expired => "Ran out";
});

labelled!(MoveKind {
    Agreed => "Set aside when it was agreed";
    Varied => "Changed by agreement";
    Accepted => "Paid for what was accepted";
    Kept => "Kept by the provider after a late cancellation";
    Resolved => "Divided at the end of a dispute";
    Returned => "Given back";
});

labelled!(BorneBy {
    Provider => "The provider: it comes out of what they are paid";
    Buyer => "The buyer: it is paid on top of the price";
});
