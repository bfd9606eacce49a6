//! She signs in: a service knows her again, no other service knows the same, and nothing is lost or left behind on the way.

use crate::cut::{Cut, When};
use crate::office::{
    CARD, ISSUER, LIBRARY, LIST, Office, SPORTS, Shared, cut_wallet, query, receive, with_card,
};
use crate::support::Phone;
use crate::support::phone::PIN;
use crate::unlinkable::{leaves, scalars};
use citizen_jose::{Thumbprint, base64url};
use citizen_openid4vc::dcql::Query;
use citizen_openid4vc::vp::{SignIn, Subject};
use citizen_wallet::error::{Input, Party, Reason};
use citizen_wallet::place::{self, CARD_PLACES};
use citizen_wallet::{Wallet, WalletError};
use serde_json::Value;
use std::collections::BTreeSet;

/// Asks for "over 19" and to sign in.
pub fn over_19() -> Query {
    Query::from_value(&query(&[&["age_over_19"]])).unwrap()
}

/// She signs in at a service that asks for this, and agrees to the least.
pub async fn sign_in(wallet: &Wallet, office: &Shared, host: &str, asks: Query) -> Result<(), WalletError> {
    let number = office.lock().unwrap().posted.len();
    let link = office.lock().unwrap().ask_to_sign_in(host, &format!("{host}-{number}"), asks, SignIn::Bound);
    let review = wallet.review_presentation(&link).await?;
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.map(drop)
}

/// Who has signed in so far, in order.
pub fn subjects(office: &Shared) -> Vec<Thumbprint> {
    office.lock().unwrap().subjects.iter().map(Subject::thumbprint).collect()
}

#[tokio::test]
async fn card_11_a_service_knows_her_again_without_being_shown_anything_more() {
    let (gateway, office) = Office::open();
    let (phone, wallet) = with_card(&gateway, &office).await;
    let link = office.lock().unwrap().ask_to_sign_in(LIBRARY, "1", over_19(), SignIn::Bound);
    let review = wallet.review_presentation(&link).await.unwrap();
    let told = review.view().sign_in().clone().unwrap();
    assert!(!*told.is_known() && told.last().is_none());
    assert!(told.text().ko.contains("처음") && told.text().ko.contains("마포구립도서관"), "{told:?}");
    assert!(wallet.services().unwrap().is_empty(), "nothing has happened yet");
    let choice = review.suggested().unwrap();
    let done = wallet.present_credentials(review, &choice).await.unwrap();
    assert!(done.text().en.contains("signed in"), "{done:?}");

    drop(wallet);
    let wallet = phone.reopen().unwrap();
    let link = office.lock().unwrap().ask_to_sign_in(LIBRARY, "2", Query::nothing(), SignIn::Bound);
    let review = wallet.review_presentation(&link).await.unwrap();
    let view = review.view();
    assert!(view.asked().is_empty() && *view.can_present());
    assert!(view.text().ko.contains("로그인") && *view.sign_in().clone().unwrap().is_known());
    let choice = review.suggested().unwrap();
    assert!(choice.picks.is_empty());
    wallet.present_credentials(review, &choice).await.unwrap();
    let seen = subjects(&office);
    assert_eq!(seen[0], seen[1], "the same person");
    assert_eq!(office.lock().unwrap().answers[1], Ok(Value::Array(Vec::new())), "who shows nothing");
    assert_eq!(*wallet.credentials().unwrap()[0].copies_left(), 3, "one copy was shown, once");

    let services = wallet.services().unwrap();
    assert_eq!((services.len(), services[0].host().as_str()), (1, LIBRARY));
    assert_eq!(services[0].service().ko, "마포구립도서관");
    let log = wallet.credential_log().unwrap();
    let kinds: Vec<_> = log.iter().map(|line| *line.kind()).collect();
    assert_eq!(kinds, ["received", "presented", "signed-in", "signed-in"]);
    assert!(log[2].text().en.contains("first time") && !log[3].text().en.contains("first time"));
}

#[tokio::test]
async fn card_11_who_asks_for_no_sign_in_gets_none_and_whom_the_registry_does_not_have_gets_nothing() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let link = office.lock().unwrap().ask(LIBRARY, "1", &query(&[&["age_over_19"]]));
    let review = wallet.review_presentation(&link).await.unwrap();
    assert!(review.view().sign_in().is_none());
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.unwrap();
    assert!(!office.lock().unwrap().posted[0].1.contains("id_token"));
    assert!(wallet.services().unwrap().is_empty());

    let thumbprint = office.lock().unwrap().library.thumbprint();
    crate::office::unregister(&gateway, citizen_ledger::CertificateRole::Verifier, &thumbprint);
    let unknown = WalletError::UnknownParty { claims_to_be: Party::Verifier };
    assert_eq!(sign_in(&wallet, &office, LIBRARY, Query::nothing()).await.unwrap_err(), unknown);
    assert!(wallet.services().unwrap().is_empty());
    assert_eq!(office.lock().unwrap().posted.len(), 1);
}

