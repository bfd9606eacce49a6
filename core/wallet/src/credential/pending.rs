//! What is awaited of issuers, and copies that run out: asked for again, and anew, without the citizen (CARD-16, CARD-21, CARD-22).

use crate::credential::arrive::changed;
use crate::credential::issuance::{Run, may_be_answered};
use crate::credential::web::of_issuance;
use crate::error::{Input, WalletError};
use crate::id::IssuanceId;
use crate::place;
use crate::record::{self, CredentialRow, HeldLine, IssuanceRow, WantedLine, issuance_row};
use crate::view::{CredentialView, FEW_COPIES, PendingCredentialView};
use crate::wallet::Wallet;
use citizen_openid4vc::vci::IssuanceSession;
use citizen_primitives::{Seconds, UnixTime};

/// A credential is refilled when a quarter of its time is left, and at most so long before its end.
const LONGEST_BEFORE: Seconds = Seconds::new(14 * 86_400);
/// And not on the day on which it came, if its issuer gives it no more time than that.
const DAY: Seconds = Seconds::new(86_400);

impl Wallet {
    /// What the citizen has accepted and the issuer has not issued yet, the oldest first. [`Self::refresh_credentials`] asks for it.
    pub fn pending_credentials(&self) -> Result<Vec<PendingCredentialView>, WalletError> {
        self.session().touch()?;
        let mut rows = self.issuances()?;
        rows.sort_by_key(|row| row.begun);
        Ok(rows.iter().filter(|row| row.awaited().next().is_some()).map(PendingCredentialView::new).collect())
    }

    /// What of it has not come is awaited no more. The issuer hears nothing of it.
    pub async fn forget_pending(&self, id: &IssuanceId) -> Result<(), WalletError> {
        self.session().touch()?;
        let _one_at_a_time = self.session().receiving.lock().await;
        let row = self.session().load::<IssuanceRow>(&issuance_row(id))?;
        let row = row.filter(|row| row.awaited().next().is_some());
        let mut row = row.ok_or(WalletError::Invalid { input: Input::IssuanceUnknown })?;
        let names: Vec<String> = row.awaited().map(|wanted| wanted.configuration.clone()).collect();
        let dropped: Vec<WantedLine> = names.iter().filter_map(|name| row.take(name)).collect();
        self.without_keys(&row, dropped.into_iter().flat_map(|wanted| wanted.keys).collect())
    }

    /// Asks again for what issuers have not answered or have put off, and for fresh copies of what runs out. The first error is the answer; one issuer
    /// that does not answer holds up no other.
    pub(super) async fn finish_issuances(&self) -> Result<(), WalletError> {
        self.begin_refills().await?;
        let mut finished = Ok(());
        for row in self.issuances()? {
            if !row.due(self.session().now()).is_empty() {
                finished = finished.and(self.go_on(&row).await);
            }
        }
        finished
    }

    async fn go_on(&self, row: &IssuanceRow) -> Result<(), WalletError> {
        let is_refill = row.awaited().next().is_none();
        match self.resume(row).await {
            // What is held is held, and says itself how it stands and that few copies are left.
            Err(error) if is_refill && !may_be_answered(&error) => {
                tracing::info!(code = error.code(), "a credential is not refilled");
                Ok(())
            }
            other => other.map(drop),
        }
    }

    /// From what is on the disk, and what the issuer says of itself now, to whatever comes.
    pub(super) async fn resume(&self, row: &IssuanceRow) -> Result<Vec<CredentialView>, WalletError> {
        let now = self.session().now();
        let (client, rng) = (self.client(), &mut *self.session().rng());
        let names = row.wanted.iter().map(|wanted| wanted.configuration.clone()).collect();
        let session = match (&row.grant, &row.offer) {
            (Some(kept), _) => {
                IssuanceSession::of_issuer(&row.issuer, names, &kept.grant(), client, now, rng)
            }
            (None, Some(offer)) => IssuanceSession::open(offer, client, now, rng),
            (None, None) => return self.end_issuance(row).map(|()| Vec::new()),
        };
        let review = self.look_at(session.map_err(|error| of_issuance(&error))?).await?;
        let reviewed = match review.must_be_as_reviewed(row) {
            Ok(()) => self.may_receive(review).await,
            Err(error) => Err(error),
        };
        let (session, _, issuer) = match reviewed {
            // Nothing was got of it yet, and whoever is not registered any more gets no code.
            Err(error @ WalletError::UnknownParty { .. }) if row.grant.is_none() => {
                return self.end_issuance(row).and(Err(error));
            }
            reviewed => reviewed?,
        };
        let _one_at_a_time = self.session().receiving.lock().await;
        // It may have gone on meanwhile.
        let same = self.session().load::<IssuanceRow>(&issuance_row(&row.id))?.filter(|now| now == row);
        let Some(row) = same else { return Ok(Vec::new()) };
        self.run_issuance(Run::new(session, row, issuer)?).await
    }

    /// **CARD-22** What runs out is written down to be asked for anew; what was removed is refilled no more.
    async fn begin_refills(&self) -> Result<(), WalletError> {
        let _one_at_a_time = self.session().receiving.lock().await;
        let (held, now) = (self.held()?, self.session().now());
        for mut row in self.issuances()? {
            let before = row.clone();
            row.held.retain(|line| held.iter().any(|one| one.id == line.credential));
            let dropped = row.take_refills_of_nothing();
            if row.grant.is_some() {
                let awaited = |line: &&HeldLine| {
                    !before.wanted.iter().any(|one| one.configuration == line.configuration)
                };
                let runs_out =
                    |line: &&HeldLine| held.iter().any(|one| one.id == line.credential && one.runs_out(now));
                let due = row.held.iter().filter(|line| line.next <= now).filter(awaited).filter(runs_out);
                let due: Vec<WantedLine> = due.map(|line| line.refill(now)).collect();
                row.wanted.extend(due);
            }
            if row != before {
                let keys = dropped.into_iter().flat_map(|wanted| wanted.keys).collect();
                self.commit_unbinding(place::REFILL_BEGUN, changed(&row), keys)?;
            }
        }
        Ok(())
    }

    pub(super) fn issuances(&self) -> Result<Vec<IssuanceRow>, WalletError> {
        self.session().with(|open| Ok(record::issuances(&*open.store)?))
    }
}

impl HeldLine {
    fn refill(&self, now: UnixTime) -> WantedLine {
        WantedLine {
            configuration: self.configuration.clone(),
            vct: self.vct.clone(),
            refills: Some(self.credential),
            keys: Vec::new(),
            proofs: Vec::new(),
            transaction: None,
            next: now,
        }
    }
}

impl CredentialRow {
    /// Whether it should be issued again: few copies are left, or little time. Not if the status lists say something against it.
    fn runs_out(&self, now: UnixTime) -> bool {
        let is_late = self.expires.is_some_and(|expires| {
            let quarter = Seconds::new(expires.since(self.received).count() / 4);
            now.plus(quarter.min(LONGEST_BEFORE)) >= expires && now.since(self.received) >= DAY
        });
        // An issuer that gives few at a time is not asked again for as many as it gives.
        let is_few = self.unused().count() <= FEW_COPIES.min(self.copies.len() / 2);
        self.status.is_none_or(|seen| seen.value == 0) && (is_late || is_few)
    }
}
