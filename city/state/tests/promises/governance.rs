//! Decisions: enough governors, and a ledger that can go on.

use crate::support::town::{beginning, parameters};
use crate::support::{Service, Town};
use citizen_keys::PublicKey;
use citizen_ledger::{
    Action, CardRules, Dated, Govern, Parameters, PaymentCardRule, Rejection, Role, RoleRecord, Signer,
    state_key,
};
use citizen_primitives::{KeyId, ProgrammeId, Seconds, Text, UnixTime, Won};

fn governors(seeds: &[u8]) -> Vec<Service> {
    seeds.iter().map(|seed| Service::new(Role::Governor, *seed)).collect()
}

fn signed_by(town: &mut Town, seeds: &[u8], decision: Govern) -> Vec<u8> {
    let governors = governors(seeds);
    town.by_governors(&governors.iter().collect::<Vec<_>>(), decision)
}

fn a_decision() -> Govern {
    Govern::SetRole(Service::new(Role::Bank, 31).record(beginning()))
}

#[test]
fn state_8_as_many_governors_as_must_agree_decide_and_fewer_do_not() {
    let mut town = Town::new();
    let two = signed_by(&mut town, &[1, 2], a_decision());
    town.refuses(two, Rejection::NotDecided);
    let three = signed_by(&mut town, &[1, 2, 4], a_decision());
    town.accepts(three);
    let bank = Service::new(Role::Bank, 31);
    assert_eq!(town.ledger.record(&state_key::role(Role::Bank, &bank.id())), Some(bank.record(beginning())));
}

#[test]
fn state_8_a_governor_counts_once_and_a_stranger_not_at_all() {
    let mut town = Town::new();
    let stranger = signed_by(&mut town, &[1, 2, 3, 77], a_decision());
    town.refuses(stranger, Rejection::NotAllowed);
    let bank = Service::new(Role::Bank, 30);
    let with_the_bank = [Service::new(Role::Governor, 1), Service::new(Role::Governor, 2), bank];
    let with_the_bank = town.by_governors(&with_the_bank.iter().collect::<Vec<_>>(), a_decision());
    town.refuses(with_the_bank, Rejection::NotAllowed);
    let twice = signed_by(&mut town, &[1, 2, 2], a_decision());
    town.refuses(twice, Rejection::NotDecided);
    let nobody = signed_by(&mut town, &[], a_decision());
    town.refuses(nobody, Rejection::Signature);
}

#[test]
fn state_8_a_party_alone_decides_nothing() {
    let mut town = Town::new();
    let governor = Service::new(Role::Governor, 1);
    let alone = town.by_party(&governor, Action::Govern(a_decision()));
    town.refuses(alone, Rejection::NotAllowed);
}

#[test]
fn state_8_governors_never_become_fewer_than_must_agree() {
    let mut town = Town::new();
    let end = |seed| Govern::EndRole { role: Role::Governor, key: Service::new(Role::Governor, seed).id() };
    let one = town.decided(end(4));
    town.accepts(one);
    let another = town.decided(end(3));
    town.refuses(another, Rejection::NotDecided);
    // Nor by a replaced record, nor by a threshold that nobody reaches.
    let ended = RoleRecord { until: Some(town.time), ..Service::new(Role::Governor, 3).record(beginning()) };
    let ended = town.decided(Govern::SetRole(ended));
    town.refuses(ended, Rejection::NotDecided);
    let higher = town.decided(Govern::SetParameters(Parameters { governors: 4, ..parameters() }));
    town.refuses(higher, Rejection::NotDecided);
    let lower = town.decided(Govern::SetParameters(Parameters { governors: 2, ..parameters() }));
    town.accepts(lower);
    let another = town.decided(end(3));
    town.accepts(another);
}

#[test]
fn state_8_a_dated_end_of_a_governor_counts_before_it_comes() {
    let mut town = Town::new();
    let until = |seed, seconds| {
        let record = Service::new(Role::Governor, seed).record(beginning());
        Govern::SetRole(RoleRecord { until: Some(beginning().plus(Seconds::new(seconds))), ..record })
    };
    let first = town.decided(until(4, 5_000));
    town.accepts(first);
    let second = town.decided(until(3, 9_000));
    town.refuses(second, Rejection::NotDecided);
    // With a fifth who begins before the third ends it can be lived with.
    let fifth = Service::new(Role::Governor, 5).record(beginning().plus(Seconds::new(8_000)));
    let fifth = town.decided(Govern::SetRole(fifth));
    town.accepts(fifth);
    let second = town.decided(until(3, 9_000));
    town.accepts(second);
    let too_early = town.decided(until(3, 7_000));
    town.refuses(too_early, Rejection::NotDecided);
}

#[test]
fn state_8_an_ended_governor_decides_nothing_any_more_in_the_same_block_too() {
    let mut town = Town::new();
    let fourth = Service::new(Role::Governor, 4);
    let ended = town.decided(Govern::EndRole { role: Role::Governor, key: fourth.id() });
    let late = signed_by(&mut town, &[1, 2, 4], a_decision());
    let outcome = town.block(&[ended, late]);
    assert_eq!(outcome.results[0].code, 0);
    assert_eq!(outcome.results[1].code, Rejection::NotAllowed.code());
}

