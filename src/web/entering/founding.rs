//! Before there is a hub: the link that `serve` prints founds the first one, whichever process it is of.

use crate::members::hubs;
use crate::web::app::App;
use crate::web::problem::Problem;

/// Whether there is no hub yet, and a link was printed that founds one. Once there is one, nothing is asked any more.
pub(crate) async fn is_open(app: &App) -> Result<bool, Problem> {
    let mut open = app.founding.lock().await;
    if open.is_some() && hubs::any(&app.db, &app.settings.database).await? {
        *open = None;
    }
    Ok(open.is_some())
}
