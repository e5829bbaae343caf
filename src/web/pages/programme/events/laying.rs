//! What a form of sessions means: the rows that stand in it, or the sessions of its pattern. Whoever changes the pattern after
//! its sessions were laid out means those of the new one. Where they have also changed the sessions, or typed some of their
//! own, they are asked which they mean: nobody gets other dates than they see.

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::flaws::Wrong;
use super::pattern::{Every, Pattern};
use super::rows;
use crate::base::text::Day;
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::programme::typed::time;

/// Says to the page that the sessions have just been laid out: no field of the form.
const LAID_OUT: &str = "laid_out";
/// The digest of the pattern by which the sessions were laid out, and that of the sessions as they were then.
const LAID_BY: &str = "laid_by";
const LAID_AS: &str = "laid_as";

/// What is said where both a pattern and the sessions were changed.
const WHICH: &str = "the sessions below are not those of this pattern: lay them out again, or empty this field to keep \
                     them as they are below";

/// What is to be done with a form.
pub(super) enum Meant {
    /// It is shown again: rows were asked for, or the sessions of its pattern.
    Again(Filled),
    /// It is saved, unless something is wrong with it or with what else was typed.
    Saved(Form, Wrong),
}

/// What somebody means who sends the form.
pub(super) fn meant(form: Form) -> Meant {
    match form.text("do") {
        "more" => Meant::Again(rows::with_more(&form)),
        "lay-out" => Meant::Again(shown(&form)),
        _ => saved(form),
    }
}

fn saved(form: Form) -> Meant {
    let mut wrong = Wrong::default();
    let fields = form.pairs();
    let (by, laid) = (form.text(LAID_BY), form.text(LAID_AS));
    let given = !form.text("pattern_first").trim().is_empty();
    let other_pattern = given && by_pattern(&fields) != by;
    if rows::none_typed(&form) || (other_pattern && by_row(&fields) == laid) {
        return match laid_out(&form, &mut wrong) {
            Some(fields) => Meant::Saved(Form::of(fields, form.bytes().to_vec()), wrong),
            None => Meant::Saved(form, wrong),
        };
    }
    if other_pattern {
        wrong.field("pattern_first", WHICH);
    }
    Meant::Saved(form, wrong)
}

/// The form with its sessions laid out, or why they can't be.
fn shown(form: &Form) -> Filled {
    let mut wrong = Wrong::default();
    match (laid_out(form, &mut wrong), wrong.refuse()) {
        (Some(fields), Ok(())) => Form::of(fields, Vec::new()).typed().or(LAID_OUT, "yes"),
        (_, Err(problem)) => form.refused(&problem),
        (None, Ok(())) => form.typed(),
    }
}

fn by_pattern(fields: &[(String, String)]) -> String {
    digest(fields, |name| name.starts_with("pattern_") || name.starts_with("break"))
}

fn by_row(fields: &[(String, String)]) -> String {
    digest(fields, rows::is_of_row)
}

/// A digest of what was typed into some fields.
fn digest(fields: &[(String, String)], of: impl Fn(&str) -> bool) -> String {
    let typed = fields.iter().map(|(name, value)| (name.as_str(), value.trim()));
    let mut typed: Vec<(&str, &str)> = typed.filter(|(name, value)| of(name) && !value.is_empty()).collect();
    typed.sort_unstable();
    let mut digest = Sha256::new();
    for (name, value) in typed {
        digest.update(format!("{name}={value}\n"));
    }
    hex::encode(&digest.finalize()[..8])
}

/// The fields of the form with its sessions laid out by the pattern that was typed, in place of the rows there were.
fn laid_out(form: &Form, wrong: &mut Wrong) -> Option<Vec<(String, String)>> {
    let text = |name: &str| form.text(name).trim();
    let first = match text("pattern_first") {
        "" => Err("say the first day"),
        typed => rows::day(typed),
    };
    let first = first.map_err(|detail| wrong.field("pattern_first", detail)).ok();
    for (name, missing) in [("pattern_starts", "say when it starts"), ("pattern_ends", "say when it ends")] {
        let typed = text(name);
        if let Err(detail) = time(typed) {
            wrong.field(name, if typed.is_empty() { missing } else { detail });
        }
    }
    let times = text("pattern_times").parse::<usize>().ok().filter(|times| (1..=rows::MOST).contains(times));
    if times.is_none() {
        wrong.field("pattern_times", "must be 1 to 50");
    }
    let pattern = Pattern {
        first: first?,
        every: Every::parse(text("pattern_every")).unwrap_or(Every::Week),
        times: times?,
        breaks: breaks(form, wrong),
        bank_holidays: form.has("pattern_holidays"),
    };
    if wrong.count() > 0 {
        return None;
    }
    let days = pattern.days();
    if days.len() < pattern.times {
        wrong.field("pattern_first", "too few days are left of that pattern");
        return None;
    }
    let mut fields = form.pairs();
    fields.retain(|(name, _)| !rows::is_of_row(name) && !["rows", LAID_BY, LAID_AS].contains(&name.as_str()));
    for (row, day) in days.iter().enumerate() {
        fields.push((format!("s{row}_date"), day.to_string()));
        for part in ["starts", "ends", "place", "online_url", "speaker", "host"] {
            fields.push((format!("s{row}_{part}"), text(&format!("pattern_{part}")).to_owned()));
        }
        if days.len() > 1 {
            fields.push((format!("s{row}_title"), format!("Session {}", row + 1)));
        }
    }
    let (by, laid) = (by_pattern(&fields), by_row(&fields));
    fields.extend([("rows".to_owned(), days.len().to_string()), (LAID_BY.to_owned(), by), (LAID_AS.to_owned(), laid)]);
    Some(fields)
}

