//! A presentation between wallet and verifier: what is refused, by whom, and what reaches whom.

use crate::world::*;
use citizen_credential::path::ClaimPath;
use citizen_jose::{Algorithm, Header, Jwk, Signer as _, SoftwareSigner, base64url, jwt};
use citizen_openid4vc::dcql::*;
use citizen_openid4vc::http::{HttpRequest, HttpResponse, decode_form};
use citizen_openid4vc::vp::*;
use citizen_primitives::{Seconds, UnixTime, random};
use serde_json::{Value, json};

const REQUEST_TYPE: &str = "application/oauth-authz-req+jwt";

pub(crate) fn profile() -> Profile {
    Profile {
        transactions: vec![TransactionType {
            name: "kr.seoul.payment".to_owned(),
            fields: vec![
                Field { name: "merchant".to_owned(), kind: FieldKind::Text, required: true },
                Field { name: "won".to_owned(), kind: FieldKind::Integer, required: true },
                Field { name: "memo".to_owned(), kind: FieldKind::Text, required: false },
            ],
        }],
        ..Profile::default()
    }
}

fn insisting() -> Profile {
    Profile { unknown_verifiers: UnknownVerifiers::IfInsisted, ..profile() }
}

pub(crate) fn identification(party: &Party) -> Identification {
    Identification {
        client_id: ClientId::parse(&format!("x509_san_dns:{HOST}")).unwrap(),
        header: party.header(),
    }
}

pub(crate) fn ask(mode: ResponseMode) -> Ask {
    Ask {
        query: asks(&query()),
        transactions: Vec::new(),
        response_uri: endpoint(&format!("https://{HOST}/response")),
        mode,
        name: Some("마포도서관".to_owned()),
        valid_for: Seconds::new(300),
    }
}

fn open(link: &str) -> HolderSession {
    HolderSession::open(link, profile(), &mut random::system()).unwrap()
}

pub(crate) fn to_send(session: &HolderSession) -> HttpRequest {
    let Step::Send(request) = session.next() else { panic!("{:?}", session.next()) };
    request
}

pub(crate) fn wallet(registry: &Registry) -> Wallet {
    Wallet::with(registry, &[("card", PID, identity())])
}

/// A whole session, from the QR code to the verifier's verdict.
pub(crate) fn whole(ask: Ask, by_post: bool) -> (VerifierSession, HttpRequest, Registry) {
    let (party, registry) = (Party::new(&[HOST]), Registry::new());
    let verifier = VerifierSession::start(identification(&party), ask, NOW, &mut random::system());
    let mut session = open(&verifier.link(&endpoint(&format!("https://{HOST}/request/1")), by_post));
    let fetch = to_send(&session);
    let nonce = VerifierSession::wallet_nonce(&fetch.body);
    assert_eq!(nonce.is_some(), by_post);
    let token = verifier.request_object(nonce.as_deref(), &party.signer, NOW).unwrap();
    session.answer(&HttpResponse::new(200, REQUEST_TYPE, token)).unwrap();
    assert!(matches!(session.next(), Step::Identify(Question::Certificates(_))));
    session.identify(party.known(), NOW, &mut random::system()).unwrap();
    wallet(&registry).agree(&mut session);
    let post = to_send(&session);
    let again = to_send(&session);
    assert!(post == again, "a step that is repeated gives the same bytes");
    session.answer(&HttpResponse::ok(&json!({}))).unwrap();
    assert!(matches!(session.next(), Step::Done(Outcome::Presented(None))));
    (verifier, post, registry)
}

pub(crate) fn presented(answer: Answer) -> Vec<(QueryId, citizen_credential::vc::VerifiedCredential)> {
    match answer {
        Answer::Presented(list) => list,
        Answer::Refused(word) => panic!("{word}"),
    }
}

#[test]
fn a_citizen_shows_what_she_approved_and_the_verifier_sees_that_alone() {
    for (mode, by_post) in [(ResponseMode::DirectPost, false), (ResponseMode::DirectPostJwt, true)] {
        let (mut verifier, post, registry) = whole(ask(mode), by_post);
        assert_eq!(post.url.as_str(), format!("https://{HOST}/response"));
        assert_eq!(post.body.contains("vp_token"), mode == ResponseMode::DirectPost);
        let list = presented(verifier.verify(&post.body, &registry, NOW).unwrap());
        let [(query, credential)] = list.as_slice() else { panic!() };
        assert_eq!(query.as_str(), "pid");
        let claims = credential.token().claims();
        assert_eq!(claims["age_over_19"], true);
        assert_eq!(claims["address"], json!({ "locality": "마포구" }));
        assert!(claims.get("family_name").is_none() && claims.get("birthdate").is_none());
    }
}

/// VP-9
#[test]
fn vp_9_an_answer_is_taken_once_for_its_own_request_in_its_time() {
    let (mut verifier, post, registry) = whole(ask(ResponseMode::DirectPost), false);
    let (mut other, ..) = whole(ask(ResponseMode::DirectPost), false);
    assert!(matches!(other.verify(&post.body, &registry, NOW), Err(VerifyError::State)));
    // The same presentation under the other's state: its nonce is not the other's.
    let fields = decode_form(&post.body).unwrap();
    let moved =
        citizen_openid4vc::http::encode_form(&[("vp_token", &fields["vp_token"]), ("state", other.state())]);
    assert!(matches!(other.verify(&moved, &registry, NOW), Err(VerifyError::Presentation(_))));
    let late = NOW.plus(Seconds::new(301));
    assert!(matches!(verifier.verify(&post.body, &registry, late), Err(VerifyError::Closed)));
    assert!(matches!(verifier.verify(&post.body, &Registry::new(), NOW), Err(VerifyError::Presentation(_))));
    assert!(verifier.verify(&post.body, &registry, NOW).is_ok());
    assert!(matches!(verifier.verify(&post.body, &registry, NOW), Err(VerifyError::Closed)));
}

/// VP-9
#[test]
fn vp_9_the_verifier_takes_no_presentation_without_or_with_anothers_binding() {
    let (mut verifier, post, registry) = whole(ask(ResponseMode::DirectPost), false);
    let fields = decode_form(&post.body).unwrap();
    let token: Value = serde_json::from_str(&fields["vp_token"]).unwrap();
    let presentation = token["pid"][0].as_str().unwrap().to_owned();
    let cut = presentation.rfind('~').unwrap() + 1;
    let state = verifier.state().to_owned();
    let mut verdict = |token: Value| {
        let text = token.to_string();
        let body = citizen_openid4vc::http::encode_form(&[("vp_token", &text), ("state", &state)]);
        verifier.verify(&body, &registry, NOW)
    };
    assert!(matches!(verdict(json!({ "pid": [&presentation[..cut]] })), Err(VerifyError::Presentation(_))));
    assert!(matches!(
        verdict(json!({ "other": [presentation] })),
        Err(VerifyError::Query(ResponseError::Unrequested))
    ));
    assert!(matches!(
        verdict(json!({ "pid": [presentation, presentation] })),
        Err(VerifyError::Query(ResponseError::TooMany))
    ));
    for malformed in [
        json!({}),
        json!({ "pid": [] }),
        json!({ "pid": presentation }),
        json!([presentation]),
        json!({ "pid": [1] }),
    ] {
        assert!(matches!(verdict(malformed), Err(VerifyError::Malformed)));
    }
    assert!(verdict(json!({ "pid": [presentation] })).is_ok());
}

