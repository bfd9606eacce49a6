//! Long histories: an account whose keys lie here gives one point at a time, hundreds of times in a few blocks.

use crate::Failed;
use citizen_client::{Exchange, Https, LedgerClient, TrustFile};
use citizen_coin::account::account_id;
use citizen_coin::{AccountRecord, Epoch};
use citizen_keys::{DevicePair, HardwareKey, KeyAlias, MemoryBackend, SigningKey, SoftwareKeystore};
use citizen_ledger::{
    Action, LightClient, Nonce, OpenAccount, SignedTransaction, Signer, TransactionBody, Transfer, state_key,
};
use citizen_payment::gift::GiftCode;
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{AccountId, Label, Place, Points, random};
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
/// How often it looks whether they are in, and how long it waits between.
const LOOKS: u32 = 600;
const PAUSE: Duration = Duration::from_millis(100);
/// What the giver has to give.
const POINTS: u64 = 9_000;

/// An account with points, and its keys.
pub(crate) struct Giver {
    ledger: LedgerClient,
    key: SigningKey,
    device: DevicePair,
    account: AccountId,
}

impl Giver {
    /// Opens the account, and has a citizen earn points for it.
    pub(crate) async fn start(city: &Url, trust: &TrustFile) -> Result<Self, Failed> {
        let exchange = Exchange::new(Arc::new(Https::new()?), city);
        let light = LightClient::new(trust.anchor().clone());
        let ledger = LedgerClient::new(exchange, light, Arc::new(SystemClock));
        let hardware = HardwareKey::create(keystore()?, KeyAlias::new("giver")?)?;
        let key = SigningKey::generate(&mut random::system());
        let device = DevicePair::new(&key.public(), hardware.public())?;
        let salt = random::generate_array(&mut random::system());
        let account = account_id(&device, &key.public(), &salt);
        let giver = Self { ledger, key, device: device.clone(), account };
        giver.open(OpenAccount { device, recovery: giver.key.public(), salt }, &hardware).await?;
        giver.be_given(city, trust).await?;
        Ok(giver)
    }

    /// Gives so many times one point to the account of a gift code, and waits until they are there.
    pub(crate) async fn give(&self, code: &str, entries: u64) -> Result<(), Failed> {
        let to = GiftCode::from_text(code)?.account;
        let before = self.entries(&to).await?;
        let mut left = entries;
        while left > 0 {
            let now = left.min(AT_ONCE);
            let newest = self.ledger.refresh(LOOK).await?.header.height();
            for _ in 0..now {
                let action = Action::Transfer(Transfer { to, points: Points::new(1)? });
                let body = TransactionBody {
                    chain_id: self.ledger.chain_id(),
                    valid_until: newest.plus(PATIENCE),
                    nonce: Nonce::from_bytes(random::generate_array(&mut random::system())),
                    signer: Signer::Device {
                        account: self.account,
                        epoch: Epoch::default(),
                        device: self.device.clone(),
                    },
                    action,
                };
                let signature = self.key.sign(Label::Transaction, &body.signing_bytes());
                self.submit(&body.signed(vec![signature])).await?;
            }
            left -= now;
        }
        self.wait_for(&to, before + entries).await
    }

    async fn open(&self, action: OpenAccount, hardware: &HardwareKey) -> Result<(), Failed> {
        let newest = self.ledger.refresh(LOOK).await?.header.height();
        let body = TransactionBody {
            chain_id: self.ledger.chain_id(),
            valid_until: newest.plus(PATIENCE),
            nonce: Nonce::from_bytes(random::generate_array(&mut random::system())),
            signer: Signer::Opening,
            action: Action::OpenAccount(action),
        };
        let bytes = body.signing_bytes();
        let own = self.key.sign(Label::Transaction, &bytes);
        self.submit(&body.signed(vec![own, hardware.sign(Label::Transaction, &bytes)?, own])).await?;
        self.wait_for(&self.account, 1).await
    }

    /// A citizen of the sandbox earns points and gives them to the account.
    async fn be_given(&self, city: &Url, trust: &TrustFile) -> Result<(), Failed> {
        let store = StorePlace::Opened(Box::new(MemoryDisk::default().open()?));
        let mut config = WalletConfig::new(store, keystore()?, Arc::new(Https::new()?));
        config.pin_cost = PinCost::dangerous_cheap();
        let city = City { url: city.clone(), trust: Trust::File(trust.clone()) };
        let (wallet, code) = Wallet::create(config.with_city(city), "294857")?;
        wallet.open_account(&code).await?;
        wallet.enrol("나눔이").await?;
        wallet.earn(&Claim::new("eco", "eco-2026-h1")?).await?;
        let code = GiftCode { chain_id: self.ledger.chain_id(), account: self.account }.to_text();
        wallet.approve_gift(wallet.review_gift(&code, Points::new(POINTS)?).await?).await?;
        self.wait_for(&self.account, 2).await
    }

    async fn submit(&self, transaction: &SignedTransaction) -> Result<(), Failed> {
        self.ledger.submit(SUBMIT, transaction).await?;
        Ok(())
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
