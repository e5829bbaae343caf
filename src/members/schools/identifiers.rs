//! The numbers that a school is known by: each is valid for a period, and none is the school's key.
//!
//! A school that becomes an academy gets a new URN on that day. Earlier numbers stay known: a roll of an earlier census
//! has the number of its day, and the school is found by any number it ever had. At any one time a number belongs to
//! one school of the hub, and a school has at most one number of each scheme.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Error, School, sql};
use crate::base::clock::london_date;
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PersonId, SchoolId};
use crate::base::text::{Line, Urn};
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};

words!(/** Who numbers schools, and for what. */ Scheme {
    /// The Department for Education's Unique Reference Number: six digits.
    Urn = "urn",
    /// The UK Register of Learning Providers' number: eight digits, the first a one.
    Ukprn = "ukprn",
    /// The local authority's number and the establishment's: seven digits.
    Laestab = "laestab",
});

/// A period in which something is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Spell {
    /// The first day; none where it is valid from the beginning.
    pub valid_from: Option<NaiveDate>,
    /// The first day on which it is not valid any more; none where it still is.
    pub valid_until: Option<NaiveDate>,
}

impl Spell {
    /// From the beginning, without end.
    pub const ALWAYS: Spell = Spell { valid_from: None, valid_until: None };

    /// Whether the day is within the period.
    pub fn holds_on(self, day: NaiveDate) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_until.is_none_or(|until| day < until)
    }

    /// Whether the two periods have a day in common.
    pub fn meets(self, other: Spell) -> bool {
        let before = |until: Option<NaiveDate>, from: Option<NaiveDate>| {
            until.zip(from).is_some_and(|(until, from)| until <= from)
        };
        !before(self.valid_until, other.valid_from) && !before(other.valid_until, self.valid_from)
    }
}

/// A number of a school.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Identifier {
    /// The school that has the number.
    pub school_id: SchoolId,
    /// The scheme that the number is of.
    pub scheme: Scheme,
    /// Counts the school's numbers of the scheme, from 1.
    pub number: i64,
    /// The number itself.
    pub value: Line,
    /// The period in which the number is the school's.
    #[sqlx(flatten)]
    pub spell: Spell,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Who recorded it; none on the command line.
    pub recorded_by: Option<PersonId>,
}

/// A number that a school gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIdentifier {
    scheme: Scheme,
    value: Line,
    from: Option<NaiveDate>,
}

impl NewIdentifier {
    /// A number of the scheme, from a day or from the beginning. The error says what a number of the scheme looks like.
    pub fn new(scheme: Scheme, value: Line, from: Option<NaiveDate>) -> Result<NewIdentifier, String> {
        let digits = |many: usize| value.as_str().len() == many && value.as_str().bytes().all(|b| b.is_ascii_digit());
        match scheme {
            Scheme::Urn => Urn::parse(value.as_str()).map(drop)?,
            Scheme::Ukprn if digits(8) && value.as_str().starts_with('1') => {}
            Scheme::Ukprn => return Err("a UKPRN is eight digits, the first of them 1".to_owned()),
            Scheme::Laestab if digits(7) => {}
            Scheme::Laestab => return Err("a LAESTAB is seven digits: 3134009 for 313/4009".to_owned()),
        }
        Ok(NewIdentifier { scheme, value, from })
    }

    /// The number as it follows the school's last of the scheme, where it can follow that.
    fn after(&self, last: Option<&Identifier>, today: NaiveDate) -> Result<Spell, Error> {
        if self.from.is_some_and(|from| from > today) {
            return Err(Error::IdentifierDate("must not be in the future"));
        }
        if let Some(Identifier { value, spell, .. }) = last {
            let Some(from) = self.from else {
                return Err(Error::IdentifierDate("is needed: the school has a number of this kind already"));
            };
            if *value == self.value {
                return Err(Error::IdentifierTaken { scheme: self.scheme, value: self.value.clone() });
            }
            if spell.valid_from.is_some_and(|began| from <= began)
                || spell.valid_until.is_some_and(|until| from < until)
            {
                return Err(Error::IdentifierDate("must be after the day from which the school's last number holds"));
            }
        }
        Ok(Spell { valid_from: self.from, valid_until: None })
    }
}

