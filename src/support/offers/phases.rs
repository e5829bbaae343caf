//! The phases of school that an offer is for.

use crate::base::db::types::stored_text;
use crate::members::schools::Phase;

/// Phases in their own order, each once; none of them means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Phases(Vec<Phase>);

impl Phases {
    /// From phases in any order, even twice.
    pub fn new(mut phases: Vec<Phase>) -> Phases {
        phases.sort_unstable();
        phases.dedup();
        Phases(phases)
    }

    /// Those that it is for: all of them where none is named.
    pub fn each(&self) -> &[Phase] {
        if self.0.is_empty() { Phase::ALL } else { &self.0 }
    }

    /// Reads the text of [`Phases::as_str`].
    pub fn parse(text: &str) -> Result<Phases, String> {
        let words = text.split(',').filter(|word| !word.is_empty());
        words.map(Phase::parse).collect::<Result<_, _>>().map(Phases)
    }

    /// The words between commas: what is stored.
    pub fn as_str(&self) -> String {
        self.0.iter().map(|phase| phase.as_str()).collect::<Vec<_>>().join(",")
    }
}

stored_text!(Phases);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_again() {
        for phases in [vec![], vec![Phase::Secondary, Phase::Primary, Phase::Secondary], Phase::ALL.to_vec()] {
            let phases = Phases::new(phases);
            assert_eq!(Phases::parse(&phases.as_str()), Ok(phases));
        }
        assert_eq!(Phases::new(vec![Phase::Secondary, Phase::Primary]).as_str(), "primary,secondary");
        assert_eq!(Phases::default().each(), Phase::ALL);
        assert!(Phases::parse("tertiary").is_err());
    }
}
