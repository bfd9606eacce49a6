//! How many ballots a second the embedded ledger accepts: tokens, proofs and signatures checked, sums added, a durable commit for each
//! block on a real file: `ballots COUNT`. One choice out of five, three registrars, twenty-five ballots in a relay's transaction.
//! Beside it, in the same run, what the checks alone cost on one core, and how large ballot, receipt and board are.
//! Prints `figure`, name, value, unit, separated by tabs.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // A measurement that cannot be made is stopped.

#[allow(dead_code, reason = "tests use the rest")]
#[path = "../../../core/voting/tests/voting/support/mod.rs"]
mod polling;

#[allow(dead_code, reason = "other measurements use the rest")]
#[path = "../../../core/voting/tests/voting/support/crowd.rs"]
mod crowd;

use citizen_keys::SigningKey;
use citizen_ledger::poll::PollAction;
use citizen_ledger::{
    Action, Dated, Genesis, Nonce, Parameters, Role, RoleRecord, Signer, TransactionBody, Validator,
    state_key,
};
use citizen_primitives::clock::ManualClock;
use citizen_primitives::{Canonical as _, ChainId, Hash, Label, Seconds, Text, UnixTime, Won};
use citizen_voting::ballot::Verifier;
use citizen_voting::board::{BoardHead, LogHead};
use citizen_voting::receipt::Receipt;
use citizen_voting::token::TokenVerifier;
use citizen_voting::{BoardEntry, BoardLeaf};
use city_chain::{Chain as _, EmbeddedChain, Pace, ValidatorKey};
use city_storage::{Options, Storage};
use crowd::Crowd;
use polling::manifest::{CITIZENS, OPENS, REGISTRARS, TRUSTEES, registrar_key, relay_key, trustee_key};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Ballots in a transaction: as many as a gateway's door lets in.
const BATCH: usize = 25;
/// Transactions of a block.
const BLOCK: usize = 40;
const DAY: u64 = 86_400;

