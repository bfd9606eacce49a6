//! What a till, a phone or a party reads of a stranger's bytes besides codes; the tests replay the kept corpus through the same
//! function.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a fuzz target fails by panicking")]

use citizen_keys::{Document, Signed};
use citizen_payment::gift::GiftCode;
use citizen_payment::mandate::{CLOCK_DRIFT, LONGEST_MANDATE};
use citizen_payment::request::DeviceRequest;
use citizen_payment::till::{MerchantApplication, MerchantRequest, ReceiptOpening};
use citizen_payment::word::{
    Acceptance, BankBalance, BankDebit, BankEnding, BankRefund, BankSettlement, CardRequest, Certificate,
    ChargeOpening, ChargeRefusal, ClaimAnswer, ConsumerCode, MerchantAnswer, OrderOpening, Settlement,
};
use citizen_payment::{Mandate, PaymentRecord, RedemptionRecord, RefundRecord, SignedMandate, Terms};
use citizen_primitives::{Canonical, Won};

/// Reads bytes as every document and the text in them as every text; returns as how many kinds they were taken.
pub fn documents(bytes: &[u8]) -> usize {
    let asked = [
        one_form::<MerchantRequest>(bytes),
        one_form::<MerchantApplication>(bytes),
        one_form::<DeviceRequest>(bytes),
        signed::<MerchantRequest>(bytes),
        signed::<MerchantApplication>(bytes),
        signed::<DeviceRequest>(bytes),
        mandate(bytes),
    ];
    let said = [
        signed::<ConsumerCode>(bytes),
        signed::<ChargeRefusal>(bytes),
        signed::<MerchantAnswer>(bytes),
        signed::<Acceptance>(bytes),
        signed::<CardRequest>(bytes),
        signed::<BankDebit>(bytes),
        signed::<BankEnding>(bytes),
        signed::<BankBalance>(bytes),
        signed::<BankRefund>(bytes),
        signed::<BankSettlement>(bytes),
        signed::<Settlement>(bytes),
        signed::<ClaimAnswer>(bytes),
        signed::<Certificate>(bytes),
    ];
    let opened = [
        one_form::<ChargeOpening>(bytes),
        one_form::<OrderOpening>(bytes),
        one_form::<Terms>(bytes),
        one_form::<PaymentRecord>(bytes),
        one_form::<RefundRecord>(bytes),
        one_form::<RedemptionRecord>(bytes),
    ];
    let taken = |kinds: &[bool]| kinds.iter().filter(|is_taken| **is_taken).count();
    taken(&asked) + taken(&said) + taken(&opened) + taken(&texts(&String::from_utf8_lossy(bytes)))
}

/// The two texts that one screen shows to another.
fn texts(text: &str) -> [bool; 2] {
    let receipt = ReceiptOpening::from_text(text);
    if let Ok(receipt) = &receipt {
        assert_eq!(receipt.to_text(), text.trim());
    }
    let gift = GiftCode::from_text(text);
    if let Ok(gift) = &gift {
        assert_eq!(gift.to_text(), text.trim());
    }
    assert!(receipt.is_err() || gift.is_err());
    [receipt.is_ok(), gift.is_ok()]
}

/// What is read has one form.
fn one_form<T: Canonical>(bytes: &[u8]) -> bool {
    T::from_canonical(bytes).is_ok_and(|read| {
        assert_eq!(read.to_canonical(), bytes);
        true
    })
}

fn signed<T: Document>(bytes: &[u8]) -> bool {
    let Ok(signed) = Signed::<T>::from_canonical(bytes) else { return false };
    assert_eq!(signed.to_canonical(), bytes);
    signed.dangerous_unverified().is_ok()
}

/// A mandate: what it allows stays within its caps and its time.
fn mandate(bytes: &[u8]) -> bool {
    let read =
        SignedMandate::from_canonical(bytes).ok().and_then(|signed| signed.dangerous_unverified().ok());
    let Some(mandate) = read.or_else(|| Mandate::from_canonical(bytes).ok()) else { return false };
    for amount in [0, 1, 999, mandate.points.amount(), mandate.total.amount()] {
        let Ok(amount) = Won::new(amount) else { continue };
        let Ok((points, won)) = mandate.split(amount) else {
            assert!(amount > mandate.total);
            continue;
        };
        assert!(points <= mandate.points);
        assert_eq!(Won::new(points.amount()).and_then(|points| points.plus(won)), Ok(amount));
        let allowed = mandate.allows(points, won, mandate.from);
        let is_short = mandate.until.since(mandate.from) <= LONGEST_MANDATE && mandate.from < mandate.until;
        assert_eq!(allowed.is_ok(), is_short && !amount.is_zero());
        assert!(mandate.allows(points, won, mandate.until).is_err());
        assert!(mandate.allows(points, won, mandate.until.plus(CLOCK_DRIFT)).is_err());
    }
    true
}
