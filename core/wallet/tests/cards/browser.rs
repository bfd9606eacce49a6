//! The card is received by signing in at the issuer's page, in the browser, while the app may be stopped (CARD-17, CARD-18).

use crate::crash::RECEIVING;
use crate::cut::{Cut, When};
use crate::offers::{take, town};
use crate::office::{Fault, ISSUER, OWN_ADDRESS, Office, Shared, anchor, cut_wallet, register, unregister};
use crate::support::Phone;
use crate::support::phone::{PIN, RETURN_ADDRESS};
use crate::unanswered::{Lossy, is_whole, lossy};
use citizen_ledger::CertificateRole;
use citizen_openid4vc::http::{decode_form, encode_form};
use citizen_openid4vc::vci::Turn;
use citizen_primitives::{Place, Seconds, random};
use citizen_wallet::error::{Input, Party, Reason, Subject};
use citizen_wallet::{DeepLink, ReturnAddress, Wallet, WalletError, place};
use serde_json::json;

/// Before the browser, and when it comes back; what follows is cut as every receiving is.
pub const SIGNING_IN: [Place; 4] = [
    place::SEND_AUTHORIZATION,
    place::AUTHORIZATION_BEGUN,
    place::AUTHORIZATION_RETURNED,
    place::AUTHORIZATION_ENDED,
];
const UNKNOWN: WalletError = WalletError::Invalid { input: Input::AuthorizationUnknown };

impl Office {
    /// An offer to whoever signs in.
    fn poster(&self) -> String {
        self.issuer.offer_after_sign_in(&["citizen-card"]).to_link()
    }

    /// What somebody does in the browser, at an address: where it comes back to.
    fn browse(&mut self, address: &str, name: Option<&str>) -> Option<String> {
        let fields = decode_form(address.split_once('?')?.1)?;
        let asked = (fields["client_id"].as_str(), fields["request_uri"].as_str());
        let now = self.now;
        let turn = &mut Turn { rows: &mut self.open, now, rng: &mut random::system() };
        match name {
            Some(name) => self.issuer.authorize(asked, name, turn),
            None => self.issuer.declined(asked, turn),
        }
    }
}

/// The address that the app opens in the browser.
async fn begin(wallet: &Wallet, office: &Shared) -> Result<String, WalletError> {
    let link = office.lock().unwrap().poster();
    let review = wallet.review_offer(&link).await?;
    Ok(wallet.authorize_offer(review).await?.address().clone())
}

fn signed_in(office: &Shared, address: &str) -> String {
    office.lock().unwrap().browse(address, Some("홍 길동")).unwrap()
}

#[tokio::test]
async fn card_17_she_signs_in_at_the_issuers_page_and_holds_the_card() {
    let (_gateway, office, _phone, wallet) = town();
    let link = office.lock().unwrap().poster();
    let review = wallet.review_offer(&link).await.unwrap();
    let view = review.view();
    assert!(*view.can_accept() && *view.needs_browser() && !*view.needs_code());
    assert!(*view.issuer().is_registered() && view.text().ko.contains("본인 확인"), "{:?}", view.text());
    let needed = WalletError::Invalid { input: Input::BrowserNeeded };
    assert_eq!(wallet.accept_offer(review, None).await.unwrap_err(), needed);
    assert_eq!(wallet.pending_authorization().unwrap(), None);

    let review = wallet.review_offer(&link).await.unwrap();
    let begun = wallet.authorize_offer(review).await.unwrap();
    assert!(begun.address().starts_with(&format!("{ISSUER}/authorize?")), "{}", begun.address());
    assert_eq!((begun.host().as_str(), *begun.can_open()), ("issuer.seoul.example", true));
    assert!(begun.opens_until().unwrap() < *begun.until() && begun.issuer().ko == "서울시청");
    assert_eq!(wallet.pending_authorization().unwrap(), Some(begun.clone()));
    assert_eq!((office.lock().unwrap().issued, wallet.credentials().unwrap().len()), (0, 0));

    let back = signed_in(&office, begun.address());
    assert_eq!(DeepLink::of(&back), DeepLink::AuthorizationReturn(back.clone()));
    let cards = wallet.complete_authorization(&format!(" {back}\n")).await.unwrap();
    assert_eq!((cards.len(), *cards[0].copies_left()), (1, 4));
    assert_eq!(office.lock().unwrap().notified, 1);
    assert_eq!(wallet.pending_authorization().unwrap(), None);
    let asked = office.lock().unwrap().asked;
    assert_eq!(wallet.complete_authorization(&back).await.unwrap_err(), UNKNOWN, "once");
    assert_eq!(office.lock().unwrap().asked, asked, "and nobody is asked");
    assert!(is_whole(&wallet, &office));
}

