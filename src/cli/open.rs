//! Opening the database: made and brought up to date where a command may begin one, found as it is where
//! a command needs one that is there.

use hub_credits::config::Settings;
use hub_credits::db::{self, Db, Tx};
use hub_credits::hubs::{self, Hub};

use super::failure::Failure;

/// The database with its schema up to date, made where it is missing.
pub async fn migrated(settings: &Settings) -> Result<Db, Failure> {
    let db = connect(settings).await?;
    db.migrate().await.map_err(|error| Failure::failed(format!("database: the schema can't be made: {error}")))?;
    Ok(db)
}

/// The database as it is: a file that is missing is not made, a schema that is missing is said so.
pub async fn as_it_is(settings: &Settings) -> Result<Db, Failure> {
    if let Some(file) = db::sqlite_file(&settings.database)
        && !file.exists()
    {
        return Err(Failure::usage(format!("database: {} is not there", file.display())));
    }
    let db = connect(settings).await?;
    match hubs::list(&mut db.read().await?, None, 1).await {
        Err(db::Error::Failed(_)) => {
            Err(Failure::usage("database: it has no schema of hub-credits, or an older one; run: hub-credits migrate"))
        }
        outcome => {
            outcome?;
            Ok(db)
        }
    }
}

async fn connect(settings: &Settings) -> Result<Db, Failure> {
    Db::connect(&settings.database, settings.connections)
        .await
        .map_err(|error| Failure::usage(format!("database: can't be opened: {error}")))
}

/// The hub of that name, or the only one there is.
pub async fn one_hub(tx: &mut Tx, name: Option<&str>) -> Result<Hub, Failure> {
    let mut found = some_hubs(tx, name).await?;
    match (found.pop(), found.pop()) {
        (Some(hub), None) => Ok(hub),
        (Some(_), Some(_)) => Err(Failure::usage("--hub NAME is needed: there are several hubs")),
        (None, _) => Err(Failure::failed("there is no hub yet: hub-credits init founds one")),
    }
}

/// The hub of that name, or all there are.
pub async fn some_hubs(tx: &mut Tx, name: Option<&str>) -> Result<Vec<Hub>, Failure> {
    if let Some(name) = name {
        let hub = hubs::by_name(tx, name).await?;
        return hub.map(|hub| vec![hub]).ok_or_else(|| Failure::usage(format!("there is no hub named {name:?}")));
    }
    let mut all: Vec<Hub> = Vec::new();
    loop {
        let page = hubs::list(tx, all.last().map(|hub| hub.id), 500).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}
