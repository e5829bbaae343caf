//! The load: clients over loopback HTTP, each with one connection that it keeps and one request at a
//! time. The client is written out here so that it costs little: it runs on the machine it measures.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    let (next, request) = (Arc::new(AtomicUsize::new(0)), Arc::new(request));
    let began = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|_| {
            let (next, request, address) =
                (next.clone(), request.clone(), address.trim_start_matches("http://").to_owned());
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(&address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let (mut text, mut answer, mut times) = (String::new(), Vec::with_capacity(8192), Vec::new());
                while began.elapsed() < time {
                    text.clear();
                    request(next.fetch_add(1, Ordering::Relaxed), &mut text);
                    let asked = Instant::now();
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
