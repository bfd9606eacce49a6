//! Signed ballots, as relays hand them on.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_voting_fuzz::ballot(bytes);
});