/// The registry says who a service is: not its certificate, which is renewed, and not its address.
#[tokio::test]
async fn card_11_a_service_with_another_certificate_is_the_same_service_where_the_registry_says_so() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    sign_in(&wallet, &office, LIBRARY, over_19()).await.unwrap();
    let since = *wallet.services().unwrap()[0].since();
    crate::refill::pass(&gateway, &office, &wallet, 1);
    office.lock().unwrap().library = crate::office::Party::new(LIBRARY);
    crate::office::register(&gateway, &office, citizen_ledger::CertificateRole::Verifier, LIBRARY);
    sign_in(&wallet, &office, LIBRARY, Query::nothing()).await.unwrap();
    let seen = subjects(&office);
    assert_eq!((seen[0] == seen[1], wallet.services().unwrap().len()), (true, 1));
    let known = wallet.services().unwrap()[0].clone();
    assert!(*known.since() == since && *known.last() > since, "since when it knows her stays");
}

#[tokio::test]
async fn card_11_a_service_that_was_forgotten_sees_a_new_person() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    for host in [LIBRARY, SPORTS] {
        sign_in(&wallet, &office, host, over_19()).await.unwrap();
    }
    let library = wallet.services().unwrap().into_iter().find(|one| one.host() == LIBRARY).unwrap();
    wallet.forget_service(library.id()).await.unwrap();
    assert_eq!(wallet.services().unwrap().len(), 1);
    let gone = WalletError::Invalid { input: Input::ServiceUnknown };
    assert_eq!(wallet.forget_service(library.id()).await.unwrap_err(), gone);
    let log = wallet.credential_log().unwrap();
    assert_eq!(*log.last().unwrap().kind(), "service-forgotten");
    for host in [LIBRARY, SPORTS] {
        sign_in(&wallet, &office, host, Query::nothing()).await.unwrap();
    }
    let seen = subjects(&office);
    assert_eq!((seen[0] == seen[2], seen[1] == seen[3]), (false, true));
}

/// All that a service has of a sign-in, decoded to the last value: presentation, ID token, and the key in its subject.
fn all_of(posted: &str) -> BTreeSet<String> {
    let mut all = scalars(posted);
    let token = citizen_openid4vc::http::decode_form(posted).unwrap().remove("id_token").unwrap();
    for piece in token.split('.') {
        match base64url::decode(piece).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            Some(value) => leaves(&value, &mut all),
            None => drop(all.insert(piece.to_owned())),
        }
    }
    let subject =
        all.iter().find_map(|value| value.strip_prefix("did:jwk:").filter(|key| !key.contains('#')));
    let key = base64url::decode(subject.unwrap()).unwrap();
    leaves(&serde_json::from_slice(&key).unwrap(), &mut all);
    all
}

#[tokio::test]
async fn card_12_two_services_put_together_what_they_have_and_cannot_tell_that_it_is_one_citizen() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    office.lock().unwrap().in_the_clear = true;
    for host in [LIBRARY, SPORTS] {
        sign_in(&wallet, &office, host, over_19()).await.unwrap();
        // The minute of a visit is the service's to know; here it would be the same by chance.
        gateway.town(|town| town.chain.idle(3));
    }
    let office = office.lock().unwrap();
    let [first, second] = [0, 1].map(|index: usize| all_of(&office.posted[index].1));
    let x5c = office.office.chain.to_value()[0].as_str().unwrap().to_owned();
    let of_everybody = [
        "ES256",
        "JWT",
        "dc+sd-jwt",
        "kb+jwt",
        "sha-256",
        "EC",
        "P-256",
        CARD,
        ISSUER,
        LIST,
        &x5c,
        "age_over_19",
        "true",
        "",
    ];
    for value in first.intersection(&second) {
        let is_a_day = value.parse::<u64>().is_ok_and(|time| time > 0 && time % 86_400 == 0);
        assert!(of_everybody.contains(&value.as_str()) || is_a_day, "both services have {value}");
    }
    assert!(first.len() > 22, "the test sees what was sent: {}", first.len());
    assert!(first.iter().any(|value| value.starts_with("did:jwk:")));
}

const SIGNING_IN: [citizen_primitives::Place; 4] =
    [place::ASK_REQUEST, place::SERVICE_KEY, place::COPIES_USED, place::SEND_PRESENTATION];

