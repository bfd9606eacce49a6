//! Presentations of W3C credentials, past the signatures that a fuzzer cannot make.

use super::{NOW, signer};
use citizen_credential::integrity::{
    self, ASSERTION, AUTHENTICATION, HeldDocument, Holder, IssuerKey, PresentationExpected, ProofOptions,
    Suite,
};
use citizen_jose::{Algorithm, Signer as _, SoftwareSigner, base64url, json};
use citizen_primitives::Seconds;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

const ISSUER: &str = "did:web:seoul.example";

static HER: LazyLock<(SoftwareSigner, Holder)> = LazyLock::new(|| {
    let key = SoftwareSigner::from_bytes(Algorithm::Es256, &[8; 32]).unwrap();
    let did = format!("did:jwk:{}", base64url::encode(key.jwk().to_value().to_string()));
    (key, Holder::of(&did).unwrap())
});

static CARD: LazyLock<HeldDocument> = LazyLock::new(|| {
    let card = json!({ "@context": [integrity::CONTEXT], "type": ["VerifiableCredential"], "issuer": ISSUER,
        "credentialSubject": { "id": HER.1.id(), "name": "홍 길동" } });
    let options = options(&issuer().verification_method, ASSERTION);
    let signed = integrity::sign(card.as_object().unwrap(), &options, &signer()).unwrap();
    HeldDocument::accept(signed, &issuer(), &HER.0.jwk(), (&Suite::ALL, NOW)).unwrap()
});

fn issuer() -> IssuerKey {
    let verification_method = format!("{ISSUER}#key-1");
    IssuerKey { issuer: ISSUER.to_owned(), verification_method, key: signer().jwk() }
}

fn options(method: &str, purpose: &str) -> ProofOptions {
    let (verification_method, purpose) = (method.to_owned(), purpose.to_owned());
    ProofOptions { verification_method, purpose, created: None, domain: None, challenge: None }
}

/// A presentation that its holder signs, in which `"$card"` is her card and `$her` her identifier; on a second line what somebody puts into the proof
/// afterwards. Whether it is believed: then it shows her card and nothing else, and to nobody else.
pub fn presented(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let card = Value::Object(CARD.to_members().clone()).to_string();
    let text = text.replace("\"$card\"", &card).replace("$her", HER.1.id());
    let mut lines = text.split('\n').map(|line| json::parse_object(line.as_bytes()));
    let Some(Ok(document)) = lines.next() else { return false };
    let added = lines.next().and_then(Result::ok).unwrap_or_default();
    let sign = |key: &SoftwareSigner| {
        let (domain, challenge) = (Some("here".to_owned()), Some("asked".to_owned()));
        let options =
            ProofOptions { domain, challenge, ..options(HER.1.verification_method(), AUTHENTICATION) };
        let mut signed = integrity::sign(&document, &options, key).ok()?;
        signed.get_mut("proof")?.as_object_mut()?.extend(added.clone());
        Some(signed)
    };
    let verify = |signed: Map<String, Value>, domain: &str, challenge: &str| {
        let trusts = |credential: &Map<String, Value>| {
            (credential.get("issuer").and_then(Value::as_str) == Some(ISSUER)).then(issuer)
        };
        let (longest, suites) = (Seconds::new(60), &Suite::ALL);
        let expected = PresentationExpected { domain, challenge, longest, suites, now: NOW };
        integrity::verify_presentation(signed, &trusts, &expected)
    };
    let Some(signed) = sign(&HER.0) else { return false };
    assert!(verify(signed.clone(), "elsewhere", "asked").is_err());
    assert!(verify(signed.clone(), "here", "another").is_err());
    let thief = SoftwareSigner::from_bytes(Algorithm::Es256, &[9; 32]).unwrap();
    assert!(sign(&thief).is_none_or(|stolen| verify(stolen, "here", "asked").is_err()));
    let Ok(verified) = verify(signed, "here", "asked") else { return false };
    assert_eq!(verified.holder().id(), HER.1.id());
    assert!(!verified.credentials().is_empty());
    assert!(verified.credentials().iter().all(|shown| shown == CARD.verified()));
    true
}