#[test]
fn presentations_that_should_be_encrypted_are_not_taken_in_the_clear_but_refusals_are() {
    let (_, clear, registry) = whole(ask(ResponseMode::DirectPost), false);
    let (mut verifier, ..) = whole(ask(ResponseMode::DirectPostJwt), false);
    assert!(matches!(verifier.verify(&clear.body, &registry, NOW), Err(VerifyError::Malformed)));
    let refusal =
        citizen_openid4vc::http::encode_form(&[("error", "access_denied"), ("state", verifier.state())]);
    assert!(
        matches!(verifier.verify(&refusal, &registry, NOW), Ok(Answer::Refused(word)) if word == "access_denied")
    );
}

#[test]
fn a_citizen_who_declines_tells_the_same_as_one_who_has_nothing() {
    for mode in [ResponseMode::DirectPost, ResponseMode::DirectPostJwt] {
        let (party, registry) = (Party::new(&[HOST]), Registry::new());
        let mut verifier =
            VerifierSession::start(identification(&party), ask(mode), NOW, &mut random::system());
        let token = verifier.request_object(None, &party.signer, NOW).unwrap();
        let mut session = by_value(&format!("x509_san_dns:{HOST}"), &token).unwrap();
        session.identify(party.known(), NOW, &mut random::system()).unwrap();
        session.decline(&mut random::system()).unwrap();
        let post = to_send(&session);
        assert!(
            matches!(verifier.verify(&post.body, &registry, NOW), Ok(Answer::Refused(word)) if word == "access_denied")
        );
        session.answer(&HttpResponse::ok(&json!({}))).unwrap();
        assert!(matches!(session.next(), Step::Done(Outcome::Refused(ErrorCode::AccessDenied))));
    }
}

pub(crate) fn by_value(client_id: &str, token: &str) -> Result<HolderSession, RequestError> {
    let fields = citizen_openid4vc::http::encode_form(&[("client_id", client_id), ("request", token)]);
    HolderSession::open(&format!("openid4vp://?{fields}"), insisting(), &mut random::system())
}

/// The claims of a request that breaks no rule.
pub(crate) fn claims() -> Value {
    json!({
        "client_id": format!("x509_san_dns:{HOST}"), "aud": "https://self-issued.me/v2", "response_type": "vp_token",
        "response_mode": "direct_post", "response_uri": format!("https://{HOST}/response"), "nonce": "n-0S6_WzA2Mj",
        "dcql_query": query(),
        "client_metadata": { "vp_formats_supported": { "dc+sd-jwt": { "sd-jwt_alg_values": ["ES256"] } } },
    })
}

pub(crate) fn with(edit: impl FnOnce(&mut Value)) -> Value {
    let mut claims = claims();
    edit(&mut claims);
    claims
}

/// Signs a request, opens it by value, and says who asks.
pub(crate) fn ask_with(
    party: &Party,
    header: &Header,
    claims: &Value,
) -> Result<HolderSession, RequestError> {
    let token = jwt::sign(header, claims, &party.signer).unwrap();
    let client_id = claims["client_id"].as_str().unwrap_or(HOST);
    let mut session = by_value(client_id, &token)?;
    session.identify(party.known(), NOW, &mut random::system())?;
    Ok(session)
}

pub(crate) fn typed(party: &Party) -> Header {
    party.header().with_typ("oauth-authz-req+jwt")
}

pub(crate) fn verdict(claims: &Value) -> Result<HolderSession, RequestError> {
    let party = Party::new(&[HOST]);
    ask_with(&party, &typed(&party), claims)
}

/// What the verifier is told.
pub(crate) fn told(claims: &Value) -> String {
    let session = verdict(claims).unwrap();
    let post = to_send(&session);
    assert_eq!(post.url.as_str(), format!("https://{HOST}/response"));
    decode_form(&post.body).unwrap()["error"].clone()
}

pub(crate) fn is_reviewed(claims: &Value) -> bool {
    matches!(verdict(claims).map(|session| session.next()), Ok(Step::Review(_)))
}

/// VP-1
#[test]
fn vp_1_a_request_is_signed_under_its_own_type_by_an_algorithm_that_signs() {
    assert!(is_reviewed(&claims()));
    let party = Party::new(&[HOST]);
    let refused =
        |header: &Header| matches!(ask_with(&party, header, &claims()), Err(RequestError::Token(_)));
    assert!(refused(&party.header()), "no type");
    assert!(refused(&party.header().with_typ("JWT")));
    assert!(refused(&party.header().with_typ("verifier-attestation+jwt")));
    // Another's key under this certificate.
    let thief =
        Party { signer: Party::new(&[HOST]).signer, chain: party.chain.clone(), ..Party::new(&[HOST]) };
    assert!(matches!(ask_with(&thief, &typed(&thief), &claims()), Err(RequestError::Token(_))));

    let header =
        |alg: &str| json!({ "alg": alg, "typ": "oauth-authz-req+jwt", "x5c": party.chain.to_value() });
    let encode = |value: &Value| base64url::encode(value.to_string());
    for alg in ["none", "HS256", "RS256"] {
        for signature in ["", &base64url::encode([0; 64])] {
            let token = format!("{}.{}.{signature}", encode(&header(alg)), encode(&claims()));
            assert!(
                matches!(by_value(&format!("x509_san_dns:{HOST}"), &token), Err(RequestError::Token(_))),
                "{alg}"
            );
        }
    }
    // EdDSA over a P-256 key: the key's type decides.
    let token = jwt::sign(&typed(&party), &claims(), &party.signer).unwrap();
    let [_, payload, signature]: [&str; 3] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let confused = format!("{}.{payload}.{signature}", encode(&header("EdDSA")));
    let mut session = by_value(&format!("x509_san_dns:{HOST}"), &confused).unwrap();
    let known = session.identify(party.known(), NOW, &mut random::system());
    assert!(matches!(known, Err(RequestError::Token(_))));
}

