//! The receipt: a ballot stands on the board under a header that this phone verified. And a relay's promise, held against the board
//! (BALLOT-9, BALLOT-10).

use crate::error::{Input, Party, Subject, WalletError, mapping};
use crate::place;
use crate::record::{
    self, ActivityKind, BallotFate, BallotRow, KeptBreach, KeptPromise, KeptProof, KeptReceipt,
};
use crate::view::{VerifiedMark, VoteReceiptView, VoteView};
use crate::vote::board::{Asked, BoardRead, head_in};
use crate::vote::polls::Announced;
use crate::vote::reach::of_relay;
use crate::vote::review::damaged;
use crate::wallet::Wallet;
use citizen_client::relay::Standing;
use citizen_ledger::VerifiedHeader;
use citizen_primitives::{PollId, UnixTime};
use citizen_voting::manifest::Poll;

impl Wallet {
    /// How far a vote is, as far as it is known without asking anybody.
    pub fn vote(&self, id: &PollId) -> Result<VoteView, WalletError> {
        self.session().touch()?;
        self.vote_view(&self.kept_poll(id)?, None)
    }

    /// Follows a vote until its ballot stands on the board, or never will, and tells of each step. A slot may take minutes:
    /// `Offline` with `can_queue` says that it is not at its end after one, or two where the network is slow, and [`Wallet::sync`] goes on.
    pub async fn follow_vote(
        &self,
        id: &PollId,
        mut on_step: impl FnMut(&VoteView) + Send,
    ) -> Result<VoteView, WalletError> {
        let mut shown = None;
        let mut patience = self.patience();
        loop {
            let view = match self.advance_vote(id).await {
                Err(WalletError::Offline { .. } | WalletError::Stale { .. }) => self.vote(id)?,
                view => view?,
            };
            if shown != Some(*view.state()) {
                on_step(&view);
                shown = Some(*view.state());
            }
            if view.is_final() {
                return Ok(view);
            }
            if !self.looks_again(&mut patience).await {
                return Err(WalletError::Offline { can_queue: true });
            }
        }
    }

    /// One look: takes what nobody has promised to bring to a relay again, asks the relay that promised for the place, and when the
    /// promised slot is over reads the board.
    pub async fn advance_vote(&self, id: &PollId) -> Result<VoteView, WalletError> {
        let _one_look_at_a_time = self.session().advancing.lock().await;
        let poll = self.kept_poll(id)?;
        let mut said = None;
        for row in self.ballot_rows(id)?.into_iter().filter(BallotRow::needs_work) {
            said = self.advance_ballot(&poll, row).await?.or(said);
        }
        self.vote_view(&poll, said.as_ref())
    }

    /// The receipt of the ballot that was cast last, verified again from the proof that was kept; and the header it is under.
    pub fn vote_receipt(&self, id: &PollId) -> Result<VoteReceiptView, WalletError> {
        self.session().touch()?;
        let poll = self.kept_poll(id)?;
        let rows = self.ballot_rows(id)?;
        let row = rows.iter().rev().find(|row| !row.opened && matches!(row.fate, BallotFate::Placed(_)));
        let row = row.ok_or(WalletError::Invalid { input: Input::BallotMissing })?;
        let BallotFate::Placed(kept) = &row.fate else { return Err(damaged()) };
        let header = self.check_receipt(&poll, row, kept)?;
        Ok(VoteReceiptView::new(&poll, row, kept, VerifiedMark::of(header.provenance())))
    }

    pub(crate) fn vote_view(&self, poll: &Poll, said: Option<&WalletError>) -> Result<VoteView, WalletError> {
        let registration = self.registration(&poll.id())?;
        let rows = self.ballot_rows(&poll.id())?;
        Ok(VoteView::of(poll, &registration, &rows).with_hint(said))
    }

    async fn advance_ballot(&self, poll: &Poll, row: BallotRow) -> Result<Option<WalletError>, WalletError> {
        match row.fate.clone() {
            BallotFate::Promised(promise) => self.look_for(poll, row, &promise).await,
            BallotFate::Outbox if poll.is_casting(self.session().now()) => {
                let (row, said) = self.bring(poll, row).await?;
                // A relay that takes no second ballot of this number may have brought the first: the answer was lost.
                match said {
                    Some(error @ WalletError::Refused { .. }) if !row.opened => {
                        self.hold_against_the_board(poll, row, None).await?;
                        Ok(Some(error))
                    }
                    said => Ok(said),
                }
            }
            _ => self.hold_against_the_board(poll, row, None).await.map(|()| None),
        }
    }

    /// Asks the relay, which knows ballot and address already; when the promised slot is over, the board.
    async fn look_for(
        &self,
        poll: &Poll,
        row: BallotRow,
        promise: &KeptPromise,
    ) -> Result<Option<WalletError>, WalletError> {
        match self.ask_place(poll, &row, promise.relay).await {
            Ok(Some(kept)) => {
                self.settle_ballot(row, BallotFate::Placed(Box::new(kept)))?;
                return Ok(None);
            }
            Ok(None) => {}
            Err(error @ (WalletError::Cancelled | WalletError::Locked)) => return Err(error),
            Err(error) => tracing::info!(code = error.code(), "no receipt of the relay"),
        }
        if self.announced(&poll.id()).await?.time() >= slot_end(poll, promise.slot) {
            self.hold_against_the_board(poll, row, Some(promise)).await?;
        }
        Ok(None)
    }

