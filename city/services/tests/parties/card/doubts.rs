//! What makes a party doubt an issuer or its list, or look again.

use super::by_did::{Hospital, LIST, issued, refused, submit};
use super::wallet::{agree, hong, post, receive};
use super::world::{CardWorld, Certificate, ISSUER};
use crate::world::key;
use citizen_client::TransportError;
use citizen_credential::status::{Bits, Publication, StatusList};
use citizen_jose::{Algorithm, Header, UnverifiedJwt, jwt};
use citizen_ledger::{Action, AnchorStatus, CertificateRole, Signer};
use citizen_primitives::{Clock as _, Hash};
use city_services::ServiceError;
use city_services::verifier::{Outcome, Refused, Standing, Taken};
use serde_json::json;

const CARD: &str = "urn:seoul:citizen-card:1";

/// The registry names a certificate; that it has run out says the certificate itself.
#[tokio::test]
async fn verifier_2_a_certificate_that_has_run_out_signs_nothing_that_counts() {
    let hospital = Hospital::on_the_ledger();
    hospital.register();
    assert!(hospital.counts(&hospital.copy()).await);
    let card = &hospital.card;
    card.settle().await;
    let status = json!({ "status_list": { "idx": 3, "uri": format!("{ISSUER}/status-lists/0") } });
    let claims = json!({ "iss": ISSUER, "vct": CARD, "age_over_19": true, "address": { "district": "마포구" }, "status": status });
    for (year, standing) in [(2036, None), (2026, Some(refused(Refused::NotVerified)))] {
        let certificate = Certificate::until(year, None);
        card.register(CertificateRole::Issuer, &certificate, &[CARD]);
        let header = Header::new(Algorithm::Es256).with_typ("dc+sd-jwt").with_x5c(certificate.chain());
        let copy = issued(&header, &claims, &certificate.signer(), card.world.clock.now());
        let shown = hospital.show(&copy).await;
        // The list is another certificate's: of the one that counts nothing more is found out.
        assert_eq!(shown, standing.unwrap_or(refused(Refused::StatusUnknown)), "{year}");
    }
}

#[tokio::test]
async fn verifier_3_a_list_is_fetched_again_when_it_may_be_used_no_more_though_it_is_the_newest() {
    let card = CardWorld::new();
    let offer = card.issuer().offer(&hong(&["citizen-card"])).unwrap();
    let copies = receive(&card, &offer).await.unwrap();
    card.settle().await;
    let library = card.verifier("mapo-library");
    for (seconds, fetched) in [(0, 1), (290, 1), (20, 2)] {
        card.world.pass(seconds);
        let begun = library.begin().unwrap();
        let answer = agree(&card, &library, &begun, &[&copies[0]]);
        assert_eq!(post(&library, &answer).await, Ok(Taken::Yes));
        let standing = library.standing(&begun.ticket).unwrap().0;
        assert!(matches!(standing, Standing::Ended(Outcome::Accepted { .. })), "{standing:?}");
        assert_eq!(*card.wires.fetched.lock().unwrap(), fetched, "its ttl is five minutes");
    }
}

#[tokio::test]
async fn verifier_3_a_version_that_comes_while_the_list_is_fetched_is_fetched_too() {
    let hospital = Hospital::on_the_ledger();
    hospital.register();
    let old = hospital.away.served.lock().unwrap()[LIST].1.clone();
    hospital.card.world.clock.advance(1);
    hospital.publish(&[4]);
    *hospital.away.first.lock().unwrap() = Some(old);
    assert!(hospital.counts(&hospital.copy()).await, "the one that the ledger names comes the second time");
    // What is not a list's answer is none, whatever stands in it.
    hospital.card.world.clock.advance(1);
    hospital.publish(&[5]);
    let right = hospital.away.served.lock().unwrap()[LIST].1.clone();
    hospital.serve(LIST, (404, right));
    assert_eq!(hospital.show(&hospital.copy()).await, refused(Refused::StatusUnknown));
}

/// STATUS-6: it is signed by the issuer's key, and says that it is another certificate's.
#[tokio::test]
async fn verifier_3_a_list_that_brings_another_certificate_is_not_its_issuers() {
    let card = CardWorld::new();
    let offer = card.issuer().offer(&hong(&["citizen-card"])).unwrap();
    let copies = receive(&card, &offer).await.unwrap();
    card.settle().await;
    let library = card.verifier("mapo-library");
    let uri = format!("{ISSUER}/status-lists/0");
    let list = StatusList::new(Bits::One, 1 << 20).unwrap();
    for (version, chain, counts) in
        [(2, Certificate::new(None).chain(), false), (3, card.certificate.chain(), true)]
    {
        let issued_at = card.world.clock.now();
        let publication = Publication { uri: uri.clone(), issued_at, expires: None, time_to_live: None };
        let signed = publication.sign(&list, &card.certificate.signer()).unwrap();
        let claims = UnverifiedJwt::parse(&signed).unwrap().claims_unverified().clone();
        let header = Header::new(Algorithm::Es256).with_typ("statuslist+jwt").with_x5c(chain);
        let token = jwt::sign(&header, &claims, &card.certificate.signer()).unwrap();
        let anchor = AnchorStatus {
            certificate: card.certificate.thumbprint(),
            list: Hash::plain(&[uri.as_bytes()]),
            version,
            token: Hash::plain(&[token.as_bytes()]),
        };
        submit(&card, (Signer::Party { key: key(70).public() }, &[70]), Action::AnchorStatus(anchor));
        *card.wires.forged.lock().unwrap() = Some(token);
        let begun = library.begin().unwrap();
        let answer = agree(&card, &library, &begun, &[&copies[0]]);
        assert_eq!(post(&library, &answer).await, Ok(Taken::Yes));
        let standing = library.standing(&begun.ticket).unwrap().0;
        assert_eq!(matches!(standing, Standing::Ended(Outcome::Accepted { .. })), counts, "{standing:?}");
    }
}

/// A party that is cut off answers nobody, whatever it was asking for.
#[tokio::test]
async fn service_1_a_verifier_that_is_stopped_while_it_fetches_a_document_or_a_list_answers_nobody() {
    for hospital in [Hospital::on_a_server(), Hospital::on_the_ledger()] {
        hospital.register();
        let copy = hospital.copy();
        let begun = hospital.library.begin().unwrap();
        let answer = agree(&hospital.card, &hospital.library, &begun, &[&copy]);
        *hospital.away.down.lock().unwrap() = Some(TransportError::Stopped);
        assert_eq!(post(&hospital.library, &answer).await, Err(ServiceError::Stopped));
        assert_eq!(hospital.library.standing(&begun.ticket).unwrap().0, Standing::Waiting);
    }
}
