//! Statements for many rows that are prepared once: they have room for a power of two of rows, and room
//! that is left over is bound as NULLs, which the statement must not take for rows.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use super::{MOST_VALUES, Query, Record, Result, Tx, placeholders};

/// The most rows of one statement: beyond it, preparing costs more than another statement.
const MOST_ROWS: usize = 1024;

/// The texts made so far, by statement, room and whether its parameters are numbered: a dozen for each statement.
static TEXTS: LazyLock<Mutex<HashMap<Shape, &'static str>>> = LazyLock::new(Mutex::default);

/// A statement, its room, and whether its parameters are numbered.
type Shape = (&'static str, usize, bool);

impl Tx {
    /// Runs a statement for many rows of `COLUMNS` values each, which stand where its text says `$rows`.
    /// `bind` is given nothing for room that is left over, and binds as many NULLs. No rows is no statement.
    pub async fn batch<const COLUMNS: usize, T>(
        &mut self,
        sql: &'static str,
        rows: &[T],
        bind: impl for<'q> Fn(Query<'q>, Option<&T>) -> Query<'q>,
    ) -> Result<u64> {
        let mut changed = 0;
        for chunk in rows.chunks(most_rows(COLUMNS)) {
            changed += self.with_room::<COLUMNS, T>(sql, chunk, &bind).run().await?;
        }
        Ok(changed)
    }

    /// As [`Tx::batch`], for a statement that answers rows.
    pub async fn batch_all<const COLUMNS: usize, T, R: Record>(
        &mut self,
        sql: &'static str,
        rows: &[T],
        bind: impl for<'q> Fn(Query<'q>, Option<&T>) -> Query<'q>,
    ) -> Result<Vec<R>> {
        let mut found = Vec::new();
        for chunk in rows.chunks(most_rows(COLUMNS)) {
            found.extend(self.with_room::<COLUMNS, T>(sql, chunk, &bind).all().await?);
        }
        Ok(found)
    }

    fn with_room<const COLUMNS: usize, T>(
        &mut self,
        sql: &'static str,
        rows: &[T],
        bind: &impl for<'q> Fn(Query<'q>, Option<&T>) -> Query<'q>,
    ) -> Query<'_> {
        let room = rows.len().next_power_of_two();
        let numbered = matches!(self, Tx::Postgres(_));
        let query = rows.iter().map(Some).fold(self.query(text(sql, COLUMNS, room, numbered)), bind);
        (rows.len()..room).fold(query, |query, _| bind(query, None))
    }
}

fn most_rows(columns: usize) -> usize {
    let fits = MOST_VALUES / columns;
    MOST_ROWS.min(if fits.is_power_of_two() { fits } else { fits.next_power_of_two() / 2 })
}

/// The statement with room for `room` rows. It is kept for the life of the process, since a statement's
/// text must live as long as it is prepared.
fn text(sql: &'static str, columns: usize, room: usize, numbered: bool) -> &'static str {
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || &*sql.replace("$rows", &placeholders(columns, room, numbered)).leak();
    texts.entry((sql, room, numbered)).or_insert_with(make)
}
