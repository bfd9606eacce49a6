//! Where a poll stands, by the ledger's time and its proved record.

use citizen_ledger::poll::{CeremonyStanding, PollRecord};
use citizen_primitives::UnixTime;
use citizen_voting::manifest::Poll;

/// What can be done in a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Its trustees could not make a key: there will be no ballots.
    Failed,
    /// Nothing yet.
    Announced,
    /// Register.
    Registering,
    /// Registration is over, casting has not begun.
    Between,
    /// Casting would be open, but the trustees have not made the key.
    Keyless,
    /// Cast.
    Casting,
    /// Register and cast.
    Together,
    /// What relays have promised comes onto the board; nothing is cast.
    Closing,
    /// The board is closed; the trustees open the sums.
    Counting,
    /// The result stands.
    Published,
}

impl Phase {
    /// Where the poll stands at a time.
    pub(crate) fn of(poll: &Poll, record: &PollRecord, now: UnixTime) -> Self {
        let casting = poll.manifest().casting;
        let registering = poll.is_registering(now);
        if matches!(record.ceremony, CeremonyStanding::Failed) {
            return Self::Failed;
        }
        if now >= casting.until {
            return if is_published(poll, record) { Self::Published } else { Self::Counting };
        }
        let has_key = matches!(record.ceremony, CeremonyStanding::Done(_));
        match (poll.is_casting(now), has_key, registering) {
            (true, true, true) => Self::Together,
            (true, true, false) => Self::Casting,
            (_, _, true) => Self::Registering,
            (true, false, false) => Self::Keyless,
            (false, _, false) if now >= casting.from => Self::Closing,
            (false, _, false) if now < poll.manifest().registration.from => Self::Announced,
            (false, _, false) => Self::Between,
        }
    }

    /// The stable word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Announced => "announced",
            Self::Registering => "registering",
            Self::Between => "between",
            Self::Keyless => "keyless",
            Self::Casting => "casting",
            Self::Together => "together",
            Self::Closing => "closing",
            Self::Counting => "counting",
            Self::Published => "published",
        }
    }

    /// Whether ballots can be cast.
    pub(crate) const fn takes_ballots(self) -> bool {
        matches!(self, Self::Casting | Self::Together)
    }

    /// All of them.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 10] = [
        Self::Failed,
        Self::Announced,
        Self::Registering,
        Self::Between,
        Self::Keyless,
        Self::Casting,
        Self::Together,
        Self::Closing,
        Self::Counting,
        Self::Published,
    ];
}

/// Whether every electorate in which enough voted is opened.
fn is_published(poll: &Poll, record: &PollRecord) -> bool {
    let enough = |(announced, counted): (&citizen_voting::manifest::Electorate, u32)| {
        counted >= announced.minimum_turnout
    };
    let mut electorates = poll.manifest().electorates.iter().zip(&record.electorates);
    electorates
        .all(|(announced, standing)| standing.result.is_some() || !enough((announced, standing.counted)))
}
