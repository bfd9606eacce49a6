//! A poll as a citizen goes through it.

use crate::phone::{Voter, choices, vote};
use crate::poll::{Mood, OPENS, SLOT, SLOTS, go_to, once, ordinary};
use citizen_primitives::Canonical as _;
use citizen_voting::spoil::{BallotCheck, Opening};
use citizen_wallet::error::{Input, Party, Reason, Subject};
use citizen_wallet::view::Freshness;
use citizen_wallet::{Choice, WalletError};

#[tokio::test]
async fn ballot_1_polls_are_listed_out_of_the_proved_log_with_what_the_manifest_says() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let (wallet, _) = voter.on_the_roll(1).await;
    let listed = wallet.polls().await.unwrap();
    assert_eq!(listed.len(), 1);
    let poll = &listed[0];
    assert_eq!((poll.id(), *poll.phase(), *poll.standing()), (&voter.id(), "registering", "unregistered"));
    assert_eq!(poll.electorates()[0].eligible().en, "Residents of Seoul, aged 15 or older");
    assert_eq!(poll.contests().len(), 3);
    assert_eq!(*poll.freshness(), Freshness::Fresh);
    assert!(poll.notices().iter().all(|notice| !notice.en.contains("run together")), "a binding poll");
    let unknown = wallet.poll(&citizen_wallet::PollId::from_bytes([9; 32])).await.unwrap_err();
    assert_eq!(unknown, WalletError::Invalid { input: Input::PollUnknown });
    go_to(&gateway, OPENS);
    assert_eq!(*wallet.poll(&voter.id()).await.unwrap().phase(), "casting");
    go_to(&gateway, OPENS + (SLOTS - 1) * SLOT);
    assert_eq!(*wallet.poll(&voter.id()).await.unwrap().phase(), "closing");
}

#[tokio::test]
async fn a_ballot_is_registered_for_reviewed_cast_and_stands_on_the_board_with_a_receipt() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    let registered = wallet.register_for_poll(&id, None).await.unwrap();
    assert!(*registered.complete(), "{registered:?}");
    assert_eq!(polls.lock().unwrap().rows.len(), 3);
    let early = wallet.review_ballot(&id, &choices()).await.unwrap_err();
    assert_eq!(early, WalletError::Refused { by: Party::Ledger, reason: Reason::PollTime });
    go_to(&gateway, OPENS);
    let review = wallet.review_ballot(&id, &choices()).await.unwrap();
    let view = review.view();
    assert_eq!(view.choices()[0].chosen().len(), 3);
    assert_eq!(view.choices()[2].chosen()[0].en, "Culture");
    assert!(view.question().en.contains("not your real one"));
    assert!(polls.lock().unwrap().handed.is_empty(), "nothing has been sent");
    let fingerprint = *view.fingerprint();
    let cast = wallet.cast_ballot(review).await.unwrap();
    assert_eq!((*cast.state(), *cast.fingerprint()), ("promised", Some(fingerprint)));
    assert_eq!(wallet.vote_receipt(&id).unwrap_err(), WalletError::Invalid { input: Input::BallotMissing });
    let placed = wallet.follow_vote(&id, |_| {}).await.unwrap();
    assert!(placed.is_placed(), "{placed:?}");
    let receipt = wallet.vote_receipt(&id).unwrap();
    assert_eq!(*receipt.fingerprint(), fingerprint);
    assert_eq!(*receipt.verified().signers(), 4);
    let counted = wallet.verify_counted(&id).await.unwrap();
    assert_eq!((*counted.state(), *counted.index()), ("so-far", Some(*receipt.index())));
    assert_eq!(polls.lock().unwrap().counted(), 1);
    go_to(&gateway, OPENS + SLOTS * SLOT);
    assert_eq!(*wallet.verify_counted(&id).await.unwrap().state(), "counted");
    let log: Vec<_> = wallet.activity().unwrap().into_iter().map(|line| line.text().en.clone()).collect();
    assert!(log.iter().any(|line| line.contains("A relay sees a ciphertext without a name")));
}

