//! A small ledger whose every block writes something.

use citizen_keys::SigningKey;
use citizen_ledger::{Dated, Genesis, Parameters, Role, RoleRecord, Validator, state_key};
use citizen_primitives::{Canonical as _, ChainId, Hash, Height, Seconds, Text, UnixTime, Won};
use city_state::{Block, execute};
use city_storage::faults::Disk;
use city_storage::{Options, Storage, StorageError, StoredBlock};
use redb::StorageBackend;

pub(crate) const NOW: u64 = 1_790_000_000;
pub(crate) const MONTH: u64 = 31 * 86_400;

pub(crate) fn genesis(name: &str) -> Genesis {
    let key = |seed| SigningKey::from_seed(&[seed; 32]).public();
    let citizen_keys::PublicKey::Ed25519(validator) = key(1) else { panic!("another algorithm") };
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
    let height = storage.latest().height.next();
    let time = UnixTime::from_seconds(NOW + MONTH * height.value());
    let hash = Hash::plain(&[&height.value().to_be_bytes()]);
    let chain_id = genesis("town-1").chain_id;
    let block = Block { chain_id: &chain_id, height, time, hash, transactions: &[] };
    let outcome = execute(&storage.snapshot()?, &block).unwrap();
    assert!(!outcome.writes.is_empty(), "a month begins");
    let stored = StoredBlock {
        height,
        time,
        hash,
        light_block: vec![7; 3_000],
        transactions: Vec::new(),
        codes: Vec::new(),
        parts: (1, Hash::ZERO),
    };
    storage.commit(&stored, &outcome)
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
    for height in 1..=latest.height.value() {
        let block = storage.block(Height::new(height))?;
        seen.push(block.map(|block| block.to_canonical()));
    }
    Ok(seen)
}
