//! Addresses that are trusted, one by one or as networks.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::Deserialize;

/// An address, or a network of them: `10.0.0.7`, `10.0.0.0/8`, `2001:db8::/32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network(IpNet);

impl Network {
    /// Whether the address belongs to the network.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

impl FromStr for Network {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Network, &'static str> {
        let (text, wrong) = (text.trim(), "must be an address or a network, such as 10.0.0.7 or 10.0.0.0/8");
        match text.parse::<IpAddr>() {
            Ok(address) => Ok(Network(address.to_canonical().into())),
            Err(_) => text.parse().map(Network).map_err(|_| wrong),
        }
    }
}

impl TryFrom<String> for Network {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Network, &'static str> {
        text.parse()
    }
}
