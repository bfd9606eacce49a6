//! Requests that come by other ways than in the link, and a whole exchange.

use super::presenting::{NOW, VERIFIER, is_answer, shown, signer};
use citizen_credential::UnverifiedSdJwt;
use citizen_jose::{Algorithm, Header, Jwk, Signer as _, json, jwt};
use citizen_openid4vc::dcql::{Authority, Component, Query};
use citizen_openid4vc::http::{Endpoint, HttpResponse, Reach, decode_form};
use citizen_openid4vc::vp::identity::{ATTESTATION_TYPE, REQUEST_TYPE};
use citizen_openid4vc::vp::{
    Answer, Ask, ClientId, HolderSession, Identification, IssuerKeys, Known, Profile, ResponseMode, SignIn,
    Step, VerifierSession,
};
use citizen_primitives::{Seconds, random};
use serde_json::Value;

/// The claims of a request that a registered verifier has signed, fetched by POST; `$` stands for the wallet's nonce. Whether a presentation leaves:
/// then the request names the nonce.
pub fn fetched_request(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let link = "openid4vp://?client_id=decentralized_identifier%3Adid%3Aweb%3Alibrary.example&request_uri=https%3A%2F%2Flibrary.example%2Fr&request_uri_method=post";
    let mut session = HolderSession::open(link, Profile::default(), &mut random::system()).unwrap();
    let Step::Send(request) = session.next() else { unreachable!("to be fetched") };
    let nonce = decode_form(&request.body).unwrap().remove("wallet_nonce").unwrap();
    let Ok(claims) = json::parse_object(text.replace('$', &nonce).as_bytes()) else { return false };
    let is_named = claims.get("wallet_nonce") == Some(&nonce.into());
    let verifier = signer(3);
    let header = Header::new(Algorithm::EdDsa).with_typ(REQUEST_TYPE).with_kid(&format!("{VERIFIER}#key"));
    let Ok(token) = jwt::sign(&header, &Value::Object(claims), &verifier) else { return false };
    let answer = HttpResponse::new(200, "application/oauth-authz-req+jwt", token.as_bytes());
    let other = HttpResponse::new(200, "application/json", token);
    assert!(session.answer(&other).is_err());
    if session.answer(&answer).is_err() {
        return false;
    }
    let sent = shown(session, Known::DidKey { key: verifier.jwk(), registered: true });
    assert!(sent.is_none() || is_named, "{text}");
    sent.is_some_and(|sent| is_answer(&sent))
}

/// The claims of an attestation, in which `$` stands for the verifier's key, and on a second line those of the request that it signs. Whether a
/// presentation leaves: then to an address of the attestation, which is the verifier's own.
pub fn attested_request(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let Some((attestation, request)) = text.split_once('\n') else { return false };
    let (issuer, verifier) = (signer(5), signer(3));
    let attestation = attestation.replace('$', &verifier.jwk().to_value().to_string());
    let parsed = (json::parse_object(attestation.as_bytes()), json::parse_object(request.as_bytes()));
    let (Ok(attested), Ok(claims)) = parsed else { return false };
    let header = Header::new(Algorithm::EdDsa).with_typ(ATTESTATION_TYPE);
    let Ok(attestation) = jwt::sign(&header, &Value::Object(attested.clone()), &issuer) else { return false };
    let mut header = Header::new(Algorithm::EdDsa).with_typ(REQUEST_TYPE);
    header.extra.insert("jwt".to_owned(), attestation.into());
    let Ok(token) = jwt::sign(&header, &Value::Object(claims), &verifier) else { return false };
    let link = format!("openid4vp://?client_id=verifier_attestation%3Alibrary&request={token}");
    let Ok(session) = HolderSession::open(&link, Profile::default(), &mut random::system()) else {
        return false;
    };
    let Some(sent) = shown(session, Known::AttestationKey { key: issuer.jwk(), registered: true }) else {
        return false;
    };
    assert_eq!(attested.get("sub"), Some(&"library".into()));
    let addresses = attested["redirect_uris"].as_array().unwrap();
    assert!(addresses.contains(&sent.url.as_str().into()), "{}", sent.url.as_str());
    assert!(attested["exp"].as_f64().unwrap() > 1_789_999_000.0);
    is_answer(&sent)
}

/// Knows the issuer of what the wallet holds.
struct Keys;

impl IssuerKeys for Keys {
    fn key(&self, _: &UnverifiedSdJwt) -> Option<(Jwk, Vec<Authority>)> {
        Some((signer(1).jwk(), Vec::new()))
    }
}

/// A query, and on a second line how the answer is to come: `j`, encrypted; `s`, with a sign-in. Whether the wallet has what is asked for: then the verifier
/// takes what it sends, once. It may refuse where the query counts elements of an array of which some stay concealed, since it counts fewer, and where
/// it asks to sign in without a key binding that says so.
pub fn exchange(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let (query, how) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let Some(query) = json::parse(query).ok().and_then(|query| Query::from_value(&query).ok()) else {
        return false;
    };
    let rng = &mut random::system();
    let identification = Identification {
        client_id: ClientId::parse(&format!("decentralized_identifier:{VERIFIER}")).unwrap(),
        header: Header::new(Algorithm::EdDsa).with_kid(&format!("{VERIFIER}#key")),
    };
    let counts = query.credentials().iter().flat_map(|one| &one.claims).any(|claim| {
        claim.path.components().iter().any(|component| matches!(component, Component::Index(_)))
    });
    let signs_in = how.contains(&b's');
    let may_refuse = counts || signs_in && query.credentials().iter().any(|one| !one.holder_binding);
    let ask = Ask {
        query,
        transactions: Vec::new(),
        response_uri: Endpoint::parse("https://library.example/response", Reach::Https).unwrap(),
        mode: if how.contains(&b'j') { ResponseMode::DirectPostJwt } else { ResponseMode::DirectPost },
        name: None,
        valid_for: Seconds::new(60),
    };
    let mut session = VerifierSession::start(identification, ask, NOW, rng);
    if signs_in {
        session = session.with_sign_in(SignIn::Bound, rng);
    }
    let verifier = signer(3);
    let token = session.request_object(None, &verifier, NOW).unwrap();
    let link = format!(
        "openid4vp://?client_id=decentralized_identifier%3Adid%3Aweb%3Alibrary.example&request={token}"
    );
    let Ok(holder) = HolderSession::open(&link, Profile::default(), rng) else { return false };
    let known = Known::DidKey { key: verifier.jwk(), registered: true };
    let Some(sent) = shown(holder, known).filter(is_answer) else { return false };
    let answer = session.verify(&sent.body, &Keys, NOW);
    let Ok(Answer::Presented(presented)) = answer else {
        assert!(may_refuse, "{answer:?}");
        return false;
    };
    assert!(!presented.is_empty());
    assert_eq!(session.subject().is_some(), signs_in);
    assert!(session.verify(&sent.body, &Keys, NOW).is_err());
    true
}