#[tokio::test]
async fn ballot_2_a_registrar_that_is_down_is_waited_for_and_asked_with_the_same_bytes() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    polls.lock().unwrap().registrars = [Mood::Slow, Mood::Silent, Mood::Down];
    let begun = wallet.register_for_poll(&id, None).await.unwrap();
    let states: Vec<_> = begun.registrars().iter().map(|registrar| *registrar.state()).collect();
    assert_eq!(states, ["signed", "awaited", "awaited"]);
    assert!(begun.registrars()[2].hint().is_some());
    drop(wallet);
    let wallet = voter.reopen();
    assert_eq!(*wallet.poll_registration(&id).unwrap().state(), "registering");
    go_to(&gateway, OPENS - 60);
    let refused = wallet.review_ballot(&id, &choices()).await.unwrap_err();
    assert_eq!(refused, WalletError::Invalid { input: Input::RegistrationAwaited });
    polls.lock().unwrap().registrars = [Mood::Honest; 3];
    wallet.sync().await.unwrap();
    assert!(*wallet.poll_registration(&id).unwrap().complete());
    let polls = polls.lock().unwrap();
    for number in 0..3 {
        let mut of_one = polls.blinded.iter().filter(|(of, _)| *of == number).map(|(_, blinded)| blinded);
        let first = of_one.next().unwrap();
        assert!(of_one.all(|blinded| blinded == first), "the same request whenever it is made");
    }
    assert_eq!(polls.rows.len(), 3, "one row of each");
}

#[tokio::test]
async fn ballot_2_a_refusal_is_kept_under_the_registrars_signature_and_shown() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    polls.lock().unwrap().roll.clear();
    let refused = wallet.register_for_poll(&id, None).await.unwrap();
    assert_eq!(*refused.state(), "refused");
    let registrar = &wallet.poll_registration(&id).unwrap().registrars()[0].clone();
    assert_eq!(registrar.reason().as_ref().unwrap().en, "Not on the roll of this electorate.");
    assert!(registrar.refusal().as_ref().is_some_and(|bytes| bytes.len() > 100));
    go_to(&gateway, OPENS);
    let cast = wallet.review_ballot(&id, &choices()).await.unwrap_err();
    assert_eq!(cast, WalletError::Refused { by: Party::Registrar, reason: Reason::Registration });
}

#[tokio::test]
async fn ballot_4_choices_that_do_not_fit_make_no_ballot() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    wallet.register_for_poll(&id, Some(0)).await.unwrap();
    go_to(&gateway, OPENS);
    let choice = |contest, numbers: &[u8]| Choice::new(contest, numbers.to_vec());
    let (good, score, rank) = (choice(0, &[0]), choice(1, &[0, 0]), choice(2, &[0, 1, 2]));
    let wrong = [
        vec![choice(0, &[]), score.clone(), rank.clone()],
        vec![choice(0, &[0, 1, 2]), score.clone(), rank.clone()],
        vec![good.clone(), choice(1, &[5, 0]), rank.clone()],
        vec![good.clone(), score.clone(), choice(2, &[0, 1])],
        vec![good.clone(), good.clone(), score.clone(), rank.clone()],
        vec![good.clone(), score.clone(), rank.clone(), choice(3, &[0])],
        vec![good.clone(), score.clone()],
    ];
    for choices in wrong {
        let refused = wallet.review_ballot(&id, &choices).await.unwrap_err();
        assert_eq!(refused, WalletError::Invalid { input: Input::Choices });
    }
    assert!(wallet.review_ballot(&id, &[good, score, rank]).await.is_ok());
}

#[tokio::test]
async fn ballot_5_an_opened_ballot_can_be_made_again_is_published_and_never_counts() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    wallet.register_for_poll(&id, None).await.unwrap();
    go_to(&gateway, OPENS);
    let style = {
        let polls = polls.lock().unwrap();
        polls.poll.style(citizen_voting::ElectorateIndex::new(0), &polls.keys.election.key).unwrap()
    };
    let mut numbers = Vec::new();
    for left in (0..3u8).rev() {
        let review = wallet.review_ballot(&id, &choices()).await.unwrap();
        let scanned = *review.view().fingerprint();
        let mut second_device = BallotCheck::default();
        second_device.scan(citizen_voting::ballot::Fingerprint::from_hash(scanned));
        let opened = wallet.check_ballot(review).await.unwrap();
        assert!(*opened.promised());
        assert_eq!(*opened.checks_left(), left);
        let bytes: citizen_client::api::Bytes =
            serde_json::from_value(opened.opening().as_str().into()).unwrap();
        let opening = Opening::from_canonical(&bytes.decode().unwrap()).unwrap();
        assert!(second_device.open(&style, &opening).is_ok());
        numbers.push(*opened.sequence());
    }
    assert!(numbers.is_sorted_by(|before, after| before < after), "each has its own number");
    let review = wallet.review_ballot(&id, &choices()).await.unwrap();
    assert_eq!(*review.view().checks_left(), 0);
    let refused = wallet.check_ballot(review).await.unwrap_err();
    assert_eq!(refused, WalletError::Refused { by: Party::Ledger, reason: Reason::ChecksUsed });
    let placed = vote(&wallet, &id).await.unwrap();
    assert!(placed.is_placed());
    assert_eq!(polls.lock().unwrap().on_the_board(), (1, 3));
    assert!(*wallet.verify_counted(&id).await.unwrap().counted());
}

