//! What proves a payment to somebody without a network, and everything that does not.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use citizen_coin::Lots;
use citizen_keys::{Signed, SigningKey};
use citizen_ledger::{
    AttestedError, HeaderError, HistoryError, LightClient, ProofError, Receipt, ReceiptError, Role, Trust,
    TrustAnchor, debit_digest, receipt, state_key,
};
use citizen_payment::word::{BankDebit, MerchantAnswer, MerchantStatus};
use citizen_payment::{PaymentState, Salt};
use citizen_primitives::{Canonical as _, Hash, Month, Seconds, UnixTime};
use support::city::{City, time_of};
use support::parties::Service;
use support::story::{CAPTURED, Story, renewal};
use support::{client_at, points, text, won};

const NOW: UnixTime = UnixTime::from_seconds(1_795_219_200 + 600);

fn verify(receipt: &Receipt, city: &City) -> Result<(), ReceiptError> {
    receipt.verify(&client_at(city, 1), NOW).map(drop)
}

/// Seals the story as it stands and asks its receipt.
fn told(story: &Story) -> Result<(), ReceiptError> {
    let city = story.city();
    verify(&story.receipt(&city), &city)
}

#[test]
fn ledger_12_a_receipt_proves_the_captured_payment_and_both_parties_words() {
    let story = Story::mixed().captured();
    let city = story.city();
    let bytes = story.receipt(&city).to_canonical();
    let verified = Receipt::decode(&bytes).unwrap().verify(&client_at(&city, 1), NOW).unwrap();
    assert_eq!(verified.terms().value(), &story.terms);
    assert_eq!(verified.record().value(), &story.record);
    assert_eq!(verified.captured_at(), time_of(CAPTURED));
    assert_eq!(verified.merchant().by().role, Role::Centre);
    assert_eq!(verified.debit().unwrap().value().won, won(4_500));
    assert_eq!((verified.provenance().signers, verified.provenance().through), (4, None));
    assert!(bytes.len() < 8 * 1024, "{} bytes", bytes.len());
}

#[test]
fn ledger_12_a_payment_in_points_alone_needs_no_bank() {
    let story = Story::points_only().captured();
    let city = story.city();
    let receipt = story.receipt(&city);
    assert_eq!(receipt.debit, None);
    assert!(receipt.verify(&client_at(&city, 1), NOW).unwrap().debit().is_none());
}

#[test]
fn ledger_12_a_payment_that_is_not_captured_has_no_receipt() {
    let at = time_of(CAPTURED);
    for state in [PaymentState::Held, PaymentState::Released { at }, PaymentState::Lapsed { at }] {
        let mut story = Story::mixed();
        story.record.state = state;
        assert_eq!(told(&story), Err(ReceiptError::NotCaptured), "{state:?}");
    }
}

#[test]
fn ledger_12_a_failed_captures_inclusion_is_no_receipt() {
    // The capture stands in the block at height 5 and failed: the payment is still on hold.
    let story = Story::mixed();
    let city = story.city();
    let (included, _) = city.transaction_proof(CAPTURED, 0);
    let header = client_at(&city, 1).verify(city.block(CAPTURED), NOW).unwrap();
    assert!(included.verify(&header).is_ok(), "it is in the block");
    assert!(matches!(Receipt::decode(&included.to_canonical()), Err(ReceiptError::Malformed(_))));
    assert_eq!(verify(&story.receipt(&city), &city), Err(ReceiptError::NotCaptured));
}

#[test]
fn ledger_12_a_payment_the_ledger_does_not_know_has_no_receipt() {
    let story = Story::mixed().captured();
    let city = story.city();
    let mut other = Story::mixed().captured();
    other.terms.payment = citizen_primitives::PaymentId::from_bytes([3; 32]);
    assert_eq!(verify(&other.receipt(&city), &city), Err(ReceiptError::Absent("payment")));
}

#[test]
fn ledger_12_the_terms_must_open_the_commitment() {
    let story = Story::mixed().captured();
    let city = story.city();
    let mut receipt = story.receipt(&city);
    receipt.terms.name = text("다른 빵집");
    assert_eq!(verify(&receipt, &city), Err(ReceiptError::Commitment));
    let mut receipt = story.receipt(&city);
    receipt.terms.salt = Salt::from_bytes([8; 32]);
    assert_eq!(verify(&receipt, &city), Err(ReceiptError::Commitment));
    let mut receipt = story.receipt(&city);
    receipt.terms.won = won(45_000);
    assert_eq!(verify(&receipt, &city), Err(ReceiptError::Commitment));
}

#[test]
fn ledger_12_the_amounts_must_be_those_that_were_taken() {
    // The citizen committed to other terms than she ordered.
    let mut story = Story::mixed();
    story.record.lots = Lots::of(Month::new(2031, 11).unwrap(), points(2_999));
    assert_eq!(told(&story.captured()), Err(ReceiptError::Amount));
    let mut story = Story::mixed();
    story.record.won = won(4_499);
    assert_eq!(told(&story.captured()), Err(ReceiptError::Amount));
}

