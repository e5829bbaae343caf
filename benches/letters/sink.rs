//! A mail server that takes everything and keeps nothing but how many letters there were: it runs on the machine that is
//! measured, and is to cost it little.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// See the module.
pub struct Sink {
    /// Its port on 127.0.0.1.
    pub port: u16,
    taken: Arc<AtomicUsize>,
}

impl Sink {
    /// Starts one.
    pub async fn start() -> Sink {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, taken) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
        let counted = taken.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                let taken = counted.clone();
                tokio::spawn(async move { serve(stream, &taken).await });
            }
        });
        Sink { port, taken }
    }

    /// How many letters it has taken.
    pub fn count(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

/// One connection, to its end; one that is cut off is over.
async fn serve(stream: TcpStream, taken: &AtomicUsize) -> Option<()> {
    let (reading, mut writing) = stream.into_split();
    let (mut reading, mut line) = (BufReader::new(reading), Vec::new());
    writing.write_all(b"220 sink\r\n").await.ok()?;
    while next(&mut reading, &mut line).await? {
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        match verb.as_slice() {
            b"DATA" => {
                writing.write_all(b"354 go on\r\n").await.ok()?;
                while next(&mut reading, &mut line).await? && line != b".\r\n" {}
                taken.fetch_add(1, Ordering::Relaxed);
                writing.write_all(b"250 taken\r\n").await.ok()?;
            }
            b"QUIT" => return writing.write_all(b"221 bye\r\n").await.ok(),
            _ => writing.write_all(b"250 sink\r\n").await.ok()?,
        }
    }
    Some(())
}

/// Reads the next line; returns whether there is one.
async fn next(reading: &mut BufReader<tokio::net::tcp::OwnedReadHalf>, line: &mut Vec<u8>) -> Option<bool> {
    line.clear();
    Some(reading.read_until(b'\n', line).await.ok()? > 0)
}