/// VP-2
#[test]
fn vp_2_a_request_is_for_this_client_this_wallet_this_moment_and_this_fetch() {
    let not_for_this =
        |edit: &dyn Fn(&mut Value)| matches!(verdict(&with(edit)), Err(RequestError::NotForThis));
    assert!(not_for_this(&|c| c["aud"] = json!("https://other.example")));
    assert!(not_for_this(&|c| drop(c.as_object_mut().unwrap().remove("aud"))));
    assert!(not_for_this(&|c| c["exp"] = json!(NOW.seconds() - 61)));
    assert!(not_for_this(&|c| c["nbf"] = json!(NOW.seconds() + 61)));
    assert!(is_reviewed(&with(|c| c["aud"] = json!(["x", "https://self-issued.me/v2"]))));
    assert!(is_reviewed(&with(|c| c["iss"] = json!("https://else.example"))), "iss is ignored");

    let party = Party::new(&[HOST]);
    let fetched = |nonce: &dyn Fn(&str) -> Value| {
        let fields = [
            ("client_id", claims()["client_id"].as_str().unwrap().to_owned()),
            ("request_uri", format!("https://{HOST}/r")),
        ];
        let fields: Vec<_> =
            fields.iter().map(|(n, v)| (*n, v.as_str())).chain([("request_uri_method", "post")]).collect();
        let mut session = open(&format!("openid4vp://?{}", citizen_openid4vc::http::encode_form(&fields)));
        let sent = decode_form(&to_send(&session).body).unwrap();
        assert!(sent["wallet_nonce"].len() >= 43 && sent["wallet_metadata"].contains("vp_formats_supported"));
        let claims = with(|claims| claims["wallet_nonce"] = nonce(&sent["wallet_nonce"]));
        let token = jwt::sign(&typed(&party), &claims, &party.signer).unwrap();
        session.answer(&HttpResponse::new(200, REQUEST_TYPE, token)).unwrap();
        session.identify(party.known(), NOW, &mut random::system())
    };
    assert!(fetched(&|nonce| json!(nonce)).is_ok());
    assert!(matches!(fetched(&|_| json!("another")), Err(RequestError::NotForThis)));
    assert!(matches!(fetched(&|_| Value::Null), Err(RequestError::NotForThis)));
}

/// VP-3
#[test]
fn vp_3_the_certificate_is_that_of_the_client_identifier() {
    let party = Party::new(&["other.example"]);
    assert!(matches!(ask_with(&party, &typed(&party), &claims()), Err(RequestError::Unidentified)));
    let party = Party::new(&[HOST]);
    let without = Header::new(Algorithm::Es256).with_typ("oauth-authz-req+jwt");
    assert!(matches!(ask_with(&party, &without, &claims()), Err(RequestError::Unidentified)));

    let hash = |thumbprint: String| with(|c| c["client_id"] = json!(format!("x509_hash:{thumbprint}")));
    let own = hash(party.chain.leaf().thumbprint().to_string());
    assert!(matches!(ask_with(&party, &typed(&party), &own).unwrap().next(), Step::Review(_)));
    let others = hash(Party::new(&[HOST]).chain.leaf().thumbprint().to_string());
    assert!(matches!(ask_with(&party, &typed(&party), &others), Err(RequestError::Unidentified)));
}

/// VP-4
#[test]
fn vp_4_the_answer_goes_nowhere_but_to_the_verifiers_own_address() {
    let silent = |claims: &Value| matches!(verdict(claims), Err(RequestError::ResponseUri));
    for elsewhere in [
        "https://evil.example/response",
        "https://library.seoul.example.evil.example/",
        "http://library.seoul.example/response",
        "https://user@library.seoul.example/",
        "javascript:alert(1)",
        "https://sub.library.seoul.example/x",
    ] {
        assert!(silent(&with(|c| c["response_uri"] = json!(elsewhere))), "{elsewhere}");
    }
    assert!(silent(&with(|c| drop(c.as_object_mut().unwrap().remove("response_uri")))));
    assert!(silent(&with(|c| c["response_mode"] = json!("fragment"))));
    assert!(is_reviewed(&with(|c| c["response_uri"] = json!("https://LIBRARY.seoul.example/x?y=1"))));

    let party = Party::new(&[HOST]);
    let hash = format!("x509_hash:{}", party.chain.leaf().thumbprint());
    let elsewhere = with(|c| {
        c["client_id"] = json!(hash);
        c["response_uri"] = json!("https://evil.example/");
    });
    assert!(matches!(ask_with(&party, &typed(&party), &elsewhere), Err(RequestError::ResponseUri)));
}

/// VP-4: whoever has a certificate that names no host could have the answer sent anywhere.
#[test]
fn vp_4_a_certificate_that_names_no_host_has_no_answer_sent_anywhere() {
    let party = Party::new(&[]);
    let hash = format!("x509_hash:{}", party.chain.leaf().thumbprint());
    for to in [format!("https://{HOST}/response"), "https://evil.example/".to_owned()] {
        let claims = with(|c| {
            c["client_id"] = json!(hash);
            c["response_uri"] = json!(to);
        });
        assert!(matches!(ask_with(&party, &typed(&party), &claims), Err(RequestError::ResponseUri)), "{to}");
    }
}

/// VP-4: a certificate may name its host by its IP address.
#[test]
fn vp_4_an_ip_address_in_a_certificate_binds_the_answers_address() {
    let party = Party::new(&["127.0.0.1", "::1"]);
    let hash = format!("x509_hash:{}", party.chain.leaf().thumbprint());
    let to = |address: &str| {
        let claims = with(|c| {
            c["client_id"] = json!(hash);
            c["response_uri"] = json!(address);
        });
        ask_with(&party, &typed(&party), &claims)
    };
    for own in ["https://127.0.0.1:8443/response", "https://[::1]/response"] {
        assert!(to(own).is_ok(), "{own}");
    }
    for elsewhere in ["https://127.0.0.2/response", "https://evil.example/response"] {
        assert!(matches!(to(elsewhere), Err(RequestError::ResponseUri)), "{elsewhere}");
    }
}