#[tokio::test]
async fn ballot_6_without_a_promise_the_same_bytes_go_to_the_next_relay() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    wallet.register_for_poll(&id, None).await.unwrap();
    go_to(&gateway, OPENS);
    // One forges its promise, the other takes the ballot and its answer is lost: nobody has promised.
    polls.lock().unwrap().relays = [Mood::Forges, Mood::Silent];
    let review = wallet.review_ballot(&id, &choices()).await.unwrap();
    let sent = wallet.cast_ballot(review).await.unwrap();
    assert_eq!(*sent.state(), "outbox");
    assert!(sent.hint().is_some());
    {
        let mut polls = polls.lock().unwrap();
        let relays: std::collections::BTreeSet<_> = polls.handed.iter().map(|(relay, _)| *relay).collect();
        assert_eq!(relays.len(), 2, "both were tried");
        polls.relays = [Mood::Honest, Mood::Down];
    }
    drop(wallet);
    let wallet = voter.reopen();
    wallet.sync().await.unwrap();
    assert!(wallet.follow_vote(&id, |_| {}).await.unwrap().is_placed());
    let polls = polls.lock().unwrap();
    assert!(polls.handed.iter().all(|(_, bytes)| *bytes == polls.handed[0].1), "the same bytes every time");
    assert_eq!(polls.on_the_board(), (1, 0), "and on the board once");
}

#[tokio::test]
async fn ballot_6_while_one_ballot_is_on_its_way_the_next_goes_to_the_same_relay() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    wallet.register_for_poll(&id, None).await.unwrap();
    go_to(&gateway, OPENS);
    let review = wallet.review_ballot(&id, &choices()).await.unwrap();
    assert!(*wallet.check_ballot(review).await.unwrap().promised());
    for _ in 0..6 {
        let review = wallet.review_ballot(&id, &choices()).await.unwrap();
        wallet.cast_ballot(review).await.unwrap();
    }
    let handed: Vec<usize> = polls.lock().unwrap().handed.iter().map(|(relay, _)| *relay).collect();
    assert_eq!(handed, [handed[0]; 7], "all within one slot");
}

#[tokio::test]
async fn ballot_10_a_broken_promise_is_kept_and_shown_and_the_ballot_goes_to_another_relay() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    wallet.register_for_poll(&id, None).await.unwrap();
    go_to(&gateway, OPENS);
    polls.lock().unwrap().relays = [Mood::Drops, Mood::Drops];
    let review = wallet.review_ballot(&id, &choices()).await.unwrap();
    let promised = wallet.cast_ballot(review).await.unwrap();
    assert_eq!(*promised.state(), "promised");
    let slot = promised.slot().unwrap();
    let dropper = polls.lock().unwrap().handed[0].0;
    polls.lock().unwrap().relays[1 - dropper] = Mood::Honest;
    // Before the promised slot is over, nothing is broken.
    assert!(wallet.advance_vote(&id).await.unwrap().broken().is_empty());
    go_to(&gateway, OPENS + u64::from(slot + 1) * SLOT);
    let broken = wallet.advance_vote(&id).await.unwrap();
    assert_eq!(broken.broken().len(), 1);
    assert_eq!(broken.broken()[0].relay().en, format!("Relay {dropper}"));
    let bytes: citizen_client::api::Bytes =
        serde_json::from_value(broken.broken()[0].promise().as_str().into()).unwrap();
    let signed: citizen_keys::Signed<citizen_voting::relay::RelayPromise> = bytes.read().unwrap();
    let relay = crate::polling::manifest::relay_key(dropper).public();
    assert_eq!(signed.verify(&relay).unwrap().fingerprint.hash(), *broken.broken()[0].fingerprint());
    let placed = wallet.follow_vote(&id, |_| {}).await.unwrap();
    assert!(placed.is_placed());
    assert_eq!(placed.broken().len(), 1, "it is not forgotten");
    assert!(
        wallet.activity().unwrap().iter().any(|line| line.text().en.contains("broke its signed promise"))
    );
}

