//! What a verification found: of one's own ballot, and of the whole poll.

use crate::error::Message;
use crate::record::BallotRow;
use crate::view::{VerifiedMark, serial::plain, view};
use crate::vote::Counted;
use citizen_ledger::poll::PollRecord;
use citizen_primitives::{Hash, PollId};
use citizen_voting::manifest::Poll;
use citizen_voting::result::PollResult;
use citizen_voting::verify::Report;

/// How the reward stands.
#[cfg(test)]
pub(super) const REWARDS: [&str; 3] = ["none", "signed", "redeemed"];
/// How a ballot stands.
#[cfg(test)]
pub(super) const VERDICTS: [&str; 3] = ["counted", "so-far", "replaced"];

view! {
    /// Whether the ballot that this phone cast last counts: the whole board was read for it.
    CountedView {
        /// The poll.
        #[serde(serialize_with = "plain")]
        poll_id: PollId,
        /// What it is about.
        title: Message,
        /// The ballot.
        #[serde(serialize_with = "plain")]
        fingerprint: Hash,
        /// Whether it counts.
        counted: bool,
        /// `counted`; `so-far` while the board is open; `replaced` by a ballot of the same key that another phone cast.
        state: &'static str,
        /// Its place on the board.
        index: Option<u64>,
        /// The slot in which it came.
        slot: Option<u32>,
        /// How many ballots count in all electorates.
        ballots: u64,
        /// How the phone knows.
        verified: VerifiedMark,
        /// For people, and for a screen reader.
        text: Message,
    }
}

view! {
    /// A check of the universal verifier.
    CheckView {
        /// Its stable name.
        name: &'static str,
        /// How often it was made.
        count: u64,
        /// How often it failed.
        failed: u64,
        /// What it looks at.
        text: Message,
    }
}

view! {
    /// What an option got.
    ResultView {
        /// The contest.
        contest: u8,
        /// The option.
        option: u8,
        /// The option's name.
        name: Message,
        /// Votes, points, or of a ranking of `n` options `n - 1` for a first place down to 0.
        votes: u64,
        /// Its weighted share in millionths: of each electorate that is opened, votes per counted ballot, by its weight.
        weighted: u64,
    }
}

view! {
    /// What the universal verifier found.
    PollReportView {
        /// Whether nothing failed.
        ok: bool,
        /// The poll.
        #[serde(serialize_with = "plain")]
        poll_id: PollId,
        /// What it is about.
        title: Message,
        /// How many ballots count.
        counted: u64,
        /// How many were opened.
        spoiled: u64,
        /// How many were replaced by a later one.
        replaced: u64,
        /// Every check.
        checks: Vec<CheckView>,
        /// The result that follows from the board.
        result: Vec<ResultView>,
        /// Trustees who signed wrong shares. That alone makes no result wrong.
        blamed: Vec<Message>,
        /// What failed first, and where.
        first_failure: Option<String>,
        /// The header under which everything was read.
        verified: VerifiedMark,
        /// For people, and for a screen reader.
        text: Message,
    }
}

impl CountedView {
    pub(crate) fn new(
        poll: &Poll,
        row: &BallotRow,
        (counted, is_closed): (Counted, bool),
        (record, verified): (&PollRecord, VerifiedMark),
    ) -> Self {
        let (state, index, slot) = match (counted, is_closed) {
            (Counted::Yes { index, slot }, true) => ("counted", Some(index), slot),
            (Counted::Yes { index, slot }, false) => ("so-far", Some(index), slot),
            (Counted::Replaced, _) => ("replaced", None, None),
        };
        Self {
            poll_id: poll.id(),
            title: Message::written(&poll.manifest().title),
            fingerprint: row.leaf.fingerprint.hash(),
            counted: matches!(counted, Counted::Yes { .. }),
            state,
            index,
            slot,
            ballots: record.electorates.iter().map(|electorate| u64::from(electorate.counted)).sum(),
            verified,
            text: Message::of(&format!("counted.{state}")),
        }
    }

    /// Whether it counts.
    #[must_use]
    pub const fn is_counted(&self) -> bool {
        self.counted
    }
}

impl ResultView {
    /// What every option got; nothing where no sums are opened.
    pub(crate) fn all(poll: &Poll, result: &PollResult) -> Vec<Self> {
        if result.electorates.iter().all(|electorate| electorate.sums.is_none()) {
            return Vec::new();
        }
        let contests = &poll.manifest().contests;
        let name = |contest: u8, option: u8| {
            let named = contests.get(usize::from(contest)).and_then(|it| it.options.get(usize::from(option)));
            named.map_or_else(|| Message::same(option), Message::written)
        };
        let view = |votes: citizen_voting::result::OptionVotes| {
            let (contest, option) = (votes.contest.number(), votes.option);
            Self {
                contest,
                option,
                name: name(contest, option),
                votes: votes.votes,
                weighted: votes.weighted,
            }
        };
        result.votes(poll).into_iter().map(view).collect()
    }
}

impl PollReportView {
    pub(crate) fn of(poll: &Poll, report: &Report, verified: VerifiedMark) -> Self {
        let check = |check: &citizen_voting::verify::Check| CheckView {
            name: check.name.text(),
            count: check.count,
            failed: check.failed,
            text: Message::of(&format!("check.{}", check.name.text())),
        };
        let members = &poll.manifest().trustees.members;
        let named = |trustee: citizen_voting::TrusteeIndex| {
            let member = usize::from(trustee.number()).checked_sub(1).and_then(|at| members.get(at));
            member.map_or_else(|| Message::same(trustee), |it| Message::written(&it.name))
        };
        let verdict = if report.is_ok() { "report.ok" } else { "report.failed" };
        Self {
            ok: report.is_ok(),
            poll_id: poll.id(),
            title: Message::written(&poll.manifest().title),
            counted: report.counted,
            spoiled: report.spoiled,
            replaced: report.replaced,
            checks: report.checks.iter().map(check).collect(),
            result: report.result.as_ref().map(|result| ResultView::all(poll, result)).unwrap_or_default(),
            blamed: report.blamed.iter().map(|(_, trustee)| named(*trustee)).collect(),
            first_failure: report.first_failure.as_ref().map(ToString::to_string),
            verified,
            text: Message::of(verdict).with("counted", report.counted),
        }
    }
}
