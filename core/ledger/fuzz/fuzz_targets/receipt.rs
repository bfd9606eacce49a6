//! Receipts' files.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_ledger_fuzz::receipt(bytes);
});
