//! A citizen signs in: known again here, by a key that nobody else sees; and what a verifier believes nobody.

use crate::vp::identification;
use crate::world::*;
use citizen_jose::jwe::{ContentEncryption, JweHeader, encrypt};
use citizen_jose::{Algorithm, Header, Jwk, Signer as _, SoftwareSigner, UnverifiedJwt, base64url, jwt};
use citizen_openid4vc::dcql::Query;
use citizen_openid4vc::http::{HttpResponse, encode_form};
use citizen_openid4vc::vp::*;
use citizen_primitives::{Seconds, random};
use serde_json::{Value, json};

const REQUEST_TYPE: &str = "application/oauth-authz-req+jwt";

/// A visit: the verifier's session, and the wallet's at the review.
struct Visit {
    party: Party,
    registry: Registry,
    verifier: VerifierSession,
    wallet: HolderSession,
    request: Value,
}

fn ask(query: Query) -> Ask {
    Ask { query, ..crate::vp::ask(ResponseMode::DirectPost) }
}

fn key() -> SoftwareSigner {
    SoftwareSigner::generate(Algorithm::Es256, &mut random::system())
}

fn did(key: &SoftwareSigner) -> String {
    format!("did:jwk:{}", base64url::encode(Value::Object(key.jwk().key.to_members()).to_string()))
}

impl Visit {
    fn begin(query: Query, sign_in: SignIn) -> Self {
        Self::begin_edited(query, sign_in, |_| {})
    }

    /// The verifier asks something else than its session would.
    fn begin_edited(query: Query, sign_in: SignIn, edit: impl FnOnce(&mut Value)) -> Self {
        let (party, registry, rng) = (Party::new(&[HOST]), Registry::new(), &mut random::system());
        let verifier = VerifierSession::start(identification(&party), ask(query), NOW, rng);
        let verifier = verifier.with_sign_in(sign_in, rng);
        let link = verifier.link(&endpoint(&format!("https://{HOST}/request/1")), false);
        let mut wallet = HolderSession::open(&link, Profile::default(), rng).unwrap();
        let token = verifier.request_object(None, &party.signer, NOW).unwrap();
        let mut request = UnverifiedJwt::parse(&token).unwrap().claims_unverified().clone();
        edit(&mut request);
        let header = party.header().with_typ("oauth-authz-req+jwt");
        let token = jwt::sign(&header, &request, &party.signer).unwrap();
        wallet.answer(&HttpResponse::new(200, REQUEST_TYPE, token)).unwrap();
        wallet.identify(party.known(), NOW, rng).unwrap();
        Self { party, registry, verifier, wallet, request }
    }

    /// The citizen agrees; what her wallet posts.
    fn agree(&mut self, held: &Wallet, key: &SoftwareSigner) -> String {
        let Step::Review(review) = self.wallet.next() else { panic!("{:?}", self.wallet.next()) };
        assert!(review.sign_in.is_some());
        let candidates = held.candidates();
        let selection = review.query.evaluate(&candidates).preferred().unwrap();
        self.wallet.approve(&candidates, &selection, Insistence::No).unwrap();
        assert!(matches!(self.wallet.next(), Step::BeKnown(_)));
        self.wallet.be_known_by(&key.jwk(), NOW).unwrap();
        let Step::Present(orders) = self.wallet.next() else { panic!() };
        let made = orders.iter().map(|order| (held.presentation(order), Algorithm::Es256)).collect();
        self.wallet.present(made, NOW).unwrap();
        held.sign(&mut self.wallet).unwrap();
        let Step::SignIn(bytes) = self.wallet.next() else { panic!("{:?}", self.wallet.next()) };
        self.wallet.sign_in(&key.sign(&bytes).unwrap(), &mut random::system()).unwrap();
        let Step::Send(request) = self.wallet.next() else { panic!() };
        request.body
    }

    fn text(&self, name: &str) -> String {
        self.request[name].as_str().unwrap().to_owned()
    }

    /// What a wallet of somebody's own making posts, encrypted as it was asked.
    fn crafted(&self, mut members: Value) -> String {
        members["state"] = json!(self.text("state"));
        let key = Jwk::from_value(&self.request["client_metadata"]["jwks"]["keys"][0]).unwrap();
        let header = JweHeader::new(ContentEncryption::A256Gcm);
        let plain = members.to_string();
        let token = encrypt(&key, &header, plain.as_bytes(), &mut random::system()).unwrap();
        encode_form(&[("response", &token)])
    }

