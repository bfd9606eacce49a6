//! Whatever an issuer may answer a wallet.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_openid4vc_fuzz::issuance(bytes);
});
