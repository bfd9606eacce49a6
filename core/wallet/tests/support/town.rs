//! The town: accounts, points, payments, and who signs what about them.

use super::ledger::city::{Block, City, time_of};
use super::ledger::parties::Service;
use super::ledger::sealer::Validators;
use super::ledger::{chain_id, points, text, won};
use citizen_coin::account::{Occasion, account_id};
use citizen_coin::{AccountRecord, Cause, Entry, EntryKind};
use citizen_keys::{SealingKey, Secret32, Signed};
use citizen_ledger::parameters::RULES;
use citizen_ledger::{
    Action, CheckedTransaction, CustodyAction, CustodyRecord, Dated, Parameters, RecoveryCase, RecoveryStage,
    Role, SignedTransaction, Signer, StateKey, debit_digest, state_key,
};
use citizen_payment::word::{
    Acceptance, BankBalance, BankDebit, BankEnding, ClaimAnswer, ClaimOutcome, ClaimRefusal, Merchant,
    MerchantAnswer, MerchantStatus, OrderOpening, Undoing,
};
use citizen_payment::{Hold, PaymentRecord, PaymentState, Terms};
use citizen_primitives::{
    AccountId, Canonical, Hash, Height, MerchantId, Month, PaymentId, Points, ProgrammeId, RecoveryCaseId,
    Seconds, Text, TransactionId, UnixTime, Won,
};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

pub struct Town {
    pub chain: City,
    pub centre: Service,
    pub bank: Service,
    pub treasury: Service,
    pub sealing: SealingKey,
    pub accounts: BTreeMap<AccountId, (AccountRecord, Vec<Entry>)>,
    /// Accounts that are frozen or under recovery.
    pub custody: BTreeMap<AccountId, CustodyRecord>,
    pub payments: BTreeMap<PaymentId, PaymentRecord>,
    pub terms: BTreeMap<PaymentId, Terms>,
    /// What the bank has signed about a payment, debited or ended.
    pub debits: BTreeMap<PaymentId, Signed<BankDebit>>,
    pub endings: BTreeMap<PaymentId, Signed<BankEnding>>,
    pub at_bank: Won,
    /// What the centre answers about the code.
    pub status: MerchantStatus,
    pub amount: Option<Won>,
    pub reference: Option<Text>,
    /// Whether the centre takes orders and knows of payments.
    pub centre_works: bool,
    /// Whether the gateway finds headers in the history.
    pub proves_headers: bool,
    /// Whether an order that it takes is held at once.
    pub holds_at_once: bool,
    /// Every order that reached the centre, as the phone signed it.
    pub orders: Vec<Vec<u8>>,
}

impl Town {
    pub fn new() -> Self {
        Self::of(Validators::new(1..5))
    }

    /// A town of the same ledger's name, whoever signs there.
    pub fn of(validators: Validators) -> Self {
        let sealing = SealingKey::from_secret(&Secret32::take(Zeroizing::new([31; 32])));
        let mut centre = Service::new(Role::Centre, 21);
        centre.record.sealing = Some(*sealing.public().as_bytes());
        let mut town = Self {
            chain: City::new(validators),
            centre,
            bank: Service::new(Role::Bank, 22),
            treasury: Service::new(Role::Treasury, 23),
            sealing,
            accounts: BTreeMap::new(),
            custody: BTreeMap::new(),
            payments: BTreeMap::new(),
            terms: BTreeMap::new(),
            debits: BTreeMap::new(),
            endings: BTreeMap::new(),
            at_bank: won(100_000),
            status: MerchantStatus::Usable,
            amount: None,
            reference: None,
            centre_works: true,
            holds_at_once: true,
            proves_headers: true,
            orders: Vec::new(),
        };
        let registry = [&town.centre, &town.bank, &town.treasury]
            .into_iter()
            .fold(Block::default(), |block, service| block.write(service.state_key(), &service.record))
            .write(state_key::parameters(), &parameters());
        town.seal(registry);
        town
    }

    /// Seals a block, and the next one, whose header commits to what the first has done.
    pub fn seal(&mut self, block: Block) {
        self.chain.seal(block);
        self.chain.idle(1);
    }

    pub fn now(&self) -> UnixTime {
        self.chain.newest().time()
    }

