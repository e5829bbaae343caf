//! How pages say days, times and amounts: as everything else that people read. And how they say refusals.

pub(crate) use crate::base::said::*;
use crate::web::plain;

/// The words of a refusal as a sentence: with a capital, and a full stop.
pub(crate) fn sentence(detail: &str) -> String {
    let detail = plain::said(detail);
    let mut letters = detail.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_sentences() {
        assert_eq!(sentence("the event has begun"), "The event has begun.");
    }
}