fn breaks(form: &Form, wrong: &mut Wrong) -> Vec<(NaiveDate, NaiveDate)> {
    let mut breaks = Vec::new();
    for n in 0..2 {
        let (from, to) = (format!("break{n}_from"), format!("break{n}_to"));
        let day = |name: &str| Some(form.text(name).trim()).filter(|text| !text.is_empty()).map(Day::parse).transpose();
        match (day(&from), day(&to)) {
            (Ok(None), Ok(None)) => {}
            (Ok(Some(from)), Ok(to)) => breaks.push((from.0, to.unwrap_or(from).0)),
            (Ok(None), _) => wrong.field(&from, "say when the break begins"),
            (Err(_), _) => wrong.field(&from, rows::NO_DATE),
            (_, Err(_)) => wrong.field(&to, rows::NO_DATE),
        }
    }
    breaks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The form as a browser sends it again, with what was typed since.
    fn again(form: &Form, typed: &[(&str, &str)]) -> Form {
        let mut fields = form.pairs();
        fields.retain(|(name, _)| typed.iter().all(|(other, _)| other != name));
        fields.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Form::of(fields, Vec::new())
    }

    fn of_pattern(first: &str) -> Form {
        let typed = [("pattern_starts", "13:30"), ("pattern_ends", "15:30"), ("pattern_every", "week")];
        let form = again(&Form::default(), &typed);
        again(&form, &[("pattern_times", "2"), ("pattern_first", first), ("rows", "0")])
    }

    /// The days of the sessions that are saved, or what is wrong.
    fn days(form: Form) -> Result<Vec<String>, usize> {
        let Meant::Saved(form, wrong) = meant(form) else { panic!("it is shown again") };
        if wrong.count() > 0 {
            return Err(wrong.count());
        }
        let days = form.pairs().into_iter().filter(|(name, _)| name.ends_with("_date"));
        Ok(days.map(|(_, day)| day).collect())
    }

    fn laid(form: &Form) -> Form {
        Form::of(laid_out(form, &mut Wrong::default()).unwrap(), Vec::new())
    }

    #[test]
    fn a_pattern_alone_is_saved_as_its_sessions() {
        assert_eq!(days(of_pattern("2027-03-02")), Ok(vec!["2027-03-02".to_owned(), "2027-03-09".to_owned()]));
        assert_eq!(days(of_pattern("")), Err(1));
    }

    #[test]
    fn a_pattern_that_is_changed_afterwards_is_what_is_meant() {
        let changed = again(&laid(&of_pattern("2027-03-02")), &[("pattern_first", "2027-04-13")]);
        assert_eq!(days(changed), Ok(vec!["2027-04-13".to_owned(), "2027-04-20".to_owned()]));
    }

    #[test]
    fn sessions_that_are_changed_afterwards_are_what_is_meant() {
        let moved = again(&laid(&of_pattern("2027-03-02")), &[("s1_date", "2027-03-10")]);
        assert_eq!(days(moved.clone()), Ok(vec!["2027-03-02".to_owned(), "2027-03-10".to_owned()]));
        assert_eq!(days(again(&moved, &[("pattern_times", "3")])), Err(1), "both were changed");
        let kept = again(&moved, &[("pattern_times", "3"), ("pattern_first", "")]);
        assert_eq!(days(kept), Ok(vec!["2027-03-02".to_owned(), "2027-03-10".to_owned()]));
    }

    #[test]
    fn who_types_sessions_and_a_pattern_is_asked_which_they_mean() {
        let both = again(&of_pattern("2027-03-02"), &[("rows", "1"), ("s0_date", "2027-05-04")]);
        assert_eq!(days(both), Err(1));
    }
}
