//! Relays bring ballots. Each entry stands or falls by itself: one that another relay has brought already must not hold up its
//! neighbours.

use super::{find, signer};
use crate::component::Context;
use crate::overlay::{Overlay, Stop};
use citizen_ledger::poll::{CeremonyStanding, CountedBallot, PollRecord, VoterRecord};
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{Rejection, Role, state_key};
use citizen_primitives::{Canonical as _, Hash, PollId};
use citizen_voting::ballot::{BallotStyle, Ciphertext, SignedBallot, VerifiedBallot, Verifier};
use citizen_voting::board::{BoardEntry, SlotMark};
use citizen_voting::election::ElectionKey;
use citizen_voting::identifier::{ElectorateIndex, VotingKey};
use citizen_voting::manifest::Poll;
use citizen_voting::tally::{EncryptedTally, Tally};
use citizen_voting::token::TokenVerifier;
use std::collections::BTreeMap;

/// Puts on the board what may stand there.
pub(super) fn bring(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    id: PollId,
    entries: &[BoardEntry],
) -> Result<(), Stop> {
    let key = signer(overlay, context, transaction, Role::Relay)?;
    let (poll, record) = find(overlay, id)?;
    if poll.relays().iter().all(|relay| relay.signing != key) {
        return Err(Rejection::NotAllowed.into());
    }
    let CeremonyStanding::Done(election) = record.ceremony else { return Err(Rejection::PollTime.into()) };
    let slot = poll.slot_at(context.time).ok_or(Rejection::PollTime)?;
    let judged = judge(&poll, election, entries)?;
    let mut desk =
        Desk { overlay, poll: &poll, record, slot, tallies: Tallies::new(&poll, election), stood: 0 };
    for (entry, judged) in entries.iter().zip(judged) {
        if let Some(judged) = judged {
            desk.place(entry, judged)?;
        }
    }
    let Desk { record, tallies, stood, .. } = desk;
    if stood == 0 {
        return Err(Rejection::Board.into());
    }
    tallies.store(overlay, id);
    overlay.put(state_key::poll(&id), &record);
    Ok(())
}

/// What proofs, signatures and tokens are worth: nothing for an entry that fails by itself.
enum Judged {
    Cast(Box<VerifiedBallot>),
    Opened,
}

fn judge(poll: &Poll, election: ElectionKey, entries: &[BoardEntry]) -> Result<Vec<Option<Judged>>, Stop> {
    let tokens = TokenVerifier::new(poll).map_err(|_| Stop::Record)?;
    let mut judged: Vec<Option<Judged>> = entries.iter().map(|_| None).collect();
    for (electorate, _) in poll.electorates() {
        let style = style(poll, election, electorate)?;
        let verifier = Verifier::new(&style);
        let cast: Vec<(usize, &SignedBallot)> = (0..)
            .zip(entries)
            .filter_map(|(at, entry)| match entry {
                BoardEntry::Cast(cast) if cast.ballot.ballot.electorate == electorate => {
                    let key = &cast.ballot.ballot.voting_key;
                    tokens.verify(electorate, key, &cast.token).is_ok().then_some((at, &cast.ballot))
                }
                BoardEntry::Slot(_) | BoardEntry::Cast(_) | BoardEntry::Spoiled(_) => None,
            })
            .collect();
        let ballots: Vec<SignedBallot> = cast.iter().map(|(_, ballot)| (*ballot).clone()).collect();
        for ((at, _), verified) in cast.iter().zip(verifier.verify_batch(&ballots)) {
            if let (Some(place), Ok(verified)) = (judged.get_mut(*at), verified) {
                *place = Some(Judged::Cast(Box::new(verified)));
            }
        }
        for (place, entry) in judged.iter_mut().zip(entries) {
            let BoardEntry::Spoiled(spoiled) = entry else { continue };
            let opening = &spoiled.opening;
            let is_good = opening.electorate == electorate
                && tokens.verify(electorate, &opening.voting_key, &spoiled.token).is_ok()
                && spoiled.verify(&style).is_ok();
            if is_good {
                *place = Some(Judged::Opened);
            }
        }
    }
    Ok(judged)
}

fn style(poll: &Poll, election: ElectionKey, electorate: ElectorateIndex) -> Result<BallotStyle, Stop> {
    BallotStyle::new(poll.id(), electorate, election, poll.rules(electorate)).map_err(|_| Stop::Record)
}

/// Where entries that are good by themselves are held against what stands on the board.
struct Desk<'a, 'o, 'b> {
    overlay: &'a mut Overlay<'o>,
    poll: &'b Poll,
    record: PollRecord,
    slot: u32,
    tallies: Tallies<'b>,
    stood: usize,
}

