//! What a key signs of transactions, by a wallet that writes the binding itself (OpenID4VP 1.0, B.3.3.1).

use crate::vp::{ask, identification, payment, profile};
use crate::world::*;
use citizen_jose::{Signer as _, base64url};
use citizen_openid4vc::http::{HttpResponse, decode_form, encode_form};
use citizen_openid4vc::vp::*;
use citizen_primitives::random;
use serde_json::{Value, json};

/// What a verifier says to a presentation that authorises its transaction, the claims of whose binding were changed before they were signed.
fn verdict(change: impl FnOnce(&mut Value)) -> Result<Answer, VerifyError> {
    let (party, registry) = (Party::new(&[HOST]), Registry::new());
    let wallet = Wallet::with(&registry, &[("card", PID, identity())]);
    let data = payment(|_| {})[0].as_str().unwrap().to_owned();
    let asked = Ask { transactions: vec![data], ..ask(ResponseMode::DirectPost) };
    let rng = &mut random::system();
    let mut verifier = VerifierSession::start(identification(&party), asked, NOW, rng);
    let link = verifier.link(&endpoint(&format!("https://{HOST}/request/1")), false);
    let mut session = HolderSession::open(&link, profile(), rng).unwrap();
    let token = verifier.request_object(None, &party.signer, NOW).unwrap();
    session.answer(&HttpResponse::new(200, "application/oauth-authz-req+jwt", token)).unwrap();
    session.identify(party.known(), NOW, rng).unwrap();
    wallet.agree(&mut session);
    let Step::Send(post) = session.next() else { panic!() };
    let mut fields = decode_form(&post.body).unwrap();
    let mut shown: Value = serde_json::from_str(&fields["vp_token"]).unwrap();
    let (sd_jwt, binding) = shown["pid"][0].as_str().unwrap().rsplit_once('~').unwrap();
    let parts: Vec<&str> = binding.split('.').collect();
    let mut claims: Value = serde_json::from_slice(&base64url::decode(parts[1]).unwrap()).unwrap();
    change(&mut claims);
    let input = format!("{}.{}", parts[0], base64url::encode(claims.to_string()));
    let signature = base64url::encode(wallet.held[0].key.sign(input.as_bytes()).unwrap());
    shown["pid"][0] = format!("{sd_jwt}~{input}.{signature}").into();
    fields.insert("vp_token".to_owned(), shown.to_string());
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    verifier.verify(&encode_form(&fields), &registry, NOW)
}

/// VP-7
#[test]
fn vp_7_hashes_of_another_algorithm_authorise_nothing() {
    assert!(matches!(verdict(|_| {}), Ok(Answer::Presented(_))));
    let named = |name: Value| verdict(|claims| claims["transaction_data_hashes_alg"] = name);
    assert!(matches!(named(json!("sha-256")), Ok(Answer::Presented(_))), "named, as it is when left out");
    for other in [json!("sha-512"), json!("SHA-256"), json!(["sha-256"]), json!(256), Value::Null] {
        assert!(matches!(named(other.clone()), Err(VerifyError::Transaction)), "{other}");
    }
}

/// VP-7
#[test]
fn vp_7_hashes_are_those_of_the_transactions_that_were_asked_for_and_no_others() {
    let hashes = |hashes: Value| verdict(|claims| claims["transaction_data_hashes"] = hashes);
    for wrong in [json!([]), json!("x"), json!([1]), json!([base64url::encode([7; 32])])] {
        assert!(matches!(hashes(wrong.clone()), Err(VerifyError::Transaction)), "{wrong}");
    }
    let more = verdict(|claims| {
        claims["transaction_data_hashes"].as_array_mut().unwrap().push(base64url::encode([7; 32]).into());
    });
    assert!(matches!(more, Err(VerifyError::Transaction)), "and one more that nobody asked for");
}
