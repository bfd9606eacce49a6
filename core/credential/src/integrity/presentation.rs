//! Presentations: what a holder signs over credentials of hers, for one verifier and one question (data model 2.0, 4.13; VC Data Integrity 1.0, 2.1).
//! A credential is shown whole: neither suite lets her leave anything out.

use super::credential::{Holder, IssuerKey, is_of, time, verify_credential};
use super::proof::{ProofExpected, ProofOptions, UnsignedDocument, VerifiedDocument, verify};
use super::{AUTHENTICATION, CONTEXT, IntegrityError, Suite};
use citizen_jose::Jwk;
use citizen_primitives::{Seconds, UnixTime};
use serde_json::{Map, Value, json};

/// The most credentials of a presentation.
const MOST: usize = 16;
/// How far ahead the clock of whoever signs may be.
const CLOCK_SKEW: Seconds = Seconds::new(60);

/// A credential that its holder has checked and keeps.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldDocument {
    signed: Map<String, Value>,
    verified: VerifiedDocument,
    holder: Holder,
}

impl HeldDocument {
    /// **INTEGRITY-13** Takes what an issuer has issued: a credential by this issuer's key, valid now, whose one subject is named by the holder's key.
    /// One for somebody else is of no use, and shown it would say that she is that one.
    pub fn accept(
        document: Map<String, Value>,
        issuer: &IssuerKey,
        holder: &Jwk,
        (suites, now): (&[Suite], UnixTime),
    ) -> Result<Self, IntegrityError> {
        let mut signed = document.clone();
        let verified = verify_credential(document, issuer, (suites, now))?;
        let subject = verified.holder().filter(|subject| subject.key().key == holder.key);
        let subject = subject.ok_or(IntegrityError::Holder)?;
        // Contexts that nobody has signed are not shown (INTEGRITY-4).
        if let Some(context) = verified.document().get("@context") {
            signed.insert("@context".to_owned(), context.clone());
        }
        Ok(Self { signed, verified, holder: subject })
    }

    /// What it says.
    #[must_use]
    pub const fn verified(&self) -> &VerifiedDocument {
        &self.verified
    }

    /// As whom its holder shows it.
    #[must_use]
    pub const fn holder(&self) -> &Holder {
        &self.holder
    }

    /// As it was issued: for who asks for no proof of the holder, and for whoever keeps it.
    #[must_use]
    pub const fn to_members(&self) -> &Map<String, Value> {
        &self.signed
    }

    /// A presentation of it, for this challenge and this domain alone; it waits for the holder's signature.
    pub fn present(
        &self,
        (challenge, domain): (&str, &str),
        now: UnixTime,
    ) -> Result<UnsignedDocument, IntegrityError> {
        let presentation = json!({ "@context": [CONTEXT], "type": ["VerifiablePresentation"], "holder": self.holder.id(),
            "verifiableCredential": [self.signed] });
        let Value::Object(presentation) = presentation else { return Err(IntegrityError::Document) };
        let options = ProofOptions {
            verification_method: self.holder.verification_method().to_owned(),
            purpose: AUTHENTICATION.to_owned(),
            created: Some(now.to_rfc3339()),
            domain: Some(domain.to_owned()),
            challenge: Some(challenge.to_owned()),
        };
        options.prepare(presentation, self.holder.suite())
    }
}

/// What a verifier asks of a presentation.
#[derive(Debug, Clone, Copy)]
pub struct PresentationExpected<'a> {
    /// The verifier.
    pub domain: &'a str,
    /// What it made up for it.
    pub challenge: &'a str,
    /// How long ago it may have been made, if it says when.
    pub longest: Seconds,
    /// The suites that are taken, of issuers and holders.
    pub suites: &'a [Suite],
    /// The time.
    pub now: UnixTime,
}

/// A presentation whose every proof holds.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifiedPresentation {
    holder: Holder,
    credentials: Vec<VerifiedDocument>,
}

/// Verifies a presentation, and each credential in it. `issuers` gives the key of a credential's issuer, if the verifier trusts that; everything in
/// the credential is unverified.
pub fn verify_presentation(
    document: Map<String, Value>,
    issuers: &dyn Fn(&Map<String, Value>) -> Option<IssuerKey>,
    expected: &PresentationExpected<'_>,
) -> Result<VerifiedPresentation, IntegrityError> {
    let mut credentials = Vec::new();
    for credential in embedded(&document)? {
        let issuer = issuers(credential).ok_or(IntegrityError::Issuer)?;
        credentials.push(verify_credential(credential.clone(), &issuer, (expected.suites, expected.now))?);
    }
    let holder = holder(&document, &credentials).ok_or(IntegrityError::Holder)?;
    let proof = ProofExpected {
        verification_method: holder.verification_method(),
        purpose: AUTHENTICATION,
        domain: Some(expected.domain),
        challenge: Some(expected.challenge),
        suites: expected.suites,
        now: expected.now,
    };
    let verified = verify(document, holder.key(), &proof)?;
    // INTEGRITY-8
    if !is_of(verified.document(), "VerifiablePresentation") {
        return Err(IntegrityError::Presentation);
    }
    check_made(&verified, expected)?;
    Ok(VerifiedPresentation { holder, credentials })
}

impl VerifiedPresentation {
    /// Who has shown it: the subject of every credential in it.
    #[must_use]
    pub const fn holder(&self) -> &Holder {
        &self.holder
    }

    /// The credentials; never none.
    #[must_use]
    pub fn credentials(&self) -> &[VerifiedDocument] {
        &self.credentials
    }

    /// The credentials; never none.
    #[must_use]
    pub fn into_credentials(self) -> Vec<VerifiedDocument> {
        self.credentials
    }
}

/// **INTEGRITY-8** A presentation is of the data model 2.0 and has at least one credential, each an object.
fn embedded(document: &Map<String, Value>) -> Result<Vec<&Map<String, Value>>, IntegrityError> {
    let all = match document.get("verifiableCredential") {
        Some(Value::Array(all)) if (1..=MOST).contains(&all.len()) => all.as_slice(),
        Some(Value::Array(_)) | None => return Err(IntegrityError::Presentation),
        Some(only) => std::slice::from_ref(only),
    };
    all.iter().map(Value::as_object).collect::<Option<_>>().ok_or(IntegrityError::Presentation)
}

/// **INTEGRITY-9** Who shows credentials is the one subject of each of them, and nobody else is named as their holder.
fn holder(document: &Map<String, Value>, credentials: &[VerifiedDocument]) -> Option<Holder> {
    let holder = credentials.first()?.holder()?;
    let is_hers = |credential: &VerifiedDocument| {
        credential.holder().is_some_and(|subject| subject.id() == holder.id())
    };
    let is_named = match document.get("holder") {
        None => true,
        Some(named) => named.get("id").unwrap_or(named).as_str() == Some(holder.id()),
    };
    (is_named && credentials.iter().all(is_hers)).then_some(holder)
}

/// **INTEGRITY-11** A presentation that says when it was made was made in the time that the verifier allows, and not in the future.
fn check_made(
    verified: &VerifiedDocument,
    expected: &PresentationExpected<'_>,
) -> Result<(), IntegrityError> {
    let Some(made) = time(verified.proof().get("created"))? else { return Ok(()) };
    let is_old = expected.now.since(made) > expected.longest;
    if is_old || made > expected.now.plus(CLOCK_SKEW) { Err(IntegrityError::Time) } else { Ok(()) }
}