/// VP-5
#[test]
fn vp_5_a_request_that_breaks_a_rule_is_answered_with_the_standards_word() {
    let remove = |name: &'static str| with(|c| drop(c.as_object_mut().unwrap().remove(name)));
    let set = |name: &'static str, value: Value| with(|c| c[name] = value);
    for broken in [
        remove("nonce"),
        set("nonce", json!("")),
        set("nonce", json!("a b")),
        set("nonce", json!("홍")),
        set("nonce", json!(1)),
        set("state", json!("a b")),
        set("state", json!(1)),
        set("response_type", json!("code")),
        remove("response_type"),
        remove("dcql_query"),
        set("dcql_query", json!({ "credentials": [] })),
        set("dcql_query", json!("{}")),
        set("redirect_uri", json!(format!("https://{HOST}/response"))),
        set("request_uri", json!("https://x.example")),
        set("request", json!("x")),
        set("client_metadata", json!([])),
        set("client_metadata", json!({ "jwks": 1 })),
        with(|c| c["dcql_query"]["credentials"][0]["require_cryptographic_holder_binding"] = json!(false)), // without state
        set("response_mode", json!("direct_post.jwt")), // without a key
    ] {
        assert_eq!(told(&broken), "invalid_request", "{broken}");
    }
    let other_format =
        json!({ "credentials": [{ "id": "a", "format": "mso_mdoc", "meta": { "doctype_value": "d" } }] });
    assert_eq!(told(&set("dcql_query", other_format)), "vp_formats_not_supported");
    assert_eq!(
        told(&set("client_metadata", json!({ "vp_formats_supported": { "mso_mdoc": {} } }))),
        "vp_formats_not_supported"
    );
    assert!(is_reviewed(&with(|c| {
        c["state"] = json!("s");
        c["dcql_query"]["credentials"][0]["require_cryptographic_holder_binding"] = json!(false);
    })));
}

/// VP-6
#[test]
fn vp_6_an_unknown_verifier_gets_nothing_unless_the_citizen_insists_where_she_may() {
    let (party, registry) = (Party::new(&[HOST]), Registry::new());
    let wallet = wallet(&registry);
    let token = jwt::sign(&typed(&party), &claims(), &party.signer).unwrap();
    let fields = citizen_openid4vc::http::encode_form(&[
        ("client_id", &format!("x509_san_dns:{HOST}")),
        ("request", &token),
    ]);
    let reviewed = |profile: Profile, known: Known| {
        let mut session =
            HolderSession::open(&format!("openid4vp://?{fields}"), profile, &mut random::system()).unwrap();
        session.identify(known, NOW, &mut random::system()).unwrap();
        let Step::Review(review) = session.next() else { panic!() };
        (session, review)
    };
    let approve = |(mut session, review): (HolderSession, Box<Review>), insistence| {
        let candidates = wallet.candidates();
        let selection = review.query.evaluate(&candidates).preferred().unwrap();
        session.approve(&candidates, &selection, insistence)
    };
    let other = || Party::new(&[HOST]).known();
    let (_, review) = reviewed(profile(), party.known());
    assert_eq!((review.verifier.trust, review.verifier.host.as_str()), (Trust::Registered, HOST));
    assert_eq!(approve(reviewed(profile(), party.known()), Insistence::No), Ok(()));
    for known in [other(), Known::Nothing, Known::Anchors(Vec::new())] {
        assert_eq!(reviewed(profile(), known.clone()).1.verifier.trust, Trust::Unknown);
        let unknown = Err(ApproveError::UnknownVerifier);
        assert_eq!(approve(reviewed(profile(), known.clone()), Insistence::Yes), unknown);
        assert_eq!(approve(reviewed(insisting(), known.clone()), Insistence::No), unknown);
        assert_eq!(approve(reviewed(insisting(), known), Insistence::Yes), Ok(()));
    }
}

pub(crate) fn payment(edit: impl FnOnce(&mut Value)) -> Value {
    let mut data = json!({ "type": "kr.seoul.payment", "credential_ids": ["pid"], "merchant": "광장시장", "won": 120_000 });
    edit(&mut data);
    json!([base64url::encode(data.to_string())])
}

/// VP-7
#[test]
fn vp_7_transaction_data_is_of_a_known_type_field_by_field_or_refused() {
    let with_data = |data: Value| with(|c| c["transaction_data"] = data);
    assert!(is_reviewed(&with_data(payment(|_| {}))));
    assert!(is_reviewed(&with_data(payment(
        |d| d["transaction_data_hashes_alg"] = json!(["sha-512", "sha-256"])
    ))));
    for broken in [
        payment(|d| d["type"] = json!("unknown")),
        payment(|d| drop(d.as_object_mut().unwrap().remove("type"))),
        payment(|d| drop(d.as_object_mut().unwrap().remove("won"))),
        payment(|d| d["won"] = json!("120000")),
        payment(|d| d["won"] = json!(-1)),
        payment(|d| d["extra"] = json!(1)),
        payment(|d| d["credential_ids"] = json!([])),
        payment(|d| d["credential_ids"] = json!(["other"])),
        payment(|d| drop(d.as_object_mut().unwrap().remove("credential_ids"))),
        payment(|d| d["transaction_data_hashes_alg"] = json!(["sha-512"])),
        json!([]),
        json!("x"),
        json!(["%"]),
        json!([{}]),
    ] {
        assert_eq!(told(&with_data(broken.clone())), "invalid_transaction_data", "{broken}");
    }
    let unbound = with(|c| {
        c["transaction_data"] = payment(|_| {});
        c["state"] = json!("s");
        c["dcql_query"]["credentials"][0]["require_cryptographic_holder_binding"] = json!(false);
    });
    assert_eq!(told(&unbound), "invalid_transaction_data");
}

/// VP-7
#[test]
fn vp_7_what_is_authorised_is_hashed_into_what_the_key_signs_and_nothing_else_is() {
    let data = payment(|_| {})[0].as_str().unwrap().to_owned();
    let pays = |transactions: Vec<String>| Ask { transactions, ..ask(ResponseMode::DirectPost) };
    let (mut verifier, post, registry) = whole(pays(vec![data.clone()]), false);
    let list = presented(verifier.verify(&post.body, &registry, NOW).unwrap());
    let bound = list[0].1.token().key_bound().unwrap().claims()["transaction_data_hashes"].clone();
    use sha2::Digest as _;
    assert_eq!(bound, json!([base64url::encode(sha2::Sha256::digest(data.as_bytes()))]));

    // The public example: the hash is over the text as it was sent.
    let (mut plain, without, registry) = whole(pays(Vec::new()), false);
    assert!(plain.verify(&without.body, &registry, NOW).is_ok());
}

