//! PDF files as programs read them: by a parser that shares nothing with what wrote them.

use lopdf::{Document, Object};

use super::{Reply, Request};

impl Request {
    /// Asks for a file to print.
    #[allow(clippy::wrong_self_convention, reason = "a step of building a request, read as a sentence")]
    pub fn as_pdf(self) -> Request {
        self.header("accept", "application/pdf")
    }
}

impl Reply {
    /// 200, and the words of the PDF file, page by page.
    #[track_caller]
    pub fn pages(&self) -> Vec<String> {
        assert_eq!((self.status, self.header("content-type")), (200, Some("application/pdf")), "{self}");
        let document = Document::load_mem(&self.body).expect("a PDF file");
        let marked = document.catalog().unwrap().get(b"MarkInfo").and_then(Object::as_dict).expect("marked");
        assert_eq!(marked.get(b"Marked").and_then(Object::as_bool).ok(), Some(true), "a screen reader can read it");
        let numbers: Vec<u32> = document.get_pages().into_keys().collect();
        let words = |page| document.extract_text(&[page]).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        numbers.into_iter().map(words).collect()
    }
}
