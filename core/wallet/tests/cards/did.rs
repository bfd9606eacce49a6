//! A verifier that is known by its DID on the ledger: `did:seoul`, proved, or nobody.

use crate::office::{CARD, LIBRARY, Office, Shared, query, with_card};
use crate::support::Gateway;
use crate::support::ledger::city::Block;
use crate::support::ledger::text;
use citizen_jose::{Algorithm, Header, Jwk, Signer as _};
use citizen_keys::SigningKey;
use citizen_ledger::did::{DidMethod, DidService, Fragment, MethodKey, Purposes};
use citizen_ledger::{
    CertificateGrant, CertificateRecord, CertificateRole, DidContent, DidRecord, GrantedClaim, GrantedData,
    Role, RoleRecord, state_key,
};
use citizen_openid4vc::dcql::Query;
use citizen_openid4vc::http::{Endpoint, Reach};
use citizen_openid4vc::vp::{Ask, ClientId, Identification, ResponseMode, VerifierSession};
use citizen_primitives::{Hash, Seconds, SeoulDid, UnixTime, random};
use citizen_wallet::error::{Party, Subject};
use citizen_wallet::{Wallet, WalletError};
use serde_json::json;
use std::sync::{Arc, Mutex};

const LITTLE: &[&[&str]] = &[&["age_over_19"], &["address", "district"]];
const DID: SeoulDid = SeoulDid::from_bytes([0xd1; 32]);
/// Another organisation's, registered as well.
const OTHER: SeoulDid = SeoulDid::from_bytes([0xd2; 32]);

pub fn creator() -> SigningKey {
    SigningKey::from_seed(&[91; 32])
}

