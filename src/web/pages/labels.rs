//! What a page calls the things that have a word in the API.

use crate::booking::bookings;
use crate::members::api_keys::Scope;
use crate::members::logins::Means;
use crate::members::people::Role;
use crate::members::schools::Phase;
use crate::programme::programmes::attendance::{Excused, Mark};
use crate::programme::programmes::events as event;
use crate::programme::programmes::policy::Basis;
use crate::programme::programmes::{Kind, Stage};
use crate::programme::tickets;

/// A word with its label.
pub(crate) trait Labelled: Copy + 'static {
    /// Every word, in the order of a list.
    const WORDS: &'static [Self];

    /// The word as it is sent.
    fn word(self) -> &'static str;

    /// What a page says for it.
    fn label(self) -> &'static str;

    /// What a tag's colour says of it: good, warn, bad or nothing.
    fn tone(self) -> &'static str {
        ""
    }
}

/// Every word with its label, for a list to choose from.
pub(crate) fn options<T: Labelled>() -> Vec<(&'static str, &'static str)> {
    T::WORDS.iter().map(|word| (word.word(), word.label())).collect()
}

/// Gives the words of a set their labels, and some a tone.
macro_rules! labelled {
    ($name:ty { $($variant:ident => $label:literal $(, $tone:literal)?;)+ }) => {
        impl $crate::web::pages::labels::Labelled for $name {
            const WORDS: &'static [Self] = <$name>::ALL;

            fn word(self) -> &'static str {
                self.as_str()
            }

            fn label(self) -> &'static str {
                match self { $(<$name>::$variant => $label),+ }
            }

            fn tone(self) -> &'static str {
                match self { $(<$name>::$variant => concat!($($tone)?)),+ }
            }
        }
    };
}

#[allow(unused_imports, reason = "rooms of pages label what is theirs")]
pub(crate) use labelled;

labelled!(Kind {
    CpdProgramme => "CPD programme";
    Conference => "Conference";
    MeetTheExpert => "Meet the Expert";
    TermlyMeeting => "Termly meeting";
    LeadershipDay => "Leadership day";
});

labelled!(Phase {
    Nursery => "Nursery";
    Primary => "Primary";
    MiddleDeemedPrimary => "Middle deemed primary";
    Secondary => "Secondary";
    MiddleDeemedSecondary => "Middle deemed secondary";
    AllThrough => "All-through";
    SixteenPlus => "16 plus";
    NotApplicable => "Not applicable";
});

labelled!(Role {
    HubManager => "Hub manager";
    HubViewer => "Hub viewer";
    SchoolLead => "CPD lead";
    Teacher => "Teacher";
    Partner => "Partner";
});

labelled!(Scope {
    Read => "To read";
    Book => "To read, and to book, approve and cancel";
    Finance => "To read, and to post sales, gifts, corrections and settlements";
    All => "Everything but keys and ways of signing in";
});

labelled!(Means {
    Invitation => "By an invitation";
    Operator => "By a link of the operator";
    Password => "By password";
    Code => "By a code";
    Link => "By a link";
    Reset => "By a link to set a password";
    Openid => "With another account";
});

labelled!(event::State {
    Draft => "Draft";
    Published => "Published", "good";
    Completed => "Completed";
    Cancelled => "Called off", "bad";
});

labelled!(bookings::State {
    Requested => "Waiting for your school", "warn";
    Waitlisted => "On the waiting list", "warn";
    Confirmed => "Booked", "good";
    Attended => "Attended", "good";
    NoShow => "Did not attend";
    Cancelled => "Cancelled";
    Declined => "Declined";
    Expired => "Expired";
});

labelled!(Stage {
    Draft => "Draft", "warn";
    Published => "Published", "good";
});

labelled!(Mark {
    Present => "Attended", "good";
    Late => "Late", "good";
    Partial => "In part", "warn";
    Excused => "Excused";
    Absent => "Absent", "bad";
});

labelled!(Excused {
    LeftOut => "Not counted, for or against";
    Attended => "Counts as attended";
    Missed => "Counts as missed";
});

labelled!(Basis {
    CalendarDays => "Days";
    WorkingDays => "Working days";
});

labelled!(tickets::State {
    Issued => "To be used", "good";
    Used => "Used";
    Expired => "Expired", "warn";
    Revoked => "Taken back", "bad";
});

labelled!(tickets::ReturnRule {
    Always => "Always, until the event begins";
    DaysBefore => "While some days are left";
    Never => "Never: a cancelled place uses it up";
});
