//! Organisations' DIDs: created by whom governance admitted, changed by their controllers.

use crate::support::town::{beginning, sign};
use crate::support::{Service, Town};
use citizen_keys::{PublicKey, SigningKey};
use citizen_ledger::did::{DidMethod, DidNames, DidService, Fragment, MethodKey, Purposes};
use citizen_ledger::{
    Action, CreateDid, DidAction, DidContent, DidRecord, Govern, Rejection, Role, RotateDid, Signer,
    state_key,
};
use citizen_primitives::{Canonical as _, Label, SeoulDid, Text};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

/// A library that governance admitted.
fn town() -> (Town, Service) {
    let mut town = Town::new();
    let library = Service::new(Role::Organisation, 80);
    let entered = town.decided(Govern::SetRole(library.record(beginning())));
    town.accepts(entered);
    (town, library)
}

/// Two of three must agree.
fn content(controllers: &[u8]) -> DidContent {
    let mut controllers: Vec<PublicKey> = controllers.iter().map(|seed| key(*seed).public()).collect();
    controllers.sort();
    let PublicKey::Ed25519(bytes) = key(90).public() else { unreachable!() };
    let name = |text| Fragment::new(text).unwrap();
    DidContent {
        controllers,
        threshold: 2,
        methods: vec![DidMethod {
            fragment: name("key-1"),
            key: MethodKey::Ed25519(bytes),
            purposes: Purposes::ASSERTION,
        }],
        services: vec![DidService {
            fragment: name("site"),
            kind: name("LinkedDomains"),
            endpoint: Text::new("https://library.example/").unwrap(),
        }],
    }
}

fn creation() -> CreateDid {
    CreateDid { content: content(&[81, 82, 83]), salt: [7; 16] }
}

/// Signed by the organisation and by these controllers, in the order in which the content names them.
fn create(town: &mut Town, organisation: &Service, new: &CreateDid, signers: &[u8]) -> Vec<u8> {
    let action = Action::Did(DidAction::Create(Box::new(new.clone())));
    let body = town.body(Signer::Party { key: organisation.key.public() }, action);
    let mut controllers: Vec<SigningKey> = signers.iter().map(|seed| key(*seed)).collect();
    controllers.sort_by_key(SigningKey::public);
    let bytes = body.signing_bytes();
    let keys = std::iter::once(&organisation.key).chain(&controllers);
    let signatures = keys.map(|key| key.sign(Label::Transaction, &bytes)).collect();
    body.signed(signatures).to_canonical()
}

fn created(town: &mut Town, organisation: &Service) -> SeoulDid {
    let transaction = create(town, organisation, &creation(), &[81, 82, 83]);
    town.accepts(transaction);
    creation().did(&organisation.key.public())
}

fn by_controllers(town: &mut Town, seeds: &[u8], action: DidAction, further: &[u8]) -> Vec<u8> {
    let sorted = |seeds: &[u8]| {
        let mut keys: Vec<SigningKey> = seeds.iter().map(|seed| key(*seed)).collect();
        keys.sort_by_key(SigningKey::public);
        keys
    };
    let (keys, further) = (sorted(seeds), sorted(further));
    let signer = Signer::Several { keys: keys.iter().map(SigningKey::public).collect() };
    let body = town.body(signer, Action::Did(action));
    let bytes = body.signing_bytes();
    let signatures = keys.iter().chain(&further).map(|key| key.sign(Label::Transaction, &bytes)).collect();
    body.signed(signatures).to_canonical()
}

fn rotation(did: SeoulDid, version: u32, content: DidContent) -> DidAction {
    DidAction::Rotate(Box::new(RotateDid { did, version, content }))
}

fn record(town: &Town, did: &SeoulDid) -> DidRecord {
    town.ledger.record(&state_key::did(did)).unwrap()
}

#[test]
fn state_18_an_admitted_organisation_creates_a_did_with_all_its_controllers() {
    let (mut town, library) = town();
    let short = create(&mut town, &library, &creation(), &[81, 82]);
    town.refuses(short, Rejection::Signature);
    let others = create(&mut town, &library, &creation(), &[81, 82, 84]);
    town.refuses(others, Rejection::Signature);
    let stranger = Service::new(Role::Organisation, 85);
    let not_admitted = create(&mut town, &stranger, &creation(), &[81, 82, 83]);
    town.refuses(not_admitted, Rejection::NotAllowed);
    let treasury = Service::new(Role::Treasury, 10);
    let another_role = create(&mut town, &treasury, &creation(), &[81, 82, 83]);
    town.refuses(another_role, Rejection::NotAllowed);
    let did = created(&mut town, &library);
    let DidRecord { organisation, content: said, version, created, updated, deactivated } =
        record(&town, &did);
    assert_eq!((organisation, said, version), (library.id(), content(&[81, 82, 83]), 1));
    assert!(created == updated && !deactivated);
    assert_eq!(town.ledger.record::<DidNames>(&state_key::dids(&library.id())), Some(DidNames(vec![did])));
    let again = create(&mut town, &library, &creation(), &[81, 82, 83]);
    town.refuses(again, Rejection::DidExists);
}

