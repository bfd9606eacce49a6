//! Cast: the ballot is on the disk before it leaves, and goes to a relay that learns nothing about whose it is (BALLOT-6, BALLOT-7).

use crate::error::WalletError;
use crate::place;
use crate::record::{self, ActivityKind, BallotFate, BallotRow, KeptPromise};
use crate::view::VoteView;
use crate::vote::check::ballot_row;
use crate::vote::reach::of_relay;
use crate::vote::review::{BallotReview, damaged, too_late};
use crate::wallet::Wallet;
use citizen_primitives::order::sort_by_key;
use citizen_primitives::{Canonical as _, PollId, Seconds};
use citizen_voting::manifest::Poll;
use citizen_voting::relay::shuffle;
use citizen_voting::{BoardEntry, CastBallot, Sequence, SignedBallot};

/// How long a ballot may be on its way: a relay's slot is that in which it arrives.
const ON_THE_WAY: Seconds = Seconds::new(10);

impl Wallet {
    /// Casts a ballot. What was chosen and the ballot's seed are wiped before anything leaves and are nowhere on the disk (BALLOT-8).
    ///
    /// The answer says whether a relay has promised to bring it to the board; without a promise it lies in the outbox, and
    /// [`Wallet::advance_vote`] or [`Wallet::sync`] takes the same bytes to the relays again.
    pub async fn cast_ballot(&self, review: BallotReview) -> Result<VoteView, WalletError> {
        self.session().touch()?;
        let _one_at_a_time = self.session().approving.lock().await;
        let BallotReview { view: _, plan } = review;
        let poll = plan.poll;
        let id = poll.id();
        let registration = self.registration(&id)?;
        self.must_be_allowed_to_cast(&poll, &registration)?;
        let now = self.session().now();
        if !poll.is_casting(now) {
            return Err(too_late());
        }
        let key = self.session().voting_key(id, registration.electorate)?;
        let ballot = SignedBallot::sign(plan.ballot, &key);
        drop((plan.seed, plan.choices));
        let entry = BoardEntry::Cast(CastBallot { ballot, token: plan.token });
        let row = ballot_row(&entry, id, now).ok_or(damaged())?;
        let log = self.session().log(ActivityKind::BallotCast { title: poll.manifest().title.clone() })?;
        let changes = record::put(record::ballot_row(&id, row.sequence()), &row).and(log);
        self.session().commit(place::OUTBOX_BALLOT, changes)?;
        let _one_look_at_a_time = self.session().advancing.lock().await;
        // A synchronisation may have brought it further meanwhile.
        let row = self.ballot_row(&id, row.sequence())?;
        let (_, said) = self.bring(&poll, row).await?;
        self.vote_view(&poll, said.as_ref())
    }

    pub(super) fn ballot_row(&self, id: &PollId, sequence: Sequence) -> Result<BallotRow, WalletError> {
        let row: Option<BallotRow> = self.session().load(&record::ballot_row(id, sequence))?;
        row.ok_or(damaged())
    }

    /// Takes a ballot that nobody has promised to bring to one relay after the other, the same bytes to each, in an order that is drawn:
    /// those that broke a promise about it come last. With it comes what the last one said that gave none.
    pub(super) async fn bring(
        &self,
        poll: &Poll,
        mut row: BallotRow,
    ) -> Result<(BallotRow, Option<WalletError>), WalletError> {
        if row.fate != BallotFate::Outbox {
            return Ok((row, None));
        }
        let entry = BoardEntry::from_canonical(&row.entry).map_err(|_| damaged())?;
        let mut said = None;
        for relay in self.relays_in_order(poll, &row)? {
            match self.hand_over(poll, relay, &entry).await {
                Ok(promise) => {
                    row.fate = BallotFate::Promised(promise);
                    let changes = record::put(record::ballot_row(&row.poll, row.sequence()), &row);
                    self.session().commit(place::BALLOT_PROMISED, changes)?;
                    return Ok((row, None));
                }
                Err(error @ (WalletError::Cancelled | WalletError::Locked)) => return Err(error),
                Err(error) => {
                    tracing::info!(code = error.code(), relay, "no promise");
                    said = Some(error);
                }
            }
        }
        Ok((row, said.or(Some(WalletError::Offline { can_queue: true }))))
    }

    /// One relay, over a connection of its own. A promise that does not verify is none.
    async fn hand_over(
        &self,
        poll: &Poll,
        relay: u8,
        entry: &BoardEntry,
    ) -> Result<KeptPromise, WalletError> {
        let client = self.relay(poll, relay).await?;
        let now = self.session().now();
        let slot = poll.slot_at(now.plus(ON_THE_WAY)).or_else(|| poll.slot_at(now)).ok_or(too_late())?;
        let promised = client.hand_over(place::SEND_BALLOT, poll, slot, entry).await.map_err(of_relay)?;
        Ok(KeptPromise { relay, slot: promised.promise.slot, signed: promised.signed })
    }

    /// In an order that is drawn, but for two: the relay that has an earlier ballot of hers on its way comes first, since two relays
    /// bring theirs at once and the later number may overtake the earlier; those that broke a promise about this ballot come last.
    fn relays_in_order(&self, poll: &Poll, row: &BallotRow) -> Result<Vec<u8>, WalletError> {
        let broke = |relay: u8| row.breaches.iter().any(|breach| breach.promise.relay == relay);
        let slot = poll.slot_at(self.session().now()).unwrap_or(u32::MAX);
        let rows = self.ballot_rows(&row.poll)?;
        let promises = rows.iter().filter_map(BallotRow::promise);
        let on_their_way: Vec<u8> =
            promises.filter(|promise| promise.slot >= slot).map(|promise| promise.relay).collect();
        let mut relays: Vec<u8> = (0..=u8::MAX).zip(poll.relays()).map(|(number, _)| number).collect();
        shuffle(&mut relays, &mut *self.session().rng());
        sort_by_key(&mut relays, |relay| (broke(*relay), !on_their_way.contains(relay)));
        Ok(relays)
    }
}
