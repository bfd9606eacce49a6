//! The example specifications of RFC 9901, as PyPI `sd-jwt` issued and presented them (`vectors/sd-jwt/tokens.json`).

use citizen_credential::UnverifiedSdJwt;
use citizen_credential::sd_jwt::{Expected, KeyBinding, Transaction};
use citizen_jose::Jwk;
use citizen_primitives::{Seconds, UnixTime};
use serde_json::Value;

/// One specification with its tokens.
pub(crate) struct Specification(pub(crate) Value);

impl Specification {
    /// Those that are kept.
    pub(crate) fn kept() -> Vec<Self> {
        let tokens: Vec<Value> =
            serde_json::from_str(include_str!("../../vectors/sd-jwt/tokens.json")).unwrap();
        assert_eq!(tokens.len(), 15);
        tokens.into_iter().map(Self).collect()
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_else(|| panic!("{name} of {}", self.0["name"]))
    }

    pub(crate) fn issuer_key(&self) -> Jwk {
        Jwk::from_value(&self.0["issuer_key"]).unwrap()
    }

    pub(crate) fn expected(&self) -> Expected<'_> {
        let transaction = self.0["nonce"].as_str().map(|nonce| Transaction {
            nonce,
            audience: self.text("audience"),
            longest: Seconds::new(60),
        });
        Expected {
            now: UnixTime::from_seconds(self.0["time"].as_u64().unwrap()),
            key_binding: transaction.map_or(KeyBinding::NotRequired, KeyBinding::Required),
            ..Expected::default()
        }
    }

    /// Verifies what they issued and presented, and gets the claims that they get.
    pub(crate) fn verify(&self) {
        let expected = self.expected();
        let unbound = Expected { key_binding: KeyBinding::NotRequired, ..expected };
        let issued = UnverifiedSdJwt::parse(self.text("issued")).unwrap();
        let verified = issued.verify(&self.issuer_key(), &unbound).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(verified.claims(), &self.0["issued_claims"], "{}", self.0["name"]);
        assert_eq!(verified.disclosed().count(), self.0["concealed"].as_array().unwrap().len());

        let presented = UnverifiedSdJwt::parse(self.text("presented")).unwrap();
        let verified =
            presented.verify(&self.issuer_key(), &expected).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(verified.claims(), &self.0["presented_claims"], "{}", self.0["name"]);
        assert_eq!(verified.key_bound().is_some(), self.0["nonce"].is_string());
    }
}

#[test]
fn tokens_of_every_specification_say_what_their_issuer_meant() {
    Specification::kept().iter().for_each(Specification::verify);
}

#[test]
fn no_token_of_any_specification_survives_a_changed_character() {
    for specification in Specification::kept() {
        let token = specification.text("presented");
        for place in (0..token.len()).step_by(37) {
            let mut bytes = token.as_bytes().to_vec();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            let read = UnverifiedSdJwt::parse(&changed);
            let verified =
                read.and_then(|token| token.verify(&specification.issuer_key(), &specification.expected()));
            assert!(verified.is_err(), "{} at {place}", specification.0["name"]);
        }
    }
}
