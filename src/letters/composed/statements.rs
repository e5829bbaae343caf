//! What a letter about a partner's statement explains, beside its sentence: what it comes to, which payment, and what is left.

use crate::base::said;
use crate::credits::settlements::State;
use crate::letters::facts::{Facts, Statement};
use crate::messages::notices::{Kind, Told};

/// The lines of a notice of a statement, each with its label.
pub(super) fn details(told: &Told, facts: &Facts) -> Vec<(String, String)> {
    let Facts::Statement(statement) = facts else { return Vec::new() };
    let of = &statement.of;
    let mut lines = Vec::new();
    lines.extend(of_payment(told.kind, statement));
    lines.push(("Earned up to", said::day(of.up_to)));
    lines.push(("Statement in all", format!("{} for {}", said::pounds(of.pence), said::credits(of.credits))));
    if of.state != State::Cancelled {
        lines.push(("Paid in all", said::pounds(of.pence_paid)));
        lines.push(("Left to be paid", said::pounds(statement.left())));
    }
    lines.into_iter().map(|(label, value)| (label.to_owned(), value)).collect()
}

/// The payment that was made, or taken back.
fn of_payment(kind: Kind, statement: &Statement) -> Vec<(&'static str, String)> {
    let Some(payment) = &statement.payment else { return Vec::new() };
    let label = if kind == Kind::SettlementPaymentReversed { "Taken back" } else { "Paid now" };
    vec![
        (label, format!("{} for {}", said::pounds(payment.pence), said::credits(payment.credits))),
        ("Paid on", said::day(payment.paid_on)),
        ("Bank’s reference", payment.bank_reference.to_string()),
    ]
}

/// What is said after the link: where the statement is a file.
pub(super) fn after(facts: &Facts) -> Option<String> {
    matches!(facts, Facts::Statement(_))
        .then(|| "That page has every line of the statement, and the statement as a PDF and as a workbook.".to_owned())
}