/// Gives a school a number from a day on; its last number of the scheme ends on that day. A new URN is written to the
/// school's own row too.
pub async fn identify(journal: &mut Journal, school: SchoolId, new: &NewIdentifier) -> Result<Identifier, Error> {
    let (hub, now, actor) = (journal.hub(), journal.now(), journal.actor());
    let school = sql::get(journal.tx(), hub, school).await?.ok_or(Error::Unknown)?;
    school.require_unsucceeded()?;
    let last = sql::identifiers::last(journal.tx(), hub, school.id, new.scheme).await?;
    let spell = new.after(last.as_ref(), london_date(now))?;
    require_free(journal, school.id, new.scheme, &new.value, spell).await?;
    let identifier = Identifier {
        school_id: school.id,
        scheme: new.scheme,
        number: last.as_ref().map_or(0, |last| last.number) + 1,
        value: new.value.clone(),
        spell,
        recorded_at: now,
        recorded_by: actor,
    };
    if last.is_some_and(|last| last.spell.valid_until.is_none()) {
        sql::identifiers::end(journal.tx(), hub, school.id, Some(new.scheme), spell.valid_from).await?.any();
    }
    sql::identifiers::insert(journal.tx(), hub, std::slice::from_ref(&identifier)).await?.exactly(1)?;
    if new.scheme == Scheme::Urn {
        match sql::identifiers::set_urn(journal.tx(), hub, school.id, &new.value).await {
            Err(db::Error::Unique(_)) => {
                return Err(Error::IdentifierTaken { scheme: new.scheme, value: new.value.clone() });
            }
            outcome => outcome?.exactly(1)?,
        }
    }
    let change = Change::new(Kind::SchoolIdentified, school.id).after(new.scheme.as_str());
    journal.changed(new.from.into_iter().fold(change, |change, from| change.date(from)));
    Ok(identifier)
}

/// Ends every number of a school whose place another takes.
pub async fn end_identifiers(journal: &mut Journal, school: SchoolId, on: NaiveDate) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::identifiers::end(journal.tx(), hub, school, None, Some(on)).await?.any();
    Ok(())
}

/// A page of all numbers that a school has or had, by scheme, the oldest first. `after` is a scheme and count.
pub async fn identifiers(
    tx: &mut Tx,
    hub: HubId,
    school: SchoolId,
    after: Option<(Scheme, i64)>,
    limit: i64,
) -> Result<Vec<Identifier>, db::Error> {
    sql::identifiers::list(tx, hub, school, after, limit).await
}

/// Everyone who has or had this URN, and when.
pub async fn holders(tx: &mut Tx, hub: HubId, urn: &Urn) -> Result<Vec<Identifier>, db::Error> {
    let value = Line::parse(urn.as_str()).ok();
    sql::identifiers::of_values(tx, hub, Scheme::Urn, value.as_slice()).await
}

/// The first URN of a school that is new in the hub.
pub(super) fn first_urn(journal: &Journal, school: &School) -> Option<Identifier> {
    Some(Identifier {
        school_id: school.id,
        scheme: Scheme::Urn,
        number: 1,
        value: Line::parse(school.details.urn.as_str()).ok()?,
        spell: Spell::ALWAYS,
        recorded_at: journal.now(),
        recorded_by: journal.actor(),
    })
}

/// Corrects the school's current URN, which was recorded wrongly.
pub(super) async fn correct_urn(journal: &mut Journal, school: SchoolId, urn: &Urn) -> Result<(), Error> {
    let hub = journal.hub();
    let Some(last) = sql::identifiers::last(journal.tx(), hub, school, Scheme::Urn).await? else { return Ok(()) };
    let Ok(value) = Line::parse(urn.as_str()) else { return Ok(()) };
    require_free(journal, school, Scheme::Urn, &value, last.spell).await?;
    sql::identifiers::correct(journal.tx(), hub, &last, &value).await?.exactly(1)?;
    Ok(())
}

