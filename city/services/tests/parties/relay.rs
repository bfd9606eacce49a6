//! A relay carries ballots: kept before they are promised, shuffled, brought once a slot; and one that drops them is found out.

use crate::phone::Phone;
use crate::poll::{
    ASK, CASTING, ROLL, SLOT, SLOTS, Voter, announce, ballots, board, board_entries, by, casting, enter,
    hand_over, leaf, ledger, poll, registering, relay_client, slot, step, tested, until,
};
use crate::polling::manifest::{REGISTRARS, relay_key};
use crate::wires::Forged;
use crate::world::{World, key};
use citizen_client::api::{BallotRequest, Bytes};
use citizen_client::{Promised, RelayError};
use citizen_ledger::poll::PollAction;
use citizen_primitives::{Canonical as _, Clock as _};
use citizen_voting::board::BoardLeaf;
use citizen_voting::relay::{Kept, PromiseAudit, PromiseError};
use citizen_voting::{BoardEntry, CastBallot, Poll};
use city_services::relay::Conduct;
use city_services::{Reason, ServiceError, Steps as _, places};

fn refused(answer: Result<Promised, RelayError>, word: &str) {
    match answer {
        Err(RelayError::Call(error)) => assert!(error.is_refused_with(word), "{word}: {error:?}"),
        other => panic!("{word}: {other:?}"),
    }
}

fn verdict(world: &World, promised: &Promised, ballot: &BoardEntry) -> Kept {
    let mut audit = PromiseAudit::new(poll(), promised.promise, ballot, u64::from(ROLL)).unwrap();
    board_entries(world).iter().for_each(|entry| audit.entry(entry));
    audit.verdict()
}

#[tokio::test]
async fn relay_2_and_6_ballots_stand_on_the_board_in_the_slot_that_was_promised_and_both_relays_may_carry_one()
 {
    let world = casting();
    let voters: Vec<Voter> = (0..6).map(Voter::new).collect();
    let mut promises = Vec::new();
    for voter in &voters {
        promises.push((hand_over(&world, 0, &voter.cast(1)).await.unwrap(), voter.cast(1)));
    }
    // The same bytes again, and by the other relay too.
    assert_eq!(hand_over(&world, 0, &voters[0].cast(1)).await.unwrap(), promises[0].0);
    for (voter, entry) in [(0, voters[0].cast(1)), (1, voters[1].spoil(2))] {
        let promised = hand_over(&world, 1, &entry).await;
        promises.push((promised.unwrap_or_else(|error| panic!("{voter}: {error}")), entry));
    }
    step(&world, 3).await;
    assert_eq!(board(&world), [], "nothing before the slot is over");
    slot(&world, 1);
    step(&world, 6).await;
    assert_eq!(ballots(&world).len(), 7, "each once");
    for (promised, entry) in &promises {
        assert_eq!(promised.promise.slot, 1);
        // The opened one came to another relay than the ballot before it: whichever was there first.
        assert!(matches!(verdict(&world, promised, entry), Kept::Yes { .. } | Kept::Overtaken));
    }
    for relay in [0, 1] {
        assert_eq!(world.relay(relay).step().await.unwrap().open, 0, "nothing is on its way any more");
    }
    let slots: Vec<_> = board(&world).into_iter().filter(|leaf| matches!(leaf, BoardLeaf::Slot(_))).collect();
    assert_eq!(slots.len(), 1);
}

#[tokio::test]
async fn relay_6_a_batch_is_shuffled_and_the_ballots_of_one_voter_keep_their_order() {
    let world = casting();
    let voters: Vec<Voter> = (0..12).map(Voter::new).collect();
    let mut came = Vec::new();
    for voter in &voters {
        hand_over(&world, 0, &voter.cast(1)).await.unwrap();
        came.push(voter.voting_key());
    }
    hand_over(&world, 0, &voters[3].spoil(2)).await.unwrap();
    hand_over(&world, 0, &voters[3].cast(3)).await.unwrap();
    slot(&world, 1);
    step(&world, 5).await;
    let stand = ballots(&world);
    assert_eq!(stand.len(), 14);
    let firsts: Vec<_> =
        stand.iter().filter(|leaf| leaf.sequence.number() == 1).map(|leaf| leaf.voting_key).collect();
    let mut sorted = came.clone();
    sorted.sort_unstable();
    assert_ne!(firsts, came, "not as they came");
    assert_ne!(firsts, sorted, "nor in any other order that says something");
    let of_one: Vec<_> = stand
        .iter()
        .filter(|leaf| leaf.voting_key == voters[3].voting_key())
        .map(|leaf| leaf.sequence.number())
        .collect();
    assert_eq!(of_one, [1, 2, 3]);
}

