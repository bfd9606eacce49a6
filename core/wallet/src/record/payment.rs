//! A payment as the phone keeps it: the order as signed, and what is known of it.

use super::{Added, KeptProof, PaymentLine};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::Signed;
use citizen_ledger::{Action, LightBlock, SignedTransaction, Signer};
use citizen_payment::word::{Acceptance, BankDebit, BankEnding, MerchantAnswer};
use citizen_payment::{Hold, Progress, Terms};
use citizen_primitives::{Height, TransactionId, UnixTime};

/// A payment. It is written before the order leaves, and the same bytes are sent until the ledger shows them.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct PaymentRow {
    /// The order: a `SignedTransaction`.
    pub(crate) transaction: Vec<u8>,
    /// Its identifier.
    pub(crate) order: TransactionId,
    /// The last height at which it may be executed.
    pub(crate) valid_until: Height,
    /// When its hold lapses.
    pub(crate) expires: UnixTime,
    /// What is paid to whom.
    pub(crate) terms: Terms,
    /// When the citizen approved it.
    pub(crate) approved: UnixTime,
    /// How far it is known to be.
    pub(crate) progress: Progress,
    /// The centre's word on the merchant: a receipt carries it.
    pub(crate) merchant: Signed<MerchantAnswer>,
    /// The centre's word that it has the order.
    pub(crate) acceptance: Option<Signed<Acceptance>>,
    /// The bank's word on the debit.
    pub(crate) debit: Option<Signed<BankDebit>>,
    /// The bank's word on the end.
    pub(crate) ending: Option<Signed<BankEnding>>,
    /// Whether the receipt is kept.
    pub(crate) has_receipt: bool,
    /// The last proof: the payment's record, and those of centre and bank in the registry.
    pub(crate) proof: Option<KeptProof>,
    /// Its number among what this phone has done: those of another phone, and of before numbers were written, have none.
    pub(crate) number: Added<u64>,
}
citizen_primitives::canonical!(PaymentRow = 1);

impl PaymentRow {
    /// Whether something is still to come: its end, or its receipt.
    pub(crate) const fn needs_work(&self) -> bool {
        !self.progress.is_final() || (matches!(self.progress, Progress::Captured) && !self.has_receipt)
    }

    /// **WALLET-31** Sorts payments, the oldest first; of one second by their numbers. Of two that have none the one with the later last height is the newer one,
    /// and one that is still under way newer than one that is not.
    pub(crate) const fn age(&self) -> (UnixTime, Option<u64>, Height, bool) {
        (self.approved, self.number.0, self.valid_until, self.is_open())
    }

    /// Whether it is not at its end.
    pub(crate) const fn is_open(&self) -> bool {
        !self.progress.is_final()
    }

    /// Whether its last proof is under a later header than that; also if there is none that can be read.
    pub(crate) fn is_proved_after(&self, height: Height) -> bool {
        let block = self.proof.as_ref().and_then(|proof| LightBlock::decode(&proof.light_block).ok());
        block.is_none_or(|block| block.height() > height)
    }

    /// The order as signed: by this phone, or by the centre with this phone's mandate.
    pub(crate) fn hold(&self) -> Option<Hold> {
        let (_, body) = SignedTransaction::decode(&self.transaction).ok()?;
        match (body.action, body.signer) {
            (Action::Hold(hold), _) => Some(hold),
            (Action::Charge(charge), Signer::Party { key }) => {
                let mandate = charge.mandate.dangerous_unverified().ok()?;
                Some(Hold {
                    payment: mandate.payment,
                    points: charge.points,
                    won: charge.won,
                    commitment: charge.commitment,
                    centre: key.id(),
                    bank: mandate.bank,
                    expires: charge.expires,
                })
            }
            _ => None,
        }
    }

    /// The line of the activity log.
    pub(crate) fn line(&self) -> PaymentLine {
        let total = self.terms.total().unwrap_or_default();
        PaymentLine { payment: self.terms.payment, merchant: self.terms.name.clone(), total }
    }
}
