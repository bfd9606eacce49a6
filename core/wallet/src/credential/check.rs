//! Checks any SD-JWT or SD-JWT VC, or W3C credential, from anywhere: no wallet, no city, no network.

use crate::credential::check_w3c;
use crate::error::Message;
use citizen_credential::integrity::IntegrityError;
use citizen_credential::sd_jwt::{Expected, KeyBinding, Kind, Rule, Transaction, UnverifiedSdJwt};
use citizen_credential::status::StatusReference;
use citizen_credential::vc::{CredentialError, VerifiedCredential};
use citizen_credential::{SdJwtError, VerifiedSdJwt};
use citizen_jose::{Jwk, JwkError};
use citizen_primitives::{Seconds, UnixTime};
use serde::Serialize;
use serde_json::{Value, json};

/// What is checked, and against what.
#[derive(Debug, Clone, Copy)]
pub struct CredentialCheck<'a> {
    /// The SD-JWT, compact or JSON, with or without key binding; or a W3C credential (data model 2.0) with a proof of `eddsa-jcs-2022` or `ecdsa-jcs-2019`.
    pub token: &'a str,
    /// The issuer's public key: a JWK as JSON text.
    pub issuer_key: &'a str,
    /// Whom and what it was presented for; a key binding is asked for then.
    pub presented: Option<Presented<'a>>,
    /// The time.
    pub now: UnixTime,
}

/// For whom and what a presentation was made.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// What the verifier made up for it.
    pub nonce: &'a str,
    /// The verifier.
    pub audience: &'a str,
    /// How long ago the holder may have signed.
    pub longest: Seconds,
}

/// A credential that breaks no rule. Whether it was revoked stands elsewhere: where `status` says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckedCredential {
    /// The claims, with those that were disclosed in their places.
    pub claims: Value,
    /// The paths of the claims that were disclosed, outer before inner: `address.region`, `nationalities[0]`.
    pub disclosed: Vec<String>,
    /// Whether the holder signed it for this verifier and nonce. False where that was not asked for.
    pub key_bound: bool,
    /// `verified`; `not-asked` if one came and holds in itself, but nobody said for whom and what; `none`.
    pub key_binding: &'static str,
    /// Where the status stands: `{uri, idx}`. Nobody has looked there.
    pub status: Option<Value>,
    /// The type of a credential.
    pub vct: Option<String>,
}

/// Why a credential is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialCheckError {
    /// What was given as the issuer's key is none.
    IssuerKey,
    /// It breaks a rule.
    Broken(CredentialError),
    /// It is a W3C credential, and breaks a rule.
    Integrity(IntegrityError),
}

/// Checks it.
pub fn check_credential(check: &CredentialCheck<'_>) -> Result<CheckedCredential, CredentialCheckError> {
    let key = issuer_key(check.issuer_key)?;
    match check_w3c::document(check.token) {
        Some(document) => check_w3c::check(document, &key, check),
        None => verify(check, &key).map_err(CredentialCheckError::Broken),
    }
}

/// A key of an algorithm that is not deemed secure here is a fault of who signed with it, not of who asks (RFC 9901 §7.1, 2.a).
fn issuer_key(text: &str) -> Result<Jwk, CredentialCheckError> {
    let value = citizen_jose::json::parse(text.as_bytes()).map_err(|_| CredentialCheckError::IssuerKey)?;
    match Jwk::from_value(&value) {
        Ok(key) if key.key.algorithm().is_some() => Ok(key),
        Err(JwkError::Unsupported) => Err(SdJwtError::from(Rule::Algorithm).into()),
        _ => Err(CredentialCheckError::IssuerKey),
    }
}

fn verify(check: &CredentialCheck<'_>, key: &Jwk) -> Result<CheckedCredential, CredentialError> {
    let token = UnverifiedSdJwt::parse(check.token)?;
    let is_credential = token
        .header_unverified()
        .is_some_and(|header| header.is_typ("dc+sd-jwt") || header.is_typ("vc+sd-jwt"));
    let key_binding = check.presented.map_or(KeyBinding::NotRequired, |presented| {
        let Presented { nonce, audience, longest } = presented;
        KeyBinding::Required(Transaction { nonce, audience, longest })
    });
    let expected = Expected {
        now: check.now,
        kind: if is_credential { Kind::Credential } else { Kind::Any },
        audience: check.presented.map(|presented| presented.audience),
        key_binding,
        ..Expected::default()
    };
    let verified = token.verify(key, &expected)?;
    if is_credential {
        let credential = VerifiedCredential::of(verified)?;
        let vct = Some(credential.vct().to_owned());
        return Ok(checked(credential.token(), credential.status(), vct));
    }
    // What `status` means in a token of another type, that type says.
    let status =
        verified.claim("status").and_then(|status| StatusReference::from_claim(status).ok()).flatten();
    Ok(checked(&verified, status.as_ref(), None))
}