#[tokio::test]
async fn relay_1_what_the_ledger_would_refuse_is_not_promised() {
    let world = casting();
    let (one, other) = (Voter::new(0), Voter::new(1));
    // Another's token.
    let BoardEntry::Cast(cast) = one.cast(1) else { panic!() };
    let stolen = BoardEntry::Cast(CastBallot { token: other.token.clone(), ballot: cast.ballot.clone() });
    refused(hand_over(&world, 0, &stolen).await, "wrong-ballot");
    // A changed proof, a changed signature.
    let mut changed = cast.clone();
    changed.ballot.signature[3] ^= 1;
    refused(hand_over(&world, 0, &BoardEntry::Cast(changed)).await, "wrong-ballot");
    let mut changed = cast.clone();
    changed.ballot.ballot.sequence = citizen_voting::Sequence::new(9);
    refused(hand_over(&world, 0, &BoardEntry::Cast(changed)).await, "wrong-ballot");
    let BoardEntry::Spoiled(mut spoiled) = one.spoil(1) else { panic!() };
    spoiled.opening.seed[0] ^= 1;
    refused(hand_over(&world, 0, &BoardEntry::Spoiled(spoiled)).await, "wrong-ballot");
    // A slot is the ledger's to begin.
    let mark = BoardEntry::Slot(citizen_voting::board::SlotMark { slot: 0 });
    let answer = world.relay(0).ballot(BallotRequest { entry: Bytes::of(&mark) }).await;
    assert_eq!(answer.unwrap_err(), ServiceError::Malformed);
    // An older number, and a second ballot of the same.
    hand_over(&world, 0, &one.cast(2)).await.unwrap();
    refused(hand_over(&world, 0, &one.cast(1)).await, "old-ballot");
    refused(hand_over(&world, 0, &one.spoil(2)).await, "old-ballot");
    slot(&world, 1);
    step(&world, 5).await;
    assert_eq!(ballots(&world), [leaf(&one.cast(2))]);
    refused(hand_over(&world, 0, &one.cast(1)).await, "old-ballot");
    for sequence in [3, 4, 5] {
        hand_over(&world, 0, &one.spoil(sequence)).await.unwrap();
    }
    refused(hand_over(&world, 0, &one.spoil(6)).await, "opened-too-many");
    for sequence in 6..11 {
        hand_over(&world, 0, &one.cast(sequence)).await.unwrap();
    }
    refused(hand_over(&world, 0, &one.cast(11)).await, "too-many-ballots");
}

#[tokio::test]
async fn relay_3_a_promise_is_for_a_slot_that_the_board_has() {
    let world = casting();
    let voters: Vec<Voter> = (0..2).map(Voter::new).collect();
    slot(&world, SLOTS - 2);
    let last = hand_over(&world, 0, &voters[0].cast(1)).await.unwrap();
    assert_eq!(u64::from(last.promise.slot), SLOTS - 1);
    slot(&world, SLOTS - 1);
    refused(hand_over(&world, 0, &voters[1].cast(1)).await, "not-casting");
    step(&world, 5).await;
    assert!(
        matches!(verdict(&world, &last, &voters[0].cast(1)), Kept::Yes { .. }),
        "promised in the last moment, and kept"
    );
    until(&world, CASTING + SLOTS * SLOT + 5);
    step(&world, 2).await;
    assert_eq!(world.relay(0).step().await.unwrap(), Default::default());
}

#[tokio::test]
async fn relay_3_before_casting_and_without_the_ledger_nothing_is_promised() {
    let world = registering();
    enter(&world, 0..REGISTRARS, 0..ROLL);
    let voter = Voter::new(0);
    let early = world.relay(0).ballot(BallotRequest { entry: Bytes::of(&voter.cast(1)) }).await;
    assert_eq!(early.unwrap_err(), Reason::NotCasting.into());
    slot(&world, 0);
    step(&world, 2).await;
    world.wires.down.lock().unwrap().insert("ledger");
    hand_over(&world, 0, &voter.cast(1)).await.unwrap();
    slot(&world, 3);
    let late = world.relay(0).ballot(BallotRequest { entry: Bytes::of(&voter.cast(2)) }).await;
    assert_eq!(late.unwrap_err(), ServiceError::Unavailable, "what is on the board meanwhile it cannot know");
    world.wires.down.lock().unwrap().clear();
    step(&world, 5).await;
    assert_eq!(ballots(&world).len(), 1, "too late, and brought all the same");
}

