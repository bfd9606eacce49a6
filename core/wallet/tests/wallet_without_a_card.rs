//! The ledger wants the citizen card above a sum, and the wallet has none to show: because it holds none, or because it was built without
//! credentials. Both answer alike.

// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used)]

mod support;

use citizen_ledger::{CardRules, Dated, PaymentCardRule, state_key};
use citizen_primitives::UnixTime;
use citizen_wallet::error::{Party, Reason};
use citizen_wallet::{Coins, WalletError};
use support::ledger::city::Block;
use support::ledger::{points, text, won};
use support::phone::{pay, scan};
use support::{Gateway, Phone};

const ABOVE: u64 = 5_000;

#[tokio::test]
async fn card_14_a_payment_that_needs_the_card_is_refused_before_anything_is_signed_where_none_can_be_shown()
{
    let gateway = Gateway::new();
    let value = PaymentCardRule { above: won(ABOVE), credential: text("card"), claims: Vec::new() };
    let rules =
        CardRules { payments: vec![Dated { from: UnixTime::default(), value, source: text("test") }] };
    gateway.town(|town| town.seal(Block::default().write(state_key::card_rules(), &rules)));
    let phone = Phone::new(&gateway, 1);
    let (wallet, _) = phone.with_points().await;

    let code = scan(&wallet).await;
    let refused = wallet.review_payment(&code, Some(won(ABOVE + 1)), Coins::Exactly(points(0))).await;
    let expected = WalletError::Refused { by: Party::Phone, reason: Reason::CardNeeded };
    assert_eq!(refused.map(drop).unwrap_err(), expected);
    assert!(gateway.town(|town| town.orders.is_empty()));

    let payment = pay(&wallet, ABOVE, 0).await;
    assert_eq!(wallet.payment(&payment).unwrap().card(), &None, "just the limit needs none");
    assert_eq!(*wallet.card().await.unwrap().credentials(), 0);
}
