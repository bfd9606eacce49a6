//! Revocation: a lost phone, a death, a wrong entry. What was revoked stays so.

use super::record::{HELD, Held, LISTS, List, REVOKED, Revoked, StatusPlace, holder};
use super::{CredentialKind, Issuer};
use crate::db::Rows as _;
use crate::error::{Reason, ServiceError};
use crate::places;
use citizen_client::api::Bytes;
use citizen_client::recovery::OfficerLoss;
use citizen_client::registry::prove_role;
use citizen_keys::Signed;
use citizen_ledger::{Role, state_key};
use citizen_primitives::Seconds;
use serde::{Deserialize, Serialize};

/// How old an officer's word may be, and how far ahead.
const OLDEST: Seconds = Seconds::new(300);

/// Who has lost her phone: the same that she applied with.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LossReport {
    /// Her number in the register.
    pub number: String,
    /// Her name, as she writes it.
    pub name: String,
    /// Her day of birth: `1999-03-02`.
    pub birth_date: String,
    /// The `OfficerLoss` of a recovery officer who has seen her, signed; none where she says it herself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub officer: Option<Bytes>,
}

/// What was done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub struct LossAnswer {
    /// How many copies were revoked; those that were before are not counted.
    pub revoked: usize,
}

impl std::fmt::Debug for LossReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LossReport(…)")
    }
}

impl Issuer {
    /// Hears of a loss, from whoever has lost her phone or from an officer of recovery.
    pub async fn hear_loss(&self, report: &LossReport) -> Result<LossAnswer, ServiceError> {
        match &report.officer {
            Some(word) => self.hear_officer(report, word).await,
            None => self.report_loss(report),
        }
    }

    /// **ISSUER-31** An officer of recovery is known by her signature: who she saw is asked nothing more, and whoever has guessed at that number
    /// before holds nobody up.
    async fn hear_officer(&self, report: &LossReport, word: &Bytes) -> Result<LossAnswer, ServiceError> {
        let signed: Signed<OfficerLoss> = word.read().map_err(|_| ServiceError::Malformed)?;
        let key = state_key::role(Role::RecoveryOfficer, &signed.key());
        let proven = self.party.prove(places::ISSUER_ASK_STATE, std::slice::from_ref(&key)).await?.fresh()?;
        let officer = prove_role(&proven, Role::RecoveryOfficer, &signed.key());
        let officer = officer.map_err(|_| Reason::WrongParty)?;
        let word = signed.verify(&officer.value().key).map_err(|_| Reason::Signature)?;
        let now = self.party.now();
        if now.since(word.time) > OLDEST || word.time.since(now) > OLDEST {
            return Err(Reason::TooOld.into());
        }
        let LossReport { number, name, birth_date, .. } = report;
        let said = (word.number.as_str(), word.name.as_str(), word.birth_date.as_str());
        if said != (number.as_str(), name.as_str(), birth_date.as_str()) {
            return Err(ServiceError::Malformed);
        }
        let hers = self.register.find(number).filter(|resident| resident.is_shown_by(name, birth_date));
        let resident = hers.ok_or(Reason::NotThisPerson)?;
        Ok(LossAnswer { revoked: self.revoke(&resident.number, None)? })
    }

    /// Revokes all that somebody holds who shows number, name and day of birth together: whoever has her phone may have her PIN (ISSUER-4).
    /// Wrong tries elsewhere hold this up for nobody (ISSUER-30).
    pub fn report_loss(&self, report: &LossReport) -> Result<LossAnswer, ServiceError> {
        let LossReport { number, name, birth_date, .. } = report;
        self.shown_to(&self.loss_tries, (number, name, birth_date))?;
        Ok(LossAnswer { revoked: self.revoke(number, None)? })
    }

    /// Revokes all copies that a resident has, of one kind or of all; says how many were. The lists say so with their next version, which
    /// the next steps sign and anchor. Offers, orders and tokens for them end, refresh tokens too: who has her phone fetches no new copies (ISSUER-4).
    pub fn revoke(&self, resident: &str, kind: Option<CredentialKind>) -> Result<usize, ServiceError> {
        let owner = holder(resident);
        // One commit with what is open: an order is before it, and its copies are revoked, or after it, and its token is gone.
        self.turn(places::ISSUER_REVOKE, |turn, writer| {
            match kind {
                None => self.open.forget(resident, turn.rows),
                Some(kind) => self.open.forget_one(resident, kind.name(), turn.rows),
            }
            let held: Vec<(Vec<u8>, Held)> = writer.under(HELD, owner.as_bytes())?;
            let mut count = 0usize;
            for (key, held) in held {
                let place = key.get(owner.as_bytes().len()..).and_then(StatusPlace::of_key);
                let place = place.ok_or(ServiceError::Unavailable)?;
                let is_meant = kind.is_none_or(|kind| held.kind.as_str() == kind.name());
                if !is_meant || writer.bytes(REVOKED, &place.key())?.is_some() {
                    continue;
                }
                writer.put(REVOKED, &place.key(), &Revoked(turn.now))?;
                let list: List = writer.find(LISTS, &place.list.to_be_bytes())?.unwrap_or_default();
                writer.put(LISTS, &place.list.to_be_bytes(), &List { is_changed: true, ..list })?;
                count = count.saturating_add(1);
            }
            Ok(count)
        })
    }
}
