//! A small ledger for tests: four validators, four governors, a clock that is moved by hand, a disk that can fail.

use citizen_coin::account::account_id;
use citizen_coin::{Epoch, ProgrammeRecord};
use citizen_keys::{DevicePair, HardwareKey, KeyAlias, MemoryBackend, SigningKey, SoftwareKeystore};
use citizen_ledger::{
    Action, Dated, Genesis, Grant, LightBlock, LightClient, Nonce, OpenAccount, Parameters, ReplaceDevice,
    Role, RoleRecord, Signer, TransactionBody, Transfer, Trust, TrustAnchor, Validator,
};
use citizen_primitives::clock::ManualClock;
use citizen_primitives::{
    AccountId, Canonical as _, ChainId, Hash, Height, Injector, Label, NeverCut, PersonTag, Points,
    ProgrammeId, Seconds, Text, UnixTime, Won,
};
use city_chain::{Chain as _, EmbeddedChain, Pace, ValidatorKey};
use city_storage::faults::Disk;
use city_storage::{Options, Storage};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::sync::Arc;

pub(crate) const NOW: UnixTime = UnixTime::from_seconds(1_790_000_000);

pub(crate) fn keys() -> Vec<ValidatorKey> {
    (1..=4).map(|seed| ValidatorKey::from_seed([seed; 32])).collect()
}

pub(crate) fn genesis(name: &str) -> Genesis {
    let validators = keys().iter().map(|key| Validator { key: key.public(), power: 10 }).collect();
    let party = |role, key: SigningKey| RoleRecord {
        role,
        key: key.public(),
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
        roles: vec![
            party(Role::Governor, SigningKey::from_seed(&[50; 32])),
            party(Role::Treasury, treasury()),
        ],
        programmes: vec![ProgrammeRecord {
            id: ProgrammeId::new("eco").unwrap(),
            name_ko: Text::default(),
            name_en: Text::default(),
            granter: treasury().id(),
            yearly_cap: Points::new(1_000_000).unwrap(),
            personal_cap: Points::new(100_000).unwrap(),
            from: UnixTime::from_seconds(0),
            until: None,
            source: Text::default(),
        }],
    }
}

pub(crate) struct Town {
    pub(crate) disk: Disk,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) storage: Arc<Storage>,
    pub(crate) chain: EmbeddedChain,
}

impl Town {
    pub(crate) fn new() -> Self {
        Self::on(Disk::default(), Arc::new(ManualClock::at(NOW)))
    }

    pub(crate) fn on(disk: Disk, clock: Arc<ManualClock>) -> Self {
        Self::with(disk, clock, Pace::default(), Arc::new(NeverCut))
    }

    pub(crate) fn with(disk: Disk, clock: Arc<ManualClock>, pace: Pace, injector: Arc<dyn Injector>) -> Self {
        let options = Options { injector, ..Options::default() };
        let storage =
            Arc::new(Storage::open_with_backend(disk.backend(), &genesis("town-1"), options).unwrap());
        let chain = EmbeddedChain::open(Arc::clone(&storage), keys(), clock.clone(), pace).unwrap();
        Self { disk, clock, storage, chain }
    }

    /// Seals until nothing is due.
    pub(crate) fn settle(&self) -> Height {
        while self.chain.step().unwrap().is_some() {}
        self.chain.status().latest
    }

    pub(crate) fn block(&self, height: u64) -> LightBlock {
        LightBlock::decode(&self.chain.light_block(Some(Height::new(height))).unwrap().unwrap()).unwrap()
    }

    /// A phone that trusts the first header.
    pub(crate) fn phone(&self) -> LightClient {
        LightClient::new(TrustAnchor::dangerous_trust(
            &self.block(1),
            Trust::File,
            Seconds::new(86_400 * 180),
        ))
    }
}

/// A citizen's phone.
pub(crate) struct Phone {
    key: SigningKey,
    hardware: HardwareKey,
    recovery: SigningKey,
    salt: [u8; 16],
    pub(crate) account: AccountId,
}

