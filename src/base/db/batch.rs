//! Statements for many rows that are prepared once: each has room for a power of two of rows, and room left over
//! is bound as NULLs, which the statement must not take for rows.
//!
//! [`Writes`] gathers such statements and runs them together, so that many cost one round trip to the database.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use sqlx::error::BoxDynError;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe};

use super::{Bind, Changed, Error, MOST_VALUES, Query, Record, Result, Tx, placeholders};

/// The most rows of one statement: beyond it, preparing costs more than another statement.
const MOST_ROWS: usize = 1024;

/// How many statement texts are kept: a dozen for each statement, and as many for each combination run together.
const MOST_TEXTS: usize = 2048;

/// The statement texts made so far.
static TEXTS: LazyLock<Mutex<HashMap<Shape, Arc<str>>>> = LazyLock::new(Mutex::default);

/// Statements, each with its columns and room, and whether their parameters are numbered.
type Shape = (Vec<Part>, bool);

/// A statement, how many values each of its rows has, and how many rows it has room for.
type Part = (&'static str, usize, usize);

/// The values of a statement, encoded for its engine.
pub enum Values {
    /// Values bound for PostgreSQL.
    Postgres(std::result::Result<PgArguments, BoxDynError>),
    /// Values bound for SQLite.
    Sqlite(std::result::Result<SqliteArguments, BoxDynError>),
}

impl Values {
    /// Binds the next value.
    pub fn bind<T: Bind>(mut self, value: T) -> Self {
        match &mut self {
            Values::Postgres(values) => add(values, value),
            Values::Sqlite(values) => add(values, value),
        }
        self
    }
}

/// Adds a value, unless an earlier one could not be encoded; the first such failure is the statement's error.
fn add<A: Arguments, T>(values: &mut std::result::Result<A, BoxDynError>, value: T)
where
    T: for<'q> sqlx::Encode<'q, A::Database> + sqlx::Type<A::Database>,
{
    if let Ok(arguments) = values
        && let Err(refused) = arguments.add(value)
    {
        *values = Err(refused);
    }
}

/// Statements that change rows, gathered to be run together. The order in which they take effect is not
/// defined: none may read what another writes, nor need a unique key that another frees.
#[derive(Default)]
pub struct Writes {
    groups: Vec<Group>,
}

/// Statements that fit into one.
struct Group {
    parts: Vec<Part>,
    room: usize,
    values: Values,
}

impl Writes {
    /// Adds a statement for many rows of `COLUMNS` values each, as [`Tx::batch`] takes it.
    pub fn add<const COLUMNS: usize, T>(
        &mut self,
        tx: &Tx,
        sql: &'static str,
        rows: &[T],
        bind: impl Fn(Values, Option<&T>) -> Values,
    ) {
        for chunk in rows.chunks(most_rows(COLUMNS)) {
            let rows = chunk.len().next_power_of_two();
            let mut group = match self.groups.pop() {
                Some(group) if group.room + rows * COLUMNS <= MOST_VALUES => group,
                full => {
                    self.groups.extend(full);
                    Group { parts: Vec::new(), room: 0, values: tx.values() }
                }
            };
            group.parts.push((sql, COLUMNS, rows));
            group.room += rows * COLUMNS;
            group.values = fill(group.values, chunk, rows, &bind);
            self.groups.push(group);
        }
    }
}

impl Tx {
    /// Runs a statement for many rows of `COLUMNS` values each, which go where its text says `$rows`.
    /// For room left over, `bind` is given nothing and binds as many NULLs. With no rows, no statement is run.
    pub async fn batch<const COLUMNS: usize, T>(
        &mut self,
        sql: &'static str,
        rows: &[T],
        bind: impl Fn(Values, Option<&T>) -> Values,
    ) -> Result<Changed> {
        let mut changed = 0;
        for chunk in rows.chunks(most_rows(COLUMNS)) {
            changed += self.with_room::<COLUMNS, T>(sql, chunk, &bind)?.run().await?.count();
        }
        Ok(Changed(changed))
    }

    /// Like [`Tx::batch`], for a statement that returns rows.
    pub async fn batch_all<const COLUMNS: usize, T, R: Record>(
        &mut self,
        sql: &'static str,
        rows: &[T],
        bind: impl Fn(Values, Option<&T>) -> Values,
    ) -> Result<Vec<R>> {
        let mut found = Vec::new();
        for chunk in rows.chunks(most_rows(COLUMNS)) {
            found.extend(self.with_room::<COLUMNS, T>(sql, chunk, &bind)?.all().await?);
        }
        Ok(found)
    }

    /// Runs what was gathered, in as few round trips as statements of full size allow; how many rows each part changed
    /// is not known.
    pub async fn together(&mut self, writes: Writes) -> Result<()> {
        for group in writes.groups {
            let text = text(group.parts, self.numbers());
            self.filled(text, group.values)?.run().await?.any();
        }
        Ok(())
    }

    fn with_room<const COLUMNS: usize, T>(
        &mut self,
        sql: &'static str,
        rows: &[T],
        bind: &impl Fn(Values, Option<&T>) -> Values,
    ) -> Result<Query<'_>> {
        let room = rows.len().next_power_of_two();
        let values = fill(self.values(), rows, room, bind);
        self.filled(text(vec![(sql, COLUMNS, room)], self.numbers()), values)
    }

    fn filled(&mut self, text: Arc<str>, values: Values) -> Result<Query<'_>> {
        // The text is made only of the program's own statements and placeholders.
        let text = AssertSqlSafe(text);
        let query = match (self, values) {
            (Tx::Postgres(tx), Values::Postgres(values)) => {
                let named = tx.names_statements();
                values.map(|values| Query::Postgres(tx, sqlx::query_with(text, values).persistent(named)))
            }
            (Tx::Sqlite(tx), Values::Sqlite(values)) => {
                values.map(|values| Query::Sqlite(tx, sqlx::query_with(text, values)))
            }
            _ => Err("the values are another engine's".into()),
        };
        query.map_err(|refused| Error::Failed(sqlx::Error::Encode(refused)))
    }

    fn values(&self) -> Values {
        match self {
            Tx::Postgres(_) => Values::Postgres(Ok(PgArguments::default())),
            Tx::Sqlite(_) => Values::Sqlite(Ok(SqliteArguments::default())),
        }
    }

    /// Whether parameters are numbered. SQLite looks numbered ones up among all before them, which is
    /// quadratic; plain ones it counts.
    pub(super) fn numbers(&self) -> bool {
        matches!(self, Tx::Postgres(_))
    }
}

