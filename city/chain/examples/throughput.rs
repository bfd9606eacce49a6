//! How many signed transfers a second the embedded ledger takes, with a durable commit for each block of 1,000 on a real file:
//! `throughput ACCOUNTS…`. Peers in the same run: one Ed25519 verification after another on one core, and in batches, with the
//! library the ledger uses. Prints `figure`, name, value, unit, separated by tabs.

#![allow(clippy::unwrap_used)] // A measurement that cannot be made is stopped.

use citizen_coin::account::account_id;
use citizen_coin::{AccountRecord, Epoch, ProgrammeRecord};
use citizen_keys::batch::{BatchItem, verify_batch};
use citizen_keys::{
    DevicePair, HardwareKey, KeyAlias, MemoryBackend, PublicKey, Signature, SigningKey, SoftwareKeystore,
};
use citizen_ledger::{
    Action, Dated, Genesis, Grant, LightBlock, LightClient, Nonce, OpenAccount, Parameters, ProvenState,
    Role, RoleRecord, Signer, TransactionBody, Transfer, Trust, TrustAnchor, Validator, state_key,
};
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{
    AccountId, Canonical as _, ChainId, Hash, Height, Label, PersonTag, Points, ProgrammeId, Seconds, Text,
    UnixTime, Won, random,
};
use city_chain::{Chain as _, EmbeddedChain, Pace, ValidatorKey};
use city_storage::{Options, Storage};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Transactions of a block.
const BLOCK: usize = 1_000;
/// Transactions that are handed over together, as a gateway does under load.
const COMPANY: usize = 250;
/// Blocks that are measured; the median counts.
const BLOCKS: usize = 15;
/// Accounts that send.
const SENDERS: usize = 5_000;

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).map(|size| size.parse().unwrap()).collect();
    figure("ed25519-batch", batched_a_second(), "verifications/s on one core");
    for accounts in sizes {
        let folder = tempfile::tempdir().unwrap();
        let town = Town::found(&folder.path().join("ledger"), accounts);
        // Beside what is compared with it: founding a large town takes long, and the machine may be another one afterwards.
        let single = verifications_a_second();
        figure(&format!("ed25519-single-{accounts}"), single, "verifications/s on one core");
        let (rate, admission) = town.transfers_a_second(accounts);
        figure(&format!("admission-{accounts}"), admission, "of the time");
        figure(&format!("transfers-{accounts}"), rate, "transfers/s");
        figure(&format!("transfers-{accounts}-share"), rate / single, "of single verifications");
        let beside = town.transfers_a_second_beside(accounts);
        figure(&format!("transfers-{accounts}-two-threads"), beside, "transfers/s");
        figure(
            &format!("transfers-{accounts}-two-threads-share"),
            beside / single,
            "of single verifications",
        );
        let (header, value) = town.phone_a_second(accounts);
        figure(&format!("light-block-{accounts}"), single / header, "single verifications");
        figure(&format!("state-proof-{accounts}"), single / value, "single verifications");
        drop(town);
        let (open, unchecked) = opening_times(&folder.path().join("ledger"));
        figure(&format!("ledger-open-{accounts}"), open, "s");
        figure(&format!("ledger-open-{accounts}-unchecked"), unchecked, "s");
    }
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("figure\t{name}\t{value:.3}\t{unit}");
}

/// Citizens whose keys are made from their number; they share a hardware key, which transfers do not use.
struct Town {
    chain: EmbeddedChain,
    hardware: HardwareKey,
    treasury: SigningKey,
}

struct Citizen {
    key: SigningKey,
    device: DevicePair,
    account: AccountId,
    salt: [u8; 16],
}

impl Town {
    fn found(file: &Path, accounts: usize) -> Self {
        let keystore =
            SoftwareKeystore::open(Box::new(MemoryBackend::default()), Box::new(random::system())).unwrap();
        let hardware = HardwareKey::create(Arc::new(keystore), KeyAlias::new("card").unwrap()).unwrap();
        let chain = open(file, true);
        let town = Self { chain, hardware, treasury: treasury() };
        let everybody: Vec<usize> = (0..accounts).collect();
        for block in everybody.chunks(BLOCK) {
            block.iter().for_each(|number| town.submit(town.opening(*number)));
            town.chain.step().unwrap();
        }
        let senders: Vec<usize> = (0..SENDERS.min(accounts)).map(|at| town.sender(at, accounts)).collect();
        for block in senders.chunks(BLOCK) {
            block.iter().for_each(|number| town.submit(town.grant(*number)));
            town.chain.step().unwrap();
        }
        town.settle();
        town
    }

    /// Senders lie evenly among all accounts.
    fn sender(&self, at: usize, accounts: usize) -> usize {
        at * accounts / SENDERS.min(accounts)
    }

