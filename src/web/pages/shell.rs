//! What every page has around its own: who looks at it, where they can go, and what has just happened.

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use askama::Template;
use flate2::Compression;

use super::done;
use super::form::LABEL;
use super::list_query;
use super::sorting;
use super::ways::{Group, ways};
use crate::base::clock::new_id;
use crate::base::colour::Colour;
use crate::base::ids::PersonId;
use crate::base::text::Line;
use crate::members::hubs;
use crate::members::people::Role;
use crate::web::app::App;
use crate::web::assets;
use crate::web::browser::{self, Shown};
use crate::web::call::Caller;
use crate::web::files::internal;
use crate::web::headers;
use crate::web::packing::{pack, takes_gzip};
use crate::web::plain;
use crate::web::problem::{Answer, Problem};
use crate::web::who::HubLook;

/// What stands around a page.
pub(crate) struct Shell {
    /// The title of the page.
    pub(crate) title: String,
    /// The hub whose page it is; none before somebody has signed in.
    pub(crate) hub: Option<String>,
    /// The address of the stylesheet of its colour, where that is not the usual one.
    pub(crate) colour: Option<String>,
    /// Who looks at it.
    pub(crate) person: Option<String>,
    /// Their id, by which the script knows what it has kept for them on this device.
    pub(crate) person_id: Option<PersonId>,
    /// Their role.
    pub(crate) role: Option<Role>,
    /// Where they can go.
    pub(crate) ways: Vec<Group>,
    /// What has just happened, after a form was sent.
    pub(crate) done: Option<&'static str>,
    /// What of the address of a list could not be taken: each field, with why.
    pub(crate) left_out: Vec<(String, String)>,
    /// The first page of the list of which this is another.
    pub(crate) first: Option<String>,
    /// The key of the forms of this page: what is sent twice is done once.
    pub(crate) key: String,
    /// The mark of these forms.
    pub(crate) mark: String,
    /// Whether it is of the demonstration, in which one can look at the pages as several people.
    pub(crate) demonstration: bool,
    shown: Shown,
}

impl Shell {
    /// Around a page for somebody who has signed in. `here` is the way of which it is a part: `/catalogue`.
    pub(crate) async fn of(caller: &Caller, title: impl Into<String>, here: &str) -> Result<Shell, Problem> {
        let hub = look_of_hub(caller).await?;
        let shown = caller.session.map(Shown::Session).ok_or_else(Problem::not_found)?;
        let app = caller.app();
        let key = new_id(caller.now()).to_string();
        Ok(Shell {
            title: title.into(),
            colour: hub.as_ref().and_then(|hub| assets::colour(hub.colour)),
            hub: hub.map(|hub| hub.name.as_str().to_owned()),
            person: Some(caller.person.name.as_str().to_owned()),
            person_id: Some(caller.person.id),
            role: Some(caller.role()),
            ways: ways(caller.role(), here),
            done: done::of(caller.request()),
            left_out: list_query::left_out(caller.request()),
            first: first(caller.request()),
            mark: shown.mark(app, &key),
            key,
            demonstration: !app.settings.demonstration.is_empty(),
            shown,
        })
    }

    /// Around a page for anyone.
    pub(crate) fn for_anyone(app: &App, request: &HttpRequest, title: impl Into<String>) -> Shell {
        let key = new_id(app.clock.now()).to_string();
        let shown = Shown::before(request).unwrap_or_else(|| Shown::Visit(hex::encode(rand::random::<[u8; 16]>())));
        Shell {
            title: title.into(),
            hub: None,
            colour: None,
            person: None,
            person_id: None,
            role: None,
            ways: Vec::new(),
            done: done::of(request),
            left_out: Vec::new(),
            first: first(request),
            mark: shown.mark(app, &key),
            key,
            demonstration: !app.settings.demonstration.is_empty(),
            shown,
        }
    }

    /// The same in a hub's colour.
    pub(crate) fn in_colour(self, colour: Colour) -> Shell {
        Shell { colour: assets::colour(colour), ..self }
    }

    /// The same under a hub's name and in its colour.
    pub(crate) fn of_hub(self, name: &Line, colour: Colour) -> Shell {
        Shell { hub: Some(name.as_str().to_owned()), ..self.in_colour(colour) }
    }

    /// The same for whoever has signed in with the first of two steps: as the pages of their hub look.
    pub(crate) async fn of_their_hub(self, caller: &Caller) -> Result<Shell, Problem> {
        Ok(match look_of_hub(caller).await? {
            Some(hub) => self.of_hub(&hub.name, hub.colour),
            None => self,
        })
    }

    /// The address of the stylesheet.
    pub(crate) fn style(&self) -> &'static str {
        assets::style()
    }

    /// The address of the script.
    pub(crate) fn script(&self) -> &'static str {
        assets::script()
    }

    /// Whether they may do what somebody of the hub's managers may.
    pub(crate) fn manages(&self) -> bool {
        self.role == Some(Role::HubManager)
    }
}

/// The first page of a list, where the address is that of another.
fn first(request: &HttpRequest) -> Option<String> {
    let asked = url::form_urlencoded::parse(request.query_string().as_bytes());
    let further = request.method() == Method::GET && asked.into_iter().any(|(name, _)| name == "after");
    further.then(|| sorting::with(request.uri(), None))
}

