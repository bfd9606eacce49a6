//! Their wallet, and the city's issuer and verifiers.

use crate::town::{CARD, HONG, LOOKS, PAUSE, browse, city, header, offered, peer};
use citizen_client::Method;
use citizen_openid4vc::http::encode_form;
use city_sandbox::city::City;
use city_services::issuer::WALLET_ADDRESS;
use serde_json::{Value, json};

const COPIES: usize = 2;

async fn get(url: &str) -> String {
    String::from_utf8(browse(Method::Get, url, &[], String::new()).await.body).unwrap()
}

/// Once the issuer has anchored and published what becomes of its copies; another list than before.
async fn list_after(city: &City, before: &str) -> String {
    let url = format!("{}v1/issuer/status-lists/0", city.url());
    for _ in 0..LOOKS {
        let answer = browse(Method::Get, &url, &[], String::new()).await;
        let text = String::from_utf8(answer.body).unwrap();
        if answer.status == 200 && text != before {
            return text;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("no list was published")
}

/// Their wallet takes what an offer is for: by the typed code, or after a sign-in at the issuer's page. Each copy with its key.
async fn received(city: &City, offer: &str, code: Option<&str>) -> Option<Vec<Value>> {
    let setup = json!({ "offer": offer, "clientId": "their-wallet", "redirectUri": WALLET_ADDRESS, "txCode": code,
        "copies": COPIES, "issuers": [format!("{}v1/issuer", city.url())] });
    let mut wallet = peer("receive", setup)?;
    let mut message = wallet.hear();
    if let Some(address) = message["browse"].as_str() {
        let back = signed_in(city, address).await;
        wallet.say(&json!({ "back": back }));
        message = wallet.hear();
    }
    Some(message["held"].as_array().unwrap().clone())
}

/// What she does on the issuer's page; where it sends her back.
async fn signed_in(city: &City, address: &str) -> String {
    let page = browse(Method::Get, address, &[], String::new()).await;
    assert_eq!(page.status, 200);
    let cookie = header(&page, "set-cookie").split(';').next().unwrap().to_owned();
    let html = String::from_utf8(page.body).unwrap();
    let (_, word) = html.split_once("name=\"word\" value=\"").unwrap();
    let [number, name, birth_date] = HONG;
    let shown = encode_form(&[
        ("word", word.split('"').next().unwrap()),
        ("decision", "agree"),
        ("number", number),
        ("name", name),
        ("birth_date", birth_date),
    ]);
    let form = format!("{}&{shown}", address.split_once('?').unwrap().1);
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("cookie", &cookie)];
    let answer = browse(Method::Post, &format!("{}v1/issuer/authorize", city.url()), &headers, form).await;
    assert_eq!(answer.status, 303);
    header(&answer, "location").to_owned()
}

/// Their wallet shows a copy at the youth allowance's counter, bound by a key; how the visit ended.
async fn shown(city: &City, credential: &Value, key: &Value) -> String {
    let service = format!("{}v1/verifiers/youth-allowance/visits", city.url());
    let begun = browse(Method::Post, &service, &[], String::new()).await;
    let page = format!("{}{}/standing", city.url(), header(&begun, "location").trim_start_matches('/'));
    let standing: Value = serde_json::from_str(&get(&page).await).unwrap();
    let setup = json!({ "link": standing["link"], "credential": credential, "key": key,
        "frame": { "eligible": true } });
    let presented = peer("present", setup).unwrap().hear();
    assert!(presented["presented"].is_u64(), "{presented}");
    let standing: Value = serde_json::from_str(&get(&page).await).unwrap();
    standing["standing"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn issuer_2_their_wallet_gets_a_batch_for_a_typed_code_and_shows_it_to_the_citys_verifier() {
    let (city, _home) = city().await;
    let offer = offered(&city, &["youth-allowance"]);
    let Some(held) = received(&city, &offer.offer, Some(&offer.transaction_code)).await else { return };
    assert_eq!(held.len(), COPIES);
    let list = list_after(&city, "").await;
    let (first, second) = (&held[0], &held[1]);
    assert_eq!(shown(&city, &first["credential"], &first["key"]).await, "accepted");
    // Whoever has the copy and not its key has nothing.
    assert_eq!(shown(&city, &second["credential"], &first["key"]).await, "not-verified");
    city.cards().issuer.revoke(HONG[0], None).unwrap();
    list_after(&city, &list).await;
    assert_eq!(shown(&city, &second["credential"], &second["key"]).await, "credential-revoked");
    city.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn issuer_9_their_wallet_gets_the_card_after_a_sign_in_at_the_citys_page() {
    let (city, _home) = city().await;
    let poster: Value =
        serde_json::from_str(&get(&format!("{}v1/issuer/offers/citizen-card", city.url())).await).unwrap();
    let Some(held) = received(&city, poster["offer"].as_str().unwrap(), None).await else { return };
    assert_eq!(held.len(), COPIES);
    for copy in &held {
        let credential = copy["credential"].as_str().unwrap();
        let body = credential.split('.').nth(1).unwrap();
        let body: Value = serde_json::from_slice(&citizen_jose::base64url::decode(body).unwrap()).unwrap();
        assert_eq!((&body["vct"], &body["cnf"]["jwk"]["x"]), (&json!(CARD), &copy["key"]["x"]));
    }
    city.stop().await.unwrap();
}