#[tokio::test]
async fn relay_5_between_a_ballots_arrival_and_its_batch_nobody_is_asked_anything() {
    let world = casting();
    hand_over(&world, 0, &Voter::new(0).cast(1)).await.unwrap();
    world.wires.knife.visited.lock().unwrap().clear();
    for person in 1..4 {
        let entry = Voter::new(person).cast(1);
        world.relay(0).ballot(BallotRequest { entry: Bytes::of(&entry) }).await.unwrap();
    }
    let visited: Vec<_> = world.wires.knife.visited.lock().unwrap().iter().copied().collect();
    assert_eq!(visited, [places::RELAY_PROMISE]);
}

#[tokio::test]
async fn relay_4_a_board_that_is_not_the_proved_one_is_not_believed() {
    let world = casting();
    let voters: Vec<Voter> = (0..6).map(Voter::new).collect();
    for voter in &voters {
        hand_over(&world, 0, &voter.cast(1)).await.unwrap();
    }
    slot(&world, 1);
    // The batch is sent, and the node lies about what stands on the board.
    world.relay(0).step().await.unwrap();
    world.seal();
    world.seal();
    assert_eq!(ballots(&world).len(), 6);
    for lie in [Forged::Leaf, Forged::Content] {
        *world.wires.forged.lock().unwrap() = Some(lie);
        assert_ne!(world.relay(0).step().await.unwrap().open, 0, "{lie:?}");
        let (client, own) = (relay_client(&world, 0), leaf(&voters[0].cast(1)));
        let receipt = client.receipt(ASK, &ledger(&world), poll(), &own).await.unwrap();
        assert!(receipt.is_none(), "{lie:?}");
    }
    *world.wires.forged.lock().unwrap() = None;
    step(&world, 2).await;
    for voter in &voters {
        let client = relay_client(&world, 0);
        assert!(client.receipt(ASK, &ledger(&world), poll(), &leaf(&voter.cast(1))).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn relay_7_a_receipt_is_proved_under_a_verified_header_whoever_brought_the_ballot() {
    let world = casting();
    let voters: Vec<Voter> = (0..9).map(Voter::new).collect();
    let receipt = async |relay: usize, entry: &BoardEntry| {
        relay_client(&world, relay).receipt(ASK, &ledger(&world), poll(), &leaf(entry)).await.unwrap()
    };
    for (at, voter) in voters.iter().enumerate() {
        hand_over(&world, at % 2, &voter.cast(1)).await.unwrap();
    }
    assert!(receipt(0, &voters[0].cast(1)).await.is_none(), "not yet");
    slot(&world, 1);
    step(&world, 5).await;
    let head = |at: u64, standing: &citizen_client::Standing| {
        assert_eq!(standing.receipt.head.log.count, 10);
        assert_eq!(standing.receipt.head.poll, poll().id());
        assert!(standing.receipt.proof.index < at);
    };
    for voter in &voters {
        for relay in [0, 1] {
            head(10, &receipt(relay, &voter.cast(1)).await.unwrap());
        }
        assert!(receipt(0, &voter.cast(2)).await.is_none());
    }
    // Hours later, and for whoever has verified newer headers since.
    let old = receipt(0, &voters[0].cast(1)).await.unwrap();
    until(&world, 5_000);
    let later = receipt(0, &voters[0].cast(1)).await.unwrap();
    assert_eq!(later.receipt, old.receipt);
}

#[tokio::test]
async fn vote_53_a_relay_that_drops_what_it_promised_is_found_out_by_its_own_word() {
    let world = casting();
    world.relay(0).set_conduct(Conduct::Dropping);
    let (one, other) = (Voter::new(0), Voter::new(1));
    let dropped = hand_over(&world, 0, &one.cast(1)).await.unwrap();
    let kept = hand_over(&world, 1, &other.cast(1)).await.unwrap();
    slot(&world, 1);
    step(&world, 5).await;
    slot(&world, 2);
    step(&world, 5).await;
    assert_eq!(verdict(&world, &dropped, &one.cast(1)), Kept::No);
    assert!(matches!(verdict(&world, &kept, &other.cast(1)), Kept::Yes { .. }));
    assert_eq!(dropped.signed.verify(&relay_key(0).public()).unwrap(), dropped.promise);
    // The same bytes by the other one.
    let again = hand_over(&world, 1, &one.cast(1)).await.unwrap();
    slot(&world, 3);
    step(&world, 5).await;
    assert!(matches!(verdict(&world, &again, &one.cast(1)), Kept::Yes { .. }));
}

#[tokio::test]
async fn relay_6_a_batch_that_the_ledger_takes_in_part_keeps_no_other_ballot() {
    let world = casting();
    let voters: Vec<Voter> = (0..4).map(Voter::new).collect();
    for voter in &voters {
        hand_over(&world, 0, &voter.cast(1)).await.unwrap();
    }
    slot(&world, 1);
    // Between the relay's look at the board and its batch another relay brings a later ballot of voter 0 and the same of voter 1.
    let entries = vec![voters[0].cast(2), voters[1].cast(1)];
    let theirs = by(&world, &relay_key(1), PollAction::Bring { poll: poll().id(), entries });
    use city_chain::Chain as _;
    world.wires.chain.submit(theirs.to_canonical()).unwrap();
    world.relay(0).step().await.unwrap();
    step(&world, 4).await;
    let stand: Vec<_> =
        ballots(&world).iter().map(|leaf| (leaf.voting_key, leaf.sequence.number())).collect();
    assert_eq!(stand.len(), 4);
    assert!(stand.contains(&(voters[0].voting_key(), 2)));
    assert_eq!(world.relay(0).step().await.unwrap().open, 0, "what can stand there no more is let go");
}

#[tokio::test]
async fn relay_6_a_batch_that_never_got_there_is_signed_anew() {
    let world = casting();
    let voter = Voter::new(0);
    let promised = hand_over(&world, 0, &voter.cast(1)).await.unwrap();
    *world.wires.swallows.lock().unwrap() = true;
    slot(&world, 1);
    for _ in 0..20 {
        world.relay(0).step().await.unwrap();
        world.seal();
    }
    assert_eq!(board(&world), []);
    *world.wires.swallows.lock().unwrap() = false;
    step(&world, 4).await;
    assert!(
        matches!(verdict(&world, &promised, &voter.cast(1)), Kept::Yes { .. }),
        "the same bytes, sent again"
    );
    let second = hand_over(&world, 0, &voter.cast(2)).await.unwrap();
    *world.wires.swallows.lock().unwrap() = true;
    slot(&world, 2);
    let mut somebody = Phone::open(&world, 1);
    for _ in 0..65 {
        somebody.grant(&world, 1);
        world.relay(0).step().await.unwrap();
    }
    *world.wires.swallows.lock().unwrap() = false;
    step(&world, 4).await;
    assert_eq!(ballots(&world).len(), 2, "a new transaction: the old one can be executed no more");
    let verdict = verdict(&world, &second, &voter.cast(2));
    assert!(matches!(verdict, Kept::Yes { .. }), "late, in the slot of grace: {verdict:?}");
}

#[tokio::test]
async fn a_wallet_takes_no_promise_of_another_relay_or_for_a_later_slot() {
    let world = casting();
    let entry = Voter::new(0).cast(1);
    let slot_now = poll().slot_at(world.clock.now()).unwrap();
    let mut client = relay_client(&world, 0);
    client.hand_over(ASK, poll(), slot_now, &entry).await.unwrap();
    // The world is in slot 0; a wallet whose clock says that it is in none of the kind takes no later promise.
    slot(&world, 2);
    let late = client.hand_over(ASK, poll(), 0, &Voter::new(1).cast(1)).await;
    assert_eq!(late.unwrap_err(), RelayError::Promise(PromiseError::TooLate(3)));
    client = citizen_client::RelayClient::new(world.exchange("relay"), relay_key(1).id());
    // At this address another relay answers than the one that is asked: its word is no word of that one.
    let another = client.hand_over(ASK, poll(), 2, &Voter::new(2).cast(1)).await;
    assert_eq!(another.unwrap_err(), RelayError::Promise(PromiseError::NotARelay));
}

/// RELAY-8: what is left of a ballot after its batch is what everybody can read on the board.
#[tokio::test]
async fn relay_8_after_a_batch_nothing_is_kept_of_how_a_ballot_came() {
    let world = casting();
    for person in 0..5 {
        hand_over(&world, 0, &Voter::new(person).cast(1)).await.unwrap();
    }
    assert_eq!(world.relay(0).on_their_way().unwrap(), 5);
    slot(&world, 1);
    step(&world, 6).await;
    assert_eq!(ballots(&world).len(), 5);
    assert_eq!(world.relay(0).on_their_way().unwrap(), 0);
}

#[tokio::test]
async fn relay_1_a_relay_that_the_manifest_does_not_name_promises_nothing() {
    let world = World::new();
    let mut others = tested();
    others.relays[0].signing = key(26).public();
    announce(&world, &others);
    let BoardEntry::Cast(mut cast) = Voter::new(0).cast(1) else { panic!() };
    cast.ballot.ballot.poll = Poll::new(others).unwrap().id();
    let answer = world.relay(0).ballot(BallotRequest { entry: Bytes::of(&BoardEntry::Cast(cast)) }).await;
    assert_eq!(answer.unwrap_err(), Reason::NoPoll.into());
}
