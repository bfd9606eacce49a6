//! Transactions, as they come to the gateway.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_ledger_fuzz::transaction(bytes);
});
