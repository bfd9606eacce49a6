//! How a ledger begins.

use crate::support::town::parameters;
use crate::support::{Service, Town};
use citizen_keys::PublicKey;
use citizen_ledger::{Genesis, Parameters, Role, RoleRecord, Validator, state_key};
use citizen_primitives::KeyId;
use city_state::{GenesisError, begin};

fn genesis() -> Genesis {
    Town::new().genesis(parameters())
}

#[test]
fn the_first_state_holds_parameters_parties_and_programmes() {
    let genesis = genesis();
    let state = begin(&genesis).unwrap();
    assert_eq!(begin(&genesis).unwrap(), state, "the same file, the same bytes");
    let keys = [
        vec![state_key::parameters(), state_key::supply(), state_key::programmes()],
        genesis.roles.iter().map(|record| state_key::role(record.role, &record.id())).collect(),
        // Polls have no parties yet.
        [Role::Governor, Role::Treasury, Role::Centre, Role::Bank].map(state_key::role_members).to_vec(),
        genesis.programmes.iter().map(|programme| state_key::programme(&programme.id)).collect(),
    ];
    let mut keys = keys.concat();
    keys.sort();
    assert_eq!(state.into_keys().collect::<Vec<_>>(), keys);
}

#[test]
fn a_ledger_nobody_could_follow_does_not_begin() {
    let right = genesis();
    let validator = right.validators[0].clone();
    let of_small_order = Validator { key: std::array::from_fn(|place| u8::from(place == 0)), power: 1 };
    let validators = [
        vec![],
        vec![Validator { power: 0, ..validator.clone() }],
        vec![validator.clone(), validator.clone()],
        vec![Validator { power: (1 << 60) + 1, ..validator.clone() }],
        vec![validator, of_small_order],
    ];
    for validators in validators {
        assert_eq!(begin(&Genesis { validators, ..right.clone() }).map(drop), Err(GenesisError::Validators));
    }
}

#[test]
fn state_8_a_ledger_begins_with_enough_governors_and_livable_parameters() {
    let right = genesis();
    let with = |parameters| begin(&Genesis { parameters, ..right.clone() }).map(drop);
    assert_eq!(with(Parameters { governors: 4, ..parameters() }), Ok(()));
    assert_eq!(with(Parameters { governors: 5, ..parameters() }), Err(GenesisError::Parameters));
    assert_eq!(with(Parameters { validity_window: 0, ..parameters() }), Err(GenesisError::Parameters));
    let mut later = right.clone();
    for record in later.roles.iter_mut().filter(|record| record.role == Role::Governor) {
        record.from = record.from.plus(citizen_primitives::Seconds::new(1));
    }
    assert_eq!(
        begin(&later).map(drop),
        Err(GenesisError::Parameters),
        "they must be there from the beginning"
    );
}

#[test]
fn parties_and_programmes_are_named_once_and_can_act() {
    let right = genesis();
    let identity = PublicKey::Ed25519(std::array::from_fn(|place| u8::from(place == 0)));
    let bank = Service::new(Role::Bank, 31).record(right.time);
    let with = |record: RoleRecord| {
        begin(&Genesis { roles: [right.roles.clone(), vec![record]].concat(), ..right.clone() }).map(drop)
    };
    assert_eq!(with(bank.clone()), Ok(()));
    assert_eq!(with(right.roles[0].clone()), Err(GenesisError::Party));
    assert_eq!(with(RoleRecord { until: Some(right.time), ..bank.clone() }), Err(GenesisError::Party));
    assert_eq!(with(RoleRecord { key: identity, ..bank }), Err(GenesisError::WeakKey));

    let mut programmes = right.programmes.clone();
    programmes.push(programmes[0].clone());
    assert_eq!(begin(&Genesis { programmes, ..right.clone() }).map(drop), Err(GenesisError::Programme));
    let mut programmes = right.programmes.clone();
    programmes[0].granter = KeyId::from_bytes([1; 32]);
    assert_eq!(begin(&Genesis { programmes, ..right }).map(drop), Err(GenesisError::Programme));
}
