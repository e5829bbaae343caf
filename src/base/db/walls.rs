//! The second wall, which only PostgreSQL can build: whatever a statement says, a transaction of one hub sees and writes
//! that hub's rows alone.
//!
//! Every table with a `hub_id` has row-level security with one policy, for one role: the row's hub is the one that the
//! transaction names. The role owns nothing and can't log in; each transaction of a hub takes it on as it begins. What
//! finds out which hub it is, the migrations, and `pg_dump` act as the owner, before whom there is no wall.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Executor, Row};

use super::postgres::{answered, close, connect};
use super::{Db, Error, Result, words};
use crate::base::ids::HubId;

/// How long raising the walls may take: where others use the tables, it waits for them.
const RAISING: std::time::Duration = std::time::Duration::from_secs(60);

/// What raises the wall as a transaction begins.
#[derive(Debug)]
pub(super) struct Wall {
    raising: String,
}

/// The role of the policies, where the user may take it on; the schema, where its name is the user's, by which it is
/// found; and whether the user stands before the wall even as themselves.
const FIND: &str = "\
SELECT (SELECT quote_ident(r.rolname) FROM pg_policy p JOIN pg_roles r ON r.oid = p.polroles[1]
        WHERE p.polrelid = to_regclass('hubs') AND p.polname = 'of_its_hub' AND pg_has_role(r.oid, 'MEMBER')),
       CASE WHEN current_schema() = current_user THEN quote_ident(current_schema()) END,
       COALESCE(row_security_active(to_regclass('hubs')), FALSE)";

impl Wall {
    /// The wall of a database, where one stands.
    pub(super) async fn find(options: &PgConnectOptions) -> Result<Option<Wall>> {
        let mut connection = connect(options).await?;
        let row = answered(RAISING, connection.fetch_one(sqlx::raw_sql(FIND))).await?;
        close(connection).await;
        let (role, schema, before): (Option<String>, Option<String>, bool) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        if before {
            return Err(Error::Unusable(format!(
                "the user {0} does not own the tables at {1}, and sees none of their rows: name the user who owns them in \
                 the URL, or let {0} act for them (GRANT owner TO {0})",
                options.get_username(),
                words::place(options)
            )));
        }
        let Some(role) = role else { return Ok(None) };
        let found_by = schema.map(|schema| format!("SET LOCAL search_path = {schema}; ")).unwrap_or_default();
        Ok(Some(Wall { raising: format!("SET LOCAL ROLE {role}; {found_by}SET LOCAL hub_credits.hub = ") }))
    }

    /// The statements that raise it around a hub, for the transaction that has begun.
    pub(super) fn around(&self, hub: HubId) -> String {
        format!("{}'{hub}'", self.raising)
    }
}

impl Db {
    /// Raises the walls where they do not stand yet, on PostgreSQL: around the hubs of a schema that has just been
    /// migrated, or where an administrator has made the role meanwhile.
    pub(super) async fn raise_walls(&self) -> Result<()> {
        let Db::Postgres(server) = self else { return Ok(()) };
        let options = server.connect_options();
        let mut connection = connect(&options).await?;
        let lacking = answered(RAISING, raise(&mut connection)).await?;
        close(connection).await;
        if !server.finds_its_wall().await? {
            tracing::warn!(
                "only the statements keep the hubs apart, without the second wall: this database user may not make the \
                 role for it. Let an administrator run: CREATE ROLE {lacking} NOLOGIN; GRANT {lacking} TO \"{}\"; and \
                 start the service again",
                options.get_username()
            );
        }
        Ok(())
    }
}

/// Returns the name of the role.
async fn raise(connection: &mut PgConnection) -> sqlx::Result<String> {
    connection.fetch_one(sqlx::raw_sql("SELECT raise_walls()")).await?.try_get(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_is_raised_for_the_transaction_alone() {
        let wall = Wall { raising: "SET LOCAL ROLE r; SET LOCAL hub_credits.hub = ".to_owned() };
        let hub = HubId(uuid::Uuid::nil());
        let text = wall.around(hub);
        assert_eq!(text, "SET LOCAL ROLE r; SET LOCAL hub_credits.hub = '00000000-0000-0000-0000-000000000000'");
        assert!(text.split("; ").all(|statement| statement.starts_with("SET LOCAL ")));
    }
}
