//! The syntax of DIDs and DID URLs (W3C Decentralized Identifiers 1.0, sections 3.1 and 3.2).

use std::fmt;
use std::str::FromStr;

/// The most bytes of a DID or a DID URL: a `did:jwk` with a key of P-256 has about 250.
pub const LONGEST: usize = 2048;

/// The text is no DID, or no DID URL (DID-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no DID")]
pub struct DidError;

/// A DID: `did:`, a method, and what the method makes of the rest. Two DIDs are one if their texts are.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Did {
    text: String,
    /// Where the second colon stands.
    colon: usize,
}

/// A DID with a path, a query or a fragment: the fragment names a key in the DID's document.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DidUrl {
    did: Did,
    /// With its `/`, `?` or `#`.
    rest: String,
}

impl Did {
    /// Checks the syntax; nothing is normalised.
    pub fn parse(text: &str) -> Result<Self, DidError> {
        if text.len() > LONGEST {
            return Err(DidError);
        }
        let (method, id) = text.strip_prefix("did:").and_then(|rest| rest.split_once(':')).ok_or(DidError)?;
        let is_method = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if method.is_empty() || !method.chars().all(is_method) || !is_specific_id(id) {
            return Err(DidError);
        }
        Ok(Self { text: text.to_owned(), colon: "did:".len().saturating_add(method.len()) })
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &str {
        self.text.get("did:".len()..self.colon).unwrap_or_default()
    }

    /// What stands behind the method.
    #[must_use]
    pub fn specific_id(&self) -> &str {
        self.text.get(self.colon.saturating_add(1)..).unwrap_or_default()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// With a fragment.
    pub fn with_fragment(&self, fragment: &str) -> Result<DidUrl, DidError> {
        DidUrl::parse(&format!("{}#{fragment}", self.text))
    }
}

impl DidUrl {
    /// Checks the syntax. A DID alone is a DID URL too.
    pub fn parse(text: &str) -> Result<Self, DidError> {
        if text.len() > LONGEST {
            return Err(DidError);
        }
        let end = text.find(['/', '?', '#']).unwrap_or(text.len());
        let (did, rest) = text.split_at(end);
        let (before, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        if is_tail(before) && is_tail(fragment) {
            Ok(Self { did: Did::parse(did)?, rest: rest.to_owned() })
        } else {
            Err(DidError)
        }
    }

    /// Reads a DID URL, or a relative one of the given DID, as documents have them (section 3.2.2): `#key-1`.
    pub fn parse_within(did: &Did, text: &str) -> Result<Self, DidError> {
        if text.starts_with('#') { Self::parse(&format!("{did}{text}")) } else { Self::parse(text) }
    }

    /// The DID.
    #[must_use]
    pub const fn did(&self) -> &Did {
        &self.did
    }

    /// The fragment, without its `#`.
    #[must_use]
    pub fn fragment(&self) -> Option<&str> {
        self.rest.split_once('#').map(|(_, fragment)| fragment)
    }

    /// Whether it is a DID and a fragment, and nothing between them.
    #[must_use]
    pub fn is_plain_fragment(&self) -> bool {
        self.rest.len() > 1 && self.rest.starts_with('#')
    }
}

impl FromStr for Did {
    type Err = DidError;

    fn from_str(text: &str) -> Result<Self, DidError> {
        Self::parse(text)
    }
}

impl FromStr for DidUrl {
    type Err = DidError;

    fn from_str(text: &str) -> Result<Self, DidError> {
        Self::parse(text)
    }
}

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for DidUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.did, self.rest)
    }
}

impl fmt::Debug for DidUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `*( *idchar ":" ) 1*idchar`.
fn is_specific_id(id: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    !id.is_empty() && !id.ends_with(':') && has_only(id, is_plain)
}

