//! The CRC of data object 63 (ISO/IEC 13239: polynomial 1021, initial value FFFF, neither reflected nor inverted).

/// The CRC over the payload up to and including `6304`, as UTF-8 bytes.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mpm_13_the_checksum_has_its_published_check_value() {
        assert_eq!(checksum(b"123456789"), 0x29B1);
    }
}
