//! A town that goes from block to block.

use super::{Ledger, Phone, Service};
use citizen_coin::{AccountRecord, ProgrammeRecord};
use citizen_keys::{Signature, Signed, SigningKey};
use citizen_ledger::{
    Action, Capture, Dated, Genesis, Govern, Grant, Nonce, Parameters, Rejection, Release, ReplaceDevice,
    Role, Signer, TransactionBody, Validator, state_key,
};
use citizen_payment::word::BankDebit;
use citizen_payment::{Hold, PaymentRecord};
use citizen_primitives::{
    Canonical as _, ChainId, Hash, Height, Label, Month, PaymentId, PersonTag, Points, ProgrammeId, Seconds,
    Text, TransactionId, UnixTime, Won,
};
use city_state::{Block, ExecuteError, HeaderNews, Outcome, execute};

pub(crate) fn points(amount: u64) -> Points {
    Points::new(amount).unwrap()
}

pub(crate) fn won(amount: u64) -> Won {
    Won::new(amount).unwrap()
}

/// The ledger, its parties, and when the next block comes.
pub(crate) struct Town {
    pub(crate) chain_id: ChainId,
    pub(crate) ledger: Ledger,
    pub(crate) governors: Vec<Service>,
    pub(crate) treasury: Service,
    pub(crate) centre: Service,
    pub(crate) bank: Service,
    /// The next block's height.
    pub(crate) height: Height,
    /// The next block's time.
    pub(crate) time: UnixTime,
    /// Every block so far.
    pub(crate) past: Vec<(UnixTime, Vec<Vec<u8>>)>,
    fresh: u8,
    round: u8,
}

impl Town {
    pub(crate) fn new() -> Self {
        Self::with(parameters())
    }

    /// A town with other parameters.
    pub(crate) fn with(parameters: Parameters) -> Self {
        let governors = (1..=4).map(|seed| Service::new(Role::Governor, seed)).collect();
        let mut town = Self {
            chain_id: ChainId::new("seoul-test").unwrap(),
            ledger: Ledger {
                records: std::collections::BTreeMap::new(),
                consumed: std::collections::BTreeMap::new(),
                waiting: Vec::new(),
                histories: std::collections::BTreeMap::new(),
                logs: std::collections::BTreeMap::new(),
            },
            governors,
            treasury: Service::new(Role::Treasury, 10),
            centre: Service::new(Role::Centre, 20),
            bank: Service::new(Role::Bank, 30),
            height: Height::new(1),
            time: beginning().plus(Seconds::new(1)),
            past: Vec::new(),
            fresh: 0,
            round: 0,
        };
        town.ledger = Ledger::begin(&town.genesis(parameters));
        town
    }

    pub(crate) fn genesis(&self, parameters: Parameters) -> Genesis {
        let parties = [&self.treasury, &self.centre, &self.bank];
        let roles = self.governors.iter().chain(parties).map(|service| service.record(beginning())).collect();
        let validator = Service::new(Role::Governor, 99).key.public();
        Genesis {
            chain_id: self.chain_id.clone(),
            time: beginning(),
            validators: vec![Validator { key: validator.as_bytes().try_into().unwrap(), power: 10 }],
            parameters,
            roles,
            programmes: vec![
                self.programme("tax", 1_000_000_000_000, 1_000_000_000_000),
                self.programme("eco", 250_000, 100_000),
            ],
        }
    }

    pub(crate) fn programme(&self, id: &str, yearly_cap: u64, personal_cap: u64) -> ProgrammeRecord {
        ProgrammeRecord {
            id: ProgrammeId::new(id).unwrap(),
            name_ko: Text::new("시험").unwrap(),
            name_en: Text::new("Test").unwrap(),
            granter: self.treasury.id(),
            yearly_cap: points(yearly_cap),
            personal_cap: points(personal_cap),
            from: beginning(),
            until: None,
            source: Text::new("a test").unwrap(),
        }
    }

    /// The next block comes later by so many seconds.
    pub(crate) fn wait(&mut self, seconds: u64) {
        self.time = self.time.plus(Seconds::new(seconds));
    }

