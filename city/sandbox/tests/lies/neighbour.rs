//! True records, proved under the true header, that are somebody else's.

use crate::live::{Live, points};
use crate::town::Town;
use citizen_client::Response;
use citizen_client::api::{Bytes, StateAnswer};
use citizen_ledger::{ProvenState, ProvenValue, state_key};
use citizen_primitives::AccountId;
use citizen_wallet::WalletError;
use citizen_wallet::error::{Party, Subject};
use city_chain::Chain as _;
use std::sync::Arc;

/// Which of two keys a record is given out under: one's own, theirs.
type Name = fn(Vec<u8>, Vec<u8>) -> Vec<u8>;

/// The answer with the neighbour's record in the place of the phone's own, under the key that `name` chooses.
fn exchanged(
    town: &Town,
    (own, neighbour): (AccountId, AccountId),
    name: Name,
    answer: Response,
) -> Response {
    let mut told: StateAnswer = serde_json::from_slice(&answer.body).unwrap();
    let mut state: ProvenState = told.state.read().unwrap();
    let theirs = town.chain.prove(&[state_key::account(&neighbour)]).unwrap().unwrap();
    let theirs = theirs.state.values[0].clone();
    let key = state_key::account(&own);
    for value in state.values.iter_mut().filter(|value| value.key == key.as_bytes()) {
        let key = name(value.key.clone(), theirs.key.clone());
        *value = ProvenValue { key, ..theirs.clone() };
    }
    told.state = Bytes::of(&state);
    Response { body: serde_json::to_vec(&told).unwrap(), ..answer }
}

#[tokio::test]
async fn ledger_3_a_neighbours_proved_record_is_refused_under_either_name() {
    let town = Town::found(1);
    let (live, rich) = (Live::new(&town, 1), Live::new(&town, 2));
    let wallet = live.create(town.trust()).await;
    let neighbour = *rich.with_points("이둘").await.account().unwrap().account();
    let own = *wallet.account().unwrap().account();
    let names: [Name; 2] = [|own, _| own, |_, theirs| theirs];
    for name in names {
        let liar = Arc::clone(&town);
        live.lie(move |path, answer| {
            if path == "/v1/ledger/state" { exchanged(&liar, (own, neighbour), name, answer) } else { answer }
        });
        let refused = wallet.balance().await.unwrap_err();
        let is_record =
            matches!(refused, WalletError::Unverified { what: Subject::Record, source: Party::Ledger });
        assert!(is_record, "{refused:?}");
    }
    live.be_honest();
    assert_eq!(points(&wallet.balance().await.unwrap()), 0);
}
