//! Transactions: what is signed, by whom, and the checks that need no state (the phone runs them before it sends).

use crate::action::Action;
use crate::rejection::Rejection;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_coin::Epoch;
use citizen_keys::{DevicePair, PublicKey, Signature};
use citizen_primitives::{AccountId, Canonical as _, ChainId, Hash, Height, Label, TransactionId};

/// The most bytes of a transaction.
pub const LONGEST: usize = 16 * 1024;
/// The most bytes of one that belongs to a poll: a relay brings many ballots at once, and a ballot may have 97 options.
pub const LONGEST_OF_POLL: usize = 256 * 1024;

/// 128 random bits: two transactions that say the same are still two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Nonce([u8; 16]);

impl Nonce {
    /// Takes 16 random bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

/// Who signs. The keys stand in the transaction, so signatures are checked without the state, many at once;
/// whether they are the right keys is checked with it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Signer {
    /// An account's listed device.
    Device {
        /// The account.
        account: AccountId,
        /// The device's epoch.
        epoch: Epoch,
        /// The device.
        device: DevicePair,
    },
    /// The keys of an account that is being opened: those in the action.
    Opening,
    /// An account's recovery key.
    Recovery {
        /// The account.
        account: AccountId,
        /// The key.
        key: PublicKey,
    },
    /// A party with a role.
    Party {
        /// Its key.
        key: PublicKey,
    },
    /// Governors, together.
    Governors {
        /// Their keys, sorted, each once.
        keys: Vec<PublicKey>,
    },
    /// Several who must agree: officers of a recovery, controllers of a DID.
    Several {
        /// Their keys, sorted, each once.
        keys: Vec<PublicKey>,
    },
}

/// The most keys that sign a transaction together.
pub const MOST_TOGETHER: usize = 32;

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TransactionBody {
    /// The ledger it is for.
    pub chain_id: ChainId,
    /// The last height at which it may be executed.
    pub valid_until: Height,
    /// What makes it one of a kind.
    pub nonce: Nonce,
    /// Who signs.
    pub signer: Signer,
    /// What it does.
    pub action: Action,
}
citizen_primitives::canonical!(TransactionBody = 1, SignedTransaction = 1);

/// A body with its signatures. The identifier is the body's: other signatures over it make no other transaction (LEDGER-1).
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignedTransaction {
    /// The canonical bytes of the body.
    pub body: Vec<u8>,
    /// One per key that must sign, in the order of [`TransactionBody::signing_keys`].
    pub signatures: Vec<Signature>,
}

/// A transaction whose form and signatures are right; whether it may be executed, only the state says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedTransaction {
    id: TransactionId,
    body: TransactionBody,
    cosigned: bool,
}

impl TransactionBody {
    /// The keys that must sign, in order. A device's P-256 key is named last and may be left out where no co-signature is needed.
    #[must_use]
    pub fn signing_keys(&self) -> Vec<PublicKey> {
        let mut keys = match &self.signer {
            Signer::Device { device, .. } => vec![device.ed25519(), device.p256()],
            Signer::Opening => Vec::new(),
            Signer::Recovery { key, .. } | Signer::Party { key } => vec![*key],
            Signer::Governors { keys } | Signer::Several { keys } => keys.clone(),
        };
        match &self.action {
            // Whoever lists a key shows that it holds it.
            Action::OpenAccount(open) => {
                keys.extend([open.device.ed25519(), open.device.p256(), open.recovery]);
            }
            Action::ReplaceDevice(replace) => {
                keys.extend([replace.device.ed25519(), replace.device.p256()]);
            }
            Action::Custody(act) => keys.extend(act.further_keys()),
            Action::Did(act) => keys.extend(act.further_keys(&self.signer)),
            Action::Grant(_)
            | Action::Transfer(_)
            | Action::Hold(_)
            | Action::Capture(_)
            | Action::Release(_)
            | Action::Govern(_)
            | Action::Charge(_)
            | Action::Revoke(_)
            | Action::Refund(_)
            | Action::Redeem(_)
            | Action::SetLimits(_)
            | Action::Poll(_)
            | Action::AnchorStatus(_) => {}
        }
        keys
    }

    /// The bytes that every key signs.
    #[must_use]
    pub fn signing_bytes(&self) -> Vec<u8> {
        self.to_canonical()
    }

