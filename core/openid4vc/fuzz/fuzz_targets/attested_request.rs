//! Attestations of verifiers, and what they sign.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_openid4vc_fuzz::attested_request(bytes);
});
