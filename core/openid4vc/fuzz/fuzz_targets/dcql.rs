//! A DCQL query, as any verifier can write it.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_openid4vc_fuzz::dcql(bytes);
});