impl Desk<'_, '_, '_> {
    fn place(&mut self, entry: &BoardEntry, judged: Judged) -> Result<(), Stop> {
        let leaf = entry.leaf();
        let Some(ballot) = leaf.ballot().copied() else { return Ok(()) };
        let id = self.poll.id();
        let voter_key = state_key::voter(&id, ballot.electorate, &ballot.voting_key);
        let mut voter: VoterRecord = self.overlay.find_or_default(&voter_key)?;
        let Ok(standing) = voter.standing.after(self.poll, &leaf) else { return Ok(()) };
        let (board, marks) = (state_key::board(&id), marks(entry, &ballot.voting_key));
        // An element that stands on the board may not stand there again (VOTE-3). The first mark is the voting key's own.
        for mark in marks.iter().skip(1) {
            if self.overlay.find_mark(&board, mark)?.is_some() {
                return Ok(());
            }
        }
        self.begin_slot()?;
        voter.standing = standing;
        let place = self.overlay.append(&board, leaf.to_canonical(), entry.to_canonical(), marks)?;
        let counted = self.record.electorates.get_mut(usize::from(ballot.electorate.number()));
        let counted = counted.ok_or(Stop::Record)?;
        match judged {
            Judged::Opened => counted.opened = counted.opened.saturating_add(1),
            Judged::Cast(verified) => {
                counted.cast = counted.cast.saturating_add(1);
                if voter.counts.is_none() {
                    counted.counted = counted.counted.saturating_add(1);
                }
                let contests = ciphertexts(entry);
                self.tallies.count(self.overlay, &verified, voter.counts.take())?;
                voter.counts = Some(CountedBallot { place, contests });
            }
        }
        self.overlay.put(voter_key, &voter);
        self.stood = self.stood.saturating_add(1);
        Ok(())
    }

    /// The first entry of a slot has the slot's mark before it.
    fn begin_slot(&mut self) -> Result<(), Stop> {
        if self.record.slot.slot == Some(self.slot) {
            return Ok(());
        }
        let mark = SlotMark { slot: self.slot };
        self.record.slot.begin(self.poll, mark).map_err(|_| Rejection::PollTime)?;
        let entry = BoardEntry::Slot(mark);
        let board = state_key::board(&self.poll.id());
        self.overlay.append(&board, entry.leaf().to_canonical(), entry.to_canonical(), Vec::new())?;
        Ok(())
    }
}

/// By what an entry is found: its voting key, and, if it was cast, every element of it.
fn marks(entry: &BoardEntry, key: &VotingKey) -> Vec<[u8; 32]> {
    let own = *Hash::plain(&[b"voting key", key.as_bytes()]).as_bytes();
    let elements = ciphertexts(entry).into_iter().flatten().flat_map(|cell| [cell.a, cell.b]);
    [own].into_iter().chain(elements.map(|element| *element.as_bytes())).collect()
}

fn ciphertexts(entry: &BoardEntry) -> Vec<Vec<Ciphertext>> {
    match entry {
        BoardEntry::Cast(cast) => {
            cast.ballot.ballot.contests.iter().map(|contest| contest.ciphertexts.clone()).collect()
        }
        BoardEntry::Slot(_) | BoardEntry::Spoiled(_) => Vec::new(),
    }
}

/// The sums of the electorates that a batch touches.
struct Tallies<'b> {
    poll: &'b Poll,
    election: ElectionKey,
    open: BTreeMap<ElectorateIndex, Tally>,
}

impl<'b> Tallies<'b> {
    const fn new(poll: &'b Poll, election: ElectionKey) -> Self {
        Self { poll, election, open: BTreeMap::new() }
    }

    /// Adds a ballot and takes out the one that it replaces.
    fn count(
        &mut self,
        overlay: &Overlay<'_>,
        ballot: &VerifiedBallot,
        replaced: Option<CountedBallot>,
    ) -> Result<(), Stop> {
        let electorate = ballot.electorate();
        if !self.open.contains_key(&electorate) {
            let kept: EncryptedTally =
                overlay.find(&state_key::tally(&self.poll.id(), electorate))?.ok_or(Stop::Record)?;
            let style = style(self.poll, self.election, electorate)?;
            self.open.insert(electorate, Tally::dangerous_restore(&style, &kept).map_err(|_| Stop::Record)?);
        }
        let tally = self.open.get_mut(&electorate).ok_or(Stop::Record)?;
        if let Some(replaced) = replaced {
            tally.take_out(&replaced.contests).map_err(|_| Stop::Record)?;
        }
        tally.add(ballot).map_err(|_| Stop::Record)
    }

    fn store(self, overlay: &mut Overlay<'_>, id: PollId) {
        for (electorate, tally) in self.open {
            overlay.put(state_key::tally(&id, electorate), &tally.encrypted());
        }
    }
}