    /// The identifier.
    #[must_use]
    pub fn id(&self) -> TransactionId {
        transaction_id(&self.to_canonical())
    }

    /// Puts signatures to the body.
    #[must_use]
    pub fn signed(&self, signatures: Vec<Signature>) -> SignedTransaction {
        SignedTransaction { body: self.to_canonical(), signatures }
    }
}

impl SignedTransaction {
    /// Reads a transaction, form only: at most [`LONGEST`] bytes, or [`LONGEST_OF_POLL`], canonical.
    pub fn decode(bytes: &[u8]) -> Result<(Self, TransactionBody), Rejection> {
        if bytes.len() > LONGEST_OF_POLL {
            return Err(Rejection::Malformed);
        }
        let signed = Self::from_canonical(bytes).map_err(|_| Rejection::Malformed)?;
        let body = TransactionBody::from_canonical(&signed.body).map_err(|_| Rejection::Malformed)?;
        if bytes.len() > LONGEST && !matches!(body.action, Action::Poll(_)) {
            return Err(Rejection::Malformed);
        }
        Ok((signed, body))
    }

    /// The identifier.
    #[must_use]
    pub fn id(&self) -> TransactionId {
        transaction_id(&self.body)
    }

    /// The signatures with their keys, if there is one for each key that must sign.
    pub fn signatures(&self, body: &TransactionBody) -> Result<Vec<(PublicKey, Signature)>, Rejection> {
        let mut keys = body.signing_keys();
        let may_leave_out = matches!(body.signer, Signer::Device { .. })
            && !matches!(body.action, Action::ReplaceDevice(_) | Action::OpenAccount(_) | Action::Custody(_));
        if may_leave_out && self.signatures.len() == 1 {
            keys.truncate(1);
        }
        if keys.is_empty() || keys.len() != self.signatures.len() {
            return Err(Rejection::Signature);
        }
        Ok(keys.into_iter().zip(self.signatures.iter().copied()).collect())
    }

    /// All checks that need no state: form, ledger, signatures, and what an action may look like (LEDGER-2).
    pub fn check_stateless(bytes: &[u8], chain_id: &ChainId) -> Result<CheckedTransaction, Rejection> {
        let (signed, body) = Self::decode(bytes)?;
        for (key, signature) in signed.signatures(&body)? {
            key.verify(Label::Transaction, &signed.body, &signature).map_err(|_| Rejection::Signature)?;
        }
        signed.checked(body, chain_id)
    }

    /// The checks of [`Self::check_stateless`] but for the signatures, which the caller has verified: in a batch, say.
    pub fn dangerous_assume_signed(
        &self,
        body: TransactionBody,
        chain_id: &ChainId,
    ) -> Result<CheckedTransaction, Rejection> {
        self.checked(body, chain_id)
    }

    fn checked(&self, body: TransactionBody, chain_id: &ChainId) -> Result<CheckedTransaction, Rejection> {
        if body.chain_id != *chain_id {
            return Err(Rejection::WrongChain);
        }
        check_form(&body)?;
        let cosigned = matches!(body.signer, Signer::Device { .. }) && self.signatures.len() > 1;
        Ok(CheckedTransaction { id: self.id(), body, cosigned })
    }
}

impl CheckedTransaction {
    /// The identifier.
    #[must_use]
    pub const fn id(&self) -> TransactionId {
        self.id
    }

    /// The body.
    #[must_use]
    pub const fn body(&self) -> &TransactionBody {
        &self.body
    }

    /// Whether the device's hardware key has signed too.
    #[must_use]
    pub const fn is_cosigned(&self) -> bool {
        self.cosigned
    }
}

fn transaction_id(body: &[u8]) -> TransactionId {
    TransactionId::from_hash(Hash::labelled(Label::Transaction, body))
}

