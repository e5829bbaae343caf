//! Before there is a hub: the link that `serve` prints founds the first one, whichever process it is of.

use crate::base::db;
use crate::members::hubs;
use crate::web::app::App;
use crate::web::problem::Problem;

/// Whether there is no hub yet, and a link was printed that founds one. Once there is one, nothing is asked any more.
pub(crate) async fn is_open(app: &App) -> Result<bool, Problem> {
    let mut open = app.founding.lock().await;
    if open.is_some() && any_hub(app).await? {
        *open = None;
    }
    Ok(open.is_some())
}

/// Whether there is a hub; none where the file of the database is still to be made.
pub(crate) async fn any_hub(app: &App) -> Result<bool, Problem> {
    if db::is_to_be_made(&app.settings.database) {
        return Ok(false);
    }
    Ok(!hubs::list(&mut app.db.read_everywhere().await?, None, 1).await?.is_empty())
}
