//! What outlives an access token: refresh tokens, and orders that take days.

use crate::vci::{Server, accept, issuer, open, prove};
use crate::world::NOW;
use citizen_jose::{Algorithm, SoftwareSigner};
use citizen_openid4vc::dpop::DpopKey;
use citizen_openid4vc::http::Reach;
use citizen_openid4vc::vci::{
    Client, Flow, IssuanceError, IssuanceSession, Issued, KeptGrant, Lasting, OpenRows as _, Step,
};
use citizen_primitives::{Seconds, UnixTime, random};

pub(crate) const LASTING: Lasting = Lasting {
    refresh: Seconds::new(90 * 86_400),
    order: Seconds::new(2 * 86_400),
    deferred: Seconds::new(30 * 86_400),
};
const ISSUER: &str = "https://issuer.seoul.example/card";

pub(crate) fn lasting() -> Server {
    let mut server = Server::new();
    server.issuer = issuer([1; 32]).with_lasting(LASTING);
    server
}

fn at(seconds: u64) -> UnixTime {
    NOW.plus(Seconds::new(seconds))
}

fn key(seed: u8) -> DpopKey {
    DpopKey::new(SoftwareSigner::from_bytes(Algorithm::Es256, &[seed; 32]).unwrap())
}

fn refused<T>(word: &str) -> Result<T, IssuanceError> {
    Err(IssuanceError::Refused(word.to_owned()))
}

fn send(session: &mut IssuanceSession, server: &mut Server, now: UnixTime) -> Result<(), IssuanceError> {
    while let Step::Send(request) = session.next() {
        session.answer(&server.serve(&request, now), now, &mut random::system())?;
    }
    Ok(())
}

/// A session that has a token for what was offered to somebody, and by which it gets another.
fn begun(server: &mut Server, whose: &str, names: &[&str], now: UnixTime) -> (IssuanceSession, KeptGrant) {
    let (offer, _) = server.offer(whose, names, None, now);
    let mut session = open(&offer.to_link()).with_token_key(key(7));
    send(&mut session, server, now).unwrap();
    accept(&mut session, names, Flow::PreAuthorized(None)).unwrap();
    session.renew(now, &mut random::system()).unwrap();
    send(&mut session, server, now).unwrap();
    let kept = session.grant().unwrap().clone();
    (session, kept)
}

/// Another session, by what was kept of the first.
fn again(
    server: &mut Server,
    (kept, key): (&KeptGrant, DpopKey),
    name: &str,
    now: UnixTime,
) -> Result<(IssuanceSession, KeptGrant), IssuanceError> {
    let client = Client {
        reach: Reach::Https,
        client_id: "seoul-wallet".to_owned(),
        redirect_uri: "https://wallet.seoul.example/back".to_owned(),
        copies: 5,
    };
    let rng = &mut random::system();
    let names = vec![name.to_owned()];
    let session = IssuanceSession::of_issuer(ISSUER, names.clone(), kept, client, now, rng)?;
    let mut session = session.with_token_key(key);
    send(&mut session, server, now)?;
    assert!(session.grant().is_none(), "nothing was asked for");
    session.take_up(kept, &names, now, rng)?;
    send(&mut session, server, now)?;
    let kept = session.grant().unwrap().clone();
    Ok((session, kept))
}

fn received(session: &mut IssuanceSession, server: &mut Server, now: UnixTime) -> Vec<Issued> {
    send(session, server, now).unwrap();
    let Step::Received(issued) = session.next() else { panic!("{:?}", session.next()) };
    assert_eq!(session.issued(), issued);
    issued
}

#[test]
fn vci_13_a_refresh_token_gives_one_successor_again_and_again_until_that_is_used() {
    let mut server = lasting();
    let (_, first) = begun(&mut server, "A", &["citizen-card"], NOW);
    let days = at(20 * 86_400);
    let mut take = |kept: &KeptGrant, key, now| again(&mut server, (kept, key), "citizen-card", now);
    let (_, second) = take(&first, key(7), days).unwrap();
    assert_ne!(first, second, "it is rotated");
    assert_eq!(take(&first, key(7), days).unwrap().1, second, "its answer was lost");
    let hour = days.plus(Seconds::new(3_600));
    assert_eq!(take(&first, key(7), hour).unwrap().1, second, "and the access token over");
    assert_eq!(take(&second, key(8), hour).err(), refused::<()>("invalid_grant").err(), "another's key");
    let (_, third) = take(&second, key(7), hour).unwrap();
    assert_eq!(
        take(&first, key(7), hour).err(),
        refused::<()>("invalid_grant").err(),
        "its successor was used"
    );
    assert_eq!(take(&second, key(7), hour).unwrap().1, third);
    let late = hour.plus(LASTING.refresh).plus(Seconds::new(1));
    assert_eq!(take(&third, key(7), late).err(), refused::<()>("invalid_grant").err(), "its time is over");
}

