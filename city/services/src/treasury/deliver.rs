//! Bringing grants to the ledger: never twice, since the evidence is granted once; never lost, since the outbox is kept until
//! the grant is proved, or that it never will be (TREASURY-3). What a node tells of a transaction decides nothing.

use super::Treasury;
use super::caps::Caps;
use super::record::{CLAIMS, Claim, Delivery, GrantedBy, OUTBOX, Refused, Undelivered};
use crate::blind_keys;
use crate::db::Rows as _;
use crate::error::ServiceError;
use crate::places;
use crate::run::{Stepped, Steps};
use async_trait::async_trait;
use citizen_client::{CallError, LedgerError, Proven};
use citizen_ledger::{Grant, state_key};
use citizen_payment::word::ClaimRefusal;
use citizen_primitives::{Hash, Place, UnixTime};

#[async_trait]
impl Steps for Treasury {
    async fn step(&self) -> Result<Stepped, ServiceError> {
        let _delivering = self.delivering.lock().await;
        let (made, unfinished) = blind_keys::step(&self.party, places::TREASURY_KEYS)?;
        let mut stepped = Stepped { moved: u32::from(made), open: 0 };
        for evidence in self.undelivered()? {
            match self.deliver(&evidence).await {
                Ok(true) => stepped.moved = stepped.moved.saturating_add(1),
                Ok(false) => {}
                Err(ServiceError::Stopped) => return Err(ServiceError::Stopped),
                Err(error) => tracing::warn!(%error, "a grant waits"),
            }
        }
        let undelivered = u32::try_from(self.undelivered()?.len()).unwrap_or(u32::MAX);
        stepped.open = undelivered.saturating_add(unfinished);
        Ok(stepped)
    }
}

impl Treasury {
    fn undelivered(&self) -> Result<Vec<Hash>, ServiceError> {
        let rows: Vec<(Vec<u8>, Undelivered)> = self.party.db().read(|rows| rows.all(OUTBOX))?;
        Ok(rows.into_iter().map(|(_, Undelivered(evidence))| evidence).collect())
    }

    /// Looks for the grant in the state, and sends it if it is not there; says whether it moved. Only once it can be executed no
    /// more, it is signed anew, or given up if the counts that are proved leave no room for it. The evidence still counts once.
    async fn deliver(&self, evidence: &Hash) -> Result<bool, ServiceError> {
        let claim: Option<Claim> = self.party.db().read(|rows| rows.find(CLAIMS, evidence.as_bytes()))?;
        let Some(claim) = claim else { return Ok(false) };
        let Grant { programme, person, points, .. } = &claim.grant;
        let key = state_key::evidence(programme, evidence);
        let year = year(self.party.now())?;
        let caps = Caps::of(programme, person, year);
        let keys = [vec![key.clone(), state_key::parameters()], caps.keys().to_vec()].concat();
        let proven = self.party.ledger().state(places::TREASURY_ASK_STATE, &keys).await?;
        if !proven.get::<GrantedBy>(&key)?.is_absent() {
            self.end(&claim, Delivery::Proved)?;
            return Ok(true);
        }
        if proven.header().height() <= claim.valid_until {
            return self.send(&claim).await;
        }
        // The counts of the year that the ledger counts in.
        let time = proven.header().time();
        let reason = if year == self::year(time)? { caps.refusal(*points, &proven, time)? } else { None };
        match reason {
            Some(ClaimRefusal::CapReached) => {
                self.end(&claim, Delivery::Refused(Refused(ClaimRefusal::CapReached)))?;
                Ok(true)
            }
            _ => self.renew(&claim, &proven),
        }
    }

    async fn send(&self, claim: &Claim) -> Result<bool, ServiceError> {
        match self.party.ledger().submit(places::TREASURY_SUBMIT, &claim.transaction).await {
            Ok(_) => Ok(false),
            Err(LedgerError::Call(CallError::Refused(refusal))) => {
                tracing::debug!(rejection = refusal.rejection, "the ledger does not admit a grant");
                Ok(false)
            }
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

fn year(time: UnixTime) -> Result<u16, ServiceError> {
    time.year_in_seoul().map_err(|_| ServiceError::Unavailable)
}
