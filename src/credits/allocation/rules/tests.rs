use chrono::{DateTime, NaiveDate};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::base::ids::HubId;
use crate::base::text::{Line, Urn};

fn credits(hundredths: i64) -> Credits {
    Credits::from_hundredths(hundredths)
}

fn hub(step: i64) -> Hub {
    Hub {
        id: HubId(Uuid::nil()),
        name: Line::parse("West London").unwrap(),
        step: credits(step),
        credit_value_pence: 100,
        returned_share_percent: 50,
        four_eyes: false,
        four_eyes_off_asked_by: None,
        approval_days: 5,
        smallest_group: 5,
        totp_for_managers: false,
        retention_years: None,
        audit_days: 730,
        public_programme: false,
        colour: crate::base::colour::Colour::USUAL,
        version: 1,
        created_at: DateTime::UNIX_EPOCH,
    }
}

fn year() -> AcademicYear {
    AcademicYear::parse("2026/27").unwrap()
}

fn asked(pool: Pool) -> NewAllocation {
    NewAllocation {
        year: year(),
        census_date: NaiveDate::default(),
        pool,
        step: None,
        floor: None,
        cap: None,
        phase_weights: Vec::new(),
        prorate_by_months: false,
    }
}

fn school(urn: u32, pupils: impl Into<Option<i64>>) -> OnRoll {
    OnRoll {
        id: SchoolId(Uuid::from_u128(urn.into())),
        urn: Urn::parse(&urn.to_string()).unwrap(),
        name: Line::parse(&format!("School {urn}")).unwrap(),
        phase: Phase::Secondary,
        joined_on: None,
        left_on: None,
        pupils: pupils.into(),
        revision: Some(1),
    }
}

#[test]
fn pounds_and_weights_are_read_exactly() {
    assert_eq!(Pounds::parse("120000.5").unwrap().as_str(), "120000.50");
    for wrong in ["", "-1", "1.001", "£5", "1e3", "1234567890123"] {
        assert!(Pounds::parse(wrong).is_err(), "{wrong}");
    }
    for (text, ten_thousandths, written) in [
        ("1", 10_000, "1"),
        ("1.2500", 12_500, "1.25"),
        ("0", 0, "0"),
        ("0.0001", 1, "0.0001"),
        ("1000", 10_000_000, "1000"),
    ] {
        let weight = Weight::parse(text).unwrap();
        assert_eq!((weight.ten_thousandths(), weight.as_str().as_str()), (ten_thousandths, written));
        assert_eq!(Weight::try_from(ten_thousandths), Ok(weight));
    }
    for wrong in ["", "-1", "+1", "1000.0001", "0.00001", ".5", "1.", "1e2", "١", "99999999999999999999999999999999"] {
        assert!(Weight::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn rules_are_kept_as_they_were() {
    let mut new =
        asked(Pool::Funding { gbp: Pounds(12_345), returned_share_percent: None, credit_value_pence: Some(7) });
    (new.floor, new.cap, new.prorate_by_months) = (Some(credits(100)), Some(credits(900)), true);
    new.phase_weights = vec![PhaseWeight { phase: Phase::Primary, weight: Weight(12_500) }];
    let rules = plan(&new, &hub(100)).unwrap().rules;
    let kept = serde_json::to_string(&rules).unwrap();
    assert_eq!(Rules::try_from(kept).unwrap(), rules);
}

#[test]
fn schools_without_a_roll_are_all_named_in_order() {
    let plan = plan(&asked(Pool::Credits(credits(1_000))), &hub(100)).unwrap();
    let schools = vec![school(100_003, None), school(100_002, 5), school(100_001, None)];
    let Err(Error::MissingRolls { schools }) = divide(&plan, year(), schools) else { panic!("divided") };
    assert_eq!(schools.iter().map(|(urn, _)| urn.as_str()).collect::<Vec<_>>(), ["100001", "100003"]);
}

#[test]
fn a_refusal_is_in_credits_whatever_the_step() {
    for (step, by) in [(100, 30_000), (50, 30_000), (1, 30_000)] {
        let mut new = asked(Pool::Credits(credits(10_000)));
        new.floor = Some(credits(20_000));
        let refused = divide(&plan(&new, &hub(step)).unwrap(), year(), vec![school(100_001, 5), school(100_002, 5)]);
        assert!(matches!(refused, Err(Error::FloorsOverPool { by: found }) if found == credits(by)), "{refused:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// The slow version: one step at a time, as long as the money pays for the next.
    #[test]
    fn a_pool_from_funding_is_the_most_whole_steps_it_pays_for(
        pence in 0..=50_000_i64,
        share in 0..=100_u8,
        value in 1..=500_u32,
        step in prop::sample::select(vec![100_i64, 50, 1]),
    ) {
        // A pool of hundredths costs pool × value ÷ 100 pence, out of pence × share ÷ 100.
        let pays = |pool: i64| pool * i64::from(value) <= pence * i64::from(share);
        let mut expected = 0;
        while pays(expected + step) {
            expected += step;
        }
        let pool = Pool::Funding { gbp: Pounds(pence), returned_share_percent: Some(share), credit_value_pence: Some(value) };
        match plan(&asked(pool), &hub(step)) {
            Ok(plan) => prop_assert_eq!(plan.pool, credits(expected)),
            Err(error) => prop_assert!(expected == 0 && matches!(error, Error::NoPool { funded: true }), "{}", error),
        }
    }

    #[test]
    fn lines_sum_to_the_pool_in_whole_steps_whatever_the_order(
        pupils in prop::collection::vec(0..=3_000_i64, 1..40),
        steps in 1..=100_000_i64,
        step in prop::sample::select(vec![100_i64, 50, 1]),
        turn in 0..40_usize,
    ) {
        let pool = credits(steps * step);
        let plan = plan(&asked(Pool::Credits(pool)), &hub(step)).unwrap();
        let mut schools: Vec<OnRoll> = (100_001..).zip(&pupils).map(|(urn, pupils)| school(urn, *pupils)).collect();
        let total: i64 = pupils.iter().sum();
        let lines = divide(&plan, year(), schools.clone());
        let Ok(lines) = lines else {
            prop_assert!(total == 0 && matches!(lines, Err(Error::NoPupils)));
            return Ok(());
        };
        prop_assert_eq!(lines.iter().map(|line| line.credits).sum::<Credits>(), pool);
        for (line, pupils) in lines.iter().zip(&pupils) {
            prop_assert_eq!(line.pupils, *pupils);
            prop_assert_eq!(line.credits.hundredths() % step, 0);
            let up = line.credits - line.rounded_down;
            prop_assert!(up == Credits::ZERO || up == credits(step));
            // The quota in credits is pool × pupils ÷ total, exactly.
            prop_assert_eq!(line.quota, Quota::ratio(i128::from(steps * step * pupils), i128::from(total) * 100));
        }
        let by = turn % schools.len();
        schools.rotate_left(by);
        prop_assert_eq!(divide(&plan, year(), schools).unwrap(), lines);
    }
}