#[test]
fn vci_13_the_token_of_a_refresh_is_for_the_same_and_gives_fresh_copies_after_a_restart_too() {
    let mut server = lasting();
    let (mut session, kept) = begun(&mut server, "A", &["citizen-card"], NOW);
    prove(&mut session, NOW);
    let before = received(&mut session, &mut server, NOW);
    server.issuer = issuer([1; 32]).with_lasting(LASTING);
    let later = at(80 * 86_400);
    let (mut session, _) = again(&mut server, (&kept, key(7)), "citizen-card", later).unwrap();
    assert_eq!(session.wanted(), Some("citizen-card"));
    prove(&mut session, later);
    let after = received(&mut session, &mut server, later);
    assert_eq!((after[0].configuration.as_str(), after[0].credentials.len()), ("citizen-card", 3));
    assert!(after[0].keys.iter().all(|key| !before[0].keys.contains(key)));
    let (mut session, _) = again(&mut server, (&kept, key(7)), "certificate", later).unwrap();
    prove(&mut session, later);
    assert_eq!(send(&mut session, &mut server, later), refused("unknown_credential_configuration"));
}

#[test]
fn vci_13_an_order_is_the_familys_an_answer_that_was_lost_comes_by_another_token_too() {
    let mut server = lasting();
    let (mut session, kept) = begun(&mut server, "A", &["citizen-card"], NOW);
    prove(&mut session, NOW);
    let proofs = session.proofs().unwrap().to_vec();
    let Step::Send(request) = session.next() else { panic!() };
    let lost = server.serve(&request, NOW);
    assert_eq!(lost.status, 200);
    let later = at(86_400);
    let (mut session, _) = again(&mut server, (&kept, key(7)), "citizen-card", later).unwrap();
    session.repeat(proofs, later, &mut random::system()).unwrap();
    let issued = received(&mut session, &mut server, later);
    let given: Vec<String> = lost.object().unwrap()["credentials"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["credential"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(issued[0].credentials, given);
}

#[test]
fn vci_13_what_was_put_off_is_had_days_after_the_access_token_by_its_name_and_proofs() {
    let mut server = lasting();
    server.later = 1_000;
    let (mut session, mut kept) = begun(&mut server, "A", &["citizen-card"], NOW);
    prove(&mut session, NOW);
    let proofs = session.proofs().unwrap().to_vec();
    send(&mut session, &mut server, NOW).unwrap();
    let Step::Wait(_) = session.next() else { panic!("{:?}", session.next()) };
    let transaction = session.transaction().unwrap().to_owned();
    session.renew(at(3_600), &mut random::system()).unwrap();
    assert!(send(&mut session, &mut server, at(3_600)).is_err(), "the token's time is over");
    for day in [3, 29] {
        let now = at(day * 86_400);
        let (mut session, next) = again(&mut server, (&kept, key(7)), "citizen-card", now).unwrap();
        kept = next;
        session.ask_deferred(&proofs, &transaction, now, &mut random::system()).unwrap();
        send(&mut session, &mut server, now).unwrap();
        assert_eq!(session.transaction(), Some(transaction.as_str()));
    }
    server.later = 1;
    let now = at(29 * 86_400 + 60);
    let (mut session, next) = again(&mut server, (&kept, key(7)), "citizen-card", now).unwrap();
    session.ask_deferred(&proofs, &transaction, now, &mut random::system()).unwrap();
    assert_eq!(received(&mut session, &mut server, now)[0].credentials.len(), 3);
    let over = at(31 * 86_400);
    let (mut session, _) = again(&mut server, (&next, key(7)), "citizen-card", over).unwrap();
    session.ask_deferred(&proofs, &transaction, over, &mut random::system()).unwrap();
    assert_eq!(send(&mut session, &mut server, over), refused("invalid_transaction_id"), "not for ever");
}

#[test]
fn vci_13_an_issuer_without_refresh_tokens_gives_none_and_one_with_them_says_so() {
    let mut server = Server::new();
    let said = |server: &Server| server.issuer.server_metadata()["grant_types_supported"].to_string();
    assert!(!said(&server).contains("refresh_token") && said(&lasting()).contains("refresh_token"));
    let (offer, _) = server.offer("A", &["citizen-card"], None, NOW);
    let mut session = open(&offer.to_link());
    send(&mut session, &mut server, NOW).unwrap();
    accept(&mut session, &["citizen-card"], Flow::PreAuthorized(None)).unwrap();
    send(&mut session, &mut server, NOW).unwrap();
    assert!(session.has_token() && session.grant().is_none());
}

#[test]
fn vci_14_a_newer_credential_ends_the_refills_of_the_older_and_of_nothing_else() {
    let mut server = lasting();
    let (_, older) = begun(&mut server, "A", &["citizen-card", "certificate"], NOW);
    let (_, another) = begun(&mut server, "B", &["citizen-card"], NOW);
    let (mut newer, kept) = begun(&mut server, "A", &["citizen-card"], at(10));
    let (_, older) = again(&mut server, (&older, key(7)), "citizen-card", at(11)).unwrap();
    prove(&mut newer, at(12));
    received(&mut newer, &mut server, at(12));
    let (mut session, older) = again(&mut server, (&older, key(7)), "citizen-card", at(700)).unwrap();
    prove(&mut session, at(700));
    assert_eq!(send(&mut session, &mut server, at(700)), refused("unknown_credential_configuration"));
    let (mut session, older) = again(&mut server, (&older, key(7)), "certificate", at(700)).unwrap();
    prove(&mut session, at(700));
    assert_eq!(received(&mut session, &mut server, at(700)).len(), 1);
    let (mut session, _) = again(&mut server, (&kept, key(7)), "citizen-card", at(701)).unwrap();
    prove(&mut session, at(701));
    assert_eq!(received(&mut session, &mut server, at(701)).len(), 1, "the newer goes on");
    assert!(again(&mut server, (&another, key(7)), "citizen-card", at(701)).is_ok(), "another citizen's");

    server.issuer.forget_one("A", "citizen-card", &mut server.rows);
    assert_eq!(
        again(&mut server, (&kept, key(7)), "citizen-card", at(702)).err(),
        refused::<()>("invalid_grant").err()
    );
    let (_, older) = again(&mut server, (&older, key(7)), "certificate", at(702)).unwrap();
    server.issuer.forget("A", &mut server.rows);
    assert_eq!(
        again(&mut server, (&older, key(7)), "certificate", at(703)).err(),
        refused::<()>("invalid_grant").err()
    );
}

/// Whoever has both may refill both for a while: the newer is ended by nothing that is done with the older.
#[test]
fn vci_14_a_refill_of_the_older_ends_nothing_of_the_newer() {
    let mut server = lasting();
    let (mut older, _) = begun(&mut server, "A", &["citizen-card"], NOW);
    let (_, newer) = begun(&mut server, "A", &["citizen-card"], at(10));
    let (_, same) = begun(&mut server, "A", &["citizen-card"], NOW);
    prove(&mut older, at(12));
    received(&mut older, &mut server, at(12));
    for (kept, why) in [(&same, "of the same second"), (&newer, "the newer")] {
        let (mut session, _) = again(&mut server, (kept, key(7)), "citizen-card", at(13)).expect(why);
        prove(&mut session, at(13));
        assert_eq!(received(&mut session, &mut server, at(13)).len(), 1, "{why}");
    }
}

#[test]
fn vci_13_refresh_tokens_of_one_citizen_are_so_many_and_no_more() {
    let mut server = lasting();
    let mut without = 0;
    for _ in 0..70 {
        let (offer, _) = server.offer("A", &["citizen-card"], None, NOW);
        let mut session = open(&offer.to_link()).with_token_key(key(7));
        send(&mut session, &mut server, NOW).unwrap();
        accept(&mut session, &["citizen-card"], Flow::PreAuthorized(None)).unwrap();
        send(&mut session, &mut server, NOW).unwrap();
        without += usize::from(session.grant().is_none());
    }
    let kept = server.rows.under(&[11]).len();
    assert_eq!((kept, without), (64, 6));
}
