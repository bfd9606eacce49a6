//! Manifests, board entries, rows, tokens, receipts, promises, records.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_voting_fuzz::published(bytes);
});