    /// The receipt that a relay brings, if it holds.
    async fn ask_place(
        &self,
        poll: &Poll,
        row: &BallotRow,
        relay: u8,
    ) -> Result<Option<KeptReceipt>, WalletError> {
        let client = self.relay(poll, relay).await?;
        let ledger = self.link().await?.ledger();
        let standing = client.receipt(place::ASK_RECEIPT, ledger, poll, &row.leaf).await.map_err(of_relay)?;
        let Some(Standing { receipt, proven }) = standing else { return Ok(None) };
        let proof =
            KeptProof { light_block: proven.light_block().to_bytes(), state: proven.proofs().clone() };
        let kept = KeptReceipt { receipt, proof };
        self.receipt_under(proven.header(), poll, row, &kept)?;
        Ok(Some(kept))
    }

    fn check_receipt(
        &self,
        poll: &Poll,
        row: &BallotRow,
        kept: &KeptReceipt,
    ) -> Result<VerifiedHeader, WalletError> {
        let light = self.light_client().ok_or(WalletError::Offline { can_queue: false })?;
        let header = crate::link::verify_kept(&light, &kept.proof, self.session().now())?;
        self.receipt_under(&header, poll, row, kept)?;
        Ok(header)
    }

    /// Voting key and fingerprint are what this phone knows, never what the receipt says (BALLOT-9).
    fn receipt_under(
        &self,
        header: &VerifiedHeader,
        poll: &Poll,
        row: &BallotRow,
        kept: &KeptReceipt,
    ) -> Result<(), WalletError> {
        let unverified = mapping::unverified(Subject::Receipt, Party::Relay);
        let head = head_in(header, &poll.id(), &kept.proof).ok_or(unverified.clone())?;
        let registration = self.registration(&poll.id())?;
        let whose = self.whose(poll, &registration)?;
        let verified = kept.receipt.verify(&head, &whose.voting_key, &row.leaf.fingerprint);
        verified.map_err(|_| unverified)
    }

    /// Reads the whole board and says what became of a ballot.
    async fn hold_against_the_board(
        &self,
        poll: &Poll,
        mut row: BallotRow,
        promise: Option<&KeptPromise>,
    ) -> Result<(), WalletError> {
        let registration = self.registration(&poll.id())?;
        let asked = Asked { placed: Some(row.leaf.fingerprint), earlier: None };
        let board = self.read_board(self.whose(poll, &registration)?, asked).await?;
        let now = board.snapshot.header().time();
        if let Some(fate) = standing(poll, &row, &board) {
            return self.settle_ballot(row, fate);
        }
        let closed = now >= poll.manifest().casting.until;
        match promise {
            // By the header's time the promised slot is over and everything in it was executed.
            Some(promise) if now >= slot_end(poll, promise.slot) => {
                let proof = board.snapshot.keep();
                row.breaches.push(KeptBreach { promise: promise.clone(), proof });
                let casting = poll.is_casting(now) && poll.is_casting(self.session().now());
                self.settle_ballot(row, if casting { BallotFate::Outbox } else { BallotFate::Missed })
            }
            None if closed => self.settle_ballot(row, BallotFate::Missed),
            _ => Ok(()),
        }
    }

    fn settle_ballot(&self, row: BallotRow, fate: BallotFate) -> Result<(), WalletError> {
        let poll = self.kept_poll(&row.poll)?;
        let title = poll.manifest().title.clone();
        let log = match (&fate, row.breaches.last()) {
            (BallotFate::Placed(_), _) => self.session().log(ActivityKind::BallotPlaced { title })?,
            (BallotFate::Outbox | BallotFate::Missed, Some(breach)) => {
                let relay = poll.relays().get(usize::from(breach.promise.relay)).ok_or(damaged())?;
                self.session().log(ActivityKind::PromiseBroken { relay: relay.name.clone() })?
            }
            _ => citizen_store::ChangeSet::new(),
        };
        let row = BallotRow { fate, ..row };
        let changes = record::put(record::ballot_row(&row.poll, row.sequence()), &row).and(log);
        self.session().commit(place::BALLOT_PROGRESS, changes)
    }
}

/// What the board says of a ballot, if it says anything.
fn standing(poll: &Poll, row: &BallotRow, board: &BoardRead) -> Option<BallotFate> {
    if let Some(found) = board.cast(&row.leaf.fingerprint) {
        return board.receipt(poll.id(), found).map(|kept| BallotFate::Placed(Box::new(kept)));
    }
    let overtakes = |found: &crate::vote::board::Found| found.leaf.sequence >= row.leaf.sequence;
    board.found.iter().any(overtakes).then_some(BallotFate::Overtaken)
}

/// The first second after a slot.
pub(super) fn slot_end(poll: &Poll, slot: u32) -> UnixTime {
    let manifest = poll.manifest();
    let slots = u64::from(slot).saturating_add(1);
    UnixTime::from_seconds(
        manifest.casting.from.seconds().saturating_add(manifest.slot.count().saturating_mul(slots)),
    )
}

impl Announced {
    /// Whether the board is closed.
    pub(super) fn is_closed(&self) -> bool {
        self.time() >= self.poll.manifest().casting.until
    }
}
