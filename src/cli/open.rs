//! Opening the database: created and brought up to date by commands that may start one, opened as it is by commands
//! that need an existing one.

use hub_credits::base::auth::Keys;
use hub_credits::base::config::Settings;
use hub_credits::base::db::{self, Db, Tx};
use hub_credits::base::files;
use hub_credits::members::hubs::{self, Hub};

use super::failure::Failure;

/// The database with its schema up to date, created where it is missing: for commands that may start one.
pub async fn made(settings: &Settings) -> Result<Db, Failure> {
    Db::made(&settings.database, settings.connections).await.map_err(cannot)
}

/// The database to serve, with its schema up to date. One still to be created, by `init` or `migrate`, is waited for;
/// nothing is created here.
pub async fn to_serve(settings: &Settings) -> Result<Db, Failure> {
    let (url, connections) = (&settings.database, settings.connections);
    let Some(file) = db::sqlite_file(url).filter(|file| !file.exists()) else { return up_to_date(settings).await };
    let folder = files::folder_of(&file);
    // The folder of the keys is created with them: without any settings it is the same folder.
    if !folder.is_dir() && folder != files::folder_of(&settings.keys) {
        return Err(Failure::usage(format!(
            "database: {} can't be served: there is no folder {}; hub-credits init founds a hub in a new database, \
             hub-credits migrate makes an empty one",
            file.display(),
            folder.display()
        )));
    }
    let file = file.display();
    tracing::info!(%file, "there is no database yet; it is served once a hub is founded in a new one");
    Db::awaited(url, connections).await.map_err(cannot)
}

/// The existing database, with its schema up to date.
pub async fn up_to_date(settings: &Settings) -> Result<Db, Failure> {
    let db = existing(settings).await?;
    db.migrate().await.map_err(|error| match error {
        db::Error::Unusable(_) => cannot(error),
        other => Failure::failed(format!("database: the schema can't be made: {other}")),
    })?;
    Ok(db)
}

/// The database as it is: a missing file is not created, and a missing schema is reported.
pub async fn as_it_is(settings: &Settings) -> Result<Db, Failure> {
    let db = existing(settings).await?;
    db.has_this_schema().await.map_err(cannot)?;
    Ok(db.for_long_work())
}

async fn existing(settings: &Settings) -> Result<Db, Failure> {
    if let Some(file) = db::sqlite_file(&settings.database)
        && !file.exists()
    {
        return Err(Failure::usage(format!(
            "database: {} is not there; hub-credits init founds a hub in a new one, hub-credits migrate makes an empty one",
            file.display()
        )));
    }
    Db::existing(&settings.database, settings.connections).await.map_err(cannot)
}

fn cannot(error: db::Error) -> Failure {
    match error {
        db::Error::Unusable(words) => Failure::usage(format!("database: {words}")),
        other => Failure::usage(format!("database: can't be opened: {other}")),
    }
}

/// The keys that go with the database: created where it has no hub yet. Where it has one, a missing key file is an
/// error, since everything signed with its keys would become worthless.
pub async fn keys(settings: &Settings, db: &Db) -> Result<Keys, Failure> {
    let file = &settings.keys;
    if !file.exists() && hubs::any(db, &settings.database).await? {
        return Err(Failure::usage(format!(
            "keys: {0} is not there, and the database is in use: put back the file that belongs to it, or name it with \
             --keys; where it is lost, hub-credits rotate-key makes a new one, and every token and code of the old ends",
            file.display()
        )));
    }
    Ok(Keys::open(file)?)
}

/// The hub with this name, or the only one there is.
pub async fn one_hub(tx: &mut Tx, name: Option<&str>) -> Result<Hub, Failure> {
    let mut found = some_hubs(tx, name).await?;
    match (found.pop(), found.pop()) {
        (Some(hub), None) => Ok(hub),
        (Some(_), Some(_)) => Err(Failure::usage("--hub NAME is needed: there are several hubs")),
        (None, _) => Err(Failure::failed("there is no hub yet: hub-credits init founds one")),
    }
}

/// The hub with this name, or all hubs.
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
