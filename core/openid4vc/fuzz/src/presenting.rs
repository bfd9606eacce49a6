//! Requests and answers of OpenID4VP, past the signatures that a fuzzer cannot make.

use citizen_credential::sd_jwt::{Expected, HeldSdJwt, Kind, SdJwtIssuer, UnverifiedSdJwt};
use citizen_jose::{Algorithm, Header, Jwk, Signer as _, SoftwareSigner, json, jwt};
use citizen_openid4vc::dcql::{Authority, Candidate, CandidateId, Format, Query};
use citizen_openid4vc::http::{Endpoint, HttpRequest, Reach, decode_form};
use citizen_openid4vc::vp::holder::claim_path;
use citizen_openid4vc::vp::identity::REQUEST_TYPE;
use citizen_openid4vc::vp::{
    Answer, Ask, ClientId, HolderSession, Identification, Insistence, IssuerKeys, Known, Profile,
    ResponseMode, Step, VerifierSession, VerifyError,
};
use citizen_primitives::{Seconds, UnixTime, random};
use serde_json::{Value, json};
use std::sync::LazyLock;

pub(crate) const NOW: UnixTime = UnixTime::from_seconds(1_790_000_000);
pub(crate) const VERIFIER: &str = "did:web:library.example";

static HELD: LazyLock<HeldSdJwt> = LazyLock::new(|| {
    let claims = json!({ "vct": "urn:a", "a": 1, "b": { "c": ["x", "y", { "d": true }] }, "open": "o" });
    let paths = ["a", "b", "b.c", "b.c[0]", "b.c[2]"].map(|path| path.parse().unwrap());
    let card = SdJwtIssuer::new(claims.as_object().unwrap().clone(), Kind::Credential).unwrap();
    let card = card.holder(&signer(2).jwk()).conceal(paths).unwrap();
    let header = Header::new(Algorithm::EdDsa).with_typ("dc+sd-jwt");
    let card = card.issue(&header, &signer(1), &mut random::system()).unwrap().to_compact();
    let expected = Expected { now: NOW, kind: Kind::Credential, ..Expected::default() };
    UnverifiedSdJwt::parse(&card).unwrap().accept(&signer(1).jwk(), &expected).unwrap()
});

pub(crate) fn signer(seed: u8) -> SoftwareSigner {
    SoftwareSigner::from_bytes(Algorithm::EdDsa, &[seed; 32]).unwrap()
}

/// The claims of a request that a registered verifier has signed. Whether a presentation leaves; what it shows is what was approved.
pub fn signed_request(bytes: &[u8]) -> bool {
    let Ok(claims) = json::parse_object(bytes) else { return false };
    let verifier = signer(3);
    let header = Header::new(Algorithm::EdDsa).with_typ(REQUEST_TYPE).with_kid(&format!("{VERIFIER}#key"));
    let Ok(token) = jwt::sign(&header, &Value::Object(claims), &verifier) else { return false };
    let link = format!(
        "openid4vp://?client_id=decentralized_identifier%3Adid%3Aweb%3Alibrary.example&request={token}"
    );
    let Ok(session) = HolderSession::open(&link, Profile::default(), &mut random::system()) else {
        return false;
    };
    shown(session, Known::DidKey { key: verifier.jwk(), registered: true })
        .is_some_and(|sent| is_answer(&sent))
}

/// What leaves, if the citizen approves what the wallet would choose by itself.
pub(crate) fn shown(mut session: HolderSession, known: Known) -> Option<HttpRequest> {
    let rng = &mut random::system();
    session.identify(known, NOW, rng).ok()?;
    let Step::Review(asked) = session.next() else { return None };
    let candidates = [Candidate {
        id: CandidateId::new("1"),
        format: Format::SdJwtVc,
        types: vec!["urn:a".to_owned()],
        claims: HELD.verified().claims().clone(),
        authorities: Vec::new(),
        key_bound: true,
    }];
    let selection = asked.query.evaluate(&candidates).preferred()?;
    session.approve(&candidates, &selection, Insistence::No).unwrap();
    let known_by = SoftwareSigner::from_bytes(Algorithm::Es256, &[4; 32]).unwrap();
    if asked.sign_in.is_some() {
        session.be_known_by(&known_by.jwk(), NOW).unwrap();
    }
    let Step::Present(disclosures) = session.next() else { unreachable!("approved") };
    let made = disclosures.iter().map(|disclosure| {
        let paths: Vec<_> = disclosure.claims.iter().map(|claim| claim_path(claim).unwrap()).collect();
        let presentation = HELD.select_whole(&paths).unwrap();
        let is_asked = |shown| paths.iter().any(|path| path.contains(shown) || shown.contains(path));
        assert!(presentation.paths().iter().all(is_asked));
        (presentation, Algorithm::EdDsa)
    });
    session.present(made.collect(), NOW).unwrap();
    let Step::Sign(inputs) = session.next() else { unreachable!("presented") };
    let holder = signer(2);
    let signatures: Vec<_> = inputs.iter().map(|(_, input)| holder.sign(input).unwrap()).collect();
    session.sign(&signatures, rng).ok()?;
    if let Step::SignIn(input) = session.next() {
        assert!(asked.sign_in.is_some(), "nobody asked her to sign in");
        session.sign_in(&known_by.sign(&input).unwrap(), rng).ok()?;
    }
    let Step::Send(request) = session.next() else { unreachable!("signed") };
    assert_eq!(request.url.host(), asked.verifier.host);
    Some(request)
}

/// Whether it is more than a refusal.
pub(crate) fn is_answer(request: &HttpRequest) -> bool {
    let has = |name: &&str| decode_form(&request.body).is_some_and(|form| form.contains_key(*name));
    ["vp_token", "id_token", "response"].iter().any(has)
}

/// Knows one issuer, whose key nobody has here.
struct Keys;

impl IssuerKeys for Keys {
    fn key(&self, _: &UnverifiedSdJwt) -> Option<(Jwk, Vec<Authority>)> {
        Some((signer(9).jwk(), Vec::new()))
    }
}

/// A form that is posted to a verifier; `$` in it is the request's state. Whether the verifier is refused by it; it is shown nothing.
pub fn response(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    [ResponseMode::DirectPost, ResponseMode::DirectPostJwt].map(|mode| answered(text, mode)).contains(&true)
}

fn answered(text: &str, mode: ResponseMode) -> bool {
    let rng = &mut random::system();
    let query = json!({ "credentials": [{ "id": "card", "format": "dc+sd-jwt", "meta": { "vct_values": ["urn:a"] } }] });
    let identification = Identification {
        client_id: ClientId::parse(&format!("decentralized_identifier:{VERIFIER}")).unwrap(),
        header: Header::new(Algorithm::EdDsa),
    };
    let ask = Ask {
        query: Query::from_value(&query).unwrap(),
        transactions: Vec::new(),
        response_uri: Endpoint::parse("https://library.example/response", Reach::Https).unwrap(),
        mode,
        name: None,
        valid_for: Seconds::new(60),
    };
    let mut session = VerifierSession::start(identification, ask, NOW, rng);
    let body = text.replace('$', session.state());
    match session.verify(&body, &Keys, NOW) {
        Ok(Answer::Presented(_)) => panic!("nobody has signed that"),
        Ok(Answer::Refused(_)) => {
            assert_eq!(session.verify(&body, &Keys, NOW).unwrap_err(), VerifyError::Closed);
            true
        }
        Err(_) => false,
    }
}