#[test]
fn a_verifier_takes_no_answer_that_leaves_out_the_transaction_or_authorises_another() {
    let data = |won: u64| payment(|d| d["won"] = json!(won))[0].as_str().unwrap().to_owned();
    let (party, registry) = (Party::new(&[HOST]), Registry::new());
    let asked = Ask { transactions: vec![data(1)], ..ask(ResponseMode::DirectPost) };
    let mut verifier = VerifierSession::start(identification(&party), asked, NOW, &mut random::system());
    let token = verifier.request_object(None, &party.signer, NOW).unwrap();
    // The verifier's own request, its transaction replaced on the way by one who holds the key: another hash comes back.
    let payload = token.split('.').nth(1).unwrap();
    let request: Value = serde_json::from_slice(&base64url::decode(payload).unwrap()).unwrap();
    for replaced in [json!([data(2)]), json!([data(1), data(2)])] {
        let mut request = request.clone();
        request["transaction_data"] = replaced;
        let mut session = ask_with(&party, &typed(&party), &request).unwrap_or_else(|e| panic!("{e}"));
        wallet(&registry).agree(&mut session);
        let verdict = verifier.verify(&to_send(&session).body, &registry, NOW);
        assert!(matches!(verdict, Err(VerifyError::Transaction)));
    }
    let mut request = request;
    request.as_object_mut().unwrap().remove("transaction_data");
    let mut session = ask_with(&party, &typed(&party), &request).unwrap_or_else(|e| panic!("{e}"));
    wallet(&registry).agree(&mut session);
    assert!(matches!(
        verifier.verify(&to_send(&session).body, &registry, NOW),
        Err(VerifyError::Transaction)
    ));
}

/// VP-8
#[test]
fn vp_8_no_presentation_leaves_that_shows_more_than_was_approved() {
    let registry = Registry::new();
    let wallet = wallet(&registry);
    let mut session = verdict(&claims()).unwrap();
    let Step::Review(review) = session.next() else { panic!() };
    let candidates = wallet.candidates();
    let mut greedy = review.query.evaluate(&candidates).preferred().unwrap();
    greedy.picks[0].claims.push(ClaimsPointer::claim("family_name"));
    let refused = session.approve(&candidates, &greedy, Insistence::No);
    assert_eq!(refused, Err(ApproveError::Selection(SelectionError::Claims)));
    greedy.picks[0].claims.pop();
    session.approve(&candidates, &greedy, Insistence::No).unwrap();

    let make = |paths: &[ClaimPath]| {
        vec![(wallet.held[0].credential.select_whole(paths).unwrap(), Algorithm::Es256)]
    };
    let right = [ClaimPath::root().name("age_over_19"), ClaimPath::root().name("address").name("locality")];
    let more = [right[0].clone(), right[1].clone(), ClaimPath::root().name("family_name")];
    assert_eq!(session.present(make(&more), NOW), Err(PresentError::TooMuch));
    let whole_address = [right[0].clone(), ClaimPath::root().name("address")];
    assert_eq!(session.present(make(&whole_address), NOW), Err(PresentError::TooMuch));
    assert_eq!(session.present(Vec::<Made>::new(), NOW), Err(PresentError::Count));
    session.present(make(&right), NOW).unwrap();
    assert_eq!(session.sign(&[], &mut random::system()), Err(PresentError::Count));
    wallet.sign(&mut session).unwrap();
    let token: Value =
        serde_json::from_str(&decode_form(&to_send(&session).body).unwrap()["vp_token"]).unwrap();
    assert_eq!(shown(token["pid"][0].as_str().unwrap()), ["address", "age_over_19", "locality"]);
}

#[test]
fn a_did_verifier_signs_with_the_key_that_its_document_names() {
    let signer = SoftwareSigner::generate(Algorithm::EdDsa, &mut random::system());
    let did = "did:seoul:library";
    let request = with(|c| c["client_id"] = json!(format!("decentralized_identifier:{did}")));
    let sign = |kid: &str| {
        let header = Header::new(Algorithm::EdDsa).with_typ("oauth-authz-req+jwt").with_kid(kid);
        by_value(&format!("decentralized_identifier:{did}"), &jwt::sign(&header, &request, &signer).unwrap())
    };
    let known = |key: Jwk, registered| Known::DidKey { key, registered };
    let mut session = sign("did:seoul:library#key-1").unwrap();
    let Step::Identify(Question::Did { did: asked, key }) = session.next() else { panic!() };
    assert_eq!((asked.as_str(), key.as_str()), (did, "did:seoul:library#key-1"));
    session.identify(known(signer.jwk(), true), NOW, &mut random::system()).unwrap();
    assert!(matches!(session.next(), Step::Review(review) if review.verifier.trust == Trust::Registered));

    for kid in ["did:seoul:other#key-1", "did:seoul:library2#key-1", "key-1", "did:seoul:library"] {
        assert!(matches!(sign(kid), Err(RequestError::Unidentified)), "{kid}");
    }
    let other = SoftwareSigner::generate(Algorithm::EdDsa, &mut random::system());
    let mut session = sign("did:seoul:library#key-1").unwrap();
    let refused = session.identify(known(other.jwk(), true), NOW, &mut random::system());
    assert!(matches!(refused, Err(RequestError::Token(_))));
    let nothing = session.identify(Known::Nothing, NOW, &mut random::system());
    assert!(matches!(nothing, Err(RequestError::Unidentified)));
}

#[test]
fn vp_22_an_attested_verifier_shows_an_attestation_of_a_known_issuer_for_its_key_and_address() {
    let issuer = SoftwareSigner::generate(Algorithm::EdDsa, &mut random::system());
    let own = SoftwareSigner::generate(Algorithm::Es256, &mut random::system());
    let client_id = "verifier_attestation:library";
    let request = with(|c| c["client_id"] = json!(client_id));
    let attempt = |edit: &dyn Fn(&mut Value), typ: &str, trusted: Known| {
        let mut attested = json!({ "iss": "https://registry.example", "sub": "library", "exp": NOW.seconds() + 60,
            "cnf": { "jwk": own.jwk().to_value() }, "redirect_uris": [format!("https://{HOST}/response")] });
        edit(&mut attested);
        let attestation =
            jwt::sign(&Header::new(Algorithm::EdDsa).with_typ(typ), &attested, &issuer).unwrap();
        let mut header = Header::new(Algorithm::Es256).with_typ("oauth-authz-req+jwt");
        header.extra.insert("jwt".to_owned(), attestation.into());
        let mut session = by_value(client_id, &jwt::sign(&header, &request, &own).unwrap())?;
        session.identify(trusted, NOW, &mut random::system())?;
        Ok(session)
    };
    let typ = "verifier-attestation+jwt";
    let known = |key: Jwk, registered| Known::AttestationKey { key, registered };
    let trusted = || known(issuer.jwk(), true);
    let right: Result<HolderSession, RequestError> = attempt(&|_| {}, typ, trusted());
    assert!(
        matches!(right.unwrap().next(), Step::Review(review) if review.verifier.trust == Trust::Registered)
    );
    let unknown = attempt(&|_| {}, typ, known(issuer.jwk(), false)).unwrap();
    assert!(matches!(unknown.next(), Step::Review(review) if review.verifier.trust == Trust::Unknown));
    let unidentified =
        |result: Result<HolderSession, RequestError>| matches!(result, Err(RequestError::Unidentified));
    assert!(unidentified(attempt(&|_| {}, "JWT", trusted())));
    assert!(unidentified(attempt(&|_| {}, typ, Known::Nothing)), "no trust, no answer");
    assert!(unidentified(attempt(&|_| {}, typ, known(own.jwk(), true))));
    assert!(unidentified(attempt(&|a| a["sub"] = json!("other"), typ, trusted())));
    assert!(unidentified(attempt(&|a| a["exp"] = json!(NOW.seconds() - 61), typ, trusted())));
    assert!(unidentified(attempt(&|a| drop(a.as_object_mut().unwrap().remove("exp")), typ, trusted())));
    assert!(unidentified(attempt(&|a| drop(a.as_object_mut().unwrap().remove("cnf")), typ, trusted())));
    let other_key = attempt(&|a| a["cnf"]["jwk"] = issuer.jwk().to_value(), typ, trusted());
    assert!(matches!(other_key, Err(RequestError::Token(_))));
    let elsewhere = attempt(&|a| a["redirect_uris"] = json!(["https://else.example/"]), typ, trusted());
    assert!(matches!(elsewhere, Err(RequestError::ResponseUri)));
    // VP-4: one that names no address covers none.
    assert!(unidentified(attempt(
        &|a| drop(a.as_object_mut().unwrap().remove("redirect_uris")),
        typ,
        trusted()
    )));
    let nowhere = attempt(&|a| a["redirect_uris"] = json!([]), typ, trusted());
    assert!(matches!(nowhere, Err(RequestError::ResponseUri)));
}

