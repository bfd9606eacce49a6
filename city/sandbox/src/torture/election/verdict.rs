//! What must be the case when a poll's run is over (TORTURE-7).

use super::office::REWARD;
use crate::torture::facts::{FactError, Noticed, read};
use crate::torture::verdict::{Breach, judge_machine};
use crate::torture::world::World;
use citizen_coin::AccountRecord;
use citizen_ledger::poll::{ElectorateRecord, PollRecord};
use citizen_ledger::state_key;
use citizen_primitives::{AccountId, PollId};

/// The smallest turnout that is opened.
const TURNOUT: u32 = 20;

/// What is the case.
#[derive(Debug, Clone, Default)]
pub struct VoteFacts {
    /// Whether the trustees have made a key.
    pub has_key: bool,
    /// How many others have voted.
    pub crowd: u32,
    /// What the ledger counts.
    pub record: Option<ElectorateRecord>,
    /// Points that she has got since.
    pub rewarded: u64,
    /// Her phone, if it came back.
    pub phone: Option<VoterFact>,
    /// Whether nobody was killed.
    pub is_quiet: bool,
    /// What was noticed on the way.
    pub noticed: Noticed,
}

/// What her phone says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VoterFact {
    /// Whether all registrars have signed.
    pub is_registered: bool,
    /// How her vote stands.
    pub state: &'static str,
    /// How many ballots she has cast.
    pub casts: u32,
    /// How many she has opened.
    pub opened: u32,
    /// Whether it has a receipt that verifies.
    pub has_receipt: bool,
    /// Whether the ballot that stands counts, by the whole board.
    pub counts: Option<bool>,
    /// Whether the reward was redeemed.
    pub is_redeemed: bool,
}

/// A poll as the ledger has it.
pub fn record_of(world: &World, id: &PollId) -> Result<Option<PollRecord>, FactError> {
    read(world, &state_key::poll(id))
}

/// The points of an account.
pub fn points_of(world: &World, account: &AccountId) -> Result<u64, FactError> {
    let record: Option<AccountRecord> = read(world, &state_key::account(account))?;
    Ok(record.ok_or(FactError::Missing("an account's record"))?.lots.total()?.amount())
}

/// Everything that does not hold.
#[must_use]
pub fn judge(facts: &VoteFacts) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let odd = |holds: bool, what: &'static str| {
        (!holds).then(|| Breach::Odd { what, of: format!("{:?} {:?}", facts.record, facts.phone) })
    };
    if let Some(record) = &facts.record {
        breaches.extend(judge_board(facts, record).into_iter().filter_map(|(what, holds)| odd(holds, what)));
        if let Some(phone) = &facts.phone {
            let said = judge_phone(facts, record, phone);
            breaches.extend(said.into_iter().filter_map(|(what, holds)| odd(holds, what)));
        }
    } else {
        breaches.extend(odd(false, "a poll that is not there"));
    }
    judge_machine(&facts.noticed, &mut breaches);
    breaches
}

