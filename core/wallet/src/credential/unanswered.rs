//! An issuance whose answer was lost: the wallet asks for the same again by itself, whether the connection broke or the app died (CARD-16).

use crate::credential::batch::{CopyKey, copy_key};
use crate::credential::web::internal;
use crate::error::{Party, Reason, WalletError};
use crate::place;
use crate::record::{self, UnansweredRow, unanswered_row};
use crate::view::CredentialView;
use crate::wallet::Wallet;
use citizen_jose::{Algorithm, Signer as _, SoftwareSigner, UnverifiedJwt};
use citizen_keys::{KeystoreError, TokenKey};
use citizen_openid4vc::dpop::DpopKey;
use citizen_openid4vc::vci::IssuanceSession;
use citizen_primitives::random;
use std::sync::Arc;

impl Wallet {
    /// Asks again for what an issuer has not answered to its end. What it refuses now is asked for no more.
    pub(super) async fn finish_issuance(&self) -> Result<Vec<CredentialView>, WalletError> {
        let Some(row) = self.unanswered()? else { return Ok(Vec::new()) };
        let asked = async {
            let review = self.review_offer(&row.offer).await?;
            self.accept_offer(review, row.code.as_deref()).await
        };
        match asked.await {
            Ok(received) => Ok(received),
            Err(error) if may_be_answered(&error) => Err(error),
            Err(error) => {
                let _one_at_a_time = self.session().receiving.lock().await;
                // Another may have been begun in the meantime.
                if self.unanswered()?.is_some_and(|now| now.offer == row.offer) {
                    self.clear_unfinished()?;
                }
                Err(error)
            }
        }
    }

    pub(super) fn unanswered(&self) -> Result<Option<UnansweredRow>, WalletError> {
        self.session().load(&unanswered_row())
    }

    /// The same issuance if it was begun before, or a new one; on the disk before anything is sent for it (CARD-16).
    pub(super) fn begin_issuance(
        &self,
        session: IssuanceSession,
        offer: String,
        code: Option<&str>,
    ) -> Result<(IssuanceSession, UnansweredRow, Vec<CopyKey>), WalletError> {
        let code = code.map(|code| code.trim().to_owned());
        let begun = self.unanswered()?.filter(|row| row.offer == offer);
        let (row, keys) = match begun {
            Some(row) => {
                let keys = self.kept_keys()?;
                let mut proofs = row.proofs;
                // A key store that has lost a key makes its proof worthless: another one is proved.
                proofs.retain(|proofs| proofs.iter().all(|proof| is_of_one(proof, &keys)));
                (UnansweredRow { code, proofs, ..row }, keys)
            }
            None => {
                self.clear_unfinished()?;
                let token_key = random::generate_array(&mut *self.session().rng());
                (UnansweredRow { offer, code, token_key, proofs: Vec::new() }, Vec::new())
            }
        };
        let session = with_token_key(session, &row.token_key)?;
        self.session().commit(place::ISSUANCE_BEGUN, record::put(unanswered_row(), &row))?;
        Ok((session, row, keys))
    }

    /// The keys that were made for it.
    fn kept_keys(&self) -> Result<Vec<CopyKey>, WalletError> {
        let told = self.session().with(|open| Ok(record::receiving(&*open.store)?))?;
        let mut keys = Vec::new();
        for alias in told.into_iter().flat_map(|told| told.aliases) {
            match TokenKey::open(Arc::clone(&self.session().keystore), &alias) {
                Ok(key) => keys.push(copy_key(alias, key)?),
                // It was told and not made.
                Err(KeystoreError::Missing) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(keys)
    }
}

/// Tokens of the session are bound to this key.
pub(super) fn with_token_key(
    session: IssuanceSession,
    key: &[u8; 32],
) -> Result<IssuanceSession, WalletError> {
    let key = SoftwareSigner::from_bytes(Algorithm::Es256, key).map_err(|_| internal("token-key"))?;
    Ok(session.with_token_key(DpopKey::new(key)))
}

/// Whether a proof is one of these keys'.
fn is_of_one(proof: &str, keys: &[CopyKey]) -> bool {
    let proof = UnverifiedJwt::parse(proof).ok();
    let of = proof.and_then(|proof| Some(proof.header().jwk.as_ref()?.thumbprint()));
    of.is_some_and(|of| keys.iter().any(|key| key.signer.jwk().thumbprint() == of))
}

/// Whether the issuer may still answer what it was asked.
pub(super) const fn may_be_answered(error: &WalletError) -> bool {
    matches!(
        error,
        WalletError::Offline { .. }
            | WalletError::Stale { .. }
            | WalletError::ClockWrong { .. }
            | WalletError::Cancelled
            | WalletError::Locked
            // What waits for somebody; an account that stands still for now.
            | WalletError::Refused { by: Party::Issuer, reason: Reason::Unavailable }
            | WalletError::Refused { by: Party::Ledger, .. }
    )
}
