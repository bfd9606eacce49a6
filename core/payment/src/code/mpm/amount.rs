//! Amounts in a code (MPM v1.0, ID 54): digits, at most one point.

use citizen_primitives::Won;

/// An amount in the currency of its code, as written: whole units and decimals.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount {
    whole: u64,
    decimals: String,
}

impl Amount {
    /// Reads `98`, `98.` or `98.73`: at most 13 characters, at least one digit before the point.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || text.len() > 13 || !digits(whole) || !digits(decimals) {
            return None;
        }
        Some(Self { whole: whole.parse().ok()?, decimals: decimals.to_owned() })
    }

    /// Whether it is nothing, however written.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.whole == 0 && self.is_whole()
    }

    /// Whether nothing but zeros stands after the point.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.decimals.bytes().all(|digit| digit == b'0')
    }

    /// How many digits stand after the point.
    #[must_use]
    pub fn decimals(&self) -> usize {
        self.decimals.len()
    }

    /// Whether it is less than so many whole units.
    #[must_use]
    pub const fn is_below(&self, units: u64) -> bool {
        self.whole < units
    }

    /// The amount as won: nothing if it has a fraction, which won cannot have.
    #[must_use]
    pub fn won(&self) -> Option<Won> {
        if self.is_whole() { Won::new(self.whole).ok() } else { None }
    }
}

impl From<Won> for Amount {
    fn from(won: Won) -> Self {
        Self { whole: won.amount(), decimals: String::new() }
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.decimals.is_empty() {
            write!(f, "{}", self.whole)
        } else {
            write!(f, "{}.{}", self.whole, self.decimals)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mpm_25_the_standards_own_examples_are_read_or_refused() {
        for (text, read) in [("98.73", true), ("98", true), ("98.", true), ("98,73", false), ("3 705", false)]
        {
            assert_eq!(Amount::parse(text).is_some(), read, "{text}");
        }
        for text in ["", ".", ".5", "1.2.3", "-1", "+1", "１", "12345678901234"] {
            assert_eq!(Amount::parse(text), None, "{text}");
        }
    }

    #[test]
    fn mpm_35_won_has_no_fraction() {
        let won = |text: &str| Amount::parse(text).unwrap().won().map(Won::amount);
        assert_eq!(
            (won("3251"), won("3251."), won("3251.00"), won("3251.50")),
            (Some(3251), Some(3251), Some(3251), None)
        );
        assert!(Amount::parse("0.00").unwrap().is_zero());
        assert!(!Amount::parse("0.01").unwrap().is_zero());
    }
}