fn checked(
    token: &VerifiedSdJwt,
    status: Option<&StatusReference>,
    vct: Option<String>,
) -> CheckedCredential {
    let key_bound = token.key_bound().is_some();
    CheckedCredential {
        claims: token.claims().clone(),
        disclosed: token.disclosed().map(ToString::to_string).collect(),
        key_bound,
        key_binding: match (key_bound, token.has_unasked_key_binding()) {
            (true, _) => "verified",
            (false, true) => "not-asked",
            (false, false) => "none",
        },
        status: status.map(|status| json!({ "uri": status.uri(), "idx": status.index() })),
        vct,
    }
}

impl CredentialCheckError {
    /// Stable, for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::IssuerKey => "invalid",
            Self::Broken(_) | Self::Integrity(_) => "bad-credential",
        }
    }

    /// For people.
    #[must_use]
    pub fn message(self) -> Message {
        let reason = Message::of(&format!("credential.{}", self.rule()));
        match self {
            Self::IssuerKey => reason,
            Self::Broken(_) | Self::Integrity(_) => Message::of("credential").with_message("reason", &reason),
        }
    }

    /// `{section, rule}`: where the rule is written, and its name.
    #[must_use]
    pub fn detail(self) -> Value {
        let section = match self {
            Self::IssuerKey => "RFC 7517 4",
            Self::Broken(error) => error.section(),
            Self::Integrity(error) => check_w3c::rule(error).1,
        };
        json!({ "section": section, "rule": self.rule() })
    }

    const fn rule(self) -> &'static str {
        match self {
            Self::IssuerKey => "issuer-key",
            Self::Broken(CredentialError::SdJwt(error)) => error.rule().name(),
            Self::Broken(CredentialError::Type) => "credential-type",
            Self::Broken(CredentialError::Status(_)) => "status-reference",
            Self::Integrity(error) => check_w3c::rule(error).0,
        }
    }
}

impl From<IntegrityError> for CredentialCheckError {
    fn from(error: IntegrityError) -> Self {
        Self::Integrity(error)
    }
}

impl From<SdJwtError> for CredentialCheckError {
    fn from(error: SdJwtError) -> Self {
        Self::Broken(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every rule that may be named in an error.
    fn rules() -> impl Iterator<Item = CredentialCheckError> {
        let own = [
            CredentialError::Type,
            CredentialError::Status(citizen_credential::status::StatusError::Reference),
        ];
        let own = own.into_iter().map(CredentialCheckError::Broken);
        let of_sd_jwt = Rule::ALL.iter().map(|rule| SdJwtError::from(*rule).into());
        let of_w3c = [
            IntegrityError::Document,
            IntegrityError::Proof,
            IntegrityError::Purpose,
            IntegrityError::Domain,
            IntegrityError::Challenge,
            IntegrityError::Context,
            IntegrityError::Signature,
            IntegrityError::Credential,
            IntegrityError::Time,
        ];
        let of_w3c = of_w3c.into_iter().map(CredentialCheckError::Integrity);
        of_sd_jwt.chain(own).chain(of_w3c).chain([CredentialCheckError::IssuerKey])
    }

    #[test]
    fn wallet_14_every_rule_has_its_sentence_in_both_languages_and_a_section() {
        for error in rules() {
            let rule = error.rule();
            assert!(Message::find(&format!("credential.{rule}")).is_some(), "{rule} has no sentence");
            assert!(!error.message().en.contains('{'));
            assert!(error.detail()["section"].as_str().unwrap().contains(char::is_numeric), "{rule}");
        }
    }

    #[test]
    fn a_key_that_is_none_is_told_from_a_credential_that_is_none() {
        let now = UnixTime::from_seconds(1);
        let told =
            |issuer_key| check_credential(&CredentialCheck { token: "x", issuer_key, presented: None, now });
        for key in ["", "{}", "x", r#"{"kty":"EC","crv":"P-256"}"#] {
            assert_eq!(told(key), Err(CredentialCheckError::IssuerKey), "{key}");
        }
        let algorithm = Err(SdJwtError::from(Rule::Algorithm).into());
        for key in
            [r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#, r#"{"kty":"EC","crv":"P-384","x":"AQ","y":"AQ"}"#]
        {
            assert_eq!(told(key), algorithm, "{key}");
        }
    }
}
