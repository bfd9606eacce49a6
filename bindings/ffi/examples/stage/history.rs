//! Long histories: accounts whose keys lie here give one point at a time, hundreds of times in a few blocks.

use crate::Failed;
use citizen_client::{Exchange, Https, LedgerClient, LedgerError, TrustFile};
use citizen_coin::account::account_id;
use citizen_coin::{AccountRecord, Epoch};
use citizen_keys::{DevicePair, HardwareKey, KeyAlias, MemoryBackend, SigningKey, SoftwareKeystore};
use citizen_ledger::{
    Action, LightClient, Nonce, OpenAccount, SignedTransaction, Signer, TransactionBody, Transfer, state_key,
};
use citizen_payment::gift::GiftCode;
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{AccountId, Height, Label, Place, Points, random};
use citizen_store::MemoryDisk;
use citizen_wallet::{City, Claim, PinCost, StorePlace, Trust, Wallet, WalletConfig};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

const SUBMIT: Place = Place::new("stage/history-submit");
const LOOK: Place = Place::new("stage/history-look");

/// For how many blocks a transaction may wait.
const PATIENCE: u64 = 90;
/// How many are handed in before the newest block is asked for again.
const AT_ONCE: u64 = 50;
/// Who gives in turn.
const ACCOUNTS: usize = 8;
/// How often it looks whether they are in, and how long it waits between.
const LOOKS: u32 = 600;
const PAUSE: Duration = Duration::from_millis(100);
/// What each has to give.
const POINTS: u64 = 1_000;

/// Accounts with points, and their keys. Several: a node takes so many transactions a minute of one account.
pub(crate) struct Giver {
    ledger: LedgerClient,
    accounts: Vec<Account>,
}

struct Account {
    id: AccountId,
    key: SigningKey,
    device: DevicePair,
}

impl Giver {
    /// Opens the accounts, and has a citizen earn points for them.
    pub(crate) async fn start(city: &Url, trust: &TrustFile) -> Result<Self, Failed> {
        let exchange = Exchange::new(Arc::new(Https::new()?), city);
        let light = LightClient::new(trust.anchor().clone());
        let ledger = LedgerClient::new(exchange, light, Arc::new(SystemClock));
        let hardware = HardwareKey::create(keystore()?, KeyAlias::new("giver")?)?;
        let mut giver = Self { ledger, accounts: Vec::new() };
        for _ in 0..ACCOUNTS {
            let account = giver.open(&hardware).await?;
            giver.accounts.push(account);
        }
        giver.be_given(city, trust).await?;
        Ok(giver)
    }

    /// Gives so many times one point to the account of a gift code, and waits until they are there.
    pub(crate) async fn give(&self, code: &str, entries: u64) -> Result<(), Failed> {
        let to = GiftCode::from_text(code)?.account;
        let before = self.entries(&to).await?;
        let mut givers = self.accounts.iter().cycle();
        let mut newest = self.ledger.refresh(LOOK).await?.header.height();
        for number in 1..=entries {
            let Some(Account { id, key, device }) = givers.next() else { break };
            if number.is_multiple_of(AT_ONCE) {
                newest = self.ledger.refresh(LOOK).await?.header.height();
            }
            let signer = Signer::Device { account: *id, epoch: Epoch::default(), device: *device };
            let body = self.body(newest, signer, Action::Transfer(Transfer { to, points: Points::new(1)? }));
            let signature = key.sign(Label::Transaction, &body.signing_bytes());
            self.submit(&body.signed(vec![signature])).await?;
        }
        self.wait_for(&to, before.saturating_add(entries)).await
    }

    async fn open(&self, hardware: &HardwareKey) -> Result<Account, Failed> {
        let key = SigningKey::generate(&mut random::system());
        let device = DevicePair::new(&key.public(), hardware.public())?;
        let (recovery, salt) = (key.public(), random::generate_array(&mut random::system()));
        let id = account_id(&device, &recovery, &salt);
        let action = Action::OpenAccount(OpenAccount { device, recovery, salt });
        let newest = self.ledger.refresh(LOOK).await?.header.height();
        let body = self.body(newest, Signer::Opening, action);
        let bytes = body.signing_bytes();
        let own = key.sign(Label::Transaction, &bytes);
        self.submit(&body.signed(vec![own, hardware.sign(Label::Transaction, &bytes)?, own])).await?;
        Ok(Account { id, key, device })
    }

    fn body(&self, newest: Height, signer: Signer, action: Action) -> TransactionBody {
        TransactionBody {
            chain_id: self.ledger.chain_id(),
            valid_until: newest.plus(PATIENCE),
            nonce: Nonce::from_bytes(random::generate_array(&mut random::system())),
            signer,
            action,
        }
    }

    /// A citizen of the sandbox earns points and gives them to the accounts.
    async fn be_given(&self, city: &Url, trust: &TrustFile) -> Result<(), Failed> {
        let store = StorePlace::Opened(Box::new(MemoryDisk::default().open()?));
        let mut config = WalletConfig::new(store, keystore()?, Arc::new(Https::new()?));
        config.pin_cost = PinCost::dangerous_cheap();
        let city = City { url: city.clone(), trust: Trust::File(trust.clone()) };
        let (wallet, code) = Wallet::create(config.with_city(city), "294857")?;
        wallet.open_account(&code).await?;
        wallet.enrol("나눔이").await?;
        wallet.earn(&Claim::new("eco", "eco-2026-h1")?).await?;
        for account in &self.accounts {
            self.wait_for(&account.id, 1).await?;
            let code = GiftCode { chain_id: self.ledger.chain_id(), account: account.id }.to_text();
            wallet.approve_gift(wallet.review_gift(&code, Points::new(POINTS)?).await?).await?;
            self.wait_for(&account.id, 2).await?;
        }
        Ok(())
    }

    async fn submit(&self, transaction: &SignedTransaction) -> Result<(), Failed> {
        for _ in 0..LOOKS {
            match self.ledger.submit(SUBMIT, transaction).await {
                // So many a minute.
                Err(LedgerError::Call(error)) if error.is_refused_with("too-many") => {
                    tokio::time::sleep(PAUSE).await;
                }
                submitted => return submitted.map(drop).map_err(Failed::from),
            }
        }
        Err("the ledger takes no more".into())
    }

    async fn entries(&self, account: &AccountId) -> Result<u64, Failed> {
        let key = state_key::account(account);
        let proven = self.ledger.state(LOOK, std::slice::from_ref(&key)).await?;
        let record = proven.get::<AccountRecord>(&key)?.into_parts().0;
        Ok(record.map_or(0, |record| record.entries))
    }

    async fn wait_for(&self, account: &AccountId, entries: u64) -> Result<(), Failed> {
        for _ in 0..LOOKS {
            if self.entries(account).await? >= entries {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err("the ledger does not take it".into())
    }
}

fn keystore() -> Result<Arc<SoftwareKeystore>, Failed> {
    Ok(Arc::new(SoftwareKeystore::open(Box::new(MemoryBackend::default()), Box::new(random::system()))?))
}
