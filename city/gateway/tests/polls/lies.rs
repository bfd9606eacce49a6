//! CLIENT-10: a gateway that lies about public logs, field by field and byte by byte.

use crate::polling::city::Citizen;
use crate::polling::manifest::*;
use crate::town::{HERE, Town, Wire, poll_id};
use crate::whole::verified;
use citizen_client::api::Bytes;
use citizen_client::{CallError, LedgerError, Unproved};
use citizen_ledger::{LogHead, state_key};
use citizen_primitives::Hash;
use citizen_voting::verify::CheckName;
use serde_json::{Value, json};

/// A board of five leaves and its issuance log of nine.
fn town() -> Town {
    let town = Town::with_a_key();
    let citizens: Vec<_> = (0..3).map(|person| Citizen::register(person, CITIZENS)).collect();
    town.register(&citizens);
    town.in_slot(0);
    assert_eq!(town.bring(0, vec![citizens[0].cast(1), citizens[1].cast(1)]), 0);
    town.in_slot(1);
    assert_eq!(town.bring(1, vec![citizens[2].cast(1)]), 0);
    town
}

/// The answer with one byte of a field changed.
fn flipped(body: &[u8], field: &str, place: usize) -> Option<Vec<u8>> {
    let mut answer: Value = serde_json::from_slice(body).unwrap();
    let text: Bytes = serde_json::from_value(answer.pointer(field)?.clone()).unwrap();
    let mut bytes = text.decode().unwrap();
    *bytes.get_mut(place)? ^= 1 << (place % 8);
    *answer.pointer_mut(field)? = json!(Bytes::new(&bytes));
    Some(answer.to_string().into_bytes())
}

fn length(body: &[u8], field: &str) -> usize {
    let answer: Value = serde_json::from_slice(body).unwrap();
    let text: Bytes = serde_json::from_value(answer.pointer(field).unwrap().clone()).unwrap();
    text.decode().unwrap().len()
}

/// The honest answer to a path.
async fn honest(town: &Town, path: &str) -> Vec<u8> {
    use citizen_client::{Method, Request, Transport as _};
    let url = format!("http://city.example{path}").parse().unwrap();
    let request = Request { place: HERE, method: Method::Get, url, body: Vec::new() };
    Wire::honest(town.router()).send(request).await.unwrap().body
}

fn is_refused<T: std::fmt::Debug>(outcome: &Result<T, LedgerError>) -> bool {
    matches!(
        outcome,
        Err(LedgerError::Unverified { .. } | LedgerError::Header(_) | LedgerError::Conflict { .. })
    ) || matches!(outcome, Err(LedgerError::ClockWrong { .. } | LedgerError::Call(CallError::Malformed)))
}

#[tokio::test]
async fn client_10_no_byte_of_a_leafs_or_a_growths_proof_can_be_changed() {
    let (town, log) = (town(), state_key::board(&poll_id()));
    // `board/…` in base64url.
    let address = Bytes::new(log.as_bytes());
    let address = json!(address).as_str().unwrap().to_owned();
    let seen = LogHead { count: 3, root: *town_head(&town, 3).await.root() };
    let leaf = format!("/v1/ledger/logs/{address}/leaves/2/proof");
    let growth = format!("/v1/ledger/logs/{address}/growth?from=3");
    for (path, fields) in
        [(leaf, &["/light_block", "/leaf/leaf", "/proof"][..]), (growth, &["/light_block", "/growth"][..])]
    {
        let answer = honest(&town, &path).await;
        for field in fields {
            for place in (0..length(&answer, field)).step_by(37) {
                let lie = flipped(&answer, field, place).unwrap();
                let client = town.client_of(Wire::lying(town.router(), move |_, _| lie.clone()));
                let refused = if path.contains("growth") {
                    is_refused(&client.prove_growth(HERE, &log, &seen).await)
                } else {
                    is_refused(&client.prove_leaf(HERE, &log, 2).await)
                };
                assert!(refused, "{path} {field} {place}");
            }
        }
    }
}

/// The head of the board's first leaves, made out of them.
async fn town_head(town: &Town, count: u64) -> Head {
    let leaves = town.client().log_leaves(HERE, &state_key::board(&poll_id()), 0).await.unwrap();
    let count = usize::try_from(count).unwrap();
    let hashes = leaves.iter().take(count).map(|leaf| citizen_merkle::leaf_hash(&leaf.leaf));
    Head(citizen_merkle::MemoryTree::of(hashes).root())
}

