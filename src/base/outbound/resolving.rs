//! Names are looked up by the service itself, and a connection goes to the very addresses that were found allowed: what a
//! name stands for a moment later makes no difference.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Reach;

/// What names are looked up by.
pub trait Lookup: Send + Sync {
    /// The addresses that a name stands for now.
    fn addresses(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The resolver of the machine.
pub(super) struct OfTheMachine;

impl Lookup for OfTheMachine {
    fn addresses(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let name = name.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Why a name leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Nowhere {
    /// It stands for no address.
    #[error("the name is not known")]
    Unknown,
    /// It stands for addresses to which nothing is sent, and for no other.
    #[error("the name stands for an address to which nothing is sent")]
    Refused,
}

impl Nowhere {
    /// Whether an error was made of it.
    pub(super) fn behind(error: &(dyn Error + 'static)) -> Option<Nowhere> {
        let mut at = Some(error);
        while let Some(error) = at {
            if let Some(nowhere) = error.downcast_ref::<Nowhere>() {
                return Some(*nowhere);
            }
            at = error.source();
        }
        None
    }
}

/// Finds of a name the addresses that are within reach.
pub(super) struct Checked {
    pub(super) reach: Reach,
    pub(super) lookup: Arc<dyn Lookup>,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, found) = (self.reach.clone(), self.lookup.addresses(name.as_str()));
        Box::pin(async move {
            let found = found.await.map_err(|_| Nowhere::Unknown)?;
            let any = !found.is_empty();
            let within: Vec<SocketAddr> =
                found.into_iter().filter(|ip| reach.of_address(*ip)).map(|ip| SocketAddr::new(ip, 0)).collect();
            match within.is_empty() {
                true if any => Err(Nowhere::Refused.into()),
                true => Err(Nowhere::Unknown.into()),
                false => Ok::<Addrs, Box<dyn Error + Send + Sync>>(Box::new(within.into_iter())),
            }
        })
    }
}
