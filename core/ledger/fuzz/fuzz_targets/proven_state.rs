//! Values of the state with their proofs.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_ledger_fuzz::proven_state(bytes);
});
