//! ETags, by which a caller learns cheaply that nothing has changed.
//!
//! The tag of a record is `"VERSION-WRITES-SIGHT"`, that of a list `W/"WRITES-SIGHT"`: `WRITES` rises with every write
//! of the hub, and `SIGHT` is a digest of who looks at what. A change is checked by the version alone, whatever else
//! the tag says ([`version`]). No cache on the way keeps an answer (`no-store`): whoever sends a tag has kept it themselves.

use actix_web::http::header::{self, ETag, EntityTag, Header, HeaderValue, IfNoneMatch};
use actix_web::{HttpMessage, HttpResponse};
use sha2::{Digest, Sha256};

/// The state of the hub as one caller sees it.
pub(super) struct State(String);

impl State {
    /// The state after this many writes, where `sight` describes who looks at what.
    pub(super) fn new(writes: i64, sight: &str) -> State {
        let digest = Sha256::digest(sight.as_bytes());
        State(format!("{writes}-{}", hex::encode(&digest[..8])))
    }

    /// 304 with the tag, if one of those in `If-None-Match` is of this state.
    pub(super) fn known(&self, request: &impl HttpMessage) -> Option<HttpResponse> {
        let Ok(IfNoneMatch::Items(sent)) = IfNoneMatch::parse(request) else { return None };
        let known = sent.into_iter().find(|tag| self.is_of(tag))?;
        let mut response = HttpResponse::NotModified();
        response.insert_header(ETag(known)).insert_header((header::VARY, "Accept"));
        Some(response.finish())
    }

    fn is_of(&self, tag: &EntityTag) -> bool {
        if tag.weak {
            return tag.tag() == self.0;
        }
        let (version, state) = tag.tag().split_once('-').unwrap_or_default();
        state == self.0 && version.parse::<i64>().is_ok()
    }

    /// Adds the tag to the answer, with the record's version if it has one.
    pub(super) fn stamp(&self, mut answer: HttpResponse) -> HttpResponse {
        let version = answer.headers().get(header::ETAG).and_then(|tag| version(tag.to_str().ok()?));
        let tag = match version {
            Some(version) => format!("\"{version}-{}\"", self.0),
            None => format!("W/\"{}\"", self.0),
        };
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            answer.headers_mut().insert(header::ETAG, tag);
        }
        answer.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept"));
        answer
    }
}

/// The version in the tag of a record; none in that of a list.
pub(super) fn version(tag: &str) -> Option<i64> {
    let tag = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
    tag.split_once('-').map_or(tag, |(version, _)| version).parse().ok()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_tag_is_known_only_as_it_was_given() {
        let state = State::new(7, "a manager");
        let other = State::new(7, "a teacher");
        let known = |tag: &str| {
            let request = TestRequest::default().insert_header((header::IF_NONE_MATCH, tag)).to_http_request();
            state.known(&request).is_some()
        };
        let record = format!("\"3-{}\"", state.0);
        assert!(known(&record) && known(&format!("\"x\" , {record}")) && known(&format!("W/\"{}\"", state.0)));
        for wrong in [
            "*".to_owned(),
            String::new(),
            "\"3\"".to_owned(),
            format!("\"{}\"", state.0),
            format!("\"x-{}\"", state.0),
            state.0.clone(),
            format!("\"3-{}\"", other.0),
            format!("W/\"{}\"", State::new(8, "a manager").0),
        ] {
            assert!(!known(&wrong), "{wrong}");
        }
        assert!(state.known(&TestRequest::default().to_http_request()).is_none());
    }

    #[test]
    fn a_change_goes_by_the_version() {
        assert_eq!((version("\"3-7-00ff\""), version("\"3\""), version(" \"-1\" ")), (Some(3), Some(3), None));
        assert_eq!((version("W/\"7-00ff\""), version("3"), version("\"x-1\"")), (None, None, None));
    }
}
