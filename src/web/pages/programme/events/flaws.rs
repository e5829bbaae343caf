//! What is wrong with a form of many parts, gathered before it is told.

use crate::web::problem::{FieldError, Problem};

/// Everything that can't be taken.
#[derive(Default)]
pub(super) struct Wrong(Vec<FieldError>);

impl Wrong {
    /// Adds a field with why.
    pub(super) fn field(&mut self, field: &str, detail: &str) {
        self.0.push(FieldError { pointer: field.to_owned(), code: "invalid".to_owned(), detail: detail.to_owned() });
    }

    /// What was read, or nothing, and why it can't be.
    pub(super) fn keep<T>(&mut self, read: Result<T, Problem>) -> Option<T> {
        read.map_err(|problem| self.0.extend(problem.errors().iter().cloned())).ok()
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Refuses where anything is wrong.
    pub(super) fn refuse(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::invalid(self.0)) }
    }
}

/// A number in a smaller type: one that does not fit is told apart by its greatest value, which no rule allows.
pub(super) fn taken<T: TryFrom<i64> + Bounded>(whole: i64) -> T {
    T::try_from(whole).unwrap_or(T::GREATEST)
}

/// A type with a greatest value.
pub(super) trait Bounded {
    /// It.
    const GREATEST: Self;
}

impl Bounded for u8 {
    const GREATEST: u8 = u8::MAX;
}

impl Bounded for u16 {
    const GREATEST: u16 = u16::MAX;
}