    pub fn state_keys_known(&self, keys: &[StateKey]) -> citizen_ledger::ProvenState {
        self.chain.state(self.chain.height(), keys)
    }

    /// A transaction arrives: executed at once, or refused.
    pub fn submit(&mut self, bytes: &[u8]) -> Option<TransactionId> {
        let transaction = SignedTransaction::check_stateless(bytes, &chain_id()).ok()?;
        match &transaction.body().action {
            Action::OpenAccount(open) => {
                let id = account_id(&open.device, &open.recovery, &open.salt);
                if !self.accounts.contains_key(&id) {
                    let record = AccountRecord::open(open.device, open.recovery, self.now());
                    self.accounts.insert(id, (record, Vec::new()));
                    self.enter(id, EntryKind::Opened, Cause::Transaction(transaction.id()), |_| {});
                }
            }
            Action::ReplaceDevice(replace) => {
                let device = replace.device;
                let record = &self.accounts[&replace.account].0;
                // Signed by a device, it is executed once: the epoch it was signed in is over then.
                if let Signer::Device { epoch, device, .. } = &transaction.body().signer
                    && (*epoch, *device) != (record.epoch, record.device)
                {
                    return None;
                }
                let epoch = record.epoch.next();
                let kind = EntryKind::DeviceReplaced { epoch };
                self.enter(replace.account, kind, Cause::Transaction(transaction.id()), |record| {
                    record.device = device;
                    record.epoch = epoch;
                });
            }
            Action::Custody(act) => self.change_hands(&transaction, act)?,
            _ => return None,
        }
        Some(transaction.id())
    }

    /// Freezes, lets go on, takes an objection; each once.
    fn change_hands(&mut self, transaction: &CheckedTransaction, act: &CustodyAction) -> Option<()> {
        let (id, cause) = (*act.account(), Cause::Transaction(transaction.id()));
        let (record, entries) = &self.accounts[&id];
        if entries.iter().any(|entry| entry.cause == cause) {
            return None;
        }
        let by = &transaction.body().signer;
        let is_recovery = matches!(by, Signer::Recovery { key, .. } if *key == record.recovery);
        let is_device = matches!(by, Signer::Device { device, .. } if *device == record.device);
        let mut custody = self.custody.get(&id).cloned().unwrap_or_default();
        match act {
            CustodyAction::Freeze { .. } if is_recovery && custody.frozen.is_none() => {
                custody.frozen = Some(self.now());
                self.enter_custody(id, custody, EntryKind::Frozen, cause);
            }
            CustodyAction::Unfreeze { device, .. } if is_recovery => {
                custody.frozen.take()?;
                self.enter_custody(id, custody, EntryKind::Unfrozen, cause);
                let Some(device) = *device else { return Some(()) };
                let epoch = self.accounts[&id].0.epoch.next();
                self.enter(id, EntryKind::DeviceReplaced { epoch }, cause, |record| {
                    record.device = device;
                    record.epoch = epoch;
                });
            }
            CustodyAction::Object { case, .. } if is_device => {
                let at = self.now();
                custody.recovery.as_mut()?.stage = RecoveryStage::Objected { at };
                self.enter_custody(id, custody, EntryKind::RecoveryObjected { case: *case }, cause);
            }
            _ => return None,
        }
        Some(())
    }

    /// Officers file a case that hands the account to somebody else.
    pub fn file(&mut self, account: AccountId, wait: u64) {
        let (record, _) = &self.accounts[&account];
        let case = RecoveryCaseId::from_bytes([9; 32]);
        let open = RecoveryCase {
            case,
            device: record.device,
            recovery: record.recovery,
            officers: Vec::new(),
            filed: self.now(),
            effective: self.now().plus(Seconds::new(wait)),
            stage: RecoveryStage::Waiting,
        };
        let frozen = self.custody.get(&account).and_then(|custody| custody.frozen);
        let custody = CustodyRecord { frozen, recovery: Some(open) };
        self.enter_custody(account, custody, EntryKind::RecoveryFiled { case }, Cause::Block);
    }

    fn enter_custody(&mut self, id: AccountId, custody: CustodyRecord, kind: EntryKind, cause: Cause) {
        let key = state_key::custody(&id);
        let block = if custody == CustodyRecord::default() {
            Block::default().remove(key)
        } else {
            Block::default().write(key, &custody)
        };
        self.custody.insert(id, custody);
        self.enter_with(id, kind, cause, block);
    }