#[tokio::test]
async fn card_17_an_offer_may_be_fetched_and_one_with_a_code_needs_no_browser() {
    let (_gateway, office, _phone, wallet) = town();
    let poster = office.lock().unwrap().issuer.offer_after_sign_in(&["citizen-card"]).to_value();
    office.lock().unwrap().by_reference = poster.clone();
    let fetched = encode_form(&[("credential_offer_uri", "https://issuer.seoul.example/offers/1")]);
    let review = wallet.review_offer(&format!("openid-credential-offer://?{fetched}")).await.unwrap();
    let address = wallet.authorize_offer(review).await.unwrap().address().clone();
    let back = signed_in(&office, &address);
    assert_eq!(wallet.complete_authorization(&back).await.unwrap().len(), 1);

    let (link, code) = office.lock().unwrap().offer("김 샘플");
    let offer = decode_form(link.split_once('?').unwrap().1).unwrap().remove("credential_offer").unwrap();
    let mut both: serde_json::Value = serde_json::from_str(&offer).unwrap();
    both["grants"]["authorization_code"] = json!({});
    let both = encode_form(&[("credential_offer", &both.to_string())]);
    let both = format!("openid-credential-offer://?{both}");
    let review = wallet.review_offer(&both).await.unwrap();
    assert!(*review.view().needs_code() && !*review.view().needs_browser());
    let kind = WalletError::Invalid { input: Input::OfferKind };
    assert_eq!(wallet.authorize_offer(review).await.unwrap_err(), kind);
    assert_eq!(take(&wallet, &both, Some(&code)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn card_17_an_app_that_was_stopped_while_the_browser_was_open_goes_on() {
    let (_gateway, office, phone, wallet) = town();
    let address = begin(&wallet, &office).await.unwrap();
    let begun = wallet.pending_authorization().unwrap().unwrap();
    drop(wallet);
    let back = signed_in(&office, &address);
    let wallet = phone.reopen().unwrap();
    assert_eq!(wallet.pending_authorization().unwrap(), Some(begun));
    assert_eq!(wallet.complete_authorization(&back).await.unwrap().len(), 1);
    assert!(is_whole(&wallet, &office));
}

#[tokio::test]
async fn card_17_a_phone_killed_anywhere_holds_the_card_once_or_begins_again() {
    let ended = place::AUTHORIZATION_ENDED;
    let places = SIGNING_IN.into_iter().filter(|place| *place != ended).chain(RECEIVING);
    for place in places.filter(|place| ![place::ASK_OFFER, place::ISSUANCE_BEGUN].contains(place)) {
        for when in [When::Before, When::After] {
            let (gateway, office) = Office::open();
            let phone = Phone::new(&gateway, 1);
            drop(phone.create());
            let cut = Cut::at(place, when);
            let dying = cut_wallet(&phone, &cut);
            let mut back = None;
            if let Ok(address) = begin(&dying, &office).await {
                back = Some(signed_in(&office, &address));
                drop(dying.complete_authorization(back.as_ref().unwrap()).await);
            }
            assert!(cut.is_dead(), "{place} was not visited");
            drop(dying);
            let wallet = phone.reopen().unwrap();
            anchor(&gateway, &office);
            wallet.refresh_credentials().await.unwrap();
            let mut held = wallet.credentials().unwrap().len();
            if let (0, Some(back)) = (held, &back) {
                // Nothing was taken yet: the link is opened again.
                held = wallet.complete_authorization(back).await.unwrap().len();
            }
            if held == 0 {
                let address = begin(&wallet, &office).await.unwrap();
                wallet.complete_authorization(&signed_in(&office, &address)).await.unwrap();
            }
            assert!(is_whole(&wallet, &office), "{place} {when:?}");
            assert_eq!(wallet.pending_authorization().unwrap(), None, "{place} {when:?}");
        }
    }
}

#[tokio::test]
async fn card_70_an_app_without_an_address_for_the_way_back_takes_no_offer_that_needs_the_browser() {
    let (gateway, office) = Office::open();
    let phone = Phone::new(&gateway, 1);
    let mut config = phone.config().with_city(phone.city());
    config.return_address = None;
    let (wallet, _) = Wallet::create(config, PIN).unwrap();
    let link = office.lock().unwrap().poster();
    let review = wallet.review_offer(&link).await.unwrap();
    assert!(*review.view().needs_browser());
    let asked = office.lock().unwrap().asked;
    let missing = WalletError::Invalid { input: Input::ReturnAddressMissing };
    assert_eq!(wallet.authorize_offer(review).await.unwrap_err(), missing);
    assert_eq!(office.lock().unwrap().asked, asked, "nobody heard of it");
    assert!(wallet.pending_authorization().unwrap().is_none());
    let back = format!("{RETURN_ADDRESS}?code=a&state=b");
    assert_eq!(wallet.complete_authorization(&back).await.unwrap_err(), UNKNOWN);
}

#[tokio::test]
async fn card_70_the_browser_comes_back_to_the_apps_own_address() {
    let (gateway, office) = Office::open();
    let phone = Phone::new(&gateway, 1);
    let mut config = phone.config().with_city(phone.city());
    config.return_address = Some(ReturnAddress::new(OWN_ADDRESS).unwrap());
    config.client_id = "a-districts-wallet".to_owned();
    let (wallet, _) = Wallet::create(config, PIN).unwrap();
    let address = begin(&wallet, &office).await.unwrap();
    assert!(address.contains("client_id=a-districts-wallet"), "{address}");
    let back = signed_in(&office, &address);
    assert!(back.starts_with(&format!("{OWN_ADDRESS}?")), "{back}");
    assert_eq!(DeepLink::of(&back), DeepLink::AuthorizationReturn(back.clone()));
    let foreign = back.replace(OWN_ADDRESS, RETURN_ADDRESS);
    assert_eq!(wallet.complete_authorization(&foreign).await.unwrap_err(), UNKNOWN, "another app's");
    assert_eq!(wallet.complete_authorization(&back).await.unwrap().len(), 1);
}

#[tokio::test]
async fn card_18_what_belongs_to_no_sign_in_that_waits_changes_nothing_and_asks_nobody() {
    let (gateway, office, _phone, wallet) = town();
    let elsewhere = Phone::new(&gateway, 2);
    let other = begin(&elsewhere.create().0, &office).await.unwrap();
    let foreign = signed_in(&office, &other);
    assert_eq!(wallet.complete_authorization(&foreign).await.unwrap_err(), UNKNOWN, "none waits");
    let address = begin(&wallet, &office).await.unwrap();
    let back = signed_in(&office, &address);
    let asked = office.lock().unwrap().asked;
    for wrong in [
        foreign.clone(),
        back.replace("&state=", "&state=x"),
        back.replace("&state=", "&was="),
        back.replace(RETURN_ADDRESS, "https://evil.example/back"),
        format!("{RETURN_ADDRESS}?error=access_denied"),
        format!("{back}&code=other"),
        RETURN_ADDRESS.to_owned(),
        "hello".to_owned(),
    ] {
        assert_eq!(wallet.complete_authorization(&wrong).await.unwrap_err(), UNKNOWN, "{wrong}");
    }
    assert_eq!(office.lock().unwrap().asked, asked);
    assert_eq!(wallet.complete_authorization(&back).await.unwrap().len(), 1, "hers still counts");
}

#[tokio::test]
async fn card_18_another_servers_answer_ends_the_sign_in() {
    for field in ["iss", "was"] {
        let (_gateway, office, _phone, wallet) = town();
        let address = begin(&wallet, &office).await.unwrap();
        let back = signed_in(&office, &address);
        let mixed = match field {
            "iss" => back.replace("iss=https%3A%2F%2Fissuer", "iss=https%3A%2F%2Fevil"),
            _ => back.replace("&iss=", "&was="),
        };
        assert_ne!(mixed, back);
        let asked = office.lock().unwrap().asked;
        let wrong = WalletError::Unverified { what: Subject::Authorization, source: Party::Issuer };
        assert_eq!(wallet.complete_authorization(&mixed).await.unwrap_err(), wrong, "RFC 9207");
        assert_eq!(
            wallet.complete_authorization(&back).await.unwrap_err(),
            UNKNOWN,
            "it is not gone on with"
        );
        let office = office.lock().unwrap();
        assert_eq!((office.asked, office.issued), (asked, 0));
    }
}

/// What the issuer says when the browser is back may be another's word than what it said before.
#[tokio::test]
async fn card_18_the_code_goes_to_the_server_that_was_asked_whatever_the_issuer_says_now() {
    let (_gateway, office, _phone, wallet) = town();
    let address = begin(&wallet, &office).await.unwrap();
    let back = signed_in(&office, &address);
    office.lock().unwrap().fault = Fault::AnotherServer;
    let wrong = WalletError::Unverified { what: Subject::Authorization, source: Party::Issuer };
    assert_eq!(wallet.complete_authorization(&back).await.unwrap_err(), wrong);
    assert_eq!(office.lock().unwrap().issued, 0);
    let asked = office.lock().unwrap().asked;
    assert!(wallet.refresh_credentials().await.unwrap().is_empty(), "nothing waits any more");
    assert_eq!(office.lock().unwrap().asked, asked);
}

#[tokio::test]
async fn card_18_what_was_declined_or_took_too_long_is_said_and_over() {
    let (gateway, office, _phone, wallet) = town();
    let address = begin(&wallet, &office).await.unwrap();
    let declined = office.lock().unwrap().browse(&address, None).unwrap();
    let refused = WalletError::Refused { by: Party::Issuer, reason: Reason::SignInDeclined };
    assert_eq!(wallet.complete_authorization(&declined).await.unwrap_err(), refused);
    assert_eq!(wallet.complete_authorization(&declined).await.unwrap_err(), UNKNOWN, "said once");
    assert!(refused.message().ko.contains("거절") && refused.message().en.contains("declined"));

    let address = begin(&wallet, &office).await.unwrap();
    let begun = wallet.pending_authorization().unwrap().unwrap();
    let back = signed_in(&office, &address);
    gateway.clock.set(begun.opens_until().unwrap().plus(Seconds::new(1)));
    let away = wallet.pending_authorization().unwrap().unwrap();
    assert!(!*away.can_open() && away.text().ko.contains("다시"), "{:?}", away.text());
    gateway.clock.set(begun.until().plus(Seconds::new(1)));
    let late = WalletError::Expired { what: Subject::Authorization };
    assert_eq!(wallet.complete_authorization(&back).await.unwrap_err(), late);
    assert_eq!(wallet.complete_authorization(&back).await.unwrap_err(), UNKNOWN);
    assert_eq!(office.lock().unwrap().issued, 0);
}

#[tokio::test]
async fn card_18_one_sign_in_waits_until_its_time_or_she_gives_it_up_or_begins_another() {
    let (gateway, office, _phone, wallet) = town();
    let first = signed_in(&office, &begin(&wallet, &office).await.unwrap());
    wallet.cancel_authorization().await.unwrap();
    assert_eq!(wallet.pending_authorization().unwrap(), None);
    assert_eq!(wallet.complete_authorization(&first).await.unwrap_err(), UNKNOWN, "given up");
    wallet.cancel_authorization().await.unwrap();

    let second = signed_in(&office, &begin(&wallet, &office).await.unwrap());
    let third = begin(&wallet, &office).await.unwrap();
    assert_eq!(wallet.complete_authorization(&second).await.unwrap_err(), UNKNOWN, "another took its place");
    let until = *wallet.pending_authorization().unwrap().unwrap().until();
    gateway.clock.set(until.plus(Seconds::new(1)));
    assert_eq!(wallet.pending_authorization().unwrap(), None, "its time is over");
    let late = signed_in(&office, &third);
    assert_eq!(wallet.complete_authorization(&late).await.unwrap_err(), UNKNOWN, "and it is forgotten");
}

#[tokio::test]
async fn card_16_a_lost_answer_after_a_sign_in_is_asked_for_again_and_is_the_same_order() {
    let mut lost = 0;
    for place in [place::SEND_GRANT, place::SEND_KEY_PROOFS] {
        for number in 0..8 {
            for by_link in [false, true] {
                let (gateway, office) = Office::open();
                let (way, phone, mut wallet) = lossy(&gateway, (place, number), None);
                let back = signed_in(&office, &begin(&wallet, &office).await.unwrap());
                let received = wallet.complete_authorization(&back).await;
                if !was_lost(&way) {
                    break;
                }
                lost += 1;
                assert_eq!(received.unwrap_err(), WalletError::Offline { can_queue: false });
                drop(wallet);
                wallet = phone.reopen().unwrap();
                anchor(&gateway, &office);
                if by_link {
                    wallet.complete_authorization(&back).await.unwrap();
                } else {
                    wallet.refresh_credentials().await.unwrap();
                }
                assert!(is_whole(&wallet, &office), "{place} {number} {by_link}");
            }
        }
    }
    assert!(lost >= 8, "token and credentials, each with the nonce before it: {lost}");
}

fn was_lost(way: &Lossy) -> bool {
    way.at.lock().unwrap().is_none()
}

#[tokio::test]
async fn card_16_a_code_that_the_issuer_takes_no_more_is_said_and_asked_for_no_more() {
    let (_gateway, office, _phone, wallet) = town();
    let back = signed_in(&office, &begin(&wallet, &office).await.unwrap());
    office.lock().unwrap().forget();
    let spent = WalletError::Refused { by: Party::Issuer, reason: Reason::GrantSpent };
    assert_eq!(wallet.complete_authorization(&back).await.unwrap_err(), spent);
    assert_eq!(wallet.complete_authorization(&back).await.unwrap_err(), UNKNOWN);
    assert!(wallet.refresh_credentials().await.unwrap().is_empty());
}

#[tokio::test]
async fn card_1_an_issuer_that_the_registry_does_not_have_signs_nobody_in() {
    let (gateway, office, _phone, wallet) = town();
    let thumbprint = office.lock().unwrap().office.thumbprint();
    let before = signed_in(&office, &begin(&wallet, &office).await.unwrap());
    let poster = office.lock().unwrap().poster();
    let review = wallet.review_offer(&poster).await.unwrap();
    unregister(&gateway, CertificateRole::Issuer, &thumbprint);
    let unknown = WalletError::UnknownParty { claims_to_be: Party::Issuer };
    assert_eq!(begin(&wallet, &office).await.unwrap_err(), unknown);
    let old = WalletError::Expired { what: Subject::Review };
    assert_eq!(wallet.authorize_offer(review).await.unwrap_err(), old);
    assert_eq!(
        wallet.complete_authorization(&before).await.unwrap_err(),
        unknown,
        "registered then, not now"
    );
    assert!(wallet.refresh_credentials().await.unwrap().is_empty(), "and it is asked for no more");
    assert_eq!(office.lock().unwrap().issued, 0);
    register(&gateway, &office, CertificateRole::Issuer, "issuer");
    let back = signed_in(&office, &begin(&wallet, &office).await.unwrap());
    assert_eq!(wallet.complete_authorization(&back).await.unwrap().len(), 1);
}
