//! Who may ask: tokens, of which only hashes are kept.
//!
//! A file of tokens has one a line, a name, its scopes and the SHA-256 of the token in hexadecimal:
//!
//! ```text
//! # name      scopes        hash
//! checkout    ingest        2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b
//! prometheus  read          …
//! operator    ingest,read,admin  …
//! shop        ingest,read   …       checkout,returns
//! ```
//!
//! A fourth word names the models that a token is for, with commas, and those alone: events of others are refused, and so
//! is what is about all models, such as `/metrics`. In names a comma, a blank or a percent sign is percent-encoded.
//!
//! Tokens are 32 random bytes, so a plain hash cannot be turned back by guessing.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use driftline_api::{Kind, Problem, Scope};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

/// What every token begins with, so that it is known where it has leaked to.
const PREFIX: &str = "driftline_";

/// The tokens that are known. Without any, everybody may do everything.
#[derive(Clone, Debug, Default)]
pub struct Tokens(Vec<Token>);

#[derive(Clone, Debug)]
struct Token {
    name: String,
    scopes: Vec<Scope>,
    hash: [u8; 32],
    models: Option<Vec<String>>,
}

/// Why a file of tokens cannot be used: the line, and what was expected. Does not repeat what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenError {
    /// The line, counted from 1.
    pub line: usize,
    /// What was expected.
    pub expected: &'static str,
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: expected {}, found something else", self.line, self.expected)
    }
}

impl std::error::Error for TokenError {}

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Caller {
    /// The token's name; empty for nobody in particular.
    pub(super) name: String,
    /// The models that it is for; absent for all.
    pub(super) models: Option<Vec<String>>,
}

impl Tokens {
    /// Reads a file of tokens.
    ///
    /// # Errors
    /// The first line that is none.
    pub fn parse(text: &str) -> Result<Tokens, TokenError> {
        let mut tokens: Vec<Token> = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |expected| TokenError { line: at + 1, expected };
            let mut words = line.split_whitespace();
            let (Some(name), Some(scopes), Some(hash), models, None) =
                (words.next(), words.next(), words.next(), words.next(), words.next())
            else {
                return Err(wrong("a name, scopes, a hash and, for some models alone, these"));
            };
            let models = models.map(|models| {
                parse_models(models).ok_or_else(|| wrong("names of models with commas"))
            });
            let models = models.transpose()?;
            if name.len() > 64 || tokens.iter().any(|token| token.name == name) {
                return Err(wrong("a name of at most 64 bytes that no other token has"));
            }
            let scopes = parse_scopes(scopes)
                .ok_or_else(|| wrong("scopes out of ingest, read and admin"))?;
            let hash = parse_hash(hash)
                .ok_or_else(|| wrong("the SHA-256 of a token, 64 hexadecimal digits"))?;
            tokens.push(Token { name: name.to_string(), scopes, hash, models });
        }
        Ok(Tokens(tokens))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Who asks with this `Authorization`, where they may ask what needs `scope`.
    pub(super) fn check(
        &self,
        authorization: Option<&[u8]>,
        scope: Scope,
    ) -> Result<Caller, Problem> {
        if self.is_empty() || scope == Scope::Public {
            return Ok(Caller::default());
        }
        let unauthenticated = |detail: &str| {
            Problem::new(Kind::UNAUTHENTICATED, detail).with_header("www-authenticate", "Bearer")
        };
        let sent = authorization.ok_or_else(|| {
            unauthenticated("expected Authorization: Bearer and a token, found none")
        })?;
        let token =
            sent.split_at_checked(7).filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "));
        let (_, token) = token.ok_or_else(|| {
            unauthenticated("expected Authorization: Bearer and a token, found another scheme")
        })?;
        let hash: [u8; 32] = Sha256::digest(token.trim_ascii()).into();
        // Every token is compared, and to its end.
        let mut found = None;
        for token in &self.0 {
            let different = token.hash.iter().zip(&hash).fold(0, |all, (a, b)| all | (a ^ b));
            if different == 0 {
                found = Some(token);
            }
        }
        let token =
            found.ok_or_else(|| unauthenticated("expected a known token, found another"))?;
        if !token.scopes.contains(&scope) {
            let detail =
                format!("expected a token with the scope {}, found one without", scope.name());
            return Err(Problem::new(Kind::FORBIDDEN, detail));
        }
        Ok(Caller { name: token.name.clone(), models: token.models.clone() })
    }
}

