//! What issuer and server say of themselves.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_openid4vc_fuzz::metadata(bytes);
});
