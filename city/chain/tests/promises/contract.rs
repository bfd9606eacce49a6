//! What any chain must do for a gateway, whoever orders its blocks. Another ordering runs through the same function.

use crate::support::{Phone, Town, grant};
use citizen_coin::account::running_hash;
use citizen_coin::{AccountRecord, EntryKind};
use citizen_ledger::{LightBlock, LightClient, Rejection, Trust, TrustAnchor, VerifiedHeader, state_key};
use citizen_primitives::{AccountId, Height, Seconds, TransactionId, UnixTime};
use city_chain::{Chain, SubmitError};

/// A chain that has just begun, and how it is made to go on until nothing is due.
struct Subject<'a> {
    chain: &'a dyn Chain,
    settle: &'a dyn Fn(),
    now: &'a dyn Fn() -> UnixTime,
}

#[test]
fn chain_3_the_embedded_chain_keeps_the_contract() {
    let town = Town::new();
    let settle = || {
        town.settle();
    };
    let now = || citizen_primitives::Clock::now(&*town.clock);
    keeps_the_contract(&Subject { chain: &town.chain, settle: &settle, now: &now });
}

fn keeps_the_contract(subject: &Subject<'_>) {
    nothing_is_proved_before_the_first_header(subject.chain);
    let watch = subject.chain.watch();
    (subject.settle)();
    let phone = trusting_the_first_header(subject.chain);
    let (giver, taker) = (Phone::new(1), Phone::new(2));
    let opened = [&giver, &taker].map(|phone| included(subject, phone.opening(50)));
    let granted = included(subject, grant(&giver.account, 1_000, 1));
    let given = included(subject, giver.transfer(&taker.account, 300, 2));
    for id in opened.iter().chain([&granted, &given]) {
        transactions_stand_where_they_are_said_to(subject.chain, id);
    }
    let header = newest_header(subject, &phone);
    balances_are_proved(subject.chain, &header, [(&giver, 700), (&taker, 300)]);
    histories_are_those_of_the_records(subject.chain, &header, [&giver, &taker]);
    earlier_headers_are_proved(subject.chain, &header);
    no_log_has_begun(subject.chain);
    what_cannot_be_is_refused(subject, &giver);
    assert_eq!(*watch.borrow(), subject.chain.status().latest, "watchers hear of the newest header");
}

fn nothing_is_proved_before_the_first_header(chain: &dyn Chain) {
    assert_eq!(chain.status().latest, Height::new(0));
    assert_eq!(chain.light_block(None).unwrap(), None);
    assert_eq!(chain.prove(&[state_key::supply()]).unwrap(), None);
    assert_eq!(chain.prove_header(Height::new(1)).unwrap(), None);
    assert!(chain.entries(&AccountId::from_bytes([1; 32]), 0, 10).unwrap().is_empty());
    no_log_has_begun(chain);
}

/// What stands in logs is tested where polls are held: at the gateway.
fn no_log_has_begun(chain: &dyn Chain) {
    let log = state_key::polls();
    assert!(chain.leaves(&log, 0, 10, 1_000).unwrap().is_empty());
    assert_eq!(chain.prove_leaf(&log, 0).unwrap(), None);
    assert_eq!(chain.prove_growth(&log, 0).unwrap(), None);
    assert_eq!(chain.find_mark(&log, &[7; 32]).unwrap(), None);
}

fn trusting_the_first_header(chain: &dyn Chain) -> LightClient {
    let first = header_of(chain, Some(Height::new(1)));
    LightClient::new(TrustAnchor::dangerous_trust(&first, Trust::File, Seconds::new(86_400)))
}

fn header_of(chain: &dyn Chain, height: Option<Height>) -> LightBlock {
    LightBlock::decode(&chain.light_block(height).unwrap().unwrap()).unwrap()
}

fn included(subject: &Subject<'_>, transaction: Vec<u8>) -> TransactionId {
    let id = subject.chain.submit(transaction).unwrap();
    (subject.settle)();
    id
}

