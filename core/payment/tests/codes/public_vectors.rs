//! Samples that the standards publish: annexes of EMV QRCPS 1.0 (merchant- and consumer-presented) and the manual of Brazil's BR Code.

use citizen_payment::code::mpm::checksum;
use citizen_payment::code::{Code, Kind, Leniency};

/// CRC-16/IBM-3740: the check value of its catalogue entry.
const CHECK: (&[u8], u16) = (b"123456789", 0x29B1);

const SAMPLES: [(&str, Kind); 4] = [
    (
        "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST TRANSPORT\
         6007BEIJING64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A60086670902ME91320016A011\
         2233449988770708123456786304A13A",
        Kind::EmvMpm,
    ),
    (
        "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR5913Fulano de Tal\
         6008BRASILIA62070503***63041D3D",
        Kind::EmvMpm,
    ),
    ("hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8=", Kind::EmvCpm),
    (
        "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRIT0xERVIvRU1WXy0I\
         cnVlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw==",
        Kind::EmvCpm,
    ),
];

#[test]
fn mpm_13_cpm_1_the_published_samples_are_valid() {
    assert_eq!(checksum(CHECK.0), CHECK.1);
    for (payload, kind) in SAMPLES {
        let reading = Code::parse(payload, Leniency::Strict);
        assert!(reading.is_valid(), "{payload}: {:?}", reading.refusal());
        assert_eq!(reading.kind, kind);
        assert!(reading.warnings.is_empty(), "{:?}", reading.warnings);
    }
}
