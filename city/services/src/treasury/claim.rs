//! A claim: checked against device, register and caps; granted once, and on the disk before the answer leaves.

use super::Treasury;
use super::caps::Caps;
use super::record::{
    ACCOUNTS, AccountsCitizen, CITIZENS, CLAIMS, CitizensAccount, Claim, Delivery, GrantedBy, OUTBOX,
    Refused, Undelivered,
};
use crate::db::{DbError, Rows, Writer};
use crate::device;
use crate::error::{Reason, ServiceError};
use crate::party::validity;
use crate::places;
use citizen_client::Proven;
use citizen_client::api::{Bytes, ClaimResponse, SignedRequest};
use citizen_keys::Signed;
use citizen_ledger::{Action, Grant, Parameters, state_key};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_payment::word::{ClaimAnswer, ClaimOutcome, ClaimRefusal};
use citizen_primitives::{AccountId, Hash, Points, ProgrammeId, Text};

/// What is claimed.
struct Claimed {
    account: AccountId,
    programme: ProgrammeId,
    citizen: Text,
    evidence: Hash,
    year: u16,
    worth: Option<Points>,
}

impl Treasury {
    /// Grants what was earned, or says why not (TREASURY-1 to TREASURY-3).
    pub async fn claim(&self, request: SignedRequest) -> Result<ClaimResponse, ServiceError> {
        let request = device::read(&self.party, &request)?;
        let claimed = self.claimed(&request)?;
        let caps = self.caps(&claimed);
        let evidence = state_key::evidence(&claimed.programme, &claimed.evidence);
        let keys = [vec![state_key::parameters(), evidence], caps.keys().to_vec()].concat();
        let proven = device::prove(&self.party, places::TREASURY_ASK_STATE, &request, &keys).await?;
        let answer = match self.party.db().read(|rows| self.known(rows, &claimed))? {
            Some(answer) => answer,
            None => self.decide(&claimed, &caps, &proven)?,
        };
        Ok(ClaimResponse { answer: Bytes::of(&answer) })
    }

    fn claimed(&self, request: &DeviceRequest) -> Result<Claimed, ServiceError> {
        let RequestContent::Claim { programme, evidence, citizen } = &request.content else {
            return Err(ServiceError::Malformed);
        };
        if citizen.as_str().is_empty() || evidence.as_str().is_empty() {
            return Err(ServiceError::Malformed);
        }
        let fact = self.register.find(programme, citizen, evidence);
        let worth = fact.and_then(|fact| self.programme(programme)?.worth(&fact));
        Ok(Claimed {
            account: request.account,
            programme: programme.clone(),
            citizen: citizen.clone(),
            evidence: self.evidence(programme, citizen, evidence),
            year: self.party.now().year_in_seoul().map_err(|_| ServiceError::Unavailable)?,
            worth,
        })
    }

    /// What the ledger counts for this claim.
    fn caps(&self, claimed: &Claimed) -> Caps {
        let Claimed { programme, citizen, year, .. } = claimed;
        Caps::of(programme, &self.person(citizen), *year)
    }

    /// The same claim again has the same answer; somebody else's account has none to it.
    fn known(&self, rows: &impl Rows, claimed: &Claimed) -> Result<Option<Signed<ClaimAnswer>>, DbError> {
        let claim: Option<Claim> = rows.find(CLAIMS, claimed.evidence.as_bytes())?;
        Ok(match claim {
            None => None,
            Some(claim) if claim.grant.account != claimed.account => {
                Some(self.refuse(claimed, ClaimRefusal::AnotherPerson))
            }
            Some(Claim { delivery: Delivery::Refused(Refused(reason)), .. }) => {
                Some(self.refuse(claimed, reason))
            }
            Some(claim) => Some(claim.answer),
        })
    }

    fn decide(
        &self,
        claimed: &Claimed,
        caps: &Caps,
        proven: &Proven,
    ) -> Result<Signed<ClaimAnswer>, ServiceError> {
        if !self.party.db().read(|rows| is_free(rows, claimed))? {
            return Ok(self.refuse(claimed, ClaimRefusal::AnotherPerson));
        }
        let Some(points) = claimed.worth else { return Ok(self.refuse(claimed, ClaimRefusal::NotFound)) };
        if let Some(reason) = self.foresee(claimed, points, caps, proven)? {
            return Ok(self.refuse(claimed, reason));
        }
        let claim = self.grant(claimed, points, proven)?;
        self.party.db().commit(places::TREASURY_CLAIM, |writer| self.keep(writer, claimed, &claim))
    }