fn fill<T>(values: Values, rows: &[T], room: usize, bind: &impl Fn(Values, Option<&T>) -> Values) -> Values {
    let values = rows.iter().map(Some).fold(values, bind);
    (rows.len()..room).fold(values, |values, _| bind(values, None))
}

fn most_rows(columns: usize) -> usize {
    let fits = MOST_VALUES / columns;
    MOST_ROWS.min(if fits.is_power_of_two() { fits } else { fits.next_power_of_two() / 2 })
}

/// The text of statements that run together, given the room of each.
fn text(parts: Vec<Part>, numbered: bool) -> Arc<str> {
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(text) = texts.get(&(parts.clone(), numbered)) {
        return text.clone();
    }
    let mut values = 0;
    let statements: Vec<String> = parts
        .iter()
        .map(|(sql, columns, room)| {
            let statement = sql.replace("$rows", &placeholders(*columns, *room, numbered.then_some(values)));
            values += columns * room;
            statement
        })
        .collect();
    let text: Arc<str> = if numbered { in_one(&statements) } else { failing_at_once(&statements) }.into();
    if texts.len() >= MOST_TEXTS {
        texts.clear();
    }
    texts.insert((parts, numbered), text.clone());
    text
}

/// Many statements as one text for SQLite. A failing statement is not undone by itself: as on PostgreSQL,
/// whoever fails gives up the whole transaction. To be able to undo one statement of many rows, SQLite
/// would copy every page that it touches.
fn failing_at_once(statements: &[String]) -> String {
    let text = statements.join(";\n");
    ["INSERT ", "UPDATE "].iter().fold(text, |text, verb| text.replace(verb, &format!("{verb}OR FAIL ")))
}

/// Many statements as one for PostgreSQL, whose protocol takes one at a time.
fn in_one(statements: &[String]) -> String {
    let [one] = statements else {
        let mut text = String::new();
        for (n, statement) in statements.iter().enumerate() {
            let _ = write!(text, "{} w{n} AS ({statement})", if n == 0 { "WITH" } else { ",\n" });
        }
        text.push_str("\nSELECT 1");
        return text;
    };
    one.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_that_run_together_number_their_values_through() {
        let parts = vec![
            ("WITH new (a) AS (VALUES $rows) INSERT INTO t (a) SELECT a FROM new", 1, 2),
            ("WITH new (a, b) AS (VALUES $rows) UPDATE t SET a = new.a FROM new WHERE t.b = new.b", 2, 1),
        ];
        assert_eq!(
            &*text(parts.clone(), true),
            "WITH w0 AS (WITH new (a) AS (VALUES ($1), ($2)) INSERT INTO t (a) SELECT a FROM new),\n \
             w1 AS (WITH new (a, b) AS (VALUES ($3, $4)) UPDATE t SET a = new.a FROM new WHERE t.b = new.b)\nSELECT 1"
        );
        assert_eq!(
            &*text(parts, false),
            "WITH new (a) AS (VALUES (?), (?)) INSERT OR FAIL INTO t (a) SELECT a FROM new;\n\
             WITH new (a, b) AS (VALUES (?, ?)) UPDATE OR FAIL t SET a = new.a FROM new WHERE t.b = new.b"
        );
    }

    #[test]
    fn what_does_not_fit_into_one_statement_goes_in_several() {
        for columns in [1, 2, 20] {
            assert!(most_rows(columns).is_power_of_two());
            assert!(most_rows(columns) * columns <= MOST_VALUES);
        }
    }
}
