//! The second wall, which only PostgreSQL can build: whatever a statement says, a transaction of one hub sees and writes
//! that hub's rows alone.
//!
//! Every table with a `hub_id` has row-level security with one policy, for one role: the row's hub is the one that the
//! transaction names. The role owns nothing and can't log in; each transaction of a hub takes it on as it begins. What
//! finds out which hub it is, the migrations, and `pg_dump` act as the owner, before whom there is no wall.

use sqlx::postgres::PgConnection;
use sqlx::{Executor, Row};
use uuid::Uuid;

/// Names the hub of a transaction.
pub trait Hub {
    /// Its id.
    fn id(&self) -> Uuid;
}

/// What raises the wall as a transaction begins.
#[derive(Debug)]
pub(super) struct Wall {
    raising: String,
}

/// What a user finds.
pub(super) enum Found {
    /// A wall that they can stand behind.
    Stands(Wall),
    /// No wall, or one of a role that they may not take on.
    None,
    /// They stand before the wall even as themselves, and see nothing.
    Outside,
}

/// The role of the policies, where the user may take it on; the schema, where its name is the user's, by which it is
/// found; and whether the user stands before the wall even as themselves.
const FIND: &str = "\
SELECT (SELECT quote_ident(r.rolname) FROM pg_policy p JOIN pg_roles r ON r.oid = p.polroles[1]
        WHERE p.polrelid = to_regclass('hubs') AND p.polname = 'of_its_hub' AND pg_has_role(r.oid, 'MEMBER')),
       CASE WHEN current_schema() = current_user THEN quote_ident(current_schema()) END,
       COALESCE(row_security_active(to_regclass('hubs')), FALSE)";

impl Wall {
    /// The wall of a database, as the user of the connection finds it.
    pub(super) async fn find(connection: &mut PgConnection) -> sqlx::Result<Found> {
        let row = connection.fetch_one(sqlx::raw_sql(FIND)).await?;
        let (role, schema, outside): (Option<String>, Option<String>, bool) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let Some(role) = role.filter(|_| !outside) else {
            return Ok(if outside { Found::Outside } else { Found::None });
        };
        let found_by = schema.map(|schema| format!("SET LOCAL search_path = {schema}; ")).unwrap_or_default();
        Ok(Found::Stands(Wall { raising: format!("SET LOCAL ROLE {role}; {found_by}SET LOCAL hub_credits.hub = ") }))
    }

    /// Raises it where it does not stand yet: in a schema that has just been migrated, or where an administrator has made
    /// the role meanwhile. Returns the name of the role.
    pub(super) async fn raise(connection: &mut PgConnection) -> sqlx::Result<String> {
        connection.fetch_one(sqlx::raw_sql("SELECT raise_walls()")).await?.try_get(0)
    }

    /// The statements that raise it around a hub, for the transaction that has begun.
    pub(super) fn around(&self, hub: Uuid) -> String {
        format!("{}'{hub}'", self.raising)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_is_raised_for_the_transaction_alone() {
        let wall = Wall { raising: "SET LOCAL ROLE r; SET LOCAL hub_credits.hub = ".to_owned() };
        let text = wall.around(Uuid::nil());
        assert_eq!(text, "SET LOCAL ROLE r; SET LOCAL hub_credits.hub = '00000000-0000-0000-0000-000000000000'");
        assert!(text.split("; ").all(|statement| statement.starts_with("SET LOCAL ")));
    }
}
