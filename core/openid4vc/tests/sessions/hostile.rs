//! Whatever a stranger writes is read or refused, and nothing panics.

use crate::world::*;
use citizen_jose::jwt;
use citizen_openid4vc::http::{HttpResponse, Reach, decode_form, encode_form};
use citizen_openid4vc::vci::{
    Client, CredentialOffer, IssuanceSession, IssuerMetadata, OfferLink, ServerMetadata,
};
use citizen_openid4vc::vp::{HolderSession, Profile, VerifierSession};
use citizen_primitives::random;
use proptest::prelude::*;
use serde_json::{Value, json};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~가-힣\u{1100}-\u{11ff}]{0,12}".prop_map(Value::from),
        Just(json!("https://library.seoul.example/x")),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        let name = prop_oneof!["[a-z_]{1,12}", Just("credentials".to_owned()), Just("path".to_owned())];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..6).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![".{0,80}", "(openid4vp|openid-credential-offer|https)://\\?[a-z_=&%0-9:./{}\"]{0,120}"]
}

fn party() -> &'static Party {
    static PARTY: std::sync::OnceLock<Party> = std::sync::OnceLock::new();
    PARTY.get_or_init(|| Party::new(&[HOST]))
}

fn replaced(mut object: Value, at: usize, with: Value) -> Value {
    let members = object.as_object_mut().unwrap();
    let name = members.keys().nth(at % members.len()).unwrap().clone();
    members.insert(name, with);
    object
}

proptest! {
    #[test]
    fn any_text_is_a_link_or_none(text in any_text()) {
        let rng = &mut random::system();
        let _ = HolderSession::open(&text, Profile::default(), rng);
        let _ = OfferLink::parse(&text, Reach::Https);
        let _ = decode_form(&text);
        let _ = VerifierSession::wallet_nonce(&text);
    }

    #[test]
    fn any_member_of_a_signed_request_may_be_anything(at in 0..8_usize, with in any_json()) {
        let request = json!({
            "client_id": format!("x509_san_dns:{HOST}"), "aud": "https://self-issued.me/v2", "response_type": "vp_token",
            "response_mode": "direct_post.jwt", "response_uri": format!("https://{HOST}/r"), "nonce": "n", "dcql_query": query(),
            "client_metadata": { "vp_formats_supported": { "dc+sd-jwt": {} } }, "transaction_data": ["e30"],
        });
        let request = replaced(request, at, with);
        let header = party().header().with_typ("oauth-authz-req+jwt");
        let token = jwt::sign(&header, &request, &party().signer).unwrap();
        let fields = encode_form(&[("client_id", &format!("x509_san_dns:{HOST}")), ("request", &token)]);
        let rng = &mut random::system();
        let mut session = HolderSession::open(&format!("openid4vp://?{fields}"), Profile::default(), rng).unwrap();
        let _ = session.identify(party().known(), NOW, rng);
        let _ = session.next();
    }

    #[test]
    fn any_offer_and_any_metadata_is_read_or_refused(at in 0..12_usize, with in any_json()) {
        let issuer = endpoint("https://issuer.seoul.example");
        let offer = json!({ "credential_issuer": issuer.as_str(), "credential_configuration_ids": ["a"], "grants": {} });
        let _ = CredentialOffer::from_value(&replaced(offer, at, with.clone()), Reach::Https);
        let metadata = json!({ "credential_issuer": issuer.as_str(), "credential_endpoint": "https://issuer.seoul.example/c",
            "credential_configurations_supported": { "a": { "format": "dc+sd-jwt" } }, "authorization_servers": ["https://x.example"],
            "batch_credential_issuance": { "batch_size": 2 }, "nonce_endpoint": "https://issuer.seoul.example/n" });
        let _ = IssuerMetadata::from_value(replaced(metadata, at, with.clone()).as_object().unwrap(), &issuer, Reach::Https);
        let server = json!({ "issuer": "https://x.example", "token_endpoint": "https://x.example/t", "dpop_signing_alg_values_supported": ["ES256"] });
        let _ = ServerMetadata::from_value(replaced(server, at, with.clone()).as_object().unwrap(), "https://x.example", Reach::Https);

        let client = Client { reach: Reach::Https, client_id: "w".to_owned(), redirect_uri: "https://w.example".to_owned(), copies: 1 };
        let fields = encode_form(&[("credential_offer_uri", "https://issuer.seoul.example/o")]);
        let rng = &mut random::system();
        let link = format!("openid-credential-offer://?{fields}");
        let mut session = IssuanceSession::open(&link, client, NOW, rng).unwrap();
        let _ = session.answer(&HttpResponse::ok(&with), NOW, rng);
    }
}
