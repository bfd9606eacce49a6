//! What is paid to whom: known to phone, centre and bank; on the ledger only as a salted commitment (core/docs/decisions.md, 8).

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{
    AmountError, Canonical as _, Hash, Label, MerchantId, PaymentId, Points, Text, Won,
};
use std::fmt;

/// 256 random bits: without them a commitment could be opened by trying every merchant and amount.
#[derive(Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Salt([u8; 32]);

impl Salt {
    /// Takes 32 random bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(…)")
    }
}

/// The terms of one payment.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Terms {
    /// The payment.
    pub payment: PaymentId,
    /// The merchant's number at the centre.
    pub merchant: MerchantId,
    /// The merchant's name as the centre signed it.
    pub name: Text,
    /// The digest of the code that was read.
    pub code: Hash,
    /// The part paid in points.
    pub points: Points,
    /// The part paid in won.
    pub won: Won,
    /// The merchant's reference for a dynamic code's order: such a code is paid once.
    pub reference: Option<Text>,
    /// What hides the rest.
    pub salt: Salt,
}
citizen_primitives::canonical!(Terms = 1);

impl Terms {
    /// What stands on the ledger in their place (PAY-1).
    #[must_use]
    pub fn commitment(&self) -> Hash {
        Hash::labelled(Label::PaymentTerms, &self.to_canonical())
    }

    /// What the merchant is paid in all: points count as won.
    pub fn total(&self) -> Result<Won, AmountError> {
        self.won.plus(Won::new(self.points.amount())?)
    }
}

/// The digest of a code's text, as it stands in terms and answers.
#[must_use]
pub fn code_digest(text: &str) -> Hash {
    Hash::labelled(Label::PaymentCode, citizen_primitives::text::to_nfc(text).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> Terms {
        Terms {
            payment: PaymentId::from_bytes([1; 32]),
            merchant: MerchantId::new("1000001").unwrap(),
            name: Text::new("망원빵집").unwrap(),
            code: code_digest("code"),
            points: Points::new(5_000).unwrap(),
            won: Won::new(7_000).unwrap(),
            reference: None,
            salt: Salt::from_bytes([2; 32]),
        }
    }

    #[test]
    fn pay_1_other_terms_or_another_salt_have_another_commitment() {
        let commitment = terms().commitment();
        let others = [
            Terms { salt: Salt::from_bytes([3; 32]), ..terms() },
            Terms { won: Won::new(7_001).unwrap(), ..terms() },
            Terms { points: Points::ZERO, ..terms() },
            Terms { merchant: MerchantId::new("1000002").unwrap(), ..terms() },
            Terms { payment: PaymentId::from_bytes([4; 32]), ..terms() },
            Terms { reference: Some(Text::default()), ..terms() },
        ];
        assert!(others.iter().all(|other| other.commitment() != commitment));
        assert_eq!(terms().commitment(), commitment);
        assert_eq!(terms().total(), Won::new(12_000));
        assert_eq!(format!("{:?}", terms().salt), "Salt(…)");
    }
}
