//! The mempool's question: would it be executed now?

use crate::support::town::{id_of, sign};
use crate::support::{Phone, Town, points};
use citizen_ledger::{Action, Rejection, StateKey, Transfer};
use citizen_primitives::{ChainId, Hash, Height, Label, TransactionId};
use city_state::{AdmitError, Desk, ExecuteError, ReadError, StateRead};

fn asked(town: &Town, transaction: &[u8]) -> Result<TransactionId, Rejection> {
    let desk = Desk::open(&town.ledger, town.height, town.time).unwrap();
    match desk.admit(transaction.to_vec(), &town.chain_id, town.time) {
        Ok(admitted) => Ok(admitted.transaction().id()),
        Err(AdmitError::Rejected(rejection)) => Err(rejection),
        Err(error) => panic!("{error}"),
    }
}

fn give(to: &Phone, amount: u64) -> Action {
    Action::Transfer(Transfer { to: to.account, points: points(amount) })
}

#[test]
fn what_is_admitted_is_executed_and_what_is_not_is_refused_for_the_same_reason() {
    let mut town = Town::new();
    let (phone, friend) = (town.open(40), town.open(41));
    town.earn(&phone, 100);
    let stale = town.by_device(&phone, give(&friend, 1));
    town.accepts(stale.clone());
    let right = town.by_device(&phone, give(&friend, 99));
    let too_much = town.by_device(&phone, give(&friend, 100));
    let own_account = town.by_device(&phone, give(&phone, 1));
    let mut early = town.body(phone.signer(), give(&friend, 1));
    early.valid_until = town.height.plus(21);
    let mut late = early.clone();
    late.valid_until = Height::new(town.height.value() - 1);
    let mut elsewhere = early.clone();
    elsewhere.chain_id = ChainId::new("other").unwrap();
    let by_phone = |body| sign(body, &[&|bytes: &[u8]| phone.key.sign(Label::Transaction, bytes)]);
    let forged = sign(&early, &[&|bytes| friend.key.sign(Label::Transaction, bytes)]);
    let cases = [
        (stale, Err(Rejection::Replayed)),
        (right.clone(), Ok(id_of(&right))),
        (too_much, Err(Rejection::NotEnough)),
        (own_account, Err(Rejection::Nothing)),
        (by_phone(&early), Err(Rejection::TooFarAhead)),
        (by_phone(&late), Err(Rejection::TooLate)),
        (by_phone(&elsewhere), Err(Rejection::WrongChain)),
        (forged, Err(Rejection::Signature)),
        (b"nonsense".to_vec(), Err(Rejection::Malformed)),
    ];
    for (transaction, expected) in cases {
        assert_eq!(asked(&town, &transaction), expected);
        let outcome = town.try_block(&[transaction]).unwrap();
        assert_eq!(Rejection::from_code(outcome.results[0].code), expected.err());
    }
}

#[test]
fn asking_changes_nothing_and_demands_no_order() {
    let mut town = Town::new();
    let (phone, friend) = (town.open(40), town.open(41));
    town.earn(&phone, 100);
    let (first, second) =
        (town.by_device(&phone, give(&friend, 60)), town.by_device(&phone, give(&friend, 60)));
    let before = town.ledger.clone();
    for transaction in [&second, &first, &second] {
        assert!(asked(&town, transaction).is_ok(), "each by itself would be executed");
    }
    assert_eq!(town.ledger, before);
    town.accepts(second);
    assert_eq!(asked(&town, &first), Err(Rejection::NotEnough));
}

/// A disk that is gone.
struct Broken;

impl StateRead for Broken {
    fn read(&self, _: &StateKey) -> Result<Option<Vec<u8>>, ReadError> {
        Err(ReadError::new("the disk is gone".into()))
    }

    fn was_consumed(&self, _: &TransactionId) -> Result<bool, ReadError> {
        Err(ReadError::new("the disk is gone".into()))
    }

    fn find_mark(&self, _: &StateKey, _: &[u8; 32]) -> Result<Option<u64>, ReadError> {
        Err(ReadError::new("the disk is gone".into()))
    }

    fn leaf_content(&self, _: &StateKey, _: u64) -> Result<Option<Vec<u8>>, ReadError> {
        Err(ReadError::new("the disk is gone".into()))
    }

    fn pending_headers(&self) -> Result<Vec<Hash>, ReadError> {
        Err(ReadError::new("the disk is gone".into()))
    }
}

#[test]
fn a_state_that_cannot_be_read_is_no_refusal() {
    let mut town = Town::new();
    let opening = town.opening(&Phone::new(40));
    assert!(matches!(Desk::open(&Broken, town.height, town.time), Err(ExecuteError::Read(_))));
    let executed = city_state::execute(&Broken, &town.next_block(&[opening]));
    assert!(matches!(executed, Err(ExecuteError::Read(_))));
}
