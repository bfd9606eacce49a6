//! The citizen card for a payment above a limit: chosen at the review, shown with the approval, for this order and no other (CARD-14).

use crate::asked_for::Shown;
use crate::credential::bound::{Bound, BoundAnswer, refusal};
use crate::credential::web::internal;
use crate::error::{Party, Reason, WalletError};
use crate::id::CredentialId;
use crate::place;
use crate::record::{self, OrderCardRow, PaymentRow, Showing};
use crate::wallet::Wallet;
use citizen_client::Authorised;
use citizen_client::authorised::payment_query;
use citizen_ledger::PaymentCardRule;
use citizen_openid4vc::http::HttpResponse;

impl Wallet {
    /// The credential to show for a payment by this rule, if there is one.
    pub(crate) fn credential_for(&self, rule: &PaymentCardRule) -> Result<Option<CredentialId>, WalletError> {
        self.card_that_answers(&payment_query(rule))
    }

    /// Shows the card for an order if the centre asks for it: a copy is used up once, and its bytes are sent until the centre has said what
    /// it makes of them. That there is no answer now stops nothing: the next look sends them again.
    pub(crate) async fn show_order_card(&self, order: &PaymentRow) -> Result<(), WalletError> {
        let Some(row) = self.order_card(&order.terms.payment)? else { return Ok(()) };
        let row = match &row.showing {
            Showing::Asked { link, .. } => match self.present_for_order(order, &row, link).await {
                Ok(row) => row,
                Err(error) => return self.order_card_failed(row, error),
            },
            _ => row,
        };
        let Showing::Shown { url, body } = &row.showing else { return Ok(()) };
        match self.send_bound(place::SEND_ORDER_CARD, (url, body)).await {
            Ok(answer) => self.order_card_answered(&row, &answer),
            Err(WalletError::Cancelled) => Err(WalletError::Cancelled),
            Err(error) => {
                tracing::info!(code = error.code(), "the card is not acknowledged");
                Ok(())
            }
        }
    }

    /// Follows the centre's link, and shows just what the review said, if it is for just this order.
    async fn present_for_order(
        &self,
        order: &PaymentRow,
        row: &OrderCardRow,
        link: &str,
    ) -> Result<OrderCardRow, WalletError> {
        let hold = order.hold().ok_or(WalletError::StoreDamaged)?;
        let Showing::Asked { certificate, .. } = &row.showing else { return Err(internal("order-card")) };
        let bound = Bound {
            link,
            certificate,
            credential: &row.credential,
            query: payment_query(&row.rule),
            authorised: Authorised::payment(&order.order, &hold),
            by: Party::Centre,
            needed: Reason::CardNeeded,
            shown: Shown::ForPayment,
        };
        let BoundAnswer { url, body, changes, used } = self.answer_bound(bound).await?;
        let showing = Showing::Shown { url, body };
        let row = OrderCardRow { showing, ..row.clone() };
        let changes = changes.and(record::put(record::order_card_row(&row.payment), &row));
        self.commit_unbinding(place::OUTBOX_ORDER_CARD, changes, used)?;
        self.clear_keys();
        Ok(row)
    }

    /// What only time or a connection mends is tried again; whatever else it is, the card is not shown, and the order ends unpaid.
    fn order_card_failed(&self, row: OrderCardRow, error: WalletError) -> Result<(), WalletError> {
        match error {
            WalletError::Cancelled | WalletError::Locked | WalletError::Fenced { .. } => Err(error),
            WalletError::Offline { .. } | WalletError::Stale { .. } | WalletError::ClockWrong { .. } => {
                tracing::info!(code = error.code(), "the card is not shown yet");
                Ok(())
            }
            error => {
                tracing::warn!(code = error.code(), "the card is not shown");
                let reason = match error {
                    WalletError::Refused { reason, .. } => reason,
                    _ => Reason::CardNotVerified,
                };
                self.keep_order_card(row, Showing::Refused { reason: reason.word().to_owned() })
            }
        }
    }

    fn order_card_answered(&self, row: &OrderCardRow, answer: &HttpResponse) -> Result<(), WalletError> {
        let showing = match answer.status {
            200 => Showing::Taken,
            // The centre's refusal of what was shown, in the gateway's form.
            400 | 409 => Showing::Refused { reason: refusal(answer).word().to_owned() },
            status => {
                tracing::info!(status, "the card is not acknowledged");
                return Ok(());
            }
        };
        self.keep_order_card(row.clone(), showing)
    }

    fn keep_order_card(&self, row: OrderCardRow, showing: Showing) -> Result<(), WalletError> {
        let row = OrderCardRow { showing, ..row };
        let changes = record::put(record::order_card_row(&row.payment), &row);
        self.session().commit(place::ORDER_CARD_ANSWERED, changes)
    }
}
