//! An open till: the shop, its key, its journal, its own view of the ledger.

use crate::arguments::Arguments;
use crate::failure::{Failure, of_word};
use crate::folder::{Folder, Shop};
use crate::journal::Journal;
use citizen_client::SignedWord;
use citizen_client::registry::prove_role;
use citizen_client::{CentreClient, Exchange, Https, LedgerClient, PartyKeys, Retry, TillClient, TokioTimer};
use citizen_keys::SigningKey;
use citizen_ledger::{LightClient, Role, RoleRecord, TrustAnchor, TrustedState, Verified};
use citizen_payment::word::MerchantAnswer;
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{Clock as _, KeyId, Place, UnixTime, random};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How often a question is asked that gets no answer.
const TRIES: u32 = 3;

const ASK_PARTIES: Place = Place::new("till/ask-parties");
const ASK_CODE: Place = Place::new("till/ask-code");

/// A till that is open. One program at a time has a folder's.
pub(crate) struct Desk {
    pub(crate) shop: Shop,
    pub(crate) key: SigningKey,
    pub(crate) journal: Journal,
    pub(crate) city: City,
}

/// A city, as a light client sees it.
pub(crate) struct City {
    /// Asks again where no answer comes.
    patient: Exchange,
    /// Asks once.
    once: Exchange,
    pub(crate) ledger: LedgerClient,
}

/// The centre, proved.
pub(crate) struct Centre {
    pub(crate) patient: TillClient,
    pub(crate) once: TillClient,
    codes: CentreClient,
}

impl Desk {
    /// Opens the till in the folder. A folder without one is left as it is.
    pub(crate) fn open(arguments: &Arguments) -> Result<Self, Failure> {
        let folder = Folder::of(arguments)?;
        let shop = folder.shop()?;
        let (key, trust) = (folder.key()?, folder.trust()?);
        let journal = Journal::open(&folder.journal())?;
        let city = City::of(&shop.city, trust.anchor(), journal.trusted()?)?;
        Ok(Self { shop, key, journal, city })
    }

    /// Proves the centre, and keeps the header it was proved under.
    pub(crate) async fn centre(&self) -> Result<Centre, Failure> {
        let centre = self.city.centre().await?;
        self.journal.keep_trusted(&self.city.ledger.trusted())?;
        Ok(centre)
    }
}

impl City {
    /// A city at an address, believed from an anchor on.
    pub(crate) fn of(url: &Url, anchor: &TrustAnchor, known: Option<TrustedState>) -> Result<Self, Failure> {
        let transport = Arc::new(Https::new().map_err(|_| Failure::internal("tls"))?);
        let once = Exchange::new(transport, url);
        let seed = u64::from_be_bytes(random::generate_array(&mut random::system()));
        let retry = Retry::new(TRIES, Duration::from_millis(200), seed, Arc::new(TokioTimer));
        let patient = once.clone().with_retry(retry);
        let light = match known {
            Some(state) => LightClient::resume(anchor.clone(), state),
            None => LightClient::new(anchor.clone()),
        };
        let ledger = LedgerClient::new(patient.clone(), light, Arc::new(SystemClock));
        Ok(Self { patient, once, ledger })
    }

    /// Asks the gateway who the centre is, and the ledger whether it is, under a header that is at most 60 seconds old.
    pub(crate) async fn centre(&self) -> Result<Centre, Failure> {
        let keys = PartyKeys::ask(&self.patient, ASK_PARTIES).await?;
        let proven = self.ledger.state(ASK_PARTIES, &keys.state_keys()).await?.fresh()?;
        let party = prove_role(&proven, Role::Centre, &keys.centre)?;
        Ok(Centre {
            patient: TillClient::new(self.patient.clone(), party.clone()),
            once: TillClient::new(self.once.clone(), party.clone()),
            codes: CentreClient::new(self.patient.clone(), party),
        })
    }
}

impl Centre {
    /// Its key's name.
    pub(crate) fn id(&self) -> KeyId {
        self.party().value().id()
    }

    /// Its record.
    pub(crate) const fn party(&self) -> &Verified<RoleRecord> {
        self.patient.party()
    }

    /// Whose code is this? The centre's signed word.
    pub(crate) async fn whose(&self, code: &str) -> Result<SignedWord<MerchantAnswer>, Failure> {
        let nonce = random::generate_array(&mut random::system());
        self.codes.code(ASK_CODE, code, nonce).await.map_err(|error| of_word(&error, "centre"))
    }
}

/// The time.
pub(crate) fn now() -> UnixTime {
    SystemClock.now()
}
