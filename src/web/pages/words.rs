//! How pages say days, times and amounts: as everything else that people read. And how they say refusals.

pub(crate) use crate::base::said::*;
use crate::base::text::capitalised;
use crate::web::plain;

/// The words of a refusal as a sentence: with a capital, and a full stop.
pub(crate) fn sentence(detail: &str) -> String {
    let detail = plain::said(detail);
    format!("{}.", capitalised(detail.trim_end_matches('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_sentences() {
        assert_eq!(sentence("the event has begun"), "The event has begun.");
    }
}
