//! Refunds: what the merchant signs, and what the ledger keeps of them.

use crate::terms::Salt;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_coin::Lots;
use citizen_primitives::{
    AccountId, Canonical as _, Hash, KeyId, Label, MerchantId, PaymentId, Points, RefundId, Text,
    TransactionId, UnixTime, Won,
};

/// What a refund is about: known to merchant, centre and phone; on the ledger only as a salted commitment.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RefundTerms {
    /// The refund, chosen at random.
    pub refund: RefundId,
    /// The payment.
    pub payment: PaymentId,
    /// The merchant that gives back.
    pub merchant: MerchantId,
    /// How much, points and won together.
    pub amount: Won,
    /// Why, as the merchant wrote it.
    pub reason: Text,
    /// What hides the rest.
    pub salt: Salt,
}
citizen_primitives::canonical!(RefundTerms = 1, RefundRecord = 1, RedemptionRecord = 1);

impl RefundTerms {
    /// What stands on the ledger in their place.
    #[must_use]
    pub fn commitment(&self) -> Hash {
        Hash::labelled(Label::RefundTerms, &self.to_canonical())
    }
}

/// What the ledger keeps of one refund: final as soon as it is there. The bank owes the won against its proof (PAY-9).
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RefundRecord {
    /// The payment.
    pub payment: PaymentId,
    /// Who is given back to.
    pub account: AccountId,
    /// The points, by the lots they had come from, expired or not.
    pub lots: Lots,
    /// How many of these points stay expired.
    pub expired: Points,
    /// The won that the bank credits.
    pub won: Won,
    /// The commitment to the refund's terms.
    pub commitment: Hash,
    /// The centre that refunded.
    pub centre: KeyId,
    /// The bank that credits.
    pub bank: KeyId,
    /// The refunding transaction.
    pub transaction: TransactionId,
    /// Block time.
    pub time: UnixTime,
}

/// What the ledger keeps of points that were changed into a gift certificate: final. The treasury owes the certificate
/// against its proof.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RedemptionRecord {
    /// Whose points they were.
    pub account: AccountId,
    /// How many; the certificate's face in won.
    pub points: Points,
    /// The treasury that issues.
    pub treasury: KeyId,
    /// The redeeming transaction.
    pub transaction: TransactionId,
    /// Block time.
    pub time: UnixTime,
}