    fn claims(&self, key: &SoftwareSigner) -> Value {
        json!({
            "iss": did(key), "sub": did(key), "aud": self.text("client_id"), "nonce": self.text("nonce"),
            "iat": NOW.seconds(), "exp": NOW.seconds() + 300,
        })
    }

    /// A presentation for this visit; its key binding names a subject, or none.
    fn presentation(&self, held: &Wallet, subject: Option<&str>) -> Value {
        let order = &held.held[0];
        let paths = ["age_over_19", "address.locality"].map(|path| path.parse().unwrap());
        let presentation = order.credential.select_whole(&paths).unwrap();
        let mut extra = serde_json::Map::new();
        extra.extend(subject.map(|subject| ("sub".to_owned(), json!(subject))));
        let (nonce, audience) = (self.text("nonce"), self.text("client_id"));
        let binding = presentation.bind(Algorithm::Es256, (&nonce, &audience), NOW, extra);
        let signature = order.key.sign(binding.signing_input()).unwrap();
        json!({ "pid": [binding.with_signature(&signature).to_compact()] })
    }

    fn verify(&mut self, body: &str) -> Result<Answer, VerifyError> {
        self.verifier.verify(body, &self.registry, NOW)
    }
}

fn signed(key: &SoftwareSigner, claims: &Value) -> String {
    let header = Header::new(Algorithm::Es256).with_kid(&format!("{}#0", did(key)));
    jwt::sign(&header, claims, key).unwrap()
}

fn held(registry: &Registry) -> Wallet {
    Wallet::with(registry, &[("card", PID, identity())])
}

#[test]
fn vp_11_a_citizen_signs_in_and_is_known_again_by_the_same_key_and_by_no_other() {
    let (first, second) = (key(), key());
    let mut seen = Vec::new();
    for key in [&first, &first, &second] {
        let mut visit = Visit::begin(asks(&query()), SignIn::Bound);
        let wallet = held(&visit.registry);
        let body = visit.agree(&wallet, key);
        assert!(!body.contains("id_token") && !body.contains("vp_token"), "one encrypted answer");
        let Answer::Presented(shown) = visit.verify(&body).unwrap() else { panic!() };
        assert_eq!(shown.len(), 1);
        let subject = visit.verifier.subject().unwrap();
        assert_eq!(subject.id, did(key));
        seen.push(subject.thumbprint());
    }
    assert_eq!((seen[0] == seen[1], seen[0] == seen[2]), (true, false));
}

#[test]
fn vp_11_a_citizen_signs_in_without_showing_anything() {
    let mut visit = Visit::begin(Query::nothing(), SignIn::Bound);
    assert_eq!(visit.request["response_type"], "id_token");
    assert!(visit.request.get("dcql_query").is_none());
    let (wallet, key) = (held(&visit.registry), key());
    let body = visit.agree(&wallet, &key);
    let Answer::Presented(shown) = visit.verify(&body).unwrap() else { panic!() };
    assert!(shown.is_empty());
    assert_eq!(visit.verifier.subject().unwrap().key, key.jwk());
    assert!(matches!(visit.verify(&body), Err(VerifyError::Closed)), "once");
    // And nothing is shown that nobody asked for.
    let mut visit = Visit::begin(Query::nothing(), SignIn::AsStandard);
    let wallet = held(&visit.registry);
    let token = signed(&key, &visit.claims(&key));
    let more = visit.crafted(json!({ "id_token": token, "vp_token": visit.presentation(&wallet, None) }));
    assert!(matches!(visit.verify(&more), Err(VerifyError::Malformed)));
}

#[test]
fn vp_11_a_key_that_does_not_sign_id_tokens_signs_nobody_in_and_she_can_still_decline() {
    let mut visit = Visit::begin(Query::nothing(), SignIn::Bound);
    visit.wallet.approve(&[], &Default::default(), Insistence::No).unwrap();
    let edwards = SoftwareSigner::generate(Algorithm::EdDsa, &mut random::system());
    assert_eq!(visit.wallet.be_known_by(&edwards.jwk(), NOW), Err(PresentError::Key));
    assert_eq!(visit.wallet.sign_in(&[0; 64], &mut random::system()), Err(PresentError::OutOfStep));
    visit.wallet.be_known_by(&key().jwk(), NOW).unwrap();
    visit.wallet.decline(&mut random::system()).unwrap();
    let Step::Send(request) = visit.wallet.next() else { panic!() };
    assert!(matches!(visit.verify(&request.body), Ok(Answer::Refused(word)) if word == "access_denied"));
    assert!(visit.verifier.subject().is_none());
}

