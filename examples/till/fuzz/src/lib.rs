//! What a till reads of a stranger's bytes; the tests replay the kept corpus through the same functions. A settlement file from a
//! fuzzer's bytes, and its two readers: the centre's and the till's, written apart from each other. And a gateway's answer in the
//! centre's place.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a fuzz target fails by panicking"
)]

#[allow(dead_code, reason = "the program uses more of it")]
#[path = "../../src/settlement.rs"]
mod settlement;

use citizen_client::TillWord;
use citizen_client::api::TillResponse;
use citizen_keys::{Signed, SigningKey};
use citizen_primitives::{Canonical as _, Day, MerchantId, PaymentId, Points, RefundId, UnixTime, Won};
use city_services::centre::{Detail, Fee, ReadFile, SettlementFile};
use settlement::File;

/// The file's merchant.
const MERCHANT: &str = "2000001";
/// The file's day.
const DAY: UnixTime = UnixTime::from_seconds(1_795_219_200);
/// Bytes of a record in a fuzzer's input.
const RECORD: usize = 20;

/// Writes a file of records made from the bytes, reads it back with both readers, and reads it again after one character was changed.
pub fn write_and_read(bytes: &[u8]) {
    let (change, records) = bytes.split_at(bytes.len().min(4));
    let details: Vec<Detail> = (1..)
        .zip(records.chunks_exact(RECORD))
        .filter_map(|(number, record)| detail(number, record))
        .collect();
    let details: Vec<Detail> = (1..).zip(details).map(|(number, it)| Detail { number, ..it }).collect();
    let (merchant, day) = (MerchantId::new(MERCHANT).unwrap(), day());
    let file = SettlementFile { merchant, day, is_provisional: bytes.len().is_multiple_of(2), details };
    // A sum that has no room in its field is refused, not cut off.
    let Ok(text) = file.to_text() else { return };
    let read = ReadFile::parse(&text).unwrap();
    assert_eq!(read.merchant, MERCHANT);
    assert_eq!((read.is_provisional, read.details.len()), (file.is_provisional, file.details.len()));
    for (read, written) in read.details.iter().zip(&file.details) {
        assert_eq!((read.number, read.is_refund), (written.number, written.refund.is_some()));
        assert_eq!(
            (read.points, read.won, read.rate),
            (written.points.amount(), written.won.amount(), written.rate)
        );
        assert!(written.payment.to_hex().starts_with(&read.payment));
    }
    assert!(read_both(&text), "the till does not read what the centre writes");
    if let ([high, low, with, _], true) = (change, text.is_ascii()) {
        let place = usize::from(u16::from_be_bytes([*high, *low])) % text.len();
        let mut changed = text.into_bytes();
        changed[place] = with & 0x7f;
        read_both(&String::from_utf8(changed).unwrap());
    }
}

/// Reads a stranger's text with both readers: what the one takes for this shop's day, the other takes too, with the same sums.
/// Returns whether it was taken.
pub fn read_both(text: &str) -> bool {
    let merchant = MerchantId::new(MERCHANT).unwrap();
    let till = File::read(text, &merchant, day());
    let centre =
        ReadFile::parse(text).ok().filter(|file| file.merchant == MERCHANT && file.day == day().to_digits());
    match (&till, &centre) {
        (Some(till), Some(centre)) => {
            assert_eq!(till.sums.payable, centre.summary.payable());
            assert_eq!(till.is_provisional, centre.is_provisional);
            assert_eq!(till.records.len(), centre.details.len());
        }
        (None, None) => {}
        _ => panic!("one reader takes it and one does not: {till:?} {centre:?}"),
    }
    till.is_some()
}

/// Reads a stranger's answer, as the gateway's JSON, as a signed word and as the word in it. Returns whether it is one of them;
/// the centre's it never is.
pub fn answer(bytes: &[u8]) -> bool {
    let word = TillWord::from_canonical(bytes);
    if let Ok(word) = &word {
        assert_eq!(word.to_canonical(), bytes);
    }
    let told = serde_json::from_slice::<TillResponse>(bytes).ok();
    let said = told.and_then(|told| told.answer.read::<Signed<TillWord>>().ok());
    let said = said.or_else(|| Signed::<TillWord>::from_canonical(bytes).ok());
    let is_said = said.is_some_and(|said| {
        let centre = SigningKey::from_seed(&[7; 32]).public();
        assert!(said.verify(&centre).is_err());
        said.dangerous_unverified().is_ok()
    });
    word.is_ok() || is_said
}

fn day() -> Day {
    DAY.day_in_seoul()
}

fn detail(number: u64, record: &[u8]) -> Option<Detail> {
    let number_of = |from: usize| {
        record.get(from..from + 6).map(|bytes| bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    };
    let (kind, points, won) = (*record.first()?, number_of(1)?, number_of(7)?);
    let (points, won) = (Points::new(points).ok()?, Won::new(won).ok()?);
    let rate = u64::from(u16::from_be_bytes([*record.get(13)?, *record.get(14)?]) % 10_000);
    let total = won.plus(Won::new(points.amount()).ok()?).ok()?;
    Some(Detail {
        number,
        payment: PaymentId::from_bytes([*record.get(15)?; 32]),
        refund: (kind % 2 == 1).then(|| RefundId::from_bytes([*record.get(16).unwrap(); 32])),
        time: DAY,
        points,
        won,
        rate,
        fee: Fee::of(total, rate).ok()?,
    })
}
