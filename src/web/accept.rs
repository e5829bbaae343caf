//! In which form an answer is asked for, by the header `Accept`.

use std::cmp::Reverse;

use actix_web::HttpRequest;
use actix_web::http::header::{Accept, Header, Quality};

use crate::base::xlsx;

/// A file for spreadsheets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SheetFile {
    /// Comma-separated values.
    Csv,
    /// A workbook (XLSX).
    Workbook,
}

impl SheetFile {
    /// The one that a request asks for.
    pub(super) fn asked(request: &HttpRequest) -> Option<SheetFile> {
        match accepted(request, &["text/csv", xlsx::MEDIA_TYPE])? {
            0 => Some(SheetFile::Csv),
            _ => Some(SheetFile::Workbook),
        }
    }
}

/// Which of these media types `Accept` prefers to the others and to JSON, which is sent where it names none of them.
pub(super) fn accepted(request: &HttpRequest, media_types: &[&str]) -> Option<usize> {
    let Ok(Accept(mut ranges)) = Accept::parse(request) else { return None };
    ranges.retain(|range| range.quality > Quality::ZERO);
    ranges.sort_by_key(|range| Reverse(range.quality));
    let named = |range: &str| media_types.iter().position(|media_type| *media_type == range);
    let first = ranges
        .iter()
        .map(|range| range.item.essence_str())
        .find(|range| named(range).is_some() || ["application/json", "application/*", "*/*"].contains(range));
    first.and_then(named)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn what_is_liked_best_is_given() {
        let asked = |accept: &str| {
            let accept = accept.replace("XLSX", xlsx::MEDIA_TYPE);
            SheetFile::asked(&TestRequest::default().insert_header(("accept", accept)).to_http_request())
        };
        assert_eq!(asked("text/csv"), Some(SheetFile::Csv));
        assert_eq!(asked("XLSX"), Some(SheetFile::Workbook));
        assert_eq!(asked("text/csv;q=0.5, XLSX"), Some(SheetFile::Workbook));
        assert_eq!(asked("XLSX;q=0, text/csv;q=0.1"), Some(SheetFile::Csv));
        for json in ["application/json, text/csv", "*/*", "text/html, */*;q=0.1", "XLSX;q=0.1, application/*"] {
            assert_eq!(asked(json), None, "{json}");
        }
    }
}
