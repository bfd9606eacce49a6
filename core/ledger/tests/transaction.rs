//! What may be said by whom, without a look at the state: the phone asks this before it sends, the city before anything.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use citizen_keys::{Signature, SigningKey};
use citizen_ledger::transaction::LONGEST;
use citizen_ledger::{
    Action, CheckedTransaction, Rejection, SignedTransaction, Signer, TransactionBody, Transfer,
};
use citizen_primitives::{Canonical as _, ChainId, Label, Points, Won};
use support::transactions::{ACCOUNT, Cast};
use support::{card, chain_id, points};

/// Which signer may do what.
const ALLOWED: [(&str, &str); 9] = [
    ("open-account", "opening"),
    ("replace-device", "recovery"),
    ("replace-device", "device"),
    ("grant", "party"),
    ("transfer", "device"),
    ("hold", "device"),
    ("capture", "party"),
    ("release", "party"),
    ("govern", "governors"),
];

fn check(transaction: &SignedTransaction) -> Result<CheckedTransaction, Rejection> {
    SignedTransaction::check_stateless(&transaction.to_canonical(), &chain_id())
}

/// Signs a body with all it needs and checks it.
fn check_body(cast: &Cast, body: &TransactionBody) -> Result<CheckedTransaction, Rejection> {
    check(&body.signed(cast.signatures(body)))
}

#[test]
fn ledger_2_every_action_takes_its_signer_and_no_other() {
    let cast = Cast::new();
    for (action_name, action) in cast.actions() {
        for (signer_name, signer) in cast.signers() {
            let body = cast.body(signer, action.clone());
            let checked = check_body(&cast, &body);
            let case = format!("{action_name} by {signer_name}");
            if ALLOWED.contains(&(action_name, signer_name)) {
                let checked = checked.expect(&case);
                assert_eq!((checked.body(), checked.id()), (&body, body.id()), "{case}");
                assert_eq!(checked.is_cosigned(), signer_name == "device", "{case}");
            } else {
                // Opening signs nothing by itself: there the signature is what is missing.
                let refusal = if signer_name == "opening" && action_name != "replace-device" {
                    Rejection::Signature
                } else {
                    Rejection::NotAllowed
                };
                assert_eq!(checked, Err(refusal), "{case}");
            }
        }
    }
}

#[test]
fn ledger_2_every_action_of_the_card_takes_its_signer_and_every_signature() {
    let cast = Cast::new();
    for (name, allowed, action) in card::actions(&cast) {
        for (signer_name, signer) in cast.signers() {
            let body = cast.body(signer, action.clone());
            let checked = check_body(&cast, &body);
            let case = format!("{name} by {signer_name}");
            if signer_name != allowed {
                assert!(checked.is_err(), "{case}");
                continue;
            }
            assert!(checked.is_ok(), "{case}: {checked:?}");
            let signed = body.signed(cast.signatures(&body));
            let stranger = SigningKey::from_seed(&[99; 32]);
            for place in 0..signed.signatures.len() {
                let mut fewer = signed.clone();
                fewer.signatures.remove(place);
                assert_eq!(check(&fewer), Err(Rejection::Signature), "{case} without {place}");
                let mut forged = signed.clone();
                forged.signatures[place] = stranger.sign(Label::Transaction, &signed.body);
                assert_eq!(check(&forged), Err(Rejection::Signature), "{case}, {place} forged");
            }
        }
    }
}

#[test]
fn ledger_2_who_signs_together_is_named_in_order_and_once() {
    let cast = Cast::new();
    let (_, _, action) = card::actions(&cast).into_iter().find(|(name, ..)| *name == "dismiss").unwrap();
    let check_keys = |keys: Vec<&SigningKey>| {
        let signer = Signer::Several { keys: keys.iter().map(|key| key.public()).collect() };
        let body = cast.body(signer, action.clone());
        let bytes = body.signing_bytes();
        check(&body.signed(keys.iter().map(|key| key.sign(Label::Transaction, &bytes)).collect()))
    };
    let [a, b] = &cast.several;
    assert!(check_keys(vec![a, b]).is_ok());
    assert_eq!(check_keys(vec![b, a]), Err(Rejection::NotAgreed));
    assert_eq!(check_keys(vec![a, a]), Err(Rejection::NotAgreed));
    assert_eq!(check_keys(Vec::new()), Err(Rejection::Signature));
    let mut many: Vec<SigningKey> = (100..133).map(|seed| SigningKey::from_seed(&[seed; 32])).collect();
    many.sort_by_key(SigningKey::public);
    assert_eq!(check_keys(many.iter().collect()), Err(Rejection::NotAgreed), "more than a record shall hold");
    assert!(check_keys(many.iter().take(32).collect()).is_ok());
}