type Rules = Vec<(&'static str, bool)>;

/// What the ledger alone says: she counts once or not at all.
fn judge_board(facts: &VoteFacts, record: &ElectorateRecord) -> Rules {
    let VoteFacts { crowd, rewarded, has_key, .. } = facts;
    let hers = record.counted.saturating_sub(*crowd);
    vec![
        ("more than one ballot counts", record.counted >= *crowd && hers <= 1),
        ("more than one voting key", record.keys <= crowd.saturating_add(1)),
        ("a registrar signed twice", record.issued.iter().all(|rows| *rows <= crowd.saturating_add(1))),
        ("a ballot without a key", *has_key || (record.cast == 0 && record.opened == 0)),
        ("opened too often", record.opened <= 1),
        ("sums that are not open, or too few are", record.result.is_some() == (record.counted >= TURNOUT)),
        ("rewarded twice, or for nothing", *rewarded == 0 || (*rewarded == REWARD && hers == 1)),
    ]
}

/// What the phone says, against the ledger.
fn judge_phone(facts: &VoteFacts, record: &ElectorateRecord, phone: &VoterFact) -> Rules {
    let VoteFacts { crowd, rewarded, is_quiet, has_key, .. } = facts;
    let (hers, cast) = (record.counted.saturating_sub(*crowd), record.cast.saturating_sub(*crowd));
    let is_placed = phone.state == "placed";
    let all_rows = record.issued.iter().all(|rows| *rows == crowd.saturating_add(1));
    vec![
        ("a ballot on the screen that does not count", !is_placed || hers == 1),
        ("a receipt without a ballot, or none", phone.has_receipt == (hers == 1)),
        ("the board says otherwise", phone.counts.is_none_or(|counts| counts)),
        ("ballots that she never cast", cast <= phone.casts && record.opened <= phone.opened),
        ("registered without rows", !phone.is_registered || all_rows),
        ("redeemed, and not granted", phone.is_redeemed == (*rewarded == REWARD)),
        ("a quiet run without a vote", !is_quiet || (is_placed && *has_key)),
        ("a quiet run without a reward", !is_quiet || *crowd == 0 || *rewarded == REWARD),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> VoteFacts {
        let record = ElectorateRecord {
            issued: vec![51, 51],
            keys: 51,
            counted: 51,
            cast: 52,
            opened: 1,
            result: Some(citizen_ledger::poll::ElectorateResult { counted: 51, contests: Vec::new() }),
        };
        let phone = VoterFact {
            is_registered: true,
            state: "placed",
            casts: 2,
            opened: 1,
            has_receipt: true,
            counts: Some(true),
            is_redeemed: true,
        };
        VoteFacts {
            has_key: true,
            crowd: 50,
            record: Some(record),
            rewarded: REWARD,
            phone: Some(phone),
            is_quiet: true,
            noticed: Noticed::default(),
        }
    }

    #[test]
    fn torture_7_a_vote_that_is_not_as_it_must_be_is_seen() {
        assert_eq!(judge(&good()), []);
        let sees = |change: fn(&mut ElectorateRecord, &mut VoterFact, &mut u64), wanted: &str| {
            let mut facts = good();
            let (record, phone) = (facts.record.as_mut().unwrap(), facts.phone.as_mut().unwrap());
            change(record, phone, &mut facts.rewarded);
            let found = judge(&facts);
            assert!(found.iter().any(|breach| breach.to_string().contains(wanted)), "{wanted}: {found:?}");
        };
        sees(|record, _, _| record.counted = 52, "more than one ballot counts");
        sees(|record, _, _| record.counted = 49, "more than one ballot counts");
        sees(|record, _, _| record.counted = 50, "does not count");
        sees(|record, _, _| record.keys = 52, "more than one voting key");
        sees(|record, _, _| record.issued[1] = 52, "signed twice");
        sees(|record, _, _| record.issued[1] = 50, "registered without rows");
        sees(|record, _, _| record.opened = 2, "opened too often");
        sees(|record, _, _| record.result = None, "not open");
        sees(|record, _, _| record.cast = 53, "never cast");
        sees(|_, phone, _| phone.state = "promised", "without a vote");
        sees(|_, phone, _| phone.has_receipt = false, "a receipt without");
        sees(|_, phone, _| phone.counts = Some(false), "otherwise");
        sees(|_, phone, _| phone.is_redeemed = false, "redeemed, and not granted");
        sees(|_, _, rewarded| *rewarded = 2 * REWARD, "rewarded twice");
        sees(|_, _, rewarded| *rewarded = 0, "without a reward");
        let mut facts = good();
        facts.record = None;
        assert!(!judge(&facts).is_empty());
        let mut facts = good();
        facts.noticed.strangers.push("relay/never");
        assert_eq!(judge(&facts), [Breach::Stranger("relay/never")]);
    }
}
