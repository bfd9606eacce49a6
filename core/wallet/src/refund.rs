//! Refunds: the citizen asks, the merchant signs, and the account's proved history shows what came back.

use crate::error::{Amount, Input, Party, Reason, WalletError, mapping};
use crate::place;
use crate::record::{ActivityKind, PaymentRow};
use crate::view::RefundsView;
use crate::wallet::Wallet;
use citizen_ledger::{Role, RoleRecord, state_key};
use citizen_payment::Progress;
use citizen_payment::request::RequestContent;
use citizen_payment::till::ReceiptOpening;
use citizen_primitives::{PaymentId, Text, Won};

impl Wallet {
    /// What came back of a payment so far, and what still may.
    pub async fn refunds(&self, payment: &PaymentId) -> Result<RefundsView, WalletError> {
        self.session().touch()?;
        let row = self.payment_row(payment)?;
        let pulled = self.pull_or_kept().await?;
        Ok(RefundsView::of(&row, &pulled.history())?)
    }

    /// Asks the merchant, through the centre, to give back. It is a wish: the merchant decides, and the history shows it.
    pub async fn ask_refund(
        &self,
        payment: &PaymentId,
        amount: Won,
        reason: &str,
    ) -> Result<RefundsView, WalletError> {
        let refunds = self.refunds(payment).await?;
        let row = self.payment_row(payment)?;
        must_be_refundable(&row, &refunds, amount)?;
        self.session().account()?;
        let link = self.link().await?;
        let centre = row.hold().ok_or(WalletError::StoreDamaged)?.centre;
        let key = state_key::role(Role::Centre, &centre);
        let party = link.fresh(std::slice::from_ref(&key)).await?.get::<RoleRecord>(&key)?.present();
        let centre = link.centre(party.ok_or(crate::link::unknown(Role::Centre))?);
        let account = self.session().account()?;
        let content = RequestContent::AskRefund { payment: *payment, amount, reason: Text::new(reason)? };
        let request = self.session().sign_request(&account, &centre.party().value().key, content)?;
        // The log is written first: the centre has seen it, whatever comes of it.
        let log = self.session().log(ActivityKind::RefundAsked { payment: row.line(), amount })?;
        self.session().commit(place::REFUND_ASKED, log)?;
        let asked = centre.wish(place::SEND_REFUND_WISH, &request).await;
        asked.map_err(|error| mapping::of_word(error, Party::Centre))?;
        Ok(refunds)
    }

    /// The code to show at the shop: the till fetches and proves the ledger's record itself.
    pub fn receipt_code(&self, payment: &PaymentId) -> Result<String, WalletError> {
        self.session().touch()?;
        let row = self.payment_row(payment)?;
        if row.progress != Progress::Captured {
            return Err(WalletError::Invalid { input: Input::ReceiptMissing });
        }
        Ok(ReceiptOpening::of(&row.terms).to_text())
    }
}

fn must_be_refundable(row: &PaymentRow, refunds: &RefundsView, amount: Won) -> Result<(), WalletError> {
    if row.progress != Progress::Captured {
        return Err(WalletError::Refused { by: Party::Phone, reason: Reason::NotCaptured });
    }
    if amount.is_zero() {
        return Err(WalletError::Invalid { input: Input::AmountZero });
    }
    let left = *refunds.left();
    if amount > left {
        return Err(WalletError::NotEnough { asked: Amount::Won(amount), available: Amount::Won(left) });
    }
    Ok(())
}