impl Phone {
    pub(crate) fn new(seed: u8) -> Self {
        let store = Box::new(MemoryBackend::default());
        let keystore = SoftwareKeystore::open(store, Box::new(StdRng::seed_from_u64(seed.into()))).unwrap();
        let hardware = HardwareKey::create(Arc::new(keystore), KeyAlias::new("card").unwrap()).unwrap();
        let (key, recovery) = (SigningKey::from_seed(&[seed; 32]), SigningKey::from_seed(&[seed ^ 0xff; 32]));
        let device = DevicePair::new(&key.public(), hardware.public()).unwrap();
        let account = account_id(&device, &recovery.public(), &[seed; 16]);
        Self { key, hardware, recovery, salt: [seed; 16], account }
    }

    fn device(&self) -> DevicePair {
        DevicePair::new(&self.key.public(), self.hardware.public()).unwrap()
    }

    pub(crate) fn opening(&self, valid_until: u64) -> Vec<u8> {
        let (device, recovery, salt) = (self.device(), self.recovery.public(), self.salt);
        let action = Action::OpenAccount(OpenAccount { device, recovery, salt });
        let body = body(Signer::Opening, action, valid_until, self.salt);
        let bytes = body.signing_bytes();
        let signatures = vec![
            self.key.sign(Label::Transaction, &bytes),
            self.hardware.sign(Label::Transaction, &bytes).unwrap(),
            self.recovery.sign(Label::Transaction, &bytes),
        ];
        body.signed(signatures).to_canonical()
    }

    /// The recovery key lists the same device anew; the nonce makes one takeover another than the last.
    pub(crate) fn takeover(&self, nonce: u8) -> Vec<u8> {
        let action = Action::ReplaceDevice(ReplaceDevice { account: self.account, device: self.device() });
        let signer = Signer::Recovery { account: self.account, key: self.recovery.public() };
        let body = body(signer, action, 90, [nonce; 16]);
        let bytes = body.signing_bytes();
        let signatures = vec![
            self.recovery.sign(Label::Transaction, &bytes),
            self.key.sign(Label::Transaction, &bytes),
            self.hardware.sign(Label::Transaction, &bytes).unwrap(),
        ];
        body.signed(signatures).to_canonical()
    }

    /// Gives points away; the nonce makes one transfer another than the last.
    pub(crate) fn transfer(&self, to: &AccountId, points: u64, nonce: u8) -> Vec<u8> {
        let signer = Signer::Device { account: self.account, epoch: Epoch::new(0), device: self.device() };
        let action = Action::Transfer(Transfer { to: *to, points: Points::new(points).unwrap() });
        let body = body(signer, action, 90, [nonce; 16]);
        let signature = self.key.sign(Label::Transaction, &body.signing_bytes());
        body.signed(vec![signature]).to_canonical()
    }
}

/// The treasury's grant to an account.
pub(crate) fn grant(account: &AccountId, points: u64, nonce: u8) -> Vec<u8> {
    let treasury = treasury();
    let grant = Grant {
        programme: ProgrammeId::new("eco").unwrap(),
        account: *account,
        points: Points::new(points).unwrap(),
        person: PersonTag::from_bytes(*account.as_bytes()),
        evidence: Hash::from_bytes([nonce; 32]),
    };
    let body = body(Signer::Party { key: treasury.public() }, Action::Grant(grant), 90, [nonce; 16]);
    let signature = treasury.sign(Label::Transaction, &body.signing_bytes());
    body.signed(vec![signature]).to_canonical()
}

fn body(signer: Signer, action: Action, valid_until: u64, nonce: [u8; 16]) -> TransactionBody {
    TransactionBody {
        chain_id: ChainId::new("town-1").unwrap(),
        valid_until: Height::new(valid_until),
        nonce: Nonce::from_bytes(nonce),
        signer,
        action,
    }
}

fn treasury() -> SigningKey {
    SigningKey::from_seed(&[60; 32])
}

/// A transaction that opens an account, and the account's name.
pub(crate) fn opening(seed: u8, valid_until: u64) -> (Vec<u8>, AccountId) {
    let phone = Phone::new(seed);
    (phone.opening(valid_until), phone.account)
}
