//! What an issuer asks of a refresh token and of what comes again, one rule at a time, as strangers would send it.

use crate::issuer_rules::{CLIENT, Caller, later, signed_in, text, word};
use crate::refresh::{LASTING, lasting};
use crate::vci::{BACK, ISSUER, Server};
use citizen_jose::{Algorithm, Signer as _, SoftwareSigner};
use citizen_openid4vc::http::HttpResponse;
use citizen_openid4vc::vci::offer::PRE_AUTHORIZED;
use citizen_openid4vc::vci::proof::{self, Audience};
use citizen_primitives::random;
use serde_json::{Value, json};

const DAY: u64 = 86_400;

/// The code of an offer of the card.
fn offered(server: &mut Server, caller: &Caller) -> String {
    let (offer, _) = server.offer("A", &["citizen-card"], None, caller.at);
    offer.pre_authorized.unwrap().code
}

fn redeem(server: &mut Server, caller: &Caller, code: &str) -> HttpResponse {
    caller.redeem(server, &[("grant_type", PRE_AUTHORIZED), ("pre-authorized_code", code)])
}

fn refresh(server: &mut Server, caller: &Caller, token: &str, client: Option<&str>) -> HttpResponse {
    let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
    fields.extend(client.map(|client| ("client_id", client)));
    caller.redeem(server, &fields)
}

/// A caller's proof of a fresh key.
fn fresh_proof(server: &Server, caller: &Caller) -> Value {
    let nonce = text(&server.issuer.nonce(caller.at, &mut random::system()), "c_nonce");
    let signer = SoftwareSigner::generate(Algorithm::Es256, &mut random::system());
    let audience = Audience { issuer: ISSUER, client: None, nonce: Some(&nonce) };
    let unsigned = proof::unsigned(&signer.jwk(), &audience, caller.at).unwrap();
    let signature = signer.sign(unsigned.signing_input()).unwrap();
    json!({ "jwt": [unsigned.with_signature(&signature)] })
}

/// RFC 6749, section 6: a client that said its name when it signed in says it again.
#[test]
fn vci_13_a_refresh_token_is_for_the_client_that_it_was_given_to() {
    let (mut server, caller) = (lasting(), Caller::new());
    let (verifier, code) = signed_in(&mut server);
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", BACK),
        ("client_id", CLIENT),
        ("code_verifier", verifier.expose()),
    ];
    let hers = text(&caller.redeem(&mut server, &fields), "refresh_token");
    for client in [None, Some("another-wallet"), Some("")] {
        let refused = refresh(&mut server, &caller, &hers, client);
        assert_eq!(word(&refused), "invalid_grant", "{client:?}");
    }
    let code = offered(&mut server, &caller);
    let nobodys = text(&redeem(&mut server, &caller, &code), "refresh_token");
    assert_eq!(word(&refresh(&mut server, &caller, &nobodys, Some(CLIENT))), "invalid_grant", "it said none");
    // Whoever was refused has used nothing up.
    assert_eq!(refresh(&mut server, &caller, &hers, Some(CLIENT)).status, 200);
    assert_eq!(refresh(&mut server, &caller, &nobodys, None).status, 200);
}

/// A wallet that lost the answer hears it again; it does not live longer for that.
#[test]
fn vci_13_a_refresh_token_that_comes_again_prolongs_nothing() {
    let (mut server, mut caller) = (lasting(), Caller::new());
    let code = offered(&mut server, &caller);
    let first = text(&redeem(&mut server, &caller, &code), "refresh_token");
    caller.at = later(20 * DAY);
    let given = refresh(&mut server, &caller, &first, None);
    caller.at = later(20 * DAY + 100);
    let repeated = refresh(&mut server, &caller, &first, None);
    let second = text(&given, "refresh_token");
    assert_eq!(text(&repeated, "refresh_token"), second);
    let life = |answer: &HttpResponse| answer.object().unwrap()["expires_in"].as_u64().unwrap();
    assert_eq!(life(&repeated), life(&given) - 100, "the same access token");
    caller.at = later(80 * DAY);
    assert_eq!(text(&refresh(&mut server, &caller, &first, None), "refresh_token"), second);
    caller.at = later(20 * DAY + LASTING.refresh.count() + 1);
    assert_eq!(word(&refresh(&mut server, &caller, &second, None)), "invalid_grant", "since it was given");
}

#[test]
fn vci_7_and_13_a_code_whose_refresh_token_was_used_gives_none_again_and_no_access_token_anew() {
    let (mut server, mut caller) = (lasting(), Caller::new());
    let (code, unused) = (offered(&mut server, &caller), offered(&mut server, &caller));
    let given = redeem(&mut server, &caller, &code);
    let (access, first) = (text(&given, "access_token"), text(&given, "refresh_token"));
    redeem(&mut server, &caller, &unused);
    caller.at = later(100);
    let again = redeem(&mut server, &caller, &code);
    assert_eq!(
        (text(&again, "access_token"), text(&again, "refresh_token")),
        (access.clone(), first.clone())
    );
    assert_eq!(refresh(&mut server, &caller, &first, None).status, 200);
    caller.at = later(200);
    let again = redeem(&mut server, &caller, &code);
    assert_eq!(text(&again, "access_token"), access, "as long as it lives");
    assert!(again.object().unwrap().get("refresh_token").is_none(), "the wallet has had the answer");
    caller.at = later(3_600);
    assert_eq!(word(&redeem(&mut server, &caller, &code)), "invalid_grant");
    assert_eq!(redeem(&mut server, &caller, &unused).status, 200, "one whose answer may be lost still");
}

#[test]
fn vci_13_a_family_has_64_orders_in_a_day_and_repeats_are_none() {
    let (mut server, mut caller) = (lasting(), Caller::new());
    let code = offered(&mut server, &caller);
    let given = redeem(&mut server, &caller, &code);
    let (access, first) = (text(&given, "access_token"), text(&given, "refresh_token"));
    for number in 0..62 {
        let body = json!({ "number": number }).to_string();
        let refused = caller.call(&mut server, "credential", Some(&access), &body);
        assert_eq!(word(&refused), "invalid_credential_request", "it counts, whatever it asks for");
    }
    let (kept, last) = (fresh_proof(&server, &caller), fresh_proof(&server, &caller));
    for proof in [&kept, &kept, &kept, &last] {
        assert_eq!(caller.order(&mut server, &access, proof).status, 200);
    }
    let too_many = |server: &mut Server, access: &str| {
        let proof = fresh_proof(server, &caller);
        let refused = caller.order(server, access, &proof);
        assert_eq!((refused.status, word(&refused).as_str()), (400, "invalid_credential_request"));
    };
    too_many(&mut server, &access);
    let access = text(&refresh(&mut server, &caller, &first, None), "access_token");
    too_many(&mut server, &access);
    assert_eq!(caller.order(&mut server, &access, &kept).status, 200, "what was made comes again");
    let code = offered(&mut server, &caller);
    let other = text(&redeem(&mut server, &caller, &code), "access_token");
    let proof = fresh_proof(&server, &caller);
    assert_eq!(caller.order(&mut server, &other, &proof).status, 200, "another offer's");
    caller.at = later(DAY);
    let access = text(&refresh(&mut server, &caller, &first, None), "access_token");
    let proof = fresh_proof(&server, &caller);
    assert_eq!(caller.order(&mut server, &access, &proof).status, 200, "the next day");
}
