//! Receivers of webhooks: what they were sent, and whatever a test has them answer.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

/// How a receiver answers.
#[derive(Clone, Debug)]
pub enum Answering {
    /// With this status and body.
    With(u16, String),
    /// By leading there.
    Elsewhere(String),
    /// With ten million bytes.
    Hugely,
    /// Never: the connection stays open.
    Never,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its path.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

impl Received {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// A header.
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

/// A receiver.
#[derive(Clone)]
pub struct Receiver {
    /// The port that it listens at, on 127.0.0.1.
    pub port: u16,
    received: Arc<Mutex<Vec<Received>>>,
    answering: Arc<Mutex<Answering>>,
    once: Arc<Mutex<Option<Answering>>>,
}

impl Receiver {
    /// One that takes everything.
    pub fn start() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let answering = Arc::new(Mutex::new(Answering::With(200, "thanks".to_owned())));
        let receiver = Receiver { port, received: Arc::default(), answering, once: Arc::default() };
        let serving = receiver.clone();
        // It ends with the process: nobody sends it anything then.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let receiver = serving.clone();
                std::thread::spawn(move || receiver.serve(stream));
            }
        });
        receiver
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    /// Has it answer so from now on.
    pub fn answers(&self, answering: Answering) {
        *self.answering.lock().unwrap() = answering;
    }

    /// What it was sent since it was last asked.
    pub fn received(&self) -> Vec<Received> {
        std::mem::take(&mut *self.received.lock().unwrap())
    }

    /// Has it answer the next request so, and those after it as before.
    pub fn answers_once(&self, answering: Answering) {
        *self.once.lock().unwrap() = Some(answering);
    }

    /// The kinds of what it was sent since it was last asked.
    pub fn kinds(&self) -> Vec<String> {
        self.received().iter().map(|sent| sent.json()["type"].as_str().unwrap().to_owned()).collect()
    }

    fn serve(&self, mut stream: TcpStream) {
        let Some(received) = read(&stream) else { return };
        self.received.lock().unwrap().push(received);
        let once = self.once.lock().unwrap().take();
        let answering = once.unwrap_or_else(|| self.answering.lock().unwrap().clone());
        let head = |status: u16, more: &str, length: usize| {
            format!("HTTP/1.1 {status} Said\r\n{more}content-length: {length}\r\nconnection: close\r\n\r\n")
        };
        // The service may have gone before all of it is written.
        let _ = match answering {
            Answering::With(status, body) => stream.write_all((head(status, "", body.len()) + &body).as_bytes()),
            Answering::Elsewhere(url) => stream.write_all(head(307, &format!("location: {url}\r\n"), 0).as_bytes()),
            Answering::Hugely => stream
                .write_all(head(200, "", 10_000_000).as_bytes())
                .and_then(|()| (0..1000).try_for_each(|_| stream.write_all(&[b'x'; 10_000]))),
            Answering::Never => {
                std::thread::sleep(Duration::from_secs(20));
                Ok(())
            }
        };
    }
}

fn read(stream: &TcpStream) -> Option<Received> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HeaderMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.append(name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value).ok()?);
    }
    let length: usize = headers.get("content-length")?.to_str().ok()?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received { path, headers, body: String::from_utf8(body).ok()? })
}
