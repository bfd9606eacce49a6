//! The mandate behind a consumer code: what a merchant may charge while the code is on the citizen's screen (core/docs/decisions.md, 13).

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_coin::Epoch;
use citizen_keys::{DevicePair, Document, PublicKey, Signature};
use citizen_primitives::{
    AccountId, Canonical as _, ChainId, Hash, KeyId, Label, PaymentId, Points, Seconds, UnixTime, Won,
};

/// The longest a consumer code may be shown: three minutes, as for any dynamic code (FSC QR code payment standard of
/// 2018-11-06).
pub const LONGEST_MANDATE: Seconds = Seconds::new(180);

/// How far the phone's clock may be ahead of the block's time: as far as a header's may be ahead of the phone's.
pub const CLOCK_DRIFT: Seconds = Seconds::new(10);

/// What the citizen allows by showing a code: one charge, within caps, until a time, by the centre she names.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Mandate {
    /// The ledger.
    pub chain_id: ChainId,
    /// The payment that a charge will be: used once (PAY-2).
    pub payment: PaymentId,
    /// Who pays.
    pub account: AccountId,
    /// The epoch of the device that signs.
    pub epoch: Epoch,
    /// The digest of the code's text.
    pub code: Hash,
    /// The most points.
    pub points: Points,
    /// The most points and won together.
    pub total: Won,
    /// The centre that may charge.
    pub centre: KeyId,
    /// The bank that may debit.
    pub bank: KeyId,
    /// When it was signed, by the phone's clock. It is not charged before.
    pub from: UnixTime,
    /// Until when it may be charged, by block time.
    pub until: UnixTime,
}
citizen_primitives::canonical!(Mandate = 1, SignedMandate = 1);

impl Document for Mandate {
    const LABEL: Label = Label::Mandate;
}

/// A mandate as the phone signs it: by the device's Ed25519 key, and above the limit by its hardware key too.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignedMandate {
    /// The canonical bytes of the mandate.
    pub mandate: Vec<u8>,
    /// The device's signature.
    pub signature: Signature,
    /// The hardware key's.
    pub cosignature: Option<Signature>,
}

/// A mandate whose signatures are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedMandate {
    /// The mandate.
    pub mandate: Mandate,
    /// Whether the hardware key has signed too.
    pub is_cosigned: bool,
}

/// Why a mandate is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MandateError {
    /// The bytes are no mandate.
    #[error("not a mandate")]
    Malformed,
    /// A signature is wrong.
    #[error("a signature is wrong")]
    Signature,
}

/// Why a charge does not fit its mandate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChargeError {
    /// Before its time, after it, or a time longer than allowed.
    #[error("outside the mandate's time")]
    Time,
    /// More points or more won than the caps.
    #[error("over the mandate's caps")]
    OverCap,
    /// Nothing is charged.
    #[error("nothing to charge")]
    Nothing,
}

/// A mandate for signing, and what one reads out of it before it is checked.
impl SignedMandate {
    /// Reads the mandate without checking who signed it: to look up whose keys to check it with.
    pub fn dangerous_unverified(&self) -> Result<Mandate, MandateError> {
        Mandate::from_canonical(&self.mandate).map_err(|_| MandateError::Malformed)
    }

    /// Checks the signatures by a device's keys, then reads the mandate (PAY-8).
    pub fn verify(&self, device: &DevicePair) -> Result<CheckedMandate, MandateError> {
        let check = |key: PublicKey, signature: &Signature| {
            key.verify(Label::Mandate, &self.mandate, signature).map_err(|_| MandateError::Signature)
        };
        check(device.ed25519(), &self.signature)?;
        if let Some(cosignature) = &self.cosignature {
            check(device.p256(), cosignature)?;
        }
        Ok(CheckedMandate { mandate: self.dangerous_unverified()?, is_cosigned: self.cosignature.is_some() })
    }
}

impl Mandate {
    /// Whether a charge fits: in time, within both caps (PAY-8).
    pub fn allows(&self, points: Points, won: Won, time: UnixTime) -> Result<(), ChargeError> {
        if points.is_zero() && won.is_zero() {
            return Err(ChargeError::Nothing);
        }
        let is_early = time.plus(CLOCK_DRIFT) < self.from;
        if is_early || time >= self.until || self.until.since(self.from) > LONGEST_MANDATE {
            return Err(ChargeError::Time);
        }
        let total = Won::new(points.amount()).and_then(|points| points.plus(won));
        let is_within = points <= self.points && total.is_ok_and(|total| total <= self.total);
        if is_within { Ok(()) } else { Err(ChargeError::OverCap) }
    }

    /// How an amount is split: as many points as the cap allows, the rest in won.
    pub fn split(&self, amount: Won) -> Result<(Points, Won), ChargeError> {
        if amount > self.total {
            return Err(ChargeError::OverCap);
        }
        let points = self.points.amount().min(amount.amount());
        let points = Points::new(points).map_err(|_| ChargeError::OverCap)?;
        let rest = Won::new(points.amount()).and_then(|part| amount.minus(part));
        Ok((points, rest.map_err(|_| ChargeError::OverCap)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: UnixTime = UnixTime::from_seconds(1_795_230_000);

    fn mandate() -> Mandate {
        Mandate {
            chain_id: ChainId::new("seoul-1").unwrap(),
            payment: PaymentId::from_bytes([1; 32]),
            account: AccountId::from_bytes([2; 32]),
            epoch: Epoch::new(0),
            code: Hash::from_bytes([3; 32]),
            points: Points::new(5_000).unwrap(),
            total: Won::new(20_000).unwrap(),
            centre: KeyId::from_bytes([4; 32]),
            bank: KeyId::from_bytes([5; 32]),
            from: NOON,
            until: NOON.plus(LONGEST_MANDATE),
        }
    }

    fn allows(points: u64, won: u64, time: UnixTime) -> Result<(), ChargeError> {
        mandate().allows(Points::new(points).unwrap(), Won::new(won).unwrap(), time)
    }

    #[test]
    fn pay_8_a_charge_stays_within_caps_and_time() {
        assert_eq!(allows(5_000, 15_000, NOON), Ok(()));
        assert_eq!(allows(5_001, 0, NOON), Err(ChargeError::OverCap));
        assert_eq!(allows(0, 20_001, NOON), Err(ChargeError::OverCap));
        assert_eq!(allows(5_000, 15_001, NOON), Err(ChargeError::OverCap));
        assert_eq!(allows(0, 0, NOON), Err(ChargeError::Nothing));
        assert_eq!(allows(1, 0, NOON.plus(LONGEST_MANDATE)), Err(ChargeError::Time));
        let before = |seconds| UnixTime::from_seconds(NOON.seconds() - seconds);
        assert_eq!(allows(1, 0, before(10)), Ok(()), "clocks differ");
        assert_eq!(allows(1, 0, before(11)), Err(ChargeError::Time));
        let longer = Mandate { until: NOON.plus(Seconds::new(181)), ..mandate() };
        assert_eq!(longer.allows(Points::ZERO, Won::new(1).unwrap(), NOON), Err(ChargeError::Time));
    }

    #[test]
    fn points_go_first_as_far_as_the_cap_allows() {
        let split = |amount| mandate().split(Won::new(amount).unwrap());
        assert_eq!(split(12_000), Ok((Points::new(5_000).unwrap(), Won::new(7_000).unwrap())));
        assert_eq!(split(3_000), Ok((Points::new(3_000).unwrap(), Won::ZERO)));
        assert_eq!(split(20_001), Err(ChargeError::OverCap));
    }
}
