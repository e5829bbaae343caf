//! The file for the hub's purchase ledger: a row for each statement, under headings that the hub chose.

mod sql;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::db::types::{stored_text, words};
use crate::base::db::{self, Tx};
use crate::base::ids::HubId;
use crate::base::text::Line;
use crate::base::xlsx::{self, Book, Cell};
use crate::credits::settlements::{Filter, Settlement, State, list};
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};

/// The most columns that the file may have.
pub const MOST_COLUMNS: usize = 50;

words!(/** What stands in a column of the purchase ledger's file. */ Field {
    /// The partner's name.
    Supplier = "supplier",
    /// The partner's id.
    SupplierId = "supplier_id",
    /// The statement's number.
    Reference = "reference",
    /// The day on which the statement was made: `31/08/2027`, in a workbook a date.
    Date = "date",
    /// The last day of what is on the statement: `31/08/2027`, in a workbook a date.
    UpTo = "up_to",
    /// The pounds to be paid.
    Net = "net",
    /// The pounds that are paid.
    Paid = "paid",
    /// The credits that were earned.
    Credits = "credits",
    /// The same text in every row, such as a nominal code.
    Text = "text",
});

/// A column of the file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, eserde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PurchaseLedgerColumn)]
pub struct Column {
    /// The heading.
    pub heading: Line,
    /// What stands below it.
    pub field: Field,
    /// The text of a column of `text`; only of such a column.
    pub text: Option<Line>,
}

/// The columns as the hub set them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// The columns, from the left.
    pub columns: Vec<Column>,
    /// Rises with every change; 0 where the hub has set none.
    pub version: i64,
}

/// The columns as they are stored: a JSON array.
#[derive(Clone, Debug)]
struct List(Vec<Column>);

impl List {
    fn parse(text: &str) -> Result<List, String> {
        serde_json::from_str(text).map(List).map_err(|error| error.to_string())
    }

    fn as_str(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

stored_text!(List);

/// Why columns can't be set.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not as many as there can be.
    #[error("must be 1 to {MOST_COLUMNS} columns")]
    Count,
    /// A text where none belongs, or none where one does.
    #[error("a column of `text` has a text, and no other has")]
    Text {
        /// Which column, from 0.
        at: usize,
    },
    /// The columns were changed since they were read.
    #[error("the columns have changed since they were read")]
    Stale,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// The hub's columns: supplier, reference, date and net, until it sets others.
pub async fn columns(tx: &mut Tx, hub: HubId) -> Result<Columns, db::Error> {
    let usual = || {
        [("Supplier", Field::Supplier), ("Reference", Field::Reference), ("Date", Field::Date), ("Net", Field::Net)]
            .into_iter()
            .filter_map(|(heading, field)| Some(Column { heading: Line::parse(heading).ok()?, field, text: None }))
            .collect()
    };
    match sql::columns(tx, hub).await? {
        None => Ok(Columns { columns: usual(), version: 0 }),
        Some((List(columns), version)) => Ok(Columns { columns, version }),
    }
}

/// Sets the hub's columns, of the version that the caller read.
pub async fn set(journal: &mut Journal, version: i64, columns: Vec<Column>) -> Result<Columns, Error> {
    if columns.is_empty() || columns.len() > MOST_COLUMNS {
        return Err(Error::Count);
    }
    if let Some(at) = columns.iter().position(|column| (column.field == Field::Text) != column.text.is_some()) {
        return Err(Error::Text { at });
    }
    let hub = journal.hub();
    if self::columns(journal.tx(), hub).await?.version != version {
        return Err(Error::Stale);
    }
    let (list, version) = (List(columns), version + 1);
    sql::set(journal.tx(), hub, &list, version).await?.exactly(1)?;
    journal.changed(Change::new(Kind::HubChanged, hub));
    Ok(Columns { columns: list.0, version })
}

/// The rows of the file: the statements that were made from one day to another and not cancelled, in their order.
pub async fn rows(
    tx: &mut Tx,
    hub: HubId,
    columns: &[Column],
    (from, until): (Option<NaiveDate>, Option<NaiveDate>),
) -> Result<Vec<Vec<Cell>>, db::Error> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let some = list(tx, hub, Filter::default(), after, 1000).await?;
        let Some(last) = some.last() else { return Ok(rows) };
        after = Some(last.id);
        let within = |of: &&Settlement| {
            let day = london_date(of.stated_at);
            of.state != State::Cancelled
                && from.is_none_or(|from| from <= day)
                && until.is_none_or(|until| day <= until)
        };
        rows.extend(some.iter().filter(within).map(|of| columns.iter().map(|column| column.of(of)).collect()));
    }
}

impl Column {
    fn of(&self, of: &Settlement) -> Cell {
        match self.field {
            Field::Supplier => Cell::text(&of.partner_name),
            Field::SupplierId => Cell::text(Uuid::from(of.partner_id)),
            Field::Reference => Cell::Whole(of.number),
            Field::Date => Cell::Day(london_date(of.stated_at)),
            Field::UpTo => Cell::Day(of.up_to),
            Field::Net => Cell::Hundredths(of.pence),
            Field::Paid => Cell::Hundredths(of.pence_paid),
            Field::Credits => Cell::Hundredths(of.credits.hundredths()),
            Field::Text => self.text.as_ref().map_or_else(|| Cell::text(""), Cell::text),
        }
    }
}

/// A cell as the CSV file has it.
pub fn written(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Whole(number) => number.to_string(),
        Cell::Hundredths(amount) => Credits::from_hundredths(*amount).to_string(),
        Cell::Day(day) => day.format("%d/%m/%Y").to_string(),
        Cell::Decimal(number) => number.clone(),
        Cell::Truth(truth) => truth.to_string(),
        Cell::Moment(moment) => moment.format("%d/%m/%Y %H:%M").to_string(),
        Cell::Empty => String::new(),
    }
}

/// The rows as a workbook.
pub fn book(columns: &[Column], rows: Vec<Vec<Cell>>, now: DateTime<Utc>) -> Book {
    let headings = columns.iter().map(|column| xlsx::Column::new(column.heading.to_string(), column.field.width()));
    let sheet = xlsx::Sheet { name: "Purchase ledger".into(), columns: headings.collect(), rows };
    Book { title: "Purchase ledger".to_owned(), made_at: now, sheets: vec![sheet] }
}

impl Field {
    /// The width of its column in a workbook, in digits.
    fn width(self) -> u8 {
        match self {
            Field::Supplier | Field::SupplierId => 40,
            Field::Text => 20,
            Field::Reference | Field::Date | Field::UpTo | Field::Net | Field::Paid | Field::Credits => 12,
        }
    }
}
