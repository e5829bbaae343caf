//! Terms: everything that an offer is found by, each as a text of the index `offer_terms_found`.
//!
//! A search asks for terms too, and what has all of them is found: the rarest is looked up, and each offer found is
//! asked for the others. Days left are told by steps, so that a search looks up the step below and asks the number.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};

use super::Offer;
use crate::base::days::Days;
use crate::base::ids::PriorityId;
use crate::base::text::fold;
use crate::base::year::AcademicYear;
use crate::members::schools::Phase;
use crate::programme::programmes::Provider;

/// What every offer is found by.
pub const ANY: &str = "any";

/// The most letters of a word that count.
const LONGEST_WORD: usize = 40;
/// Of a word in a title, a subject or a place, so many letters and more are enough.
const SHORTEST_BEGINNING: usize = 3;
/// Beyond so many letters only the whole word counts.
const LONGEST_BEGINNING: usize = 10;
/// The days left, in half days, by which offers are found.
const STEPS: [i64; 10] = [1, 2, 4, 6, 10, 20, 40, 80, 160, 320];

/// The terms of an offer.
pub(super) fn of(offer: &Offer) -> Vec<String> {
    let details = &offer.details;
    let mut terms = BTreeSet::from([ANY.to_owned(), kind(offer.kind), provider(offer.provider.who())]);
    terms.extend(details.phases.each().iter().copied().map(phase));
    terms.extend(offer.priority_ids.iter().copied().map(priority));
    terms.extend(months(details.available_from, details.available_to));
    for days in &offer.days {
        terms.extend(of_days(days.year, days.left));
    }
    let (subject, place) =
        (details.subject.as_ref().map(|line| line.as_str()), details.place.as_ref().map(|line| line.as_str()));
    terms.extend(subject.into_iter().flat_map(words_begun).map(|word| of_subject(&word)));
    terms.extend(place.into_iter().flat_map(words_begun).map(|word| of_place(&word)));
    let begun = [Some(details.title.as_str()), subject, place];
    terms.extend(begun.into_iter().flatten().flat_map(words_begun).map(|word| of_text(&word)));
    let whole = [
        Some(details.description.as_str()),
        details.specialist_kind.as_ref().map(|line| line.as_str()),
        details.for_whom.as_ref().map(|line| line.as_str()),
        details.what_for.as_ref().map(|line| line.as_str()),
        details.aims.as_ref().map(|prose| prose.as_str()),
        details.who_may_join.as_ref().map(|line| line.as_str()),
    ];
    terms.extend(whole.into_iter().flatten().flat_map(words).map(|word| of_text(&word)));
    terms.into_iter().collect()
}

/// The term of a kind.
pub(super) fn kind(kind: super::Kind) -> String {
    format!("kind {kind}")
}

/// The term of a phase.
pub(super) fn phase(phase: Phase) -> String {
    format!("phase {phase}")
}

/// The term of a priority.
pub(super) fn priority(id: PriorityId) -> String {
    format!("priority {id}")
}

/// The term of a provider.
pub(super) fn provider(provider: Provider) -> String {
    match provider {
        Provider::Hub => "hub".to_owned(),
        Provider::School(id) => format!("school {id}"),
        Provider::Partner(id) => format!("partner {id}"),
    }
}

/// The term of the month of a day.
pub(super) fn month(day: NaiveDate) -> String {
    format!("month {}-{:02}", day.year(), day.month())
}

fn months(first: NaiveDate, last: NaiveDate) -> impl Iterator<Item = String> {
    let beginning = first.with_day(1).unwrap_or(first);
    (0..).map_while(move |n| beginning.checked_add_months(chrono::Months::new(n)).filter(|day| *day <= last)).map(month)
}

/// The terms of so many days left in a year: of each step that they reach.
pub(super) fn of_days(year: AcademicYear, left: Days) -> Vec<String> {
    STEPS.iter().filter(|step| **step <= left.half_days()).map(|step| days(year, *step)).collect()
}

/// The terms of every step of a year.
pub(super) fn all_of_days(year: AcademicYear) -> [String; 10] {
    STEPS.map(|step| days(year, step))
}