/// VP-20
#[test]
fn vp_20_a_wallet_says_by_what_it_can_know_a_verifier_and_refuses_what_it_has_not_said() {
    let prefixes = vec![Prefix::X509SanDns, Prefix::X509Hash];
    let profile = || Profile { prefixes: prefixes.clone(), ..profile() };
    let link = |prefix: &str| {
        let fields = [
            ("client_id", format!("{prefix}:{HOST}")),
            ("request_uri", format!("https://{HOST}/r")),
            ("request_uri_method", "post".to_owned()),
        ];
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        format!("openid4vp://?{}", citizen_openid4vc::http::encode_form(&fields))
    };
    let session = HolderSession::open(&link("x509_san_dns"), profile(), &mut random::system()).unwrap();
    let sent = decode_form(&to_send(&session).body).unwrap();
    let said: Value = serde_json::from_str(&sent["wallet_metadata"]).unwrap();
    assert_eq!(said["client_id_prefixes_supported"], json!(["x509_san_dns", "x509_hash"]));
    let refused = HolderSession::open(&link("verifier_attestation"), profile(), &mut random::system());
    assert_eq!(refused.err(), Some(RequestError::ClientId));
}

/// VP-21
#[test]
fn vp_21_a_verifiers_name_for_itself_is_one_that_a_screen_can_show_or_the_request_is_refused() {
    let named = |name: &str| with(|c| c["client_metadata"]["client_name"] = json!(name));
    for lying in [
        "마포도서관\u{1b}[2K\u{1b}[1A",
        "a\nThe registry proves who asks.",
        "\u{202e}tropria",
        "은행\u{2066}\u{2069}",
        "도서\u{200b}관",
        "\u{9b}31m",
        "도서관\r",
        &"가".repeat(257),
    ] {
        assert_eq!(told(&named(lying)), "invalid_request", "{}", lying.escape_unicode());
    }
    let nfd = named("\u{1112}\u{1161}\u{11ab} 도서관");
    let Step::Review(review) = verdict(&nfd).unwrap().next() else { panic!() };
    assert_eq!(review.verifier.claimed_name.as_deref(), Some("한 도서관"));
}

#[test]
fn an_unsigned_request_is_taken_only_from_an_address_and_answered_there_alone() {
    let address = format!("https://{HOST}/response");
    let identification = Identification {
        client_id: ClientId::parse(&format!("redirect_uri:{address}")).unwrap(),
        header: Header::new(Algorithm::Es256),
    };
    let registry = Registry::new();
    let mut verifier =
        VerifierSession::start(identification, ask(ResponseMode::DirectPost), NOW, &mut random::system());
    let mut session =
        HolderSession::open(&verifier.unsigned_link(), insisting(), &mut random::system()).unwrap();
    let Step::Review(review) = session.next() else { panic!() };
    assert_eq!(review.verifier.trust, Trust::Unknown);
    assert_eq!(review.verifier.claimed_name.as_deref(), Some("마포도서관"));
    wallet(&registry).agree(&mut session);
    let post = to_send(&session);
    assert_eq!(post.url.as_str(), address);
    assert!(verifier.verify(&post.body, &registry, NOW).is_ok());

    let signed = Party::new(&[HOST]);
    let request = with(|c| c["client_id"] = json!(format!("redirect_uri:{address}")));
    assert!(
        matches!(ask_with(&signed, &typed(&signed), &request), Err(RequestError::ClientId)),
        "never signed"
    );
    let unsigned = verifier.unsigned_link().replace("redirect_uri%3A", "x509_san_dns%3A");
    assert!(matches!(
        HolderSession::open(&unsigned, insisting(), &mut random::system()),
        Err(RequestError::ClientId)
    ));
}

#[test]
fn no_answer_to_a_fetch_but_a_request_object_is_taken_and_no_redirect_is_followed() {
    let link = format!("openid4vp://?client_id=x509_san_dns%3A{HOST}&request_uri=https%3A%2F%2F{HOST}%2Fr");
    let party = Party::new(&[HOST]);
    let token = jwt::sign(&typed(&party), &claims(), &party.signer).unwrap();
    let mut session = open(&link);
    for response in [
        HttpResponse::new(404, REQUEST_TYPE, token.clone()),
        HttpResponse::new(302, REQUEST_TYPE, "").with_header("location", "https://evil.example"),
        HttpResponse::new(200, "text/html", token.clone()),
        HttpResponse::new(200, REQUEST_TYPE, vec![b'a'; 600 * 1024]),
    ] {
        assert_eq!(session.answer(&response), Err(RequestError::Fetch));
        assert!(matches!(session.next(), Step::Send(_)), "the session is where it was");
    }
    assert!(session.answer(&HttpResponse::new(200, REQUEST_TYPE, token)).is_ok());

    for (link, error) in [
        ("openid4vp://?request_uri=https%3A%2F%2Fx.example", RequestError::Link),
        ("mailto:x?client_id=x509_hash:a&request=b", RequestError::Link),
        (&format!("{link}&request=x"), RequestError::Link),
        (&format!("{link}&client_id=x"), RequestError::Link),
        (&format!("{link}&request_uri_method=put"), RequestError::RequestUriMethod),
        (&format!("{link}&request_uri_method=POST"), RequestError::RequestUriMethod),
        ("openid4vp://?client_id=x509_hash:a&request=b&request_uri_method=post", RequestError::Link),
        ("openid4vp://?client_id=x509_hash:a&request_uri=http%3A%2F%2Fx.example", RequestError::Link),
        (
            "openid4vp://?client_id=redirect_uri:https%3A%2F%2Fx.example&request_uri=https%3A%2F%2Fx.example",
            RequestError::ClientId,
        ),
    ] {
        let refused = HolderSession::open(link, profile(), &mut random::system());
        assert_eq!(refused.err(), Some(error), "{link}");
    }
}

