//! Somebody comes with a new phone and without a recovery code; and comes again when the old phone has objected.

use super::RecoveryOfficer;
use super::record::{
    ACCOUNTS, APPROVED, AccountOf, Approved, DECIDED, Decided, Loss, SUPERSEDED, Superseded, superseded_key,
};
use crate::db::{Rows as _, Writer};
use crate::error::{Reason, ServiceError};
use crate::places;
use citizen_client::api::{
    DecisionAnswer, DecisionRequest, Identity, RecoveryApproval, RecoveryDecision, RecoveryRequest,
};
use citizen_keys::{DevicePair, PublicKey};
use citizen_ledger::{CustodyRecord, RecoveryStage, state_key};
use citizen_primitives::{AccountId, RecoveryCaseId, Text};

/// The most requests of an account that are kept beside the one that counts.
const MOST_SUPERSEDED: usize = 16;

impl RecoveryOfficer {
    /// Approves a request for the account of the resident who shows who she is, and says which it is. It is on the disk before it is
    /// answered; the same request again has the same answer, a later one of the same person takes its place until the case stands on
    /// the ledger (RECOVERY-3).
    pub fn request(&self, request: &RecoveryRequest) -> Result<RecoveryApproval, ServiceError> {
        let RecoveryRequest { identity, case, device, recovery } = request;
        let number = self.identified(identity)?.number.clone();
        let case = read_case(case)?;
        let device: DevicePair = device.read().map_err(|_| ServiceError::Malformed)?;
        let recovery: PublicKey = recovery.read().map_err(|_| ServiceError::Malformed)?;
        device.check().and(recovery.check()).map_err(|_| ServiceError::Malformed)?;
        let approved = Approved {
            case,
            device,
            recovery,
            at: self.party.now(),
            is_filed: false,
            loss: Some(Loss::of(identity)?),
        };
        self.party.db().commit(places::RECOVERY_APPROVED, |writer| {
            let account = account_of(writer, &number)?;
            let before: Option<Approved> = writer.find(APPROVED, account.as_bytes())?;
            match before {
                Some(before) if before.is_filed && before.case != case => {
                    return Err(Reason::UnderRecovery.into());
                }
                Some(before) if before.case == case => {
                    if (before.device, before.recovery) != (device, recovery) {
                        return Err(ServiceError::Malformed);
                    }
                }
                before => {
                    // **RECOVERY-7** The one before may stand on the ledger already: its loss is not forgotten with it.
                    if let Some(Approved { case, at, loss: Some(loss), .. }) = before {
                        supersede(writer, (&account, &case), &Superseded { at, loss })?;
                    }
                    // Asked for again, it counts as itself.
                    writer.remove(SUPERSEDED, &superseded_key(&account, &case))?;
                    writer.put(APPROVED, account.as_bytes(), &approved)?;
                }
            }
            Ok(RecoveryApproval { account: account.to_hex() })
        })
    }

    /// Looks again at a case to which the listed phone has objected. Whoever shows that she is the resident of the account says whether
    /// the new phone is hers or the old one; her first word to this officer stands (RECOVERY-5).
    pub async fn decide(&self, request: &DecisionRequest) -> Result<DecisionAnswer, ServiceError> {
        let DecisionRequest { identity, case, decision } = request;
        let number = self.identified(identity)?.number.clone();
        let case = read_case(case)?;
        let account = self.party.db().read(|rows| account_of(rows, &number))?;
        let key = state_key::custody(&account);
        let proven =
            self.party.prove(places::RECOVERY_ASK_STATE, std::slice::from_ref(&key)).await?.fresh()?;
        let custody = proven.get::<CustodyRecord>(&key)?.into_parts().0.unwrap_or_default();
        let open = custody.recovery.filter(|open| open.case == case).ok_or(ServiceError::NotFound)?;
        if *decision == RecoveryDecision::Uphold {
            // Only what was objected to is upheld, and not by those who filed it.
            let is_to_be_upheld = matches!(open.stage, RecoveryStage::Objected { .. });
            if !is_to_be_upheld || open.officers.contains(&self.party.id()) {
                return Err(Reason::NotToUphold.into());
            }
        }
        let decided = Decided { account, is_upheld: *decision == RecoveryDecision::Uphold };
        self.party.db().commit(places::RECOVERY_DECIDED, |writer| {
            let before: Option<Decided> = writer.find(DECIDED, case.as_bytes())?;
            let standing = before.unwrap_or(decided);
            if before.is_none() {
                writer.put(DECIDED, case.as_bytes(), &decided)?;
            }
            let uphold = RecoveryDecision::Uphold;
            let decision = if standing.is_upheld { uphold } else { RecoveryDecision::Dismiss };
            Ok(DecisionAnswer { decision })
        })
    }
}

/// Keeps a request beside the later one. Of an account so many are kept, and the oldest goes first.
fn supersede(
    writer: &Writer<'_>,
    (account, case): (&AccountId, &RecoveryCaseId),
    superseded: &Superseded,
) -> Result<(), ServiceError> {
    let kept: Vec<(Vec<u8>, Superseded)> = writer.under(SUPERSEDED, account.as_bytes())?;
    let key = superseded_key(account, case);
    if kept.len() >= MOST_SUPERSEDED
        && let Some((oldest, _)) = kept.iter().min_by_key(|(_, superseded)| superseded.at)
    {
        writer.remove(SUPERSEDED, oldest)?;
    }
    Ok(writer.put(SUPERSEDED, &key, superseded)?)
}

impl Loss {
    fn of(identity: &Identity) -> Result<Self, ServiceError> {
        let text = |text: &String| Text::new(text).map_err(|_| ServiceError::Malformed);
        let Identity { number, name, birth_date } = identity;
        Ok(Self { number: text(number)?, name: text(name)?, birth_date: text(birth_date)? })
    }
}

fn read_case(text: &str) -> Result<RecoveryCaseId, ServiceError> {
    RecoveryCaseId::from_hex(text).map_err(|_| ServiceError::Malformed)
}

/// The account that a resident has enrolled.
fn account_of(rows: &impl crate::db::Rows, number: &str) -> Result<AccountId, ServiceError> {
    let account: Option<AccountOf> = rows.find(ACCOUNTS, number.as_bytes())?;
    Ok(account.ok_or(Reason::NotEnrolled)?.0)
}
