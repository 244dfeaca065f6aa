//! Where nothing is sent to: addresses of the inside, unless settings name them.
//!
//! A URL comes from a policy that somebody wrote, a name from a resolver that somebody else runs. So the address is checked
//! after the name was resolved, and the connection goes to the very address that was checked.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use url::{Host, Url};

/// What may be sent to although it is inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permit {
    /// A host by its name or address, at any port, also over plain HTTP.
    Host(String),
    /// A host at one port.
    HostPort(String, u16),
    /// All addresses of a network.
    Network(Network),
}

/// A network: an address and how many of its first bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: u128,
    bits: u32,
}

impl Network {
    const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u32) -> Network {
        let address = u128::from_be_bytes(Ipv4Addr::new(a, b, c, d).to_ipv6_mapped().octets());
        Network { address, bits: 96 + bits }
    }

    const fn v6(first: u16, second: u16, bits: u32) -> Network {
        Network { address: ((first as u128) << 112) | ((second as u128) << 96), bits }
    }

    fn holds(self, address: IpAddr) -> bool {
        let number = match address {
            IpAddr::V4(v4) => u128::from(v4.to_ipv6_mapped()),
            IpAddr::V6(v6) => u128::from(v6),
        };
        // A shift by all 128 bits is none: a network of no bits holds everything.
        let shift = 128u32.saturating_sub(self.bits);
        let different = number ^ self.address;
        different.checked_shr(shift).unwrap_or(0) == 0
    }
}

/// What no name of the outside leads to (IANA's special-purpose registries).
const INSIDE_V4: [Network; 15] = [
    Network::v4(0, 0, 0, 0, 8),
    Network::v4(10, 0, 0, 0, 8),
    Network::v4(100, 64, 0, 0, 10),
    Network::v4(127, 0, 0, 0, 8),
    Network::v4(169, 254, 0, 0, 16),
    Network::v4(172, 16, 0, 0, 12),
    Network::v4(192, 0, 0, 0, 24),
    Network::v4(192, 0, 2, 0, 24),
    Network::v4(192, 88, 99, 0, 24),
    Network::v4(192, 168, 0, 0, 16),
    Network::v4(198, 18, 0, 0, 15),
    Network::v4(198, 51, 100, 0, 24),
    Network::v4(203, 0, 113, 0, 24),
    Network::v4(224, 0, 0, 0, 4),
    Network::v4(240, 0, 0, 0, 4),
];

/// All that is global in version 6 begins so …
const GLOBAL_V6: Network = Network::v6(0x2000, 0, 3);
/// … but for these: what wraps an address of version 4 (Teredo, 6to4) could wrap one of the inside.
const INSIDE_V6: [Network; 4] = [
    Network::v6(0x2001, 0, 23),
    Network::v6(0x2001, 0x0db8, 32),
    Network::v6(0x2002, 0, 16),
    Network::v6(0x3fff, 0, 20),
];

fn is_inside(address: IpAddr) -> bool {
    match address.to_canonical() {
        v4 @ IpAddr::V4(_) => INSIDE_V4.iter().any(|network| network.holds(v4)),
        v6 @ IpAddr::V6(_) => {
            !GLOBAL_V6.holds(v6) || INSIDE_V6.iter().any(|network| network.holds(v6))
        }
    }
}

/// Why a text is no permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermitError(String);

impl fmt::Display for PermitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected a host, host:port or a network such as 10.1.0.0/16, found {:?}", self.0)
    }
}

impl std::error::Error for PermitError {}

impl FromStr for Permit {
    type Err = PermitError;