    /// An account that another town has too.
    pub fn adopt(&mut self, account: AccountId, theirs: &AccountRecord) {
        let record = AccountRecord::open(theirs.device, theirs.recovery, self.now());
        self.accounts.insert(account, (record, Vec::new()));
        self.enter(account, EntryKind::Opened, Cause::Block, |_| {});
    }

    /// The treasury grants, once for each evidence.
    pub fn grant(&mut self, account: AccountId, amount: u64, evidence: Hash) -> ClaimAnswer {
        let transaction = TransactionId::from_hash(evidence);
        let programme = ProgrammeId::new("eco").unwrap();
        let cause = Cause::Transaction(transaction);
        let granted = self.accounts[&account].1.iter().any(|entry| entry.cause == cause);
        if !granted {
            let kind = EntryKind::Granted { programme: programme.clone(), points: points(amount) };
            self.enter(account, kind, cause, |record| {
                record.lots.add(Month::new(2031, 11).unwrap(), points(amount)).unwrap();
            });
        }
        let outcome = ClaimOutcome::Granted { points: points(amount), transaction };
        ClaimAnswer { account, programme, evidence, outcome, time: self.now() }
    }

    pub fn refuse_claim(&self, account: AccountId) -> ClaimAnswer {
        ClaimAnswer {
            account,
            programme: ProgrammeId::new("eco").unwrap(),
            evidence: Hash::ZERO,
            outcome: ClaimOutcome::Refused { reason: ClaimRefusal::CapReached },
            time: self.now(),
        }
    }

    pub fn balance(&self, account: AccountId, nonce: [u8; 16]) -> Signed<BankBalance> {
        Signed::sign(&BankBalance { account, won: self.at_bank, nonce, time: self.now() }, &self.bank.key)
    }

    pub fn merchant(&self, code: Hash, nonce: [u8; 16]) -> Signed<MerchantAnswer> {
        let merchant = Merchant {
            id: MerchantId::new("M1").unwrap(),
            name: text("망원빵집"),
            name_latin: text("Mangwon Bakery"),
            district: text("마포구"),
            category: text("제과점"),
        };
        let answer = MerchantAnswer {
            code,
            status: self.status,
            merchant: Some(merchant),
            amount: self.amount,
            reference: self.reference.clone(),
            fee: won(0),
            nonce,
            time: self.now(),
            until: self.now().plus(Seconds::new(180)),
        };
        Signed::sign(&answer, &self.centre.key)
    }

    /// The centre takes an order, and the ledger holds it.
    pub fn order(&mut self, sealed: &[u8]) -> Option<Signed<Acceptance>> {
        let plain = self.sealing.open(citizen_client::ORDER_CONTEXT, sealed).ok()?;
        let OrderOpening { transaction, terms } = OrderOpening::from_canonical(&plain).ok()?;
        self.orders.push(transaction.clone());
        if !self.centre_works {
            return None;
        }
        let checked = SignedTransaction::check_stateless(&transaction, &chain_id()).ok()?;
        let Action::Hold(hold) = checked.body().action.clone() else { return None };
        assert_eq!(hold.commitment, terms.commitment());
        if self.holds_at_once {
            self.hold(&checked, &hold);
        }
        let acceptance = Acceptance {
            payment: terms.payment,
            order: checked.id(),
            commitment: hold.commitment,
            time: self.now(),
        };
        self.terms.insert(terms.payment, terms);
        Some(Signed::sign(&acceptance, &self.centre.key))
    }

    fn hold(&mut self, checked: &CheckedTransaction, hold: &Hold) {
        if self.payments.contains_key(&hold.payment) {
            return;
        }
        let Signer::Device { account, epoch, .. } = checked.body().signer.clone() else { return };
        let month = self.now().month_in_seoul().unwrap();
        let lots = self.accounts.get_mut(&account).unwrap().0.hold(hold.points, month).unwrap();
        let record = PaymentRecord {
            account,
            epoch,
            order: checked.id(),
            lots,
            won: hold.won,
            commitment: hold.commitment,
            centre: hold.centre,
            bank: hold.bank,
            opened: self.now(),
            expires: hold.expires,
            state: PaymentState::Held,
        };
        self.payments.insert(hold.payment, record);
        let kind = EntryKind::Held { payment: hold.payment, points: hold.points, won: hold.won };
        self.enter_payment(&hold.payment, kind, Cause::Transaction(checked.id()));
    }

