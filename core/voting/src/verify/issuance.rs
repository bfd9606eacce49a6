//! How many tokens there can be: the rows of the issuance log, held against rolls and voting keys (VOTE-13, VOTE-51).

use super::census::Census;
use super::report::{CheckName, FailureReason, Findings};
use super::sieve::Sieve;
use super::{Effort, LogReader, PollAnchor, at};
use crate::board::LogHead;
use crate::issuance::IssuanceRow;
use crate::manifest::Poll;
use citizen_merkle::{Frontier, leaf_hash};
use citizen_primitives::Canonical as _;

/// How many rows there are, by registrar and electorate.
#[derive(Debug)]
pub(super) struct Rows(Vec<Vec<u64>>);

/// Reads the log.
pub(super) fn read<R: LogReader>(
    poll: &Poll,
    anchor: &PollAnchor,
    log: &mut R,
    effort: Effort,
    findings: &mut Findings,
) -> Result<Rows, R::Error> {
    let mut rows = Rows(vec![vec![0; poll.manifest().electorates.len()]; poll.registrars().len()]);
    let mut sieve: Sieve<()> = Sieve::new(anchor.issuance.root, anchor.issuance.count, effort);
    for reading in 0..sieve.readings() {
        sieve.begin(reading);
        log.restart()?;
        let mut frontier = Frontier::new();
        while frontier.count() <= anchor.issuance.count {
            let Some(bytes) = log.next_entry()? else { break };
            let index = frontier.count();
            frontier.append(leaf_hash(&bytes));
            let row = IssuanceRow::from_canonical(&bytes).map_err(|_| FailureReason::Malformed);
            let row = row.and_then(|row| rows.place(&row, reading == 0).map(|()| row));
            if reading == 0 {
                findings.note(
                    CheckName::IssuanceLog,
                    Some(index),
                    row.as_ref().map(drop).map_err(Clone::clone),
                );
            }
            if let Ok(row) = row {
                once(&mut sieve, &row, index, findings);
            }
        }
        let count = frontier.count();
        let same = LogHead::of(&frontier) == anchor.issuance;
        if reading == 0 || !same {
            let result = if same { Ok(()) } else { Err(FailureReason::AnotherLog { count }) };
            findings.note(CheckName::IssuanceLog, None, result);
        }
    }
    Ok(rows)
}

/// No second row of one registrar for one person.
fn once(sieve: &mut Sieve<()>, row: &IssuanceRow, index: u64, findings: &mut Findings) {
    let IssuanceRow { registrar, electorate, voter, blinded: _ } = row;
    let Some(mark) = sieve.mark(*registrar, electorate.number(), voter.as_bytes()) else { return };
    let result =
        if sieve.is_new(mark) { Ok(()) } else { Err(FailureReason::IssuedTwice { registrar: *registrar }) };
    findings.note(CheckName::IssuedOnce, Some(index), result);
}

/// Voting keys ≤ rows ≤ roll, for each registrar and electorate: one honest registrar bounds what all others do (VOTE-13).
pub(super) fn bounds(poll: &Poll, rows: &Rows, census: &Census, findings: &mut Findings) {
    for (registrar, of_electorates) in (0..=u8::MAX).zip(&rows.0) {
        for ((electorate, announced), rows) in poll.electorates().zip(of_electorates) {
            let (keys, roll) = (census.keys(electorate), announced.roll_size);
            let rows = *rows;
            let result = if keys > rows {
                Err(FailureReason::MoreKeysThanRows { electorate, registrar, keys, rows })
            } else if rows > u64::from(roll) {
                Err(FailureReason::MoreRowsThanPeople { electorate, registrar, rows, roll })
            } else {
                Ok(())
            };
            findings.note(CheckName::Issued, None, result);
        }
    }
}

impl Rows {
    /// Counts a row, if its registrar and its electorate exist.
    fn place(&mut self, row: &IssuanceRow, counts: bool) -> Result<(), FailureReason> {
        let of_registrar = self.0.get_mut(usize::from(row.registrar));
        let count = of_registrar.and_then(|electorates| electorates.get_mut(at(row.electorate)));
        let count = count.ok_or(FailureReason::NoSuchRegistrar)?;
        *count = count.saturating_add(u64::from(counts));
        Ok(())
    }
}
