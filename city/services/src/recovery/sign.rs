//! What an officer signs. Several sign one and the same transaction; whoever asks brings it from one to the next.

use super::record::{APPROVED, Approved, DECIDED, Decided};
use super::{APPROVAL_LIFE, RecoveryOfficer};
use crate::db::Rows as _;
use crate::error::{Reason, ServiceError};
use citizen_client::api::{Bytes, OfficerSignatureAnswer, OfficerSignatureRequest};
use citizen_keys::Signature;
use citizen_ledger::{Action, CustodyAction, FileRecovery, Signer, TransactionBody};
use citizen_primitives::{AccountId, Label, RecoveryCaseId};

impl RecoveryOfficer {
    /// Signs a transaction that does what she has agreed to, and nothing else (RECOVERY-4): that files the case she approved, with the
    /// keys of the request, while the approval is fresh; that upholds or drops a case as she decided. Her agreement is on the disk
    /// already, and the same bytes have the same signature.
    pub fn sign(&self, request: &OfficerSignatureRequest) -> Result<OfficerSignatureAnswer, ServiceError> {
        let body: TransactionBody = request.body.read().map_err(|_| ServiceError::Malformed)?;
        let is_hers = body.chain_id == self.party.ledger().chain_id()
            && matches!(&body.signer, Signer::Several { keys } if keys.contains(&self.party.signing().public()));
        if !is_hers {
            return Err(Reason::WrongParty.into());
        }
        let Action::Custody(action) = &body.action else { return Err(ServiceError::Malformed) };
        let agrees = match action {
            CustodyAction::File(filed) => self.has_approved(filed)?,
            CustodyAction::Uphold { account, case } => self.has_decided(account, case, true)?,
            CustodyAction::Dismiss { account, case } => self.has_decided(account, case, false)?,
            _ => return Err(ServiceError::Malformed),
        };
        if !agrees {
            return Err(Reason::NotAgreed.into());
        }
        match self.party.signing().sign(Label::Transaction, &body.signing_bytes()) {
            Signature::Ed25519(bytes) => Ok(OfficerSignatureAnswer { signature: Bytes::new(&bytes) }),
            Signature::P256(_) => Err(ServiceError::Unavailable),
        }
    }

    fn has_approved(&self, filed: &FileRecovery) -> Result<bool, ServiceError> {
        let FileRecovery { account, case, device, recovery } = filed;
        let approved: Option<Approved> =
            self.party.db().read(|rows| Ok::<_, ServiceError>(rows.find(APPROVED, account.as_bytes())?))?;
        Ok(approved.is_some_and(|approved| {
            (approved.case, approved.device, approved.recovery) == (*case, *device, *recovery)
                && self.party.now().since(approved.at) < APPROVAL_LIFE
        }))
    }

    fn has_decided(
        &self,
        account: &AccountId,
        case: &RecoveryCaseId,
        is_upheld: bool,
    ) -> Result<bool, ServiceError> {
        let decided: Option<Decided> =
            self.party.db().read(|rows| Ok::<_, ServiceError>(rows.find(DECIDED, case.as_bytes())?))?;
        Ok(decided == Some(Decided { account: *account, is_upheld }))
    }
}
