//! A gateway, a registrar and a relay that lie.

use crate::phone::{Voter, choices, vote};
use crate::poll::{Mood, OPENS, SLOT, SLOTS, go_to, ordinary};
use citizen_client::api::{Bytes, ReceiptAnswer};
use citizen_primitives::Canonical as _;
use citizen_voting::board::BoardLeaf;
use citizen_voting::receipt::Receipt;
use citizen_wallet::WalletError;
use citizen_wallet::error::{Party, Subject};
use serde_json::Value;

fn change(body: &[u8], act: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut json: Value = serde_json::from_slice(body).unwrap();
    act(&mut json);
    serde_json::to_vec(&json).unwrap()
}

const UNPROVED: WalletError = WalletError::Unverified { what: Subject::Board, source: Party::Ledger };

#[tokio::test]
async fn ballot_1_a_poll_that_is_left_out_added_or_renamed_is_not_listed() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let (wallet, _) = voter.on_the_roll(1).await;
    let lie = WalletError::Unverified { what: Subject::Poll, source: Party::Ledger };
    let of_log = |path: &str| path.ends_with("/leaves");
    gateway.lie(move |path, body| if of_log(path) { br#"{"leaves":[]}"#.to_vec() } else { body });
    assert_eq!(wallet.polls().await.unwrap_err(), lie, "left out");
    let another = serde_json::to_value(Bytes::new(&[7; 32])).unwrap();
    gateway.lie(move |path, body| {
        let another = another.clone();
        if of_log(path) { change(&body, |json| json["leaves"][0]["leaf"] = another) } else { body }
    });
    assert_eq!(wallet.polls().await.unwrap_err(), lie, "renamed");
}

#[tokio::test]
async fn ballot_3_a_registrar_that_tags_a_citizen_with_a_key_of_its_own_is_found_out() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let (wallet, _) = voter.on_the_roll(1).await;
    polls.lock().unwrap().registrars[1] = Mood::Tags;
    let begun = wallet.register_for_poll(&voter.id(), None).await.unwrap();
    assert!(!*begun.complete());
    assert_eq!(*begun.registrars()[1].state(), "awaited");
    assert!(begun.registrars()[1].hint().as_ref().unwrap().en.contains("could not be verified"));
}

#[tokio::test]
async fn ballot_9_a_receipt_of_another_place_board_or_citizen_is_refused() {
    let (gateway, polls) = ordinary();
    let (hers, mine) = (Voter::new(&gateway, &polls, 1), Voter::new(&gateway, &polls, 2));
    let id = mine.id();
    let (her_wallet, _) = hers.on_the_roll(1).await;
    let (wallet, _) = mine.on_the_roll(2).await;
    her_wallet.register_for_poll(&id, None).await.unwrap();
    wallet.register_for_poll(&id, None).await.unwrap();
    go_to(&gateway, OPENS);
    vote(&her_wallet, &id).await.unwrap();
    let review = wallet.review_ballot(&id, &choices()).await.unwrap();
    wallet.cast_ballot(review).await.unwrap();
    go_to(&gateway, OPENS + 2 * SLOT);
    let asked = |path: &str| path.ends_with("/receipts");
    let changed = |act: fn(&mut Receipt)| {
        move |path: &str, body: Vec<u8>| {
            if !asked(path) {
                return body;
            }
            let answer: ReceiptAnswer = serde_json::from_slice(&body).unwrap();
            let ReceiptAnswer::Stands { receipt, light_block, state } = answer else { return body };
            let mut receipt: Receipt = receipt.read().unwrap();
            act(&mut receipt);
            let receipt = Bytes::of(&receipt);
            serde_json::to_vec(&ReceiptAnswer::Stands { receipt, light_block, state }).unwrap()
        }
    };
    let lies: [fn(&mut Receipt); 4] = [
        |receipt| receipt.proof.index ^= 1,
        |receipt| receipt.head.log.count += 1,
        |receipt| receipt.leaf.voting_key = citizen_voting::VotingKey::from_bytes([8; 32]),
        |receipt| receipt.leaf.sequence = citizen_voting::Sequence::new(9),
    ];
    for lie in lies {
        gateway.lie(changed(lie));
        let view = wallet.advance_vote(&id).await.unwrap();
        assert_eq!(*view.state(), "promised", "no receipt was taken");
    }
    gateway.be_honest();
    assert!(wallet.advance_vote(&id).await.unwrap().is_placed());
}

