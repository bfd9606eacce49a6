//! Documents and methods: the specifications' examples, and what must not be resolved.
#![cfg(test)]

use citizen_did::seoul::{SeoulKey, SeoulService};
use citizen_did::{
    Did, Document, DocumentError, Method, Relationship, Resolution, ResolveError, Resolver, SeoulId, Step,
    document, jwk, key, multibase, seoul, web,
};
use citizen_jose::{Algorithm, Jwk, PublicJwk, Signer as _, SoftwareSigner, base64url};
use citizen_primitives::random;
use proptest::prelude::*;
use serde_json::{Value, json};

fn did(text: &str) -> Did {
    Did::parse(text).unwrap()
}

fn resolved(text: &str) -> Result<Document, ResolveError> {
    match Resolver::new().resolve(&did(text))? {
        Resolution::Resolved(document) => Ok(*document),
        other => panic!("{other:?}"),
    }
}

fn fetched(text: &str, body: &Value) -> Result<Document, ResolveError> {
    match Resolver::new().resolve(&did(text))? {
        Resolution::Fetch(fetch) => fetch.answer(body.to_string().as_bytes()),
        other => panic!("{other:?}"),
    }
}

fn signer() -> SoftwareSigner {
    SoftwareSigner::from_bytes(Algorithm::EdDsa, &[0; 32]).unwrap()
}

#[test]
fn did_key_examples_of_the_specification() {
    // Ed25519 of the seed of zeros; P-256 and X25519 by their JWK.
    let p256 = json!({ "kty": "EC", "crv": "P-256", "x": "fyNYMN0976ci7xqiSdag3buk-ZCwgXU4kz9XNkBlNUI",
        "y": "hW2ojTNfH7Jbi8--CJUo3OCbH3y5n91g-IMA9MLMbTU" });
    let x25519 = json!({ "kty": "OKP", "crv": "X25519", "x": "L-V9o0fNYkMVKNqsX7spBzD_9oSvxM_C7ZCZX1jLO3Q" });
    for (text, jwk) in [
        ("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", signer().jwk()),
        ("did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169", Jwk::from_value(&p256).unwrap()),
        ("did:key:z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F", Jwk::from_value(&x25519).unwrap()),
    ] {
        assert_eq!(key::did(&jwk.key).unwrap().as_str(), text);
        let document = resolved(text).unwrap();
        let name = format!("#{}", text.strip_prefix("did:key:").unwrap());
        let agrees = matches!(jwk.key, PublicJwk::X25519(_));
        for purpose in Relationship::ALL {
            let expected = if agrees == (purpose == Relationship::KeyAgreement) {
                Ok(jwk.clone())
            } else {
                Err(DocumentError::NotForThis)
            };
            assert_eq!(document.key(&name, purpose).cloned(), expected);
            assert_eq!(document.key(&format!("{text}{name}"), purpose).cloned(), expected);
        }
        assert_eq!(Document::parse(document.to_value().to_string().as_bytes()), Ok(document));
    }
}

#[test]
fn did_key_has_no_other_text_and_no_other_key() {
    for bad in [
        "did:key:6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", // no multibase
        "did:key:u6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
        "did:key:1.1:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
        "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooW", // a character short
        "did:key:z16MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", // a zero in front
        "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme", // secp256k1
        "did:key:z",
    ] {
        assert_eq!(resolved(bad), Err(ResolveError::InvalidDid), "{bad}");
    }
    let made = |prefix: [u8; 2], bytes: &[u8]| {
        format!("did:key:z{}", multibase::encode(&[&prefix[..], bytes].concat()))
    };
    // Ed25519 of small order; P-256 uncompressed, and its compact form.
    let p256 = SoftwareSigner::generate(Algorithm::Es256, &mut random::system()).jwk().key;
    let PublicJwk::P256(point) = p256 else { panic!() };
    let whole = p256::elliptic_curve::sec1::ToSec1Point::to_sec1_point(&point, false);
    let mut compact = p256.to_bytes();
    compact[0] = 5;
    for bad in [made([0xed, 1], &[0; 32]), made([0x80, 0x24], whole.as_bytes()), made([0x80, 0x24], &compact)]
    {
        assert_eq!(resolved(&bad), Err(ResolveError::InvalidDid), "{bad}");
    }
}