fn parse_scopes(text: &str) -> Option<Vec<Scope>> {
    let known = [Scope::Ingest, Scope::Read, Scope::Admin];
    text.split(',').map(|name| known.into_iter().find(|scope| scope.name() == name)).collect()
}

fn parse_models(text: &str) -> Option<Vec<String>> {
    text.split(',')
        .map(|name| {
            let decoded = percent_decode_str(name).decode_utf8().ok()?;
            let is_name = !decoded.is_empty() && !decoded.chars().any(char::is_control);
            is_name.then(|| decoded.into_owned())
        })
        .collect()
}

/// What a name in a list may not hold as it is.
const APART: &AsciiSet = &CONTROLS.add(b',').add(b' ').add(b'%');

fn parse_hash(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}

/// A new token, and the line for the file; for all models where none is named.
///
/// # Errors
/// Scopes that are none, or a system without randomness.
pub fn new_token(name: &str, scopes: &str, models: &[String]) -> Result<(String, String), String> {
    if parse_scopes(scopes).is_none() {
        return Err(format!("expected scopes out of ingest, read and admin, found {scopes:?}"));
    }
    if name.is_empty()
        || name.len() > 64
        || !name.bytes().all(|byte| byte.is_ascii_graphic())
        || name.starts_with('#')
    {
        return Err(format!("expected a name of 1 to 64 visible ASCII characters, found {name:?}"));
    }
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| format!("no randomness: {error}"))?;
    let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
    let hash: String = Sha256::digest(&token).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut line = format!("{name} {scopes} {hash}");
    if !models.is_empty() {
        let names: Vec<String> =
            models.iter().map(|model| utf8_percent_encode(model, APART).to_string()).collect();
        let names = names.join(",");
        if parse_models(&names).is_none() {
            return Err(format!("expected names of models, found {models:?}"));
        }
        line.push(' ');
        line.push_str(&names);
    }
    Ok((token, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_what_its_scopes_say() {
        let (reader, line) = new_token("prometheus", "read", &[]).unwrap();
        let (operator, other) = new_token("operator", "ingest,read,admin", &[]).unwrap();
        let tokens = Tokens::parse(&format!("# tokens\n\n{line}\n{other}\n")).unwrap();
        let check = |token: &str, scope| {
            let header = format!("Bearer {token}");
            tokens.check(Some(header.as_bytes()), scope).map_err(|problem| problem.kind.status)
        };
        assert_eq!(
            check(&reader, Scope::Read),
            Ok(Caller { name: "prometheus".into(), models: None })
        );
        assert_eq!(check(&reader, Scope::Ingest), Err(403));
        assert_eq!(check(&reader, Scope::Admin), Err(403));
        assert_eq!(
            check(&operator, Scope::Admin),
            Ok(Caller { name: "operator".into(), models: None })
        );
        assert_eq!(check("driftline_wrong", Scope::Read), Err(401));
        assert_eq!(tokens.check(None, Scope::Read).unwrap_err().kind.status, 401);
        assert_eq!(tokens.check(Some(b"Basic eDp5"), Scope::Read).unwrap_err().kind.status, 401);
        assert_eq!(tokens.check(None, Scope::Public), Ok(Caller::default()));
        assert!(!line.contains(&reader));
    }

    #[test]
    fn a_token_of_some_models_names_them_whatever_they_are_called() {
        let models = ["checkout".to_string(), "50 %, or more".into(), "č".into()];
        let (token, line) = new_token("shop", "read", &models).unwrap();
        assert_eq!(line.split_whitespace().count(), 4, "{line}");
        let tokens = Tokens::parse(&line).unwrap();
        let header = format!("Bearer {token}");
        let caller = tokens.check(Some(header.as_bytes()), Scope::Read).unwrap();
        assert_eq!(caller.models.as_deref(), Some(&models[..]));
        assert!(new_token("shop", "read", &[String::new()]).is_err());
    }

    #[test]
    fn a_line_that_is_no_token_is_named() {
        for (text, line) in [
            ("a read", 1),
            ("# ok\na everything 00", 2),
            ("a read zz", 1),
            (&format!("a read {} b,,c", "0".repeat(64)), 1),
            (&format!("a read {0}\na read {0}", "0".repeat(64)), 2),
        ] {
            assert_eq!(Tokens::parse(text).unwrap_err().line, line, "{text}");
        }
    }

    #[test]
    fn the_hash_is_what_sha256sum_prints() {
        // printf secret | sha256sum
        let hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
        let tokens = Tokens::parse(&format!("a read {hash}")).unwrap();
        assert!(tokens.check(Some(b"bearer secret"), Scope::Read).is_ok());
    }
}
