//! A form with a file: proved like any [`Form`], with the file on disk.
//!
//! An import is looked at before it is done, and a browser sends a file once. So the page that shows what a file would do
//! holds the file itself, compressed ([`Upload::kept`], `pages/kept.html`), and its form sends it again; a file too large for
//! that is chosen again. Nothing is kept on the server between the two.

use std::io::{Read, Seek, SeekFrom, Write};

use actix_multipart::{Field, Multipart};
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::GzDecoder;
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use sha2::{Digest, Sha256};

use super::form::Form;
use crate::web::app::App;
use crate::web::body::{CsvFile, FILE_LIMIT, JSON_LIMIT};
use crate::web::packing::pack;
use crate::web::problem::{Code, Problem};

/// The field in which a page holds the file that it has shown.
const KEPT: &str = "kept_file";

/// The largest file that a page holds, in bytes.
const KEPT_LIMIT: u64 = 512 * 1024;

/// A form with a file.
pub(crate) struct Upload {
    /// The other fields.
    pub(crate) form: Form,
    file: Option<CsvFile>,
    /// Whether the file was larger than one may be. Nothing was read of the form then, and nothing can be done with it: it is
    /// shown again.
    too_large: bool,
}

impl FromRequest for Upload {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let too_large = announced(&request).is_some_and(|length| length > FILE_LIMIT + JSON_LIMIT);
            if too_large {
                return Ok(Upload::too_large());
            }
            let upload = match read(Multipart::new(request.headers(), payload)).await {
                Err(problem) if problem.code() == Code::BodyTooLarge => return Ok(Upload::too_large()),
                upload => upload?,
            };
            upload.form.proved(&request)?;
            // The rows of a file are in memory when it has its turn, which it keeps until the request is answered.
            if let Some(app) = request.app_data::<web::Data<App>>() {
                let turn = app.long.file().await?;
                request.extensions_mut().insert(turn);
            }
            Ok(upload)
        })
    }
}

impl Upload {
    fn too_large() -> Upload {
        Upload { form: Form::of(Vec::new(), Vec::new()), file: None, too_large: true }
    }

    /// The file that was chosen, or that the page held. Whoever does something with the form asks for it first: a form of
    /// which nothing was read, nor proved, has none.
    pub(crate) fn file(&self) -> Result<CsvFile, Problem> {
        if self.too_large {
            let most = FILE_LIMIT / 1024 / 1024;
            let detail = format!("The file is larger than {most} megabytes: choose a smaller one, or divide it");
            return Err(Problem::field("/file", "too_large", detail));
        }
        let missing = || Problem::field("/file", "missing", "Choose a file: a CSV file or an Excel workbook (.xlsx)");
        let CsvFile { file, digest } = self.file.as_ref().ok_or_else(missing)?;
        let mut file = file.try_clone().map_err(|error| Problem::no_room(&error))?;
        file.seek(SeekFrom::Start(0)).map_err(|error| Problem::no_room(&error))?;
        Ok(CsvFile { file, digest: *digest })
    }

    /// The file as text, compressed, for the page that shows what it would do to hold it; none where it is too large.
    pub(crate) fn kept(&self) -> Result<Option<String>, Problem> {
        let mut bytes = Vec::new();
        let mut file = self.file()?.file;
        let length = file.metadata().map_err(|error| Problem::no_room(&error))?.len();
        if length > KEPT_LIMIT {
            return Ok(None);
        }
        file.read_to_end(&mut bytes).map_err(|error| Problem::no_room(&error))?;
        let packed = pack(&bytes, Compression::best()).map_err(|error| Problem::no_room(&error))?;
        Ok(Some(BASE64_URL_SAFE_NO_PAD.encode(packed)))
    }
}

fn announced(request: &HttpRequest) -> Option<usize> {
    request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok())
}

fn too_much() -> Problem {
    Problem::new(Code::BodyTooLarge, format!("a file may have at most {} megabytes", FILE_LIMIT / 1024 / 1024))
}

fn unread(error: &actix_multipart::MultipartError) -> Problem {
    Problem::new(Code::InvalidRequest, format!("the form could not be read to its end: {error}"))
}

