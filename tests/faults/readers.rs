//! Readers that ask for much and read nothing of it: nobody else waits for them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::support::{Client, Engine, Place, Process};
use crate::{Stream, calm, on, proved};

/// How many ask for the same thing.
const READERS: usize = 8;

/// What is sent piece by piece, and in which form.
const STREAMED: [(&str, &str); 8] = [
    ("/v1/ledger/export?format=jsonl", "*/*"),
    ("/v1/ledger/export?format=csv", "*/*"),
    ("/v1/ledger/export?format=hledger", "*/*"),
    ("/v1/ledger/export?format=beancount", "*/*"),
    ("/v1/bookings", "text/csv"),
    ("/v1/transactions", "text/csv"),
    ("/v1/changes", "text/csv"),
    ("/v1/people", "text/csv"),
];

/// Asks, and reads no further than the status of the answer.
fn ask_and_read_nothing(service: &Process, who: &Client, (path, accept): (&str, &str)) -> (TcpStream, u16) {
    let address: SocketAddr = service.address.trim_start_matches("http://").parse().unwrap();
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&address.into()).unwrap();
    let mut stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nAccept: {accept}\r\n\r\n",
        who.token()
    )
    .unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    let status = std::str::from_utf8(&status[9..]).unwrap().parse().unwrap();
    (stream, status)
}

async fn nobody_waits_for_them(place: Place) {
    let mut stream = Stream::prepare(&place).await;
    let mut service = Process::start(&place);
    let mut running = stream.start(&service);
    running.answered(2_000).await;
    service.terminate();
    stream.end(running).await;
    assert_eq!(service.ended().code(), Some(0), "{:?}", service.log());

    let service = Process::start(&place);
    stream.settle(&service).await;
    let manager = stream.manager().clone();
    let mut silent = Vec::new();
    for streamed in STREAMED {
        let (mut begun, asked) = (0, Instant::now());
        while begun < READERS {
            let (socket, status) = ask_and_read_nothing(&service, &manager, streamed);
            assert!([200, 429].contains(&status), "{streamed:?}: {status}");
            assert!(asked.elapsed() < Duration::from_secs(60), "{streamed:?}: {begun} of {READERS} have begun");
            begun += usize::from(status == 200);
            silent.push(socket);
        }
        stream.book_once_more().await.created();
        manager.get("/readyz").await.ok();
    }
    // All of it is open still, and nobody notices.
    for _ in 0..8 {
        stream.book_once_more().await.created();
        manager.get("/v1/bookings?limit=200").await.ok();
    }
    assert_eq!(manager.get("/v1/ledger/verification").await.ok()["verified"], true);
    // What is cut off by those who leave costs nothing either.
    drop(silent);
    stream.settle(&service).await;
    calm(&service);
    proved(&place);
}

#[test]
fn nobody_waits_for_readers_that_do_not_read_on_sqlite() {
    on(Engine::Sqlite, nobody_waits_for_them);
}

#[test]
fn nobody_waits_for_readers_that_do_not_read_on_postgres() {
    on(Engine::Postgres, nobody_waits_for_them);
}