    /// Transfers a second, and what share of the time their admission takes.
    fn transfers_a_second(&self, accounts: usize) -> (f64, f64) {
        let (mut rates, mut admissions) = (Vec::new(), Vec::new());
        for round in 0..BLOCKS {
            let transfers: Vec<Vec<u8>> =
                (0..BLOCK).map(|at| self.transfer(round * BLOCK + at, accounts)).collect();
            let start = Instant::now();
            self.submit_all(&transfers);
            let admission = start.elapsed().as_secs_f64();
            let height = self.chain.step().unwrap().unwrap();
            let seconds = start.elapsed().as_secs_f64();
            let block = self.chain.block(height).unwrap().unwrap();
            assert!(block.codes.len() == BLOCK && block.codes.iter().all(|code| *code == 0));
            rates.push(f64::from(u32::try_from(BLOCK).unwrap()) / seconds);
            admissions.push(admission / seconds);
        }
        (median(rates), median(admissions))
    }

    /// The same as a running city does it: one thread admits while the other executes and writes the block before.
    fn transfers_a_second_beside(&self, accounts: usize) -> f64 {
        let first = BLOCKS * BLOCK;
        let transfers: Vec<Vec<u8>> = (first..2 * first).map(|at| self.transfer(at, accounts)).collect();
        let (start, before) = (Instant::now(), self.chain.status().latest);
        std::thread::scope(|scope| {
            let admission = scope.spawn(|| self.submit_all(&transfers));
            while !admission.is_finished() || self.chain.status().queued > 0 {
                if self.chain.status().queued >= BLOCK || admission.is_finished() {
                    self.chain.step().unwrap();
                } else {
                    std::thread::sleep(std::time::Duration::from_micros(200));
                }
            }
        });
        let seconds = start.elapsed().as_secs_f64();
        let mut executed = 0;
        for height in before.value() + 1..=self.chain.status().latest.value() {
            let block = self.chain.block(Height::new(height)).unwrap().unwrap();
            assert!(block.codes.len() <= BLOCK && block.codes.iter().all(|code| *code == 0));
            executed += block.codes.len();
        }
        assert_eq!(executed, first);
        f64::from(u32::try_from(executed).unwrap()) / seconds
    }

    /// What a phone does with an answer, times a second: decode and verify a header of four validators, and one value under it.
    fn phone_a_second(&self, accounts: usize) -> (f64, f64) {
        self.settle();
        let first = self.chain.light_block(Some(Height::new(1))).unwrap().unwrap();
        let period = Seconds::new(10_000 * 86_400);
        let first = LightBlock::decode(&first).unwrap();
        let phone = LightClient::new(TrustAnchor::dangerous_trust(&first, Trust::File, period));
        let key = state_key::account(&self.citizen(self.sender(1, accounts)).account);
        let answer = self.chain.prove(std::slice::from_ref(&key)).unwrap().unwrap();
        let now = self.chain.status().latest_time;
        let verify = || phone.verify(&LightBlock::decode(&answer.light_block).unwrap(), now).unwrap();
        let header = verify();
        let bytes = answer.state.to_canonical();
        let prove = || {
            let state = ProvenState::from_canonical(&bytes).unwrap();
            assert!(!header.prove_in::<AccountRecord>(&key, &state).unwrap().is_absent());
        };
        (a_second(|| drop(verify())), a_second(prove))
    }

    fn settle(&self) {
        while self.chain.step().unwrap().is_some() {}
    }

    fn submit(&self, transaction: Vec<u8>) {
        self.chain.submit(transaction).unwrap();
    }

    fn submit_all(&self, transactions: &[Vec<u8>]) {
        for company in transactions.chunks(COMPANY) {
            self.chain.submit_all(company.to_vec()).into_iter().for_each(|submitted| {
                submitted.unwrap();
            });
        }
    }

    fn citizen(&self, number: usize) -> Citizen {
        let key = SigningKey::from_seed(&seed(1, number));
        let recovery = treasury();
        let device = DevicePair::new(&key.public(), self.hardware.public()).unwrap();
        let salt = *seed(2, number).first_chunk().unwrap();
        let account = account_id(&device, &recovery.public(), &salt);
        Citizen { key, device, account, salt }
    }

    fn opening(&self, number: usize) -> Vec<u8> {
        let Citizen { key, device, salt, .. } = self.citizen(number);
        let recovery = treasury();
        let action = Action::OpenAccount(OpenAccount { device, recovery: recovery.public(), salt });
        let body = self.body(Signer::Opening, action, salt);
        let bytes = body.signing_bytes();
        let signatures = vec![
            key.sign(Label::Transaction, &bytes),
            self.hardware.sign(Label::Transaction, &bytes).unwrap(),
            recovery.sign(Label::Transaction, &bytes),
        ];
        body.signed(signatures).to_canonical()
    }

    fn grant(&self, number: usize) -> Vec<u8> {
        let grant = Grant {
            programme: ProgrammeId::new("eco").unwrap(),
            account: self.citizen(number).account,
            points: Points::new(50_000).unwrap(),
            person: PersonTag::from_bytes(seed(3, number)),
            evidence: Hash::from_bytes(seed(4, number)),
        };
        let signer = Signer::Party { key: self.treasury.public() };
        let body = self.body(signer, Action::Grant(grant), *seed(5, number).first_chunk().unwrap());
        let signature = self.treasury.sign(Label::Transaction, &body.signing_bytes());
        body.signed(vec![signature]).to_canonical()
    }