/// Which signer an action takes, and what it must not be, whatever the state.
fn check_form(body: &TransactionBody) -> Result<(), Rejection> {
    let allowed = matches!(
        (&body.action, &body.signer),
        (Action::OpenAccount(_), Signer::Opening)
            | (Action::ReplaceDevice(_), Signer::Recovery { .. } | Signer::Device { .. })
            | (
                Action::Grant(_)
                    | Action::Capture(_)
                    | Action::Release(_)
                    | Action::Charge(_)
                    | Action::Refund(_)
                    | Action::Poll(_)
                    | Action::AnchorStatus(_),
                Signer::Party { .. }
            )
            | (
                Action::Transfer(_)
                    | Action::Hold(_)
                    | Action::Revoke(_)
                    | Action::Redeem(_)
                    | Action::SetLimits(_),
                Signer::Device { .. }
            )
            | (Action::Govern(_), Signer::Governors { .. })
            // Which of its signers each of these takes, they say themselves.
            | (Action::Custody(_) | Action::Did(_), _)
    );
    if !allowed {
        return Err(Rejection::NotAllowed);
    }
    check_several(&body.signer)?;
    match &body.action {
        Action::OpenAccount(open) => {
            open.device.check().and(open.recovery.check()).map_err(|_| Rejection::WeakKey)
        }
        Action::ReplaceDevice(replace) => check_replacement(body, &replace.account, &replace.device),
        Action::Grant(grant) if grant.points.is_zero() => Err(Rejection::Nothing),
        Action::Transfer(transfer) => check_transfer(body, transfer),
        Action::Hold(hold) if hold.points.is_zero() && hold.won.is_zero() => Err(Rejection::Nothing),
        Action::Govern(_) => check_governors(&body.signer),
        Action::Charge(charge) => check_charge(body, charge),
        Action::Custody(act) => act.check_form(&body.signer),
        Action::Did(act) => act.check_form(&body.signer),
        Action::Refund(refund) if refund.amount.is_zero() => Err(Rejection::Nothing),
        Action::Redeem(redeem) if redeem.points.is_zero() => Err(Rejection::Nothing),
        Action::Grant(_)
        | Action::Hold(_)
        | Action::Capture(_)
        | Action::Release(_)
        | Action::Revoke(_)
        | Action::Refund(_)
        | Action::Redeem(_)
        | Action::SetLimits(_)
        | Action::Poll(_)
        | Action::AnchorStatus(_) => Ok(()),
    }
}

fn check_replacement(
    body: &TransactionBody,
    account: &AccountId,
    device: &DevicePair,
) -> Result<(), Rejection> {
    let (Signer::Device { account: signer, .. } | Signer::Recovery { account: signer, .. }) = &body.signer
    else {
        return Err(Rejection::NotAllowed);
    };
    if signer != account {
        return Err(Rejection::NotAllowed);
    }
    device.check().map_err(|_| Rejection::WeakKey)
}

fn check_transfer(body: &TransactionBody, transfer: &crate::action::Transfer) -> Result<(), Rejection> {
    let to_oneself = matches!(&body.signer, Signer::Device { account, .. } if *account == transfer.to);
    if transfer.points.is_zero() || to_oneself { Err(Rejection::Nothing) } else { Ok(()) }
}

/// The mandate is for this ledger and for the centre that charges.
fn check_charge(body: &TransactionBody, charge: &crate::action::Charge) -> Result<(), Rejection> {
    if charge.points.is_zero() && charge.won.is_zero() {
        return Err(Rejection::Nothing);
    }
    let mandate = charge.mandate.dangerous_unverified().map_err(|_| Rejection::Malformed)?;
    if mandate.chain_id != body.chain_id {
        return Err(Rejection::WrongChain);
    }
    let by_its_centre = matches!(&body.signer, Signer::Party { key } if key.id() == mandate.centre);
    if by_its_centre { Ok(()) } else { Err(Rejection::NotAllowed) }
}

/// Whoever signs together is named in order, each once: nobody counts twice.
fn check_several(signer: &Signer) -> Result<(), Rejection> {
    let Signer::Several { keys } = signer else { return Ok(()) };
    let sorted_and_distinct = keys.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
    let is_few = (1..=MOST_TOGETHER).contains(&keys.len());
    if sorted_and_distinct && is_few { Ok(()) } else { Err(Rejection::NotAgreed) }
}

fn check_governors(signer: &Signer) -> Result<(), Rejection> {
    let Signer::Governors { keys } = signer else { return Err(Rejection::NotAllowed) };
    let sorted_and_distinct = keys.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
    if sorted_and_distinct && !keys.is_empty() { Ok(()) } else { Err(Rejection::NotDecided) }
}
