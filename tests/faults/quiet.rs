//! The way to the server goes quiet: what is sent gets nowhere, and nobody is told.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use crate::support::{Cluster, Place, Process};
use crate::{Stream, calm, proved, run};

/// The way to a server, on which connections can be made to go quiet.
struct Way {
    address: SocketAddr,
    /// How often it went quiet: a connection that was made before the last time passes nothing on.
    hushed: Arc<AtomicUsize>,
}

impl Way {
    async fn to(server: u16) -> Way {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let way = Way { address: listener.local_addr().unwrap(), hushed: Arc::default() };
        let hushed = way.hushed.clone();
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { continue };
                let made = hushed.load(Ordering::SeqCst);
                let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
                tokio::spawn(pass(from_client, to_server, hushed.clone(), made));
                tokio::spawn(pass(from_server, to_client, hushed.clone(), made));
            }
        });
        way
    }

    fn goes_quiet(&self) {
        self.hushed.fetch_add(1, Ordering::SeqCst);
    }
}

/// Passes on what comes, until the connection goes quiet; it is never closed then.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, hushed: Arc<AtomicUsize>, made: usize) {
    let mut some = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut some).await {
        if hushed.load(Ordering::SeqCst) > made {
            return std::future::pending().await;
        }
        if to.write_all(&some[..read]).await.is_err() {
            return;
        }
    }
}

/// How long a connection may be quiet before it is given up, and as much again for a machine that is busy.
const WRITES_AGAIN: Duration = Duration::from_secs(30);

#[test]
fn connections_that_go_quiet_are_replaced_on_postgres() {
    let Some(cluster) = Cluster::of_its_own() else { return };
    let folder = tempfile::tempdir().unwrap();
    let direct = Place { database: cluster.url.to_string(), folder: folder.path().to_owned() };
    run(async {
        let way = Way::to(cluster.url.port().unwrap()).await;
        let mut url: Url = cluster.url.clone();
        url.set_port(Some(way.address.port())).unwrap();
        let place = Place { database: url.to_string(), ..direct.clone() };
        let mut stream = Stream::prepare(&direct).await;
        let service = Process::start(&place);
        stream.settle(&service).await;
        for _ in 0..2 {
            // Many at once, so that many connections are open when they go quiet.
            let anyone = stream.caller().clone();
            join_all((0..16).map(|_| anyone.get("/v1/me").into_future())).await;
            stream.book_once_more().await.created();
            way.goes_quiet();
            let quiet = Instant::now();
            let asked = join_all((0..16).map(|_| anyone.get("/v1/me").into_future()));
            let writes = async {
                while stream.book_once_more().await.status != 201 {
                    assert!(quiet.elapsed() < WRITES_AGAIN, "nothing is written after {:?}", quiet.elapsed());
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            };
            tokio::join!(asked, writes);
            assert!(quiet.elapsed() < WRITES_AGAIN, "the last was answered after {:?}", quiet.elapsed());
            anyone.get("/readyz").await.ok();
            stream.settle(&service).await;
            proved(&direct);
        }
        calm(&service);
    });
}
