//! Reading the board from its beginning to its end, and checking what stands on it.

use super::census::Census;
use super::report::{CheckName, FailureReason, Findings};
use super::{Effort, LogReader, PollAnchor, Progress, at};
use crate::ballot::{BallotError, BallotStyle, Encryptor, SignedBallot, VerifiedBallot, Verifier};
use crate::board::{BoardEntry, BoardLeaf, LogHead};
use crate::election::Election;
use crate::identifier::{ElectorateIndex, VotingKey};
use crate::manifest::Poll;
use crate::spoil::{OpeningError, SpoiledBallot};
use crate::tally::Tally;
use crate::token::{Token, TokenError, TokenVerifier};
use citizen_merkle::{Frontier, leaf_hash};
use citizen_primitives::Canonical as _;
use std::thread;

/// A board that is read several times.
pub(super) struct Reading<'a> {
    poll: &'a Poll,
    anchor: LogHead,
    effort: Effort,
    progress: &'a mut dyn FnMut(Progress),
    read: u64,
    total: u64,
}

/// What ballots are checked with.
struct Checker<'a> {
    tokens: TokenVerifier,
    encryptors: Vec<Encryptor<'a>>,
    verifiers: Vec<Verifier<'a>>,
}

/// What was found out about an entry.
struct Verdict {
    index: u64,
    token: Result<(), TokenError>,
    ballot: Result<VerifiedBallot, BallotError>,
}

/// What was found out about an opened ballot.
struct OpeningVerdict {
    index: u64,
    token: Result<(), TokenError>,
    opening: Result<(), OpeningError>,
}

type Verdicts = (Vec<Verdict>, Vec<OpeningVerdict>);

impl<'a> Reading<'a> {
    pub(super) fn new(
        poll: &'a Poll,
        anchor: &PollAnchor,
        effort: Effort,
        progress: &'a mut dyn FnMut(Progress),
    ) -> Self {
        Self { poll, anchor: anchor.board, effort, progress, read: 0, total: 0 }
    }

    pub(super) const fn poll(&self) -> &'a Poll {
        self.poll
    }

    pub(super) const fn anchor(&self) -> LogHead {
        self.anchor
    }

    pub(super) const fn effort(&self) -> Effort {
        self.effort
    }

    /// How many readings there will be.
    pub(super) const fn announce(&mut self, readings: u64) {
        self.total = self.anchor.count.saturating_mul(readings);
    }

    /// Reads all entries; in the first reading it is noted whether they are what the ledger's state holds, and later only that
    /// they are not.
    pub(super) fn each<R: LogReader>(
        &mut self,
        board: &mut R,
        findings: &mut Findings,
        first: bool,
        mut entry: impl FnMut((u64, BoardEntry, BoardLeaf), &mut Findings),
    ) -> Result<(), R::Error> {
        board.restart()?;
        let mut frontier = Frontier::new();
        while frontier.count() <= self.anchor.count {
            let Some(bytes) = board.next_entry()? else { break };
            let index = frontier.count();
            let read = BoardEntry::from_canonical(&bytes).map(|entry| (entry.leaf(), entry));
            // What cannot be read stands for itself: its leaf is nobody's, and the root will be another.
            let leaf = read.as_ref().map_or_else(|_| leaf_hash(&bytes), |(leaf, _)| leaf.hash());
            frontier.append(leaf);
            if first {
                let readable = read.as_ref().map(drop).map_err(|_| FailureReason::Malformed);
                findings.note(CheckName::Entries, Some(index), readable);
            }
            if let Ok((leaf, read)) = read {
                entry((index, read, leaf), findings);
            }
            self.advance();
        }
        let same = LogHead::of(&frontier) == self.anchor;
        if first || !same {
            let changed = FailureReason::AnotherLog { count: frontier.count() };
            findings.note(CheckName::BoardLog, None, if same { Ok(()) } else { Err(changed) });
        }
        Ok(())
    }

    /// The last reading: tokens, ballots, openings; and the sums over what counts, by electorate.
    pub(super) fn ballots<R: LogReader>(
        &mut self,
        election: &Election,
        census: &Census,
        board: &mut R,
        findings: &mut Findings,
    ) -> Result<Vec<Tally>, R::Error> {
        let styles: Vec<BallotStyle> = self.poll.styles(&election.key);
        let mut tallies: Vec<Tally> = styles.iter().map(Tally::new).collect();
        let Ok(tokens) = TokenVerifier::new(self.poll) else {
            findings.note(CheckName::Tokens, None, Err(FailureReason::NotChecked));
            return Ok(tallies);
        };
        let verifiers = styles.iter().map(Verifier::new).collect();
        let encryptors = styles.iter().map(Encryptor::new).collect();
        let checker = Checker { tokens, encryptors, verifiers };
        let size = self.effort.batch.saturating_mul(self.effort.threads).get();
        let threads = self.effort.threads.get();
        let mut waiting = Vec::with_capacity(size);
        self.each(board, findings, false, |(index, entry, _), findings| {
            waiting.push((index, entry));
            if waiting.len() >= size {
                let verdicts = checker.check(std::mem::take(&mut waiting), threads);
                note(verdicts, census, &mut tallies, findings);
            }
        })?;
        note(checker.check(waiting, threads), census, &mut tallies, findings);
        Ok(tallies)
    }

    fn advance(&mut self) {
        self.read = self.read.saturating_add(1);
        if self.read.is_multiple_of(1024) || self.read == self.total {
            (self.progress)(Progress { read: self.read, total: self.total });
        }
    }
}

