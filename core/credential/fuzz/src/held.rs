//! What a holder has, and shows of it.

use super::{NOW, signer};
use citizen_credential::UnverifiedSdJwt;
use citizen_credential::sd_jwt::{
    Expected, HashAlgorithm, HeldSdJwt, KeyBinding, Presentation, SdJwtIssuer, Transaction,
};
use citizen_jose::{Algorithm, Header, Signer as _, SoftwareSigner, base64url, json, jwt};
use citizen_primitives::{Seconds, random};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// What an issuer has signed: a line of claims and lines of disclosures, as JSON; in a line `$2` stands for the digest of disclosure 2, one of
/// those that follow. What the holder accepts is shown whole and in part, and believed as far as it is shown.
pub fn issued(bytes: &[u8]) -> bool {
    let Some((payload, disclosures)) = std::str::from_utf8(bytes).ok().and_then(linked) else { return false };
    let Ok(claims) = json::parse_object(payload.as_bytes()) else { return false };
    let signer = signer();
    let Ok(jwt) = jwt::sign(&Header::new(Algorithm::EdDsa), &Value::Object(claims), &signer) else {
        return false;
    };
    let token = [vec![jwt], disclosures, vec![String::new()]].concat().join("~");
    let expected = Expected { now: NOW, ..Expected::default() };
    let Ok(held) = UnverifiedSdJwt::parse(&token).and_then(|token| token.accept(&signer.jwk(), &expected))
    else {
        return false;
    };
    let all: Vec<_> = held.disclosable().cloned().collect();
    assert!(all.iter().all(|path| path.find(held.verified().claims()).is_some()));
    let shown = |presentation: Presentation| {
        let token = UnverifiedSdJwt::parse(&presentation.to_compact()).unwrap();
        let verified = token.verify(&signer.jwk(), &expected).unwrap();
        assert_eq!(verified.disclosed().count(), presentation.paths().len());
        verified
    };
    assert_eq!(shown(held.select_whole(&all).unwrap()).claims(), held.verified().claims());
    for path in all.iter().take(4) {
        let way = held.select([path]).unwrap();
        assert!(way.paths().iter().all(|shown| shown.contains(path)), "{path}");
        assert_eq!(disclosures_of(&way), way.paths().len());
        shown(way);
        let whole = held.select_whole([path]).unwrap();
        assert!(whole.paths().iter().all(|shown| shown.contains(path) || path.contains(shown)), "{path}");
        assert_eq!(disclosures_of(&whole), whole.paths().len());
        shown(whole);
    }
    let nothing = held.select([]).unwrap();
    assert_eq!((disclosures_of(&nothing), nothing.paths()), (0, &[][..]));
    shown(nothing);
    true
}

/// How many disclosures stand in the text that is sent.
fn disclosures_of(presentation: &Presentation) -> usize {
    presentation.to_compact().matches('~').count() - 1
}

/// Lines with every `$n` replaced by the digest of line n, and those after the first encoded.
fn linked(text: &str) -> Option<(String, Vec<String>)> {
    let mut lines: Vec<String> = text.lines().take(10).map(str::to_owned).collect();
    for number in (1..lines.len()).rev() {
        let (before, rest) = lines.split_at_mut(number);
        let line = rest.first_mut()?;
        *line = base64url::encode(&*line);
        let digest = HashAlgorithm::Sha256.digest(line);
        for line in before {
            *line = line.replace(&format!("${number}"), &digest);
        }
    }
    let disclosures = lines.split_off(lines.len().min(1));
    Some((lines.pop()?, disclosures))
}

static HELD: LazyLock<HeldSdJwt> = LazyLock::new(|| {
    let claims = json!({ "a": 1, "b": { "c": ["x", "y", { "d": true }] }, "open": "o" });
    let paths = ["a", "b", "b.c", "b.c[0]", "b.c[2]"].map(|path| path.parse().unwrap());
    let card = SdJwtIssuer::new(claims.as_object().unwrap().clone(), Default::default()).unwrap();
    let card = card.holder(&holder().jwk()).conceal(paths).unwrap();
    let card = card.issue(&Header::new(Algorithm::EdDsa), &signer(), &mut random::system()).unwrap();
    let expected = Expected { now: NOW, ..Expected::default() };
    UnverifiedSdJwt::parse(&card.to_compact()).unwrap().accept(&signer().jwk(), &expected).unwrap()
});

fn holder() -> SoftwareSigner {
    SoftwareSigner::from_bytes(Algorithm::EdDsa, &[8; 32]).unwrap()
}

/// Lines: what is shown, a path each time, with commas between; a nonce and an audience; those that a verifier expects; further claims of the
/// binding, an object. Whether the verifier takes it: exactly if nonce and audience are hers, and then it shows what was selected.
pub fn bound(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let lines: Vec<&str> = text.split('\n').collect();
    let [paths, nonce, audience, expected_nonce, expected_audience, extra] = lines[..] else { return false };
    let Ok(extra) = json::parse_object(extra.as_bytes()) else { return false };
    let paths: Result<Vec<_>, _> = paths.split(',').filter(|path| !path.is_empty()).map(str::parse).collect();
    let Ok(shown) = paths.map_err(drop).and_then(|paths| HELD.select(&paths).map_err(drop)) else {
        return false;
    };
    let selected = shown.paths().len();
    let has_times = ["exp", "nbf"].iter().any(|name| extra.contains_key(*name));
    let binding = shown.bind(Algorithm::EdDsa, (nonce, audience), NOW, extra);
    let signature = holder().sign(binding.signing_input()).unwrap();
    let sent = UnverifiedSdJwt::parse(&binding.with_signature(&signature).to_compact()).unwrap();
    let transaction =
        Transaction { nonce: expected_nonce, audience: expected_audience, longest: Seconds::new(60) };
    let expected =
        Expected { now: NOW, key_binding: KeyBinding::Required(transaction), ..Expected::default() };
    let verified = sent.verify(&signer().jwk(), &expected);
    let is_hers = (nonce, audience) == (expected_nonce, expected_audience);
    let Ok(verified) = verified else {
        assert!(!is_hers || has_times, "{text}");
        return false;
    };
    assert!(is_hers, "{text}");
    assert_eq!(verified.disclosed().count(), selected);
    let binding = verified.key_bound().unwrap();
    assert_eq!(binding.holder().thumbprint(), holder().jwk().thumbprint());
    assert_eq!(binding.claims().get("nonce"), Some(&Value::from(nonce)));
    true
}