#[test]
fn ledger_2_only_a_devices_cosignature_may_be_left_out() {
    let cast = Cast::new();
    for (action, signer) in ALLOWED {
        let signed = cast.signed(signer, action);
        for left_out in 0..signed.signatures.len() {
            let mut fewer = signed.clone();
            fewer.signatures.remove(left_out);
            let may = signer == "device" && action != "replace-device" && left_out == 1;
            match check(&fewer) {
                Ok(checked) => assert!(may && !checked.is_cosigned(), "{action} without {left_out}"),
                Err(refusal) => {
                    assert!(!may && refusal == Rejection::Signature, "{action} without {left_out}")
                }
            }
        }
        let mut more = signed.clone();
        more.signatures.push(signed.signatures[0]);
        assert_eq!(check(&more), Err(Rejection::Signature), "{action}");
    }
}

#[test]
fn ledger_2_each_signature_must_be_its_keys_over_this_body() {
    let cast = Cast::new();
    let stranger = SigningKey::from_seed(&[99; 32]);
    for (action, signer) in ALLOWED {
        let signed = cast.signed(signer, action);
        for position in 0..signed.signatures.len() {
            let mut forged = signed.clone();
            forged.signatures[position] = stranger.sign(Label::Transaction, &signed.body);
            assert_eq!(check(&forged), Err(Rejection::Signature), "{action} {position}");
            forged.signatures[position] = stranger.sign(Label::Governance, &signed.body);
            assert_eq!(check(&forged), Err(Rejection::Signature), "{action} {position}");
        }
        if signed.signatures.len() > 1 {
            let mut swapped = signed.clone();
            swapped.signatures.swap(0, 1);
            assert_eq!(check(&swapped), Err(Rejection::Signature), "{action}");
        }
    }
}

#[test]
fn ledger_1_other_signatures_make_no_other_transaction() {
    let cast = Cast::new();
    let signed = cast.signed("device", "hold");
    let alone = SignedTransaction { signatures: vec![signed.signatures[0]], ..signed.clone() };
    assert_eq!(check(&signed).unwrap().id(), check(&alone).unwrap().id());
    assert_ne!(signed.to_canonical(), alone.to_canonical());
    // The other `s` of ECDSA, which anybody can compute, is not a second valid form.
    let Signature::P256(raw) = signed.signatures[1] else { unreachable!("the second is the hardware's") };
    let mut high = raw;
    high[32..].copy_from_slice(&p256_order_minus(&raw[32..]));
    let other = SignedTransaction { signatures: vec![signed.signatures[0], Signature::P256(high)], ..signed };
    assert_eq!(check(&other), Err(Rejection::Signature));
}

#[test]
fn ledger_1_another_nonce_or_height_makes_another_transaction() {
    let cast = Cast::new();
    let body = cast.body(cast.signer("device"), cast.action("transfer"));
    let later = TransactionBody { valid_until: body.valid_until.next(), ..body.clone() };
    let again = TransactionBody { nonce: citizen_ledger::Nonce::from_bytes([1; 16]), ..body.clone() };
    assert_ne!(body.id(), later.id());
    assert_ne!(body.id(), again.id());
    assert_eq!(body.id(), body.signed(Vec::new()).id());
}

#[test]
fn ledger_2_a_transaction_for_another_ledger_is_refused() {
    let signed = Cast::new().signed("device", "transfer");
    let other = ChainId::new("seoul-test-2").unwrap();
    let checked = SignedTransaction::check_stateless(&signed.to_canonical(), &other);
    assert_eq!(checked, Err(Rejection::WrongChain));
}

#[test]
fn ledger_2_nothing_is_not_done() {
    let cast = Cast::new();
    let refused = |signer: &str, action: Action| {
        let body = cast.body(cast.signer(signer), action);
        assert_eq!(check_body(&cast, &body), Err(Rejection::Nothing));
    };
    refused("device", Action::Transfer(Transfer { to: ACCOUNT, points: points(5) }));
    let Action::Transfer(transfer) = cast.action("transfer") else { unreachable!() };
    refused("device", Action::Transfer(Transfer { points: Points::ZERO, ..transfer }));
    let Action::Hold(mut hold) = cast.action("hold") else { unreachable!() };
    (hold.points, hold.won) = (Points::ZERO, Won::ZERO);
    refused("device", Action::Hold(hold));
    let Action::Grant(mut grant) = cast.action("grant") else { unreachable!() };
    grant.points = Points::ZERO;
    refused("party", Action::Grant(grant));
}

