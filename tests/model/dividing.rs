//! A pool is divided by pupils, and again when they were counted again.

use crate::seats::Done;
use crate::state::{Codes, Hundredths, Model, Purse, Told, Wallet, no, unless, when};
use crate::year::{Correction, Draft, DraftStage, PostedBy};

impl Model {
    /// By pupils, in whole credits: rounded down, and what is left one by one to the largest remainders; of the same
    /// remainder to the school with more pupils, then to the one with the lower number.
    fn divided(&self, pool: Hundredths) -> Vec<Hundredths> {
        let pupils = self.schools.iter().map(|school| school.pupils).sum::<i64>();
        let whole = |school: &crate::state::School| pool / 100 * school.pupils / pupils;
        let mut lines: Vec<i64> = self.schools.iter().map(whole).collect();
        let mut left = pool / 100 - lines.iter().sum::<i64>();
        let mut order: Vec<usize> = (0..self.schools.len()).collect();
        let rest = |school: &usize| pool / 100 * self.schools[*school].pupils % pupils;
        order.sort_by_key(|school| (-rest(school), -self.schools[*school].pupils, *school));
        for school in order {
            if left > 0 {
                (lines[school], left) = (lines[school] + 1, left - 1);
            }
        }
        lines.into_iter().map(|credits| credits * 100).collect()
    }

    pub fn draft(&mut self, by: usize, year: usize, pool: Hundredths) -> Told<Done> {
        self.manages(by)?;
        let mut codes = Codes::new();
        when(&mut codes, self.is_closed(year), "year_closed");
        when(&mut codes, pool == 0, "pool_not_positive");
        when(&mut codes, pool % 100 != 0, "step_does_not_divide");
        unless(codes)?;
        self.drafted(by, year, self.divided(pool), pool, None);
        Ok(Done::default())
    }

    fn drafted(
        &mut self,
        by: usize,
        year: usize,
        lines: Vec<Hundredths>,
        pool: Hundredths,
        corrects: Option<Correction>,
    ) {
        self.drafts.push(Draft {
            by,
            year,
            pool,
            lines,
            corrects,
            stage: DraftStage::Drafted,
            nth: 0,
            moved: Vec::new(),
        });
    }

    pub fn count(&mut self, by: usize, school: usize, pupils: i64) -> Told<Done> {
        self.manages(by)?;
        self.schools[school].pupils = pupils;
        Ok(Done::default())
    }

    /// The draft that a draft, or what it corrects, began with.
    fn first(&self, draft: usize) -> usize {
        self.drafts[draft].corrects.as_ref().map_or(draft, |correction| correction.first)
    }

    /// What was approved and stands of all that began with a draft, the last approved at the end.
    fn chain(&self, first: usize) -> Vec<usize> {
        let stands = |draft: &usize| self.first(*draft) == first && self.drafts[*draft].stage == DraftStage::Approved;
        let mut chain: Vec<usize> = (0..self.drafts.len()).filter(stands).collect();
        chain.sort_by_key(|draft| self.drafts[*draft].nth);
        chain
    }

    /// What each school was really given by it.
    fn given(&self, first: usize) -> Vec<Hundredths> {
        let chain = self.chain(first);
        let of = |school: usize| chain.iter().map(|draft| self.drafts[*draft].moved[school]).sum();
        (0..self.schools.len()).map(of).collect()
    }

    /// Whether something stands that was computed from what a draft has given.
    pub fn is_corrected(&self, draft: usize) -> bool {
        let chain = self.chain(self.first(draft));
        chain.contains(&draft) && chain.last() != Some(&draft)
    }

    pub fn correct(&mut self, by: usize, draft: usize, pool: Option<Hundredths>, leave: bool) -> Told<Done> {
        self.manages(by)?;
        let first = self.first(draft);
        let Some(last) = self.chain(first).pop().filter(|_| self.drafts[draft].stage == DraftStage::Approved) else {
            return no("invalid_transition");
        };
        let (year, pool, mut codes) = (self.drafts[first].year, pool.unwrap_or(self.drafts[last].pool), Codes::new());
        when(&mut codes, self.is_closed(year), "year_closed");
        when(&mut codes, pool == 0, "pool_not_positive");
        when(&mut codes, pool % 100 != 0, "step_does_not_divide");
        let (lines, was) = (self.divided(pool), self.given(first));
        when(&mut codes, lines == was, "nothing_to_adjust");
        unless(codes)?;
        self.drafted(by, year, lines, pool, Some(Correction { first, was, leave }));
        Ok(Done::default())
    }

    /// Every school gets its part, or gives back what it has too much as far as it is there.
    pub fn approve_draft(&mut self, by: usize, draft: usize) -> Told<Done> {
        self.manages(by)?;
        let Draft { by: author, year, stage, lines, corrects, .. } = self.drafts[draft].clone();
        let wallet = |school| Purse::Wallet(Wallet { school, year, earned: false });
        let mut codes = Codes::new();
        when(&mut codes, stage != DraftStage::Drafted, "invalid_transition");
        when(&mut codes, self.four_eyes && by == author, "four_eyes");
        when(&mut codes, self.is_closed(year), "year_closed");
        let was = corrects.as_ref().map_or_else(|| vec![0; lines.len()], |correction| correction.was.clone());
        let differences = lines.iter().zip(&was).map(|(now, was)| now - was);
        let moves = |(school, difference): (usize, Hundredths)| difference.max(-self.balance(wallet(school)));
        let moved: Vec<Hundredths> = differences.clone().enumerate().map(moves).collect();
        if let Some(Correction { first, was, leave }) = &corrects {
            when(&mut codes, self.drafts[*first].stage != DraftStage::Approved, "invalid_transition");
            when(&mut codes, *was != self.given(*first), "allocation_outdated");
            when(&mut codes, !leave && !moved.iter().copied().eq(differences), "shortfalls_undecided");
        }
        unless(codes)?;
        let leg = |(school, moved): (usize, &Hundredths)| match *moved {
            0.. => (Purse::Issuance(year), wallet(school), *moved),
            _ => (wallet(school), Purse::Issuance(year), -moved),
        };
        if moved.iter().any(|moved| *moved != 0) {
            self.post(PostedBy::Allocation(draft), moved.iter().enumerate().map(leg).collect());
        }
        let nth = self.drafts.iter().map(|draft| draft.nth).max().unwrap_or_default() + 1;
        let it = &mut self.drafts[draft];
        (it.stage, it.nth, it.moved) = (DraftStage::Approved, nth, moved);
        Ok(Done::default())
    }
}
