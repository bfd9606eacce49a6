//! What is no receipt, and a receipt that outlives the checkpoint it was made under.

use crate::live::{Live, pay, review};
use crate::phone::Dice;
use crate::town::{Town, url};
use citizen_client::Response;
use citizen_client::api::{Bytes, DebitRequest, HeaderProofAnswer};
use citizen_keys::{Signed, SigningKey};
use citizen_ledger::{
    Action, Capture, LightClient, Nonce, Outcome, Receipt, Rejection, Release, SignedTransaction, Signer,
    TransactionBody, TransactionOutcomeProof, TransactionProof, state_key,
};
use citizen_merkle::{MemoryTree, leaf_hash};
use citizen_payment::PaymentState;
use citizen_payment::word::BankDebit;
use citizen_primitives::random::generate_array;
use citizen_primitives::{Canonical as _, Height, Label, PaymentId};
use citizen_wallet::error::{Input, Party, Subject};
use citizen_wallet::{City, Randomness as _, Refresh, Trust, WalletError, refresh_receipt, verify_receipt};
use city_chain::Chain as _;
use city_sandbox::keys::Keys;

/// The centre's own transaction, signed.
fn by_centre(town: &Town, action: Action) -> SignedTransaction {
    let key: SigningKey = Keys::signing(&town.keys.centre);
    let body = TransactionBody {
        chain_id: town.chain.status().chain_id,
        valid_until: Height::new(town.latest() + 50),
        nonce: Nonce::from_bytes(generate_array(&mut *Dice::of(town.latest()).generator())),
        signer: Signer::Party { key: key.public() },
        action,
    };
    body.signed(vec![key.sign(Label::Transaction, &body.signing_bytes())])
}

