//! Opening sums: after closing, over the counted set that she has found herself on the board, above the turnout, once.

use super::Trustee;
use super::attend::{View, required};
use super::record::{Seat, Standing};
use crate::error::ServiceError;
use crate::pages;
use crate::places;
use citizen_client::Proven;
use citizen_ledger::poll::{PollAction, TallyShares};
use citizen_ledger::{StateKey, state_key};
use citizen_primitives::{Canonical as _, Hash, PollId, Text};
use citizen_voting::decryption::DecryptError;
use citizen_voting::identifier::ElectorateIndex;
use citizen_voting::tally::{EncryptedTally, Tally};
use citizen_voting::verify::{CheckName, Effort, Failure, PollAnchor, count_ballots};
use std::num::NonZeroUsize;
use std::sync::PoisonError;

impl Trustee {
    /// Opens what may be opened and is not open yet. Once all of it is open, the seed is forgotten.
    pub(super) async fn open(&self, id: PollId, seat: Seat, view: &View) -> Result<bool, ServiceError> {
        let sums = match self.sums_of(id, view).await? {
            Ok(sums) => sums,
            Err(failure) => return self.refuse(id, seat, &failure.to_string()),
        };
        let mut is_all_open = true;
        for tally in &sums {
            let electorate = tally.electorate();
            let minimum = u64::from(minimum(view, electorate)?);
            if tally.counted() < minimum || is_open(view, electorate) {
                continue;
            }
            is_all_open = false;
            let keys = [state_key::tally(&id, electorate), state_key::tally_shares(&id, electorate)];
            let proven = self.party.ledger().state(places::TRUSTEE_ASK_STATE, &keys).await?;
            // The ledger adds up as ballots arrive; she adds up what stands there. Two sums are a reason to open neither.
            let kept: EncryptedTally = required(&proven, &state_key::tally(&id, electorate))?;
            if kept.digest() != tally.digest() {
                return self.refuse(id, seat, "the state's sums are not those of the board");
            }
            if !self.has_opened(&proven, &state_key::tally_shares(&id, electorate))? {
                return self.open_sum(id, seat, view, (tally, minimum)).await;
            }
        }
        if is_all_open { self.end(id, seat, Standing::Opened) } else { Ok(false) }
    }

    async fn open_sum(
        &self,
        id: PollId,
        mut seat: Seat,
        view: &View,
        (tally, minimum): (&Tally, u64),
    ) -> Result<bool, ServiceError> {
        let share = self.share(&id, &seat, view)?.ok_or(ServiceError::Unavailable)?;
        let shares = match share.decrypt(tally, minimum, &mut seat.decrypted, self.party.signing()) {
            Ok(shares) => shares,
            Err(error @ (DecryptError::AnotherTally | DecryptError::AnotherElection)) => {
                return self.refuse(id, seat, &error.to_string());
            }
            Err(DecryptError::BelowTurnout { .. }) => return Ok(false),
        };
        let shares = self.conduct().open(shares, self.party.signing());
        let says = Hash::plain(&[&shares.to_canonical()]);
        let places = (places::TRUSTEE_OPENING, places::TRUSTEE_OPEN);
        self.send((id, seat), (says, PollAction::Open(Box::new(shares))), &view.proven, places).await
    }

    /// The sums over the ballots that count, as she has found them on the board; or the first thing on it that is wrong.
    async fn sums_of(&self, id: PollId, view: &View) -> Result<Result<Vec<Tally>, Failure>, ServiceError> {
        if let Some(sums) = self.sums.lock().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(Ok(sums.clone()));
        }
        let head = |key| view.proven.log_head(&key).map(|head| *head.value());
        let (board, issuance) = (head(state_key::board(&id))?, head(state_key::issuance(&id))?);
        let anchor = PollAnchor { poll: id, board, issuance };
        let (manifest, ceremony) = (view.poll.manifest().to_canonical(), view.said.0.clone());
        let counting =
            pages::with_logs(&self.party, places::TRUSTEE_ASK_BOARD, &anchor, move |board, issuance| {
                let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
                let effort = Effort { threads, ..Effort::default() };
                count_ballots(&anchor, (&manifest, &ceremony), (board, issuance), effort, &mut |_| {})
            });
        let count = counting.await??;
        match count.report.first_failure {
            None => {
                let mut known = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
                known.insert(id, count.tallies.clone());
                Ok(Ok(count.tallies))
            }
            // Another log than the state's: the gateway's doing, which another answer mends.
            Some(Failure { check: CheckName::BoardLog | CheckName::IssuanceLog, .. }) => {
                tracing::warn!("the gateway shows another log than the state's");
                Err(ServiceError::Unavailable)
            }
            Some(failure) => Ok(Err(failure)),
        }
    }

    fn refuse(&self, id: PollId, seat: Seat, reason: &str) -> Result<bool, ServiceError> {
        tracing::error!(reason, "a trustee opens nothing");
        let reason = Text::new(reason).unwrap_or_default();
        self.end(id, seat, Standing::Refused(reason))
    }

    fn has_opened(&self, proven: &Proven, shares: &StateKey) -> Result<bool, ServiceError> {
        let key = self.party.signing().public();
        let is_hers = |shares: &TallyShares| shares.0.iter().any(|share| share.verify(&key).is_ok());
        Ok(proven.get::<TallyShares>(shares)?.value().as_ref().is_some_and(is_hers))
    }
}

fn minimum(view: &View, electorate: ElectorateIndex) -> Result<u32, ServiceError> {
    Ok(view.poll.electorate(electorate).ok_or(ServiceError::Malformed)?.minimum_turnout)
}

fn is_open(view: &View, electorate: ElectorateIndex) -> bool {
    let record = view.record.electorates.get(usize::from(electorate.number()));
    record.is_some_and(|record| record.result.is_some())
}
