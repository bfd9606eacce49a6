//! Merchant-presented codes: a right CRC is put under whatever comes, so that the rules behind it are reached; what is read is
//! written again as the same code.
#![no_main]

use citizen_payment::code::{Code, Leniency, mpm::checksum};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let sealed = format!("{text}6304");
    let sealed = format!("{sealed}{:04X}", checksum(sealed.as_bytes()));
    for text in [text, &sealed] {
        for leniency in [Leniency::Strict, Leniency::Lenient] {
            let reading = Code::parse(text, leniency);
            if let Some(refusal) = reading.refusal() {
                assert!(text.is_char_boundary(refusal.position.byte));
            }
            let Ok(Code::Merchant(code)) = reading.outcome else { continue };
            match code.render() {
                Ok(written) => assert_eq!(Code::parse(&written, Leniency::Strict).outcome, Ok(Code::Merchant(code))),
                Err(refused) => assert_eq!(leniency, Leniency::Lenient, "{refused}: {code:?}"),
            }
        }
    }
});
