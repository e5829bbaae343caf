//! What happens to the commissions of a school whose place another takes: the successor stands in them, as buyer or
//! provider, with what is held; what it agreed, delivered and said stays. What ended between the two stays as it was.

use super::transitions::State;
use super::{Commission, Party, Reach, sql};
use crate::base::credits::Credits;
use crate::base::db::{Result, Tx};
use crate::base::ids::{CommissionId, HubId, SchoolId};
use crate::base::text::Line;

/// A commission that goes over, and which has not ended.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = SuccessionCommission)]
pub struct GoingOver {
    /// The commission's id.
    pub id: CommissionId,
    /// What it is about.
    pub title: Line,
    /// Which side of it the school is.
    pub party: Party,
    /// Where it stands.
    pub state: State,
    /// What is set aside for it.
    pub held: Credits,
    /// The commission's version.
    #[serde(skip)]
    pub version: i64,
    /// Whether the successor is the other side: then it must end first.
    #[serde(skip)]
    pub between: bool,
}

/// The commissions of a school that have not ended, the oldest first.
pub async fn going_over(tx: &mut Tx, hub: HubId, (school, successor): (SchoolId, SchoolId)) -> Result<Vec<GoingOver>> {
    let open = sql::open_of_school(tx, hub, school).await?;
    let line = |commission: Commission| GoingOver {
        party: commission.party(Reach::School(school)).unwrap_or(Party::Provider),
        between: commission.party(Reach::School(successor)).is_some(),
        id: commission.id,
        title: commission.title,
        state: commission.state,
        held: commission.held,
        version: commission.version,
    };
    Ok(open.into_iter().map(line).collect())
}

/// Puts the successor in the school's place.
pub async fn pass_to_successor(tx: &mut Tx, hub: HubId, pair: (SchoolId, SchoolId)) -> Result<()> {
    sql::heirs::pass(tx, hub, pair).await
}
