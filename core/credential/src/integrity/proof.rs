//! Proofs: made, and verified (VC Data Integrity 1.0, 4; vc-di-eddsa, 3.3; vc-di-ecdsa, 3.3).

use super::credential::time;
use super::{IntegrityError, Suite};
use crate::jcs;
use citizen_did::multibase;
use citizen_jose::{Jwk, SignError, Signer};
use citizen_primitives::UnixTime;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// Who signs, when, what for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofOptions {
    /// The URL of the key.
    pub verification_method: String,
    /// `assertionMethod` for a credential.
    pub purpose: String,
    /// RFC 3339.
    pub created: Option<String>,
    /// For whom the proof is made (VC Data Integrity 1.0, 2.1): a proof of whoever shows something has one, with a challenge.
    pub domain: Option<String>,
    /// What the verifier made up for it.
    pub challenge: Option<String>,
}

/// A document whose proof holds.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifiedDocument {
    document: Map<String, Value>,
    proof: Map<String, Value>,
    suite: Suite,
}

/// A document and its proof, which waits for its signature: the key may be in hardware.
#[derive(Debug, Clone, PartialEq)]
pub struct UnsignedDocument {
    document: Map<String, Value>,
    proof: Map<String, Value>,
    hashes: [u8; 64],
}

impl UnsignedDocument {
    /// The bytes that the key signs, with the suite's algorithm: two hashes, of proof and document.
    #[must_use]
    pub const fn signing_input(&self) -> &[u8; 64] {
        &self.hashes
    }

    /// The document with its proof.
    #[must_use]
    pub fn with_signature(mut self, signature: &[u8; 64]) -> Map<String, Value> {
        let value = format!("z{}", multibase::encode(signature));
        self.proof.insert("proofValue".to_owned(), Value::from(value));
        self.document.insert("proof".to_owned(), Value::Object(self.proof));
        self.document
    }
}

/// Adds a proof to a document, by the suite of the signer's key.
pub fn sign(
    document: &Map<String, Value>,
    options: &ProofOptions,
    signer: &dyn Signer,
) -> Result<Map<String, Value>, SigningError> {
    let unsigned = options.prepare(document.clone(), Suite::by(signer.algorithm()))?;
    let signature = signer.sign(unsigned.signing_input()).map_err(SigningError::Signer)?;
    Ok(unsigned.with_signature(&signature))
}

/// Why a proof was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// The document cannot be signed by this suite and key.
    #[error("{0}")]
    Document(#[from] IntegrityError),
    /// The key did not sign.
    #[error("the key did not sign")]
    Signer(#[source] SignError),
}

impl ProofOptions {
    /// A proof of a suite for a document that has none yet. A document without a canonical form is refused.
    pub fn prepare(
        &self,
        document: Map<String, Value>,
        suite: Suite,
    ) -> Result<UnsignedDocument, IntegrityError> {
        if document.contains_key("proof") {
            return Err(IntegrityError::Document);
        }
        let proof = self.to_members(suite, document.get("@context"));
        let hashes = hash_data(&proof, &document)?;
        Ok(UnsignedDocument { document, proof, hashes })
    }

    fn to_members(&self, suite: Suite, context: Option<&Value>) -> Map<String, Value> {
        let Self { verification_method, purpose, created, domain, challenge } = self;
        let texts = [
            ("type", "DataIntegrityProof"),
            ("cryptosuite", suite.name()),
            ("verificationMethod", verification_method),
            ("proofPurpose", purpose),
        ];
        let mut members: Map<String, Value> =
            texts.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
        let optional = [("created", created), ("domain", domain), ("challenge", challenge)];
        let there = optional.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        members.extend(there.map(|(name, value)| (name.to_owned(), Value::from(value))));
        members.extend(context.map(|context| ("@context".to_owned(), context.clone())));
        members
    }
}

/// What the signature is over: the hashes of the proof without its value and of the document without its proof (3.3.4).
pub fn hash_data(
    proof: &Map<String, Value>,
    document: &Map<String, Value>,
) -> Result<[u8; 64], IntegrityError> {
    let hash = |members: &Map<String, Value>| {
        let text = jcs::to_string(&Value::Object(members.clone())).map_err(|_| IntegrityError::Document)?;
        Ok::<[u8; 32], IntegrityError>(Sha256::digest(text).into())
    };
    let mut both = [0; 64];
    let (first, second) = both.split_at_mut(32);
    first.copy_from_slice(&hash(proof)?);
    second.copy_from_slice(&hash(document)?);
    Ok(both)
}

/// What a verifier asks of a proof.
#[derive(Debug, Clone, Copy)]
pub struct ProofExpected<'a> {
    /// The URL of the key, which the caller has resolved and trusts for this document's issuer.
    pub verification_method: &'a str,
    /// What the proof has to be for.
    pub purpose: &'a str,
    /// For whom it has to be made; `None` asks for none, and one that names somebody counts too.
    pub domain: Option<&'a str>,
    /// What it has to answer; likewise.
    pub challenge: Option<&'a str>,
    /// The suites that are taken.
    pub suites: &'a [Suite],
    /// The time.
    pub now: UnixTime,
}