/// Refuses where another school has the number on a day of the period.
async fn require_free(
    journal: &mut Journal,
    school: SchoolId,
    scheme: Scheme,
    value: &Line,
    spell: Spell,
) -> Result<(), Error> {
    let hub = journal.hub();
    let holders = sql::identifiers::of_values(journal.tx(), hub, scheme, std::slice::from_ref(value)).await?;
    match holders.iter().any(|holder| holder.school_id != school && holder.spell.meets(spell)) {
        true => Err(Error::IdentifierTaken { scheme, value: value.clone() }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn spell(from: Option<&str>, until: Option<&str>) -> Spell {
        Spell { valid_from: from.map(day), valid_until: until.map(day) }
    }

    #[test]
    fn a_spell_holds_from_its_first_day_to_the_day_before_its_last() {
        let year = spell(Some("2026-09-01"), Some("2027-09-01"));
        for (on, holds) in [("2026-08-31", false), ("2026-09-01", true), ("2027-08-31", true), ("2027-09-01", false)] {
            assert_eq!(year.holds_on(day(on)), holds, "{on}");
            assert!(Spell::ALWAYS.holds_on(day(on)));
        }
    }

    #[test]
    fn spells_meet_where_they_share_a_day() {
        let (before, after) = (spell(None, Some("2026-09-01")), spell(Some("2026-09-01"), None));
        assert!(!before.meets(after) && !after.meets(before));
        let across = spell(Some("2026-08-31"), Some("2026-09-02"));
        for other in [before, after, Spell::ALWAYS, across] {
            assert!(across.meets(other) && other.meets(across), "{other:?}");
        }
        // Against a slow and obvious version: a day on which both hold.
        let days: Vec<NaiveDate> = day("2026-08-28").iter_days().take(8).collect();
        let bounds: Vec<Option<NaiveDate>> =
            std::iter::once(None).chain(days[1..7].iter().copied().map(Some)).collect();
        for (a, b) in bounds.iter().flat_map(|a| bounds.iter().map(move |b| (*a, *b))) {
            for (c, d) in bounds.iter().flat_map(|c| bounds.iter().map(move |d| (*c, *d))) {
                let (one, other) = (Spell { valid_from: a, valid_until: b }, Spell { valid_from: c, valid_until: d });
                let whole =
                    |spell: Spell| spell.valid_from.zip(spell.valid_until).is_none_or(|(from, until)| from < until);
                if whole(one) && whole(other) {
                    let together = days.iter().any(|on| one.holds_on(*on) && other.holds_on(*on));
                    assert_eq!(one.meets(other), together, "{one:?} {other:?}");
                }
            }
        }
    }

    #[test]
    fn numbers_look_as_their_scheme_says() {
        for (scheme, right, wrong) in [
            (Scheme::Urn, "136341", ["13634", "036341", "13634a"]),
            (Scheme::Ukprn, "10031234", ["20031234", "1003123", "100312345"]),
            (Scheme::Laestab, "3134009", ["313/4009", "313400", "31340091"]),
        ] {
            let new = |value: &str| NewIdentifier::new(scheme, Line::parse(value).unwrap(), None);
            assert!(new(right).is_ok());
            for wrong in wrong {
                assert!(new(wrong).is_err(), "{wrong}");
            }
        }
    }

    #[test]
    fn a_number_follows_the_last_from_a_later_day() {
        let last = |from: Option<&str>, until: Option<&str>| Identifier {
            school_id: SchoolId(Uuid::nil()),
            scheme: Scheme::Urn,
            number: 1,
            value: Line::parse("100001").unwrap(),
            spell: spell(from, until),
            recorded_at: DateTime::UNIX_EPOCH,
            recorded_by: None,
        };
        let after = |value: &str, from: Option<&str>, last: Option<&Identifier>| {
            let new = NewIdentifier::new(Scheme::Urn, Line::parse(value).unwrap(), from.map(day)).unwrap();
            new.after(last, day("2026-10-05")).map_err(|error| error.to_string())
        };
        assert_eq!(after("100002", None, None).unwrap(), Spell::ALWAYS);
        let always = last(None, None);
        assert_eq!(after("100002", Some("2026-10-05"), Some(&always)).unwrap(), spell(Some("2026-10-05"), None));
        let since = last(Some("2026-09-01"), None);
        assert_eq!(after("100002", Some("2026-09-02"), Some(&since)).unwrap(), spell(Some("2026-09-02"), None));
        for (value, from, last) in [
            ("100002", None, &always),
            ("100002", Some("2026-10-06"), &always),
            ("100002", Some("2026-09-01"), &since),
            ("100002", Some("2026-08-31"), &since),
            ("100001", Some("2026-09-02"), &since),
        ] {
            assert!(after(value, from, Some(last)).is_err(), "{value} {from:?}");
        }
    }
}
