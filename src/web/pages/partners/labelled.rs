//! What the pages of partners call its words.

use crate::credits::purchases::Field;
use crate::credits::settlements::{PaymentState, State};
use crate::web::pages::labels::labelled;

labelled!(State {
    Stated => "To be paid", "warn";
    PartPaid => "Partly paid", "warn";
    Paid => "Paid", "good";
    Cancelled => "Cancelled";
});

labelled!(PaymentState {
    Paid => "Paid", "good";
    Reversed => "Taken back", "bad";
});

labelled!(Field {
    Supplier => "The partner’s name";
    SupplierId => "The partner’s id";
    Reference => "The number of the statement";
    Date => "The day on which it was made";
    UpTo => "The last day that is on it";
    Net => "The pounds to be paid";
    Paid => "The pounds that are paid";
    Credits => "The credits that were earned";
    Text => "The same text in every row";
});

/// An amount of money: `£1,050.00`.
pub(super) fn pounds(pence: i64) -> String {
    let (sign, whole, rest) =
        (if pence < 0 { "-" } else { "" }, pence.unsigned_abs() / 100, pence.unsigned_abs() % 100);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}£{grouped}.{rest:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_people_write_it() {
        for (pence, said) in [(0, "£0.00"), (105_000, "£1,050.00"), (-5, "-£0.05"), (123_456_789, "£1,234,567.89")]
        {
            assert_eq!(pounds(pence), said);
        }
    }
}