/// Verifies the one proof of a document (3.3.2).
pub fn verify(
    mut document: Map<String, Value>,
    key: &Jwk,
    expected: &ProofExpected<'_>,
) -> Result<VerifiedDocument, IntegrityError> {
    let Some(Value::Object(mut proof)) = document.remove("proof") else { return Err(IntegrityError::Proof) };
    let signature = take_signature(&mut proof).ok_or(IntegrityError::Proof)?;
    let suite = check_proof(&proof, expected)?;
    if !begins_with(document.get("@context"), proof.get("@context")) {
        return Err(IntegrityError::Context);
    }
    let mut secured = document.clone();
    if let Some(context) = proof.get("@context") {
        secured.insert("@context".to_owned(), context.clone());
    }
    let hash = hash_data(&proof, &secured)?;
    key.verify(suite.algorithm(), &hash, &signature).map_err(|_| IntegrityError::Signature)?;
    Ok(VerifiedDocument { document: secured, proof, suite })
}

fn take_signature(proof: &mut Map<String, Value>) -> Option<[u8; 64]> {
    let Some(Value::String(text)) = proof.remove("proofValue") else { return None };
    // Multibase: `z` is base58btc.
    multibase::decode(text.strip_prefix('z')?).ok()?.try_into().ok()
}

/// INTEGRITY-2, INTEGRITY-3, INTEGRITY-6, INTEGRITY-7. Gives the suite, which decides by what algorithm the key has signed.
fn check_proof(proof: &Map<String, Value>, expected: &ProofExpected<'_>) -> Result<Suite, IntegrityError> {
    let text = |name: &str| proof.get(name).and_then(Value::as_str);
    let suite = text("cryptosuite").and_then(Suite::of).filter(|suite| expected.suites.contains(suite));
    let suite = suite.filter(|_| text("type") == Some("DataIntegrityProof")).ok_or(IntegrityError::Proof)?;
    if text("proofPurpose") != Some(expected.purpose)
        || text("verificationMethod") != Some(expected.verification_method)
    {
        return Err(IntegrityError::Purpose);
    }
    check_session(proof, expected)?;
    time(proof.get("created")).map_err(|_| IntegrityError::Proof)?;
    let expires = time(proof.get("expires")).map_err(|_| IntegrityError::Proof)?;
    if expires.is_some_and(|expires| expires <= expected.now) { Err(IntegrityError::Time) } else { Ok(suite) }
}

/// **INTEGRITY-7** The proof is for this domain and no other, and answers this challenge (VC Data Integrity 1.0, "Verify Proof").
fn check_session(proof: &Map<String, Value>, expected: &ProofExpected<'_>) -> Result<(), IntegrityError> {
    let domains: Vec<&str> = match proof.get("domain") {
        None => Vec::new(),
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(all)) => {
            all.iter().map(Value::as_str).collect::<Option<_>>().ok_or(IntegrityError::Proof)?
        }
        Some(_) => return Err(IntegrityError::Proof),
    };
    let challenge = match proof.get("challenge") {
        None => None,
        Some(Value::String(one)) => Some(one.as_str()),
        Some(_) => return Err(IntegrityError::Proof),
    };
    if expected.domain.is_some_and(|domain| domains != [domain]) {
        return Err(IntegrityError::Domain);
    }
    if expected.challenge.is_some() && challenge != expected.challenge {
        return Err(IntegrityError::Challenge);
    }
    Ok(())
}

/// Whether the document's contexts begin with the proof's, if the proof has any.
fn begins_with(document: Option<&Value>, proof: Option<&Value>) -> bool {
    let Some(proof) = proof else { return true };
    match (document, proof) {
        (Some(Value::Array(all)), Value::Array(first)) => all.starts_with(first),
        (Some(Value::Array(all)), first) => all.first() == Some(first),
        (Some(only), Value::Array(first)) => first.as_slice() == std::slice::from_ref(only),
        (Some(only), first) => only == first,
        (None, _) => false,
    }
}

impl VerifiedDocument {
    /// The document without its proof: what was signed.
    #[must_use]
    pub const fn document(&self) -> &Map<String, Value> {
        &self.document
    }

    /// The proof without its value.
    #[must_use]
    pub const fn proof(&self) -> &Map<String, Value> {
        &self.proof
    }

    /// The suite of the proof.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.suite
    }
}
