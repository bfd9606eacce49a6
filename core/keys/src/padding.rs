//! Padding before sealing, so that a length does not tell an amount (ISO/IEC 7816-4: one byte `80`, then zeros).

use zeroize::Zeroizing;

/// The smallest padded length, in bytes.
const SMALLEST: usize = 128;

/// From here on lengths go up in these steps instead of doubling, in bytes.
const STEP: usize = 4096;

/// Pads to the next of 128, 256, 512, 1,024, 2,048, 4,096 bytes, then to multiples of 4,096.
#[must_use]
pub fn pad(plain: &[u8]) -> Zeroizing<Vec<u8>> {
    let length = padded_length(plain.len());
    let mut padded = Zeroizing::new(Vec::with_capacity(length));
    padded.extend_from_slice(plain);
    padded.push(0x80);
    padded.resize(length, 0);
    padded
}

/// What was padded; `None` if these bytes were not made by [`pad`].
#[must_use]
pub fn unpad(padded: &[u8]) -> Option<&[u8]> {
    let end = padded.iter().rposition(|byte| *byte != 0)?;
    let (plain, rest) = padded.split_at_checked(end)?;
    (rest.first() == Some(&0x80) && padded.len() == padded_length(plain.len())).then_some(plain)
}

const fn padded_length(plain: usize) -> usize {
    let length = plain.saturating_add(1);
    if length <= SMALLEST {
        SMALLEST
    } else if length <= STEP {
        length.next_power_of_two()
    } else {
        length.next_multiple_of(STEP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_padded_comes_back(plain in prop::collection::vec(any::<u8>(), 0..10_000)) {
            let padded = pad(&plain);
            prop_assert_eq!(unpad(&padded), Some(plain.as_slice()));
        }
    }

    #[test]
    fn lengths_come_in_few_sizes() {
        for (plain, padded) in
            [(0, 128), (127, 128), (128, 256), (4095, 4096), (4096, 8192), (8191, 8192), (8192, 12_288)]
        {
            assert_eq!(pad(&vec![1; plain]).len(), padded, "{plain} bytes");
        }
    }

    #[test]
    fn bytes_that_were_not_padded_are_refused() {
        assert_eq!(unpad(&[]), None);
        assert_eq!(unpad(&[0; 128]), None);
        assert_eq!(unpad(&[1; 128]), None);
        let mut longer = pad(b"x").to_vec();
        longer.resize(256, 0);
        assert_eq!(unpad(&longer), None);
    }
}
