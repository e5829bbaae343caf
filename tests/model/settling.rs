//! What the partner is paid, outside: statements of what it has earned, and their payments.

use chrono::NaiveDate;

use crate::seats::Done;
use crate::state::{Codes, Hundredths, Model, Purse, Told, unless, when};
use crate::year::PostedBy;

/// What a credit is worth, in pence.
pub const WORTH: i64 = 137;

/// One thing that is done about statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settling {
    /// What was earned up to a day, and is on no statement.
    State { by: usize, up_to: NaiveDate },
    /// The bank has paid, all that is left or so much, with its reference.
    Pay { by: usize, statement: usize, credits: Option<Hundredths>, paid_on: Option<NaiveDate>, reference: usize },
    /// A statement was wrong.
    Cancel { by: usize, statement: usize },
}

/// What was posted to what the partner is owed: on a statement, or on none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earned {
    pub day: NaiveDate,
    pub credits: Hundredths,
    pub on: Option<usize>,
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub up_to: NaiveDate,
    pub credits: Hundredths,
    pub pence: i64,
    pub cancelled: bool,
    pub payments: Vec<Payment>,
}

/// A payment, which stands until its posting is reversed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    pub credits: Hundredths,
    pub pence: i64,
    pub reference: usize,
    pub posted: usize,
}

/// To the nearest penny, a half away from zero.
fn worth(credits: Hundredths) -> i64 {
    credits.signum() * ((credits.abs() * WORTH + 50) / 100)
}

impl Model {
    /// Credits and pence that are paid of a statement.
    pub fn paid(&self, statement: usize) -> (Hundredths, i64) {
        let stands = |payment: &&Payment| !self.posted[payment.posted].reversed;
        let payments = self.statements[statement].payments.iter().filter(stands);
        payments.fold((0, 0), |(credits, pence), it| (credits + it.credits, pence + it.pence))
    }

    /// Where a statement stands, in the service's word.
    pub fn standing(&self, statement: usize) -> &'static str {
        match (&self.statements[statement], self.paid(statement)) {
            (of, _) if of.cancelled => "cancelled",
            (_, (0, _)) => "stated",
            (of, (paid, _)) if paid < of.credits => "part_paid",
            _ => "paid",
        }
    }

    pub fn settle_up(&mut self, settling: Settling) -> Told<Done> {
        match settling {
            Settling::State { by, up_to } => self.make_statement(by, up_to),
            Settling::Pay { by, statement, credits, paid_on, reference } => {
                self.pay_statement(by, statement, credits, paid_on, reference)
            }
            Settling::Cancel { by, statement } => {
                self.manages(by)?;
                let mut codes = Codes::new();
                when(&mut codes, self.statements[statement].cancelled, "settlement_cancelled");
                when(&mut codes, self.paid(statement).0 > 0, "settlement_paid");
                unless(codes)?;
                self.statements[statement].cancelled = true;
                for line in self.earned.iter_mut().filter(|line| line.on == Some(statement)) {
                    line.on = None;
                }
                Ok(Done::default())
            }
        }
    }

    fn make_statement(&mut self, by: usize, up_to: NaiveDate) -> Told<Done> {
        self.manages(by)?;
        let lines = || self.earned.iter().filter(|line| line.on.is_none() && line.day <= up_to);
        let credits: Hundredths = lines().map(|line| line.credits).sum();
        let pence: i64 = lines().map(|line| worth(line.credits)).sum();
        let mut codes = Codes::new();
        when(&mut codes, up_to > self.today(), "invalid_request");
        when(&mut codes, credits <= 0 || pence < 0, "nothing_earned");
        unless(codes)?;
        let statement = self.statements.len();
        for line in self.earned.iter_mut().filter(|line| line.on.is_none() && line.day <= up_to) {
            line.on = Some(statement);
        }
        self.statements.push(Statement { up_to, credits, pence, cancelled: false, payments: Vec::new() });
        Ok(Done::default())
    }

    fn pay_statement(
        &mut self,
        by: usize,
        statement: usize,
        credits: Option<Hundredths>,
        paid_on: Option<NaiveDate>,
        reference: usize,
    ) -> Told<Done> {
        self.manages(by)?;
        let (of, (paid, pence_paid), today) = (&self.statements[statement], self.paid(statement), self.today());
        let (paid_on, left) = (paid_on.unwrap_or(today), of.credits - paid);
        let credits = credits.unwrap_or(left);
        let mut codes = Codes::new();
        when(&mut codes, paid_on < of.up_to || paid_on > today, "invalid_request");
        when(&mut codes, of.cancelled, "settlement_cancelled");
        when(&mut codes, left == 0, "settlement_paid");
        when(&mut codes, credits > left, "pays_too_much");
        let known = |it: &Payment| it.reference == reference && !self.posted[it.posted].reversed;
        when(&mut codes, of.payments.iter().any(known), "duplicate");
        when(&mut codes, self.balance(Purse::Payable) < credits, "owed_less");
        unless(codes)?;
        // The parts come to the whole.
        let due = (of.pence * (paid + credits) * 2 + of.credits) / (2 * of.credits);
        let payment = Payment { credits, pence: (due - pence_paid).max(0), reference, posted: self.posted.len() };
        self.statements[statement].payments.push(payment);
        self.post(PostedBy::Desk, vec![(Purse::Payable, Purse::Settled, credits)]);
        Ok(Done::default())
    }
}