#[test]
fn an_answer_out_of_step_changes_nothing() {
    let mut session = verdict(&claims()).unwrap();
    assert_eq!(session.answer(&HttpResponse::ok(&json!({}))), Err(RequestError::OutOfStep));
    assert_eq!(session.identify(Known::Nothing, NOW, &mut random::system()), Err(RequestError::OutOfStep));
    assert_eq!(session.present(Vec::<Made>::new(), NOW), Err(PresentError::OutOfStep));
    assert_eq!(session.sign(&[], &mut random::system()), Err(PresentError::OutOfStep));
    assert!(matches!(session.next(), Step::Review(_)));
}

#[test]
fn an_expired_certificate_identifies_nobody() {
    let party = Party::new(&[HOST]);
    let token = jwt::sign(&typed(&party), &claims(), &party.signer).unwrap();
    let mut session = by_value(&format!("x509_san_dns:{HOST}"), &token).unwrap();
    let far = UnixTime::from_seconds(200_000_000_000);
    let refused = session.identify(party.known(), far, &mut random::system());
    assert!(matches!(refused, Err(RequestError::Unidentified)));
}

mod conformance {
    //! The modules of the OpenID Foundation's plan for wallets (OpenID4VP 1.0 final), re-made: what is sent, and what must happen.

    use super::*;

    /// Asks by reference, as the plan does, and lets the wallet answer if it comes to a review.
    fn module(
        party: &Party,
        wallet: &Wallet,
        link_extra: &str,
        request: &Value,
    ) -> Result<HttpRequest, RequestError> {
        let client_id = format!("x509_san_dns:{HOST}");
        let fields = citizen_openid4vc::http::encode_form(&[
            ("request_uri", &format!("https://{HOST}/r")),
            ("client_id", &client_id),
        ]);
        let mut session = open(&format!("openid4vp://?{fields}{link_extra}"));
        let fetch = to_send(&session);
        let mut request = request.clone();
        if let Some(nonce) = VerifierSession::wallet_nonce(&fetch.body) {
            request["wallet_nonce"] = json!(nonce);
        }
        let token = jwt::sign(&typed(party), &request, &party.signer).unwrap();
        session.answer(&HttpResponse::new(200, REQUEST_TYPE, token))?;
        session.identify(party.known(), NOW, &mut random::system())?;
        if let Step::Review(review) = session.next() {
            let candidates = wallet.candidates();
            let options = review.query.evaluate(&candidates);
            if options.satisfiable() {
                wallet.agree(&mut session);
            } else {
                // What there is of it is not let through, whoever chooses it.
                let partial = Selection { picks: options.queries().iter().filter_map(pick).collect() };
                assert!(!partial.picks.is_empty());
                let refused = session.approve(&candidates, &partial, Insistence::Yes);
                assert_eq!(refused, Err(ApproveError::Selection(SelectionError::Incomplete)));
                session.decline(&mut random::system()).unwrap();
            }
        }
        Ok(to_send(&session))
    }

    fn pick(query: &QueryOptions) -> Option<Pick> {
        let found = query.matches.first()?;
        let claims = found.combinations.first()?.clone();
        Some(Pick { query: query.id.clone(), candidate: found.candidate.clone(), claims })
    }

    fn fields(request: &Value) -> std::collections::BTreeMap<String, String> {
        fields_of("", request)
    }

    fn fields_of(link_extra: &str, request: &Value) -> std::collections::BTreeMap<String, String> {
        let (party, registry) = (Party::new(&[HOST]), Registry::new());
        let post = module(&party, &wallet(&registry), link_extra, request).unwrap();
        decode_form(&post.body).unwrap()
    }

    /// The presentation that came, of the one credential.
    fn presentation(fields: &std::collections::BTreeMap<String, String>) -> String {
        let token: Value = serde_json::from_str(&fields["vp_token"]).unwrap();
        assert_eq!(token.as_object().unwrap().len(), 1);
        assert_eq!(token["pid"].as_array().unwrap().len(), 1);
        token["pid"][0].as_str().unwrap().to_owned()
    }

