//! The citizen card that a payment above a limit needs, as every payment knows it: by the ledger's rule, and by the row that is kept with the
//! order. Choosing one and showing it is `credential/order`'s; a wallet without credentials has none to show (CARD-14).

use crate::error::{Party, Reason, WalletError};
use crate::id::CredentialId;
use crate::present::Present;
use crate::record::{self, OrderCardRow, Showing};
use crate::view::OrderCardReviewView;
use crate::wallet::Wallet;
use citizen_ledger::{CardRules, PaymentCardRule, state_key};
use citizen_primitives::{PaymentId, Won};

/// The card that a payment needs, as its review shows it.
#[derive(Debug)]
pub(crate) struct CardPlan {
    pub(crate) credential: CredentialId,
    pub(crate) rule: PaymentCardRule,
}

impl CardPlan {
    pub(crate) fn view(&self) -> OrderCardReviewView {
        OrderCardReviewView::new(&self.rule, self.credential)
    }

    /// The row that is written with the order.
    pub(crate) fn row(&self, payment: PaymentId) -> OrderCardRow {
        let Self { credential, rule } = self;
        OrderCardRow { payment, credential: *credential, rule: rule.clone(), showing: Showing::Awaited }
    }
}

impl Wallet {
    /// The card for a payment of this sum, by the ledger's rule; refused if it needs one and none can be shown, before anything is signed.
    pub(crate) fn card_for(&self, present: &Present, sum: Won) -> Result<Option<CardPlan>, WalletError> {
        let rules = present.snapshot.get::<CardRules>(&state_key::card_rules())?.into_parts().0;
        let rule = rules.and_then(|rules| rules.for_payment(sum, present.time()).cloned());
        let Some(rule) = rule else { return Ok(None) };
        let credential = self.credential_for(&rule)?;
        let credential =
            credential.ok_or(WalletError::Refused { by: Party::Phone, reason: Reason::CardNeeded })?;
        Ok(Some(CardPlan { credential, rule }))
    }

    /// What is known of an order's card.
    pub(crate) fn order_card(&self, payment: &PaymentId) -> Result<Option<OrderCardRow>, WalletError> {
        self.session().load(&record::order_card_row(payment))
    }
}