    /// What the ledger would refuse is not sent to it. The ledger counts again when it executes the grant (COIN-7).
    fn foresee(
        &self,
        claimed: &Claimed,
        points: Points,
        caps: &Caps,
        proven: &Proven,
    ) -> Result<Option<ClaimRefusal>, ServiceError> {
        let evidence = state_key::evidence(&claimed.programme, &claimed.evidence);
        if !proven.get::<GrantedBy>(&evidence)?.is_absent() {
            return Ok(Some(ClaimRefusal::AlreadyGranted));
        }
        caps.refusal(points, proven, self.party.now())
    }

    fn grant(&self, claimed: &Claimed, points: Points, proven: &Proven) -> Result<Claim, ServiceError> {
        let grant = Grant {
            programme: claimed.programme.clone(),
            account: claimed.account,
            points,
            person: self.person(&claimed.citizen),
            evidence: claimed.evidence,
        };
        self.signed_claim(grant, proven)
    }

    /// A grant with its transaction and the answer that names it.
    pub(super) fn signed_claim(&self, grant: Grant, proven: &Proven) -> Result<Claim, ServiceError> {
        let parameters = proven.get::<Parameters>(&state_key::parameters())?.into_parts().0;
        let parameters = parameters.ok_or(ServiceError::Unavailable)?;
        let height = proven.header().height();
        let transaction = self.party.transaction(Action::Grant(grant.clone()), height, &parameters);
        let outcome = ClaimOutcome::Granted { points: grant.points, transaction: transaction.id() };
        let answer = ClaimAnswer {
            account: grant.account,
            programme: grant.programme.clone(),
            evidence: grant.evidence,
            outcome,
            time: self.party.now(),
        };
        Ok(Claim {
            grant,
            transaction,
            valid_until: height.plus(validity(&parameters)),
            answer: self.party.sign(&answer),
            delivery: Delivery::Sent,
        })
    }

    /// Binding, claim and outbox in one commit. Of two same claims at once the first stands (TREASURY-3); to another account's the answer is
    /// that it is another person's, and names no account but its own (TREASURY-2).
    fn keep(
        &self,
        writer: &Writer<'_>,
        claimed: &Claimed,
        claim: &Claim,
    ) -> Result<Signed<ClaimAnswer>, ServiceError> {
        let key = claimed.evidence.as_bytes();
        if let Some(answer) = self.known(writer, claimed)? {
            return Ok(answer);
        }
        if !is_free(writer, claimed)? {
            return Err(Reason::AnotherCustomer.into());
        }
        writer.put(CITIZENS, claimed.citizen.as_str().as_bytes(), &CitizensAccount(claimed.account))?;
        writer.put(ACCOUNTS, claimed.account.as_bytes(), &AccountsCitizen(claimed.citizen.clone()))?;
        writer.put(CLAIMS, key, claim)?;
        writer.put(OUTBOX, key, &Undelivered(claimed.evidence))?;
        Ok(claim.answer.clone())
    }

    fn refuse(&self, claimed: &Claimed, reason: ClaimRefusal) -> Signed<ClaimAnswer> {
        self.party.sign(&ClaimAnswer {
            account: claimed.account,
            programme: claimed.programme.clone(),
            evidence: claimed.evidence,
            outcome: ClaimOutcome::Refused { reason },
            time: self.party.now(),
        })
    }
}

/// Whether citizen and account belong together, or to nobody yet (TREASURY-2). A replaced phone keeps its account.
fn is_free(rows: &impl Rows, claimed: &Claimed) -> Result<bool, DbError> {
    let account: Option<CitizensAccount> = rows.find(CITIZENS, claimed.citizen.as_str().as_bytes())?;
    let citizen: Option<AccountsCitizen> = rows.find(ACCOUNTS, claimed.account.as_bytes())?;
    Ok(account.is_none_or(|CitizensAccount(account)| account == claimed.account)
        && citizen.is_none_or(|AccountsCitizen(citizen)| citizen == claimed.citizen))
}
