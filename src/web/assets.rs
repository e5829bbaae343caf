//! The stylesheet and the scripts of the pages: in the binary, compressed once, with a digest in their names, so that a
//! browser keeps each for ever and never an old one.

use std::io::Write;
use std::sync::LazyLock;

use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse, web};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::problem::{Answer, Problem};
use crate::base::colour::Colour;

/// The media type of a stylesheet.
const CSS: &str = "text/css; charset=utf-8";

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

static STYLE: LazyLock<Asset> = LazyLock::new(|| Asset::new("hub", "css", CSS, include_str!("assets/hub.css")));
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

/// The address of the stylesheet of a hub's colour; none where it is that of all.
pub(crate) fn colour(colour: Colour) -> Option<String> {
    (colour != Colour::USUAL).then(|| format!("/assets/colour.{}.css", colour.as_str().trim_start_matches('#')))
}

/// Registers them all.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/assets/colour.{digits}.css", web::get().to(coloured));
    config.route("/assets/{name}", web::get().to(asset));
}

/// What a browser may keep for ever: it has another name as soon as it is another.
const FOR_EVER: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=31536000, immutable");

async fn coloured(request: HttpRequest) -> Answer {
    let digits = request.match_info().get("digits").unwrap_or_default();
    let colour = Colour::parse(&format!("#{digits}")).map_err(|_| Problem::not_found())?;
    Ok(HttpResponse::Ok().content_type(CSS).insert_header(FOR_EVER).body(colour.stylesheet()))
}

async fn asset(request: HttpRequest) -> Answer {
    let known = [&*STYLE, &*SCRIPT, &*REGISTER];
    let asset = known.into_iter().find(|asset| asset.path == request.path()).ok_or_else(Problem::not_found)?;
    let mut response = HttpResponse::Ok();
    response.content_type(asset.media_type).insert_header(FOR_EVER).insert_header((header::VARY, "Accept-Encoding"));
    let taken = request.headers().get(header::ACCEPT_ENCODING).and_then(|sent| sent.to_str().ok());
    match &asset.packed {
        Some(packed) if taken.is_some_and(|taken| taken.contains("gzip")) => {
            response.insert_header((header::CONTENT_ENCODING, "gzip"));
            Ok(response.body(packed.clone()))
        }
        _ => Ok(response.body(asset.text)),
    }
}
