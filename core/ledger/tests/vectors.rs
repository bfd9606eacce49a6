//! The frozen files in `vectors/`: every form that SPEC.md describes, for whoever implements it again.
//!
//! A changed form is a new version, never a changed vector. A file that is not there yet is written with
//! `FREEZE_VECTORS=1`; one that is there never is.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use citizen_coin::account::account_id;
use citizen_keys::{Signed, SigningKey};
use citizen_ledger::poll::PollAction;
use citizen_ledger::{
    Action, CertificateRole, Govern, ProvenState, Role, StateKey, debit_digest, history, state_key,
};
use citizen_merkle::{MemoryTree, leaf_hash};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_payment::terms::code_digest;
use citizen_payment::word::Undoing;
use citizen_payment::{PaymentRecord, PaymentState, Terms};
use citizen_primitives::{
    Canonical, Hash, Height, KeyId, PaymentId, PersonTag, PollId, ProgrammeId, Seconds, Text,
};
use citizen_voting::blind::{BlindedMessage, BlindedOutcome, RsaSignature};
use citizen_voting::identifier::ElectorateIndex;
use citizen_voting::manifest::{Bilingual, Districts, Manifest, PollKind, Revote, Trustees, Window};
use citizen_voting::reward::RewardToken;
use std::fmt::Write as _;
use std::path::Path;
use support::city::{City, time_of};
use support::parties::{Phone, Service};
use support::sealer::{Validators, sign_bytes};
use support::story::{CAPTURED, Story, renewal};
use support::transactions::{ACCOUNT, Cast};
use support::{GENESIS, card, client_at, digest, payments, records, won};

#[derive(Default)]
struct Lines(String);

impl Lines {
    fn hex(&mut self, name: &str, bytes: impl AsRef<[u8]>) {
        writeln!(self.0, "{name} = {}", hex::encode(bytes)).unwrap();
    }

    fn hash(&mut self, name: &str, hash: &Hash) {
        self.hex(name, hash.as_bytes());
    }

    fn record(&mut self, name: &str, record: &impl Canonical) {
        self.hex(name, record.to_canonical());
    }

    fn number(&mut self, name: &str, number: u64) {
        writeln!(self.0, "{name} = {number}").unwrap();
    }

    /// Compares with the frozen file.
    fn are(&self, file: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(file);
        if !path.exists() && std::env::var_os("FREEZE_VECTORS").is_some() {
            let head = "# citizen-ledger, version 1: `name = value`, bytes in hexadecimal, numbers in decimal. See ../SPEC.md;\n# how each is made: ../tests/vectors.rs.\n";
            std::fs::write(&path, format!("{head}{}", self.0)).unwrap();
        }
        let frozen = std::fs::read_to_string(&path).unwrap();
        let frozen: Vec<&str> = frozen.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(self.0.lines().collect::<Vec<_>>(), frozen, "{file}");
    }
}

#[test]
fn identifiers_and_digests_are_the_frozen_ones() {
    let mut lines = Lines::default();
    let cast = Cast::new();
    let Action::OpenAccount(open) = cast.action("open-account") else { unreachable!() };
    lines.hex("ed25519-seed", [41; 32]);
    lines.record("ed25519-key", &cast.phone.key.public());
    lines.hex("ed25519-key-id", cast.phone.key.id().as_bytes());
    lines.record("p256-key", cast.phone.hardware.public());
    lines.hex("p256-key-id", cast.phone.hardware.public().id().as_bytes());
    lines.record("device-pair", &open.device);
    lines.hex("account-salt", open.salt);
    lines.hex("account-id", account_id(&open.device, &open.recovery, &open.salt).as_bytes());
    let terms: Terms = Story::mixed().terms;
    lines.record("terms", &terms);
    lines.hash("terms-commitment", &terms.commitment());
    lines.hex("code-text", "code");
    lines.hash("code-digest", &code_digest("code"));
    let mut running = Hash::ZERO;
    for (name, entry) in records::entries() {
        running = entry.extend(&running);
        lines.record(&format!("entry-{name}"), &entry);
        lines.hash(&format!("running-hash-after-{name}"), &running);
    }
    lines.are("identifiers.txt");
}

