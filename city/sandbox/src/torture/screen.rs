//! What a citizen's phone says when all has settled.

use super::citizen::Citizen;
use super::facts::{CertificateFact, CodeFact, PhoneFacts, ReceiptFact, RowFact, SubmissionFact};
use citizen_primitives::PaymentId;
use citizen_wallet::error::Input;
use citizen_wallet::view::{ShownCodeView, SubmissionView};
use citizen_wallet::{Trust, Wallet, WalletError, verify_receipt};

impl Citizen {
    /// She brings her wallet up to date; says whether everything on it has ended.
    pub async fn catch_up(&mut self) -> bool {
        let Some(wallet) = self.wallet().await else { return true };
        let synced = wallet.sync().await;
        let open = is_anything_open(&wallet);
        drop(wallet);
        match (synced, open) {
            (Ok(_), Ok(open)) => !open,
            (Err(error), _) | (_, Err(error)) => {
                self.tolerate("catching up", &error).await;
                false
            }
        }
    }

    /// What her phone says in the end; nothing if she is gone.
    pub async fn report(&mut self, with_balance: bool) -> Option<PhoneFacts> {
        let ids = self.payments().await;
        let mut rows = Vec::new();
        for id in ids {
            let view = self.attempt("looking", async |wallet| wallet.payment(&id)).await?;
            let receipt = self.receipt(&id).await?;
            let given_back = if with_balance && *view.state() == "captured" {
                let refunds = self.attempt("the refunds", async |wallet| wallet.refunds(&id).await).await?;
                Some(refunds.refunded().amount())
            } else {
                None
            };
            rows.push(RowFact { id, state: view.state(), receipt, given_back });
        }
        let account = self.wallet().await?.account().ok().map(|view| *view.account());
        let balance = if with_balance && account.is_some() {
            let view = self.attempt("the balance", async |wallet| wallet.balance().await).await?;
            let won = view.won().as_ref().map(|won| won.krw().amount());
            won.map(|won| (view.points().points().amount(), won))
        } else {
            None
        };
        let codes = self.codes().await?.iter().map(code).collect();
        let submissions = self.submissions().await?.iter().map(submission).collect();
        Some(PhoneFacts { rows, balance, account, codes, submissions })
    }

    /// The receipt, verified with the trust file alone.
    async fn receipt(&mut self, id: &PaymentId) -> Option<Option<ReceiptFact>> {
        let now = self.stage.now();
        let (trust, city) = (self.trust.clone(), self.stage.world().trust());
        let verified = async |wallet: &Wallet| {
            let bytes = match wallet.receipt(id) {
                Ok((_, bytes)) => bytes,
                Err(WalletError::Invalid { input: Input::ReceiptMissing }) => return Ok(None),
                Err(error @ WalletError::Locked) => return Err(error),
                Err(error) => return Ok(Some(ReceiptFact::Fails(error.to_string()))),
            };
            let file = match &trust {
                Trust::File(file) => file.clone(),
                Trust::FirstUse => city.clone(),
            };
            Ok(Some(match verify_receipt(&bytes, &file, now) {
                Ok(view) => ReceiptFact::Holds(view.points().amount(), view.krw().amount()),
                Err(error) => ReceiptFact::Fails(error.to_string()),
            }))
        };
        self.attempt("the receipt", verified).await
    }
}

/// Whether there is something to wait for. A charge whose terms the centre has not told counts: it lives again, and tells them.
fn is_anything_open(wallet: &Wallet) -> Result<bool, WalletError> {
    let is_untold = |view: &ShownCodeView| matches!(*view.state(), "paid" | "undone");
    Ok(wallet.payments()?.iter().any(|view| !view.is_final())
        || wallet.codes()?.iter().any(|view| !view.is_final() || is_untold(view))
        || wallet.submissions()?.iter().any(|view| !view.is_final()))
}

fn code(view: &ShownCodeView) -> CodeFact {
    let (state, until) = (*view.state(), *view.until());
    CodeFact { payment: *view.payment_id(), state, most: view.total().amount(), until }
}

fn submission(view: &SubmissionView) -> SubmissionFact {
    let certificate = view.certificate().as_ref().map(|certificate| CertificateFact {
        number: certificate.number().as_str().to_owned(),
        won: certificate.won().amount(),
    });
    let points = view.points().amount();
    SubmissionFact { id: *view.id(), kind: view.kind(), state: view.state(), points, certificate }
}