#[test]
fn ledger_2_won_alone_and_points_alone_are_something() {
    let cast = Cast::new();
    let Action::Hold(hold) = cast.action("hold") else { unreachable!() };
    for (points, won) in [(Points::ZERO, hold.won), (hold.points, Won::ZERO)] {
        let mut hold = hold.clone();
        (hold.points, hold.won) = (points, won);
        assert!(check_body(&cast, &cast.body(cast.signer("device"), Action::Hold(hold))).is_ok());
    }
}

#[test]
fn ledger_2_a_device_is_replaced_for_its_own_account_alone() {
    let cast = Cast::new();
    let Action::ReplaceDevice(mut replace) = cast.action("replace-device") else { unreachable!() };
    replace.account = citizen_primitives::AccountId::from_bytes([7; 32]);
    for signer in ["device", "recovery"] {
        let body = cast.body(cast.signer(signer), Action::ReplaceDevice(replace.clone()));
        assert_eq!(check_body(&cast, &body), Err(Rejection::NotAllowed), "{signer}");
    }
}

#[test]
fn ledger_2_a_key_that_proves_nothing_is_not_registered() {
    let cast = Cast::new();
    let Action::OpenAccount(mut open) = cast.action("open-account") else { unreachable!() };
    // The neutral element: every signature of the form (R, s) with R = s·B verifies under it by ZIP-215.
    let weak = citizen_keys::PublicKey::Ed25519(std::array::from_fn(|place| u8::from(place == 0)));
    open.recovery = weak;
    let body = cast.body(Signer::Opening, Action::OpenAccount(open));
    let mut signatures = cast.signatures(&body);
    let mut trivial = [0; 64];
    trivial[0] = 1;
    signatures[2] = Signature::Ed25519(trivial);
    assert_eq!(check(&body.signed(signatures)), Err(Rejection::WeakKey));
}

#[test]
fn ledger_2_governors_are_named_once_and_in_order() {
    let cast = Cast::new();
    let [first, second] = &cast.governors;
    let sign = |keys: &[&SigningKey]| {
        let keys_signer = Signer::Governors { keys: keys.iter().map(|key| key.public()).collect() };
        let body = cast.body(keys_signer, cast.action("govern"));
        let bytes = body.signing_bytes();
        check(&body.signed(keys.iter().map(|key| key.sign(Label::Transaction, &bytes)).collect()))
    };
    assert!(sign(&[first, second]).is_ok());
    assert!(sign(&[first]).is_ok(), "how many must agree, the state says");
    assert_eq!(sign(&[second, first]), Err(Rejection::NotDecided));
    assert_eq!(sign(&[first, first]), Err(Rejection::NotDecided), "one governor is not two");
    assert_eq!(sign(&[]), Err(Rejection::Signature));
}

#[test]
fn ledger_2_no_changed_byte_of_a_transaction_is_accepted() {
    let cast = Cast::new();
    for (action, signer) in [("hold", "device"), ("open-account", "opening"), ("capture", "party")] {
        let bytes = cast.signed(signer, action).to_canonical();
        for position in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 1;
            let checked = SignedTransaction::check_stateless(&changed, &chain_id());
            assert!(checked.is_err(), "{action}, byte {position}");
        }
    }
}

#[test]
fn ledger_4_a_transaction_beyond_the_bound_is_not_read() {
    assert_eq!(SignedTransaction::decode(&vec![0; LONGEST + 1]), Err(Rejection::Malformed));
    assert_eq!(SignedTransaction::decode(&[]), Err(Rejection::Malformed));
    let signed = Cast::new().signed("device", "hold").to_canonical();
    assert_eq!(SignedTransaction::decode(&[&signed[..], &[0]].concat()), Err(Rejection::Malformed));
}

/// The order of P-256 (SP 800-186, section 3.2.1.3) minus `s`, both big-endian.
fn p256_order_minus(s: &[u8]) -> [u8; 32] {
    let order = hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").unwrap();
    let mut difference = [0; 32];
    let mut borrow = false;
    for place in (0..32).rev() {
        let (partial, first) = order[place].overflowing_sub(s[place]);
        let (byte, second) = partial.overflowing_sub(u8::from(borrow));
        difference[place] = byte;
        borrow = first || second;
    }
    difference
}