/// The bank's debit for a payment that is on hold.
async fn debit(town: &Town, payment: &PaymentId) -> Signed<BankDebit> {
    let proven = town.chain.prove(&[state_key::payment(payment), state_key::parameters()]).unwrap().unwrap();
    let request = DebitRequest {
        light_block: Bytes::new(&proven.light_block),
        state: Bytes::of(&proven.state),
        order: Bytes::new(&crate::truth::order_of(town, payment)),
    };
    match town.bank.debit(request).await.unwrap() {
        citizen_client::api::BankAnswer::Debited { debit } => debit.read().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn ledger_12_the_inclusion_of_a_capture_that_failed_is_no_receipt() {
    let live = Live::new(&Town::found(1), 1);
    let wallet = live.with_points("김하나").await;
    let paid = pay(&wallet, 4_000, 1_000).await;
    let (_, good) = wallet.receipt(&paid).unwrap();
    let approved = wallet.approve(review(&wallet, 5_000, 2_000).await.unwrap()).await.unwrap();
    let payment = *approved.payment_id();
    // The centre's order is taken to the ledger, and then its own two words meet in one block: given up, and captured.
    let town = &live.town;
    town.net.disconnect("bank.test");
    town.turn().await;
    town.lose_centre();
    town.turn_ledger();
    let debit = debit(town, &payment).await;
    let capture = by_centre(town, Action::Capture(Capture { payment, debit: Some(debit.clone()) }));
    town.chain.submit(by_centre(town, Action::Release(Release { payment })).to_canonical()).unwrap();
    town.chain.submit(capture.to_canonical()).unwrap();
    town.turn_ledger();
    town.turn_ledger();
    let (height, index, code) = town.chain.transaction(&capture.id()).unwrap().expect("it is in a block");
    assert_eq!(Rejection::from_code(code), Some(Rejection::PaymentEnded));

    // It is in the block, and that is proved; that it failed is proved too.
    let (included, outcome) = inclusion(town, height, index);
    let mut light = LightClient::new(town.trust().anchor().clone());
    let header = light.verify(&town.block(height.value()), town.now()).unwrap();
    light.advance(&header);
    let next = light.verify(&town.block(height.value() + 1), town.now()).unwrap();
    assert_eq!(included.verify(&header).unwrap().value(), &capture.to_canonical());
    assert_eq!(outcome.verify(&included, &header, &next).unwrap().value().code, code);
    let success = TransactionOutcomeProof { outcome: Outcome::of_code(0), ..outcome.clone() };
    success.verify(&included, &header, &next).unwrap_err();

    // None of it is a receipt: not by itself, and not as the state under the paid order's words.
    let (trust, now) = (town.trust(), town.now());
    for bytes in [included.to_canonical(), outcome.to_canonical()] {
        let refused = verify_receipt(&bytes, &trust, now).unwrap_err();
        assert!(matches!(refused, WalletError::Invalid { input: Input::Receipt }), "{refused:?}");
    }
    let good = Receipt::decode(&good).unwrap();
    let proven = town.chain.prove(&state_keys(town, &payment)).unwrap().unwrap();
    assert!(matches!(town.ended(&payment), Some((PaymentState::Released { .. }, _))));
    let mut terms = good.terms.clone();
    terms.payment = payment;
    let (light_block, state) = (proven.light_block, proven.state);
    let debit = Some(debit);
    let forged = Receipt { terms, light_block, state, debit, ..good.clone() };
    let refused = verify_receipt(&forged.to_canonical(), &trust, now).unwrap_err();
    assert!(
        matches!(refused, WalletError::Unverified { what: Subject::Receipt, source: Party::File }),
        "{refused:?}"
    );
    assert_eq!(
        forged.verify(&LightClient::new(trust.anchor().clone()), now).unwrap_err(),
        citizen_ledger::ReceiptError::NotCaptured
    );
    verify_receipt(&good.to_canonical(), &trust, now).unwrap();
}

fn state_keys(town: &Town, payment: &PaymentId) -> Vec<citizen_ledger::StateKey> {
    use citizen_ledger::Role;
    let role = |role, seed| state_key::role(role, &Keys::signing(seed).id());
    vec![
        state_key::payment(payment),
        role(Role::Centre, &town.keys.centre),
        role(Role::Bank, &town.keys.bank),
        state_key::parameters(),
    ]
}

fn inclusion(town: &Town, height: Height, index: u32) -> (TransactionProof, TransactionOutcomeProof) {
    let block = town.chain.block(height).unwrap().unwrap();
    let place = usize::try_from(index).unwrap();
    let leaves = block.transactions.iter().map(|bytes| citizen_ledger::inclusion::transaction_leaf(bytes));
    let inclusion = MemoryTree::of(leaves).prove_inclusion(u64::from(index)).unwrap();
    let included = TransactionProof { transaction: block.transactions[place].clone(), inclusion };
    let outcomes: Vec<_> = block.codes.iter().map(|code| Outcome::of_code(*code)).collect();
    let leaves = outcomes.iter().map(|outcome| leaf_hash(&outcome.to_bytes()));
    let inclusion = MemoryTree::of(leaves).prove_inclusion(u64::from(index)).unwrap();
    (included, TransactionOutcomeProof { outcome: outcomes[place].clone(), inclusion })
}

fn with(live: &Live) -> Refresh {
    let around = live.around();
    Refresh { transport: around.transport, clock: around.clock, timer: around.timer }
}

#[tokio::test]
async fn wallet_11_a_receipt_from_before_the_checkpoint_moved_is_accepted_once_its_proof_is_renewed() {
    let live = Live::new(&Town::found(1), 1);
    let wallet = live.with_points("김하나").await;
    let paid = pay(&wallet, 5_000, 2_000).await;
    let (view, old) = wallet.receipt(&paid).unwrap();
    live.town.turn().await;
    crate::truth::busy(&live.town).await;
    // The next version of the app ships a trust file of today.
    let trust = live.town.trust_at(live.town.latest());
    let refused = verify_receipt(&old, &trust, live.town.now()).unwrap_err();
    let height = view.verified().height().value();
    assert_eq!(refused, WalletError::NeedsRefresh { height });
    let city = City { url: url(), trust: Trust::File(trust.clone()) };
    // A gateway that lies about the history renews nothing.
    let other = live.town.block(height - 1).to_bytes();
    live.lie(move |path, answer| {
        if !path.ends_with("/proof") || answer.status != 200 {
            return answer;
        }
        let mut told: HeaderProofAnswer = serde_json::from_slice(&answer.body).unwrap();
        told.old = Bytes::new(&other);
        Response { body: serde_json::to_vec(&told).unwrap(), ..answer }
    });
    let refused = refresh_receipt(&old, &city, with(&live)).await.unwrap_err();
    assert!(matches!(refused, WalletError::Unverified { what: Subject::Header, .. }), "{refused:?}");
    live.be_honest();
    let renewed = refresh_receipt(&old, &city, with(&live)).await.unwrap();
    let shown = verify_receipt(&renewed, &trust, live.town.now()).unwrap();
    assert_eq!(
        shown.verified().through().map(|height| height.value() > view.verified().height().value()),
        Some(true)
    );
    let said = |view: &citizen_wallet::view::ReceiptView| {
        (*view.payment_id(), view.merchant().clone(), *view.points(), *view.krw(), *view.captured_at())
    };
    assert_eq!(said(&shown), said(&view));
    // Also for the old trust file, which begins below both headers.
    verify_receipt(&renewed, &live.town.trust(), live.town.now()).unwrap();
    // Under another city's trust file nothing of it holds.
    let stranger = Town::found(2).trust();
    assert!(verify_receipt(&renewed, &stranger, live.town.now()).is_err());
}
