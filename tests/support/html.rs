//! Pages as a browser reads them: by a parser that shares nothing with what wrote them.

use std::sync::Arc;

use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

use super::Reply;

/// An element of a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// `table`
    pub name: String,
    /// By name.
    pub attributes: Vec<(String, String)>,
    /// Its words and those within, their spaces put together.
    pub text: String,
    /// The elements within, of whatever depth, in order: each is shared by all that it is within.
    pub within: Vec<Arc<Element>>,
}

impl Reply {
    /// 200, and the elements of a well-formed page.
    #[track_caller]
    pub fn page(&self) -> Element {
        assert_eq!((self.status, self.header("content-type")), (200, Some("text/html; charset=utf-8")), "{self}");
        Element::of(&self.text())
    }
}

impl Element {
    /// The elements of a well-formed page.
    #[track_caller]
    pub fn of(text: &str) -> Element {
        let parsed = parse_document(RcDom::default(), ParseOpts::default()).one(text);
        let errors = parsed.errors.borrow();
        assert!(errors.is_empty(), "{errors:?} in {text}");
        element(&parsed.document)
    }

    /// Everything of that name.
    pub fn all(&self, name: &str) -> Vec<&Element> {
        self.within.iter().map(AsRef::as_ref).filter(|element: &&Element| element.name == name).collect()
    }

    /// An attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The words of each cell of a row.
    pub fn cells(&self) -> Vec<&str> {
        self.within
            .iter()
            .filter(|cell| ["td", "th"].contains(&cell.name.as_str()))
            .map(|cell| cell.text.as_str())
            .collect()
    }
}

fn element(node: &Handle) -> Element {
    let (mut words, mut within) = (String::new(), Vec::new());
    for child in node.children.borrow().iter() {
        match &child.data {
            NodeData::Text { contents } => words.push_str(&contents.borrow()),
            NodeData::Element { .. } => {
                let child = element(child);
                words.push(' ');
                words.push_str(&child.text);
                words.push(' ');
                let inner = child.within.clone();
                within.push(Arc::new(child));
                within.extend(inner);
            }
            _ => {}
        }
    }
    let (name, attributes) = match &node.data {
        NodeData::Element { name, attrs, .. } => {
            let attributes = attrs.borrow();
            let pairs =
                attributes.iter().map(|attribute| (attribute.name.local.to_string(), attribute.value.to_string()));
            (name.local.to_string(), pairs.collect())
        }
        _ => (String::new(), Vec::new()),
    };
    Element { name, attributes, text: words.split_whitespace().collect::<Vec<_>>().join(" "), within }
}
