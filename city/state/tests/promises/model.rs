//! The rules of coin and payment against a plain model: maps of months to points, and simple loops.

use crate::support::town::parameters;
use crate::support::{Phone, Town, points, won};
use citizen_keys::Signed;
use citizen_ledger::{Action, Dated, Parameters, Rejection, Transfer};
use citizen_payment::{Hold, PaymentState};
use citizen_primitives::{PaymentId, Seconds, UnixTime};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use std::collections::BTreeMap;

const PHONES: usize = 3;

/// What may happen; each is one block.
#[derive(Debug, Clone)]
enum Step {
    Grant { to: usize, points: u64 },
    Transfer { from: usize, to: usize, points: u64 },
    Hold { by: usize, points: u64, won: u64, seconds: u64 },
    Capture { payment: usize, with_debit: bool },
    Release { payment: usize },
    Wait { seconds: u64 },
}

#[derive(Debug, Clone, Default)]
struct Account {
    /// Points by month since the beginning of our era.
    lots: BTreeMap<u32, u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Captured,
    Released,
    Lapsed,
}

#[derive(Debug, Clone)]
struct Payment {
    by: usize,
    lots: BTreeMap<u32, u64>,
    won: u64,
    expires: u64,
    end: Option<End>,
}

/// The plain model.
#[derive(Debug, Clone)]
struct Model {
    /// When the next block comes.
    time: u64,
    accounts: Vec<Account>,
    payments: Vec<Payment>,
    issued: u64,
    spent: u64,
    expired: u64,
    /// How the last step ended.
    last: Option<Rejection>,
}