/// The term that whatever has so many days left has: of the highest step that they reach, of the first for none.
pub(super) fn at_least(year: AcademicYear, left: Days) -> String {
    let step = STEPS.iter().rev().find(|step| **step <= left.half_days());
    days(year, step.copied().unwrap_or(STEPS[0]))
}

fn days(year: AcademicYear, step: i64) -> String {
    format!("days {year} {step}")
}

/// The term of a word of the subject, or of its beginning.
pub(super) fn of_subject(word: &str) -> String {
    format!("subject {word}")
}

/// The term of a word of the place, or of its beginning.
pub(super) fn of_place(word: &str) -> String {
    format!("place {word}")
}

/// The term of a word of the text.
pub(super) fn of_text(word: &str) -> String {
    format!("word {word}")
}

/// The words of a search: each once.
pub(super) fn asked(text: &str) -> Vec<String> {
    let folded = fold::searchable(text);
    let first = folded.lines().next().unwrap_or_default();
    let words: BTreeSet<String> = first.split(' ').filter(|word| !word.is_empty()).map(cut).collect();
    words.into_iter().collect()
}

/// The words of a text, in every form in which [`fold`] finds it.
fn words(text: &str) -> BTreeSet<String> {
    let folded = fold::searchable(text);
    folded.split([' ', '\n']).filter(|word| !word.is_empty()).map(cut).collect()
}

/// The words of a text, and their beginnings.
fn words_begun(text: &str) -> BTreeSet<String> {
    let whole = words(text);
    let beginnings = whole.iter().flat_map(|word| {
        let ends = word.char_indices().map(|(at, _)| at).enumerate();
        ends.filter(|(letters, _)| (SHORTEST_BEGINNING..=LONGEST_BEGINNING).contains(letters))
            .map(|(_, at)| word[..at].to_owned())
    });
    beginnings.chain(whole.iter().cloned()).collect()
}

fn cut(word: &str) -> String {
    word.chars().take(LONGEST_WORD).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn year() -> AcademicYear {
        AcademicYear::parse("2026/27").unwrap()
    }

    #[test]
    fn a_word_is_found_by_its_beginning() {
        let all: Vec<String> = words_begun("Maths at St. Mary’s").into_iter().collect();
        assert_eq!(all, ["at", "mar", "mary", "marys", "mat", "math", "maths", "sai", "sain", "saint", "st"]);
        assert_eq!(asked("Saint MARY'S  maths, maths"), ["marys", "maths", "st"]);
        assert_eq!(words("Ökologie\nund Physik").into_iter().collect::<Vec<_>>(), ["okologie", "physik", "und"]);
        assert!(asked(" ,- ").iter().all(|word| !word.is_empty()));
    }

    #[test]
    fn a_month_that_an_offer_touches_is_one_of_its_own() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let all: Vec<String> = months(day("2026-11-30"), day("2027-01-01")).collect();
        assert_eq!(all, ["month 2026-11", "month 2026-12", "month 2027-01"]);
        assert_eq!(months(day("2026-11-30"), day("2026-11-30")).count(), 1);
        assert_eq!(months(day("2026-01-31"), day("2031-01-31")).count(), 61);
    }

    #[test]
    fn no_days_left_are_no_term() {
        assert!(of_days(year(), Days::ZERO).is_empty());
        assert_eq!(of_days(year(), Days::from_half_days(5)).len(), 3);
    }

    proptest! {
        /// Whatever has as many days left as are asked for is under the term that is looked up.
        #[test]
        fn the_step_asked_for_is_one_that_enough_days_reach(asked in 1..=732_i64, more in 0..=732_i64) {
            let left = of_days(year(), Days::from_half_days(asked + more));
            prop_assert!(left.contains(&at_least(year(), Days::from_half_days(asked))));
        }

        /// Whatever is searched for word by word is found in a title that has those words.
        #[test]
        fn a_title_is_found_by_each_of_its_words(title in "\\PC{1,60}") {
            let has = words_begun(&title);
            for word in asked(&title) {
                prop_assert!(has.contains(&word), "{word:?} is not in {has:?}");
            }
        }
    }
}