pub fn hex(did: &SeoulDid) -> String {
    did.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the library's DID says.
fn record(office: &Shared) -> DidRecord {
    let key = office.lock().unwrap().library.signer.jwk();
    record_of(&key, Purposes::AUTHENTICATION, &format!("https://{LIBRARY}/"))
}

/// A DID of one key, at one address.
pub fn record_of(key: &Jwk, purposes: Purposes, endpoint: &str) -> DidRecord {
    let name = |text: &str| Fragment::new(text).unwrap();
    let content = DidContent {
        controllers: vec![creator().public()],
        threshold: 1,
        methods: vec![DidMethod {
            fragment: name("key-1"),
            key: MethodKey::P256(key.key.to_bytes().try_into().unwrap()),
            purposes,
        }],
        services: vec![DidService {
            fragment: name("site"),
            kind: name("LinkedDomains"),
            endpoint: text(endpoint),
        }],
    };
    let now = UnixTime::from_seconds(1);
    DidRecord {
        organisation: creator().id(),
        content,
        version: 1,
        created: now,
        updated: now,
        deactivated: false,
    }
}

pub fn anchor(gateway: &Gateway, did: &SeoulDid, record: &DidRecord) {
    gateway.town(|town| town.seal(Block::default().write(state_key::did(did), record)));
}

/// The organisation's role.
pub fn role() -> RoleRecord {
    RoleRecord {
        role: Role::Organisation,
        key: creator().public(),
        sealing: None,
        name_ko: text("마포구"),
        name_en: text("Mapo-gu"),
        from: UnixTime::from_seconds(0),
        until: None,
    }
}

/// The organisation's role, and what its DID may ask for.
fn admit(gateway: &Gateway, did: &SeoulDid) {
    let claim = |path: &[&str]| GrantedClaim(path.iter().map(|name| text(name)).collect());
    let listed = CertificateRecord {
        role: CertificateRole::Verifier,
        thumbprint: Hash::from_bytes(*did.as_bytes()),
        name_ko: text("마포구립도서관"),
        name_en: text("Mapo Library"),
        grants: vec![CertificateGrant {
            credential: text(CARD),
            data: GrantedData::Claims(vec![claim(&["age_over_19"]), claim(&["address", "district"])]),
            purpose_ko: text("회원 가입"),
            purpose_en: text("Membership"),
        }],
        anchor: None,
        from: UnixTime::from_seconds(0),
        until: UnixTime::from_seconds(4_000_000_000),
    };
    let key = state_key::certificate(CertificateRole::Verifier, &listed.thumbprint);
    let block = Block::default().write(state_key::role(Role::Organisation, &creator().id()), &role());
    gateway.town(|town| town.seal(block.write(key, &listed)));
}

/// The library asks under its DID, at a host.
fn ask(office: &Shared, gateway: &Gateway, id: &str, kid: &str, host: &str) -> String {
    let did = format!("did:seoul:{}", hex(&DID));
    let endpoint = |text: &str| Endpoint::parse(text, Reach::Https).unwrap();
    let identification = Identification {
        client_id: ClientId::parse(&format!("decentralized_identifier:{did}")).unwrap(),
        header: Header::new(Algorithm::Es256).with_kid(&format!("{did}#{kid}")),
    };
    let ask = Ask {
        query: Query::from_value(&query(LITTLE)).unwrap(),
        transactions: Vec::new(),
        response_uri: endpoint(&format!("https://{host}/response/{id}")),
        mode: ResponseMode::DirectPostJwt,
        name: None,
        valid_for: Seconds::new(86_400),
    };
    let now = gateway.town(|town| town.now());
    let session = VerifierSession::start(identification, ask, now, &mut random::system());
    let link = session.link(&endpoint(&format!("https://{LIBRARY}/request/{id}")), true);
    office.lock().unwrap().sessions.insert(id.to_owned(), (session, host.to_owned()));
    link
}

/// A city with the library's DID, and a phone with the card.
async fn city() -> (Arc<Gateway>, Shared, Wallet) {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    anchor(&gateway, &DID, &record(&office));
    admit(&gateway, &DID);
    (gateway, office, wallet)
}

/// What became of a request that nobody is proved to have made.
async fn is_refused(wallet: &Wallet, office: &Shared, link: &str) -> bool {
    let nothing_left = match wallet.review_presentation(link).await {
        Err(
            WalletError::Unverified { .. } | WalletError::UnknownParty { .. } | WalletError::Invalid { .. },
        ) => true,
        Err(other) => panic!("{other:?}"),
        Ok(review) => !*review.view().can_present(),
    };
    nothing_left && office.lock().unwrap().posted.is_empty()
}

#[tokio::test]
async fn card_13_a_verifier_is_known_by_its_did_on_the_ledger_and_shown_what_its_record_grants() {
    let (gateway, office, wallet) = city().await;
    let link = ask(&office, &gateway, "1", "key-1", LIBRARY);
    let review = wallet.review_presentation(&link).await.unwrap();
    assert!(*review.view().verifier().is_registered() && *review.view().can_present());
    assert_eq!(review.view().verifier().name().ko, "마포구립도서관");
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.unwrap();
    let answers = std::mem::take(&mut office.lock().unwrap().answers);
    assert_eq!(answers[0].clone().unwrap()[0]["address"], json!({ "district": "마포구" }));
}

#[tokio::test]
async fn card_13_a_did_that_is_not_the_askers_is_deactivated_or_has_no_admitted_owner_is_nobody() {
    type Change = fn(&mut DidRecord);
    let changes: [(&str, Change); 5] = [
        ("another key", |it| it.content.methods[0].key = MethodKey::Ed25519([7; 32])),
        ("a key for something else", |it| it.content.methods[0].purposes = Purposes::ASSERTION),
        ("at the host with something else", |it| {
            it.content.services[0].kind = Fragment::new("Files").unwrap()
        }),
        ("deactivated", |it| it.deactivated = true),
        ("of an organisation that is none", |it| it.organisation = SigningKey::from_seed(&[92; 32]).id()),
    ];
    for (name, change) in changes {
        let (gateway, office, wallet) = city().await;
        let mut other = record(&office);
        change(&mut other);
        anchor(&gateway, &DID, &other);
        let link = ask(&office, &gateway, "1", "key-1", LIBRARY);
        assert!(is_refused(&wallet, &office, &link).await, "{name}");
    }
    let (gateway, office, wallet) = city().await;
    let link = ask(&office, &gateway, "1", "key-2", LIBRARY);
    assert!(is_refused(&wallet, &office, &link).await, "a key that the document does not have");
    let (gateway, office, wallet) = city().await;
    let over = RoleRecord { until: Some(UnixTime::from_seconds(1)), ..role() };
    let key = state_key::role(Role::Organisation, &creator().id());
    gateway.town(|town| town.seal(Block::default().write(key, &over)));
    let link = ask(&office, &gateway, "1", "key-1", LIBRARY);
    assert!(is_refused(&wallet, &office, &link).await, "an organisation whose time is over");
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    anchor(&gateway, &DID, &record(&office));
    admit(&gateway, &OTHER);
    let link = ask(&office, &gateway, "1", "key-1", LIBRARY);
    assert!(is_refused(&wallet, &office, &link).await, "who it is, and nothing that it may ask for");
}

#[tokio::test]
async fn card_13_the_answer_goes_to_a_host_that_the_did_names() {
    let (gateway, office, wallet) = city().await;
    let link = ask(&office, &gateway, "1", "key-1", "elsewhere.example");
    let refused = wallet.review_presentation(&link).await.unwrap_err();
    assert_eq!(refused, WalletError::Unverified { what: Subject::Request, source: Party::Verifier });
}

#[tokio::test]
async fn card_13_a_did_that_has_changed_since_the_review_is_looked_at_again() {
    let (gateway, office, wallet) = city().await;
    let link = ask(&office, &gateway, "1", "key-1", LIBRARY);
    let review = wallet.review_presentation(&link).await.unwrap();
    let choice = review.suggested().unwrap();
    let rotated = DidRecord { version: 2, ..record(&office) };
    anchor(&gateway, &DID, &rotated);
    let old = WalletError::Expired { what: Subject::Review };
    assert_eq!(wallet.present_credentials(review, &choice).await.unwrap_err(), old);
    assert!(office.lock().unwrap().posted.is_empty());
}

#[tokio::test]
async fn card_13_a_lying_gateway_cannot_give_a_did_another_document() {
    let (gateway, office, wallet) = city().await;
    let link = ask(&office, &gateway, "1", "key-1", LIBRARY);
    // The answers as they are, in their order; then each of them with a byte changed, at many places.
    let seen: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
    let kept = Arc::clone(&seen);
    gateway.lie(move |path, body| {
        if path == "ledger/state" {
            kept.lock().unwrap().push(body.clone());
        }
        body
    });
    assert!(*wallet.review_presentation(&link).await.unwrap().view().can_present());
    let honest = seen.lock().unwrap().clone();
    let mut refused = 0;
    for (number, body) in honest.iter().enumerate() {
        for place in (0..body.len()).step_by((body.len() / 40).max(1)) {
            let count = Mutex::new(0);
            gateway.lie(move |path, mut body| {
                if path == "ledger/state" {
                    let mut count = count.lock().unwrap();
                    if let (true, Some(byte)) = (*count == number, body.get_mut(place)) {
                        *byte ^= 1;
                    }
                    *count += 1;
                }
                body
            });
            match wallet.review_presentation(&link).await {
                Ok(review) => {
                    assert_eq!(review.view().verifier().name().ko, "마포구립도서관", "{number} {place}")
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > 20, "{refused}");
    // The state of before, when the DID had this key, once it has another.
    gateway.be_honest();
    let mut rotated = record(&office);
    rotated.content.methods[0].key = MethodKey::Ed25519([7; 32]);
    rotated.version = 2;
    anchor(&gateway, &DID, &rotated);
    assert!(is_refused(&wallet, &office, &link).await);
    let turns = Mutex::new(honest.into_iter());
    gateway.lie(
        move |path, body| {
            if path == "ledger/state" { turns.lock().unwrap().next().unwrap_or(body) } else { body }
        },
    );
    assert!(matches!(wallet.review_presentation(&link).await, Err(WalletError::Unverified { .. })));
    assert!(office.lock().unwrap().posted.is_empty());
}
