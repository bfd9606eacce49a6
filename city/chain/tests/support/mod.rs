//! A small ledger for tests: four validators, four governors, a clock that is moved by hand, a disk that can fail.
#![allow(dead_code, missing_docs, unreachable_pub)]

use citizen_keys::software::MemoryBackend;
use citizen_keys::{DevicePair, HardwareKey, KeyAlias, SigningKey, SoftwareKeystore};
use citizen_ledger::{
    Action, Dated, Genesis, LightBlock, LightClient, Nonce, OpenAccount, Parameters, Role, RoleRecord,
    Signer, TransactionBody, Trust, TrustAnchor, Validator,
};
use citizen_primitives::clock::ManualClock;
use citizen_primitives::{
    AccountId, Canonical as _, ChainId, Height, Label, NeverCut, Seconds, Text, UnixTime, Won,
};
use city_chain::{Chain as _, EmbeddedChain, Pace, ValidatorKey};
use city_storage::faults::Disk;
use city_storage::{Options, Storage};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::num::NonZeroUsize;
use std::sync::Arc;

pub const NOW: UnixTime = UnixTime::from_seconds(1_790_000_000);

pub fn keys() -> Vec<ValidatorKey> {
    (1..=4).map(|seed| ValidatorKey::from_seed([seed; 32])).collect()
}

pub fn genesis(name: &str) -> Genesis {
    let validators = keys().iter().map(|key| Validator { key: key.public(), power: 10 }).collect();
    let governor = |seed| RoleRecord {
        role: Role::Governor,
        key: SigningKey::from_seed(&[seed; 32]).public(),
        sealing: None,
        name_ko: Text::default(),
        name_en: Text::default(),
        from: UnixTime::from_seconds(0),
        until: None,
    };
    let dated = |value| Dated { from: UnixTime::from_seconds(0), value, source: Text::default() };
    Genesis {
        chain_id: ChainId::new(name).unwrap(),
        time: NOW,
        validators,
        parameters: Parameters {
            validity_window: 100,
            longest_hold: Seconds::new(600),
            expiry_years: vec![dated(5)],
            cosign_above: vec![Dated {
                from: NOW,
                value: Won::new(300_000).unwrap(),
                source: Text::default(),
            }],
            governors: 1,
            account_rate: 3,
            stale_after: Seconds::new(60),
            rules: 1,
        },
        roles: vec![governor(50)],
        programmes: Vec::new(),
    }
}

pub struct Town {
    pub disk: Disk,
    pub clock: Arc<ManualClock>,
    pub storage: Arc<Storage>,
    pub chain: EmbeddedChain,
}

impl Town {
    pub fn new() -> Self {
        Self::on(Disk::default(), Arc::new(ManualClock::at(NOW)), 1)
    }

    pub fn on(disk: Disk, clock: Arc<ManualClock>, threads: usize) -> Self {
        let options = Options { injector: Arc::new(NeverCut), ..Options::default() };
        let storage =
            Arc::new(Storage::open_with_backend(disk.backend(), &genesis("town-1"), options).unwrap());
        let pace = Pace { threads: NonZeroUsize::new(threads).unwrap(), ..Pace::default() };
        let chain = EmbeddedChain::open(Arc::clone(&storage), keys(), clock.clone(), pace).unwrap();
        Self { disk, clock, storage, chain }
    }

    /// Seals until nothing is due.
    pub fn settle(&self) -> Height {
        while self.chain.step().unwrap().is_some() {}
        self.chain.status().latest
    }

    pub fn block(&self, height: u64) -> LightBlock {
        LightBlock::decode(&self.chain.light_block(Some(Height::new(height))).unwrap().unwrap()).unwrap()
    }

    /// A phone that trusts the first header.
    pub fn phone(&self) -> LightClient {
        LightClient::new(TrustAnchor::dangerous_trust(
            &self.block(1),
            Trust::File,
            Seconds::new(86_400 * 180),
        ))
    }
}

/// A transaction that opens an account, and the account's name.
pub fn opening(seed: u8, valid_until: u64) -> (Vec<u8>, AccountId) {
    let keystore = SoftwareKeystore::open(
        Box::new(MemoryBackend::default()),
        Box::new(StdRng::seed_from_u64(seed.into())),
    )
    .unwrap();
    let hardware = HardwareKey::create(Arc::new(keystore), KeyAlias::new("card").unwrap()).unwrap();
    let (account, recovery) = (SigningKey::from_seed(&[seed; 32]), SigningKey::from_seed(&[seed ^ 0xff; 32]));
    let device = DevicePair::new(&account.public(), hardware.public()).unwrap();
    let salt = [seed; 16];
    let body = TransactionBody {
        chain_id: ChainId::new("town-1").unwrap(),
        valid_until: Height::new(valid_until),
        nonce: Nonce::from_bytes([seed; 16]),
        signer: Signer::Opening,
        action: Action::OpenAccount(OpenAccount { device, recovery: recovery.public(), salt }),
    };
    let bytes = body.signing_bytes();
    let signatures = vec![
        account.sign(Label::Transaction, &bytes),
        hardware.sign(Label::Transaction, &bytes).unwrap(),
        recovery.sign(Label::Transaction, &bytes),
    ];
    let id = citizen_coin::account::account_id(&device, &recovery.public(), &salt);
    (body.signed(signatures).to_canonical(), id)
}
