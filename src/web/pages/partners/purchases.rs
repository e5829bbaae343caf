//! The file for the hub's purchase ledger: which statements, and in which columns.

use askama::Template;

use crate::base::text::Day;
use crate::credits::purchases::{self, Column, Columns, Field, MOST_COLUMNS};
use crate::members::people::Role;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form, Whole};
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::list_query::asked_for;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::{HUB, MANAGER};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/settlements/purchase-ledger", HUB, show);
    pages.get("/settlements/purchase-ledger/columns", MANAGER, edit);
    pages.post("/settlements/purchase-ledger/columns", MANAGER, set);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    from: Option<Day>,
    until: Option<Day>,
}

#[derive(Template)]
#[template(path = "pages/partners/purchases.html")]
struct Page {
    shell: Shell,
    filled: Filled,
    query: String,
    columns: Vec<(String, String)>,
    rows: usize,
    manages: bool,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { from, until } = asked_for(&caller)?;
    let mut tx = caller.read().await?;
    let columns = purchases::columns(&mut tx, caller.hub()).await?.columns;
    let days = (from.as_ref().map(|day| day.0), until.as_ref().map(|day| day.0));
    let rows = purchases::rows(&mut tx, caller.hub(), &columns, days).await?.len();
    drop(tx);
    let text = |day: Option<chrono::NaiveDate>| day.map_or(String::new(), |day| day.to_string());
    let columns = columns.iter().map(|column| {
        let said = column
            .text
            .as_ref()
            .map_or_else(|| column.field.label().to_owned(), |text| format!("“{}” in every row", text.as_str()));
        (column.heading.as_str().to_owned(), said)
    });
    let filled = Filled::with([("from", text(days.0)), ("until", text(days.1))]);
    let template = Page {
        shell: Shell::of(&caller, "Purchase ledger file", "/partners").await?,
        query: filled.query(&["from", "until"]),
        filled,
        columns: columns.collect(),
        rows,
        manages: caller.role() == Role::HubManager,
    };
    page(&caller, &template).await
}

/// The names of the fields of a column.
struct ColumnFields {
    number: usize,
    heading: String,
    field: String,
    text: String,
}

#[derive(Template)]
#[template(path = "pages/partners/columns.html")]
struct Edit {
    shell: Shell,
    filled: Filled,
    columns: Vec<ColumnFields>,
    kinds: Vec<(&'static str, &'static str)>,
}

/// How many columns are there to be filled, besides those that are.
const BLANK: usize = 3;

async fn edit(call: Call) -> Answer {
    let caller = call.allow()?;
    let columns = purchases::columns(&mut caller.read().await?, caller.hub()).await?;
    edit_page(&caller, filled(&columns), columns.columns.len()).await
}

/// The columns as they are, in the form.
fn filled(Columns { columns, version }: &Columns) -> Filled {
    let mut filled = Filled::with([("version", version.to_string())]);
    for (at, column) in columns.iter().enumerate() {
        let text = column.text.as_ref().map_or(String::new(), |text| text.as_str().to_owned());
        filled = filled
            .and(format!("columns/{at}/heading"), vec![column.heading.as_str().to_owned()])
            .and(format!("columns/{at}/field"), vec![column.field.as_str().to_owned()])
            .and(format!("columns/{at}/text"), vec![text]);
    }
    filled
}

async fn edit_page(caller: &Caller, filled: Filled, columns: usize) -> Answer {
    let column = |at: usize| ColumnFields {
        number: at + 1,
        heading: format!("columns/{at}/heading"),
        field: format!("columns/{at}/field"),
        text: format!("columns/{at}/text"),
    };
    let template = Edit {
        shell: Shell::of(caller, "Columns of the purchase ledger file", "/partners").await?,
        filled,
        columns: (0..(columns + BLANK).min(MOST_COLUMNS)).map(column).collect(),
        kinds: std::iter::once(("", "Nothing: leave it out")).chain(options::<Field>()).collect(),
    };
    page(caller, &template).await
}

#[derive(eserde::Deserialize)]
struct Fields {
    version: Whole,
    columns: Option<Vec<Column>>,
}

async fn set(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let form = form.without_blank_rows("columns");
    let sent = async {
        let Fields { version, columns } = form.read()?;
        let columns = columns.unwrap_or_default();
        caller
            .write(form.bytes(), async |journal| {
                purchases::set(journal, version.0, columns.clone()).await?;
                Ok(Reply::see("/settlements/purchase-ledger?done=saved"))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => {
            let now = purchases::columns(&mut caller.read().await?, caller.hub()).await?;
            edit_page(&caller, form.again(problem)?.beside(filled(&now)), form.rows("columns")).await
        }
    }
}
