//! The books of a hub as a whole, for the API and the pages alike: their verification, and the journal as a file.

use std::io;
use std::path::PathBuf;

use actix_web::HttpResponse;
use actix_web::http::header;
use tracing::Instrument;

use super::call::Caller;
use super::paced::{Spool, paced};
use super::problem::{Answer, Code, Problem};
use crate::base::db;
use crate::ledger;
use crate::ledger::checkpoints::{Coverage, Evidence, Files, Trust};
use crate::members::hubs;
use crate::reports::{self, ExportFormat, KeptHead, Verification};

/// Recomputes the whole ledger of the caller's hub, and holds its history against all that was signed of it and a head
/// that was kept.
pub(crate) async fn verify(
    caller: &Caller,
    against: Option<KeptHead>,
) -> Result<(Verification, Option<Coverage>), Problem> {
    let turn = caller.long_work()?;
    let (hub, trust) = (caller.hub(), Trust::of(caller.keys()));
    // Before the database is read: what is signed meanwhile is not in the files.
    let files = outside(caller.checkpoint_file(), trust.clone()).await;
    let mut tx = turn.db.read(hub).await?;
    let evidence = Evidence::of(&mut tx, hub, &files, &trust, caller.now()).await?.and(against);
    Ok(reports::verify_with(&mut tx, hub, &evidence, |_| ()).await?)
}

/// What the checkpoint file holds. A missing file holds nothing; one that can't be read is logged.
async fn outside(file: PathBuf, trust: Trust) -> Files {
    let read = actix_web::web::block(move || {
        let mut files = Files::default();
        match files.read(&file, &trust) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::error!(file = %file.display(), %error, "the file of checkpoints can't be read");
            }
            _ => {}
        }
        files
    });
    read.await.unwrap_or_default()
}

/// The answer with the whole journal of the caller's hub as a file.
pub(crate) async fn written(caller: &Caller, format: ExportFormat) -> Answer {
    let turn = caller.long_work()?;
    let mut tx = turn.db.read(caller.hub()).await?;
    let hub = hubs::get(&mut tx, caller.hub()).await?.ok_or_else(Problem::not_found)?;
    let book = reports::book(&mut tx, hub).await?;
    let (mut spool, text) = Spool::new().map_err(|error| {
        tracing::error!(%error, "there is no room for an export");
        Problem::new(Code::Unavailable, "there is no room for an export now").with_header(header::RETRY_AFTER, "60")
    })?;
    actix_web::rt::spawn(
        async move {
            let written = ledger::export(&mut tx, format, &book, async |piece| Ok(spool.write(piece).await?)).await;
            drop((tx, turn));
            match &written {
                Ok(()) => {}
                Err(Broken::Spool(error)) if error.kind() == io::ErrorKind::BrokenPipe => {}
                Err(error) => tracing::error!(%error, "an export could not be finished"),
            }
            spool.end(written.is_ok());
        }
        .in_current_span(),
    );
    let content_type = match format {
        ExportFormat::Hledger | ExportFormat::Beancount => "text/plain; charset=utf-8",
        ExportFormat::Csv => "text/csv; charset=utf-8",
        ExportFormat::Jsonl => "application/jsonl",
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"journal.{format}\"")))
        .content_type(content_type)
        .streaming(Box::pin(paced(text))))
}

/// Why an export stopped before its end: the answer is cut off then, so that nobody takes it for the whole.
#[derive(Debug, thiserror::Error)]
enum Broken {
    /// What was written can't be stored, or nobody reads it any more.
    #[error(transparent)]
    Spool(#[from] io::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}