/// Path and query, or a fragment (RFC 3986, section 3).
fn is_tail(text: &str) -> bool {
    has_only(text, |c| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@/?".contains(c))
}

/// Only allowed characters, and whole percent-encodings.
fn has_only(text: &str, is_plain: impl Fn(char) -> bool) -> bool {
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        let whole = match c {
            '%' => [characters.next(), characters.next()]
                .iter()
                .all(|c| c.is_some_and(|c| c.is_ascii_hexdigit())),
            c => is_plain(c),
        };
        if !whole {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn did_1_the_syntax_is_that_of_did_core() {
        for good in [
            "did:example:123456789abcdefghi",
            "did:web:example.com%3A3000:user:alice",
            "did:a1:x",
            "did:example::x",
            "did:example:a:::b",
            "did:example:%EA%B0%80",
        ] {
            assert_eq!(Did::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "did",
            "did:",
            "did:example",
            "did:example:",
            "did::x",
            "did:Example:x",
            "DID:example:x",
            "did:ex-ample:x",
            "did:example:x:",
            "did:example:x y",
            "did:example:x/y",
            "did:example:x#y",
            "did:example:%",
            "did:example:%4",
            "did:example:%zz",
            "did:example:한",
            " did:example:x",
            "did:example:x\n",
        ] {
            assert_eq!(Did::parse(bad), Err(DidError), "{bad:?}");
        }
        let of_length = |length: usize| format!("did:example:{}", "a".repeat(length - "did:example:".len()));
        assert!(Did::parse(&of_length(LONGEST)).is_ok());
        assert!(Did::parse(&of_length(LONGEST + 1)).is_err());
        let did = Did::parse("did:web:example.com:a").unwrap();
        assert_eq!((did.method(), did.specific_id()), ("web", "example.com:a"));
    }

    #[test]
    fn did_1_a_did_url_has_its_parts() {
        for (text, fragment, plain) in [
            ("did:example:1#key-1", Some("key-1"), true),
            ("did:example:1/a/b?c=d#e", Some("e"), false),
            ("did:example:1?versionId=1", None, false),
            ("did:example:1", None, false),
            ("did:example:1#", Some(""), false),
            ("did:example:1#a/b?c", Some("a/b?c"), true),
        ] {
            let url = DidUrl::parse(text).unwrap();
            assert_eq!((url.to_string().as_str(), url.fragment()), (text, fragment));
            assert_eq!((url.did().as_str(), url.is_plain_fragment()), ("did:example:1", plain));
        }
        for bad in [
            "#key",
            "did:example:1#a#b",
            "did:example:1# ",
            "did:example:1#한",
            "did:example:#a",
            "did:example:1?%",
        ] {
            assert!(DidUrl::parse(bad).is_err(), "{bad}");
        }
        let of_length =
            |length: usize| format!("did:example:1#{}", "a".repeat(length - "did:example:1#".len()));
        assert!(DidUrl::parse(&of_length(LONGEST)).is_ok());
        assert!(DidUrl::parse(&of_length(LONGEST + 1)).is_err());
        let did = Did::parse("did:example:1").unwrap();
        assert_eq!(DidUrl::parse_within(&did, "#a").unwrap(), did.with_fragment("a").unwrap());
        assert_eq!(DidUrl::parse_within(&did, "did:example:2#a").unwrap().did().as_str(), "did:example:2");
        assert!(DidUrl::parse_within(&did, "a").is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_a_reader_panic(text in "\\PC{0,60}", tail in "[a-z%:#/?]{0,20}") {
            for text in [text, format!("did:web:{tail}"), format!("did:{tail}")] {
                if let Ok(did) = Did::parse(&text) {
                    prop_assert_eq!(did.to_string(), text.clone());
                    prop_assert_eq!(format!("did:{}:{}", did.method(), did.specific_id()), text.clone());
                }
                if let Ok(url) = DidUrl::parse(&text) {
                    prop_assert_eq!(url.to_string(), text);
                }
            }
        }
    }
}
