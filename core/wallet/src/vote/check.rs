//! Check: a ballot is opened, so that a second device can see that it was encrypted as chosen. It never counts (BALLOT-5).

use crate::error::{Input, Party, Reason, WalletError};
use crate::place;
use crate::record::{self, ActivityKind, BallotFate, BallotRow, RegistrationRow};
use crate::view::OpenedBallotView;
use crate::vote::review::{BallotReview, too_late};
use crate::wallet::Wallet;
use citizen_primitives::Canonical as _;
use citizen_voting::spoil::{Opening, SpoiledBallot};
use citizen_voting::{BoardEntry, BoardLeaf};

impl Wallet {
    /// Opens a ballot instead of casting it. Its fingerprint must have been scanned by the second device before; the answer holds what
    /// that device recomputes it from. It is published as opened and cannot be cast any more; the next ballot has another seed and another
    /// number.
    pub async fn check_ballot(&self, review: BallotReview) -> Result<OpenedBallotView, WalletError> {
        self.session().touch()?;
        let _one_at_a_time = self.session().approving.lock().await;
        let BallotReview { view: _, plan } = review;
        let id = plan.poll.id();
        let registration = self.registration(&id)?;
        if registration.opened >= plan.poll.manifest().checks {
            return Err(WalletError::Refused { by: Party::Ledger, reason: Reason::ChecksUsed });
        }
        let now = self.session().now();
        if !plan.poll.is_casting(now) {
            return Err(too_late());
        }
        let key = self.session().voting_key(id, registration.electorate)?;
        let name = (plan.ballot.voting_key, plan.ballot.sequence);
        let fingerprint = plan.ballot.fingerprint();
        let opening = Opening::new(&plan.style, name, fingerprint, &plan.seed, plan.choices.clone());
        // The second device will make it again: so does this one first.
        opening.recompute(&plan.style).map_err(|_| crate::vote::review::damaged())?;
        let entry = BoardEntry::Spoiled(SpoiledBallot::sign(opening.clone(), plan.token.clone(), &key));
        let row = ballot_row(&entry, id, now).ok_or(crate::vote::review::damaged())?;
        // That it is opened is on the disk before its seed is shown: nothing casts it afterwards.
        let title = plan.poll.manifest().title.clone();
        let registration = self.session().decide(place::OUTBOX_BALLOT, |open| {
            let key = record::registration_row(&id);
            let registration: Option<RegistrationRow> = record::load(&*open.store, &key)?;
            let mut registration =
                registration.ok_or(WalletError::Invalid { input: Input::NotRegistered })?;
            registration.opened = registration.opened.saturating_add(1);
            let changes = record::put(record::ballot_row(&id, row.sequence()), &row)
                .and(record::put(key, &registration))
                .and(open.log(now, ActivityKind::BallotOpened { title }));
            Ok((changes, registration))
        })?;
        let _one_look_at_a_time = self.session().advancing.lock().await;
        // A synchronisation may have brought it further meanwhile.
        let row = self.ballot_row(&id, row.sequence())?;
        let (row, said) = self.bring(&plan.poll, row).await?;
        Ok(OpenedBallotView::new(&plan.poll, &registration, (&row, &opening), said.as_ref()))
    }
}

/// A ballot in the outbox; none for a slot mark.
pub(super) fn ballot_row(
    entry: &BoardEntry,
    poll: citizen_primitives::PollId,
    approved: citizen_primitives::UnixTime,
) -> Option<BallotRow> {
    let (opened, leaf) = match entry.leaf() {
        BoardLeaf::Slot(_) => return None,
        BoardLeaf::Cast(leaf) => (false, leaf),
        BoardLeaf::Spoiled(leaf) => (true, leaf),
    };
    let (entry, fate) = (entry.to_canonical(), BallotFate::Outbox);
    Some(BallotRow { poll, opened, leaf, entry, approved, fate, breaches: Vec::new() })
}
