//! A query from the verifier that asks it to the answer that it takes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_openid4vc_fuzz::exchange(bytes);
});