/// The month by the calendar alone: days since 1970 in Seoul, counted off year by year and month by month.
fn month_of(time: u64) -> u32 {
    let mut days = (time + 9 * 3_600) / 86_400;
    for year in 1970u32.. {
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let february = if is_leap { 29 } else { 28 };
        for (month, length) in (0u32..).zip([31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
            if days < length {
                return year * 12 + month;
            }
            days -= length;
        }
    }
    unreachable!("the years do not end");
}

impl Model {
    fn begin_block(&mut self) {
        let now = month_of(self.time);
        for account in &mut self.accounts {
            let live = account.lots.split_off(&now);
            self.expired += account.lots.values().sum::<u64>();
            account.lots = live;
        }
        for place in 0..self.payments.len() {
            let payment = &self.payments[place];
            let due = payment.expires.div_ceil(10) <= self.time / 10;
            if payment.end.is_none() && due {
                self.give_back(place, End::Lapsed);
            }
        }
    }

    fn give_back(&mut self, payment: usize, end: End) {
        let now = month_of(self.time);
        let payment = &mut self.payments[payment];
        payment.end = Some(end);
        for (month, points) in &payment.lots {
            if *month < now {
                self.expired += points;
            } else {
                *self.accounts[payment.by].lots.entry(*month).or_default() += points;
            }
        }
    }

    fn take(&mut self, from: usize, mut asked: u64) -> Option<BTreeMap<u32, u64>> {
        let lots = &mut self.accounts[from].lots;
        if lots.values().sum::<u64>() < asked {
            return None;
        }
        let mut taken = BTreeMap::new();
        for (month, points) in lots.iter_mut() {
            let part = asked.min(*points);
            *points -= part;
            asked -= part;
            if part > 0 {
                taken.insert(*month, part);
            }
        }
        lots.retain(|_, points| *points > 0);
        Some(taken)
    }

    fn step(&mut self, step: &Step) -> Result<(), Rejection> {
        match *step {
            Step::Grant { to, points } => {
                let month = month_of(self.time) + 12;
                *self.accounts[to].lots.entry(month).or_default() += points;
                self.issued += points;
            }
            Step::Transfer { from, to, .. } if from == to => return Err(Rejection::Nothing),
            Step::Transfer { from, to, points } => {
                for (month, points) in self.take(from, points).ok_or(Rejection::NotEnough)? {
                    *self.accounts[to].lots.entry(month).or_default() += points;
                }
            }
            Step::Hold { points: 0, won: 0, .. } => return Err(Rejection::Nothing),
            Step::Hold { by, points, won, seconds } => {
                if seconds == 0 || seconds > 600 {
                    return Err(Rejection::HoldTime);
                }
                let lots = self.take(by, points).ok_or(Rejection::NotEnough)?;
                self.payments.push(Payment { by, lots, won, expires: self.time + seconds, end: None });
            }
            Step::Capture { payment, with_debit } => {
                let held = &self.payments[payment];
                match held.end {
                    Some(_) => return Err(Rejection::PaymentEnded),
                    None if self.time >= held.expires => return Err(Rejection::HoldExpired),
                    None if with_debit != (held.won > 0) => return Err(Rejection::DebitMissing),
                    None => {}
                }
                self.spent += held.lots.values().sum::<u64>();
                self.payments[payment].end = Some(End::Captured);
            }
            Step::Release { payment } => {
                if self.payments[payment].end.is_some() {
                    return Err(Rejection::PaymentEnded);
                }
                self.give_back(payment, End::Released);
            }
            Step::Wait { .. } => {}
        }
        Ok(())
    }

    fn on_hold(&self, by: Option<usize>) -> u64 {
        let held = self.payments.iter().filter(|payment| payment.end.is_none());
        held.filter(|payment| by.is_none_or(|by| by == payment.by))
            .flat_map(|payment| payment.lots.values())
            .sum()
    }
}

/// The model as it goes through steps.
struct Steps;

impl ReferenceStateMachine for Steps {
    type State = Model;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Model> {
        let model = Model {
            // Where the town stands when the phones have opened their accounts.
            time: opened().time.seconds(),
            accounts: vec![Account::default(); PHONES],
            payments: Vec::new(),
            issued: 0,
            spent: 0,
            expired: 0,
            last: None,
        };
        Just(model).boxed()
    }

    fn transitions(model: &Model) -> BoxedStrategy<Step> {
        let phone = || 0..PHONES;
        // So that most are possible and many just are not.
        let amount = || prop_oneof![Just(0u64), Just(1u64), 1u64..60, 50u64..2_000];
        let seconds = prop_oneof![4 => 1u64..120, 2 => 500u64..602, 1 => Just(0u64)];
        let won = prop_oneof![Just(0u64), 1u64..5_000];
        let wait = prop_oneof![
            6 => 0u64..30,
            3 => 30u64..700,
            1 => 86_400u64..70 * 86_400,
            1 => 300 * 86_400u64..400 * 86_400,
        ];
        let always = prop_oneof![
            3 => (phone(), 1u64..2_000).prop_map(|(to, points)| Step::Grant { to, points }),
            2 => (phone(), phone(), 1u64..2_500).prop_map(|(from, to, points)| Step::Transfer { from, to, points }),
            4 => (phone(), amount(), won, seconds)
                .prop_map(|(by, points, won, seconds)| Step::Hold { by, points, won, seconds }),
            3 => wait.prop_map(|seconds| Step::Wait { seconds }),
        ];
        if model.payments.is_empty() {
            return always.boxed();
        }
        let payment = || 0..model.payments.len();
        prop_oneof![
            2 => always,
            1 => (payment(), any::<bool>())
                .prop_map(|(payment, with_debit)| Step::Capture { payment, with_debit }),
            1 => payment().prop_map(|payment| Step::Release { payment }),
        ]
        .boxed()
    }

    fn preconditions(model: &Model, step: &Step) -> bool {
        match step {
            Step::Capture { payment, .. } | Step::Release { payment } => *payment < model.payments.len(),
            Step::Grant { .. } | Step::Transfer { .. } | Step::Hold { .. } | Step::Wait { .. } => true,
        }
    }

    fn apply(mut model: Model, step: &Step) -> Model {
        if let Step::Wait { seconds } = step {
            model.time += seconds;
        }
        model.begin_block();
        let mut after = model.clone();
        let outcome = after.step(step);
        if outcome.is_ok() {
            model = after;
        }
        model.last = outcome.err();
        model.time += 1;
        model
    }
}

/// The ledger that goes through the same steps.
struct Machine {
    town: Town,
    phones: Vec<Phone>,
    payments: Vec<PaymentId>,
}

/// Points last one year; amounts stay below the co-signature's limit.
fn opened() -> Town {
    let years = parameters().expiry_years.into_iter().map(|dated| Dated { value: 1, ..dated }).collect();
    let limit =
        parameters().cosign_above.into_iter().map(|dated| Dated { value: won(100_000), ..dated }).collect();
    let mut town = Town::with(Parameters { expiry_years: years, cosign_above: limit, ..parameters() });
    for seed in (40..).take(PHONES) {
        town.open(seed);
    }
    town
}

impl Machine {
    /// The transaction of a step, if it is one.
    fn transaction(&mut self, step: &Step) -> Option<Vec<u8>> {
        let Self { town, phones, payments } = self;
        Some(match *step {
            Step::Grant { to, points } => {
                let grant = town.grant("tax", &phones[to], points);
                town.by_treasury(Action::Grant(grant))
            }
            Step::Transfer { from, to, points: amount } => {
                let give = Transfer { to: phones[to].account, points: points(amount) };
                town.by_device(&phones[from], Action::Transfer(give))
            }
            Step::Hold { by, points, won, seconds } => {
                let expires = town.time.plus(Seconds::new(seconds));
                let order = Hold { expires, ..town.order(points, won) };
                payments.push(order.payment);
                town.by_device(&phones[by], Action::Hold(order))
            }
            Step::Capture { payment, with_debit } => {
                let id = payments[payment];
                let debit = with_debit.then(|| Signed::sign(&town.debit(&id), &town.bank.key));
                town.capture(id, debit)
            }
            Step::Release { payment } => town.release(payments[payment]),
            Step::Wait { .. } => return None,
        })
    }
}

impl StateMachineTest for Machine {
    type SystemUnderTest = Self;
    type Reference = Steps;

    fn init_test(_: &Model) -> Self {
        let phones = (40..).take(PHONES).map(Phone::new).collect();
        Self { town: opened(), phones, payments: Vec::new() }
    }

    fn apply(mut machine: Self, model: &Model, step: Step) -> Self {
        if let Step::Wait { seconds } = step {
            machine.town.wait(seconds);
        }
        let transactions: Vec<_> = machine.transaction(&step).into_iter().collect();
        let outcome = machine.town.block(&transactions);
        let code = outcome.results.first().and_then(|result| Rejection::from_code(result.code));
        assert_eq!(code, model.last, "{step:?}");
        if model.last.is_some() && matches!(step, Step::Hold { .. }) {
            machine.payments.pop();
        }
        machine
    }

    /// The town has compared sums, histories and supply after the block (`support::ledger`); here each account and
    /// payment is compared with the model.
    fn check_invariants(machine: &Self, model: &Model) {
        let Self { town, phones, payments } = machine;
        assert_eq!(town.time.seconds(), model.time);
        let supply = town.ledger.supply();
        let month = supply.month.unwrap();
        assert_eq!(
            [supply.issued, supply.spent, supply.expired, supply.held.total().unwrap()],
            [model.issued, model.spent, model.expired, model.on_hold(None)].map(points)
        );
        for (place, phone) in phones.iter().enumerate() {
            let record = town.account(phone);
            let mut lots = record.lots;
            lots.split_expired(month);
            let lots: BTreeMap<u32, u64> = lots
                .iter()
                .map(|(month, points)| (month.year() * 12 + month.month() - 1, points.amount()))
                .collect();
            assert_eq!(lots, model.accounts[place].lots);
            assert_eq!(record.held, points(model.on_hold(Some(place))));
        }
        assert_eq!(payments.len(), model.payments.len());
        for (id, payment) in payments.iter().zip(&model.payments) {
            let end = match town.payment(id).state {
                PaymentState::Held => None,
                PaymentState::Captured { .. } => Some(End::Captured),
                PaymentState::Released { .. } => Some(End::Released),
                PaymentState::Lapsed { .. } => Some(End::Lapsed),
                PaymentState::Revoked { .. } => unreachable!("the model revokes nothing"),
            };
            assert_eq!(end, payment.end);
        }
    }
}

#[test]
fn the_models_calendar_is_seouls() {
    for day in 20_000..40_000u64 {
        for time in [day * 86_400 + 15 * 3_600 - 1, day * 86_400 + 15 * 3_600] {
            let month = UnixTime::from_seconds(time).month_in_seoul().unwrap();
            assert_eq!(month_of(time), month.year() * 12 + month.month() - 1);
        }
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// COIN-1, COIN-3, COIN-4, COIN-5, PAY-3, PAY-6, PAY-7.
    #[test]
    fn every_sequence_of_grants_transfers_and_payments_ends_as_in_the_model(sequential 1..40 => Machine);
}