async fn read(mut parts: Multipart) -> Result<Upload, Problem> {
    let (mut fields, mut file, mut room) = (Vec::new(), None, JSON_LIMIT);
    let mut digest = Sha256::new();
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|error| unread(&error))?;
        let name = part.name().unwrap_or_default().to_owned();
        let chosen = part.content_disposition().and_then(|said| said.get_filename()).map(str::to_owned);
        if let Some(chosen) = chosen {
            // A browser sends an empty part for a file that was not chosen.
            let sent = to_disk(&mut part).await?;
            if let Some(sent) = sent.filter(|_| !chosen.is_empty()) {
                digest.update(sent.digest);
                file = Some(sent);
            }
            continue;
        }
        let mut value = Vec::new();
        while let Some(piece) = part.next().await {
            let piece: Bytes = piece.map_err(|error| unread(&error))?;
            room = room.checked_sub(piece.len()).ok_or_else(too_much)?;
            value.extend_from_slice(&piece);
        }
        if name == KEPT {
            file = file.or(from_page(&value)?);
            digest.update(Sha256::digest(&value));
            continue;
        }
        let value = String::from_utf8(value).map_err(|_| Problem::field(&name, "invalid", "must be UTF-8"))?;
        digest.update(Sha256::digest(name.as_bytes()));
        digest.update(Sha256::digest(value.as_bytes()));
        fields.push((name, value));
    }
    // A browser draws another boundary each time: what was sent is told by its parts.
    Ok(Upload { form: Form::of(fields, digest.finalize().to_vec()), file, too_large: false })
}

/// What is sent, as a file without a name; none where it is empty.
async fn to_disk(part: &mut Field) -> Result<Option<CsvFile>, Problem> {
    let (mut digest, mut length) = (Sha256::new(), 0);
    let mut file = tempfile::tempfile().map_err(|error| Problem::no_room(&error))?;
    while let Some(piece) = part.next().await {
        let piece: Bytes = piece.map_err(|error| unread(&error))?;
        length += piece.len();
        if length > FILE_LIMIT {
            return Err(too_much());
        }
        digest.update(&piece);
        file.write_all(&piece).map_err(|error| Problem::no_room(&error))?;
    }
    Ok((length > 0).then(|| CsvFile { file, digest: digest.finalize().into() }))
}

/// The file that the page held.
fn from_page(held: &[u8]) -> Result<Option<CsvFile>, Problem> {
    let unread = || Problem::field("/file", "invalid", "Choose the file again");
    let packed = BASE64_URL_SAFE_NO_PAD.decode(held).map_err(|_| unread())?;
    if packed.is_empty() {
        return Ok(None);
    }
    // What unpacks to more than a page holds was made by no page.
    let mut bytes = Vec::new();
    let read = GzDecoder::new(packed.as_slice()).take(KEPT_LIMIT + 1).read_to_end(&mut bytes);
    if read.is_err() || u64::try_from(bytes.len()).is_ok_and(|length| length > KEPT_LIMIT) {
        return Err(unread());
    }
    let mut file = tempfile::tempfile().map_err(|error| Problem::no_room(&error))?;
    file.write_all(&bytes).map_err(|error| Problem::no_room(&error))?;
    Ok(Some(CsvFile { file, digest: Sha256::digest(&bytes).into() }))
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn sent(body: &'static str) -> Multipart {
        let mut headers = header::HeaderMap::new();
        let kind = header::HeaderValue::from_static("multipart/form-data; boundary=xx");
        headers.insert(header::CONTENT_TYPE, kind);
        Multipart::new(&headers, stream::iter([Ok(Bytes::from_static(body.as_bytes()))]))
    }

    #[actix_web::test]
    async fn a_page_holds_the_file_that_it_has_shown() {
        let first = read(sent(
            "--xx\r\nContent-Disposition: form-data; name=\"role\"\r\n\r\nteacher\r\n\
             --xx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\n\
             name,email\r\n--xx--\r\n",
        ));
        let first = first.await.unwrap();
        assert_eq!(first.form.text("role"), "teacher");
        let kept = first.kept().unwrap().unwrap();
        let again = from_page(kept.as_bytes()).unwrap().unwrap();
        assert_eq!(again.digest, first.file().unwrap().digest);
        assert!(from_page(b"bm90IHBhY2tlZA").is_err(), "what no page has made");
        let nothing = "--xx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\r\n\r\n--xx--\r\n";
        assert!(read(sent(nothing)).await.unwrap().file().is_err());
    }
}
