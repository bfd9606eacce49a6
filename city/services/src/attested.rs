//! A verifier that somebody vouches for: a key, and an attestation of it in the name of whoever vouches (OpenID4VP 1.0, sections 5.9.3 and 12).

use crate::certified::Certified;
use crate::error::ServiceError;
use citizen_jose::{Header, Jwk, Signer as _, SoftwareSigner, UnverifiedJwt, jwt};
use citizen_openid4vc::http::{Endpoint, Reach};
use citizen_openid4vc::vp::{ATTESTATION_TYPE, ClientId, Identification};
use citizen_primitives::UnixTime;
use serde_json::{Value, json};
use std::fmt;

/// The address to which all answers come: an attestation names the whole address, so a visit has none of its own (VP-4).
pub(crate) const RESPONSES: &str = "responses";

/// A key, who says whose it is, and the address that it serves.
pub struct Attested {
    signer: SoftwareSigner,
    client_id: ClientId,
    attestation: String,
    base: Endpoint,
    reach: Reach,
}

/// The attestation is about another key or address, or names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("attestation, key and address do not belong together")]
pub struct AttestedError;

/// Whom somebody vouches for.
#[derive(Debug, Clone, Copy)]
pub struct Attestee<'a> {
    /// The name that screens show.
    pub subject: &'a str,
    /// The key that signs its requests.
    pub key: &'a Jwk,
    /// The address under which everything is that it serves, without a slash at its end.
    pub base: &'a str,
}

/// Vouches for a verifier between two times. Whoever vouches is named by its own address, which its certificate covers; whether it may, the registry
/// says (CARD-50).
pub fn attest(
    attester: &Certified,
    attestee: Attestee<'_>,
    (from, until): (UnixTime, UnixTime),
) -> Result<String, ServiceError> {
    let Attestee { subject, key, base } = attestee;
    let claims = json!({
        "iss": attester.base().as_str(), "sub": subject, "iat": from.seconds(), "exp": until.seconds(),
        "cnf": { "jwk": key.to_value() }, "redirect_uris": [below(base)],
    });
    let header = attester.header().with_typ(ATTESTATION_TYPE);
    jwt::sign(&header, &claims, attester.signer()).map_err(|_| ServiceError::Unavailable)
}

impl Attested {
    /// A verifier by the attestation of its key, serving at `base`. Whether it is its attester's word is the wallet's to verify.
    pub fn new(
        signer: SoftwareSigner,
        attestation: &str,
        base: &str,
        reach: Reach,
    ) -> Result<Self, AttestedError> {
        let said = UnverifiedJwt::parse(attestation).map_err(|_| AttestedError)?;
        let claims = said.claims_unverified();
        let subject = claims.get("sub").and_then(Value::as_str).ok_or(AttestedError)?;
        let key = claims.get("cnf").and_then(|cnf| Jwk::from_value(cnf.get("jwk")?).ok());
        let addresses = claims.get("redirect_uris").and_then(Value::as_array).into_iter().flatten();
        let is_here = addresses.filter_map(Value::as_str).any(|address| address == below(base));
        if !is_here || key.is_none_or(|key| key.key != signer.jwk().key) {
            return Err(AttestedError);
        }
        let client_id = ClientId::parse(&format!("verifier_attestation:{subject}")).ok_or(AttestedError)?;
        let base = Endpoint::parse(base, reach).map_err(|_| AttestedError)?;
        Ok(Self { signer, client_id, attestation: attestation.to_owned(), base, reach })
    }

    pub(crate) const fn signer(&self) -> &SoftwareSigner {
        &self.signer
    }

    /// How it says who it is.
    pub(crate) fn identification(&self) -> Identification {
        let mut header = Header::new(self.signer.algorithm());
        header.extra.insert("jwt".to_owned(), self.attestation.as_str().into());
        Identification { client_id: self.client_id.clone(), header }
    }

    /// An address below the base.
    pub(crate) fn endpoint(&self, path: &str) -> Result<Endpoint, AttestedError> {
        let text = format!("{}/{path}", self.base.as_str().trim_end_matches('/'));
        Endpoint::parse(&text, self.reach).map_err(|_| AttestedError)
    }
}

fn below(base: &str) -> String {
    format!("{}/{RESPONSES}", base.trim_end_matches('/'))
}

impl fmt::Debug for Attested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attested({})", self.base.as_str())
    }
}
