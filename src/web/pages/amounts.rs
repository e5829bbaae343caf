//! Amounts as people type them into forms.

/// The fields in which an amount is typed: of credits, pounds or per cent.
const AMOUNTS: &[&str] = &[
    "amount",
    "budget",
    "cap",
    "credit_value",
    "day_rate",
    "floor",
    "funding",
    "gbp",
    "half_day_rate",
    "kept_percent",
    "pool",
    "price",
    "returned_share_percent",
];

/// Whether an amount is typed into this field, or into this one of a row.
pub(super) fn typed_into(name: &str) -> bool {
    AMOUNTS.contains(&name.rsplit('/').next().unwrap_or(name))
}

/// An amount as people type it, as it is read: `£120,000` and `120 000` are `120000`, `50 %` is `50`. What has commas
/// elsewhere than between thousands stays as it was typed, and is refused.
pub(super) fn plain(typed: &str) -> String {
    let kept: String = typed.chars().filter(|letter| !letter.is_whitespace()).collect();
    let number = kept.strip_prefix('£').unwrap_or(&kept);
    let number = number.strip_suffix('%').unwrap_or(number);
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let thousands = (1..=3).contains(&first.len()) && groups.clone().all(|group| group.len() == 3);
    if !whole.contains(',') || thousands { whole.replace(',', "") + rest } else { typed.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_type_them() {
        for (typed, read) in [
            ("£120,000", "120000"),
            ("120 000", "120000"),
            ("6,000.50", "6000.50"),
            ("50%", "50"),
            ("50 %", "50"),
            ("£10", "10"),
            ("12.5", "12.5"),
            ("1,5", "1,5"),
            ("12,34,567", "12,34,567"),
            (",000", ",000"),
            ("-5", "-5"),
            ("many", "many"),
        ] {
            assert_eq!(plain(typed), read, "{typed}");
        }
        assert!(typed_into("milestones/0/price") && typed_into("amount") && !typed_into("title"));
    }
}