fn note((ballots, openings): Verdicts, census: &Census, tallies: &mut [Tally], findings: &mut Findings) {
    for Verdict { index, token, ballot } in ballots {
        findings.note(CheckName::Tokens, Some(index), token);
        let repeats = census.repeats(index);
        let unique = if repeats { Err(FailureReason::RepeatedCiphertext) } else { Ok(()) };
        findings.note(CheckName::Ciphertexts, Some(index), unique);
        findings.note(CheckName::Ballots, Some(index), ballot.as_ref().map(drop).map_err(|error| *error));
        let Ok(ballot) = ballot else { continue };
        if census.counts(index)
            && let Some(tally) = tallies.get_mut(at(ballot.electorate()))
        {
            // A ballot of this style always fits its tally.
            let _ = tally.add(&ballot);
        }
    }
    for OpeningVerdict { index, token, opening } in openings {
        findings.note(CheckName::Tokens, Some(index), token);
        findings.note(CheckName::Openings, Some(index), opening);
    }
}

impl Checker<'_> {
    /// Checks entries in as many threads as wanted.
    fn check(&self, entries: Vec<(u64, BoardEntry)>, threads: usize) -> Verdicts {
        let part = entries.len().div_ceil(threads.max(1)).max(1);
        let mut parts = Vec::new();
        let mut rest = entries;
        while rest.len() > part {
            let tail = rest.split_off(part);
            parts.push(std::mem::replace(&mut rest, tail));
        }
        if parts.is_empty() {
            return self.check_part(rest);
        }
        parts.push(rest);
        let mut verdicts = (Vec::new(), Vec::new());
        thread::scope(|scope| {
            let workers: Vec<_> =
                parts.into_iter().map(|part| scope.spawn(move || self.check_part(part))).collect();
            for worker in workers {
                // A worker that panicked must not look like one that found nothing.
                let (ballots, openings) =
                    worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                verdicts.0.extend(ballots);
                verdicts.1.extend(openings);
            }
        });
        verdicts
    }

    fn check_part(&self, entries: Vec<(u64, BoardEntry)>) -> Verdicts {
        let mut by_electorate: Vec<(Vec<_>, Vec<SignedBallot>)> =
            self.verifiers.iter().map(|_| (Vec::new(), Vec::new())).collect();
        let mut verdicts = (Vec::new(), Vec::new());
        for (index, entry) in entries {
            match entry {
                BoardEntry::Slot(_) => {}
                BoardEntry::Spoiled(spoiled) => verdicts.1.push(self.opening(index, &spoiled)),
                BoardEntry::Cast(cast) => {
                    let ballot = &cast.ballot.ballot;
                    let token = self.token(ballot.electorate, &ballot.voting_key, &cast.token);
                    match by_electorate.get_mut(at(ballot.electorate)) {
                        Some((places, ballots)) => {
                            places.push((index, token));
                            ballots.push(cast.ballot);
                        }
                        None => {
                            let ballot = Err(BallotError::AnotherElectorate);
                            verdicts.0.push(Verdict { index, token, ballot });
                        }
                    }
                }
            }
        }
        for (verifier, (places, ballots)) in self.verifiers.iter().zip(by_electorate) {
            let checked = verifier.verify_batch(&ballots);
            let of_ballots = places.into_iter().zip(checked);
            verdicts.0.extend(of_ballots.map(|((index, token), ballot)| Verdict { index, token, ballot }));
        }
        verdicts
    }

    fn opening(&self, index: u64, spoiled: &SpoiledBallot) -> OpeningVerdict {
        let opening = &spoiled.opening;
        let token = self.token(opening.electorate, &opening.voting_key, &spoiled.token);
        let encryptor = self.encryptors.get(at(opening.electorate));
        let opening = encryptor.map_or(Err(OpeningError::AnotherStyle), |one| spoiled.verify_with(one));
        OpeningVerdict { index, token, opening }
    }

    fn token(&self, electorate: ElectorateIndex, key: &VotingKey, token: &Token) -> Result<(), TokenError> {
        self.tokens.verify(electorate, key, token)
    }
}
