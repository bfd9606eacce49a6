//! What a type says of itself, at its own address: names, what must be there, and what a lying host does.

use crate::cut::{Cut, When};
use crate::offers::{take_of, town};
use crate::office::{MEMBER, Office, Shared, cut_wallet};
use crate::refill::pass;
use crate::support::{Gateway, Phone};
use citizen_credential::vc::check_integrity;
use citizen_jose::base64url;
use citizen_primitives::Hash;
use citizen_wallet::error::{Party, Subject};
use citizen_wallet::{Wallet, WalletError, place};
use serde_json::{Value, json};
use std::sync::Arc;

const ABOVE: &str = "https://types.seoul.example/person";
const WRONG: WalletError = WalletError::Unverified { what: Subject::Credential, source: Party::Issuer };

fn labels(ko: &str, en: &str) -> Value {
    json!([{ "locale": "ko", "label": ko }, { "locale": "en", "label": en }])
}

/// The type, and the one that it extends.
fn described() -> (Value, Value) {
    let member = json!({
        "vct": MEMBER, "extends": ABOVE,
        "display": [{ "locale": "ko", "name": "구립 회원증" }, { "locale": "en", "name": "District Membership" }],
        "claims": [{ "path": ["age_over_19"], "display": labels("어른", "Adult"), "sd": "always", "mandatory": true }],
    });
    let person = json!({
        "vct": ABOVE,
        "claims": [{ "path": ["address", "district"], "display": labels("사는 구", "District of residence") }],
    });
    (member, person)
}

fn digest(document: &Value) -> String {
    let digest = Hash::plain(&[document.to_string().as_bytes()]);
    let text = base64url::encode(digest.as_bytes()).replace('-', "+").replace('_', "/");
    let text = format!("sha256-{text}=");
    check_integrity(document.to_string().as_bytes(), &text).unwrap();
    text
}

fn publish(office: &Shared, (member, person): &(Value, Value)) {
    let mut office = office.lock().unwrap();
    office.types.insert(MEMBER.to_owned(), member.to_string());
    office.types.insert(ABOVE.to_owned(), person.to_string());
}

fn city() -> (Arc<Gateway>, Shared, Wallet) {
    let (gateway, office, _phone, wallet) = town();
    (gateway, office, wallet)
}

async fn receive(wallet: &Wallet, office: &Shared, name: &str) -> Result<(), WalletError> {
    take_of(wallet, office, name, &["member"]).await.map(drop)
}

/// What the first credential and some of its claims are called.
fn called(wallet: &Wallet) -> (String, String, Vec<Option<String>>) {
    let held = wallet.credentials().unwrap();
    let detail = wallet.credential(held[0].id()).unwrap();
    let label = |path: &str| {
        let claim = detail.disclosable().iter().find(|claim| claim.path() == path).unwrap();
        claim.label().clone().map(|label| label.ko)
    };
    let labels = ["age_over_19", "address.district", "name"].map(label);
    (held[0].name().ko.clone(), held[0].name().en.clone(), labels.to_vec())
}

fn by_the_type() -> (String, String, Vec<Option<String>>) {
    let labels = ["어른", "사는 구", "성명"].map(|label| Some(label.to_owned()));
    ("구립 회원증".to_owned(), "District Membership".to_owned(), labels.to_vec())
}

/// By the issuer's own metadata.
fn by_the_issuer() -> (String, String, Vec<Option<String>>) {
    let labels = vec![Some("19세 이상".to_owned()), None, Some("성명".to_owned())];
    ("회원증".to_owned(), "Membership".to_owned(), labels)
}

#[tokio::test]
async fn card_52_a_type_names_itself_and_its_claims_and_the_issuer_what_is_left() {
    let (_, office, wallet) = city();
    let both = described();
    publish(&office, &both);
    office.lock().unwrap().integrity = Some(digest(&both.0));
    receive(&wallet, &office, "홍 길동").await.unwrap();
    assert_eq!(called(&wallet), by_the_type());
    assert_eq!(office.lock().unwrap().types_asked, [MEMBER, ABOVE]);
}

#[tokio::test]
async fn card_52_without_a_description_the_issuers_names_do() {
    let (_, office, wallet) = city();
    receive(&wallet, &office, "홍 길동").await.unwrap();
    assert_eq!(called(&wallet), by_the_issuer());
    // One of which a part is missing is none.
    let (member, _) = described();
    office.lock().unwrap().types.insert(MEMBER.to_owned(), member.to_string());
    receive(&wallet, &office, "임 꺽정").await.unwrap();
    assert_eq!(called(&wallet), by_the_issuer());
}