#[test]
fn transactions_are_the_frozen_ones() {
    let mut lines = Lines::default();
    let cast = Cast::new();
    for (action, signer) in [
        ("open-account", "opening"),
        ("replace-device", "recovery"),
        ("grant", "party"),
        ("transfer", "device"),
        ("hold", "device"),
        ("capture", "party"),
        ("release", "party"),
        ("govern", "governors"),
    ] {
        let signed = cast.signed(signer, action);
        lines.hex(&format!("{action}-body"), &signed.body);
        lines.hex(&format!("{action}-id"), signed.id().as_bytes());
        lines.record(&format!("{action}-signed"), &signed);
    }
    lines.are("transactions.txt");
}

/// What came with the rules of payments, in a file of its own: the others are never changed.
#[test]
fn what_stands_under_the_rules_of_payments_is_as_frozen() {
    let mut lines = Lines::default();
    let (cast, story) = (Cast::new(), Story::mixed());
    lines.record("mandate", &payments::mandate(cast.party.id()));
    lines.record("mandate-signed", &payments::signed_mandate(&cast.phone, cast.party.id()));
    for (name, signer, action) in payments::actions(&cast.phone, cast.party.id()) {
        let body = cast.body(cast.signer(signer), action);
        let signed = body.signed(cast.signatures(&body));
        let checked =
            citizen_ledger::SignedTransaction::check_stateless(&signed.to_canonical(), &support::chain_id());
        assert!(checked.is_ok(), "{name}: {checked:?}");
        lines.hex(&format!("{name}-body"), &signed.body);
        lines.hex(&format!("{name}-id"), signed.id().as_bytes());
        lines.record(&format!("{name}-signed"), &signed);
    }
    let revoked = PaymentState::Revoked { at: GENESIS };
    lines.record("payment-revoked", &PaymentRecord { state: revoked, ..story.record.clone() });
    lines.record("payment-rules", &payments::rules());
    lines.record("refund", &payments::refund_record());
    lines.record("refunded", &payments::refunded());
    lines.record("redemption", &payments::redemption_record());
    lines.record("spending", &payments::spending());
    lines.record("refund-terms", &payments::refund_terms());
    lines.hash("refund-terms-commitment", &payments::refund_terms().commitment());
    lines.record("receipt-opening", &payments::receipt_opening(&story));
    lines.record("charge-opening", &payments::charge_opening(&story));
    lines.record("bank-refund", &payments::signed(&payments::bank_refund(), 22));
    lines.record("consumer-code", &payments::signed(&payments::consumer_code(), 21));
    lines.record("settlement-2", &payments::signed(&payments::settlement(), 21));
    lines.record("bank-settlement", &payments::signed(&payments::bank_settlement(), 22));
    lines.record("certificate", &payments::signed(&payments::certificate(), 23));
    lines.record("merchant-application", &payments::signed(&payments::application(), 70));
    for (name, request) in payments::merchant_requests() {
        lines.record(&format!("merchant-request-{name}"), &payments::signed(&request, 70));
    }
    for (name, request) in payments::device_requests(&cast.phone) {
        lines.record(&format!("device-request-{name}"), &request);
    }
    lines.are("payments.txt");
}

/// What came with payments that need the card, in a file of its own.
#[test]
fn what_belongs_to_a_payment_that_needs_the_card_is_as_frozen() {
    let mut lines = Lines::default();
    let cast = Cast::new();
    let body = cast.body(cast.signer("governors"), Action::Govern(Govern::SetCardRules(card::card_rules())));
    let signed = body.signed(cast.signatures(&body));
    lines.hex("set-card-rules-body", &signed.body);
    lines.hex("set-card-rules-id", signed.id().as_bytes());
    lines.record("set-card-rules-signed", &signed);
    lines.record("card-rules", &card::card_rules());
    lines.record("card-request", &payments::signed(&card::request(), 21));
    lines.hex("key-card-rules", state_key::card_rules().as_bytes());
    lines.are("order_card.txt");
}