#[test]
fn ledger_12_won_needs_the_banks_word_on_this_very_debit() {
    let story = Story::mixed().captured();
    let city = story.city();
    let without = Receipt { debit: None, ..story.receipt(&city) };
    assert_eq!(verify(&without, &city), Err(ReceiptError::DebitMissing));

    // Another word than the one the capture brought.
    let debit = story.debit.clone().unwrap();
    let rebooked = Signed::sign(&BankDebit { booking: 18, ..debit.clone() }, &story.bank.key);
    let other = Receipt { debit: Some(rebooked), ..story.receipt(&city) };
    assert_eq!(verify(&other, &city), Err(ReceiptError::DebitOfAnother));

    // A word that the capture did bring, and that is not the bank's or not about this payment.
    let forged = Signed::sign(&debit, &SigningKey::from_seed(&[77; 32]));
    let mut changed = debit.clone();
    changed.won = won(4_501);
    let wrong_amount = Signed::sign(&changed, &story.bank.key);
    let mut changed = debit.clone();
    changed.payment = citizen_primitives::PaymentId::from_bytes([3; 32]);
    let wrong_payment = Signed::sign(&changed, &story.bank.key);
    let mut changed = debit;
    changed.order = citizen_primitives::TransactionId::from_bytes([3; 32]);
    let wrong_order = Signed::sign(&changed, &story.bank.key);
    for (signed, is_signature) in
        [(forged, true), (wrong_amount, false), (wrong_payment, false), (wrong_order, false)]
    {
        let mut story = Story::mixed().captured();
        story.record.state =
            PaymentState::Captured { at: time_of(CAPTURED), debit: Some(debit_digest(&signed)) };
        let city = story.city();
        let receipt = Receipt { debit: Some(signed), ..story.receipt(&city) };
        match verify(&receipt, &city) {
            Err(ReceiptError::Word(AttestedError::Signed(_))) => assert!(is_signature),
            Err(ReceiptError::DebitOfAnother) => assert!(!is_signature),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn ledger_12_a_debit_where_no_won_was_paid_is_not_called_for() {
    let story = Story::points_only().captured();
    let city = story.city();
    let debit = Story::mixed().signed_debit();
    let receipt = Receipt { debit, ..story.receipt(&city) };
    assert_eq!(verify(&receipt, &city), Err(ReceiptError::DebitMissing));
}

#[test]
fn ledger_12_the_centres_word_must_be_about_these_terms() {
    type Change = fn(&mut MerchantAnswer);
    let changes: [Change; 7] = [
        |answer| answer.status = MerchantStatus::Suspended,
        |answer| answer.code = Hash::plain(&[b"another code"]),
        |answer| answer.merchant = None,
        |answer| answer.merchant.as_mut().unwrap().name = text("다른 빵집"),
        |answer| answer.merchant.as_mut().unwrap().id = citizen_primitives::MerchantId::new("1").unwrap(),
        |answer| answer.amount = Some(won(7_499)),
        |answer| answer.reference = None,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut story = Story::mixed().captured();
        change(&mut story.answer);
        assert_eq!(told(&story), Err(ReceiptError::MerchantOfAnother), "{number}");
    }
    let story = Story::mixed().captured();
    let city = story.city();
    let stranger = SigningKey::from_seed(&[77; 32]);
    let receipt = Receipt { merchant: Signed::sign(&story.answer, &stranger), ..story.receipt(&city) };
    assert!(matches!(verify(&receipt, &city), Err(ReceiptError::Word(AttestedError::Signed(_)))));
}

#[test]
fn ledger_12_a_party_that_is_not_in_the_registry_or_not_any_more_does_not_count() {
    // The order names a centre that the registry does not know.
    let mut story = Story::mixed().captured();
    story.record.centre = Service::new(Role::Centre, 66).record.id();
    let city = story.city();
    let mut receipt = story.receipt(&city);
    let unknown = state_key::role(Role::Centre, &story.record.centre);
    receipt.state = city
        .state(CAPTURED + 1, &[state_key::payment(&story.terms.payment), unknown, story.bank.state_key()]);
    assert_eq!(verify(&receipt, &city), Err(ReceiptError::Absent("centre")));

    let mut story = Story::mixed().captured();
    story.bank = Service::new(Role::Bank, 22).until(time_of(1));
    assert_eq!(told(&story), Err(ReceiptError::Word(AttestedError::NotActive)));
}

#[test]
fn ledger_12_a_receipt_without_a_proof_of_every_record_is_refused() {
    let story = Story::mixed().captured();
    let city = story.city();
    for left_out in 0..3 {
        let mut receipt = story.receipt(&city);
        receipt.state.values.remove(left_out);
        assert_eq!(verify(&receipt, &city), Err(ReceiptError::State(ProofError::Missing)), "{left_out}");
    }
}

#[test]
fn ledger_12_no_changed_byte_of_a_receipt_is_accepted() {
    let story = Story::mixed().captured();
    let city = story.city();
    let client = client_at(&city, 1);
    let bytes = story.receipt(&city).to_canonical();
    assert!(Receipt::decode(&bytes).unwrap().verify(&client, NOW).is_ok());
    for position in 0..bytes.len() {
        for flip in [0x01, 0xff] {
            let mut changed = bytes.clone();
            changed[position] ^= flip;
            let verified = Receipt::decode(&changed).and_then(|receipt| receipt.verify(&client, NOW));
            assert!(verified.is_err(), "byte {position}");
        }
    }
}

#[test]
fn ledger_11_a_receipt_below_the_checkpoint_is_renewed_and_then_verifies() {
    let story = Story::mixed().captured();
    let mut city = story.city();
    city.idle(30);
    let client = client_at(&city, 20);
    let mut receipt = story.receipt(&city);
    assert_eq!(receipt.verify(&client, NOW), Err(ReceiptError::NeedsRefresh));
    receipt.renewal = Some(renewal(&city));
    let verified = receipt.verify(&client, NOW).unwrap();
    assert_eq!(verified.provenance().height.value(), CAPTURED + 1);
    assert_eq!(verified.provenance().through.map(|height| height.value()), Some(city.height()));
    // Under the earlier trust file it needed no renewal, and takes no harm from one.
    assert!(receipt.verify(&client_at(&city, 1), NOW).is_ok());
}

#[test]
fn ledger_11_a_renewal_that_does_not_lead_to_the_receipts_header_is_refused() {
    let story = Story::mixed().captured();
    let mut city = story.city();
    city.idle(30);
    let client = client_at(&city, 20);
    let receipt = story.receipt(&city);
    let with = |change: fn(&mut citizen_ledger::Renewal, &City)| {
        let mut renewal = renewal(&city);
        change(&mut renewal, &city);
        Receipt { renewal: Some(renewal), ..receipt.clone() }.verify(&client, NOW).unwrap_err()
    };
    let another_header = with(|renewal, city| renewal.proof = city.header_proof(CAPTURED, city.height()));
    assert_eq!(another_header, ReceiptError::Renewal(HistoryError::AnotherPlace));
    let another_state = with(|renewal, city| renewal.proof = city.header_proof(CAPTURED + 1, 30));
    assert!(matches!(another_state, ReceiptError::Renewal(HistoryError::History(_))));
    let not_new_enough = with(|renewal, city| {
        renewal.light_block = city.block(19).to_bytes();
        renewal.proof = city.header_proof(CAPTURED + 1, 19);
    });
    assert_eq!(not_new_enough, ReceiptError::NeedsRefresh);
}

#[test]
fn ledger_11_a_receipt_does_not_become_untrue_with_age() {
    let story = Story::mixed().captured();
    let city = story.city();
    let ten_years_on = NOW.plus(Seconds::new(10 * 365 * 86_400));
    assert!(story.receipt(&city).verify(&client_at(&city, 1), ten_years_on).is_ok());
}

#[test]
fn ledger_11_a_receipt_too_long_after_its_checkpoint_needs_a_client_that_has_gone_on() {
    let story = Story::mixed().captured();
    let city = story.city();
    let receipt = story.receipt(&city);
    let anchor = TrustAnchor::dangerous_trust(city.block(1), Trust::File, Seconds::new(20));
    let mut client = LightClient::new(anchor);
    assert_eq!(receipt.verify(&client, NOW).map(drop), Err(ReceiptError::NeedsRefresh));
    for height in 2..city.height() {
        let header = client.verify(city.block(height), time_of(height)).unwrap();
        client.advance(&header);
    }
    assert!(receipt.verify(&client, NOW).is_ok());
}

#[test]
fn ledger_11_another_ledgers_receipt_is_refused() {
    let story = Story::mixed().captured();
    let city = story.city();
    let mut anchor = TrustAnchor::dangerous_trust(city.block(1), Trust::File, Seconds::new(86_400));
    anchor.chain_id = citizen_primitives::ChainId::new("seoul-2").unwrap();
    let refused = story.receipt(&city).verify(&LightClient::new(anchor), NOW);
    assert_eq!(refused, Err(ReceiptError::Header(HeaderError::WrongChain)));
}

#[test]
fn ledger_4_a_receipt_beyond_the_bound_is_not_read() {
    assert!(matches!(Receipt::decode(&vec![1; receipt::LONGEST + 1]), Err(ReceiptError::Malformed(_))));
}