#[tokio::test]
async fn a_later_ballot_replaces_an_earlier_one_and_where_one_is_cast_a_second_is_refused() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    wallet.register_for_poll(&id, None).await.unwrap();
    go_to(&gateway, OPENS);
    let first = vote(&wallet, &id).await.unwrap();
    let review = wallet.review_ballot(&id, &choices()).await.unwrap();
    assert!(*review.view().replaces());
    wallet.cast_ballot(review).await.unwrap();
    let second = wallet.follow_vote(&id, |_| {}).await.unwrap();
    assert_ne!(first.fingerprint(), second.fingerprint());
    assert_eq!(*second.replaced(), 1);
    assert!(*wallet.verify_counted(&id).await.unwrap().counted());
    let standing = |polls: &crate::poll::PollTown| (polls.counted(), polls.on_the_board());
    assert_eq!(standing(&polls.lock().unwrap()), (1, (2, 0)));

    let (gateway, polls) = once();
    let voter = Voter::new(&gateway, &polls, 2);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(2).await;
    wallet.register_for_poll(&id, None).await.unwrap();
    go_to(&gateway, OPENS);
    let spare = wallet.review_ballot(&id, &choices()).await.unwrap();
    vote(&wallet, &id).await.unwrap();
    let refused = WalletError::Refused { by: Party::Ledger, reason: Reason::VotedBefore };
    assert_eq!(wallet.review_ballot(&id, &choices()).await.unwrap_err(), refused);
    assert_eq!(wallet.cast_ballot(spare).await.unwrap_err(), refused, "also one that was reviewed before");
}

#[tokio::test]
async fn nothing_is_cast_after_the_last_slot_of_casting() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    wallet.register_for_poll(&id, None).await.unwrap();
    go_to(&gateway, OPENS);
    let review = wallet.review_ballot(&id, &choices()).await.unwrap();
    let opened = wallet.review_ballot(&id, &choices()).await.unwrap();
    go_to(&gateway, OPENS + (SLOTS - 1) * SLOT);
    let late = WalletError::Expired { what: Subject::Review };
    assert_eq!(wallet.cast_ballot(review).await.unwrap_err(), late);
    assert_eq!(wallet.check_ballot(opened).await.unwrap_err(), late);
    assert!(polls.lock().unwrap().handed.is_empty());
}

#[tokio::test]
async fn ballot_15_the_reward_is_signed_for_a_ballot_on_the_board_and_redeemed_later_among_fifty() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    wallet.register_for_poll(&id, None).await.unwrap();
    let early = wallet.reward(&id).await.unwrap_err();
    assert_eq!(early, WalletError::Invalid { input: Input::BallotMissing });
    go_to(&gateway, OPENS);
    vote(&wallet, &id).await.unwrap();
    let signed = wallet.reward(&id).await.unwrap();
    assert_eq!(*signed.state(), "signed");
    let from = signed.from().unwrap();
    assert!(from.seconds() >= OPENS + SLOTS * SLOT, "after closing");
    go_to(&gateway, from.seconds());
    assert_eq!(*wallet.reward(&id).await.unwrap().state(), "signed", "one alone is no crowd");
    gateway.town(|town| polls.lock().unwrap().crowd(town, 49));
    assert_eq!(*wallet.reward(&id).await.unwrap().state(), "redeemed");
    assert_eq!(*wallet.reward(&id).await.unwrap().state(), "redeemed");
    assert_eq!(polls.lock().unwrap().granted.len(), 1);
}

#[tokio::test]
async fn ballot_14_the_whole_poll_is_verified_on_the_phone_page_by_page() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    wallet.register_for_poll(&id, None).await.unwrap();
    go_to(&gateway, OPENS);
    let review = wallet.review_ballot(&id, &choices()).await.unwrap();
    wallet.check_ballot(review).await.unwrap();
    vote(&wallet, &id).await.unwrap();
    vote(&wallet, &id).await.unwrap();
    let open = wallet.verify_poll(&id, |_| {}).await.unwrap_err();
    assert_eq!(open, WalletError::Invalid { input: Input::PollOpen });
    go_to(&gateway, OPENS + SLOTS * SLOT);
    let mut seen = Vec::new();
    let report = wallet.verify_poll(&id, |progress| seen.push(progress)).await.unwrap();
    assert!(*report.ok(), "{:?}", report.first_failure());
    assert_eq!((*report.counted(), *report.spoiled(), *report.replaced()), (1, 1, 1));
    assert!(report.checks().iter().any(|check| *check.name() == "tokens" && *check.count() == 3));
    let last = seen.last().unwrap();
    assert_eq!(last.read, last.total);
}