#[test]
fn state_18_controllers_rotate_and_who_controls_it_next_signs_too() {
    let (mut town, library) = town();
    let did = created(&mut town, &library);
    let before = record(&town, &did);
    town.wait(100);
    // The first controller goes, another one comes.
    let next = rotation(did, 2, content(&[82, 83, 84]));
    let unsigned = by_controllers(&mut town, &[81, 82], next.clone(), &[83]);
    town.refuses(unsigned, Rejection::Signature);
    let rotated = by_controllers(&mut town, &[81, 82], next.clone(), &[83, 84]);
    town.accepts(rotated.clone());
    town.refuses(rotated, Rejection::Replayed);
    let after = record(&town, &did);
    assert_eq!((after.version, &after.content), (2, &content(&[82, 83, 84])));
    assert!(after.created == before.created && after.updated > before.updated);
    // What the first one signs counts no more.
    let stale = by_controllers(&mut town, &[81, 82], rotation(did, 3, content(&[81, 82, 83])), &[83]);
    town.refuses(stale, Rejection::NotAllowed);
}

#[test]
fn state_18_fewer_controllers_than_must_agree_change_nothing() {
    let (mut town, library) = town();
    let did = created(&mut town, &library);
    let alone = by_controllers(&mut town, &[81], rotation(did, 2, content(&[81, 82, 83])), &[82, 83]);
    town.refuses(alone, Rejection::NotAllowed);
    let with_stranger = by_controllers(&mut town, &[81, 85], DidAction::Deactivate { did, version: 2 }, &[]);
    town.refuses(with_stranger, Rejection::NotAllowed);
    // Nor do controllers and a stranger together.
    let with_stranger =
        by_controllers(&mut town, &[81, 82, 85], DidAction::Deactivate { did, version: 2 }, &[]);
    town.refuses(with_stranger, Rejection::NotAllowed);
    let twice = by_controllers(&mut town, &[81, 81], DidAction::Deactivate { did, version: 2 }, &[]);
    town.refuses(twice, Rejection::NotAgreed);
    let unknown = DidAction::Deactivate { did: SeoulDid::from_bytes([1; 32]), version: 2 };
    let unknown = by_controllers(&mut town, &[81, 82], unknown, &[]);
    town.refuses(unknown, Rejection::NoDid);
    assert_eq!(record(&town, &did).version, 1);
}

#[test]
fn state_18_each_change_names_the_next_version() {
    let (mut town, library) = town();
    let did = created(&mut town, &library);
    for version in [0, 1, 3] {
        let skipped =
            by_controllers(&mut town, &[81, 82], rotation(did, version, content(&[81, 82, 83])), &[83]);
        town.refuses(skipped, Rejection::DidVersion);
        let skipped = by_controllers(&mut town, &[81, 82], DidAction::Deactivate { did, version }, &[]);
        town.refuses(skipped, Rejection::DidVersion);
    }
}

#[test]
fn state_18_a_deactivated_did_has_no_keys_and_never_comes_back() {
    let (mut town, library) = town();
    let did = created(&mut town, &library);
    // An organisation whose role has ended can end its DID, and nothing else.
    let ended = town.decided(Govern::EndRole { role: Role::Organisation, key: library.id() });
    town.accepts(ended);
    let rotated = by_controllers(&mut town, &[81, 82], rotation(did, 2, content(&[81, 82, 83])), &[83]);
    town.refuses(rotated, Rejection::NotAllowed);
    town.wait(100);
    let gone = by_controllers(&mut town, &[82, 83], DidAction::Deactivate { did, version: 2 }, &[]);
    town.accepts(gone);
    let left = record(&town, &did);
    assert!(left.version == 2 && left.updated > left.created);
    assert!(left.deactivated && left.content.methods.is_empty() && left.content.services.is_empty());
    let entered = town.decided(Govern::SetRole(library.record(beginning())));
    town.accepts(entered);
    let back = by_controllers(&mut town, &[81, 82], rotation(did, 3, content(&[81, 82, 83])), &[83]);
    town.refuses(back, Rejection::DidEnded);
    let again = create(&mut town, &library, &creation(), &[81, 82, 83]);
    town.refuses(again, Rejection::DidExists);
}

#[test]
fn state_18_one_organisation_has_so_many_dids_and_no_more() {
    let (mut town, library) = town();
    for salt in 0..17 {
        let new = CreateDid { salt: [salt; 16], ..creation() };
        let transaction = create(&mut town, &library, &new, &[81, 82, 83]);
        if salt < 16 {
            town.accepts(transaction);
        } else {
            town.refuses(transaction, Rejection::TooManyDids);
        }
    }
}

#[test]
fn ledger_14_content_out_of_bounds_is_refused_at_the_door() {
    let (mut town, library) = town();
    let wrong = CreateDid { content: DidContent { threshold: 4, ..content(&[81, 82, 83]) }, ..creation() };
    let refused = create(&mut town, &library, &wrong, &[81, 82, 83]);
    town.refuses(refused, Rejection::DidContent);
    let did = created(&mut town, &library);
    let wrong = DidContent { methods: Vec::new(), ..content(&[81, 82, 83]) };
    let refused = by_controllers(&mut town, &[81, 82], rotation(did, 2, wrong), &[83]);
    town.refuses(refused, Rejection::DidContent);
    // By one key that stands for a party.
    let body = town.body(
        Signer::Party { key: key(81).public() },
        Action::Did(DidAction::Deactivate { did, version: 2 }),
    );
    town.refuses(sign(&body, &[&|bytes| key(81).sign(Label::Transaction, bytes)]), Rejection::NotAllowed);
}