/// What came with the citizen card, in a file of its own.
#[test]
fn what_belongs_to_the_card_is_as_frozen() {
    let mut lines = Lines::default();
    let cast = Cast::new();
    for (name, signer, action) in card::actions(&cast) {
        let body = cast.body(cast.signer(signer), action);
        let signed = body.signed(cast.signatures(&body));
        let checked =
            citizen_ledger::SignedTransaction::check_stateless(&signed.to_canonical(), &support::chain_id());
        assert!(checked.is_ok(), "{name}: {checked:?}");
        lines.hex(&format!("{name}-body"), &signed.body);
        lines.hex(&format!("{name}-id"), signed.id().as_bytes());
        lines.record(&format!("{name}-signed"), &signed);
    }
    lines.record("organisation-key", &cast.party.public());
    lines.hex("did", card::did(&cast).as_bytes());
    for (name, record) in card::custodies(&cast) {
        lines.record(&format!("custody-{name}"), &record);
    }
    lines.record("recovery-case", &card::filed());
    lines.record("recovery-rules", &card::rules());
    lines.record("did-record", &card::did_record(&cast));
    lines.record("did-names", &card::did_names(&cast));
    lines.record("certificate-issuer", &card::certificate(CertificateRole::Issuer));
    lines.record("certificate-verifier", &card::certificate(CertificateRole::Verifier));
    lines.record("certificate-attester", &card::certificate(CertificateRole::Attester));
    lines.record("status-anchor", &card::anchor());
    for (name, entry) in card::entries() {
        lines.record(&format!("entry-{name}"), &entry);
    }
    for (name, key) in card::state_keys(&cast) {
        lines.hex(&format!("key-{name}"), key.as_bytes());
    }
    lines.are("card.txt");
}

#[test]
fn requests_about_polls_are_the_frozen_ones() {
    let mut lines = Lines::default();
    for (name, request) in poll_requests(&Cast::new().phone) {
        lines.record(&format!("device-request-{name}"), &request);
    }
    lines.are("polls.txt");
}

/// What came with polls of districts, in a file of its own. The manifest is as short as its form allows; no rule would let it in.
#[test]
fn what_belongs_to_a_poll_of_districts_is_as_frozen() {
    let mut lines = Lines::default();
    let cast = Cast::new();
    let both = |ko: &str, en: &str| Bilingual { ko: Text::new(ko).unwrap(), en: Text::new(en).unwrap() };
    let window = Window { from: time_of(CAPTURED), until: time_of(CAPTURED) };
    let manifest = Manifest {
        ledger: support::chain_id(),
        title: both("동네 공원", "A park nearby"),
        kind: PollKind::Light,
        electorates: Vec::new(),
        contests: Vec::new(),
        registration: window,
        casting: window,
        slot: Seconds::new(60),
        trustees: Trustees { threshold: 0, members: Vec::new() },
        registrars: Vec::new(),
        signatures: 0,
        relays: Vec::new(),
        revote: Revote::LastCounts,
        checks: 0,
        reward: None,
    };
    let names = ["서대문구", "마포구"].map(|name| Text::new(name).unwrap());
    let districts = Districts::of(vec![names.to_vec(), Vec::new()]).unwrap();
    lines.record("districts", &districts);
    let action = PollAction::AnnounceIn { manifest: Box::new(manifest), districts };
    let body = cast.body(cast.signer("party"), Action::Poll(action));
    let signed = body.signed(cast.signatures(&body));
    let checked =
        citizen_ledger::SignedTransaction::check_stateless(&signed.to_canonical(), &support::chain_id());
    assert!(checked.is_ok(), "{checked:?}");
    lines.hex("announce-in-body", &signed.body);
    lines.hex("key-districts", state_key::districts(&PollId::from_bytes([5; 32])).as_bytes());
    lines.are("districts.txt");
}

#[test]
fn requests_about_recovery_are_the_frozen_ones() {
    let text = |text: &str| Text::new(text).unwrap();
    let (number, name, birth_date) = (text("SB-1001"), text("홍 길동"), text("1999-03-02"));
    let enrol = RequestContent::EnrolRecovery { number, name, birth_date };
    let officer = KeyId::from_bytes([0x56; 32]);
    let mut lines = Lines::default();
    let request = payments::request(&Cast::new().phone, officer, enrol);
    lines.record("device-request-enrol-recovery", &request);
    lines.are("recovery.txt");
}

