//! Keys of copies and services: what nothing is bound to any more is deleted, whatever stops the phone on the way (CARD-60, CARD-80).

use crate::cut::{Cut, When};
use crate::office::{CARD, Fault, LIBRARY, Office, Shared, anchor, cut_wallet, query, receive, with_card};
use crate::refill::{accept, few, left, orders};
use crate::sign_in::{over_19, sign_in};
use crate::support::phone::PIN;
use crate::support::{Gateway, Phone};
use citizen_keys::{
    KeyAlias, KeyPurpose, Keystore, KeystoreBackend as _, KeystoreError, SigningReason, SoftwareKeystore,
};
use citizen_openid4vc::dcql::Query;
use citizen_primitives::{Place, random};
use citizen_store::LockedStore;
use citizen_wallet::{StorePlace, Wallet, WalletError, place};
use std::sync::{Arc, Mutex};
use zeroize::Zeroizing;

/// How many keys of a kind the key store has: it keeps their names as they are.
pub fn keys(phone: &Phone, kind: &str) -> usize {
    let bytes = phone.backend.clone().load().unwrap().unwrap();
    bytes.windows(kind.len()).filter(|window| *window == kind.as_bytes()).count()
}

/// Just those of copies that were not shown, and of services that know her.
pub fn are_those_that_are_bound(phone: &Phone, wallet: &Wallet) -> bool {
    let copies: usize = wallet.credentials().unwrap().iter().map(|held| *held.copies_left()).sum();
    (keys(phone, "card-"), keys(phone, "service-")) == (copies, wallet.services().unwrap().len())
}

/// What comes of a question to delete a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deleting {
    Works,
    /// The first so many fail.
    FailsFor(u32),
    /// All do: the phone is locked, or the call was stopped.
    Fails(KeystoreError),
    /// It is done, and the store says that there was none.
    SaysMissing,
}

/// A key store in which deleting does not always work.
struct Moody {
    inner: SoftwareKeystore,
    deleting: Mutex<Deleting>,
    /// How often it was asked to delete a key.
    asked: Mutex<u32>,
    /// Whether the citizen takes her finger away.
    no_finger: Mutex<bool>,
}

impl Moody {
    fn of(phone: &Phone) -> Arc<Self> {
        let inner = SoftwareKeystore::open(Box::new(phone.backend.clone()), Box::new(random::system()));
        let (deleting, asked, no_finger) = (Mutex::new(Deleting::Works), Mutex::default(), Mutex::default());
        Arc::new(Self { inner: inner.unwrap(), deleting, asked, no_finger })
    }

    fn set(&self, deleting: Deleting) {
        *self.deleting.lock().unwrap() = deleting;
    }

    fn asked(&self) -> u32 {
        *self.asked.lock().unwrap()
    }
}

impl Keystore for Moody {
    fn create_key(&self, alias: &KeyAlias, purpose: KeyPurpose) -> Result<Vec<u8>, KeystoreError> {
        self.inner.create_key(alias, purpose)
    }

    fn public_key(&self, alias: &KeyAlias) -> Result<Vec<u8>, KeystoreError> {
        self.inner.public_key(alias)
    }

    fn sign(
        &self,
        alias: &KeyAlias,
        message: &[u8],
        reason: &SigningReason,
    ) -> Result<[u8; 64], KeystoreError> {
        if *self.no_finger.lock().unwrap() {
            return Err(KeystoreError::Cancelled);
        }
        self.inner.sign(alias, message, reason)
    }

    fn wrap(&self, alias: &KeyAlias, plain: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        self.inner.wrap(alias, plain)
    }

    fn unwrap(&self, alias: &KeyAlias, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
        self.inner.unwrap(alias, wrapped)
    }

    fn delete(&self, alias: &KeyAlias) -> Result<(), KeystoreError> {
        *self.asked.lock().unwrap() += 1;
        let mut deleting = self.deleting.lock().unwrap();
        match *deleting {
            Deleting::Works | Deleting::FailsFor(0) => self.inner.delete(alias),
            Deleting::FailsFor(times) => {
                *deleting = Deleting::FailsFor(times - 1);
                Err(KeystoreError::Failed)
            }
            Deleting::Fails(error) => Err(error),
            Deleting::SaysMissing => self.inner.delete(alias).and(Err(KeystoreError::Missing)),
        }
    }
}

/// The phone's wallet over a key store with moods.
fn moody(phone: &Phone) -> (Wallet, Arc<Moody>) {
    let keystore = Moody::of(phone);
    let store: Box<dyn LockedStore> = Box::new(phone.disk.open().unwrap());
    let mut config = phone.config_in(StorePlace::Opened(store));
    config.keystore = keystore.clone();
    (Wallet::open(config).unwrap().unlock(PIN).unwrap(), keystore)
}