    fn from_str(text: &str) -> Result<Permit, PermitError> {
        let wrong = || PermitError(text.into());
        if let Some((address, bits)) = text.split_once('/') {
            let address: IpAddr = address.parse().map_err(|_| wrong())?;
            let bits: u32 = bits.parse().map_err(|_| wrong())?;
            let (address, most, before) = match address {
                IpAddr::V4(v4) => (v4.to_ipv6_mapped(), 32, 96),
                IpAddr::V6(v6) => (v6, 128, 0),
            };
            if bits > most {
                return Err(wrong());
            }
            return Ok(Permit::Network(Network { address: address.into(), bits: bits + before }));
        }
        if let Ok(address) = text.parse::<Ipv6Addr>() {
            return Ok(Permit::Host(address.to_string()));
        }
        // Read as URLs are, so that one spelling of a host is not another host.
        let url = Url::parse(&format!("http://{text}/")).map_err(|_| wrong())?;
        let rest = url.path() != "/" || url.query().is_some() || url.fragment().is_some();
        let host = url.host().map(|host| host_text(&host)).filter(|_| !rest && !has_user(&url));
        let host = host.ok_or_else(wrong)?;
        let has_port = text.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        match url.port_or_known_default().filter(|_| has_port) {
            Some(port) => Ok(Permit::HostPort(host, port)),
            None => Ok(Permit::Host(host)),
        }
    }
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// A host as text, without the brackets of version 6.
fn host_text(host: &Host<&str>) -> String {
    match host {
        Host::Domain(name) => name.trim_end_matches('.').to_ascii_lowercase(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => IpAddr::from(*address).to_canonical().to_string(),
    }
}

/// Why something is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forbidden {
    /// Not a URL.
    Url(String),
    /// Not HTTPS.
    Scheme(String),
    /// A name and password in the URL, which would be in logs.
    User,
    /// An address of the inside.
    Inside {
        /// The host in the URL.
        host: String,
        /// The address that it leads to.
        address: IpAddr,
    },
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Forbidden::Url(why) => write!(f, "expected an https URL, found none: {why}"),
            Forbidden::Scheme(scheme) => {
                write!(
                    f,
                    "expected https, found {scheme}: only hosts that settings permit are sent to without encryption"
                )
            }
            Forbidden::User => write!(f, "expected a URL without user and password"),
            Forbidden::Inside { host, address } => {
                write!(
                    f,
                    "{host} is {address}, an address of the inside, which settings do not permit"
                )
            }
        }
    }
}

impl std::error::Error for Forbidden {}

/// Says what may be sent to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    permits: Vec<Permit>,
}

impl Guard {
    /// Everything outside over HTTPS, and what is permitted.
    pub fn new(permits: Vec<Permit>) -> Guard {
        Guard { permits }
    }

    /// Checks a URL, without resolving its name, and gives it back as it will be used.
    ///
    /// # Errors
    /// Why nothing is sent there.
    pub fn check_url(&self, text: &str) -> Result<Url, Forbidden> {
        let url = Url::parse(text).map_err(|error| Forbidden::Url(error.to_string()))?;
        let Some(host) = url.host() else { return Err(Forbidden::Url("no host".into())) };
        if has_user(&url) {
            return Err(Forbidden::User);
        }
        let (name, port) = (host_text(&host), url.port_or_known_default().unwrap_or(0));
        let address = match host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
        };
        let is_permitted = self.permits_host(&name, port)
            || address.is_some_and(|address| self.permits_address(address));
        match url.scheme() {
            "https" => {}
            "http" if is_permitted => {}
            other => return Err(Forbidden::Scheme(other.into())),
        }
        match address {
            Some(address) if !is_permitted && is_inside(address) => {
                Err(Forbidden::Inside { host: name, address })
            }
            _ => Ok(url),
        }
    }

    /// Checks the addresses that a host leads to. One of the inside among others forbids them all: no host of the
    /// outside has such a one by mistake.
    ///
    /// # Errors
    /// Why nothing is sent there.
    pub fn check_addresses(&self, host: &str, addresses: &[SocketAddr]) -> Result<(), Forbidden> {
        let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
        let host = host.to_ascii_lowercase();
        for address in addresses {
            let is_permitted =
                self.permits_host(&host, address.port()) || self.permits_address(address.ip());
            if !is_permitted && is_inside(address.ip()) {
                return Err(Forbidden::Inside { host, address: address.ip() });
            }
        }
        Ok(())
    }

    fn permits_host(&self, host: &str, port: u16) -> bool {
        self.permits.iter().any(|permit| match permit {
            Permit::Host(permitted) => permitted == host,
            Permit::HostPort(permitted, at) => permitted == host && *at == port,
            Permit::Network(_) => false,
        })
    }

    fn permits_address(&self, address: IpAddr) -> bool {
        self.permits.iter().any(|permit| match permit {
            Permit::Network(network) => network.holds(address.to_canonical()),
            _ => false,
        })
    }
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