#[test]
fn records_are_the_frozen_ones() {
    let mut lines = Lines::default();
    lines.record("account", &records::account());
    let story = Story::mixed().captured();
    let at = time_of(CAPTURED);
    for (name, state) in [
        ("captured", story.record.state),
        ("held", PaymentState::Held),
        ("released", PaymentState::Released { at }),
        ("lapsed", PaymentState::Lapsed { at }),
    ] {
        lines.record(&format!("payment-{name}"), &PaymentRecord { state, ..story.record.clone() });
    }
    lines.record("role-bank", &story.bank.record);
    lines.record("role-centre-ended", &Service::new(Role::Centre, 21).until(GENESIS).record);
    lines.record("programme", &records::programme());
    lines.record("grant-count", &records::grant_count());
    lines.record("supply", &records::supply());
    lines.record("parameters", &records::parameters());
    lines.record("genesis", &records::genesis());
    lines.are("records.txt");
}

#[test]
fn words_are_the_frozen_ones() {
    let mut lines = Lines::default();
    let story = Story::mixed();
    let treasury = SigningKey::from_seed(&[23; 32]);
    let debit = story.signed_debit().unwrap();
    lines.record("bank-key", &story.bank.key.public());
    lines.record("centre-key", &story.centre.key.public());
    lines.record("treasury-key", &treasury.public());
    lines.record("bank-debit", &debit);
    lines.hash("bank-debit-digest", &debit_digest(&debit));
    for (name, undoing) in [
        ("credited-back", Undoing::CreditedBack { won: won(4_500), booking: 18 }),
        ("tombstoned", Undoing::Tombstoned),
    ] {
        lines.record(
            &format!("bank-ending-{name}"),
            &Signed::sign(&records::ending(undoing), &story.bank.key),
        );
    }
    lines.record("bank-balance", &Signed::sign(&records::balance(), &story.bank.key));
    lines.record("merchant-answer", &Signed::sign(&story.answer, &story.centre.key));
    lines.record("acceptance", &Signed::sign(&records::acceptance(&story), &story.centre.key));
    for (name, answer) in records::claim_answers() {
        lines.record(&format!("claim-answer-{name}"), &Signed::sign(&answer, &treasury));
    }
    lines.are("words.txt");
}

fn every_state_key() -> Vec<(&'static str, StateKey)> {
    let programme = ProgrammeId::new("eco-mileage").unwrap();
    let key = Service::new(Role::Bank, 22).record.id();
    vec![
        ("account", state_key::account(&ACCOUNT)),
        ("payment", state_key::payment(&PaymentId::from_bytes([7; 32]))),
        ("supply", state_key::supply()),
        ("parameters", state_key::parameters()),
        ("role-bank", state_key::role(Role::Bank, &key)),
        ("role-members-bank", state_key::role_members(Role::Bank)),
        ("programme", state_key::programme(&programme)),
        ("programmes", state_key::programmes()),
        ("programme-year", state_key::programme_year(&programme, 2026)),
        ("person-year", state_key::person_year(&programme, 2026, &PersonTag::from_bytes([0x0b; 32]))),
        ("evidence", state_key::evidence(&programme, &digest("evidence"))),
        ("lapsing", state_key::lapsing(179_521_921)),
        ("lapsing-buckets", state_key::lapsing_buckets()),
        ("consumed", state_key::consumed(Height::new(5))),
        ("header-history", state_key::header_history()),
    ]
}

fn one(state: &ProvenState, place: usize) -> ProvenState {
    ProvenState { height: state.height, values: vec![state.values[place].clone()] }
}

#[test]
fn the_state_and_its_proofs_are_the_frozen_ones() {
    let mut lines = Lines::default();
    for (name, key) in every_state_key() {
        lines.hex(&format!("key-{name}"), key.as_bytes());
    }
    let story = Story::mixed().captured();
    let city = story.city();
    let absent = |byte| state_key::payment(&PaymentId::from_bytes([byte; 32]));
    let keys = [state_key::payment(&story.terms.payment), absent(1), absent(2), absent(3)];
    let height = CAPTURED + 1;
    let state = city.state(height, &keys);
    lines.hash("root", &city.block(height).app_hash());
    lines.record("present", &one(&state, 0));
    for place in 1..4 {
        lines.record(&format!("absent-{place}"), &one(&state, place));
    }
    lines.are("state.txt");
}

