//! A small ledger whose every block writes something.

use citizen_coin::account::Occasion;
use citizen_coin::{AccountRecord, Cause, EntryKind};
use citizen_keys::{DevicePair, PublicKey, SigningKey};
use citizen_ledger::{Dated, Genesis, Parameters, Role, RoleRecord, StateKey, Validator, state_key};
use citizen_merkle::{Frontier, leaf_hash};
use citizen_primitives::{AccountId, Canonical as _, ChainId, Hash, Height, Seconds, Text, UnixTime, Won};
use city_state::{Block, Leaf, Outcome, execute};
use city_storage::faults::Disk;
use city_storage::{Options, Snapshot, Storage, StorageError, StoredBlock};
use redb::StorageBackend;

pub(crate) const NOW: u64 = 1_790_000_000;
pub(crate) const MONTH: u64 = 31 * 86_400;
/// A point of P-256: its generator.
const P256_POINT: [u8; 33] = [
    0x03, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
    0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
];

pub(crate) fn genesis(name: &str) -> Genesis {
    let key = |seed| SigningKey::from_seed(&[seed; 32]).public();
    let PublicKey::Ed25519(validator) = key(1) else { panic!("another algorithm") };
    let text = Text::default;
    let from = UnixTime::from_seconds(0);
    Genesis {
        chain_id: ChainId::new(name).unwrap(),
        time: UnixTime::from_seconds(NOW),
        validators: vec![Validator { key: validator, power: 10 }],
        parameters: Parameters {
            validity_window: 100,
            longest_hold: Seconds::new(600),
            expiry_years: vec![Dated { from, value: 5, source: text() }],
            cosign_above: vec![Dated { from, value: Won::new(300_000).unwrap(), source: text() }],
            governors: 1,
            account_rate: 3,
            stale_after: Seconds::new(60),
            rules: 1,
        },
        roles: vec![RoleRecord {
            role: Role::Governor,
            key: key(50),
            sealing: None,
            name_ko: text(),
            name_en: text(),
            from,
            until: None,
        }],
        programmes: Vec::new(),
    }
}

pub(crate) fn open(disk: &Disk) -> Result<Storage, StorageError> {
    open_on(disk.backend())
}

/// Executes and commits the next block; its time is a month later than the last one's, so that it writes something.
pub(crate) fn commit(storage: &Storage) -> Result<Hash, StorageError> {
    let (block, outcome) = next(storage)?;
    storage.commit(&block, &outcome)
}

/// The same, but that a leaf of the log is left out.
pub(crate) fn commit_with_a_gap(storage: &Storage) -> Result<Hash, StorageError> {
    let (block, mut outcome) = next(storage)?;
    outcome.leaves.remove(0);
    storage.commit(&block, &outcome)
}

/// The same, with an account whose recovery key is now this one.
pub(crate) fn commit_account(
    storage: &Storage,
    id: AccountId,
    seed: u8,
    kind: EntryKind,
) -> Result<Hash, StorageError> {
    let (block, mut outcome) = next(storage)?;
    let hardware = PublicKey::P256(P256_POINT);
    let device = DevicePair::new(&SigningKey::from_seed(&[seed; 32]).public(), &hardware).unwrap();
    let recovery = SigningKey::from_seed(&[seed; 32]).public();
    let mut record = AccountRecord::open(device, recovery, block.time);
    let occasion = Occasion { height: block.height, time: block.time, cause: Cause::Block };
    outcome.entries.push((id, record.append(kind, occasion)));
    outcome.writes.insert(state_key::account(&id), Some(record.to_canonical()));
    storage.commit(&block, &outcome)
}

fn next(storage: &Storage) -> Result<(StoredBlock, Outcome), StorageError> {
    let height = storage.latest().height.next();
    let time = UnixTime::from_seconds(NOW + MONTH * height.value());
    let hash = Hash::plain(&[&height.value().to_be_bytes()]);
    let chain_id = genesis("town-1").chain_id;
    let block = Block { chain_id: &chain_id, height, time, hash, transactions: &[] };
    let mut outcome = execute(&storage.snapshot()?, &block).unwrap();
    assert!(!outcome.writes.is_empty(), "a month begins");
    write_down(&storage.snapshot()?, &mut outcome, height);
    let stored = StoredBlock {
        height,
        time,
        hash,
        light_block: vec![7; 3_000],
        transactions: Vec::new(),
        codes: Vec::new(),
        parts: (1, Hash::ZERO),
    };
    Ok((stored, outcome))
}

/// The log that every block of this ledger appends to: as many leaves as the block's height, up to five.
pub(crate) fn log() -> StateKey {
    StateKey::from_bytes(b"log".to_vec())
}

/// What the log's leaf at this place says.
pub(crate) fn line(index: u64) -> Vec<u8> {
    format!("line {index}").into_bytes()
}

/// The leaf: found again by its number, and by whether that is odd.
fn leaf(index: u64) -> Leaf {
    Leaf {
        log: log(),
        index,
        bytes: line(index),
        content: content(index),
        marks: vec![mark(index), mark(index % 2 + 1_000)],
    }
}

/// What the line is said to be about.
pub(crate) fn content(index: u64) -> Vec<u8> {
    vec![7; usize::try_from(index % 3).unwrap()]
}

pub(crate) fn mark(number: u64) -> [u8; 32] {
    *Hash::plain(&[&number.to_be_bytes()]).as_bytes()
}

fn write_down(snapshot: &Snapshot, outcome: &mut Outcome, height: Height) {
    let found = snapshot.value(&log()).unwrap();
    let mut frontier = found.map(|bytes| Frontier::from_canonical(&bytes).unwrap()).unwrap_or_default();
    for _ in 0..height.value().min(5) {
        let index = frontier.count();
        frontier.append(leaf_hash(&line(index)));
        outcome.leaves.push(leaf(index));
    }
    outcome.writes.insert(log(), Some(frontier.to_canonical()));
}

pub(crate) fn open_on(backend: impl StorageBackend) -> Result<Storage, StorageError> {
    let options = Options { kept_heights: 5, ..Options::default() };
    Storage::open_with_backend(backend, &genesis("town-1"), options)
}

/// What a reader sees of the newest block and of the state after it, all of it proved under the root.
pub(crate) fn seen(storage: &Storage) -> Result<Vec<Option<Vec<u8>>>, StorageError> {
    let snapshot = storage.snapshot()?;
    let latest = storage.latest();
    let mut seen = vec![Some(latest.root.as_bytes().to_vec()), Some(snapshot.root()?.as_bytes().to_vec())];
    for key in [state_key::supply(), state_key::parameters(), state_key::header_history()] {
        let proven = snapshot.prove(&key)?;
        seen.push(Some(proven.proof));
        seen.push(proven.value);
    }
    seen.extend(snapshot.leaves(&log(), 0, usize::MAX, usize::MAX)?.into_iter().map(|leaf| Some(leaf.bytes)));
    for height in 1..=latest.height.value() {
        let block = storage.block(Height::new(height))?;
        seen.push(block.map(|block| block.to_canonical()));
    }
    Ok(seen)
}