struct Head(Hash);

impl Head {
    const fn root(&self) -> &Hash {
        &self.0
    }
}

#[tokio::test]
async fn client_10_another_place_another_log_and_another_beginning_are_refused() {
    let town = town();
    let (board, issuance) = (state_key::board(&poll_id()), state_key::issuance(&poll_id()));
    let address =
        |key: &citizen_ledger::StateKey| json!(Bytes::new(key.as_bytes())).as_str().unwrap().to_owned();
    let client_told =
        |answer: Vec<u8>| town.client_of(Wire::lying(town.router(), move |_, _| answer.clone()));
    let another_place = honest(&town, &format!("/v1/ledger/logs/{}/leaves/1/proof", address(&board))).await;
    let outcome = client_told(another_place).prove_leaf(HERE, &board, 2).await;
    assert!(matches!(outcome, Err(LedgerError::Unverified { what: Unproved::Log(_) })), "{outcome:?}");
    let another_log = honest(&town, &format!("/v1/ledger/logs/{}/leaves/2/proof", address(&issuance))).await;
    assert!(is_refused(&client_told(another_log).prove_leaf(HERE, &board, 2).await));
    // VOTE-16: a phone that was shown another board before notices.
    let forked = LogHead { count: 3, root: Hash::from_bytes([7; 32]) };
    let outcome = town.client().prove_growth(HERE, &board, &forked).await;
    assert!(matches!(outcome, Err(LedgerError::Unverified { what: Unproved::Log(_) })), "{outcome:?}");
    let shorter = honest(&town, &format!("/v1/ledger/logs/{}/growth?from=2", address(&board))).await;
    let seen = LogHead { count: 3, root: *town_head(&town, 3).await.root() };
    assert!(is_refused(&client_told(shorter).prove_growth(HERE, &board, &seen).await));
    assert!(town.client().prove_growth(HERE, &board, &seen).await.unwrap().is_some());
    // A board of the future is not here yet, which decides nothing.
    let later = LogHead { count: 9, ..seen };
    assert!(town.client().prove_growth(HERE, &board, &later).await.unwrap().is_none());
}

/// VOTE-16: the anchor is proved, and the leaves are what a gateway says; one that leaves out, swaps or changes some shows another log.
#[tokio::test(flavor = "multi_thread")]
async fn vote_16_a_gateway_that_tells_another_board_is_found_by_the_verifier() {
    let town = Town::with_a_key();
    town.hold();
    let published = town.published().await;
    let change = |change: fn(&mut Vec<Value>)| {
        let board = json!(Bytes::new(state_key::board(&poll_id()).as_bytes())).as_str().unwrap().to_owned();
        town.client_of(Wire::lying(town.router(), move |path, body| {
            if !path.contains(&board) {
                return body;
            }
            let mut answer: Value = serde_json::from_slice(&body).unwrap();
            change(answer["leaves"].as_array_mut().unwrap());
            answer.to_string().into_bytes()
        }))
    };
    let lies: [(CheckName, fn(&mut Vec<Value>)); 5] = [
        (CheckName::BoardLog, |leaves| {
            if leaves.len() > 6 {
                leaves.remove(5);
            }
        }),
        (CheckName::BoardLog, |leaves| {
            if leaves.len() > 6 {
                leaves.swap(5, 6);
            }
        }),
        // Somebody's ballot twice in the place of another's.
        (CheckName::BoardLog, |leaves| {
            if leaves.len() > 6 {
                leaves[5] = leaves[6].clone();
            }
        }),
        // The leaves alone: the log is the right one, and there is nothing to verify in it.
        (CheckName::Entries, |leaves| leaves.iter_mut().for_each(|leaf| leaf["content"] = json!(""))),
        (CheckName::BoardLog, Vec::clear),
    ];
    for (check, lie) in lies {
        let report = verified(&change(lie), &published, usize::MAX).await;
        let found = report.checks.iter().find(|found| found.name == check).unwrap();
        assert!(found.failed > 0 && !report.is_ok(), "{check:?}");
    }
}
