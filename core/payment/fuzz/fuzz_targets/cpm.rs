//! Consumer-presented codes: base64 after the prefix that makes them so, and bytes behind the format; what is read is written
//! again as the same code.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use citizen_payment::code::{Code, Leniency, WriteError};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let behind_the_format = STANDARD.encode([b"\x85\x05CPV01", bytes].concat());
    let text = String::from_utf8_lossy(bytes);
    for text in [text.as_ref(), &format!("hQVDUFY{text}"), &behind_the_format] {
        for leniency in [Leniency::Strict, Leniency::Lenient] {
            let reading = Code::parse(text, leniency);
            assert_eq!(reading.is_valid(), reading.refusal().is_none());
            let Ok(Code::Consumer(code)) = reading.outcome else { continue };
            match code.render() {
                Ok(written) => assert_eq!(Code::parse(&written, Leniency::Strict).outcome, Ok(Code::Consumer(code))),
                // What only a lenient reader takes is not written.
                Err(WriteError::Broken(_)) => assert_eq!(leniency, Leniency::Lenient),
                Err(WriteError::Ambiguous) => panic!("{code:?}"),
            }
        }
    }
});