fn transactions_stand_where_they_are_said_to(chain: &dyn Chain, id: &TransactionId) {
    let (height, index, code) = chain.transaction(id).unwrap().unwrap();
    let block = chain.block(height).unwrap().unwrap();
    let index = usize::try_from(index).unwrap();
    let (transaction, _) = citizen_ledger::SignedTransaction::decode(&block.transactions[index]).unwrap();
    assert_eq!((transaction.id(), block.codes[index], code), (*id, 0, 0));
    assert_eq!(block.hash, header_of(chain, Some(height)).header_hash());
}

fn newest_header(subject: &Subject<'_>, phone: &LightClient) -> VerifiedHeader {
    let status = subject.chain.status();
    let newest = header_of(subject.chain, None);
    assert_eq!(newest, header_of(subject.chain, Some(status.latest)));
    assert_eq!((newest.height(), newest.time()), (status.latest, status.latest_time));
    assert_eq!((newest.chain_id(), status.queued), (&status.chain_id, 0));
    assert!(status.earliest <= status.latest);
    assert_eq!(subject.chain.light_block(Some(status.latest.next())).unwrap(), None);
    assert_eq!(subject.chain.light_block(Some(Height::new(0))).unwrap(), None);
    phone.verify(&newest, (subject.now)()).unwrap()
}

fn record(chain: &dyn Chain, header: &VerifiedHeader, account: &AccountId) -> Option<AccountRecord> {
    let key = state_key::account(account);
    let proven = chain.prove(&[state_key::supply(), key.clone()]).unwrap().unwrap();
    assert_eq!(LightBlock::decode(&proven.light_block).unwrap().header_hash(), header.header_hash());
    header.prove_in(&key, &proven.state).unwrap().into_parts().0
}

fn balances_are_proved(chain: &dyn Chain, header: &VerifiedHeader, balances: [(&Phone, u64); 2]) {
    let month = header.time().month_in_seoul().unwrap();
    for (phone, points) in balances {
        let record = record(chain, header, &phone.account).unwrap();
        assert_eq!(record.spendable(month).unwrap().amount(), points);
    }
    assert_eq!(record(chain, header, &AccountId::from_bytes([9; 32])), None, "absence is proved too");
}

fn histories_are_those_of_the_records(chain: &dyn Chain, header: &VerifiedHeader, phones: [&Phone; 2]) {
    for phone in phones {
        let record = record(chain, header, &phone.account).unwrap();
        let entries = chain.entries(&phone.account, 0, 100).unwrap();
        assert_eq!(running_hash(&entries), record.history);
        assert!(matches!(entries[0].kind, EntryKind::Opened));
        assert_eq!(chain.entries(&phone.account, 1, 1).unwrap(), entries[1..2]);
        assert!(chain.entries(&phone.account, record.entries, 10).unwrap().is_empty());
    }
}

fn earlier_headers_are_proved(chain: &dyn Chain, header: &VerifiedHeader) {
    for height in 1..header.height().value() - 1 {
        let proven = chain.prove_header(Height::new(height)).unwrap().unwrap();
        let old = LightBlock::decode(&proven.old).unwrap();
        assert_eq!(old, header_of(chain, Some(Height::new(height))));
        assert_eq!(proven.proof.verify(&old, header).unwrap().height(), Height::new(height));
    }
}

fn what_cannot_be_is_refused(subject: &Subject<'_>, giver: &Phone) {
    let rejection = |transaction| match subject.chain.submit(transaction) {
        Err(SubmitError::Rejected(rejection)) => rejection,
        other => panic!("{other:?}"),
    };
    assert_eq!(rejection(giver.opening(50)), Rejection::Replayed);
    let nobody = AccountId::from_bytes([9; 32]);
    assert_eq!(rejection(giver.transfer(&nobody, 1, 9)), Rejection::NoAccount);
    assert_eq!(rejection(giver.transfer(&Phone::new(2).account, 701, 9)), Rejection::NotEnough);
    assert_eq!(rejection(vec![0; 100]), Rejection::Malformed);
    let mut forged = giver.transfer(&nobody, 1, 9);
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(rejection(forged), Rejection::Signature);
    assert_eq!(subject.chain.status().queued, 0);
}