/// What their hub is called and looks like: read with them, where they have signed in.
async fn look_of_hub(caller: &Caller) -> Result<Option<HubLook>, Problem> {
    let known = caller.request().extensions().get::<HubLook>().cloned();
    match known {
        Some(look) => Ok(Some(look)),
        None => {
            let hub = hubs::get(&mut caller.read().await?, caller.hub()).await?;
            Ok(hub.map(|hub| HubLook { name: hub.name, colour: hub.colour }))
        }
    }
}

/// The answer with a page for somebody who has signed in.
pub(crate) async fn page(caller: &Caller, page: &impl Template) -> Answer {
    let mut response = written(caller.request(), page)?;
    browser::renew(caller.app(), caller.request(), &mut response).await?;
    Ok(response)
}

/// The answer with a page for anyone.
pub(crate) fn open_page(app: &App, request: &HttpRequest, shell: &Shell, page: &impl Template) -> Answer {
    let mut response = written(request, page)?;
    shell.shown.give(app, request, &mut response)?;
    Ok(response)
}

/// From how many bytes on a page is compressed as well as it goes: one with many pictures or rows.
const LARGE: usize = 64 * 1024;

fn written(request: &HttpRequest, page: &impl Template) -> Answer {
    let text = anchored(labelled(page.render().map_err(|error| internal(&error))?));
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, headers::OF_PAGES))
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .insert_header((header::VARY, "Accept-Encoding, Cookie"));
    if !takes_gzip(request) {
        return Ok(response.body(text));
    }
    let how = if text.len() > LARGE { Compression::default() } else { Compression::fast() };
    let packed = pack(text.as_bytes(), how);
    response.insert_header((header::CONTENT_ENCODING, HeaderValue::from_static("gzip")));
    Ok(response.body(packed.map_err(|error| internal(&error))?))
}

/// The page with the labels of the fields that its summary of errors is about: `Name of the hub: is needed`.
fn labelled(text: String) -> String {
    if !text.contains(LABEL) {
        return text;
    }
    let parts = text.split(LABEL).enumerate();
    parts.map(|(at, part)| if at % 2 == 0 { part.to_owned() } else { label(&text, part) }).collect()
}

/// How the summary of what is wrong with a form begins, `pages/errors.html`.
const SUMMARY: &str = "<h2>That could not be done</h2>";

/// The page with each link of its summary leading to an element that is there: to the first box of several with one name,
/// and nowhere where the page has no such field.
fn anchored(text: String) -> String {
    let Some((before, rest)) = text.split_once(SUMMARY) else { return text };
    let Some((summary, after)) = rest.split_once("</div>") else { return text };
    let mut links = summary.split("<a href=\"#");
    let mut written = links.next().unwrap_or_default().to_owned();
    for link in links {
        let (field, words) = link.split_once("\">").unwrap_or((link, ""));
        match id_of(&text, field) {
            Some(id) => written.push_str(&format!("<a href=\"#{id}\">{words}")),
            None => written.push_str(&words.replacen("</a>", "", 1)),
        }
    }
    format!("{before}{SUMMARY}{written}</div>{after}")
}

/// The id of the element of a field.
fn id_of<'t>(text: &'t str, field: &'t str) -> Option<&'t str> {
    if text.contains(&format!(" id=\"{field}\"")) {
        return Some(field);
    }
    let named = |name: String| text.split_once(name.as_str());
    let (before, after) = named(format!(" name=\"{field}\"")).or_else(|| named(format!(" name=\"{field}[]\"")))?;
    let (_, begin) = before.rsplit_once('<')?;
    let (end, _) = after.split_once('>')?;
    [begin, end].into_iter().find_map(|part| part.split_once("id=\"")?.1.split('"').next())
}

/// What the page calls a field.
fn label(text: &str, field: &str) -> String {
    let after = text.split_once(&format!("<label for=\"{field}\">")).map(|(_, after)| after);
    let label = after.and_then(|after| after.split_once("</label>")).map(|(label, _)| label);
    let named = || {
        let (before, _) = text.split_once(&format!("name=\"{field}\""))?;
        let (_, legend) = before.rsplit_once("<legend>")?;
        legend.split_once("</legend>").map(|(legend, _)| legend)
    };
    let plain = label.or_else(named).filter(|label| !label.contains('<')).map(str::trim);
    plain.map_or_else(|| plain::name(field), str::to_owned)
}

/// The answer to a form that did what it says: the page that says what happened.
pub(crate) fn see(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_of_errors_leads_to_what_is_there() {
        let page = |links: &str| {
            let fields = "<input id=\"name\" name=\"name\"><input id=\"of-1\" name=\"of[]\"><input type=\"hidden\" name=\"version\">";
            format!("<div>{SUMMARY}{links}</div>{fields}")
        };
        let shown = anchored(page("<a href=\"#name\">a</a><a href=\"#of\">b</a><a href=\"#version\">c</a>"));
        assert_eq!(shown, page("<a href=\"#name\">a</a><a href=\"#of-1\">b</a>c"));
    }

    #[test]
    fn a_summary_of_errors_names_fields_as_the_page_does() {
        let page = "<a href=\"#name\">\u{1}name\u{1}: is needed</a> <a>\u{1}at_risk\u{1}: x</a> <a>\u{1}no_one\u{1}: y</a>\
                    <label for=\"name\">Name of the hub</label><fieldset><legend>Which?</legend><input name=\"at_risk\">";
        let said = labelled(page.to_owned());
        assert!(
            said.starts_with("<a href=\"#name\">Name of the hub: is needed</a> <a>Which?: x</a> <a>No one: y</a>"),
            "{said}"
        );
    }
}
