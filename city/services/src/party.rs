//! What every party has: a key, a folder, its own view of the ledger, a clock and randomness. It holds no handle to another
//! party; it knows addresses.

use crate::db::{Db, Fault};
use crate::error::ServiceError;
use crate::question::Questions;
use crate::seeded::Seeded;
use citizen_client::{LedgerClient, LedgerError, Proven};
use citizen_keys::{Document, SealingPublicKey, Signed, SigningKey};
use citizen_ledger::{Action, Nonce, Parameters, SignedTransaction, Signer, StateKey, TransactionBody};
use citizen_primitives::random::{self, CryptoRng};
use citizen_primitives::{Clock, Height, KeyId, Label, Place, UnixTime};
use citizen_voting::blind::{BlindSignature, BlindSigningKey, BlindedMessage};
use citizen_voting::relay;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// For how many blocks a party's transaction may be executed; fewer where the ledger's window is shorter.
const VALIDITY: u64 = 60;

/// A party.
pub struct Party {
    key: SigningKey,
    db: Db,
    ledger: LedgerClient,
    questions: Questions,
    clock: Arc<dyn Clock>,
    rng: Mutex<Box<dyn CryptoRng + Send>>,
}

impl Party {
    /// Puts a party together.
    #[must_use]
    pub fn new(
        key: SigningKey,
        db: Db,
        ledger: LedgerClient,
        clock: Arc<dyn Clock>,
        rng: Box<dyn CryptoRng + Send>,
    ) -> Self {
        Self { key, db, ledger, questions: Questions::default(), clock, rng: Mutex::new(rng) }
    }

    /// Its key's name.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.key.id()
    }

    /// What is gone once its database is closed.
    #[must_use]
    pub fn lease(&self) -> Weak<()> {
        self.db.lease()
    }

    /// What tells whether its database has failed.
    #[must_use]
    pub fn fault(&self) -> Fault {
        self.db.fault()
    }

    pub(crate) const fn db(&self) -> &Db {
        &self.db
    }

    pub(crate) const fn ledger(&self) -> &LedgerClient {
        &self.ledger
    }

    /// Proves records for one of many callers: those that ask at once share questions to the ledger.
    pub(crate) async fn prove(&self, place: Place, keys: &[StateKey]) -> Result<Proven, LedgerError> {
        let question = |place, keys: Vec<StateKey>| async move { self.ledger.state(place, &keys).await };
        self.questions.ask(place, keys, question).await
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.clock.now()
    }

    /// Fresh random bytes.
    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        random::generate_array(&mut **rng)
    }

    /// Puts things into an order that says nothing about the one in which they came.
    pub(crate) fn shuffle<T>(&self, things: &mut [T]) {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        relay::shuffle(things, &mut **rng);
    }

    /// A fresh blind-signature key: takes seconds.
    pub(crate) fn blind_key(&self) -> Result<BlindSigningKey, ServiceError> {
        // The generator is not held for so long.
        BlindSigningKey::generate(&mut Seeded::new(self.random())).map_err(|_| ServiceError::Unavailable)
    }

    /// Signs blindly.
    pub(crate) fn sign_blindly(
        &self,
        key: &BlindSigningKey,
        message: &BlindedMessage,
    ) -> Result<BlindSignature, ServiceError> {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        key.sign(&mut **rng, message).map_err(|_| ServiceError::Malformed)
    }

    /// Seals to a key.
    pub(crate) fn seal(&self, to: &[u8; 32], context: &[u8], plain: &[u8]) -> Result<Vec<u8>, ServiceError> {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        let sealed = SealingPublicKey::from_bytes(*to).seal(&mut **rng, context, plain);
        sealed.map_err(|_| ServiceError::Malformed)
    }

    /// Its key: for protocols that sign by themselves.
    pub(crate) const fn signing(&self) -> &SigningKey {
        &self.key
    }

    /// Signs a word.
    pub(crate) fn sign<T: Document>(&self, word: &T) -> Signed<T> {
        Signed::sign(word, &self.key)
    }

    /// A transaction of this party that can be executed for a while after `height`.
    pub(crate) fn transaction(
        &self,
        action: Action,
        height: Height,
        parameters: &Parameters,
    ) -> SignedTransaction {
        let body = TransactionBody {
            chain_id: self.ledger.chain_id(),
            valid_until: height.plus(validity(parameters)),
            nonce: Nonce::from_bytes(self.random()),
            signer: Signer::Party { key: self.key.public() },
            action,
        };
        body.signed(vec![self.key.sign(Label::Transaction, &body.signing_bytes())])
    }
}

/// For how many blocks a party's transaction may be executed.
pub(crate) fn validity(parameters: &Parameters) -> u64 {
    VALIDITY.min(parameters.validity_window)
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Party").field("id", &self.id()).finish_non_exhaustive()
    }
}
