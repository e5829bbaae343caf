//! `/v1/me/letters`: what the caller is sent by e-mail, and when; and the link in a letter that stops its topic.

use actix_web::{HttpResponse, get, post, put, web};
use utoipa::ToSchema;

use crate::messages::choices::{self, Choices, TimeOfDay, Topic, Way};
use crate::web::app::App;
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::operations::Operations;
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;
use crate::web::stopping;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(mine).service(choose).service(stop);
}

/// How the caller wants to be sent one topic.
#[derive(Clone, Copy, eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewLetterChoice)]
struct ChoiceBody {
    /// The topic.
    topic: Topic,
    /// How they are sent it.
    way: Way,
}

/// What the caller wants to be sent.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewLetterChoices)]
struct ChoicesBody {
    /// The topics to be changed; the others stay as they are.
    choices: Vec<ChoiceBody>,
    /// From when nothing is to come, in London; null where it may come at any hour.
    quiet_from: Option<TimeOfDay>,
    /// Until when nothing is to come.
    quiet_until: Option<TimeOfDay>,
}

/// What the caller is sent by e-mail, and when
#[utoipa::path(tag = "letters", responses((status = 200, body = Choices)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/me/letters")]
async fn mine(call: Call) -> Answer {
    let caller = call.allow()?;
    let choices = choices::of(&mut caller.read().await?, caller.hub(), caller.person.id).await?;
    Ok(Reply::ok(&choices)?.into_response())
}

/// Chooses what the caller is sent by e-mail, and when
///
/// What somebody must act on before it would come goes at once. Whatever is chosen, every notice stands among the notices.
/// Invitations for a calendar come at once or not at all: nobody is sent any who has not chosen it.
#[utoipa::path(tag = "letters", request_body = ChoicesBody, responses((status = 200, body = Choices)), extensions(("x-roles" = json!(EVERYONE))))]
#[put("/me/letters")]
async fn choose(call: Call, body: Body<ChoicesBody>) -> Answer {
    let caller = call.allow()?;
    let ChoicesBody { choices: chosen, quiet_from, quiet_until } = body.parse()?;
    let chosen: Vec<(Topic, Way)> = chosen.iter().map(|choice| (choice.topic, choice.way)).collect();
    caller
        .write(body.bytes(), async |journal| {
            let (hub, me) = (journal.hub(), caller.person.id);
            choices::choose(journal, me, &chosen).await?;
            choices::be_quiet(journal, me, (quiet_from, quiet_until)).await?;
            Reply::ok(&choices::of(journal.tx(), hub, me).await?)
        })
        .await
}

/// Stops the letters of a topic, by the link that is in each of them
///
/// Programs that read e-mail post to it when somebody unsubscribes (RFC 8058). It changes that topic alone.
#[utoipa::path(tag = "letters", security(()), params(("word" = String, Path, description = "From the link")), responses((status = 204)))]
#[post("/letters/stop/{word}")]
async fn stop(app: web::Data<App>, word: web::Path<String>) -> Answer {
    stopping::stop(&app, &word).await?;
    Ok(HttpResponse::NoContent().finish())
}
