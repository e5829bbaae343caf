//! Every page of a role, by the links that it finds, and the forms on them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use url::Url;

use crate::support::{Element, Tab};

use super::forms::Form;
use super::texts::looked_at;

/// Of pages that differ only by ids, so many are looked at.
const OF_A_KIND: usize = 3;

/// What is no page of a person's.
const PROGRAMS: &[&str] = &["/docs", "/openapi.json", "/problems", "/v1/", "/demo/", "/assets/"];

/// A page that was found.
pub(super) struct Found {
    /// Its address.
    pub(super) path: String,
    /// Its words.
    pub(super) words: String,
}

/// All that a role finds.
pub(super) struct Walk {
    /// The pages.
    pub(super) pages: Vec<Found>,
    /// The forms, each with a page that has it.
    pub(super) forms: Vec<(String, Form)>,
}

impl Walk {
    /// Follows the links from the home page on. Every page and file is looked at on the way.
    pub(super) async fn of(tab: &Tab, role: &str) -> Walk {
        let mut walk = Walk { pages: Vec::new(), forms: Vec::new() };
        let (mut seen, mut kinds) = (BTreeSet::new(), BTreeMap::<String, usize>::new());
        let mut queue = VecDeque::from(["/".to_owned()]);
        while let Some(path) = queue.pop_front() {
            let looked = kinds.entry(kind_of(&path)).or_default();
            let most = if path.contains('?') { 1 } else { OF_A_KIND };
            if *looked >= most || !seen.insert(path.clone()) || PROGRAMS.iter().any(|start| path.starts_with(start)) {
                continue;
            }
            *looked += 1;
            let answer = tab.get(&path).await;
            looked_at(&answer, &format!("{role}, {path}"));
            let kind = answer.headers.get("content-type").map_or("", |kind| kind.to_str().unwrap());
            if answer.status != 200 || !kind.starts_with("text/html") {
                continue;
            }
            let page = answer.page();
            queue.extend(links(&page, &path));
            walk.forms.extend(Form::all(&page, &path).into_iter().map(|form| (path.clone(), form)));
            walk.pages.push(Found { path, words: page.text });
        }
        assert!(walk.pages.len() > 10, "{role} finds {} pages", walk.pages.len());
        walk
    }
}

/// Where a page leads within the service.
fn links(page: &Element, from: &str) -> Vec<String> {
    let here = Url::parse("http://here").unwrap().join(from).unwrap();
    let to = page.all("a").into_iter().filter_map(|link| here.join(link.attribute("href")?).ok());
    let within = to.filter(|to| to.origin() == here.origin());
    within.map(|to| to.query().map_or_else(|| to.path().to_owned(), |query| format!("{}?{query}", to.path()))).collect()
}

/// A path with its ids left out, and the names alone of what is asked in it: `/people/*?text`.
pub(super) fn kind_of(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let id = |part: &&str| part.len() >= 4 && part.chars().filter(char::is_ascii_digit).count() * 4 >= part.len();
    let parts: Vec<&str> = path.split('/').map(|part| if id(&part) { "*" } else { part }).collect();
    let names: BTreeSet<String> =
        url::form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name.into_owned()).collect();
    format!("{}?{}", parts.join("/"), names.into_iter().collect::<Vec<_>>().join("&"))
}