    /// The next block is the first of a month.
    pub(crate) fn wait_for(&mut self, year: u16, month: u8) {
        let start =
            Month::new(if month == 1 { year - 1 } else { year }, if month == 1 { 12 } else { month - 1 });
        let start = start.unwrap().end().unwrap();
        assert!(start > self.time);
        self.time = start;
    }

    /// Executes without taking in.
    pub(crate) fn try_block(&self, transactions: &[Vec<u8>]) -> Result<Outcome, ExecuteError> {
        execute(&self.ledger, &self.next_block(transactions))
    }

    pub(crate) fn next_block<'a>(&'a self, transactions: &'a [Vec<u8>]) -> Block<'a> {
        Block {
            chain_id: &self.chain_id,
            height: self.height,
            time: self.time,
            hash: header_hash(self.height),
            transactions,
        }
    }

    /// Executes the next block and takes it in; the one after comes a second later.
    pub(crate) fn block(&mut self, transactions: &[Vec<u8>]) -> Outcome {
        let outcome = self.try_block(transactions).unwrap();
        let mut ledger = self.ledger.clone();
        ledger.take_in(&self.next_block(transactions), &outcome);
        self.ledger = ledger;
        self.past.push((self.time, transactions.to_vec()));
        self.height = self.height.next();
        self.wait(1);
        outcome
    }

    /// So many blocks without transactions.
    pub(crate) fn idle(&mut self, blocks: u64) {
        for _ in 0..blocks {
            self.block(&[]);
        }
    }

    /// A block with this transaction, which succeeds.
    pub(crate) fn accepts(&mut self, transaction: Vec<u8>) -> Outcome {
        let outcome = self.block(&[transaction]);
        assert_eq!(Rejection::from_code(outcome.results[0].code), None);
        outcome
    }

    /// A block with this transaction, which is refused and leaves nothing behind but its consumed id (STATE-1).
    pub(crate) fn refuses(&mut self, transaction: Vec<u8>, why: Rejection) {
        // What time brings about comes first, so that all the rest is the transaction's.
        let begun = self.try_block(&[]).unwrap();
        let height = self.height;
        let newest =
            self.ledger.consumed.iter().rev().find(|(_, ids)| !ids.is_empty()).map(|(height, _)| *height);
        let outcome = self.block(&[transaction]);
        assert_eq!(Rejection::from_code(outcome.results[0].code), Some(why));
        assert_eq!(outcome.entries, begun.entries);
        let mut own = outcome.writes;
        own.retain(|key, value| *key != state_key::header_history() && begun.writes.get(key) != Some(value));
        if outcome.consumed.is_empty() {
            assert!(own.is_empty());
            assert!(begun.writes.is_empty() == (outcome.headers == HeaderNews::Waiting));
        } else {
            own.retain(|_, value| value.is_some());
            let memory = [Some(height), newest, Some(Height::new(0))];
            let memory = memory.into_iter().flatten().map(state_key::consumed);
            assert!(own.into_keys().all(|key| memory.clone().any(|known| known == key)));
        }
    }

    pub(crate) fn body(&mut self, signer: Signer, action: Action) -> TransactionBody {
        TransactionBody {
            chain_id: self.chain_id.clone(),
            valid_until: self.height.plus(5),
            nonce: Nonce::from_bytes(self.fresh_bytes()),
            signer,
            action,
        }
    }

    /// Bytes that never came before.
    pub(crate) fn fresh_bytes<const N: usize>(&mut self) -> [u8; N] {
        self.fresh = self.fresh.wrapping_add(1);
        self.round = self.round.wrapping_add(u8::from(self.fresh == 0));
        std::array::from_fn(|place| if place % 2 == 0 { self.fresh } else { self.round })
    }

    /// Signed by the device's first key alone.
    pub(crate) fn by_device(&mut self, phone: &Phone, action: Action) -> Vec<u8> {
        let body = self.body(phone.signer(), action);
        sign(&body, &[&|bytes| phone.key.sign(Label::Transaction, bytes)])
    }

    /// Signed by both keys of the device.
    pub(crate) fn by_device_cosigned(&mut self, phone: &Phone, action: Action) -> Vec<u8> {
        let body = self.body(phone.signer(), action);
        sign(
            &body,
            &[&|bytes| phone.key.sign(Label::Transaction, bytes), &|bytes| {
                phone.hardware.sign(Label::Transaction, bytes).unwrap()
            }],
        )
    }

