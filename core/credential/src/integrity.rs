//! W3C Data Integrity with `eddsa-jcs-2022` (vc-di-eddsa, 3.3): credentials of the Verifiable Credentials Data Model 2.0.

use crate::jcs;
use citizen_did::multibase;
use citizen_jose::{Algorithm, Jwk, SignError, Signer};
use citizen_primitives::UnixTime;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// The context that stands first in every credential of the data model 2.0.
pub const CONTEXT: &str = "https://www.w3.org/ns/credentials/v2";
const SUITE: &str = "eddsa-jcs-2022";

/// Why a document is not signed, or not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IntegrityError {
    /// No object, or a number in it that canonical JSON does not know.
    #[error("a document without a canonical form")]
    Document,
    /// No proof, or one without what it needs, or of another suite (INTEGRITY-2).
    #[error("no proof of the suite eddsa-jcs-2022")]
    Proof,
    /// The proof was made for another purpose, or names another key (INTEGRITY-3).
    #[error("a proof for another purpose, or by another key")]
    Purpose,
    /// The proof was not made for this domain (INTEGRITY-7).
    #[error("a proof for another domain")]
    Domain,
    /// The proof does not answer this challenge (INTEGRITY-7).
    #[error("a proof that answers another challenge")]
    Challenge,
    /// The document's contexts do not begin with the proof's (INTEGRITY-4).
    #[error("the proof is of a document with other contexts")]
    Context,
    /// The signature is not this key's over this (INTEGRITY-1).
    #[error("the signature does not verify")]
    Signature,
    /// It is no credential of the data model 2.0 (INTEGRITY-5).
    #[error("no verifiable credential of the data model 2.0")]
    Credential,
    /// Not valid yet, or not any more (INTEGRITY-6).
    #[error("not valid at this time")]
    Time,
}

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
}

/// Adds a proof to a document.
pub fn sign(
    document: &Map<String, Value>,
    options: &ProofOptions,
    signer: &dyn Signer,
) -> Result<Map<String, Value>, SigningError> {
    if signer.algorithm() != Algorithm::EdDsa || document.contains_key("proof") {
        return Err(SigningError::Document(IntegrityError::Document));
    }
    let mut proof = options.to_members(document.get("@context"));
    let hash = hash_data(&proof, document)?;
    let signature = signer.sign(&hash).map_err(SigningError::Signer)?;
    proof.insert("proofValue".to_owned(), Value::from(format!("z{}", multibase::encode(&signature))));
    let mut signed = document.clone();
    signed.insert("proof".to_owned(), Value::Object(proof));
    Ok(signed)
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
    fn to_members(&self, context: Option<&Value>) -> Map<String, Value> {
        let Self { verification_method, purpose, created, domain, challenge } = self;
        let texts = [
            ("type", "DataIntegrityProof"),
            ("cryptosuite", SUITE),
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
    check_proof(&proof, expected)?;
    if !begins_with(document.get("@context"), proof.get("@context")) {
        return Err(IntegrityError::Context);
    }
    let mut secured = document.clone();
    if let Some(context) = proof.get("@context") {
        secured.insert("@context".to_owned(), context.clone());
    }
    let hash = hash_data(&proof, &secured)?;
    key.verify(Algorithm::EdDsa, &hash, &signature).map_err(|_| IntegrityError::Signature)?;
    Ok(VerifiedDocument { document: secured, proof })
}

fn take_signature(proof: &mut Map<String, Value>) -> Option<[u8; 64]> {
    let Some(Value::String(text)) = proof.remove("proofValue") else { return None };
    // Multibase: `z` is base58btc.
    multibase::decode(text.strip_prefix('z')?).ok()?.try_into().ok()
}

/// INTEGRITY-2, INTEGRITY-3, INTEGRITY-6, INTEGRITY-7.
fn check_proof(proof: &Map<String, Value>, expected: &ProofExpected<'_>) -> Result<(), IntegrityError> {
    let is = |name: &str, value: &str| proof.get(name).and_then(Value::as_str) == Some(value);
    if !is("type", "DataIntegrityProof") || !is("cryptosuite", SUITE) {
        return Err(IntegrityError::Proof);
    }
    if !is("proofPurpose", expected.purpose) || !is("verificationMethod", expected.verification_method) {
        return Err(IntegrityError::Purpose);
    }
    check_session(proof, expected)?;
    time(proof.get("created")).map_err(|_| IntegrityError::Proof)?;
    let expires = time(proof.get("expires")).map_err(|_| IntegrityError::Proof)?;
    if expires.is_some_and(|expires| expires <= expected.now) { Err(IntegrityError::Time) } else { Ok(()) }
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

    /// Checks that it is a credential of the data model 2.0 and valid at a time; gives its issuer, whose key it has to be by (INTEGRITY-5,
    /// INTEGRITY-6).
    pub fn credential(&self, now: UnixTime) -> Result<&str, IntegrityError> {
        let member = |name: &str| self.document.get(name);
        let context = member("@context").and_then(Value::as_array).and_then(|contexts| contexts.first());
        let is_named = |kind: &Value| kind == "VerifiableCredential";
        let is_credential = match member("type") {
            Some(Value::Array(types)) => types.iter().any(is_named),
            Some(only) => is_named(only),
            None => false,
        };
        let says_something = |subject: &Value| subject.as_object().is_some_and(|claims| !claims.is_empty());
        let is_about = match member("credentialSubject") {
            Some(Value::Array(subjects)) => !subjects.is_empty() && subjects.iter().all(says_something),
            Some(only) => says_something(only),
            None => false,
        };
        if context.and_then(Value::as_str) != Some(CONTEXT) || !is_credential || !is_about {
            return Err(IntegrityError::Credential);
        }
        let from = time(member("validFrom")).map_err(|_| IntegrityError::Credential)?;
        let until = time(member("validUntil")).map_err(|_| IntegrityError::Credential)?;
        if from.is_some_and(|from| from > now) || until.is_some_and(|until| until < now) {
            return Err(IntegrityError::Time);
        }
        let issuer = member("issuer").ok_or(IntegrityError::Credential)?;
        issuer.get("id").unwrap_or(issuer).as_str().ok_or(IntegrityError::Credential)
    }
}

/// A `dateTimeStamp` of XML Schema, if there is one: with its offset from UTC.
fn time(value: Option<&Value>) -> Result<Option<UnixTime>, IntegrityError> {
    let Some(value) = value else { return Ok(None) };
    let text = value.as_str().ok_or(IntegrityError::Credential)?;
    let time: jiff::Timestamp = text.parse().map_err(|_| IntegrityError::Credential)?;
    let seconds = u64::try_from(time.as_second()).unwrap_or_default();
    Ok(Some(UnixTime::from_seconds(seconds)))
}