#[test]
fn did_jwk_examples_of_the_specification() {
    let text = "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZEgyVjAi\
        LCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9";
    let document = resolved(text).unwrap();
    let jwk = json!({ "crv": "P-256", "kty": "EC", "x": "acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0",
        "y": "_KcyLj9vWMptnmKtm46GqDz8wf74I5LKgrl2GzH3nSE" });
    for purpose in Relationship::ALL {
        assert_eq!(document.key("#0", purpose).unwrap().to_value(), jwk);
    }
    assert_eq!(
        jwk::did(&document.key("#0", Relationship::Authentication).unwrap().key).unwrap().as_str(),
        text
    );

    let text = "did:jwk:eyJrdHkiOiJPS1AiLCJjcnYiOiJYMjU1MTkiLCJ1c2UiOiJlbmMiLCJ4IjoiM3A3YmZYdDl3YlRUVzJIQzdPUTFOei1EUThoYmVH\
        ZE5yZngtRkctSUswOCJ9";
    let document = resolved(text).unwrap();
    assert!(document.key("#0", Relationship::KeyAgreement).is_ok());
    assert_eq!(document.key("#0", Relationship::Authentication), Err(DocumentError::NotForThis));
}

#[test]
fn did_jwk_has_no_private_key_no_member_twice_and_one_text_in_base64url() {
    let made = |json: &str| format!("did:jwk:{}", base64url::encode(json));
    let x = signer().jwk().to_value()["x"].clone();
    assert!(resolved(&made(&format!(r#"{{"kty":"OKP","crv":"Ed25519","x":{x}}}"#))).is_ok());
    for bad in [
        made(&format!(r#"{{"kty":"OKP","crv":"Ed25519","x":{x},"d":{x}}}"#)),
        made(&format!(r#"{{"kty":"OKP","crv":"Ed25519","x":{x},"x":{x}}}"#)),
        made(r#"{"kty":"oct","k":"AAAA"}"#),
        made("[]"),
        "did:jwk:e30x%3D".to_owned(),
        "did:jwk:e31".to_owned(),
    ] {
        assert_eq!(resolved(&bad), Err(ResolveError::InvalidDid), "{bad}");
    }
}

#[test]
fn did_5_a_did_web_leads_to_its_own_place_alone() {
    for (text, url) in [
        ("did:web:w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/did.json"),
        ("did:web:w3c-ccg.github.io:user:alice", "https://w3c-ccg.github.io/user/alice/did.json"),
        ("did:web:example.com%3A3000:user:alice", "https://example.com:3000/user/alice/did.json"),
        ("did:web:xn--9n2bp8q.example", "https://xn--9n2bp8q.example/.well-known/did.json"),
        ("did:web:example.com:%EA%B5%AC", "https://example.com/%EA%B5%AC/did.json"),
        ("did:web:localhost%3a8443", "https://localhost:8443/.well-known/did.json"),
    ] {
        assert_eq!(web::url(&did(text)).as_deref(), Ok(url));
    }
    for bad in [
        "did:web:127.0.0.1",
        "did:web:10.1",
        "did:web:2130706433",
        "did:web:0x7f000001",
        "did:web:example.0x1",
        "did:web:example.0X1",
        "did:web:%5B%3A%3A1%5D",
        "did:web:example.com%3A",
        "did:web:example.com%3A0",
        "did:web:example.com%3A70000",
        "did:web:example.com%3A80%3A80",
        "did:web:user%40example.com",
        "did:web:example.com%2Fx",
        "did:web:example.com.",
        "did:web:.example.com",
        "did:web:-a.example",
        "did:web:a-.example",
        "did:web:exam_ple.com",
        "did:web:example.com::x",
        "did:web:example.com:..:x",
        "did:web:example.com:.",
        "did:web:example.com:%2e%2E:x",
        "did:web:example.com:.%2e:x",
        "did:web:example.com:a%2Fb",
        "did:web:example.com:a%5cb",
        "did:web:example.com:a%252e",
        "did:web:example.com:a%3Fb",
        "did:web:example.com:a%23b",
    ] {
        assert_eq!(web::url(&did(bad)), Err(ResolveError::InvalidDid), "{bad}");
    }
}

fn library(id: &str) -> Value {
    let jwk = signer().jwk().to_value();
    json!({ "@context": ["https://www.w3.org/ns/did/v1"], "id": id,
        "verificationMethod": [
            { "id": format!("{id}#a"), "type": "JsonWebKey2020", "controller": id, "publicKeyJwk": jwk },
            { "id": "#b", "type": "Multikey", "controller": id, "publicKeyMultibase": multibase::encode_key(&signer().jwk().key) },
            { "id": "#old", "type": "RsaVerificationKey2018", "controller": id, "publicKeyPem": "…" }],
        "assertionMethod": [format!("{id}#a"), "#old",
            { "id": "#c", "type": "JsonWebKey", "controller": id, "publicKeyJwk": jwk }],
        "authentication": ["#b", "did:example:another#key"],
        "service": [{ "id": "#도서관", "type": ["Library"], "serviceEndpoint": "https://library.example" }],
        "name": "마포 \u{1103}\u{1169}서관" })
}

const LIBRARY: &str = "did:web:library.seoul.example";

#[test]
fn did_2_a_document_is_that_of_the_did_that_was_asked_for() {
    assert_eq!(fetched(LIBRARY, &library(LIBRARY)).unwrap().to_value(), library(LIBRARY));
    for other in ["did:web:thief.example", "did:web:library.seoul.example:x", "did:web:Library.seoul.example"]
    {
        assert_eq!(fetched(LIBRARY, &library(other)), Err(ResolveError::OtherDocument), "{other}");
    }
    // A method that an app brings cannot hand out another's document either.
    struct Liar;
    impl Method for Liar {
        fn name(&self) -> &str {
            "liar"
        }
        fn begin(&self, _: &Did) -> Result<Step, ResolveError> {
            let document = Document::parse(library(LIBRARY).to_string().as_bytes());
            document.map(|document| Step::Resolved(Box::new(document))).map_err(ResolveError::Document)
        }
    }
    let resolver = Resolver::new().with(Box::new(Liar));
    assert_eq!(resolver.resolve(&did("did:liar:x")).unwrap_err(), ResolveError::OtherDocument);
    assert_eq!(Resolver::new().resolve(&did("did:liar:x")).unwrap_err(), ResolveError::UnknownMethod);
    assert!(
        matches!(resolver.resolve(&did(LIBRARY)), Ok(Resolution::Fetch(fetch)) if fetch.url().ends_with("/did.json"))
    );
}

#[test]
fn did_4_a_key_counts_for_what_it_is_listed_for() {
    let document = fetched(LIBRARY, &library(LIBRARY)).unwrap();
    let key = |name: &str, purpose| document.key(name, purpose).map(|jwk| jwk.key);
    let (assertion, authentication) = (Relationship::AssertionMethod, Relationship::Authentication);
    let own = signer().jwk().key;
    assert_eq!(key("#a", assertion), Ok(own));
    assert_eq!(key(&format!("{LIBRARY}#c"), assertion), Ok(own));
    assert_eq!(key("#b", authentication), Ok(own));
    assert_eq!(key("#a", authentication), Err(DocumentError::NotForThis));
    // Embedded in one relationship, it is for that one alone (DID core, section 5.3).
    assert_eq!(key("#c", authentication), Err(DocumentError::NotForThis));
    assert_eq!(key("#b", assertion), Err(DocumentError::NotForThis));
    assert_eq!(key("#old", assertion), Err(DocumentError::Unsupported));
    for absent in ["#d", "a", "", "did:web:thief.example#a", LIBRARY, "did:example:another#key"] {
        assert_eq!(key(absent, assertion), Err(DocumentError::NoSuchKey), "{absent}");
    }
    assert_eq!(document.methods_for(authentication).count(), 1);
    assert_eq!(document.services()[0].kinds, ["Library"]);
}

#[test]
fn did_3_a_document_says_what_it_says_once_and_no_secret() {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut document = library(LIBRARY);
        change(&mut document);
        fetched(LIBRARY, &document).map(drop)
    };
    let malformed = Err(ResolveError::Document(DocumentError::Malformed));
    assert_eq!(with(&|_| ()), Ok(()));
    assert_eq!(with(&|d| d["verificationMethod"][1]["id"] = json!("#a")), malformed);
    assert_eq!(with(&|d| d["assertionMethod"][2]["id"] = json!("#a")), malformed);
    assert_eq!(with(&|d| d["verificationMethod"][0]["publicKeyMultibase"] = json!("z")), malformed);
    assert_eq!(with(&|d| d["verificationMethod"][0]["publicKeyJwk"]["x"] = json!("AAAA")), malformed);
    assert_eq!(with(&|d| d["verificationMethod"] = json!({})), malformed);
    assert_eq!(with(&|d| d["verificationMethod"][0]["controller"] = json!("me")), malformed);
    assert_eq!(with(&|d| d["service"][0]["serviceEndpoint"].take().as_null().unwrap_or(())), Ok(()));
    assert_eq!(with(&|d| d["service"] = json!([{}])), malformed);
    assert_eq!(with(&|d| d["id"] = json!(7)), malformed);
    let private = Err(ResolveError::Document(DocumentError::Private));
    assert_eq!(with(&|d| d["verificationMethod"][0]["publicKeyJwk"]["d"] = json!("AAAA")), private);
    assert_eq!(with(&|d| d["verificationMethod"][2]["privateKeyMultibase"] = json!("z")), private);
    let twice = library(LIBRARY).to_string().replacen('{', &format!("{{\"id\":\"{LIBRARY}\","), 1);
    assert_eq!(Document::parse(twice.as_bytes()), Err(DocumentError::Malformed));
    assert_eq!(Document::parse(&vec![b' '; 300_000]), Err(DocumentError::Malformed));
    let many: Vec<Value> =
        (0..300).map(|_| json!({ "id": "#s", "type": "x", "serviceEndpoint": "y" })).collect();
    assert_eq!(with(&|d| d["service"] = json!(many)), malformed);
}

#[test]
fn did_3_a_document_is_read_up_to_its_bounds_and_no_further() {
    let padded = |length: usize| {
        let mut bytes = library(LIBRARY).to_string().into_bytes();
        bytes.resize(length, b' ');
        Document::parse(&bytes).map(drop)
    };
    assert_eq!(padded(document::LARGEST), Ok(()));
    assert_eq!(padded(document::LARGEST + 1), Err(DocumentError::Malformed));

    let least = json!({ "id": LIBRARY });
    let with = |name: &str, entries: Vec<Value>| {
        let mut document = least.clone();
        document[name] = json!(entries);
        document
    };
    let parse = |document: &Value| Document::parse(document.to_string().as_bytes()).map(drop);
    let service = |n: usize| json!({ "id": format!("#s{n}"), "type": "x", "serviceEndpoint": "y" });
    assert_eq!(parse(&with("service", (0..256).map(service).collect())), Ok(()));
    assert_eq!(parse(&with("service", (0..257).map(service).collect())), Err(DocumentError::Malformed));
    // Keys that are embedded in relationships count with the others.
    let method = |n: usize| json!({ "id": format!("#k{n}"), "type": "x", "controller": LIBRARY });
    let mut full = with("verificationMethod", (0..256).map(method).collect());
    assert_eq!(parse(&full), Ok(()));
    full["authentication"] = json!([method(256)]);
    assert_eq!(parse(&full), Err(DocumentError::Malformed));
    for name in ["id", "type", "controller"] {
        let mut method = method(0);
        method.as_object_mut().unwrap().remove(name);
        let document = with("verificationMethod", vec![method]);
        assert_eq!(parse(&document), Err(DocumentError::Malformed), "{name}");
    }
}

#[test]
fn a_document_that_is_made_says_what_it_says_and_nothing_empty() {
    let text = "did:key:z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F";
    let multibase = text.strip_prefix("did:key:").unwrap();
    let name = format!("{text}#{multibase}");
    let expected = json!({
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"], "id": text,
        "verificationMethod": [
            { "id": name, "type": "Multikey", "controller": text, "publicKeyMultibase": multibase }],
        "keyAgreement": [name] });
    assert_eq!(resolved(text).unwrap().to_value(), expected);
}

#[test]
fn a_key_is_read_out_of_a_did_of_its_own_method_alone() {
    let key = signer().jwk().key;
    let (jwk, multikey) = (jwk::did(&key).unwrap(), key::did(&key).unwrap());
    let other = |did: &Did| Did::parse(&format!("did:other:{}", did.specific_id())).unwrap();
    assert!(jwk::key(&jwk).is_ok() && key::key(&multikey).is_ok());
    assert_eq!(jwk::key(&other(&jwk)), Err(ResolveError::InvalidDid));
    assert_eq!(key::key(&other(&multikey)), Err(ResolveError::InvalidDid));
    assert_eq!(web::url(&did("did:other:library.example")), Err(ResolveError::InvalidDid));
}

#[test]
fn did_5_a_domain_name_has_253_characters_at_most() {
    let label = "a".repeat(63);
    let name = |last: usize| format!("did:web:{label}.{label}.{label}.{}", "b".repeat(last));
    assert!(web::url(&did(&name(61))).is_ok());
    assert_eq!(web::url(&did(&name(62))), Err(ResolveError::InvalidDid));
    assert_eq!(web::url(&did(&format!("did:web:{label}a.example"))), Err(ResolveError::InvalidDid));
}

#[test]
fn did_6_an_organisation_has_one_did_on_the_ledger() {
    let id = SeoulId::from_bytes([0xab; 32]);
    let text = format!("did:seoul:{}", "ab".repeat(32));
    assert_eq!(id.to_did().unwrap(), did(&text));
    assert_eq!(SeoulId::from_did(&did(&text)), Ok(id));
    assert!(matches!(Resolver::new().resolve(&did(&text)), Ok(Resolution::Ledger(asked)) if asked == id));
    for bad in [
        format!("did:seoul:{}", "AB".repeat(32)),
        format!("did:seoul:{}", "ab".repeat(31)),
        format!("did:seoul:{}", "ab".repeat(33)),
        format!("did:seoul:{}g", "ab".repeat(31)),
        format!("did:seoul:x:{}", "ab".repeat(31)),
        format!("did:web:{}", "ab".repeat(32)),
    ] {
        assert!(SeoulId::from_did(&did(&bad)).is_err(), "{bad}");
    }

    let keys = [SeoulKey {
        fragment: "sign-1",
        key: signer().jwk().key,
        purposes: &[Relationship::AssertionMethod],
    }];
    let services =
        [SeoulService { fragment: "status", kind: "StatusList", endpoint: "https://seoul.example/status" }];
    let document = seoul::document(id, &keys, &services).unwrap();
    assert_eq!(document.id(), &did(&text));
    assert_eq!(document.key("#sign-1", Relationship::AssertionMethod).unwrap().key, keys[0].key);
    assert_eq!(document.services()[0].endpoint, "https://seoul.example/status");
    assert_eq!(Document::parse(document.to_value().to_string().as_bytes()), Ok(document));
    let twice = [keys[0].clone(), keys[0].clone()];
    assert!(seoul::document(id, &twice, &[]).is_err());
    let bad = [SeoulKey { fragment: "a b", ..keys[0].clone() }];
    assert!(seoul::document(id, &bad, &[]).is_err());
}

#[test]
fn a_citizens_dids_have_nothing_in_common() {
    let made = || SoftwareSigner::generate(Algorithm::Es256, &mut random::system()).jwk().key;
    let (one, other) = (made(), made());
    assert_ne!(jwk::did(&one).unwrap(), jwk::did(&other).unwrap());
    let document = resolved(jwk::did(&one).unwrap().as_str()).unwrap();
    assert_eq!(document.key("#0", Relationship::Authentication).unwrap().key, one);
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(json in r#"[\[\]{}":,a-z0-9.#]{0,100}"#, id in "[a-zA-Z0-9._%:-]{0,60}") {
        let _ = Document::parse(json.as_bytes());
        let mut document = library(LIBRARY);
        document["verificationMethod"][0] = serde_json::from_str(&json).unwrap_or(json!(json));
        let _ = Document::parse(document.to_string().as_bytes());
        for method in ["key", "jwk", "web", "seoul"] {
            if let Ok(did) = Did::parse(&format!("did:{method}:{id}")) {
                let _ = Resolver::new().resolve(&did);
            }
        }
        if let Ok(url) = Did::parse(&format!("did:web:{id}")).map_err(|_| ResolveError::InvalidDid).and_then(|did| web::url(&did)) {
            prop_assert!(url.starts_with("https://") && url.ends_with("/did.json"), "{}", url);
            prop_assert!(!url.contains("/../") && !url.contains('@'), "{}", url);
        }
    }
}
