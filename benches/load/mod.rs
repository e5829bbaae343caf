//! The load: clients over loopback HTTP, each with one connection that it keeps and one request at a
//! time. The client is written out here so that it costs little: it runs on the machine it measures.
#![allow(dead_code, reason = "not every bench makes every kind of load")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a load saw.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Requests answered as they should be, a second.
    pub rate: f64,
    /// The time of half of them, in microseconds.
    pub p50: f64,
    /// The time of all but one in a hundred, in microseconds.
    pub p99: f64,
}

/// Sends requests from so many clients for so long; `request` writes the n-th, and every answer must
/// have this status.
pub async fn run(
    address: &str,
    clients: usize,
    time: Duration,
    status: u16,
    request: impl Fn(usize, &mut String) + Send + Sync + 'static,
) -> Seen {
    paced(address, clients, Duration::ZERO, time, status, request).await
}

/// The same, where each client sends a request so often: one that is due and can't be sent, since the one before has no
/// answer yet, is counted from when it was due.
pub async fn paced(
    address: &str,
    clients: usize,
    every: Duration,
    time: Duration,
    status: u16,
    request: impl Fn(usize, &mut String) + Send + Sync + 'static,
) -> Seen {
    let (next, request) = (Arc::new(AtomicUsize::new(0)), Arc::new(request));
    let began = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|client| {
            let (next, request, address) = (next.clone(), request.clone(), address.to_owned());
            tokio::spawn(async move {
                let mut stream = connect(&address).await;
                let (mut text, mut answer, mut times) = (String::new(), Vec::with_capacity(8192), Vec::new());
                // They begin one after the other, not all at once.
                let mut due = began + every.mul_f64(client as f64 / clients as f64);
                while began.elapsed() < time {
                    text.clear();
                    request(next.fetch_add(1, Ordering::Relaxed), &mut text);
                    let mut asked = Instant::now();
                    if !every.is_zero() {
                        if asked < due {
                            tokio::time::sleep_until(due.into()).await;
                            asked = Instant::now();
                        } else {
                            asked = due;
                        }
                        due += every;
                    }
                    stream.write_all(text.as_bytes()).await.unwrap();
                    let found = read(&mut stream, &mut answer).await;
                    times.push(asked.elapsed().as_micros() as u32);
                    assert_eq!(found, status, "{}", String::from_utf8_lossy(&answer));
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    let seconds = began.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |share: f64| f64::from(times[((times.len() - 1) as f64 * share) as usize]);
    Seen { rate: times.len() as f64 / seconds, p50: at(0.5), p99: at(0.99) }
}

/// Sends requests from so many clients, each its own again and again, until it is told to stop, and waits for the last
/// answers; how many answers of which status there were.
pub async fn until(
    address: &str,
    clients: usize,
    stop: Arc<AtomicBool>,
    request: impl Fn(usize) -> String,
) -> BTreeMap<u16, usize> {
    let tasks: Vec<_> = (0..clients)
        .map(|client| {
            let (stop, address, text) = (stop.clone(), address.to_owned(), request(client));
            tokio::spawn(async move {
                let (mut stream, mut answer, mut statuses) = (connect(&address).await, Vec::new(), Vec::new());
                while !stop.load(Ordering::Relaxed) {
                    stream.write_all(text.as_bytes()).await.unwrap();
                    statuses.push(read(&mut stream, &mut answer).await);
                }
                statuses
            })
        })
        .collect();
    let mut counts = BTreeMap::new();
    for task in tasks {
        for status in task.await.unwrap() {
            *counts.entry(status).or_default() += 1;
        }
    }
    counts
}

async fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address.trim_start_matches("http://")).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Reads one answer to its end; its status.
async fn read(stream: &mut TcpStream, answer: &mut Vec<u8>) -> u16 {
    answer.clear();
    let mut end = None;
    loop {
        let read = stream.read_buf(answer).await.unwrap();
        assert!(read > 0, "the service closed the connection");
        if end.is_none()
            && let Some(head) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")
        {
            let text = std::str::from_utf8(&answer[..head]).unwrap();
            let length = text
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
            end = Some(head + 4 + length.unwrap_or(0));
        }
        if end.is_some_and(|end| answer.len() >= end) {
            return std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
        }
    }
}
