//! A phone that was restored from another's backup: which numbers that one used up stands on the board (BALLOT-12).

use crate::error::WalletError;
use crate::place;
use crate::record::RegistrationRow;
use crate::vote::board::{Asked, Found, Whose};
use crate::vote::review::damaged;
use crate::wallet::Wallet;
use citizen_voting::manifest::Poll;
use citizen_voting::token::voting_key;

/// How many numbers are left free for ballots of the lost phone that a relay has promised and that do not stand on the board yet: the new
/// phone's come after them, whichever arrives first.
const LEFT_FREE: u32 = 16;

impl Wallet {
    /// Reads the board once, before the first ballot of a restored phone.
    pub(super) async fn inherit(
        &self,
        poll: &Poll,
        row: RegistrationRow,
    ) -> Result<RegistrationRow, WalletError> {
        if !row.inherited {
            return Ok(row);
        }
        let board = self.read_board(self.whose(poll, &row)?, Asked::default()).await?;
        self.change_registration(place::BALLOT_NUMBERED, &row.poll, |row| {
            // Another review may have read it meanwhile, and numbered ballots since.
            if row.inherited {
                learn(row, &board.found);
            }
            Ok(())
        })
    }

    /// Under which key she votes.
    pub(super) fn whose(&self, poll: &Poll, row: &RegistrationRow) -> Result<Whose, WalletError> {
        let key = self.session().voting_key(poll.id(), row.electorate)?;
        let voting_key = voting_key(&key).ok_or(damaged())?;
        Ok(Whose { poll: poll.id(), electorate: row.electorate, voting_key })
    }
}

fn learn(row: &mut RegistrationRow, found: &[Found]) {
    let highest = found.iter().map(|found| found.leaf.sequence.number()).max().unwrap_or_default();
    let opened = found.iter().filter(|found| found.opened).count();
    row.numbered = row.numbered.max(highest.saturating_add(LEFT_FREE));
    row.opened = row.opened.max(u8::try_from(opened).unwrap_or(u8::MAX));
    row.cast_before = found.iter().any(|found| !found.opened);
    row.inherited = false;
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::{Hash, PollId};
    use citizen_voting::ballot::Fingerprint;
    use citizen_voting::board::BallotLeaf;
    use citizen_voting::{ElectorateIndex, Sequence, VotingKey};

    fn found(number: u32, opened: bool) -> Found {
        let leaf = BallotLeaf {
            electorate: ElectorateIndex::new(0),
            voting_key: VotingKey::from_bytes([1; 32]),
            sequence: Sequence::new(number),
            fingerprint: Fingerprint::from_hash(Hash::from_bytes([2; 32])),
            entry: Hash::from_bytes([3; 32]),
        };
        Found { index: 7, slot: Some(1), opened, leaf }
    }

    #[test]
    fn ballot_12_a_restored_phone_numbers_its_ballots_after_those_that_were_cast_and_those_that_were_opened()
    {
        let mut row = RegistrationRow::new(PollId::from_bytes([1; 32]), ElectorateIndex::new(0), 3, true);
        learn(&mut row, &[found(1, true), found(4, false), found(9, true)]);
        assert!(row.numbered >= 9 && row.cast_before && !row.inherited);
        assert_eq!(row.opened, 2);
        let mut fresh = RegistrationRow::new(PollId::from_bytes([1; 32]), ElectorateIndex::new(0), 3, true);
        learn(&mut fresh, &[]);
        assert!(!fresh.cast_before && fresh.numbered > 0, "the lost phone may have been promised one");
    }
}
