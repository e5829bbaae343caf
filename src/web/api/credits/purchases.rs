//! `/v1/purchase-ledger`: the settlement statements as a file for the hub's purchase ledger, in columns that it sets.

use actix_web::http::header;
use actix_web::{HttpResponse, get, put};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::text::Day;
use crate::base::xlsx;
use crate::credits::purchases::{self, Column};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::files;
use crate::web::openapi::Changes;
use crate::web::operations::Operations;
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::{HUB, MANAGER};
use crate::web::table;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(file).service(get_columns).service(set_columns);
}

/// The columns of the purchase ledger's file, from the left.
#[derive(Serialize, eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PurchaseLedgerColumns {
    /// 1 to 50 columns.
    columns: Vec<Column>,
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Statements that were made on this day or later.
    from: Option<Day>,
    /// Statements that were made on this day or earlier.
    until: Option<Day>,
}

/// The settlement statements as a file for the purchase ledger, without those that were cancelled
///
/// A workbook (XLSX) where Accept asks for one, CSV where it does not.
#[utoipa::path(tag = "settlements", params(Query), responses((status = 200, content((String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))), extensions(("x-roles" = json!(HUB))))]
#[get("/purchase-ledger")]
async fn file(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { from, until } = caller.query()?;
    let mut tx = caller.read().await?;
    let columns = purchases::columns(&mut tx, caller.hub()).await?.columns;
    let days = (from.map(|day| day.0), until.map(|day| day.0));
    let rows = purchases::rows(&mut tx, caller.hub(), &columns, days).await?;
    drop(tx);
    if caller.wants(xlsx::MEDIA_TYPE) {
        return files::workbook(purchases::book(&columns, rows, caller.now()), "purchase-ledger").await;
    }
    let rows = rows.iter().map(|cells| cells.iter().map(purchases::written).collect());
    let text = table::plain(columns.iter().map(|column| column.heading.as_str()), rows)?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::VARY, "Accept"))
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"purchase-ledger.csv\""))
        .body(text))
}

/// The columns of that file
#[utoipa::path(tag = "settlements", responses((status = 200, body = PurchaseLedgerColumns)), extensions(("x-roles" = json!(HUB))))]
#[get("/purchase-ledger/columns")]
async fn get_columns(call: Call) -> Answer {
    let caller = call.allow()?;
    let found = purchases::columns(&mut caller.read().await?, caller.hub()).await?;
    let body = PurchaseLedgerColumns { columns: found.columns };
    Ok(Reply::ok(&body)?.with_version(found.version).into_response())
}

/// Sets the columns of that file
#[utoipa::path(tag = "settlements", params(Changes), request_body = PurchaseLedgerColumns, responses((status = 200, body = PurchaseLedgerColumns)), extensions(("x-roles" = json!(MANAGER))))]
#[put("/purchase-ledger/columns")]
async fn set_columns(call: Call, body: Body<PurchaseLedgerColumns>) -> Answer {
    let caller = call.allow()?;
    let (new, version) = (body.parse()?, caller.if_match()?);
    caller
        .write(body.bytes(), async |journal| {
            let set = purchases::set(journal, version, new.columns.clone()).await?;
            Ok(Reply::ok(&PurchaseLedgerColumns { columns: set.columns })?.with_version(set.version))
        })
        .await
}
