//! The stylesheet and the scripts of the pages: in the binary, compressed once, with a digest in their names, so that a
//! browser keeps each for ever and never an old one.

use std::io::Write;
use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::problem::{Answer, Problem};

struct Asset {
    path: String,
    media_type: &'static str,
    text: &'static str,
    packed: Option<Vec<u8>>,
}

impl Asset {
    fn new(name: &str, extension: &str, media_type: &'static str, text: &'static str) -> Asset {
        let digest = hex::encode(&Sha256::digest(text.as_bytes())[..6]);
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        let packed = packed.write_all(text.as_bytes()).and_then(|()| packed.finish()).ok();
        Asset { path: format!("/assets/{name}.{digest}.{extension}"), media_type, text, packed }
    }
}

static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("hub", "css", "text/css; charset=utf-8", include_str!("assets/hub.css")));
static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("hub", "js", "text/javascript; charset=utf-8", include_str!("assets/hub.js")));
static REGISTER: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("register", "js", "text/javascript; charset=utf-8", include_str!("assets/register.js"))
});

/// The address of the stylesheet.
pub(crate) fn style() -> &'static str {
    &STYLE.path
}

/// The address of the script.
pub(crate) fn script() -> &'static str {
    &SCRIPT.path
}

/// The address of the script that saves a register as it is ticked.
pub(crate) fn register() -> &'static str {
    &REGISTER.path
}

/// Registers them all.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/assets/{name}", web::get().to(asset));
}

async fn asset(request: HttpRequest) -> Answer {
    let known = [&*STYLE, &*SCRIPT, &*REGISTER];
    let asset = known.into_iter().find(|asset| asset.path == request.path()).ok_or_else(Problem::not_found)?;
    let mut response = HttpResponse::Ok();
    response
        .content_type(asset.media_type)
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::VARY, "Accept-Encoding"));
    let taken = request.headers().get(header::ACCEPT_ENCODING).and_then(|sent| sent.to_str().ok());
    match &asset.packed {
        Some(packed) if taken.is_some_and(|taken| taken.contains("gzip")) => {
            response.insert_header((header::CONTENT_ENCODING, "gzip"));
            Ok(response.body(packed.clone()))
        }
        _ => Ok(response.body(asset.text)),
    }
}
