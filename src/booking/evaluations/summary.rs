//! Sums up evaluations so that nobody's can be told from the rest. Pure.

/// What is shown of the evaluations of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Evaluations by fewer people than this are not shown.
    pub smallest_group: i64,
    /// The evaluations; none where they are by fewer people.
    pub shown: Option<Ratings>,
}

/// The evaluations of an event, as far as they are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ratings {
    /// How many evaluations there are.
    pub given: i64,
    /// Ten times the mean of the ratings, rounded to the nearest whole, halves up.
    pub tenths: i64,
    /// How many gave each rating, from 1 to 5; none where that is withheld.
    pub counts: [Option<i64>; 5],
}

impl Summary {
    /// The summary of pairs `(rating, how many)`. The count of a rating that fewer than the smallest group gave is
    /// withheld; where that is one rating alone, whose count would follow from the rest, the next smallest count is
    /// withheld too.
    pub fn of(given: &[(i64, i64)], smallest_group: i64) -> Summary {
        let count = |rating: i64| given.iter().filter(|(of, _)| *of == rating).map(|(_, count)| count).sum::<i64>();
        let counts = [1, 2, 3, 4, 5].map(count);
        let people: i64 = counts.iter().sum();
        if people == 0 || people < smallest_group {
            return Summary { smallest_group, shown: None };
        }
        let sum: i64 = (1..).zip(&counts).map(|(rating, count)| rating * count).sum();
        let small = |count: &i64| (1..smallest_group).contains(count);
        let mut told = counts.map(|count| (!small(&count)).then_some(count));
        if told.iter().filter(|count| count.is_none()).count() == 1
            && let Some(least) = told.iter_mut().filter(|count| count.is_some()).min()
        {
            *least = None;
        }
        Summary {
            smallest_group,
            shown: Some(Ratings { given: people, tenths: (sum * 20 + people) / (2 * people), counts: told }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn of_few_people_nothing_is_told() {
        assert_eq!(Summary::of(&[], 5).shown, None);
        assert_eq!(Summary::of(&[(5, 3), (1, 1)], 5).shown, None);
        assert_eq!(Summary::of(&[], 1).shown, None);
        let five = Summary::of(&[(5, 5)], 5).shown.unwrap();
        assert_eq!((five.given, five.tenths, five.counts), (5, 50, [Some(0), Some(0), Some(0), Some(0), Some(5)]));
    }

    #[test]
    fn small_numbers_are_kept_back() {
        let shown = |given: &[(i64, i64)]| Summary::of(given, 5).shown.unwrap();
        let both = shown(&[(5, 7), (4, 4), (3, 1)]);
        assert_eq!((both.given, both.tenths, both.counts), (12, 45, [Some(0), Some(0), None, None, Some(7)]));
        assert_eq!(
            shown(&[(5, 9), (4, 6), (1, 1)]).counts,
            [None, None, Some(0), Some(6), Some(9)],
            "a lone one would be what is left"
        );
        let one = Summary::of(&[(5, 1)], 1).shown.unwrap();
        assert_eq!(one.counts, [Some(0), Some(0), Some(0), Some(0), Some(1)], "a hub may show all");
    }

    proptest! {
        #[test]
        fn no_small_number_can_be_read_or_reckoned(counts in prop::array::uniform5(0_i64..40), smallest in 1_i64..12) {
            let given: Vec<(i64, i64)> = (1..).zip(counts).collect();
            let people: i64 = counts.iter().sum();
            let Summary { shown, .. } = Summary::of(&given, smallest);
            prop_assert_eq!(shown.is_some(), people > 0 && people >= smallest);
            let Some(shown) = shown else { return Ok(()) };
            let hidden = shown.counts.iter().filter(|count| count.is_none()).count();
            prop_assert!(hidden != 1);
            for (told, count) in shown.counts.iter().zip(counts) {
                prop_assert!(told.is_none_or(|told| told == count && (count == 0 || count >= smallest)));
            }
            let sum: i64 = given.iter().map(|(rating, count)| rating * count).sum();
            prop_assert!((shown.tenths * people - 10 * sum).abs() * 2 <= people);
        }
    }
}