#[test]
fn headers_and_their_history_are_the_frozen_ones() {
    let mut lines = Lines::default();
    let mut city = City::new(Validators::new(1..5));
    city.idle(12);
    let block = city.block(12);
    lines.hex("light-block", block.to_bytes());
    lines.hash("header-hash", &block.header_hash());
    lines.hash("validators-hash", &block.validators_hash());
    lines.hash("app-hash", &block.app_hash());
    for index in 0..4 {
        lines.hex(&format!("sign-bytes-{index}"), sign_bytes(block, &Validators::new(1..5), index));
    }
    let client = client_at(&city, 1);
    lines.record("trust-anchor-1", client.anchor());
    lines.record("trusted-state-1", client.state());
    for height in 1..=11 {
        lines.hash(&format!("history-leaf-{height}"), &history::leaf(&city.block(height).header_hash()));
    }
    let leaves = (1..=11).map(|height| history::leaf(&city.block(height).header_hash()));
    lines.hash("history-root", &MemoryTree::of(leaves).root());
    let proof = city.header_proof(5, 12);
    lines.hex("history-frontier", proof.history.value.as_ref().unwrap());
    lines.record("header-proof-5", &proof);
    lines.hex("old-light-block-5", city.block(5).to_bytes());
    lines.are("headers.txt");
}

#[test]
fn transaction_proofs_are_the_frozen_ones() {
    let mut lines = Lines::default();
    let mut city = City::new(Validators::new(1..5));
    let block = support::city::Block::default();
    city.seal(block.transaction(b"one", 0).transaction(b"two", 20).transaction(b"three", 0));
    city.idle(1);
    lines.hex("light-block", city.block(1).to_bytes());
    lines.hex("next-light-block", city.block(2).to_bytes());
    lines.hash("leaf-of-two", &citizen_ledger::inclusion::transaction_leaf(b"two"));
    lines.hash("leaf-of-code-20", &leaf_hash(&[0x08, 20]));
    let (transaction, outcome) = city.transaction_proof(1, 1);
    lines.record("transaction-proof", &transaction);
    lines.record("outcome-proof", &outcome);
    lines.are("inclusion.txt");
}

#[test]
fn receipts_are_the_frozen_ones() {
    let mut lines = Lines::default();
    let story = Story::mixed().captured();
    let mut city = story.city();
    lines.record("trust-anchor", client_at(&city, 1).anchor());
    lines.record("receipt", &story.receipt(&city));
    let alone = Story::points_only().captured();
    let other = alone.city();
    lines.record("points-only-trust-anchor", client_at(&other, 1).anchor());
    lines.record("points-only-receipt", &alone.receipt(&other));
    city.idle(30);
    let mut renewed = story.receipt(&city);
    renewed.renewal = Some(renewal(&city));
    lines.record("later-trust-anchor", client_at(&city, 20).anchor());
    lines.record("renewed-receipt", &renewed);
    lines.number("verified-at", GENESIS.seconds() + 600);
    lines.are("receipts.txt");
}

/// What devices ask of the parties of polls.
fn poll_requests(phone: &Phone) -> Vec<(&'static str, DeviceRequest)> {
    let party = KeyId::from_bytes([0x50; 32]);
    let poll = PollId::from_bytes([0x51; 32]);
    let register = RequestContent::Register {
        poll,
        electorate: ElectorateIndex::new(1),
        blinded: Box::new(BlindedMessage::from_bytes([0x52; 384])),
        reply: [0x24; 32],
    };
    let signature =
        BlindedOutcome { randomizer: [0x54; 32], signature: RsaSignature::from_bytes([0x55; 384]) };
    let token = RewardToken { nonce: [0x53; 32], signature };
    let reward = RequestContent::Reward { poll, token: Box::new(token) };
    vec![
        ("register", payments::request(phone, party, register)),
        ("reward", payments::request(phone, party, reward)),
    ]
}