fn main() {
    let count: u32 = std::env::args().nth(1).map_or(2_000, |count| count.parse().unwrap());
    let crowd = Crowd::of(count);
    let half = count / 2;
    let entries: Vec<BoardEntry> = std::thread::scope(|scope| {
        let workers = [0..half, half..count].map(|part| scope.spawn(|| crowd.cast_all(part)));
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    checks_alone(&crowd, &entries);
    let folder = tempfile::tempdir().unwrap();
    let town = Town::found(&folder.path().join("ledger"), &crowd);
    town.register(&crowd, count);
    figure("ballots-accepted", town.accept(&crowd, &entries), "ballots/s by the embedded ledger");
    town.sizes(&crowd, &entries);
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("figure\t{name}\t{value:.3}\t{unit}");
}

fn a_second(count: usize, start: Instant) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / start.elapsed().as_secs_f64()
}

/// Tokens and ballots, on one core and without a ledger.
fn checks_alone(crowd: &Crowd, entries: &[BoardEntry]) {
    let cast: Vec<_> = entries.iter().map(ballot).collect();
    let tokens = TokenVerifier::new(&crowd.poll).unwrap();
    let start = Instant::now();
    for cast in &cast {
        tokens.verify(CITIZENS, &cast.ballot.ballot.voting_key, &cast.token).unwrap();
    }
    figure("token-verify", a_second(cast.len(), start), "tokens of 3 registrars/s on one core");
    let ballots: Vec<_> = cast.iter().map(|cast| cast.ballot.clone()).collect();
    let verifier = Verifier::new(&crowd.style);
    let start = Instant::now();
    for batch in ballots.chunks(BATCH) {
        assert!(verifier.verify_batch(batch).iter().all(Result::is_ok));
    }
    figure("ballot-verify-25", a_second(ballots.len(), start), "ballots/s on one core, 25 together");
    let start = Instant::now();
    for batch in ballots.chunks(256) {
        assert!(verifier.verify_batch(batch).iter().all(Result::is_ok));
    }
    figure("ballot-verify-256", a_second(ballots.len(), start), "ballots/s on one core, 256 together");
}

fn ballot(entry: &BoardEntry) -> &citizen_voting::CastBallot {
    match entry {
        BoardEntry::Cast(cast) => cast,
        BoardEntry::Slot(_) | BoardEntry::Spoiled(_) => unreachable!("a crowd casts"),
    }
}

struct Town {
    chain: EmbeddedChain,
    clock: Arc<ManualClock>,
    file: std::path::PathBuf,
}

impl Town {
    /// A ledger on which the poll is announced and its key made.
    fn found(file: &Path, crowd: &Crowd) -> Self {
        let clock = Arc::new(ManualClock::at(UnixTime::from_seconds(OPENS - 2 * DAY)));
        let storage = Storage::open(file, &genesis(), Options::default()).unwrap();
        let pace = Pace { most: BLOCK, ..Pace::default() };
        let chain = EmbeddedChain::open(Arc::new(storage), validators(), clock.clone(), pace).unwrap();
        let town = Self { chain, clock, file: file.to_owned() };
        town.settle();
        town.act(&office(), PollAction::Announce(Box::new(crowd.poll.manifest().clone())));
        for message in &crowd.keys.messages {
            let (head, _) = message.dangerous_unverified_head().unwrap();
            let key = trustee_key(usize::from(head.trustee.number()) - 1);
            town.act(&key, PollAction::Speak(Box::new(message.clone())));
        }
        town
    }

    fn register(&self, crowd: &Crowd, count: u32) {
        self.clock.set(UnixTime::from_seconds(OPENS - DAY));
        let rows: Vec<_> = (0..count).flat_map(|person| crowd.rows(person)).collect();
        for registrar in 0..REGISTRARS {
            let own: Vec<_> =
                rows.iter().filter(|row| usize::from(row.registrar) == registrar).copied().collect();
            for rows in own.chunks(500) {
                let action = PollAction::Issue { poll: crowd.poll.id(), rows: rows.to_vec() };
                self.act(&registrar_key(registrar), action);
            }
        }
    }

    /// Ballots a second, from the relay's signature to the durable block.
    fn accept(&self, crowd: &Crowd, entries: &[BoardEntry]) -> f64 {
        self.clock.set(UnixTime::from_seconds(OPENS + 1));
        self.settle();
        let bring = |(number, batch): (usize, &[BoardEntry])| {
            let entries = batch.to_vec();
            self.signed(&relay_key(number % 2), PollAction::Bring { poll: crowd.poll.id(), entries })
        };
        let transactions: Vec<Vec<u8>> = entries.chunks(BATCH).enumerate().map(bring).collect();
        let start = Instant::now();
        for block in transactions.chunks(BLOCK) {
            for submitted in self.chain.submit_all(block.to_vec()) {
                submitted.unwrap();
            }
            let height = self.chain.step().unwrap().unwrap();
            assert!(self.chain.block(height).unwrap().unwrap().codes.iter().all(|code| *code == 0));
        }
        let rate = a_second(entries.len(), start);
        self.settle();
        rate
    }

    fn sizes(&self, crowd: &Crowd, entries: &[BoardEntry]) {
        let size = |bytes: usize| f64::from(u32::try_from(bytes).unwrap());
        let cast = ballot(&entries[0]);
        figure("ballot-size", size(cast.ballot.to_canonical().len()), "B, signed, expanded");
        figure("ballot-size-compact", size(cast.ballot.compact().to_canonical().len()), "B, signed, compact");
        figure("token-size", size(cast.token.to_canonical().len()), "B, of 3 registrars");
        figure("board-entry-size", size(entries[0].to_canonical().len()), "B");
        let log = state_key::board(&crowd.poll.id());
        let proven = self.chain.prove_leaf(&log, 1).unwrap().unwrap();
        let leaf = *BoardLeaf::from_canonical(&proven.leaf.bytes).unwrap().ballot().unwrap();
        let count = proven.proof.inclusion.count;
        assert_eq!(count, u64::try_from(entries.len()).unwrap() + 1, "every ballot stands");
        let head = BoardHead { poll: crowd.poll.id(), log: LogHead { count, root: Hash::ZERO } };
        let receipt = Receipt { leaf, proof: proven.proof.inclusion, head };
        figure(&format!("receipt-size-{count}"), size(receipt.to_canonical().len()), "B");
        let bytes = std::fs::metadata(&self.file).unwrap().len();
        let each = f64::from(u32::try_from(bytes / count).unwrap());
        figure("ledger-file-per-ballot", each, "B, with blocks, indexes and state");
    }

    fn act(&self, key: &SigningKey, action: PollAction) {
        let id = self.chain.submit(self.signed(key, action)).unwrap();
        self.settle();
        assert_eq!(self.chain.transaction(&id).unwrap().unwrap().2, 0);
    }

    fn signed(&self, key: &SigningKey, action: PollAction) -> Vec<u8> {
        let action = Action::Poll(action);
        let digest = Hash::plain(&[&borsh::to_vec(&action).unwrap()]);
        let body = TransactionBody {
            chain_id: ChainId::new("seoul-test").unwrap(),
            valid_until: self.chain.status().latest.plus(500),
            nonce: Nonce::from_bytes(*digest.as_bytes().first_chunk().unwrap()),
            signer: Signer::Party { key: key.public() },
            action,
        };
        let signature = key.sign(Label::Transaction, &body.signing_bytes());
        body.signed(vec![signature]).to_canonical()
    }

    fn settle(&self) {
        while self.chain.step().unwrap().is_some() {}
    }
}

fn office() -> SigningKey {
    SigningKey::from_seed(&[60; 32])
}

fn validators() -> Vec<ValidatorKey> {
    (1..=4).map(|seed| ValidatorKey::from_seed([seed; 32])).collect()
}

fn genesis() -> Genesis {
    let party = |role, key: SigningKey| RoleRecord {
        role,
        key: key.public(),
        sealing: None,
        name_ko: Text::default(),
        name_en: Text::default(),
        from: UnixTime::from_seconds(0),
        until: None,
    };
    let keys =
        |role, count, key: fn(usize) -> SigningKey| (0..count).map(move |number| party(role, key(number)));
    let roles =
        [party(Role::Governor, SigningKey::from_seed(&[50; 32])), party(Role::ElectionOffice, office())]
            .into_iter()
            .chain(keys(Role::Registrar, REGISTRARS, registrar_key))
            .chain(keys(Role::Relay, 2, relay_key))
            .chain(keys(Role::Trustee, TRUSTEES, trustee_key));
    Genesis {
        chain_id: ChainId::new("seoul-test").unwrap(),
        time: UnixTime::from_seconds(OPENS - 3 * DAY),
        validators: validators().iter().map(|key| Validator { key: key.public(), power: 10 }).collect(),
        parameters: Parameters {
            validity_window: 1_000,
            longest_hold: Seconds::new(600),
            expiry_years: vec![dated(5)],
            cosign_above: vec![dated(Won::new(300_000).unwrap())],
            governors: 1,
            account_rate: 1_000_000,
            stale_after: Seconds::new(60),
            rules: 1,
        },
        roles: roles.collect(),
        programmes: vec![],
    }
}

fn dated<T>(value: T) -> Dated<T> {
    Dated { from: UnixTime::from_seconds(0), value, source: Text::default() }
}