#[tokio::test]
async fn card_11_a_phone_killed_while_signing_in_is_never_two_persons_to_a_service() {
    assert!(SIGNING_IN.iter().all(|place| CARD_PLACES.contains(place)));
    for place in SIGNING_IN {
        for when in [When::Before, When::After] {
            let (gateway, office) = Office::open();
            let (phone, wallet) = with_card(&gateway, &office).await;
            drop(wallet);
            let cut = Cut::at(place, when);
            let dying = cut_wallet(&phone, &cut);
            assert!(sign_in(&dying, &office, LIBRARY, over_19()).await.is_err(), "{place} {when:?}");
            assert!(cut.is_dead(), "{place} was not visited");
            drop(dying);
            let wallet = phone.reopen().unwrap();
            for asks in [over_19(), Query::nothing()] {
                sign_in(&wallet, &office, LIBRARY, asks).await.unwrap();
            }
            let seen: BTreeSet<Thumbprint> = subjects(&office).into_iter().collect();
            assert_eq!(seen.len(), 1, "{place} {when:?}");
            assert_eq!(wallet.services().unwrap().len(), 1, "{place} {when:?}");
        }
    }
}

#[tokio::test]
async fn card_10_a_phone_whose_account_is_frozen_signs_in_nowhere() {
    let (gateway, office) = Office::open();
    let phone = Phone::new(&gateway, 1);
    let (wallet, code) = phone.with_points().await;
    receive(&wallet, &office, "홍 길동").await.unwrap();
    sign_in(&wallet, &office, LIBRARY, over_19()).await.unwrap();
    let sent = wallet.freeze(&code).await.unwrap();
    assert!(wallet.follow_submission(sent.id()).await.unwrap().is_done());
    let frozen = WalletError::Refused { by: Party::Ledger, reason: Reason::Frozen };
    for asks in [over_19(), Query::nothing()] {
        assert_eq!(sign_in(&wallet, &office, LIBRARY, asks).await.unwrap_err(), frozen);
    }
    assert_eq!(office.lock().unwrap().posted.len(), 1, "nothing left the phone");
    let sent = wallet.unfreeze(&code).await.unwrap();
    assert!(wallet.follow_submission(sent.id()).await.unwrap().is_done());
    sign_in(&wallet, &office, LIBRARY, Query::nothing()).await.unwrap();
    assert_eq!(subjects(&office)[0], subjects(&office)[1]);
}

/// She stops the account herself and shows something at once: what was proved a moment before counts no more (CARD-42).
#[tokio::test]
async fn card_10_and_42_a_freeze_that_this_phone_has_just_sent_counts_before_anything_has_proved_it() {
    let (gateway, office) = Office::open();
    let phone = Phone::new(&gateway, 1);
    let (wallet, code) = phone.with_points().await;
    receive(&wallet, &office, "홍 길동").await.unwrap();
    wallet.sync().await.unwrap();
    sign_in(&wallet, &office, LIBRARY, over_19()).await.unwrap();
    assert_eq!(*wallet.freeze(&code).await.unwrap().state(), "sent");
    let frozen = WalletError::Refused { by: Party::Ledger, reason: Reason::Frozen };
    assert_eq!(sign_in(&wallet, &office, LIBRARY, over_19()).await.unwrap_err(), frozen);
    assert_eq!(receive(&wallet, &office, "홍 길동").await.unwrap_err(), frozen);
    assert_eq!(office.lock().unwrap().posted.len(), 1, "nothing left the phone");
}

/// A new phone has none of the old one's keys: the service sees a new person, and the citizen is told so before she agrees.
#[tokio::test]
async fn card_11_a_new_phone_is_a_new_person_and_says_so() {
    let (gateway, office) = Office::open();
    let phone = Phone::new(&gateway, 1);
    let (wallet, code) = phone.with_points().await;
    receive(&wallet, &office, "홍 길동").await.unwrap();
    sign_in(&wallet, &office, LIBRARY, over_19()).await.unwrap();
    let backup = wallet.backup(&code).unwrap();
    drop(wallet);
    let (wallet, _) = Wallet::restore(Phone::new(&gateway, 2).config(), &backup, &code, PIN).await.unwrap();
    assert!(wallet.services().unwrap().is_empty());
    let link = office.lock().unwrap().ask_to_sign_in(LIBRARY, "new", Query::nothing(), SignIn::Bound);
    let review = wallet.review_presentation(&link).await.unwrap();
    let told = review.view().sign_in().clone().unwrap();
    assert!(!*told.is_known() && told.text().en.contains("another phone"), "{told:?}");
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.unwrap();
    let seen = subjects(&office);
    assert_ne!(seen[0], seen[1]);
}

#[tokio::test]
async fn card_11_a_sign_in_that_is_refused_makes_no_key() {
    let (gateway, office) = Office::open();
    let (phone, wallet) = with_card(&gateway, &office).await;
    drop(wallet);
    let cut = Cut::at(place::SERVICE_KEY, When::Before);
    let wallet = cut_wallet(&phone, &cut);
    let more = Query::from_value(&query(&[&["name"]])).unwrap();
    let refused = WalletError::Refused { by: Party::Phone, reason: Reason::BeyondGrant };
    assert_eq!(sign_in(&wallet, &office, LIBRARY, more).await.unwrap_err(), refused);
    assert!(!cut.is_dead(), "nothing was written");
    assert!(office.lock().unwrap().posted.is_empty());
}