#[tokio::test]
async fn ballot_13_a_board_without_the_ballot_or_another_board_than_the_receipts_is_refused() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    wallet.register_for_poll(&id, None).await.unwrap();
    go_to(&gateway, OPENS);
    vote(&wallet, &id).await.unwrap();
    // Shown less, or something else: it does not lead to the proved head.
    gateway.lie(|path, body| {
        if !path.ends_with("/leaves") {
            return body;
        }
        change(&body, |json| json["leaves"].as_array_mut().unwrap().truncate(1))
    });
    assert!(wallet.verify_counted(&id).await.is_ok(), "short pages are still all of it");
    let slot = BoardLeaf::Slot(citizen_voting::board::SlotMark { slot: 5 }).to_canonical();
    let slot = serde_json::to_value(Bytes::new(&slot)).unwrap();
    gateway.lie(move |path, body| {
        if !path.ends_with("/leaves") {
            return body;
        }
        let slot = slot.clone();
        change(&body, |json| {
            json["leaves"].as_array_mut().unwrap().iter_mut().for_each(|leaf| leaf["leaf"] = slot.clone())
        })
    });
    assert_eq!(wallet.verify_counted(&id).await.unwrap_err(), UNPROVED);
    gateway.be_honest();
    // The ledger itself took the ballot out: all its validators signed, and the receipt still convicts them.
    gateway.town(|town| {
        let mut polls = polls.lock().unwrap();
        polls.board.retain(|entry| matches!(entry.leaf(), BoardLeaf::Slot(_)));
        polls.republish(town);
    });
    assert_eq!(wallet.verify_counted(&id).await.unwrap_err(), UNPROVED);
}

/// The root is what tells: her own ballot stands there unchanged, and all that her receipt saw.
#[tokio::test]
async fn ballot_13_a_board_on_which_only_another_citizens_later_ballot_is_changed_is_refused() {
    let (gateway, polls) = ordinary();
    let (mine, hers) = (Voter::new(&gateway, &polls, 1), Voter::new(&gateway, &polls, 2));
    let id = mine.id();
    let (wallet, _) = mine.on_the_roll(1).await;
    let (her_wallet, _) = hers.on_the_roll(2).await;
    wallet.register_for_poll(&id, None).await.unwrap();
    her_wallet.register_for_poll(&id, None).await.unwrap();
    go_to(&gateway, OPENS);
    vote(&wallet, &id).await.unwrap();
    vote(&her_wallet, &id).await.unwrap();
    assert!(wallet.verify_counted(&id).await.unwrap().is_counted());
    let own = polls.lock().unwrap().board.iter().find_map(|entry| Some(entry.leaf().ballot()?.voting_key));
    gateway.lie(move |path, body| {
        if !path.ends_with("/leaves") {
            return body;
        }
        change(&body, |json| {
            for leaf in json["leaves"].as_array_mut().unwrap() {
                let bytes: Bytes = serde_json::from_value(leaf["leaf"].clone()).unwrap();
                let Ok(BoardLeaf::Cast(mut ballot)) = bytes.read() else { continue };
                if Some(ballot.voting_key) != own {
                    ballot.entry = citizen_primitives::Hash::ZERO;
                    leaf["leaf"] = serde_json::to_value(Bytes::of(&BoardLeaf::Cast(ballot))).unwrap();
                }
            }
        })
    });
    assert_eq!(wallet.verify_counted(&id).await.unwrap_err(), UNPROVED);
}

#[tokio::test]
async fn ballot_14_a_board_that_was_tampered_with_fails_the_whole_verification() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    wallet.register_for_poll(&id, None).await.unwrap();
    go_to(&gateway, OPENS);
    vote(&wallet, &id).await.unwrap();
    go_to(&gateway, OPENS + SLOTS * SLOT);
    assert!(*wallet.verify_poll(&id, |_| {}).await.unwrap().ok());
    gateway.lie(|path, body| if path.ends_with("/leaves") { br#"{"leaves":[]}"#.to_vec() } else { body });
    let report = wallet.verify_poll(&id, |_| {}).await.unwrap();
    assert!(!*report.ok());
    assert!(report.first_failure().as_ref().unwrap().contains("not the log that the ledger's state holds"));
    gateway.be_honest();
    gateway.be_offline(true);
    assert!(wallet.verify_poll(&id, |_| {}).await.is_err());
}

#[tokio::test]
async fn ballot_16_an_election_key_that_does_not_come_out_of_the_ceremony_gets_no_ballot() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    wallet.register_for_poll(&id, None).await.unwrap();
    go_to(&gateway, OPENS);
    gateway.town(|town| polls.lock().unwrap().swap_key(town));
    let refused = wallet.review_ballot(&id, &choices()).await.unwrap_err();
    assert_eq!(refused, WalletError::Unverified { what: Subject::ElectionKey, source: Party::Ledger });
}
