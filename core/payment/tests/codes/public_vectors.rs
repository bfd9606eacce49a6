//! Published EMV samples, read from the vectors beside the repository; without them the test says so.

use citizen_payment::code::mpm::checksum;
use citizen_payment::code::{Code, Kind, Leniency};
use std::path::Path;

/// The strings after `"key":` in a JSON text whose values hold no escapes.
fn strings<'a>(json: &'a str, key: &str) -> Vec<&'a str> {
    let marker = format!("\"{key}\": \"");
    json.split(&marker).skip(1).filter_map(|rest| rest.split_once('"').map(|(value, _)| value)).collect()
}

#[test]
fn mpm_13_cpm_1_the_published_samples_are_valid() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/emv/emv.json");
    let Ok(json) = std::fs::read_to_string(&path) else {
        println!("skipped: no public vectors at ../shared/vectors");
        return;
    };
    assert_eq!(format!("{:04X}", checksum(strings(&json, "input")[0].as_bytes())), strings(&json, "crc")[0]);
    let payloads = strings(&json, "payload");
    assert_eq!(payloads.len(), 4);
    for payload in payloads {
        let reading = Code::parse(payload, Leniency::Strict);
        assert!(reading.is_valid(), "{payload}: {:?}", reading.refusal());
        assert!(matches!(reading.kind, Kind::EmvMpm | Kind::EmvCpm));
        assert!(reading.warnings.is_empty(), "{:?}", reading.warnings);
    }
}
