//! Two verifiers put together what they were shown: they have nothing in common but what every citizen's has, and the claims shown.

use crate::office::{ISSUER, LIBRARY, LIST, Office, SPORTS, query, with_card};
use citizen_jose::base64url;
use serde_json::Value;
use std::collections::BTreeSet;

/// Every text and number in what was posted, decoded to the last one: header, payload, disclosures, key binding.
pub fn scalars(posted: &str) -> BTreeSet<String> {
    let fields = citizen_openid4vc::http::decode_form(posted).unwrap();
    let token: Value = serde_json::from_str(&fields["vp_token"]).unwrap();
    let presentation = token["card"][0].as_str().unwrap();
    let mut all = BTreeSet::new();
    for part in presentation.split('~') {
        for piece in part.split('.') {
            match base64url::decode(piece).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
                Some(value) => leaves(&value, &mut all),
                None => {
                    all.insert(piece.to_owned());
                }
            }
        }
    }
    all.insert(fields["state"].clone());
    all
}

pub fn leaves(value: &Value, all: &mut BTreeSet<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|one| leaves(one, all)),
        Value::Object(members) => members.values().for_each(|one| leaves(one, all)),
        Value::String(text) => {
            all.insert(text.clone());
        }
        other => {
            all.insert(other.to_string());
        }
    }
}

#[tokio::test]
async fn card_9_two_presentations_share_nothing_but_issuer_type_and_the_claims_shown() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    for host in [LIBRARY, SPORTS] {
        let link = office.lock().unwrap().ask(host, host, &query(&[&["age_over_19"]]));
        let review = wallet.review_presentation(&link).await.unwrap();
        let choice = review.suggested().unwrap();
        wallet.present_credentials(review, &choice).await.unwrap();
        // The minute of a presentation is the verifier's to know; here it would be the same by chance.
        gateway.town(|town| town.chain.idle(3));
    }
    let office = office.lock().unwrap();
    let [first, second] = [0, 1].map(|index: usize| scalars(&office.posted[index].1));
    let x5c = office.office.chain.to_value()[0].as_str().unwrap().to_owned();
    let shared: BTreeSet<&String> = first.intersection(&second).collect();
    let of_everybody =
        ["ES256", "dc+sd-jwt", "kb+jwt", "sha-256", "EC", "P-256", crate::office::CARD, ISSUER, LIST, &x5c];
    let claims_shown = ["age_over_19", "true", ""];
    for value in &shared {
        let is_a_day = value.parse::<u64>().is_ok_and(|time| time > 0 && time % 86_400 == 0);
        let is_known = of_everybody.contains(&value.as_str()) || claims_shown.contains(&value.as_str());
        assert!(is_known || is_a_day, "both verifiers have {value}");
    }
    assert!(shared.iter().any(|value| value.as_str() == "age_over_19"), "the test sees what is shared");
    assert!(first.len() > 15, "the test sees what was sent: {}", first.len());
}
