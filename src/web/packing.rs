//! Answers that are sent compressed to whoever takes them so.

use std::io::{self, Write};

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use flate2::Compression;
use flate2::write::GzEncoder;

/// Whether the caller takes an answer compressed.
pub(crate) fn takes_gzip(request: &HttpRequest) -> bool {
    let sent = request.headers().get(header::ACCEPT_ENCODING).and_then(|sent| sent.to_str().ok()).unwrap_or_default();
    sent.split(',').any(|coding| coding.trim() == "gzip" || coding.trim().starts_with("gzip;"))
}

/// The bytes, compressed.
pub(crate) fn pack(bytes: &[u8], how: Compression) -> io::Result<Vec<u8>> {
    let mut packed = GzEncoder::new(Vec::new(), how);
    packed.write_all(bytes)?;
    packed.finish()
}

/// What is the same in every answer, compressed once.
#[derive(Clone)]
pub(super) struct Packed {
    plain: Bytes,
    packed: Option<Bytes>,
}

impl Packed {
    /// The bytes; a picture that does not become smaller stays as it is.
    pub(super) fn of(plain: Vec<u8>) -> Packed {
        let packed = pack(&plain, Compression::best()).ok().filter(|packed| packed.len() < plain.len());
        Packed { plain: plain.into(), packed: packed.map(Bytes::from) }
    }

    /// The answer with it.
    pub(super) fn answer(&self, request: &HttpRequest, media_type: &str) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.content_type(media_type).insert_header((header::VARY, "Accept-Encoding"));
        match &self.packed {
            Some(packed) if takes_gzip(request) => {
                response.insert_header((header::CONTENT_ENCODING, HeaderValue::from_static("gzip")));
                response.body(packed.clone())
            }
            _ => response.body(self.plain.clone()),
        }
    }
}