    pub(crate) fn by_party(&mut self, service: &Service, action: Action) -> Vec<u8> {
        let body = self.body(Signer::Party { key: service.key.public() }, action);
        sign(&body, &[&|bytes| service.key.sign(Label::Transaction, bytes)])
    }

    /// A decision signed by these governors.
    pub(crate) fn by_governors(&mut self, governors: &[&Service], decision: Govern) -> Vec<u8> {
        let mut governors = governors.to_vec();
        governors.sort_by_key(|governor| governor.key.public());
        let keys = governors.iter().map(|governor| governor.key.public()).collect();
        let body = self.body(Signer::Governors { keys }, Action::Govern(decision));
        let bytes = body.signing_bytes();
        body.signed(governors.iter().map(|governor| governor.key.sign(Label::Transaction, &bytes)).collect())
            .to_canonical()
    }

    /// A decision signed by the first three governors, as many as must agree.
    pub(crate) fn decided(&mut self, decision: Govern) -> Vec<u8> {
        let governors: Vec<Service> = (1..=3).map(|seed| Service::new(Role::Governor, seed)).collect();
        self.by_governors(&governors.iter().collect::<Vec<_>>(), decision)
    }

    /// Signed by several together, and by further keys.
    pub(crate) fn by_several(
        &mut self,
        keys: &[&SigningKey],
        action: Action,
        further: &[Sign<'_>],
    ) -> Vec<u8> {
        let mut keys = keys.to_vec();
        keys.sort_by_key(|key| key.public());
        let signer = Signer::Several { keys: keys.iter().map(|key| key.public()).collect() };
        let body = self.body(signer, action);
        let bytes = body.signing_bytes();
        let own = keys.iter().map(|key| key.sign(Label::Transaction, &bytes));
        body.signed(own.chain(further.iter().map(|sign| sign(&bytes))).collect()).to_canonical()
    }

    /// Signed by the account's recovery key, and by further ones.
    pub(crate) fn by_recovery(&mut self, phone: &Phone, action: Action, further: &[Sign<'_>]) -> Vec<u8> {
        let key = phone.recovery.clone();
        let body = self.body(Signer::Recovery { account: phone.account, key: key.public() }, action);
        let own: Sign<'_> = &|bytes| key.sign(Label::Transaction, bytes);
        sign(&body, &[&[own], further].concat())
    }

    pub(crate) fn opening(&mut self, phone: &Phone) -> Vec<u8> {
        let body = self.body(Signer::Opening, Action::OpenAccount(phone.opening()));
        sign(
            &body,
            &[
                &|bytes| phone.key.sign(Label::Transaction, bytes),
                &|bytes| phone.hardware.sign(Label::Transaction, bytes).unwrap(),
                &|bytes| phone.recovery.sign(Label::Transaction, bytes),
            ],
        )
    }

    /// The account's recovery key lists another device.
    pub(crate) fn recovery(&mut self, old: &Phone, new: &Phone) -> Vec<u8> {
        let key = old.recovery.clone();
        let signer = Signer::Recovery { account: old.account, key: key.public() };
        let action = Action::ReplaceDevice(ReplaceDevice { account: old.account, device: new.pair() });
        let body = self.body(signer, action);
        sign(
            &body,
            &[
                &|bytes| key.sign(Label::Transaction, bytes),
                &|bytes| new.key.sign(Label::Transaction, bytes),
                &|bytes| new.hardware.sign(Label::Transaction, bytes).unwrap(),
            ],
        )
    }

    /// A phone with an account.
    pub(crate) fn open(&mut self, seed: u8) -> Phone {
        let phone = Phone::new(seed);
        let opening = self.opening(&phone);
        self.accepts(opening);
        phone
    }

    pub(crate) fn grant(&mut self, programme: &str, phone: &Phone, amount: u64) -> Grant {
        Grant {
            programme: ProgrammeId::new(programme).unwrap(),
            account: phone.account,
            points: points(amount),
            person: PersonTag::from_bytes(*phone.account.as_bytes()),
            evidence: Hash::from_bytes(self.fresh_bytes()),
        }
    }

    /// Grants points without a cap.
    pub(crate) fn earn(&mut self, phone: &Phone, amount: u64) {
        let grant = self.grant("tax", phone, amount);
        let transaction = self.by_treasury(Action::Grant(grant));
        self.accepts(transaction);
    }

    pub(crate) fn by_treasury(&mut self, action: Action) -> Vec<u8> {
        let treasury = Service::new(Role::Treasury, 10);
        self.by_party(&treasury, action)
    }

    /// A new payment that lapses 100 seconds after the next block.
    pub(crate) fn order(&mut self, amount: u64, won_amount: u64) -> Hold {
        Hold {
            payment: PaymentId::from_bytes(self.fresh_bytes()),
            points: points(amount),
            won: won(won_amount),
            commitment: Hash::from_bytes(self.fresh_bytes()),
            centre: self.centre.id(),
            bank: self.bank.id(),
            expires: self.time.plus(Seconds::new(100)),
        }
    }

    /// A payment that is on hold.
    pub(crate) fn held(&mut self, phone: &Phone, amount: u64, won_amount: u64) -> PaymentId {
        let order = self.order(amount, won_amount);
        let payment = order.payment;
        let transaction = self.by_device(phone, Action::Hold(order));
        self.accepts(transaction);
        payment
    }

    pub(crate) fn capture(&mut self, payment: PaymentId, debit: Option<Signed<BankDebit>>) -> Vec<u8> {
        let centre = Service::new(Role::Centre, 20);
        self.by_party(&centre, Action::Capture(Capture { payment, debit }))
    }

    pub(crate) fn release(&mut self, payment: PaymentId) -> Vec<u8> {
        let centre = Service::new(Role::Centre, 20);
        self.by_party(&centre, Action::Release(Release { payment }))
    }

    /// The bank's debit of a payment that is on hold.
    pub(crate) fn debit(&self, payment: &PaymentId) -> BankDebit {
        let PaymentRecord { order, won, .. } = self.payment(payment);
        BankDebit { payment: *payment, order, won, booking: 1, time: self.time }
    }

    pub(crate) fn payment(&self, payment: &PaymentId) -> PaymentRecord {
        self.ledger.record(&state_key::payment(payment)).unwrap()
    }

    pub(crate) fn account(&self, phone: &Phone) -> AccountRecord {
        self.ledger.account(&phone.account)
    }

    /// What the account can spend in the next block.
    pub(crate) fn spendable(&self, phone: &Phone) -> u64 {
        self.account(phone).spendable(self.time.month_in_seoul().unwrap()).unwrap().amount()
    }

    /// What happened to the account, newest last.
    pub(crate) fn happened(&self, phone: &Phone) -> Vec<citizen_coin::EntryKind> {
        self.ledger.histories[&phone.account].iter().map(|entry| entry.kind.clone()).collect()
    }
}

pub(crate) type Sign<'a> = &'a dyn Fn(&[u8]) -> Signature;

/// Puts signatures to a body.
pub(crate) fn sign(body: &TransactionBody, keys: &[Sign<'_>]) -> Vec<u8> {
    let bytes = body.signing_bytes();
    body.signed(keys.iter().map(|sign| sign(&bytes)).collect()).to_canonical()
}

pub(crate) fn id_of(transaction: &[u8]) -> TransactionId {
    citizen_ledger::SignedTransaction::decode(transaction).unwrap().0.id()
}

/// The first of November 2026, midnight in Seoul.
pub(crate) fn beginning() -> UnixTime {
    Month::new(2026, 10).unwrap().end().unwrap()
}

pub(crate) fn parameters() -> Parameters {
    let source = Text::new("a test").unwrap();
    let dated = |from, value| Dated { from, value, source: source.clone() };
    let new_year = Month::new(2026, 12).unwrap().end().unwrap();
    Parameters {
        validity_window: 20,
        longest_hold: Seconds::new(600),
        expiry_years: vec![Dated { from: beginning(), value: 5, source: source.clone() }],
        cosign_above: vec![dated(new_year, won(10_000)), dated(beginning(), won(50_000))],
        governors: 3,
        account_rate: 100,
        stale_after: Seconds::new(60),
        rules: 1,
    }
}

pub(crate) fn header_hash(height: Height) -> Hash {
    Hash::plain(&[b"header", &height.value().to_be_bytes()])
}
