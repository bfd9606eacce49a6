//! Relays bring ballots. Each entry stands or falls by itself: one that another relay has brought already must not hold up its
//! neighbours.

use super::{find, signer};
use crate::component::Context;
use crate::overlay::{Overlay, Stop};
use citizen_ledger::poll::{CeremonyStanding, CountedBallot, MOST_BRANCHES, PollRecord, VoterRecord};
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{Rejection, Role, StateKey, state_key};
use citizen_primitives::{Canonical as _, Hash, Label, PollId};
use citizen_voting::ballot::{BallotStyle, Ciphertext, Encryptor, SignedBallot, VerifiedBallot, Verifier};
use citizen_voting::board::{BallotLeaf, BoardEntry, BoardLeaf, KeyStanding, SlotMark};
use citizen_voting::election::ElectionKey;
use citizen_voting::identifier::{ElectorateIndex, VotingKey};
use citizen_voting::manifest::Poll;
use citizen_voting::tally::{EncryptedTally, Tally};
use citizen_voting::token::TokenVerifier;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

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
    let mut desk =
        Desk { overlay, poll: &poll, record, slot, tallies: Tallies::new(&poll, election), stood: 0 };
    let possible = desk.sift(entries)?;
    let judged = judge(&poll, election, &possible)?;
    for (entry, judged) in possible.into_iter().zip(judged) {
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

fn judge(poll: &Poll, election: ElectionKey, entries: &[&BoardEntry]) -> Result<Vec<Option<Judged>>, Stop> {
    let tokens = TokenVerifier::new(poll).map_err(|_| Stop::Record)?;
    let mut judged: Vec<Option<Judged>> = entries.iter().map(|_| None).collect();
    let present: BTreeSet<_> =
        entries.iter().filter_map(|entry| entry.leaf().ballot().map(|ballot| ballot.electorate)).collect();
    for electorate in present {
        let style = style(poll, election, electorate)?;
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
        for ((at, _), verified) in cast.iter().zip(Verifier::new(&style).verify_batch(&ballots)) {
            if let (Some(place), Ok(verified)) = (judged.get_mut(*at), verified) {
                *place = Some(Judged::Cast(Box::new(verified)));
            }
        }
        let encryptor = Encryptor::new(&style);
        for (place, entry) in judged.iter_mut().zip(entries) {
            let BoardEntry::Spoiled(spoiled) = entry else { continue };
            let opening = &spoiled.opening;
            let is_good = opening.electorate == electorate
                && tokens.verify(electorate, &opening.voting_key, &spoiled.token).is_ok()
                && spoiled.verify_with(&encryptor).is_ok();
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
    /// The entries that could stand by all that is cheap to know: no proof is looked at for one that could not, for one that comes
    /// twice, nor beyond what one transaction may cost (STATE-12).
    fn sift<'e>(&self, entries: &'e [BoardEntry]) -> Result<Vec<&'e BoardEntry>, Stop> {
        let (mut seen, mut work) = (BTreeSet::new(), MOST_BRANCHES);
        let mut possible = Vec::new();
        let board = state_key::board(&self.poll.id());
        for entry in entries {
            let leaf = entry.leaf();
            let Some(ballot) = leaf.ballot() else { continue };
            if self.standing(&leaf, ballot)?.is_none() || self.is_marked(&board, entry, ballot)? {
                continue;
            }
            let Some(left) = work.checked_sub(self.poll.branches(ballot.electorate)) else { continue };
            if seen.insert((ballot.electorate, ballot.voting_key, ballot.sequence)) {
                work = left;
                possible.push(entry);
            }
        }
        Ok(possible)
    }

    /// What is known of the voting key before and after this ballot, if it may stand. A key that is new needs a row of every registrar
    /// that no other key has taken (VOTE-13): one registrar that signs without rows makes no voters.
    fn standing(
        &self,
        leaf: &BoardLeaf,
        ballot: &BallotLeaf,
    ) -> Result<Option<(VoterRecord, KeyStanding)>, Stop> {
        let key = state_key::voter(&self.poll.id(), ballot.electorate, &ballot.voting_key);
        let voter: VoterRecord = self.overlay.find_or_default(&key)?;
        let Ok(after) = voter.standing.after(self.poll, leaf) else { return Ok(None) };
        let counts = self.record.electorates.get(usize::from(ballot.electorate.number()));
        let counts = counts.ok_or(Stop::Record)?;
        let rows = counts.issued.iter().min().copied().unwrap_or_default();
        let has_row = !voter.standing.is_new() || counts.keys < rows;
        Ok(has_row.then_some((voter, after)))
    }

    /// Whether an element of it stands on the board already (VOTE-3). The first mark is the voting key's own.
    fn is_marked(&self, board: &StateKey, entry: &BoardEntry, ballot: &BallotLeaf) -> Result<bool, Stop> {
        for mark in marks(entry, &ballot.voting_key).iter().skip(1) {
            if self.overlay.find_mark(board, mark)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn place(&mut self, entry: &BoardEntry, judged: Judged) -> Result<(), Stop> {
        let leaf = entry.leaf();
        let Some(ballot) = leaf.ballot() else { return Ok(()) };
        let (board, marks) = (state_key::board(&self.poll.id()), marks(entry, &ballot.voting_key));
        // Since it was sifted nothing can have come but its neighbours in the transaction.
        if marks.iter().skip(1).any(|mark| self.overlay.has_marked(&board, mark)) {
            return Ok(());
        }
        let Some((mut voter, after)) = self.standing(&leaf, ballot)? else { return Ok(()) };
        self.begin_slot()?;
        let is_new = voter.standing.is_new();
        voter.standing = after;
        let place = self.overlay.append(&board, leaf.to_canonical(), entry.to_canonical(), marks)?;
        let counts = self.record.electorates.get_mut(usize::from(ballot.electorate.number()));
        let counts = counts.ok_or(Stop::Record)?;
        counts.keys = counts.keys.saturating_add(u32::from(is_new));
        match judged {
            Judged::Opened => counts.opened = counts.opened.saturating_add(1),
            Judged::Cast(verified) => {
                counts.cast = counts.cast.saturating_add(1);
                let counted = CountedBallot { place, entry: ballot.entry };
                match voter.counts.replace(counted) {
                    Some(replaced) => self.take_out(&board, ballot.electorate, replaced)?,
                    None => counts.counted = counts.counted.saturating_add(1),
                }
                self.tallies
                    .tally(self.overlay, ballot.electorate)?
                    .add(&verified)
                    .map_err(|_| Stop::Record)?;
            }
        }
        self.overlay.put(state_key::voter(&self.poll.id(), ballot.electorate, &ballot.voting_key), &voter);
        self.stood = self.stood.saturating_add(1);
        Ok(())
    }

    /// Takes a ballot that counted until now out of the sums: what was added is what stands on the board at its place.
    fn take_out(
        &mut self,
        board: &StateKey,
        electorate: ElectorateIndex,
        replaced: CountedBallot,
    ) -> Result<(), Stop> {
        let content = self.overlay.leaf_content(board, replaced.place)?.ok_or(Stop::Record)?;
        if Hash::labelled(Label::BoardEntry, &content) != replaced.entry {
            return Err(Stop::Record);
        }
        let entry = BoardEntry::from_canonical(&content).map_err(|_| Stop::Record)?;
        let tally = self.tallies.tally(self.overlay, electorate)?;
        tally.take_out(&ciphertexts(&entry)).map_err(|_| Stop::Record)
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

    /// The sums of an electorate, as they stand.
    fn tally(&mut self, overlay: &Overlay<'_>, electorate: ElectorateIndex) -> Result<&mut Tally, Stop> {
        match self.open.entry(electorate) {
            Entry::Occupied(open) => Ok(open.into_mut()),
            Entry::Vacant(closed) => {
                let kept: EncryptedTally =
                    overlay.find(&state_key::tally(&self.poll.id(), electorate))?.ok_or(Stop::Record)?;
                let style = style(self.poll, self.election, electorate)?;
                Ok(closed.insert(Tally::dangerous_restore(&style, &kept).map_err(|_| Stop::Record)?))
            }
        }
    }

    fn store(self, overlay: &mut Overlay<'_>, id: PollId) {
        for (electorate, tally) in self.open {
            overlay.put(state_key::tally(&id, electorate), &tally.encrypted());
        }
    }
}