    fn binding(presentation: &str) -> Value {
        let token = presentation.rsplit('~').next().unwrap();
        serde_json::from_slice(&base64url::decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn good_happy_flow_without_state() {
        let fields = fields(&claims());
        assert!(!fields.contains_key("state"));
        let bound = binding(&presentation(&fields));
        assert_eq!((&bound["nonce"], &bound["aud"]), (&claims()["nonce"], &claims()["client_id"]));
    }

    #[test]
    fn good_alternate_happy_flow() {
        let key = citizen_jose::jwe::SoftwareKeyAgreement::generate(
            citizen_jose::jwe::Curve::P256,
            &mut random::system(),
        );
        let mut jwk = citizen_jose::jwe::KeyAgreement::jwk(&key).to_value();
        jwk["alg"] = json!("ECDH-ES"); // without `use`
        jwk["kid"] = json!("k");
        let state = "s".repeat(64);
        let request = with(|c| {
            c["state"] = json!(state);
            c["nonce"] = json!("n".repeat(43));
            c["iss"] = json!("https://something.else.example");
            c["response_mode"] = json!("direct_post.jwt");
            c["client_metadata"]["jwks"] = json!({ "keys": [jwk] });
        });
        let fields = fields_of("&randomthing=1", &request);
        assert_eq!(fields.keys().collect::<Vec<_>>(), ["response"]);
        let token = citizen_jose::jwe::UnverifiedJwe::parse(&fields["response"]).unwrap();
        assert_eq!(token.header().kid.as_deref(), Some("k"));
        let opened: Value = serde_json::from_slice(token.decrypt(&key).unwrap().plaintext()).unwrap();
        assert_eq!(opened["state"], json!(state));
        assert_eq!(binding(opened["vp_token"]["pid"][0].as_str().unwrap())["nonce"], json!("n".repeat(43)));
    }

    #[test]
    fn good_the_wallet_opens_the_redirect_uri_of_the_answer() {
        let mut session = verdict(&claims()).unwrap();
        wallet(&Registry::new()).agree(&mut session);
        let next = format!("https://{HOST}/cb#response_code=091535f699ea575c7937fa5f0f454aee");
        session.answer(&HttpResponse::ok(&json!({ "redirect_uri": next, "unknown": 1 }))).unwrap();
        assert!(
            matches!(session.next(), Step::Done(Outcome::Presented(Some(address))) if address.as_str() == next)
        );
    }

    #[test]
    fn good_request_uri_method_post() {
        presentation(&fields_of("&request_uri_method=post", &claims()));
    }

    #[test]
    fn good_fewer_claims_than_available() {
        let request =
            with(|c| drop(c["dcql_query"]["credentials"][0]["claims"].as_array_mut().unwrap().pop()));
        assert_eq!(shown(&presentation(&fields(&request))), ["age_over_19"]);
    }

    #[test]
    fn good_no_claims_in_the_query() {
        let request =
            with(|c| drop(c["dcql_query"]["credentials"][0].as_object_mut().unwrap().remove("claims")));
        assert!(shown(&presentation(&fields(&request))).is_empty());
    }

    fn with_second(required: bool) -> Value {
        with(|c| {
            let second = json!({ "id": "other", "format": "dc+sd-jwt", "meta": { "vct_values": ["urn:nobody:has:this"] } });
            c["dcql_query"]["credentials"].as_array_mut().unwrap().push(second);
            c["dcql_query"]["credential_sets"] =
                json!([{ "options": [["pid"]] }, { "required": required, "options": [["other"]] }]);
        })
    }

    #[test]
    fn good_optional_credential_set_that_nothing_matches() {
        presentation(&fields(&with_second(false)));
    }

    #[test]
    fn good_unusable_encryption_keys_are_ignored() {
        let key = citizen_jose::jwe::SoftwareKeyAgreement::generate(
            citizen_jose::jwe::Curve::P256,
            &mut random::system(),
        );
        let mut usable = citizen_jose::jwe::KeyAgreement::jwk(&key).to_value();
        usable["alg"] = json!("ECDH-ES");
        let mut signs = usable.clone();
        signs["use"] = json!("sig");
        let mut nameless = usable.clone();
        nameless.as_object_mut().unwrap().remove("alg");
        let keys = json!([{ "kty": "AKP", "alg": "ML-KEM-768", "pub": "x" }, { "kty": "made-up" }, 7, signs, nameless, usable]);
        let request = with(|c| {
            c["response_mode"] = json!("direct_post.jwt");
            c["client_metadata"]["jwks"] = json!({ "keys": keys });
            c["client_metadata"]["encrypted_response_enc_values_supported"] =
                json!(["A128CBC-HS256", "A256GCM"]);
        });
        let token = fields(&request)["response"].clone();
        let token = citizen_jose::jwe::UnverifiedJwe::parse(&token).unwrap();
        assert_eq!(token.header().enc, citizen_jose::jwe::ContentEncryption::A256Gcm);
        assert!(token.decrypt(&key).is_ok());
    }

    #[test]
    fn bad_client_id_prefix() {
        for prefix in ["invalid_scheme", "origin", "openid_federation", "X509_SAN_DNS", ""] {
            let link =
                format!("openid4vp://?client_id={prefix}%3A{HOST}&request_uri=https%3A%2F%2F{HOST}%2Fr");
            assert_eq!(
                HolderSession::open(&link, profile(), &mut random::system()).err(),
                Some(RequestError::ClientId)
            );
        }
        let link = format!("openid4vp://?client_id={HOST}&request_uri=https%3A%2F%2F{HOST}%2Fr");
        assert_eq!(
            HolderSession::open(&link, profile(), &mut random::system()).err(),
            Some(RequestError::ClientId)
        );
    }

    #[test]
    fn bad_request_object_signature() {
        let (party, other) = (Party::new(&[HOST]), Party::new(&[HOST]));
        let forged = Party { signer: other.signer, chain: party.chain, private: other.private };
        let refused = module(&forged, &wallet(&Registry::new()), "", &claims());
        assert!(matches!(refused, Err(RequestError::Token(_))));
    }

    #[test]
    fn bad_client_id_in_the_request_object() {
        let party = Party::new(&[HOST, "else.example"]);
        let request = with(|c| c["client_id"] = json!("x509_san_dns:else.example"));
        let refused = module(&party, &wallet(&Registry::new()), "", &request);
        assert_eq!(refused.err(), Some(RequestError::ClientIdMismatch));
    }

    #[test]
    fn bad_nonce_is_missing() {
        let fields = fields(&with(|c| drop(c.as_object_mut().unwrap().remove("nonce"))));
        assert_eq!(fields["error"], "invalid_request");
        assert!(!fields.contains_key("vp_token"));
    }

    #[test]
    fn bad_redirect_uri_with_direct_post() {
        let fields = fields(&with(|c| c["redirect_uri"] = json!(format!("https://{HOST}/response"))));
        assert_eq!(fields["error"], "invalid_request");
    }

    #[test]
    fn bad_response_uri_is_not_the_client_id() {
        let client_id = format!("redirect_uri:https://{HOST}/response");
        let query = query().to_string();
        let link = |response_uri: &str| {
            let fields = citizen_openid4vc::http::encode_form(&[
                ("client_id", &client_id),
                ("response_type", "vp_token"),
                ("response_mode", "direct_post"),
                ("response_uri", response_uri),
                ("nonce", "n"),
                ("dcql_query", &query),
            ]);
            HolderSession::open(&format!("openid4vp://?{fields}"), insisting(), &mut random::system())
        };
        assert!(link(&format!("https://{HOST}/response")).is_ok());
        assert_eq!(link(&format!("https://{HOST}/response2")).err(), Some(RequestError::ResponseUri));
        assert_eq!(link("https://else.example/response").err(), Some(RequestError::ResponseUri));
    }

    #[test]
    fn bad_required_credential_that_nothing_matches() {
        let fields = fields(&with_second(true));
        assert_eq!(fields["error"], "access_denied");
        assert!(!fields.contains_key("vp_token"), "not even an empty one");
    }

    #[test]
    fn bad_transaction_data_of_an_unknown_type() {
        let fields = fields(&with(|c| c["transaction_data"] = payment(|d| d["type"] = json!("unknown"))));
        assert_eq!(fields["error"], "invalid_transaction_data");
    }

    #[test]
    fn bad_type_of_the_request_object_missing_or_wrong() {
        let party = Party::new(&[HOST]);
        for header in [party.header(), party.header().with_typ("jwt")] {
            assert!(matches!(ask_with(&party, &header, &claims()), Err(RequestError::Token(_))));
        }
    }
}
