//! Bringing grants to the ledger: never twice, since the evidence is granted once; never lost, since the outbox is kept until
//! the grant is proved (TREASURY-3).

use super::Treasury;
use super::record::{CLAIMS, Claim, Delivery, GrantedBy, OUTBOX, Refused, Undelivered};
use crate::db::Rows as _;
use crate::error::ServiceError;
use crate::places;
use crate::run::{Stepped, Steps};
use async_trait::async_trait;
use citizen_client::{CallError, LedgerError, Proven};
use citizen_ledger::{Rejection, state_key};
use citizen_payment::word::ClaimRefusal;
use citizen_primitives::{Hash, Place};

#[async_trait]
impl Steps for Treasury {
    async fn step(&self) -> Result<Stepped, ServiceError> {
        let _delivering = self.delivering.lock().await;
        let mut stepped = Stepped::default();
        for evidence in self.undelivered()? {
            match self.deliver(&evidence).await {
                Ok(true) => stepped.moved = stepped.moved.saturating_add(1),
                Ok(false) => {}
                Err(ServiceError::Stopped) => return Err(ServiceError::Stopped),
                Err(error) => tracing::warn!(%error, "a grant waits"),
            }
        }
        stepped.open = u32::try_from(self.undelivered()?.len()).unwrap_or(u32::MAX);
        Ok(stepped)
    }
}

impl Treasury {
    fn undelivered(&self) -> Result<Vec<Hash>, ServiceError> {
        let rows: Vec<(Vec<u8>, Undelivered)> = self.party.db().read(|rows| rows.all(OUTBOX))?;
        Ok(rows.into_iter().map(|(_, Undelivered(evidence))| evidence).collect())
    }

    /// Looks for the grant in the state, and sends it if it is not there; says whether it moved.
    async fn deliver(&self, evidence: &Hash) -> Result<bool, ServiceError> {
        let claim: Option<Claim> = self.party.db().read(|rows| rows.find(CLAIMS, evidence.as_bytes()))?;
        let Some(claim) = claim else { return Ok(false) };
        let key = state_key::evidence(&claim.grant.programme, evidence);
        let keys = [key.clone(), state_key::parameters()];
        let proven = self.party.ledger().state(places::TREASURY_ASK_STATE, &keys).await?;
        if !proven.get::<GrantedBy>(&key)?.is_absent() {
            self.end(&claim, Delivery::Proved)?;
            return Ok(true);
        }
        let id = claim.transaction.id();
        let found = self.party.ledger().transaction(places::TREASURY_ASK_TRANSACTION, &id).await?;
        match found.map(|found| Rejection::from_code(found.code)) {
            Some(Some(Rejection::CapReached)) => {
                self.end(&claim, Delivery::Refused(Refused(ClaimRefusal::CapReached)))?;
                Ok(true)
            }
            // It can be executed no more, and nothing was granted: signed anew. The evidence still counts once.
            Some(Some(_)) => self.renew(&claim, &proven),
            _ if proven.header().height() > claim.valid_until => self.renew(&claim, &proven),
            _ => self.send(&claim).await,
        }
    }

    async fn send(&self, claim: &Claim) -> Result<bool, ServiceError> {
        match self.party.ledger().submit(places::TREASURY_SUBMIT, &claim.transaction).await {
            Ok(_) => Ok(false),
            Err(LedgerError::Call(CallError::Refused(refusal)))
                if refusal.rejection == Some(Rejection::CapReached.code()) =>
            {
                self.end(claim, Delivery::Refused(Refused(ClaimRefusal::CapReached)))?;
                Ok(true)
            }
            Err(LedgerError::Call(CallError::Refused(_))) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn renew(&self, claim: &Claim, proven: &Proven) -> Result<bool, ServiceError> {
        let renewed = self.signed_claim(claim.grant.clone(), proven)?;
        self.put(places::TREASURY_RENEWED, &renewed)?;
        Ok(true)
    }

    fn end(&self, claim: &Claim, delivery: Delivery) -> Result<(), ServiceError> {
        self.put(places::TREASURY_ENDED, &Claim { delivery, ..claim.clone() })
    }

    fn put(&self, place: Place, claim: &Claim) -> Result<(), ServiceError> {
        let key = claim.grant.evidence;
        self.party.db().commit(place, |writer| {
            writer.put(CLAIMS, key.as_bytes(), claim)?;
            if claim.delivery != Delivery::Sent {
                writer.remove(OUTBOX, key.as_bytes())?;
            }
            Ok(())
        })
    }
}
