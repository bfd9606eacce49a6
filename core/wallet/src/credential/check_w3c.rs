//! Checks a W3C Verifiable Credential (data model 2.0) that is secured by `eddsa-jcs-2022` or `ecdsa-jcs-2019`: as another's file, which this wallet does not hold.

use crate::credential::check::{CheckedCredential, CredentialCheck, CredentialCheckError};
use citizen_credential::integrity::{self, IntegrityError, ProofExpected, Suite};
use citizen_jose::{Jwk, json};
use serde_json::{Map, Value};

/// The document, if the text is one: an object with a proof. An SD-JWT in JSON has none.
pub(super) fn document(text: &str) -> Option<Map<String, Value>> {
    let document = json::parse_object(text.trim().as_bytes()).ok()?;
    document.contains_key("proof").then_some(document)
}

/// Verifies its one proof by the issuer's key, and that the key is named as the issuer's: the URL of a key of the DID, or other identifier, that `issuer` is. A nonce and
/// an audience are the proof's challenge and domain.
pub(super) fn check(
    document: Map<String, Value>,
    key: &Jwk,
    check: &CredentialCheck<'_>,
) -> Result<CheckedCredential, CredentialCheckError> {
    let method = document.get("proof").and_then(|proof| proof.get("verificationMethod"));
    let method = method.and_then(Value::as_str).ok_or(IntegrityError::Proof)?.to_owned();
    let expected = ProofExpected {
        verification_method: &method,
        purpose: "assertionMethod",
        domain: check.presented.map(|presented| presented.audience),
        challenge: check.presented.map(|presented| presented.nonce),
        suites: &Suite::ALL,
        now: check.now,
    };
    let verified = integrity::verify(document, key, &expected)?;
    let issuer = verified.credential(check.now)?;
    if method.split('#').next() != Some(issuer) {
        return Err(IntegrityError::Purpose.into());
    }
    Ok(CheckedCredential {
        claims: Value::Object(verified.document().clone()),
        disclosed: Vec::new(),
        key_bound: false,
        key_binding: "none",
        status: None,
        vct: None,
    })
}

/// A rule's name, and where it is written.
pub(super) const fn rule(error: IntegrityError) -> (&'static str, &'static str) {
    match error {
        IntegrityError::Document => ("proof-document", "RFC 8785 3.2"),
        IntegrityError::Proof => ("proof-form", "vc-di-eddsa 3.3.2"),
        IntegrityError::Purpose => ("proof-purpose", "VC Data Integrity 1.0 4"),
        IntegrityError::Domain => ("proof-domain", "VC Data Integrity 1.0 4"),
        IntegrityError::Challenge => ("proof-challenge", "VC Data Integrity 1.0 4"),
        IntegrityError::Context => ("proof-context", "vc-di-eddsa 3.3.2"),
        IntegrityError::Signature => ("proof-signature", "vc-di-eddsa 3.3.7"),
        IntegrityError::Credential => ("vc-form", "VC Data Model 2.0 4"),
        IntegrityError::Time => ("vc-time", "VC Data Model 2.0 4.9"),
        IntegrityError::Presentation => ("vp-form", "VC Data Model 2.0 4.13"),
        IntegrityError::Holder => ("vp-holder", "VC Data Model 2.0 4.13"),
        IntegrityError::Issuer => ("vc-issuer", "VC Data Model 2.0 4.7"),
        IntegrityError::Status => ("vc-status", "VC Data Model 2.0 4.10"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::check::{Presented, check_credential};
    use citizen_credential::integrity::{ProofOptions, sign};
    use citizen_jose::{Algorithm, Signer as _, SoftwareSigner};
    use citizen_primitives::{Seconds, UnixTime};
    use serde_json::json;

    const ISSUER: &str = "did:web:university.example";

    fn signed(change: impl FnOnce(&mut Value, &mut ProofOptions)) -> (String, String) {
        let signer = SoftwareSigner::from_bytes(Algorithm::EdDsa, &[7; 32]).unwrap();
        let mut document = json!({
            "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"], "issuer": ISSUER,
            "validFrom": "2026-01-01T00:00:00Z", "validUntil": "2027-01-01T00:00:00Z",
            "credentialSubject": { "id": "did:example:her", "degree": "학사" },
        });
        let mut options = ProofOptions {
            verification_method: format!("{ISSUER}#key-1"),
            purpose: "assertionMethod".to_owned(),
            created: None,
            domain: None,
            challenge: None,
        };
        change(&mut document, &mut options);
        let signed = sign(document.as_object().unwrap(), &options, &signer).unwrap();
        (Value::Object(signed).to_string(), signer.jwk().to_value().to_string())
    }

    fn judged(
        (token, issuer_key): &(String, String),
        presented: Option<Presented<'_>>,
    ) -> Result<CheckedCredential, CredentialCheckError> {
        let now = UnixTime::from_seconds(1_790_000_000);
        check_credential(&CredentialCheck { token, issuer_key, presented, now })
    }

    #[test]
    fn a_w3c_credential_is_checked_by_its_issuers_key_and_says_what_it_says() {
        let checked = judged(&signed(|_, _| ()), None).unwrap();
        assert_eq!(checked.claims["credentialSubject"]["degree"], "학사");
        assert!(checked.claims.get("proof").is_none() && !checked.key_bound && checked.vct.is_none());
    }

    #[test]
    fn integrity_7_and_others_a_w3c_credential_that_breaks_a_rule_is_refused_by_its_name() {
        let asked = Presented { nonce: "asked", audience: "https://here.example", longest: Seconds::new(60) };
        let rule_of = |made: &(String, String), presented| {
            let error = judged(made, presented).unwrap_err();
            error.detail()["rule"].as_str().unwrap().to_owned()
        };
        assert_eq!(rule_of(&signed(|_, _| ()), Some(asked)), "proof-domain");
        let here = |options: &mut ProofOptions| options.domain = Some("https://here.example".to_owned());
        assert_eq!(rule_of(&signed(|_, options| here(options)), Some(asked)), "proof-challenge");
        let whole = signed(|_, options| {
            here(options);
            options.challenge = Some("asked".to_owned());
        });
        assert!(judged(&whole, Some(asked)).is_ok());
        let (token, key) = signed(|_, _| ());
        assert_eq!(rule_of(&(token.replace("학사", "박사"), key), None), "proof-signature");
        let other =
            signed(|_, options| options.verification_method = "did:web:other.example#key-1".to_owned());
        assert_eq!(rule_of(&other, None), "proof-purpose", "a key of somebody else");
        let login = signed(|_, options| options.purpose = "authentication".to_owned());
        assert_eq!(rule_of(&login, None), "proof-purpose");
        let over = signed(|document, _| document["validUntil"] = json!("2026-02-01T00:00:00Z"));
        assert_eq!(rule_of(&over, None), "vc-time");
        let nothing = signed(|document, _| document["credentialSubject"] = json!({}));
        assert_eq!(rule_of(&nothing, None), "vc-form");
        let key = signed(|_, _| ()).1;
        assert_eq!(rule_of(&(r#"{"proof":{}}"#.to_owned(), key), None), "proof-form");
    }
}