/// What one claim of the token is made to be, and why it is refused.
#[test]
fn vp_12_an_id_token_counts_for_its_own_request_by_its_own_key_in_its_time() {
    let now = NOW.seconds();
    let other = key();
    let wrong: [(&str, Value, IdTokenError); 10] = [
        ("nonce", json!("another-visits-nonce"), IdTokenError::Nonce),
        ("nonce", Value::Null, IdTokenError::Nonce),
        ("aud", json!("x509_san_dns:sports.seoul.example"), IdTokenError::Audience),
        ("aud", Value::Null, IdTokenError::Audience),
        ("iss", json!("https://seoul.example"), IdTokenError::NotSelfIssued),
        ("sub", json!(did(&other)), IdTokenError::NotSelfIssued),
        ("exp", json!(now - 61), IdTokenError::Time),
        ("exp", Value::Null, IdTokenError::Time),
        ("iat", json!(now - 601), IdTokenError::Time),
        ("iat", json!(now + 61), IdTokenError::Time),
    ];
    for (name, value, error) in wrong {
        let mut visit = Visit::begin(Query::nothing(), SignIn::Bound);
        let key = key();
        let mut claims = visit.claims(&key);
        match &value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
        let body = visit.crafted(json!({ "id_token": signed(&key, &claims) }));
        assert_eq!(visit.verify(&body).unwrap_err(), VerifyError::IdToken(error), "{name}: {value}");
        assert!(visit.verifier.subject().is_none());
        // The visit goes on: the right one counts.
        let body = visit.crafted(json!({ "id_token": signed(&key, &visit.claims(&key)) }));
        assert!(visit.verify(&body).is_ok(), "{name}");
    }
}

#[test]
fn vp_12_nobody_signs_for_a_key_but_its_owner() {
    let (owner, thief) = (key(), key());
    let mut visit = Visit::begin(Query::nothing(), SignIn::Bound);
    let claims = visit.claims(&owner);
    let kid = format!("{}#0", did(&owner));
    let header = Header::new(Algorithm::Es256).with_kid(&kid);
    let stolen = jwt::sign(&header, &claims, &thief).unwrap();
    let unnamed = jwt::sign(&Header::new(Algorithm::Es256), &claims, &owner).unwrap();
    let misnamed = header.clone().with_kid(&format!("{}#0", did(&thief)));
    let misnamed = jwt::sign(&misnamed, &claims, &thief).unwrap();
    let hers_misnamed = Header::new(Algorithm::Es256).with_kid(&format!("{}#0", did(&thief)));
    let hers_misnamed = jwt::sign(&hers_misnamed, &claims, &owner).unwrap();
    let part = |value: &Value| base64url::encode(value.to_string());
    let none = format!("{}.{}.", part(&json!({ "alg": "none", "kid": kid })), part(&claims));
    let unsigned = format!("{}.{}.{}", part(&json!({ "alg": "none" })), part(&claims), "A".repeat(86));
    let tokens = [stolen, unnamed, misnamed, hers_misnamed, none, unsigned];
    for token in tokens.into_iter().chain(["no.token".to_owned(), String::new()]) {
        let body = visit.crafted(json!({ "id_token": token }));
        let refused = visit.verify(&body).unwrap_err();
        assert!(
            matches!(refused, VerifyError::IdToken(IdTokenError::Token(_) | IdTokenError::Subject)),
            "{token}: {refused:?}"
        );
    }
    for other in [json!(7), json!([signed(&owner, &claims)]), json!({})] {
        let body = visit.crafted(json!({ "id_token": other }));
        assert!(matches!(visit.verify(&body), Err(VerifyError::Malformed)), "{other}");
    }
    for subject in ["did:key:z6MkhaXgBZD", "did:jwk:e30", "https://seoul.example", "", "did:jwk:"] {
        let mut claims = claims.clone();
        (claims["iss"], claims["sub"]) = (json!(subject), json!(subject));
        let header = Header::new(Algorithm::Es256).with_kid(&format!("{subject}#0"));
        let body = visit.crafted(json!({ "id_token": jwt::sign(&header, &claims, &owner).unwrap() }));
        assert_eq!(
            visit.verify(&body).unwrap_err(),
            VerifyError::IdToken(IdTokenError::Subject),
            "{subject}"
        );
    }
}

