use super::*;

pub(super) fn statement(credits: i64, pence: i64) -> Settlement {
    Settlement {
        id: SettlementId(Uuid::nil()),
        partner_id: PartnerId(Uuid::nil()),
        partner_name: Line::parse("P").unwrap(),
        number: 1,
        up_to: NaiveDate::default(),
        state: State::Stated,
        credits: Credits::from_hundredths(credits),
        pence,
        credits_paid: Credits::ZERO,
        pence_paid: 0,
        stated_by: None,
        stated_at: DateTime::default(),
        cancelled_by: None,
        cancelled_at: None,
        cancelled_because: None,
    }
}

proptest::proptest! {
    /// However a statement is paid in parts, the parts come to the whole, and none is negative.
    #[test]
    fn the_parts_come_to_the_whole(
        credits in 1..1_000_000_i64, pence in 0..1_000_000_000_i64, parts in proptest::collection::vec(1..400_000_i64, 0..8),
    ) {
        let mut settlement = statement(credits, pence);
        for part in parts.into_iter().chain([credits]) {
            let left = settlement.credits - settlement.credits_paid;
            let part = Credits::from_hundredths(part).min(left);
            let due = settlement.due_for(part);
            proptest::prop_assert!(due >= 0);
            settlement.credits_paid = settlement.credits_paid + part;
            settlement.pence_paid += due;
        }
        proptest::prop_assert_eq!(settlement.pence_paid, pence);
    }
}