#[test]
fn state_8_parameters_nobody_could_live_with_are_refused() {
    let mut town = Town::new();
    let right = parameters();
    let later = |from: UnixTime| from.plus(Seconds::new(1_000_000));
    let mut not_begun = right.clone();
    not_begun.expiry_years.iter_mut().for_each(|dated| dated.from = later(dated.from));
    let mut never_expires = right.clone();
    never_expires.expiry_years.iter_mut().for_each(|dated| dated.value = 0);
    let unlivable = [
        Parameters { validity_window: 0, ..right.clone() },
        Parameters { validity_window: 100_001, ..right.clone() },
        Parameters { longest_hold: Seconds::new(29), ..right.clone() },
        Parameters { longest_hold: Seconds::new(86_401), ..right.clone() },
        Parameters { expiry_years: Vec::new(), ..right.clone() },
        not_begun,
        never_expires,
        Parameters { cosign_above: Vec::new(), ..right.clone() },
        Parameters { governors: 0, ..right.clone() },
        Parameters { account_rate: 0, ..right.clone() },
        Parameters { stale_after: Seconds::new(9), ..right.clone() },
        Parameters { rules: 0, ..right.clone() },
        Parameters { rules: 2, ..right.clone() },
    ];
    for parameters in unlivable {
        let decision = town.decided(Govern::SetParameters(parameters));
        town.refuses(decision, Rejection::NotDecided);
    }
    let livable = Parameters { longest_hold: Seconds::new(30), ..right };
    let decision = town.decided(Govern::SetParameters(livable.clone()));
    town.accepts(decision);
    assert_eq!(town.ledger.record(&state_key::parameters()), Some(livable));
}

#[test]
fn a_key_that_proves_nothing_gets_no_role() {
    let mut town = Town::new();
    let identity = PublicKey::Ed25519(std::array::from_fn(|place| u8::from(place == 0)));
    let record = RoleRecord { key: identity, ..Service::new(Role::Bank, 31).record(beginning()) };
    let decision = town.decided(Govern::SetRole(record));
    town.refuses(decision, Rejection::WeakKey);
    let backwards =
        RoleRecord { until: Some(beginning()), ..Service::new(Role::Bank, 31).record(beginning()) };
    let decision = town.decided(Govern::SetRole(backwards));
    town.refuses(decision, Rejection::NotDecided);
}

#[test]
fn a_role_ends_once_and_one_that_has_not_begun_never_begins() {
    let mut town = Town::new();
    let end = |key| Govern::EndRole { role: Role::Bank, key };
    let nobody = town.decided(end(KeyId::from_bytes([1; 32])));
    town.refuses(nobody, Rejection::UnknownParty);
    let first = town.decided(end(town.bank.id()));
    town.accepts(first);
    let again = town.decided(end(town.bank.id()));
    town.refuses(again, Rejection::UnknownParty);
    let coming = Service::new(Role::Bank, 31);
    let entered = town.decided(Govern::SetRole(coming.record(town.time.plus(Seconds::new(100)))));
    town.accepts(entered);
    let ended = town.decided(end(coming.id()));
    town.accepts(ended);
    let record: RoleRecord = town.ledger.record(&state_key::role(Role::Bank, &coming.id())).unwrap();
    assert!((0..1_000).all(|seconds| !record.is_active(beginning().plus(Seconds::new(seconds)))));
}

#[test]
fn a_programme_is_entered_with_a_treasury_that_may_grant_under_it() {
    let mut town = Town::new();
    let mut programme = town.programme("spring", 10, 10);
    let entered = town.decided(Govern::SetProgramme(programme.clone()));
    town.accepts(entered);
    let id = ProgrammeId::new("spring").unwrap();
    assert_eq!(town.ledger.record(&state_key::programme(&id)), Some(programme.clone()));
    programme.granter = town.bank.id();
    let by_a_bank = town.decided(Govern::SetProgramme(programme));
    town.refuses(by_a_bank, Rejection::UnknownParty);
}

#[test]
fn a_signature_too_few_is_no_signature() {
    let mut town = Town::new();
    let keys = {
        let mut keys: Vec<_> = governors(&[1, 2, 3]).iter().map(|governor| governor.key.public()).collect();
        keys.sort();
        keys
    };
    let body = town.body(Signer::Governors { keys }, Action::Govern(a_decision()));
    let transaction = crate::support::town::sign(&body, &[]);
    town.refuses(transaction, Rejection::Signature);
}

#[test]
fn ledger_16_governors_decide_when_the_card_is_asked_for_and_a_rule_without_a_card_is_refused() {
    let mut town = Town::new();
    let rules = |credential: &str| {
        let rule = PaymentCardRule {
            above: Won::new(150_000).unwrap(),
            credential: Text::new(credential).unwrap(),
            claims: Vec::new(),
        };
        let source = Text::new("a test").unwrap();
        CardRules { payments: vec![Dated { from: beginning(), value: rule, source }] }
    };
    let nameless = town.decided(Govern::SetCardRules(rules("")));
    town.refuses(nameless, Rejection::NotDecided);
    assert_eq!(town.ledger.record::<CardRules>(&state_key::card_rules()), None);
    let decided = town.decided(Govern::SetCardRules(rules("urn:card")));
    town.accepts(decided);
    assert_eq!(town.ledger.record(&state_key::card_rules()), Some(rules("urn:card")));
}