    fn transfer(&self, at: usize, accounts: usize) -> Vec<u8> {
        let from = self.citizen(self.sender(at % SENDERS.min(accounts), accounts));
        let to = self.citizen((at * 7_919 + 1) % accounts);
        let to = if to.account == from.account { self.citizen((at * 7_919 + 2) % accounts) } else { to };
        let signer = Signer::Device { account: from.account, epoch: Epoch::new(0), device: from.device };
        let action = Action::Transfer(Transfer { to: to.account, points: Points::new(1).unwrap() });
        let body = self.body(signer, action, *seed(6, at).first_chunk().unwrap());
        let signature = from.key.sign(Label::Transaction, &body.signing_bytes());
        body.signed(vec![signature]).to_canonical()
    }

    fn body(&self, signer: Signer, action: Action, nonce: [u8; 16]) -> TransactionBody {
        TransactionBody {
            chain_id: ChainId::new("bench-1").unwrap(),
            valid_until: self.chain.status().latest.plus(500),
            nonce: Nonce::from_bytes(nonce),
            signer,
            action,
        }
    }
}

fn open(file: &Path, check: bool) -> EmbeddedChain {
    let storage = Storage::open(file, &genesis(), Options { check, ..Options::default() }).unwrap();
    let pace = Pace { most: BLOCK, openings: u32::MAX, ..Pace::default() };
    EmbeddedChain::open(Arc::new(storage), validators(), Arc::new(SystemClock), pace).unwrap()
}

/// Seconds until an existing ledger is open: with its file checked, and without.
fn opening_times(file: &Path) -> (f64, f64) {
    let time = |check| {
        let start = Instant::now();
        let chain = open(file, check);
        assert!(chain.status().latest > Height::new(1));
        start.elapsed().as_secs_f64()
    };
    (time(true), time(false))
}

fn validators() -> Vec<ValidatorKey> {
    (1..=4).map(|seed| ValidatorKey::from_seed([seed; 32])).collect()
}

fn treasury() -> SigningKey {
    SigningKey::from_seed(&[60; 32])
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
    let points = |amount| Points::new(amount).unwrap();
    Genesis {
        chain_id: ChainId::new("bench-1").unwrap(),
        time: UnixTime::from_seconds(1_780_000_000),
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
        roles: vec![
            party(Role::Governor, SigningKey::from_seed(&[50; 32])),
            party(Role::Treasury, treasury()),
        ],
        programmes: vec![ProgrammeRecord {
            id: ProgrammeId::new("eco").unwrap(),
            name_ko: Text::default(),
            name_en: Text::default(),
            granter: treasury().id(),
            yearly_cap: points(1_000_000_000),
            personal_cap: points(100_000),
            from: UnixTime::from_seconds(0),
            until: None,
            source: Text::default(),
        }],
    }
}

fn dated<T>(value: T) -> Dated<T> {
    Dated { from: UnixTime::from_seconds(0), value, source: Text::default() }
}

/// How often something is done in a second: the median of nine times two hundred.
fn a_second(mut act: impl FnMut()) -> f64 {
    let rates = (0..9).map(|_| {
        let start = Instant::now();
        (0..200).for_each(|_| act());
        200.0 / start.elapsed().as_secs_f64()
    });
    median(rates.collect())
}

fn verifications_a_second() -> f64 {
    let signed = signed_messages(256);
    let rates = (0..9).map(|_| {
        let start = Instant::now();
        for (key, message, signature) in &signed {
            key.verify(Label::Transaction, message, signature).unwrap();
        }
        256.0 / start.elapsed().as_secs_f64()
    });
    median(rates.collect())
}

fn batched_a_second() -> f64 {
    let signed = signed_messages(256);
    let rates = (0..9).map(|_| {
        let start = Instant::now();
        let items: Vec<BatchItem<'_>> = signed
            .iter()
            .map(|(key, bytes, signature)| BatchItem { key, label: Label::Transaction, bytes, signature })
            .collect();
        verify_batch(&items).unwrap();
        256.0 / start.elapsed().as_secs_f64()
    });
    median(rates.collect())
}

fn signed_messages(count: usize) -> Vec<(PublicKey, Vec<u8>, Signature)> {
    (0..count)
        .map(|number| {
            let key = SigningKey::from_seed(&seed(7, number));
            // As long as a transfer.
            let message = vec![u8::try_from(number % 256).unwrap(); 250];
            let signature = key.sign(Label::Transaction, &message);
            (key.public(), message, signature)
        })
        .collect()
}

fn seed(purpose: u8, number: usize) -> [u8; 32] {
    *Hash::plain(&[&[purpose], &number.to_le_bytes()]).as_bytes()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
