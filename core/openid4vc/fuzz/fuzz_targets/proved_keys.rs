//! Proofs of keys, as a wallet may sign them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_openid4vc_fuzz::proved_keys(bytes);
});
