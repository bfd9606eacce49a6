//! An offer for which she signs in at the issuer's page, in the browser: OpenID4VCI 1.0, section 5. The browser may be open while the app is stopped.

use crate::credential::OfferReview;
use crate::credential::issuance::with_token_key;
use crate::credential::receive::names_offered;
use crate::credential::web::{internal, of_issuance};
use crate::error::{Input, Subject, WalletError};
use crate::id::IssuanceId;
use crate::place;
use crate::record::{
    self, AuthorizationRow, IssuanceRow, KeptSignIn, ReturnedLine, authorization_row, issuance_row,
};
use crate::view::{AuthorizationView, CredentialView};
use crate::wallet::Wallet;
use citizen_openid4vc::vci::{Acceptance, Flow, IssuanceError, IssuanceSession};
use citizen_primitives::Seconds;
use citizen_store::ChangeSet;

/// How long the browser may stay away.
const LONGEST_AWAY: Seconds = Seconds::new(1_800);

impl Wallet {
    /// Begins a sign-in for what was offered, at the page that the answer names: the app opens it in the browser. Nothing was received yet. One sign-in
    /// waits at a time: another takes its place.
    ///
    /// The browser comes back to [`WalletConfig::return_address`](crate::WalletConfig::return_address); an app that has none is refused
    /// ([`Input::ReturnAddressMissing`], CARD-70). The link that it brings goes to [`Self::complete_authorization`], also after a restart (CARD-17).
    pub async fn authorize_offer(&self, review: OfferReview) -> Result<AuthorizationView, WalletError> {
        self.session().touch()?;
        if self.session().return_address.is_none() {
            return Err(WalletError::Invalid { input: Input::ReturnAddressMissing });
        }
        let (session, offered, issuer) = self.may_receive(review).await?;
        if offered.pre_authorized || !offered.authorization {
            // With a code in the offer nobody has to sign in.
            return Err(WalletError::Invalid { input: Input::OfferKind });
        }
        let _one_at_a_time = self.session().receiving.lock().await;
        let issuance = self.new_issuance((&offered, &issuer))?;
        let mut session = with_token_key(session, &issuance.token_key)?;
        let configurations = offered.offer.configurations.clone();
        let acceptance = Acceptance { configurations, flow: Flow::Authorization };
        let now = self.session().now();
        session.accept(&acceptance, now, &mut *self.session().rng()).map_err(|error| of_issuance(&error))?;
        self.carry(&mut session, place::SEND_AUTHORIZATION).await?;
        let begun = session.begun_sign_in().ok_or(internal("authorization-step"))?;
        let now = self.session().now();
        let row =
            AuthorizationRow { issuance, until: now.plus(LONGEST_AWAY), sign_in: KeptSignIn::of(begun) };
        let changes = record::put(authorization_row(), &row).and(names_offered(&offered));
        self.session().commit(place::AUTHORIZATION_BEGUN, changes)?;
        Ok(AuthorizationView::new(&row, now))
    }

    /// The sign-in that the browser may be open for. One whose time is over is forgotten.
    pub fn pending_authorization(&self) -> Result<Option<AuthorizationView>, WalletError> {
        self.session().touch()?;
        // Whoever receives something now sees to it.
        let alone = self.session().receiving.try_lock();
        let now = self.session().now();
        let row = self.session().load::<AuthorizationRow>(&authorization_row())?;
        match row {
            Some(row) if now > row.until => {
                if alone.is_ok() {
                    self.end_authorization()?;
                }
                Ok(None)
            }
            row => Ok(row.map(|row| AuthorizationView::new(&row, now))),
        }
    }

    /// Goes on with what the browser came back with: the link that [`DeepLink`](crate::DeepLink) says is an `AuthorizationReturn`. What does not belong to the
    /// sign-in that waits is refused before anybody is asked, and changes nothing.
    ///
    /// If the issuer's answer is lost, the same is asked for again by [`Self::refresh_credentials`], or by this with the same link (CARD-16).
    pub async fn complete_authorization(&self, link: &str) -> Result<Vec<CredentialView>, WalletError> {
        self.session().touch()?;
        let id = self.take_return(link.trim()).await?;
        let row = self.session().load::<IssuanceRow>(&issuance_row(&id))?;
        match row {
            Some(row) => self.resume(&row).await,
            None => Ok(Vec::new()),
        }
    }

    /// She does not want it any more. The issuer hears nothing of it; a browser that comes back finds nothing that waits.
    pub async fn cancel_authorization(&self) -> Result<(), WalletError> {
        self.session().touch()?;
        let _one_at_a_time = self.session().receiving.lock().await;
        self.end_authorization()
    }

    /// CARD-18: what is this sign-in's, and in time, is on the disk before it leaves, and the sign-in waits no more.
    async fn take_return(&self, link: &str) -> Result<IssuanceId, WalletError> {
        let _one_at_a_time = self.session().receiving.lock().await;
        let is_taken =
            |row: &IssuanceRow| row.returned.as_ref().is_some_and(|returned| returned.link == link);
        if let Some(before) = self.issuances()?.into_iter().find(is_taken) {
            return Ok(before.id);
        }
        let unknown = WalletError::Invalid { input: Input::AuthorizationUnknown };
        let row = self.session().load::<AuthorizationRow>(&authorization_row())?.ok_or(unknown.clone())?;
        let here = self.session().return_address.as_ref().ok_or(unknown.clone())?;
        match row.sign_in.begun().code_in(link, here.as_str()) {
            Err(IssuanceError::Mixed) => return Err(unknown),
            Err(error) => {
                self.end_authorization()?;
                return Err(of_issuance(&error));
            }
            Ok(_) if self.session().now() > row.until => {
                self.end_authorization()?;
                return Err(WalletError::Expired { what: Subject::Authorization });
            }
            Ok(_) => {}
        }
        let AuthorizationRow { issuance, sign_in, .. } = row;
        let returned = Some(ReturnedLine { sign_in, link: link.to_owned() });
        let issuance = IssuanceRow { returned, ..issuance };
        let changes = record::put(issuance_row(&issuance.id), &issuance).delete(authorization_row());
        self.session().commit(place::AUTHORIZATION_RETURNED, changes)?;
        Ok(issuance.id)
    }

    /// Takes a session to where the browser came back: with what was kept, and under the same checks again.
    pub(super) fn resume_returned(
        &self,
        session: &mut IssuanceSession,
        returned: &ReturnedLine,
    ) -> Result<(), WalletError> {
        let now = self.session().now();
        let resumed = session.resume(returned.sign_in.begun());
        let resumed =
            resumed.and_then(|()| session.returned(&returned.link, now, &mut *self.session().rng()));
        resumed.map_err(|error| of_issuance(&error))
    }

    fn end_authorization(&self) -> Result<(), WalletError> {
        if self.session().load::<AuthorizationRow>(&authorization_row())?.is_none() {
            return Ok(());
        }
        self.session().commit(place::AUTHORIZATION_ENDED, ChangeSet::new().delete(authorization_row()))
    }
}
