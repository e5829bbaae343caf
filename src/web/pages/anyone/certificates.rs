//! Checking a certificate by its number, for whoever was shown one.

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::base::clock::london_date;
use crate::base::text::counted;
use crate::booking::certificates::{self, Certificate, Number};
use crate::web::app::App;
use crate::web::pages::form::Filled;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, open_page, see};
use crate::web::pages::words;
use crate::web::problem::Answer;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/certificates", &[], ask);
    pages.get("/certificates/{number}", &[], show);
}

#[derive(Template)]
#[template(path = "pages/anyone/certificates.html")]
struct Ask {
    shell: Shell,
    filled: Filled,
    unknown: bool,
}

/// Where a number was typed, its page follows.
async fn ask(app: web::Data<App>, request: HttpRequest) -> Answer {
    let typed = url::form_urlencoded::parse(request.query_string().as_bytes()).find(|(name, _)| name == "number");
    let typed = typed.map(|(_, number)| number.trim().to_owned()).filter(|number| !number.is_empty());
    match typed.as_deref().map(Number::parse) {
        Some(Ok(number)) => Ok(see(&format!("/certificates/{number}"))),
        _ => form(&app, &request, typed),
    }
}

fn form(app: &App, request: &HttpRequest, typed: Option<String>) -> Answer {
    let shell = Shell::for_anyone(app, request, "Check a certificate");
    let unknown = typed.is_some();
    let filled = Filled::with([("number", typed.unwrap_or_default())]);
    let template = Ask { shell, filled, unknown };
    open_page(app, request, &template.shell, &template)
}

/// What a certificate says that is valid.
struct Words {
    name: String,
    school: String,
    event: String,
    programme: String,
    provider: String,
    hub: String,
    days: String,
    attended: String,
}

#[derive(Template)]
#[template(path = "pages/anyone/certificate.html")]
struct Checked {
    shell: Shell,
    number: String,
    issued: String,
    reissued: Option<String>,
    withdrawn: Option<String>,
    words: Option<Words>,
}

async fn show(app: web::Data<App>, request: HttpRequest, number: web::Path<String>) -> Answer {
    let Ok(number) = Number::parse(&number) else { return form(&app, &request, Some(number.into_inner())) };
    let found = certificates::check(&mut app.db.read_everywhere().await?, &number).await?;
    let Some(certificate) = found else { return form(&app, &request, Some(number.to_string())) };
    let shell = Shell::for_anyone(&app, &request, "Check a certificate");
    let day = |at| words::day(london_date(at));
    let template = Checked {
        shell,
        number: number.to_string(),
        issued: day(certificate.issued_at),
        reissued: certificate.reissued_at.map(day),
        withdrawn: certificate.withdrawn_at.map(day),
        words: certificate.withdrawn_at.is_none().then(|| Words::of(certificate)),
    };
    open_page(&app, &request, &template.shell, &template)
}

impl Words {
    fn of(Certificate { words, .. }: Certificate) -> Words {
        let certificates::Words { starts_on, ends_on, sessions, sessions_attended, hours, .. } = words;
        let (first, last) = (words::day(starts_on), words::day(ends_on));
        Words {
            name: words.person_name.to_string(),
            school: words.school_name.to_string(),
            event: words.event_title.to_string(),
            programme: words.programme_title.to_string(),
            provider: words.provider_name.to_string(),
            hub: words.hub_name.to_string(),
            days: if starts_on == ends_on { first } else { format!("{first} to {last}") },
            attended: format!("{sessions_attended} of {}, {}", counted(sessions, "session"), words::hours(hours)),
        }
    }
}
