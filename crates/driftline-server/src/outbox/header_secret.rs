//! Secrets in headers of orders, such as the token of a Kubernetes service account.
//!
//! A spec can only name one (`Authorization = "Bearer {secret:k8s}"`), because specs are shown and kept. What it stands for is
//! read from a file at each attempt, since such tokens are replaced while we run, and is sent to the one origin that whoever
//! runs the service gave with it: who may change the address in a spec cannot have the secret sent elsewhere.

use std::{collections::BTreeMap, fmt, fs, path::PathBuf, str::FromStr};

use url::Url;

use super::Delivery;

/// What a secret stands between in a header.
const OPENS: &str = "{secret:";
/// The most bytes of a secret.
const MOST_BYTES: u64 = 16 << 10;

/// A secret of headers: `NAME=ORIGIN,FILE`.
#[derive(Clone, PartialEq, Eq)]
pub struct HeaderSecret {
    /// What a spec calls it.
    pub name: String,
    /// Scheme, host and port that it is sent to.
    pub origin: String,
    /// The file that holds it; space around it is not of it.
    pub file: PathBuf,
}

impl fmt::Debug for HeaderSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={},{}", self.name, self.origin, self.file.display())
    }
}

impl FromStr for HeaderSecret {
    type Err = String;

    fn from_str(text: &str) -> Result<HeaderSecret, String> {
        let wrong = |expected: &str| format!("expected {expected}, found {text:?}");
        let (name, rest) = text.split_once('=').ok_or_else(|| wrong("NAME=ORIGIN,FILE"))?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_plain) {
            return Err(wrong("a name of letters, digits, - and _"));
        }
        let (origin, file) = rest.split_once(',').ok_or_else(|| wrong("NAME=ORIGIN,FILE"))?;
        let url = Url::parse(origin).map_err(|_| wrong("an origin such as https://host:6443"))?;
        let is_origin = matches!(url.path(), "/" | "")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && matches!(url.scheme(), "http" | "https");
        if !is_origin {
            return Err(wrong("an origin such as https://host:6443"));
        }
        if file.is_empty() {
            return Err(wrong("a file"));
        }
        let origin = url.origin().ascii_serialization();
        Ok(HeaderSecret { name: name.into(), origin, file: file.into() })
    }
}

impl HeaderSecret {
    fn read(&self) -> Result<String, NotSent> {
        let failed = |why: String| NotSent::Now(format!("secret {}: {why}", self.name));
        let size = fs::metadata(&self.file).map_err(|error| failed(error.to_string()))?.len();
        if size > MOST_BYTES {
            return Err(failed(format!("expected at most {MOST_BYTES} bytes, found {size}")));
        }
        let text = fs::read_to_string(&self.file).map_err(|error| failed(error.to_string()))?;
        let text = text.trim();
        if text.is_empty() || text.contains(|c: char| c.is_control()) {
            return Err(failed("expected one line of text".into()));
        }
        Ok(text.into())
    }
}

/// Why a header was not filled in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotSent {
    /// It may be another time.
    Now(String),
    /// It will not be.
    Ever(String),
}

impl NotSent {
    /// As what became of an attempt.
    pub(super) fn of_header(self, name: &str) -> Delivery {
        match self {
            NotSent::Now(why) => {
                let why = format!("not sent: header {name}: {why}");
                Delivery::Failed { status: None, retry_after: None, why }
            }
            NotSent::Ever(why) => {
                let why = format!("not sent: header {name}: {why}");
                Delivery::Refused { status: None, why }
            }
        }
    }
}

/// A header's value with its secrets, for an address.
pub(super) fn filled(
    value: &str,
    url: &Url,
    secrets: &BTreeMap<String, HeaderSecret>,
) -> Result<String, NotSent> {
    let mut filled = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once(OPENS) {
        filled.push_str(before);
        let (name, after) = after
            .split_once('}')
            .ok_or_else(|| NotSent::Ever(format!("expected {OPENS}NAME}}, found no end of it")))?;
        let secret = secrets.get(name).ok_or_else(|| {
            NotSent::Ever(format!(
                "expected a secret that this server knows (--header-secret), found {name}"
            ))
        })?;
        let origin = url.origin().ascii_serialization();
        if origin != secret.origin {
            let meant = &secret.origin;
            return Err(NotSent::Ever(format!("secret {name} is for {meant}, not for {origin}")));
        }
        filled.push_str(&secret.read()?);
        rest = after;
    }
    Ok(filled + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_goes_to_its_origin_alone_and_is_read_anew() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "s3cret\n").unwrap();
        let given = format!("k8s=https://host:6443,{}", file.path().display());
        let secret: HeaderSecret = given.parse().unwrap();
        let secrets = BTreeMap::from([(secret.name.clone(), secret)]);
        let fill = |value: &str, url: &str| filled(value, &Url::parse(url).unwrap(), &secrets);
        let at_home = "https://HOST:6443/apis?x";
        assert_eq!(fill("Bearer {secret:k8s}", at_home).unwrap(), "Bearer s3cret");
        fs::write(file.path(), "other").unwrap();
        assert_eq!(fill("{secret:k8s}{secret:k8s}!", at_home).unwrap(), "otherother!");
        assert_eq!(fill("{secret}", at_home).unwrap(), "{secret}");
        for elsewhere in ["https://host/", "http://host:6443/", "https://host.evil:6443/"] {
            assert!(
                matches!(fill("{secret:k8s}", elsewhere), Err(NotSent::Ever(_))),
                "{elsewhere}"
            );
        }
        assert!(matches!(fill("{secret:other}", at_home), Err(NotSent::Ever(_))));
        assert!(matches!(fill("{secret:k8s", at_home), Err(NotSent::Ever(_))));
        fs::write(file.path(), "two\r\nlines: x").unwrap();
        assert!(matches!(fill("{secret:k8s}", at_home), Err(NotSent::Now(_))));
        drop(file);
        assert!(matches!(fill("{secret:k8s}", at_home), Err(NotSent::Now(_))));
    }

    #[test]
    fn a_secret_is_a_name_an_origin_and_a_file() {
        let parse = |text: &str| text.parse::<HeaderSecret>().map(|secret| secret.origin);
        assert_eq!(parse("a=https://Host:443,/f").as_deref(), Ok("https://host"));
        assert_eq!(parse("a=http://10.0.0.1:5000/,/f,g").as_deref(), Ok("http://10.0.0.1:5000"));
        for wrong in [
            "a",
            "a=/f",
            "=https://h,/f",
            "a b=https://h,/f",
            "a=https://h/p,/f",
            "a=https://u@h,/f",
            "a=ftp://h,/f",
            "a=https://h,",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