    /// The bank debits, and the centre captures.
    pub fn capture(&mut self, payment: &PaymentId) {
        self.debit(payment);
        let debit = self.debits.get(payment).map(debit_digest);
        let record = self.payments.get_mut(payment).unwrap();
        let lots = record.lots.clone();
        record.state = PaymentState::Captured { at: self.chain.newest().time(), debit };
        let account = record.account;
        self.accounts.get_mut(&account).unwrap().0.end_hold(&lots).unwrap();
        self.enter_payment(payment, EntryKind::Captured { payment: *payment }, Cause::Block);
    }

    /// The bank debits, if won is part of it.
    pub fn debit(&mut self, payment: &PaymentId) {
        let record = &self.payments[payment];
        if record.won.is_zero() || self.debits.contains_key(payment) {
            return;
        }
        let debit = BankDebit {
            payment: *payment,
            order: record.order,
            won: record.won,
            booking: 1,
            time: self.now(),
        };
        self.at_bank = self.at_bank.minus(record.won).unwrap();
        self.debits.insert(*payment, Signed::sign(&debit, &self.bank.key));
    }

    /// The hold's time runs out.
    pub fn lapse(&mut self, payment: &PaymentId) {
        let at = self.now();
        let record = self.payments.get_mut(payment).unwrap();
        record.state = PaymentState::Lapsed { at };
        let (account, lots) = (record.account, record.lots.clone());
        let month = at.month_in_seoul().unwrap();
        self.accounts.get_mut(&account).unwrap().0.give_back(&lots, month).unwrap();
        let kind = EntryKind::Lapsed { payment: *payment, expired: Points::ZERO };
        self.enter_payment(payment, kind, Cause::Block);
    }

    /// Somebody brings the bank the proof of an end.
    pub fn end(&mut self, payment: &PaymentId) -> Option<Signed<BankEnding>> {
        if !self.payments.get(payment)?.state.is_reversed() {
            return None;
        }
        let undoing = match self.debits.get(payment) {
            Some(_) => Undoing::CreditedBack { won: self.payments[payment].won, booking: 2 },
            None => Undoing::Tombstoned,
        };
        if let (Undoing::CreditedBack { won, .. }, false) = (undoing, self.endings.contains_key(payment)) {
            self.at_bank = self.at_bank.plus(won).unwrap();
        }
        let ending = BankEnding { payment: *payment, undoing, time: self.now() };
        let signed = Signed::sign(&ending, &self.bank.key);
        Some(self.endings.entry(*payment).or_insert(signed).clone())
    }

    fn enter_payment(&mut self, payment: &PaymentId, kind: EntryKind, cause: Cause) {
        let record = self.payments[payment].clone();
        let account = record.account;
        let block = Block::default().write(state_key::payment(payment), &record);
        self.enter_with(account, kind, cause, block);
    }

    fn enter(
        &mut self,
        account: AccountId,
        kind: EntryKind,
        cause: Cause,
        change: impl FnOnce(&mut AccountRecord),
    ) {
        change(&mut self.accounts.get_mut(&account).unwrap().0);
        self.enter_with(account, kind, cause, Block::default());
    }

    fn enter_with(&mut self, account: AccountId, kind: EntryKind, cause: Cause, block: Block) {
        let height = self.chain.height() + 1;
        let (record, entries) = self.accounts.get_mut(&account).unwrap();
        let occasion = Occasion { height: Height::new(height), time: time_of(height), cause };
        entries.push(record.append(kind, occasion));
        let block = block.write(state_key::account(&account), record);
        self.seal(block);
    }
}

fn parameters() -> Parameters {
    let from = UnixTime::from_seconds(0);
    Parameters {
        validity_window: 1_000,
        longest_hold: Seconds::new(900),
        expiry_years: vec![Dated { from, value: 5, source: Text::default() }],
        cosign_above: vec![Dated { from, value: won(50_000), source: Text::default() }],
        governors: 1,
        account_rate: 100,
        stale_after: Seconds::new(60),
        rules: RULES,
    }
}
