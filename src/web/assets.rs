//! The stylesheet and the scripts of the pages: in the binary, compressed once, with a digest in their names, so that a
//! browser keeps each for ever and never an old one.

use std::sync::LazyLock;

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use sha2::{Digest, Sha256};

use super::packing::Packed;
use super::problem::{Answer, Problem};
use crate::base::colour::Colour;

/// The media type of a stylesheet.
const CSS: &str = "text/css; charset=utf-8";

struct Asset {
    path: String,
    media_type: &'static str,
    packed: Packed,
}

impl Asset {
    fn new(name: &str, extension: &str, media_type: &'static str, text: &'static str) -> Asset {
        let digest = hex::encode(&Sha256::digest(text.as_bytes())[..6]);
        let path = format!("/assets/{name}.{digest}.{extension}");
        Asset { path, media_type, packed: Packed::of(text.as_bytes().to_vec()) }
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
    let mut response = asset.packed.answer(&request, asset.media_type);
    response.headers_mut().insert(FOR_EVER.0, HeaderValue::from_static(FOR_EVER.1));
    Ok(response)
}