#[test]
fn vp_12_a_thumbprint_is_that_of_the_key_beside_it() {
    let (owner, other) = (key(), key());
    let thumbprint = owner.jwk().thumbprint();
    let token = |visit: &Visit, id: &str, sub_jwk: Value| {
        let mut claims = visit.claims(&owner);
        (claims["iss"], claims["sub"], claims["sub_jwk"]) = (json!(id), json!(id), sub_jwk);
        visit.crafted(json!({ "id_token": signed(&owner, &claims) }))
    };
    for id in [thumbprint.to_string(), thumbprint.to_uri()] {
        let mut visit = Visit::begin(Query::nothing(), SignIn::Bound);
        for wrong in [other.jwk().to_value(), json!({}), json!("key")] {
            let body = token(&visit, &id, wrong);
            assert_eq!(visit.verify(&body).unwrap_err(), VerifyError::IdToken(IdTokenError::Subject));
        }
        let with_did = token(&visit, &did(&owner), owner.jwk().to_value());
        assert_eq!(visit.verify(&with_did).unwrap_err(), VerifyError::IdToken(IdTokenError::Subject));
        let body = token(&visit, &id, owner.jwk().to_value());
        visit.verify(&body).unwrap();
        assert_eq!(visit.verifier.subject().unwrap().thumbprint(), thumbprint, "as by her DID");
    }
    // A wallet that is asked for nothing else says it so.
    let only = |request: &mut Value| {
        request["client_metadata"]["subject_syntax_types_supported"] =
            json!(["urn:ietf:params:oauth:jwk-thumbprint"]);
    };
    let mut visit = Visit::begin_edited(asks(&query()), SignIn::Bound, only);
    let wallet = held(&visit.registry);
    let body = visit.agree(&wallet, &owner);
    visit.verify(&body).unwrap();
    assert_eq!(visit.verifier.subject().unwrap().id, thumbprint.to_string());
}

/// Somebody puts her own ID token beside another's presentation.
#[test]
fn vp_13_what_another_shows_opens_nothing_for_whoever_signs_in() {
    let (thief, victim) = (key(), key());
    let mut visit = Visit::begin(asks(&query()), SignIn::Bound);
    let wallet = held(&visit.registry);
    let token = signed(&thief, &visit.claims(&thief));
    let mut verdict = |subject: Option<&str>| {
        let shown = visit.presentation(&wallet, subject);
        let body = visit.crafted(json!({ "id_token": token, "vp_token": shown }));
        visit.verify(&body).map(drop)
    };
    for subject in [Some(did(&victim)), None] {
        let refused = verdict(subject.as_deref());
        assert!(matches!(refused, Err(VerifyError::Mixed(_))), "{subject:?}: {refused:?}");
    }
    verdict(Some(&did(&thief))).unwrap();
    // By the standards alone the same nonce is enough, but no word against it.
    let mut visit = Visit::begin(asks(&query()), SignIn::AsStandard);
    let wallet = held(&visit.registry);
    let token = signed(&thief, &visit.claims(&thief));
    let mut verdict = |subject: Option<&str>| {
        let shown = visit.presentation(&wallet, subject);
        let body = visit.crafted(json!({ "id_token": token, "vp_token": shown }));
        visit.verify(&body).map(drop)
    };
    assert!(matches!(verdict(Some(&did(&victim))), Err(VerifyError::Mixed(_))));
    verdict(None).unwrap();
}

#[test]
fn vp_13_both_tokens_come_in_one_encrypted_answer_or_neither_counts() {
    let key = key();
    let mut visit = Visit::begin(asks(&query()), SignIn::AsStandard);
    let wallet = held(&visit.registry);
    let token = signed(&key, &visit.claims(&key));
    let shown = visit.presentation(&wallet, None);
    for half in [json!({ "id_token": token }), json!({ "vp_token": shown })] {
        let body = visit.crafted(half);
        assert!(matches!(visit.verify(&body), Err(VerifyError::Malformed)));
    }
    let (state, plain) = (visit.text("state"), shown.to_string());
    for fields in [
        vec![("id_token", token.as_str()), ("vp_token", &plain), ("state", &state)],
        vec![("id_token", token.as_str()), ("state", &state)],
    ] {
        assert!(matches!(visit.verify(&encode_form(&fields)), Err(VerifyError::Malformed)), "in the clear");
    }
    let body = visit.crafted(json!({ "id_token": token, "vp_token": shown }));
    visit.verify(&body).unwrap();
    // The same two for another visit, and an ID token that nobody asked for.
    let mut other = Visit::begin(asks(&query()), SignIn::AsStandard);
    let moved = other.crafted(json!({ "id_token": token, "vp_token": shown }));
    assert!(matches!(other.verify(&moved), Err(VerifyError::IdToken(_))));
    let ask = crate::vp::ask(ResponseMode::DirectPost);
    // Not even where nothing is to be shown beside it.
    let mut alone = Visit::begin(Query::nothing(), SignIn::Bound);
    let token_alone = signed(&key, &alone.claims(&key));
    let in_the_clear = encode_form(&[("id_token", token_alone.as_str()), ("state", &alone.text("state"))]);
    assert!(matches!(alone.verify(&in_the_clear), Err(VerifyError::Malformed)));
    let mut plain_asker =
        VerifierSession::start(identification(&visit.party), ask, NOW, &mut random::system());
    let fields = [("id_token", token.as_str()), ("vp_token", &plain), ("state", plain_asker.state())];
    let unasked = encode_form(&fields);
    assert!(matches!(plain_asker.verify(&unasked, &visit.registry, NOW), Err(VerifyError::Malformed)));
}

