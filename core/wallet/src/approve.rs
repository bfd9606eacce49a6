//! Approval: one order is signed and lies in the outbox before it leaves.

use crate::asked_for;
use crate::error::{Amount, Subject, WalletError, mapping};
use crate::place;
use crate::record::{self, AccountRow, ActivityKind, Added, OrderCardRow, PaymentRow, Showing};
use crate::review::{PaymentReview, Plan, must_be_unpaid};
use crate::signing::Validity;
use crate::standing::Standing;
use crate::view::PaymentView;
use crate::wallet::Wallet;
use citizen_client::CentreClient;
use citizen_ledger::Action;
use citizen_payment::word::{CardRequest, OrderOpening};
use citizen_payment::{Hold, Progress, Salt, Terms};
use citizen_primitives::{Canonical as _, PaymentId, random};

impl Wallet {
    /// Signs the order and hands it to the centre. From here on the payment goes on without the phone: the answer is
    /// `requested`, and [`Wallet::follow_payment`] shows how it ends.
    ///
    /// If the centre cannot be reached, the order lies in the outbox and is sent again by [`Wallet::sync`].
    pub async fn approve(&self, review: PaymentReview) -> Result<PaymentView, WalletError> {
        self.session().touch()?;
        let _one_at_a_time = self.session().approving.lock().await;
        let PaymentReview { view, plan } = review;
        let account = self.session().account()?;
        if self.session().now() >= view.until {
            return Err(WalletError::Expired { what: Subject::Review });
        }
        must_be_unpaid(&self.payment_rows()?, plan.code, plan.reference.as_ref())?;
        let available = self.less_requested(plan.spendable, plan.as_of)?;
        if plan.points > available {
            let (asked, available) = (Amount::Points(plan.points), Amount::Points(available));
            return Err(WalletError::NotEnough { asked, available });
        }
        let row = self.sign_order(&account, &plan)?;
        let payment = row.terms.payment;
        // The order is on the disk before it leaves: whatever happens next, the same bytes are sent again (WALLET-7).
        let mut changes = record::put(record::payment_row(&payment), &row)
            .and(self.session().log(ActivityKind::Approved(row.line()))?);
        if let Some(card) = &plan.card {
            changes = changes.and(record::put(record::order_card_row(&payment), &card.row(payment)));
        }
        self.session().commit(place::OUTBOX_ORDER, changes)?;
        let _one_look_at_a_time = self.session().advancing.lock().await;
        // A synchronisation may have brought it further meanwhile.
        let row = self.payment_row(&payment)?;
        if row.acceptance.is_some() || !row.is_open() {
            return self.payment_view(&row, &Standing::default());
        }
        let row = self.send_order(&plan.centre, row).await?;
        // The review has said so: what is approved is shown for at once.
        self.show_order_card(&row).await?;
        self.payment_view(&row, &Standing::default())
    }

    /// Sends an order that the centre has not acknowledged. Without an answer it stays in the outbox.
    pub(crate) async fn send_order(
        &self,
        centre: &CentreClient,
        row: PaymentRow,
    ) -> Result<PaymentRow, WalletError> {
        let opening = OrderOpening { transaction: row.transaction.clone(), terms: row.terms.clone() };
        let mut rng = self.session().rng();
        let accepted = match centre.order(place::SEND_ORDER, &mut *rng, &opening).await {
            Ok(accepted) => accepted,
            Err(error) => {
                return self.order_not_accepted(row, mapping::of_word(error, crate::error::Party::Centre));
            }
        };
        let row = PaymentRow { acceptance: Some(accepted.acceptance.signed), ..row };
        let mut changes = record::put(record::payment_row(&row.terms.payment), &row);
        let card = self.order_card(&row.terms.payment)?;
        // One that the review did not speak of is shown to nobody.
        if let Some((card, asked)) = card.zip(accepted.card) {
            let CardRequest { link, certificate, .. } = asked.word.into_parts().0;
            let card = OrderCardRow { showing: Showing::Asked { link, certificate }, ..card };
            changes = changes.and(record::put(record::order_card_row(&card.payment), &card));
        }
        self.session().commit(place::OUTBOX_ACCEPTED, changes)?;
        Ok(row)
    }

    /// A refusal or a lie is no proof that the order is not held: only the ledger says so, so the payment stays open.
    fn order_not_accepted(&self, row: PaymentRow, error: WalletError) -> Result<PaymentRow, WalletError> {
        match error {
            WalletError::Cancelled => Err(error),
            error => {
                tracing::info!(code = error.code(), "the order is not acknowledged");
                Ok(row)
            }
        }
    }

    fn sign_order(&self, account: &AccountRow, plan: &Plan) -> Result<PaymentRow, WalletError> {
        let mut rng = self.session().rng();
        let terms = Terms {
            payment: PaymentId::from_bytes(random::generate_array(&mut *rng)),
            merchant: plan.merchant.id.clone(),
            name: plan.merchant.name.clone(),
            code: plan.code,
            points: plan.points,
            won: plan.won,
            reference: plan.reference.clone(),
            salt: Salt::from_bytes(random::generate_array(&mut *rng)),
        };
        let hold = Hold {
            payment: terms.payment,
            points: plan.points,
            won: plan.won,
            commitment: terms.commitment(),
            centre: plan.centre.party().value().id(),
            bank: plan.bank,
            expires: plan.expires,
        };
        let validity = Validity { chain_id: plan.chain_id.clone(), valid_until: plan.valid_until };
        let total = terms.total()?;
        let cosigned = plan.cosigning.asking(|| asked_for::order(terms.name.as_str(), total));
        let order = self.session().sign_action(account, validity, Action::Hold(hold), cosigned)?;
        Ok(PaymentRow {
            transaction: order.to_canonical(),
            order: order.id(),
            valid_until: plan.valid_until,
            expires: plan.expires,
            terms,
            approved: self.session().now(),
            progress: Progress::Requested,
            merchant: plan.answer.clone(),
            acceptance: None,
            debit: None,
            ending: None,
            has_receipt: false,
            proof: None,
            number: Added(Some(self.session().number()?)),
        })
    }
}