/// What leaves keys to which nothing is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Shows,
    SignsIn,
    ForgetsTheCard,
    ForgetsTheService,
    TakesABadBatch,
    TakesTheCardAnew,
}

const ACTS: [Act; 6] = [
    Act::Shows,
    Act::SignsIn,
    Act::ForgetsTheCard,
    Act::ForgetsTheService,
    Act::TakesABadBatch,
    Act::TakesTheCardAnew,
];

impl Act {
    async fn done(self, wallet: &Wallet, office: &Shared) -> Result<(), WalletError> {
        match self {
            Self::Shows => show_to_somebody(wallet, office).await,
            Self::SignsIn => sign_in(wallet, office, LIBRARY, over_19()).await,
            Self::ForgetsTheCard => wallet.forget_credential(wallet.credentials()?[0].id()).await,
            Self::ForgetsTheService => wallet.forget_service(wallet.services()?[0].id()).await,
            Self::TakesABadBatch => {
                office.lock().unwrap().fault = Fault::OneStatus;
                let taken = receive(wallet, office, "홍 길순").await;
                office.lock().unwrap().fault = Fault::None;
                taken.or(Ok(()))
            }
            Self::TakesTheCardAnew => receive(wallet, office, "홍 길동").await,
        }
    }

    /// Where it can be cut off with keys that are to go.
    fn places(self) -> &'static [Place] {
        match self {
            Self::Shows => &[place::COPIES_USED, place::SEND_PRESENTATION, place::COPY_KEYS_CLEARED],
            Self::SignsIn => &[place::SERVICE_KEY, place::COPIES_USED, place::COPY_KEYS_CLEARED],
            Self::ForgetsTheCard => &[place::CREDENTIAL_FORGOTTEN, place::COPY_KEYS_CLEARED],
            Self::ForgetsTheService => &[place::SERVICE_FORGOTTEN, place::COPY_KEYS_CLEARED],
            Self::TakesABadBatch => &[place::ISSUANCE_ENDED, place::COPY_KEYS_CLEARED],
            Self::TakesTheCardAnew => &[place::CREDENTIALS_STORED, place::COPY_KEYS_CLEARED],
        }
    }
}

/// She shows the card, to a question that nobody has asked before.
async fn show_to_somebody(wallet: &Wallet, office: &Shared) -> Result<(), WalletError> {
    let id = format!("shown-{}", wallet.credential_log()?.len());
    let link = office.lock().unwrap().ask(LIBRARY, &id, &query(&[&["age_over_19"]]));
    let review = wallet.review_presentation(&link).await?;
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.map(drop)
}

/// A phone with the card, which a service knows.
async fn known() -> (Arc<Gateway>, Shared, Phone) {
    let (gateway, office) = Office::open();
    let (phone, wallet) = with_card(&gateway, &office).await;
    sign_in(&wallet, &office, LIBRARY, Query::nothing()).await.unwrap();
    anchor(&gateway, &office);
    (gateway, office, phone)
}

#[tokio::test]
async fn card_80_a_phone_killed_anywhere_is_left_with_no_key_to_which_nothing_is_bound() {
    for act in ACTS {
        for (place, when) in
            act.places().iter().flat_map(|place| [(*place, When::Before), (*place, When::After)])
        {
            let (_gateway, office, phone) = known().await;
            if act == Act::SignsIn {
                let wallet = phone.reopen().unwrap();
                wallet.forget_service(wallet.services().unwrap()[0].id()).await.unwrap();
            }
            let cut = Cut::at(place, when);
            let dying = cut_wallet(&phone, &cut);
            drop(act.done(&dying, &office).await);
            assert!(cut.is_dead(), "{act:?}: {place} was not visited");
            drop(dying);
            let wallet = phone.reopen().unwrap();
            wallet.refresh_credentials().await.unwrap();
            assert!(are_those_that_are_bound(&phone, &wallet), "{act:?}: {place} {when:?}");
            act_again(&wallet, &office).await;
        }
    }
}

/// What is bound signs.
async fn act_again(wallet: &Wallet, office: &Shared) {
    if wallet.credentials().unwrap().is_empty() {
        receive(wallet, office, "홍 길동").await.unwrap();
    }
    sign_in(wallet, office, LIBRARY, over_19()).await.unwrap();
}

