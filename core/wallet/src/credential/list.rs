//! Credentials that are held: list, detail, and what the status lists say of them.

use crate::credential::status::{Lists, Look};
use crate::error::{Input, Party, Subject, WalletError, mapping};
use crate::id::CredentialId;
use crate::place;
use crate::record::{self, CredentialRow};
use crate::view::{CredentialDetailView, CredentialView};
use crate::wallet::Wallet;

impl Wallet {
    /// All credentials, each verified again.
    pub fn credentials(&self) -> Result<Vec<CredentialView>, WalletError> {
        self.session().touch()?;
        self.held()?.iter().map(|row| self.credential_view(row)).collect()
    }

    /// A credential with its claims. Nothing of it is shown if its issuer cannot be proved.
    pub fn credential(&self, id: &CredentialId) -> Result<CredentialDetailView, WalletError> {
        self.session().touch()?;
        let row = self.held_row(id)?;
        let issuer = self.issuer_of(&row);
        let issuer = issuer.ok_or(mapping::unverified(Subject::Registry, Party::Phone))?;
        let names = self.names()?;
        let view =
            CredentialView::new(&row, Some(&issuer), self.session().now(), (&names, self.status_view(&row)?));
        Ok(CredentialDetailView::new(view, &row.sample()?, &issuer, &names))
    }

    /// Asks again for what an issuer has not answered or has put off (CARD-16, CARD-21), has issued again what runs out (CARD-22), asks the registry about the issuers and
    /// looks at the lists of statuses, whole: nobody learns whose status is looked at (CARD-5). A list counts if it is the one that its issuer has
    /// anchored on the ledger, and is fetched if it is another than the one that is kept (CARD-43). One that cannot be had keeps no other credential from being
    /// refreshed; the first such error is the answer.
    pub async fn refresh_credentials(&self) -> Result<Vec<CredentialView>, WalletError> {
        self.session().touch()?;
        self.sweep_keys().await?;
        let mut lists = Lists::new();
        let mut refreshed = self.pending_authorization().map(drop).and(self.finish_issuances().await);
        for row in self.held()? {
            refreshed = refreshed.and(self.refresh_one(&row, &mut lists, Look::Now).await);
        }
        self.forget_old_lists()?;
        refreshed?;
        self.credentials()
    }

    pub(super) async fn refresh_one(
        &self,
        row: &CredentialRow,
        lists: &mut Lists,
        look: Look,
    ) -> Result<(), WalletError> {
        let (is_registered, proof) = self.issuer_now(row).await?;
        let seen = if is_registered { Some(self.status_now(row, lists, look).await?) } else { None };
        let _one_at_a_time = self.session().advancing.lock().await;
        // A presentation may have used a copy in the meantime; and a refill has brought others, with another proof.
        let now = self.session().load::<CredentialRow>(&record::credential_row(&row.id))?;
        let Some(mut now) = now.filter(|now| now.is_of_the_same_issuance(row)) else { return Ok(()) };
        if seen.is_some() && !self.is_any_overtaken(&now, lists)? {
            now.status = seen;
        }
        now.proof = proof;
        self.session().commit(place::STATUS_SEEN, record::put(record::credential_row(&now.id), &now))
    }

    pub(super) fn held(&self) -> Result<Vec<CredentialRow>, WalletError> {
        self.session().with(|open| Ok(record::credentials(&*open.store)?))
    }

    pub(super) fn held_row(&self, id: &CredentialId) -> Result<CredentialRow, WalletError> {
        let row = self.session().load(&record::credential_row(id))?;
        row.ok_or(WalletError::Invalid { input: Input::CredentialUnknown })
    }

    pub(super) fn credential_view(&self, row: &CredentialRow) -> Result<CredentialView, WalletError> {
        row.sample()?;
        let names = self.names()?;
        let issuer = self.issuer_of(row);
        Ok(CredentialView::new(row, issuer.as_ref(), self.session().now(), (&names, self.status_view(row)?)))
    }
}