/// The verifier asks for an ID token against the rules: it is told so, and the citizen is asked nothing.
#[test]
fn vp_10_a_request_to_sign_in_that_breaks_a_rule_is_answered_with_its_word() {
    type Edit = fn(&mut Value);
    let cases: [(&str, Edit); 13] = [
        ("invalid_request", |request| request["scope"] = json!("profile")),
        ("invalid_request", |request| drop(request.as_object_mut().unwrap().remove("scope"))),
        ("invalid_request", |request| request["id_token_type"] = json!("attester_signed_id_token")),
        ("invalid_request", |request| {
            drop(
                request["client_metadata"].as_object_mut().unwrap().remove("subject_syntax_types_supported"),
            );
        }),
        ("subject_syntax_types_not_supported", |request| {
            request["client_metadata"]["subject_syntax_types_supported"] = json!(["did:web"]);
        }),
        ("invalid_request", |request| {
            request["client_metadata"]["id_token_signed_response_alg"] = json!("RS256");
        }),
        ("invalid_request", |request| request["response_type"] = json!("id_token id_token")),
        ("invalid_request", |request| request["response_type"] = json!("code id_token")),
        ("invalid_request", |request| request["response_type"] = json!("vp_token id_token id_token")),
        ("invalid_request", |request| request["response_type"] = json!("vp_token id_token code")),
        ("invalid_request", |request| request["response_type"] = json!("")),
        ("invalid_request", |request| request["response_type"] = json!("id_token")),
        ("invalid_request", |request| drop(request.as_object_mut().unwrap().remove("dcql_query"))),
    ];
    for (number, (word, edit)) in cases.into_iter().enumerate() {
        let mut visit = Visit::begin_edited(asks(&query()), SignIn::Bound, edit);
        let Step::Send(request) = visit.wallet.next() else { panic!("{number}: {:?}", visit.wallet.next()) };
        let answer = visit.verify(&request.body);
        assert!(matches!(&answer, Ok(Answer::Refused(told)) if told == word), "{number}: {answer:?}");
    }
    let reversed = |request: &mut Value| {
        request["response_type"] = json!("id_token vp_token");
        request["id_token_type"] = json!("attester_signed_id_token subject_signed_id_token");
    };
    let visit = Visit::begin_edited(asks(&query()), SignIn::Bound, reversed);
    assert!(matches!(visit.wallet.next(), Step::Review(_)), "words come in any order");
}

/// An unsigned request is nobody's.
#[test]
fn vp_10_nobody_signs_in_to_an_address() {
    let rng = &mut random::system();
    let uri = format!("https://{HOST}/response");
    let client_id = ClientId::parse(&format!("redirect_uri:{uri}")).unwrap();
    let identification = Identification { client_id, header: Header::new(Algorithm::Es256) };
    let ask = Ask { valid_for: Seconds::new(300), ..ask(asks(&query())) };
    let mut verifier =
        VerifierSession::start(identification, ask, NOW, rng).with_sign_in(SignIn::AsStandard, rng);
    let wallet = HolderSession::open(&verifier.unsigned_link(), Profile::default(), rng).unwrap();
    let Step::Send(request) = wallet.next() else { panic!("{:?}", wallet.next()) };
    let answer = verifier.verify(&request.body, &Registry::new(), NOW);
    assert!(matches!(&answer, Ok(Answer::Refused(told)) if told == "invalid_request"), "{answer:?}");
}
