//! Which network addresses are somebody else's, on the public internet: nothing is sent to any other, whatever a name
//! stands for today.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

use ipnet::{Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), length)
}

const fn v6(a: u16, b: u16, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), length)
}

/// What of IPv4 is not public (IANA's registry of special-purpose addresses).
const NOT_PUBLIC: &[Ipv4Net] = &[
    v4(0, 0, 0, 8),
    v4(10, 0, 0, 8),
    // Carriers' NAT.
    v4(100, 64, 0, 10),
    v4(127, 0, 0, 8),
    // Link-local, with the metadata services of clouds.
    v4(169, 254, 0, 16),
    v4(172, 16, 0, 12),
    v4(192, 0, 0, 24),
    // Documentation.
    v4(192, 0, 2, 24),
    v4(192, 88, 99, 24),
    v4(192, 168, 0, 16),
    v4(198, 18, 0, 15),
    v4(198, 51, 100, 24),
    v4(203, 0, 113, 24),
    // Multicast, and what is reserved.
    v4(224, 0, 0, 4),
    v4(240, 0, 0, 4),
];

/// The public part of IPv6; what is none of it within follows.
const GLOBAL: Ipv6Net = v6(0x2000, 0, 3);
const NOT_GLOBAL: &[Ipv6Net] = &[
    // Protocols, among them Teredo and ORCHID.
    v6(0x2001, 0, 23),
    // Documentation.
    v6(0x2001, 0xdb8, 32),
    v6(0x3fff, 0, 20),
    // 6to4 leads to an IPv4 address of its own.
    v6(0x2002, 0, 16),
];

/// NAT64: an IPv4 address in the last four bytes.
const NAT64: Ipv6Net = v6(0x64, 0xff9b, 96);

/// Whether an address is on the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !NOT_PUBLIC.iter().any(|net| net.contains(&address)),
        IpAddr::V6(address) => match behind(address) {
            Some(address) => is_public(IpAddr::V4(address)),
            None => GLOBAL.contains(&address) && !NOT_GLOBAL.iter().any(|net| net.contains(&address)),
        },
    }
}

/// The IPv4 address that an address of IPv6 stands for.
fn behind(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., a, b, c, d] = address.octets();
    address.to_ipv4_mapped().or_else(|| NAT64.contains(&address).then(|| Ipv4Addr::new(a, b, c, d)))
}

/// Whether an address is one of this machine: what goes to it would leave from it. Nothing is sent to find out.
pub fn is_own(address: IpAddr) -> bool {
    let unspecified: IpAddr = match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let leaves_from = || {
        let socket = UdpSocket::bind((unspecified, 0))?;
        socket.connect((address, 9))?;
        socket.local_addr()
    };
    leaves_from().is_ok_and(|from| from.ip() == address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        for public in ["1.1.1.1", "100.63.255.255", "100.128.0.0", "172.32.0.1", "192.167.1.1", "223.255.255.255"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for public in ["2606:4700::1111", "2a00:1450::1", "64:ff9b::1.1.1.1", "::ffff:1.1.1.1", "2003::1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for other in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::10.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "5f00::1",
        ] {
            assert!(!is_public(other.parse().unwrap()), "{other}");
        }
    }

    #[test]
    fn an_address_of_the_machine_is_known() {
        assert!(is_own("127.0.0.1".parse().unwrap()));
        assert!(!is_own("192.0.2.1".parse().unwrap()));
    }
}
