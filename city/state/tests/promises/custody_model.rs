//! Freezing and recovery against a plain model: who has each account, and whether its device may order anything, after any sequence
//! of what owner, thief and officers can do. Town compares supply, accounts and histories after every block.

use crate::custody::{
    WAIT, by_officers, completion_of, filing, freeze, town as town_with_officers, unfreeze, unfreeze_with,
};
use crate::support::{Phone, Town, points};
use citizen_ledger::{Action, CustodyAction, CustodyRecord, Rejection, Transfer, state_key};
use citizen_primitives::RecoveryCaseId;
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

const PHONES: usize = 2;
/// Officers in two houses, of whom two must agree.
const HOUSES: [[u8; 2]; 2] = [[0, 1], [2, 3]];

/// What may happen; each is one block.
#[derive(Debug, Clone)]
enum Step {
    Give { from: usize },
    Freeze { whose: usize },
    Unfreeze { whose: usize, with_another: bool },
    File { whose: usize, house: usize },
    Object { whose: usize },
    Uphold { whose: usize, house: usize },
    Dismiss { whose: usize, house: usize },
    Complete { whose: usize },
    Wait { seconds: u64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    Objected,
    Upheld,
}

#[derive(Debug, Clone, Copy)]
struct Case {
    house: usize,
    effective: u64,
    stage: Stage,
}

impl Case {
    fn is_effective(self, time: u64) -> bool {
        self.stage != Stage::Objected && self.effective <= time
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Account {
    frozen: bool,
    case: Option<Case>,
    /// How often its device was replaced.
    epoch: u32,
}

#[derive(Debug, Clone)]
struct Model {
    time: u64,
    accounts: [Account; PHONES],
    /// Points, which go round and never get fewer.
    points: [u64; PHONES],
    last: Option<Rejection>,
}

impl Model {
    fn step(&mut self, step: &Step) -> Result<(), Rejection> {
        let time = self.time;
        match *step {
            Step::Give { from } => {
                let account = self.accounts[from];
                if account.frozen {
                    return Err(Rejection::Frozen);
                }
                if account.case.is_some() {
                    return Err(Rejection::UnderRecovery);
                }
                self.points[from] = self.points[from].checked_sub(1).ok_or(Rejection::NotEnough)?;
                self.points[1 - from] += 1;
            }
            Step::Freeze { whose } if self.accounts[whose].frozen => return Err(Rejection::Frozen),
            Step::Freeze { whose } => self.accounts[whose].frozen = true,
            Step::Unfreeze { whose, with_another } => {
                let account = &mut self.accounts[whose];
                if !account.frozen {
                    return Err(Rejection::Nothing);
                }
                if with_another && account.case.is_some_and(|case| case.is_effective(time)) {
                    return Err(Rejection::RecoveryTime);
                }
                account.frozen = false;
                account.epoch += u32::from(with_another);
            }
            Step::File { whose, .. } if self.accounts[whose].case.is_some() => {
                return Err(Rejection::UnderRecovery);
            }
            Step::File { whose, house } => {
                let case = Case { house, effective: time + WAIT, stage: Stage::Waiting };
                self.accounts[whose].case = Some(case);
            }
            Step::Object { whose } => {
                let account = &mut self.accounts[whose];
                let case = account.case.as_mut().ok_or(Rejection::NoRecovery)?;
                if account.frozen {
                    return Err(Rejection::Frozen);
                }
                if case.stage != Stage::Waiting || time >= case.effective {
                    return Err(Rejection::RecoveryTime);
                }
                case.stage = Stage::Objected;
            }
            Step::Uphold { whose, house } => {
                let case = self.accounts[whose].case.as_mut().ok_or(Rejection::NoRecovery)?;
                if case.stage != Stage::Objected {
                    return Err(Rejection::RecoveryTime);
                }
                if case.house == house {
                    return Err(Rejection::NotAgreed);
                }
                *case = Case { stage: Stage::Upheld, effective: time + WAIT, ..*case };
            }
            Step::Dismiss { whose, .. } => {
                self.accounts[whose].case.take().ok_or(Rejection::NoRecovery)?;
            }
            Step::Complete { whose } => {
                let account = self.accounts[whose];
                let case = account.case.ok_or(Rejection::NoRecovery)?;
                if !case.is_effective(time) {
                    return Err(Rejection::RecoveryTime);
                }
                self.accounts[whose] = Account { epoch: account.epoch + 1, ..Account::default() };
            }
            Step::Wait { .. } => {}
        }
        Ok(())
    }
}

/// The model as it goes through steps.
struct Steps;

impl ReferenceStateMachine for Steps {
    type State = Model;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Model> {
        let time = opened().time.seconds();
        Just(Model { time, accounts: [Account::default(); PHONES], points: [5; PHONES], last: None }).boxed()
    }

    fn transitions(_: &Model) -> BoxedStrategy<Step> {
        let whose = || 0..PHONES;
        let house = || 0..HOUSES.len();
        let wait = prop_oneof![
            3 => 0u64..WAIT / 2,
            2 => WAIT - 3..WAIT + 3,
            1 => WAIT..3 * WAIT,
        ];
        prop_oneof![
            4 => whose().prop_map(|from| Step::Give { from }),
            1 => whose().prop_map(|whose| Step::Freeze { whose }),
            1 => (whose(), any::<bool>())
                .prop_map(|(whose, with_another)| Step::Unfreeze { whose, with_another }),
            3 => (whose(), house()).prop_map(|(whose, house)| Step::File { whose, house }),
            2 => whose().prop_map(|whose| Step::Object { whose }),
            2 => (whose(), house()).prop_map(|(whose, house)| Step::Uphold { whose, house }),
            1 => (whose(), house()).prop_map(|(whose, house)| Step::Dismiss { whose, house }),
            4 => whose().prop_map(|whose| Step::Complete { whose }),
            4 => wait.prop_map(|seconds| Step::Wait { seconds }),
        ]
        .boxed()
    }

    fn apply(mut model: Model, step: &Step) -> Model {
        if let Step::Wait { seconds } = step {
            model.time += seconds;
        }
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
    /// To whom each account goes if its case takes effect, and which case that is.
    coming: Vec<(Phone, RecoveryCaseId)>,
    /// Seeds of phones, and names of cases, that never came before.
    fresh: u8,
}

fn opened() -> Town {
    let mut town = town_with_officers();
    for seed in (40..).take(PHONES) {
        let phone = town.open(seed);
        town.earn(&phone, 5);
    }
    town
}

impl Machine {
    fn fresh(&mut self) -> u8 {
        self.fresh += 1;
        self.fresh
    }

    /// Another phone for an account, under the same recovery key.
    fn another(&mut self, whose: usize) -> Phone {
        let seed = self.fresh();
        self.phones[whose].successor(seed)
    }

    fn transaction(&mut self, step: &Step) -> Option<Vec<u8>> {
        let whose = match *step {
            Step::Give { from } => from,
            Step::Freeze { whose }
            | Step::Unfreeze { whose, .. }
            | Step::File { whose, .. }
            | Step::Object { whose }
            | Step::Uphold { whose, .. }
            | Step::Dismiss { whose, .. }
            | Step::Complete { whose } => whose,
            Step::Wait { .. } => return None,
        };
        let phone = self.phones[whose].clone();
        let (account, case) = (phone.account, self.coming[whose].1);
        Some(match *step {
            Step::Give { from } => {
                let to = self.phones[1 - from].account;
                self.town.by_device(&phone, Action::Transfer(Transfer { to, points: points(1) }))
            }
            Step::Freeze { .. } => freeze(&mut self.town, &phone),
            Step::Unfreeze { with_another: false, .. } => unfreeze(&mut self.town, &phone),
            Step::Unfreeze { with_another: true, .. } => {
                let new = self.another(whose);
                let transaction = unfreeze_with(&mut self.town, &phone, &new);
                self.coming.push((new, case));
                transaction
            }
            Step::File { house, .. } => {
                let seed = self.fresh();
                let (new, case) = (Phone::new(seed), RecoveryCaseId::from_bytes([seed; 32]));
                let transaction = by_officers(&mut self.town, &HOUSES[house], filing(&phone, &new, case));
                self.coming.push((Phone { account, ..new }, case));
                transaction
            }
            Step::Object { .. } => {
                let action = Action::Custody(CustodyAction::Object { account, case });
                self.town.by_device_cosigned(&phone, action)
            }
            Step::Uphold { house, .. } => {
                by_officers(&mut self.town, &HOUSES[house], CustodyAction::Uphold { account, case })
            }
            Step::Dismiss { house, .. } => {
                by_officers(&mut self.town, &HOUSES[house], CustodyAction::Dismiss { account, case })
            }
            Step::Complete { .. } => {
                let new = Phone { account, epoch: phone.epoch.next(), ..self.coming[whose].0.clone() };
                completion_of(&mut self.town, &new, case)
            }
            Step::Wait { .. } => return None,
        })
    }

    /// What a step that succeeded leaves behind, and one that failed does not.
    fn settle(&mut self, step: &Step, is_done: bool) {
        let proposed = (self.coming.len() > PHONES).then(|| self.coming.pop().unwrap());
        match (step, proposed) {
            (Step::Unfreeze { whose, .. }, Some((new, _))) if is_done => self.phones[*whose] = new,
            (Step::File { whose, .. }, Some(coming)) if is_done => self.coming[*whose] = coming,
            (Step::Complete { whose }, None) if is_done => {
                let epoch = self.phones[*whose].epoch.next();
                let account = self.phones[*whose].account;
                self.phones[*whose] = Phone { account, epoch, ..self.coming[*whose].0.clone() };
            }
            _ => {}
        }
    }
}

impl StateMachineTest for Machine {
    type SystemUnderTest = Self;
    type Reference = Steps;

    fn init_test(_: &Model) -> Self {
        let phones: Vec<Phone> = (40..).take(PHONES).map(Phone::new).collect();
        let nobody = RecoveryCaseId::from_bytes([0; 32]);
        let coming = phones.iter().map(|phone| (phone.clone(), nobody)).collect();
        Self { town: opened(), phones, coming, fresh: 100 }
    }

    fn apply(mut machine: Self, model: &Model, step: Step) -> Self {
        if let Step::Wait { seconds } = step {
            machine.town.wait(seconds);
        }
        let supply = machine.town.ledger.supply();
        let transactions: Vec<_> = machine.transaction(&step).into_iter().collect();
        let outcome = machine.town.block(&transactions);
        let code = outcome.results.first().and_then(|result| Rejection::from_code(result.code));
        assert_eq!(code, model.last, "{step:?}");
        machine.settle(&step, code.is_none());
        assert_eq!(machine.town.ledger.supply().spendable, supply.spendable);
        machine
    }

    fn check_invariants(machine: &Self, model: &Model) {
        let Self { town, phones, .. } = machine;
        assert_eq!(town.time.seconds(), model.time);
        for (place, phone) in phones.iter().enumerate() {
            let (record, expected) = (town.account(phone), model.accounts[place]);
            assert_eq!((record.device, record.recovery), (phone.pair(), phone.recovery.public()));
            assert_eq!((record.epoch, record.epoch.value()), (phone.epoch, expected.epoch));
            assert_eq!(town.spendable(phone), model.points[place]);
            let custody: CustodyRecord =
                town.ledger.record(&state_key::custody(&phone.account)).unwrap_or_default();
            assert_eq!(custody.frozen.is_some(), expected.frozen);
            assert_eq!(
                custody.recovery.map(|case| case.effective.seconds()),
                expected.case.map(|case| case.effective)
            );
        }
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// STATE-14, STATE-15, STATE-16, STATE-17.
    #[test]
    fn every_sequence_of_freezes_and_recoveries_ends_as_in_the_model(sequential 1..40 => Machine);
}
