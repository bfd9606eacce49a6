//! The PIN and how it is stretched: Argon2id (RFC 9106).

use crate::secret::Secret32;
use argon2::{Algorithm, Argon2, Params, Version};
use borsh::{BorshDeserialize, BorshSerialize};
use std::fmt;
use std::io::{self, Read};
use zeroize::Zeroizing;

/// Six digits; wiped when dropped, hidden from `Debug` (KEYS-5).
pub struct Pin(Zeroizing<[u8; 6]>);

/// Why a text is not a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Not six digits.
    #[error("a PIN is six digits")]
    NotSixDigits,
    /// Among the first that a thief tries.
    #[error("a PIN that is easily guessed")]
    TooSimple,
}

impl Pin {
    /// Takes a PIN as it was typed to unlock.
    pub fn entered(text: &str) -> Result<Self, PinError> {
        let digits: [u8; 6] = text.as_bytes().try_into().map_err(|_| PinError::NotSixDigits)?;
        let pin = Self(Zeroizing::new(digits));
        if pin.0.iter().all(u8::is_ascii_digit) { Ok(pin) } else { Err(PinError::NotSixDigits) }
    }

    /// Takes a PIN that the citizen chooses: runs (`123456`, `987654`) and repeats (`111111`, `121212`, `123123`)
    /// are refused (KEYS-9).
    pub fn chosen(text: &str) -> Result<Self, PinError> {
        let pin = Self::entered(text)?;
        if pin.is_run() || pin.is_repeat() { Err(PinError::TooSimple) } else { Ok(pin) }
    }

    /// Every digit follows the one before by the same step of one, up or down; 0 follows 9.
    fn is_run(&self) -> bool {
        [1, 9].iter().any(|step| {
            self.0
                .iter()
                .zip(self.0.iter().skip(1))
                .all(|(digit, next)| (digit - b'0' + step) % 10 == next - b'0')
        })
    }

    /// The same one, two or three digits again and again.
    fn is_repeat(&self) -> bool {
        [1, 2, 3].iter().any(|period| self.0.iter().zip(self.0.iter().skip(*period)).all(|(a, b)| a == b))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(hidden)")
    }
}

/// What one try of a PIN costs: Argon2id's memory, passes and lanes. Stored beside what it protects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize)]
pub struct PinCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// A cost outside 8 KiB to 1 GiB per lane, 1 to 64 passes, 1 to 16 lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a cost out of range")]
pub struct PinCostError;

impl PinCost {
    /// 19 MiB, two passes, one lane: the OWASP Password Storage Cheat Sheet's smallest for Argon2id (2024), bearable
    /// on the cheapest phones because the wrapped blob keeps guessing on the phone anyway.
    #[must_use]
    pub const fn standard() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 }
    }

    /// The least that Argon2 allows: for tests that unlock ten thousand times, never for a citizen.
    #[must_use]
    pub const fn dangerous_cheap() -> Self {
        Self { memory_kib: 8, passes: 1, lanes: 1 }
    }

    /// Checks the ranges, so that a changed record cannot ask for a machine's whole memory.
    pub const fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, PinCostError> {
        let lanes_in_range = lanes >= 1 && lanes <= 16;
        let memory_in_range = memory_kib >= lanes.saturating_mul(8) && memory_kib <= 1024 * 1024;
        if lanes_in_range && memory_in_range && passes >= 1 && passes <= 64 {
            Ok(Self { memory_kib, passes, lanes })
        } else {
            Err(PinCostError)
        }
    }

    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let Self { memory_kib, passes, lanes } = self;
        [memory_kib, passes, lanes].map(u32::to_le_bytes).concat()
    }
}

impl BorshDeserialize for PinCost {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let (memory_kib, passes, lanes) = BorshDeserialize::deserialize_reader(reader)?;
        Self::new(memory_kib, passes, lanes)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

/// Stretches a PIN into a key. Six digits stay six digits: alone this key protects nothing (KEYS-8).
pub(crate) fn stretch(pin: &Pin, salt: &[u8; 16], cost: PinCost) -> Result<Secret32, PinCostError> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(|_| PinCostError)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(&*pin.0, salt, &mut *key)
        .map_err(|_| PinCostError)?;
    Ok(Secret32::take(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_9_a_pin_is_six_digits() {
        for bad in ["", "12345", "1234567", "12345a", "１２３４５６", " 12345"] {
            assert_eq!(Pin::entered(bad).unwrap_err(), PinError::NotSixDigits, "{bad}");
        }
        assert!(Pin::entered("111111").is_ok());
    }

    #[test]
    fn keys_9_a_chosen_pin_is_no_run_and_no_repeat() {
        for bad in [
            "000000", "111111", "123456", "654321", "567890", "890123", "210987", "121212", "123123",
            "909090",
        ] {
            assert_eq!(Pin::chosen(bad).unwrap_err(), PinError::TooSimple, "{bad}");
        }
        for good in ["135790", "246813", "123465", "112233", "800101", "739182"] {
            assert!(Pin::chosen(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn keys_5_a_pin_does_not_show_itself() {
        assert_eq!(format!("{:?}", Pin::entered("739182").unwrap()), "Pin(hidden)");
    }

    #[test]
    fn a_cost_out_of_range_is_refused_in_bytes_too() {
        assert!(PinCost::new(7, 1, 1).is_err());
        assert!(PinCost::new(2 * 1024 * 1024, 1, 1).is_err());
        assert!(PinCost::new(64, 0, 1).is_err());
        assert!(PinCost::new(64, 1, 17).is_err());
        let bytes = borsh::to_vec(&(u32::MAX, 1u32, 1u32)).unwrap();
        assert!(borsh::from_slice::<PinCost>(&bytes).is_err());
        let standard = PinCost::standard();
        assert_eq!(borsh::from_slice::<PinCost>(&borsh::to_vec(&standard).unwrap()).unwrap(), standard);
    }

    #[test]
    fn stretching_depends_on_pin_salt_and_cost() {
        let pin = |text| Pin::entered(text).unwrap();
        let cheap = PinCost::dangerous_cheap();
        let key = stretch(&pin("739182"), &[1; 16], cheap).unwrap();
        for other in [
            stretch(&pin("739183"), &[1; 16], cheap).unwrap(),
            stretch(&pin("739182"), &[2; 16], cheap).unwrap(),
            stretch(&pin("739182"), &[1; 16], PinCost::new(8, 2, 1).unwrap()).unwrap(),
        ] {
            assert_ne!(key.expose(), other.expose());
        }
    }
}
