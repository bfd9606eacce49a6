//! Light blocks, as a gateway hands them out.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_ledger_fuzz::light_block(bytes);
});
