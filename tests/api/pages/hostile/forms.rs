//! Forms as a page has them, filled in with hostile texts.

use std::sync::Arc;

use crate::support::{Element, Seen, Tab, unique};

use super::texts::HOSTILE;
use super::walk::kind_of;

/// A form of a page.
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// Where it is sent.
    pub(super) action: String,
    /// Whether it changes something.
    pub(super) post: bool,
    upload: bool,
    fields: Vec<Arc<Element>>,
}

/// Kinds of `input` whose text is free.
const FREE: &[&str] = &["", "text", "search", "tel"];

impl Form {
    /// Every form of a page at this address but those that sign somebody out.
    pub(super) fn all(page: &Element, at: &str) -> Vec<Form> {
        let here = at.split('?').next().unwrap_or_default();
        let forms = page.all("form").into_iter().map(|form| Form {
            action: form.attribute("action").unwrap_or(here).to_owned(),
            post: form.attribute("method").is_some_and(|method| method.eq_ignore_ascii_case("post")),
            upload: form.attribute("enctype") == Some("multipart/form-data"),
            fields: form.within.clone(),
        });
        forms.filter(|form| form.action != "/sign-out").collect()
    }

    /// Whether it is that form again.
    pub(super) fn is_as(&self, other: &Form) -> bool {
        self.post == other.post && kind_of(&self.action) == kind_of(&other.action)
    }

    /// Whether anything can be typed into it, or sent with it.
    pub(super) fn takes_text(&self) -> bool {
        self.upload || self.fields.iter().any(|field| free(field) || typed(field))
    }

    /// Whether the answer shows it again, with why it was refused.
    pub(super) fn is_refused(&self, answer: &Seen) -> bool {
        answer.page().within.iter().any(|it| it.attribute("class").is_some_and(|class| class.contains("wrong")))
    }

    /// Sends it with hostile texts in every field that takes text. At even turns the other fields have what they ask
    /// for, so that the texts are taken; at odd ones they have hostile texts too.
    pub(super) async fn send(&self, tab: &Tab, turn: usize) -> Seen {
        let mut filled = Vec::new();
        let text = |place: usize| HOSTILE[(turn + place) % HOSTILE.len()].to_owned();
        for (place, field) in self.fields.iter().enumerate() {
            let Some(name) = field.attribute("name").map(str::to_owned) else { continue };
            let given = filled.iter().any(|(known, _)| *known == name);
            let value = match field.attribute("type").unwrap_or_default() {
                "file" => continue,
                "checkbox" if turn.is_multiple_of(2) && field.attribute("checked").is_none() => continue,
                "radio" if given => continue,
                "submit" | "hidden" | "radio" | "checkbox" => value_of(field),
                _ if free(field) => text(place),
                _ if field.name == "select" => chosen(field),
                _ if field.name == "button" && given => continue,
                _ if field.name == "button" && turn % 4 > 1 => continue,
                _ if field.name == "button" => value_of(field),
                _ if !typed(field) => continue,
                _ if turn % 2 == 1 => text(place),
                kind => asked(kind, field),
            };
            filled.push((name, value));
        }
        self.sent(tab, filled, turn).await
    }

    /// Sends it with what stands in it, and the first of its buttons.
    pub(super) async fn send_as_it_stands(&self, tab: &Tab) -> Seen {
        let mut filled: Vec<(String, String)> = Vec::new();
        for field in &self.fields {
            let Some(name) = field.attribute("name") else { continue };
            let box_of = ["checkbox", "radio"].contains(&field.attribute("type").unwrap_or_default());
            let value = match field.name.as_str() {
                "input" if box_of && field.attribute("checked").is_none() => continue,
                "input" | "button" => value_of(field),
                "textarea" => field.text.clone(),
                "select" => chosen(field),
                _ => continue,
            };
            filled.push((name.to_owned(), value));
        }
        self.sent(tab, filled, 0).await
    }

    async fn sent(&self, tab: &Tab, filled: Vec<(String, String)>, turn: usize) -> Seen {
        let text = HOSTILE[turn % HOSTILE.len()];
        if self.upload {
            let rows =
                format!("name,email,role,urn,{text}\n\"{}\",{text},{text},{text},{text}\n", text.replace('"', "\"\""));
            return tab.upload(&self.action, filled, Some(("<svg onload=alert(1)>.csv", rows.as_bytes()))).await;
        }
        if self.post {
            return tab.send(&self.action, filled).await;
        }
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(filled).finish();
        tab.get(&format!("{}?{query}", self.action)).await
    }
}

fn value_of(field: &Element) -> String {
    field.attribute("value").unwrap_or_default().to_owned()
}

/// A field of free text.
fn free(field: &Element) -> bool {
    let numbers = field.attribute("inputmode").is_some();
    let kind = field.attribute("type").unwrap_or_default();
    field.name == "textarea" || (field.name == "input" && FREE.contains(&kind) && !numbers)
}

/// A field in which something of a certain form is typed.
fn typed(field: &Element) -> bool {
    let kind = field.attribute("type").unwrap_or_default();
    field.name == "input" && !["hidden", "checkbox", "radio", "submit", "file"].contains(&kind)
}

/// What stands there, or something of the form that is asked for.
fn asked(kind: &str, field: &Element) -> String {
    match (kind, value_of(field)) {
        (_, value) if !value.is_empty() => value,
        ("email", _) => format!("typed.{}@hub.example", unique()),
        ("date", _) => "2026-11-12".to_owned(),
        ("time", _) => "10:00".to_owned(),
        ("datetime-local", _) => "2026-11-12T10:00".to_owned(),
        ("url", _) => "https://meet.example/\"><script>alert(1)</script>".to_owned(),
        ("password", _) => "\"><script>alert(1)</script>".to_owned(),
        _ => "1".to_owned(),
    }
}

/// What is chosen of a list, or the first that says something.
fn chosen(field: &Element) -> String {
    let options = field.all("option");
    let standing = options.iter().find(|option| option.attribute("selected").is_some());
    let saying = options.iter().find(|option| !value_of(option).is_empty());
    standing.or(saying).map_or_else(String::new, |option| value_of(option))
}
