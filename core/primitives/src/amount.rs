//! Whole amounts of money and of points (core/docs/decisions.md, 12: 1 point = 1 KRW, integers only).

use borsh::{BorshDeserialize, BorshSerialize};
use std::fmt;
use std::io::{self, Read};

/// The largest amount: 10^15, above every sum a city handles and far below `u64::MAX`, so sums of sums cannot wrap.
pub const LARGEST: u64 = 1_000_000_000_000_000;

/// An amount outside 0 to [`LARGEST`], or a difference below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Above [`LARGEST`].
    #[error("amount above {LARGEST}")]
    TooLarge,
    /// The difference would be negative.
    #[error("amount would fall below zero")]
    BelowZero,
}

macro_rules! amount {
    ($(#[$doc:meta])* $name:ident, $unit:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
        pub struct $name(u64);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);

            /// Checks that `amount` is at most [`LARGEST`] (PRIM-1).
            pub const fn new(amount: u64) -> Result<Self, AmountError> {
                if amount > LARGEST { Err(AmountError::TooLarge) } else { Ok(Self(amount)) }
            }

            /// The number, in whole units.
            #[must_use]
            pub const fn amount(self) -> u64 {
                self.0
            }

            /// Whether this is nothing.
            #[must_use]
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }

            /// The sum.
            pub const fn plus(self, other: Self) -> Result<Self, AmountError> {
                Self::new(self.0.saturating_add(other.0))
            }

            /// The difference.
            pub const fn minus(self, other: Self) -> Result<Self, AmountError> {
                match self.0.checked_sub(other.0) {
                    Some(rest) => Ok(Self(rest)),
                    None => Err(AmountError::BelowZero),
                }
            }

            /// The sum of many.
            pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, AmountError> {
                amounts.into_iter().try_fold(Self::ZERO, Self::plus)
            }
        }

        impl BorshDeserialize for $name {
            fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
                let amount = u64::deserialize_reader(reader)?;
                Self::new(amount).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", self.0, $unit)
            }
        }

        impl fmt::Display for $name {
            /// Grouped by thousands, as on screen: `12,000`.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let digits = self.0.to_string();
                let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
                for (position, digit) in digits.chars().enumerate() {
                    if position > 0 && (digits.len() - position).is_multiple_of(3) {
                        grouped.push(',');
                    }
                    grouped.push(digit);
                }
                f.pad(&grouped)
            }
        }
    };
}

amount!(
    /// Korean won, whole.
    Won,
    "원"
);
amount!(
    /// S-Coin points, whole; one point pays one won.
    Points,
    "P"
);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn prim_1_sums_and_differences_stay_in_range(a in 0u64..=LARGEST, b in 0u64..=LARGEST) {
            let (x, y) = (Points::new(a).unwrap(), Points::new(b).unwrap());
            prop_assert_eq!(x.plus(y).is_ok(), a + b <= LARGEST);
            prop_assert_eq!(x.minus(y).is_ok(), a >= b);
        }
    }

    #[test]
    fn prim_1_an_amount_above_the_largest_is_refused_in_bytes_too() {
        assert_eq!(Won::new(LARGEST + 1), Err(AmountError::TooLarge));
        assert!(borsh::from_slice::<Won>(&(LARGEST + 1).to_le_bytes()).is_err());
        assert!(borsh::from_slice::<Won>(&LARGEST.to_le_bytes()).is_ok());
    }

    #[test]
    fn amounts_are_grouped_by_thousands() {
        for (amount, text) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (12_000, "12,000"), (1_234_567, "1,234,567")]
        {
            assert_eq!(Won::new(amount).unwrap().to_string(), text);
        }
    }
}
