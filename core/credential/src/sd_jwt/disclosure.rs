//! Disclosures and their digests (RFC 9901, 4.2).

use super::rule::{Rule, SdJwtError};
use citizen_jose::base64url;
use citizen_primitives::random::{CryptoRng, generate_array};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// The hash algorithms that are deemed secure here, of the IANA registry "Named Information Hash Algorithm".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HashAlgorithm {
    /// `sha-256`: the default.
    #[default]
    Sha256,
    /// `sha-384`.
    Sha384,
    /// `sha-512`.
    Sha512,
}

impl HashAlgorithm {
    /// Its name in `_sd_alg`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }

    /// The algorithm of a payload (SDJWT-8).
    pub(super) fn of(named: Option<&Value>) -> Result<Self, SdJwtError> {
        let Some(named) = named else { return Ok(Self::Sha256) };
        let known = [Self::Sha256, Self::Sha384, Self::Sha512];
        let found = known.into_iter().find(|algorithm| Some(algorithm.name()) == named.as_str());
        found.ok_or(Rule::HashAlgorithm.into())
    }

    /// The digest of a text, in base64url.
    #[must_use]
    pub fn digest(self, text: &str) -> String {
        match self {
            Self::Sha256 => base64url::encode(Sha256::digest(text)),
            Self::Sha384 => base64url::encode(Sha384::digest(text)),
            Self::Sha512 => base64url::encode(Sha512::digest(text)),
        }
    }
}

/// A disclosure: the text that was sent, and what it says. The salt is not kept: the text has it.
#[derive(Clone, PartialEq, Eq)]
pub struct Disclosure {
    text: String,
    content: Content,
}

/// What a disclosure says.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// A member of an object: `[salt, name, value]`.
    Property { name: String, value: Value },
    /// An element of an array: `[salt, value]`.
    Element(Value),
    /// An array of neither two nor three elements, or no array.
    Other,
}

/// What a disclosure says is the holder's to show.
impl std::fmt::Debug for Disclosure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Disclosure(…)")
    }
}

impl Disclosure {
    /// Reads a disclosure (SDJWT-3, SDJWT-4). What it is the disclosure of is seen by its digest.
    pub fn parse(text: &str) -> Result<Self, SdJwtError> {
        let bytes = base64url::decode(text).map_err(|_| Rule::DisclosureText)?;
        let content = match citizen_jose::json::parse(&bytes).map_err(|_| Rule::DisclosureText)? {
            Value::Array(elements) => content(elements)?,
            _ => Content::Other,
        };
        Ok(Self { text: text.to_owned(), content })
    }

    /// A new disclosure with a fresh salt of 128 bits (9.3): of a member if there is a name, else of an element.
    pub(super) fn generate(name: Option<&str>, value: Value, rng: &mut dyn CryptoRng) -> Self {
        let salt = base64url::encode(generate_array::<16>(rng));
        let (array, content) = match name {
            Some(name) => {
                let array = json!([salt, name, value]);
                (array, Content::Property { name: name.to_owned(), value })
            }
            None => (json!([salt, value]), Content::Element(value)),
        };
        Self { text: base64url::encode(array.to_string()), content }
    }

    /// The text as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its digest.
    #[must_use]
    pub fn digest(&self, algorithm: HashAlgorithm) -> String {
        algorithm.digest(&self.text)
    }

    pub(super) const fn content(&self) -> &Content {
        &self.content
    }
}

fn content(elements: Vec<Value>) -> Result<Content, SdJwtError> {
    if let Ok([salt, name, value]) = <[Value; 3]>::try_from(elements.clone()) {
        let (Value::String(_), Value::String(name)) = (salt, name) else {
            return Err(Rule::DisclosureSalt.into());
        };
        return Ok(Content::Property { name, value });
    }
    match <[Value; 2]>::try_from(elements) {
        Ok([Value::String(_), value]) => Ok(Content::Element(value)),
        Ok(_) => Err(Rule::DisclosureSalt.into()),
        Err(_) => Ok(Content::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_section_4_2_have_their_digests() {
        for (text, digest) in [
            (
                "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0",
                "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0",
            ),
            ("WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0", "w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs"),
        ] {
            assert_eq!(Disclosure::parse(text).unwrap().digest(HashAlgorithm::Sha256), digest);
        }
    }

    #[test]
    fn three_spellings_of_one_claim_are_read_alike() {
        for text in [
            "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNXHUwMGY2Yml1cyJd",
            "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsImZhbWlseV9uYW1lIiwiTcO2Yml1cyJd",
            "WwoiXzI2YmM0TFQtYWM2cTJLSTZjQlc1ZXMiLAoiZmFtaWx5X25hbWUiLAoiTcO2Yml1cyIKXQ",
        ] {
            let Content::Property { name, value } = Disclosure::parse(text).unwrap().content else {
                panic!()
            };
            assert_eq!((name.as_str(), value), ("family_name", Value::from("Möbius")));
        }
    }

    #[test]
    fn a_disclosure_does_not_show_itself() {
        let disclosure = Disclosure::parse("WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0").unwrap();
        assert_eq!(format!("{disclosure:?}"), "Disclosure(…)");
    }
}
