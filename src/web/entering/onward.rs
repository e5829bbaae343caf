//! Where somebody goes on who signs in on a page.

use crate::members::logins::Begun;
use crate::web::app::App;
use crate::web::browser;
use crate::web::problem::Answer;
use crate::web::reply::Reply;

/// A page of ours to go on with: nothing that leads elsewhere.
pub(crate) fn next(asked: Option<&str>) -> &str {
    let asked = asked.unwrap_or_default();
    let ours =
        asked.starts_with('/') && !asked.starts_with("//") && asked.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if ours && browser::is_page(asked.split('?').next().unwrap_or_default()) { asked } else { "/" }
}

/// The page that the query of an address asks to go on with.
pub(crate) fn next_of(query: &str) -> String {
    let asked = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "next");
    next(asked.map(|(_, next)| next.into_owned()).as_deref()).to_owned()
}

/// The address of a page from which one goes on with another.
pub(crate) fn via(path: &str, next: &str) -> String {
    if next == "/" {
        return path.to_owned();
    }
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("next", next);
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}{}", query.finish())
}

/// Goes on to a page with the cookie of a session that has begun; where several hubs are open, to their list first.
pub(crate) fn enter(app: &App, begun: &Begun, next: &str) -> Answer {
    let to = if begun.hub.is_some() { next.to_owned() } else { via("/sign-in/hub", next) };
    let mut response = Reply::see(&to).into_response();
    browser::keep(app, &mut response, begun, app.clock.now())?;
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_next_is_a_page_of_ours() {
        for ours in ["/", "/catalogue", "/events/1?done=booked", "/places#top"] {
            assert_eq!(next(Some(ours)), ours);
        }
        for other in [
            "",
            "catalogue",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/a\nb",
            "/\t/evil.example",
            " /catalogue",
            "/v1/me",
            "/v1",
            "/docs/",
        ] {
            assert_eq!(next(Some(other)), "/", "{other:?}");
        }
        assert_eq!(next(None), "/");
        assert_eq!(next_of("a=b&next=%2Fplaces%3Fa%3Db"), "/places?a=b");
        assert_eq!(via("/sign-in", "/places?a=b"), "/sign-in?next=%2Fplaces%3Fa%3Db");
        assert_eq!(via("/sign-in?a=b", "/places"), "/sign-in?a=b&next=%2Fplaces");
        assert_eq!(via("/sign-in", "/"), "/sign-in");
    }
}