#[tokio::test]
async fn card_80_what_a_key_store_did_not_delete_is_deleted_at_a_later_look() {
    for act in ACTS {
        for error in [KeystoreError::Cancelled, KeystoreError::Locked, KeystoreError::Failed] {
            let (_gateway, office, phone) = known().await;
            let (wallet, keystore) = moody(&phone);
            keystore.set(Deleting::Fails(error));
            act.done(&wallet, &office).await.unwrap();
            assert!(
                !are_those_that_are_bound(&phone, &wallet),
                "{act:?} {error:?}: the test sees what is left"
            );
            wallet.refresh_credentials().await.unwrap();
            assert!(!are_those_that_are_bound(&phone, &wallet), "{act:?} {error:?}: nor is it forgotten");
            drop(wallet);
            let (wallet, _) = moody(&phone);
            wallet.refresh_credentials().await.unwrap();
            assert!(are_those_that_are_bound(&phone, &wallet), "{act:?} {error:?}");
            act_again(&wallet, &office).await;
        }
    }
}

#[tokio::test]
async fn card_80_of_many_keys_those_that_are_left_are_kept_in_mind_and_asked_for_no_more_once_they_are_gone()
{
    let (_gateway, office, phone) = known().await;
    let (wallet, keystore) = moody(&phone);
    keystore.set(Deleting::FailsFor(1));
    Act::ForgetsTheCard.done(&wallet, &office).await.unwrap();
    assert_eq!((keys(&phone, "card-"), keystore.asked()), (1, 4));
    receive(&wallet, &office, "홍 길동").await.unwrap();
    assert_eq!((keys(&phone, "card-"), keystore.asked()), (4, 5), "the next receipt finds it");
    wallet.refresh_credentials().await.unwrap();
    assert_eq!(keystore.asked(), 5);

    keystore.set(Deleting::SaysMissing);
    Act::ForgetsTheCard.done(&wallet, &office).await.unwrap();
    assert_eq!((keys(&phone, "card-"), keystore.asked()), (0, 9));
    wallet.refresh_credentials().await.unwrap();
    assert_eq!(keystore.asked(), 9, "what is missing is gone");
}

/// She takes her finger away before the service was told anything: it does not know her, and no key is left for it.
#[tokio::test]
async fn card_80_a_service_that_got_no_answer_leaves_no_key() {
    let (gateway, office) = Office::open();
    let (phone, wallet) = with_card(&gateway, &office).await;
    drop(wallet);
    anchor(&gateway, &office);
    let (wallet, keystore) = moody(&phone);
    *keystore.no_finger.lock().unwrap() = true;
    assert_eq!(sign_in(&wallet, &office, LIBRARY, over_19()).await.unwrap_err(), WalletError::Cancelled);
    assert_eq!((keys(&phone, "service-"), wallet.services().unwrap().len()), (1, 0));
    *keystore.no_finger.lock().unwrap() = false;
    wallet.refresh_credentials().await.unwrap();
    assert!(are_those_that_are_bound(&phone, &wallet));
    sign_in(&wallet, &office, LIBRARY, over_19()).await.unwrap();
    wallet.refresh_credentials().await.unwrap();
    assert_eq!(
        (keys(&phone, "service-"), wallet.services().unwrap().len()),
        (1, 1),
        "that which knows her stays"
    );
}

/// Keys were made for fresh copies of a card that she has removed meanwhile: nobody is asked for them any more.
#[tokio::test]
async fn card_80_a_refill_of_what_was_removed_is_given_up_with_its_keys() {
    let (gateway, office) = Office::open();
    let (phone, wallet, _) = few(&gateway, &office).await;
    drop(wallet);
    let cut = Cut::at(place::SEND_KEY_PROOFS, When::Before);
    let dying = cut_wallet(&phone, &cut);
    drop(dying.refresh_credentials().await);
    assert!(cut.is_dead());
    drop(dying);
    let wallet = phone.reopen().unwrap();
    wallet.forget_credential(wallet.credentials().unwrap()[0].id()).await.unwrap();
    office.lock().unwrap().away = true;
    let asked = office.lock().unwrap().asked;
    wallet.refresh_credentials().await.unwrap();
    assert_eq!((keys(&phone, "card-"), office.lock().unwrap().asked), (0, asked));
    office.lock().unwrap().away = false;
    wallet.refresh_credentials().await.unwrap();
    assert_eq!((orders(&office), left(&wallet, CARD)), (1, None));
}

/// What is about to be proved to an issuer is not swept away.
#[tokio::test]
async fn card_80_keys_of_what_is_awaited_stay() {
    let (gateway, office) = Office::open();
    let phone = Phone::new(&gateway, 1);
    let (wallet, _) = phone.create();
    office.lock().unwrap().put_off = true;
    assert!(accept(&wallet, &office, &["health-check"]).await.unwrap().is_empty());
    let made = keys(&phone, "card-");
    assert!(made > 0);
    wallet.refresh_credentials().await.unwrap();
    assert_eq!(keys(&phone, "card-"), made);
    wallet.forget_pending(wallet.pending_credentials().unwrap()[0].id()).await.unwrap();
    assert_eq!(keys(&phone, "card-"), 0);
}