#[tokio::test]
async fn card_52_a_description_that_a_host_has_changed_is_not_used() {
    let (_, office, wallet) = city();
    let both = described();
    let mut lying = both.clone();
    lying.0["claims"][0]["display"] = labels("19세 미만", "Under 19");
    publish(&office, &lying);
    office.lock().unwrap().integrity = Some(digest(&both.0));
    receive(&wallet, &office, "홍 길동").await.unwrap();
    assert_eq!(called(&wallet), by_the_issuer());
    // Nor one that is right and extends one that was changed.
    let (mut member, person) = both;
    member["extends#integrity"] = json!(digest(&person));
    publish(&office, &(member.clone(), json!({ "vct": ABOVE, "claims": [] })));
    office.lock().unwrap().integrity = Some(digest(&member));
    receive(&wallet, &office, "임 꺽정").await.unwrap();
    assert_eq!(called(&wallet), by_the_issuer());
    publish(&office, &(member, person));
    receive(&wallet, &office, "성 춘향").await.unwrap();
    let held = wallet.credentials().unwrap();
    assert!(held.iter().all(|held| held.name().ko == "구립 회원증"), "and the right ones are");
}

#[tokio::test]
async fn card_52_types_in_a_circle_or_in_too_long_a_chain_end() {
    let (_, office, wallet) = city();
    let (member, _) = described();
    publish(&office, &(member.clone(), json!({ "vct": ABOVE, "extends": MEMBER })));
    receive(&wallet, &office, "홍 길동").await.unwrap();
    assert_eq!(called(&wallet), by_the_issuer());
    let at = |number: u32| format!("{ABOVE}/{number}");
    let mut first = member;
    first["extends"] = json!(at(0));
    office.lock().unwrap().types.insert(MEMBER.to_owned(), first.to_string());
    for number in 0..20 {
        let link = json!({ "vct": at(number), "extends": at(number + 1) });
        office.lock().unwrap().types.insert(at(number), link.to_string());
    }
    office.lock().unwrap().types_asked.clear();
    receive(&wallet, &office, "임 꺽정").await.unwrap();
    assert_eq!(called(&wallet), by_the_issuer());
    assert_eq!(office.lock().unwrap().types_asked.len(), 8);
}

#[tokio::test]
async fn card_52_a_credential_that_is_not_as_its_type_demands_is_not_held() {
    for broken in [
        json!({ "path": ["age_over_19"], "sd": "never" }),
        json!({ "path": ["nationality"], "mandatory": true }),
    ] {
        let (_, office, wallet) = city();
        let (mut member, person) = described();
        member["claims"] = json!([broken]);
        publish(&office, &(member, person));
        assert_eq!(receive(&wallet, &office, "홍 길동").await.unwrap_err(), WRONG, "{broken}");
        assert!(wallet.credentials().unwrap().is_empty());
    }
}

#[tokio::test]
async fn card_52_a_description_is_kept_and_asked_for_again_after_a_week_or_if_another_is_pinned() {
    let (gateway, office, wallet) = city();
    let both = described();
    publish(&office, &both);
    receive(&wallet, &office, "홍 길동").await.unwrap();
    receive(&wallet, &office, "임 꺽정").await.unwrap();
    assert_eq!(office.lock().unwrap().types_asked.len(), 2, "once each");
    let mut newer = both.0;
    newer["display"][0]["name"] = json!("새 회원증");
    publish(&office, &(newer.clone(), both.1));
    office.lock().unwrap().integrity = Some(digest(&newer));
    receive(&wallet, &office, "성 춘향").await.unwrap();
    assert_eq!(called(&wallet).0, "새 회원증");
    assert_eq!(office.lock().unwrap().types_asked.len(), 3, "the one that is pinned");
    office.lock().unwrap().integrity = None;
    pass(&gateway, &office, &wallet, 8);
    receive(&wallet, &office, "이 몽룡").await.unwrap();
    assert_eq!(office.lock().unwrap().types_asked.len(), 5, "and both after a week");
}

#[tokio::test]
async fn card_52_a_phone_killed_while_it_asks_for_a_type_can_have_the_credential_again() {
    for when in [When::Before, When::After] {
        let (gateway, office) = Office::open();
        publish(&office, &described());
        let phone = Phone::new(&gateway, 1);
        drop(phone.create());
        let cut = Cut::at(place::ASK_TYPE, when);
        let dying = cut_wallet(&phone, &cut);
        drop(receive(&dying, &office, "홍 길동").await);
        assert!(cut.is_dead());
        drop(dying);
        let wallet = phone.reopen().unwrap();
        drop(wallet.refresh_credentials().await.unwrap());
        if wallet.credentials().unwrap().is_empty() {
            receive(&wallet, &office, "홍 길동").await.unwrap();
        }
        assert_eq!(called(&wallet), by_the_type());
    }
}
