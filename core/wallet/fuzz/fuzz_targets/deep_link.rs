//! Links that the system hands to the app.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_wallet_fuzz::deep_link(bytes);
});
