//! The address that a request comes from: that of its connection, or the one that a trusted proxy forwards for.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;

use crate::base::config::{ForwardedHeader, Proxies};

/// The address that a request without a valid token is counted for. An IPv6 address stands for its /64, which one
/// customer has to themselves: they could otherwise call from another address each time.
pub(super) fn counted(request: &HttpRequest, proxies: &Proxies) -> Option<IpAddr> {
    of(request, proxies).map(network_of)
}

/// The address that a request comes from.
pub(super) fn of(request: &HttpRequest, proxies: &Proxies) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    Some(caller(peer, request.headers(), proxies))
}

/// The last address on the way here that is not a trusted proxy's; the proxy's own where it says nothing usable.
fn caller(peer: IpAddr, headers: &HeaderMap, proxies: &Proxies) -> IpAddr {
    let peer = peer.to_canonical();
    let is_trusted = |address: IpAddr| proxies.trusted.iter().any(|network| network.contains(address));
    if !is_trusted(peer) {
        return peer;
    }
    let last_untrusted = |addresses: Vec<Option<IpAddr>>| {
        let mut nearest = peer;
        for address in addresses.into_iter().rev() {
            match address {
                Some(address) if is_trusted(address) => nearest = address,
                Some(address) => return address,
                // A proxy that hides the previous step behind something unreadable answers for what it lets through.
                None => return nearest,
            }
        }
        nearest
    };
    let (listed, described) = match proxies.header {
        Some(ForwardedHeader::XForwardedFor) => (x_forwarded_for(headers), Vec::new()),
        Some(ForwardedHeader::Forwarded) => (Vec::new(), forwarded(headers)),
        None => (x_forwarded_for(headers), forwarded(headers)),
    };
    match (listed.is_empty(), described.is_empty()) {
        (true, true) => peer,
        (false, true) => last_untrusted(listed),
        (true, false) => last_untrusted(described),
        // A proxy writes one of the two headers; the other came with the request, and may say anything. Neither is the
        // better one: whoever wrote the one that is believed could call from any address.
        (false, false) => {
            let (one, other) = (last_untrusted(listed), last_untrusted(described));
            if one == other { one } else { peer }
        }
    }
}

pub(crate) fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
    }
}

/// The steps of `X-Forwarded-For: client, proxy, …`, from all headers of that name.
fn x_forwarded_for(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    headers
        .get_all("x-forwarded-for")
        .flat_map(|value| value.to_str().unwrap_or("?").split(',').map(node).collect::<Vec<_>>())
        .collect()
}

/// The steps of `Forwarded: for=client;proto=https, for="[2001:db8::1]:4711"` (RFC 7239).
fn forwarded(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    headers
        .get_all("forwarded")
        .flat_map(|value| value.to_str().unwrap_or("?").split(',').map(step).collect::<Vec<_>>())
        .collect()
}

fn step(element: &str) -> Option<IpAddr> {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, of) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    node(of.trim().trim_matches('"'))
}

/// An address, with or without a port; none for `unknown` and for names that hide one.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => match text.split_once(':') {
            Some((address, port)) if !port.contains(':') => address,
            _ => text,
        },
    };
    address.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn caller_of(peer: &str, headers: &[(&str, &str)]) -> String {
        caller_said_in(None, peer, headers)
    }

    fn caller_said_in(header: Option<ForwardedHeader>, peer: &str, headers: &[(&str, &str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        let trusted = ["10.0.0.0/8", "2001:db8:1::/48", "192.0.2.7"].map(|text| text.parse().unwrap()).to_vec();
        caller(peer.parse().unwrap(), &map, &Proxies { trusted, header }).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let said = [("x-forwarded-for", "203.0.113.9")];
        assert_eq!(caller_of("198.51.100.1", &said), "198.51.100.1");
        assert_eq!(caller_of("10.1.2.3", &said), "203.0.113.9");
        assert_eq!(caller_of("::ffff:10.1.2.3", &said), "203.0.113.9");
        assert_eq!(caller_of("192.0.2.7", &said), "203.0.113.9");
        assert_eq!(caller_of("192.0.2.8", &said), "192.0.2.8");
    }

    #[test]
    fn what_a_caller_writes_before_its_own_address_counts_for_nothing() {
        assert_eq!(caller_of("10.0.0.1", &[("x-forwarded-for", "1.1.1.1, 203.0.113.9")]), "203.0.113.9");
        assert_eq!(
            caller_of("10.0.0.1", &[("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "203.0.113.9, 10.0.0.2")]),
            "203.0.113.9"
        );
        assert_eq!(caller_of("10.0.0.1", &[("x-forwarded-for", "10.0.0.3, 10.0.0.2")]), "10.0.0.3");
        assert_eq!(caller_of("10.0.0.1", &[("x-forwarded-for", "203.0.113.9, nonsense, 10.0.0.2")]), "10.0.0.2");
        assert_eq!(
            caller_of("10.0.0.1", &[("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=1.2.3.4")]),
            "10.0.0.1"
        );
        assert_eq!(caller_of("10.0.0.1", &[("x-forwarded-for", "")]), "10.0.0.1");
        assert_eq!(caller_of("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn of_two_headers_the_one_that_the_proxies_write_is_read() {
        let both = [("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=198.51.100.7")];
        let [listed, described] = [ForwardedHeader::XForwardedFor, ForwardedHeader::Forwarded].map(Some);
        assert_eq!(caller_said_in(None, "10.0.0.1", &both), "10.0.0.1");
        assert_eq!(caller_said_in(listed, "10.0.0.1", &both), "203.0.113.9");
        assert_eq!(caller_said_in(described, "10.0.0.1", &both), "198.51.100.7");
        // What the caller sends of the other header says nothing, also where it comes alone.
        assert_eq!(caller_said_in(listed, "10.0.0.1", &both[1..]), "10.0.0.1");
        assert_eq!(caller_said_in(described, "10.0.0.1", &both[..1]), "10.0.0.1");
        assert_eq!(caller_said_in(described, "192.0.2.8", &both), "192.0.2.8", "of a proxy that is not trusted");
        let agreeing = [("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=203.0.113.9")];
        assert_eq!(caller_said_in(None, "10.0.0.1", &agreeing), "203.0.113.9");
    }

    #[test]
    fn both_headers_are_read_with_ports_and_quotes() {
        for (name, value, of) in [
            ("x-forwarded-for", "203.0.113.9:4711", "203.0.113.9"),
            ("x-forwarded-for", "[2001:db8:9::1]:80", "2001:db8:9::1"),
            ("x-forwarded-for", "2001:db8:9::1", "2001:db8:9::1"),
            ("forwarded", "for=203.0.113.9;proto=https;by=10.0.0.1", "203.0.113.9"),
            ("forwarded", "proto=https; For=\"[2001:db8:9::1]:4711\"", "2001:db8:9::1"),
            ("forwarded", "for=1.1.1.1, for=203.0.113.9, for=10.0.0.2", "203.0.113.9"),
            ("forwarded", "for=203.0.113.9, for=_hidden", "10.0.0.1"),
            ("forwarded", "for=unknown", "10.0.0.1"),
        ] {
            assert_eq!(caller_of("10.0.0.1", &[(name, value)]), of, "{name}: {value}");
        }
    }

    #[test]
    fn one_customer_is_one_network() {
        let of = |text: &str| network_of(text.parse().unwrap()).to_string();
        assert_eq!((of("203.0.113.9"), of("2001:db8:9:8:7::1")), ("203.0.113.9".into(), "2001:db8:9:8::".into()));
    }
}
