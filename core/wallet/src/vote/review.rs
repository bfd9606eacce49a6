//! A ballot before she decides: encrypted, its fingerprint on the screen, nothing sent (BALLOT-4).

use crate::error::{Incident, Input, Party, Reason, Subject, WalletError};
use crate::place;
use crate::record::{self, BallotFate, BallotRow, RegistrationRow};
use crate::view::BallotReviewView;
use crate::vote::choice::{self, Choice};
use crate::vote::polls::Announced;
use crate::wallet::Wallet;
use citizen_primitives::PollId;
use citizen_voting::ballot::{ChoiceError, Encryptor};
use citizen_voting::manifest::{Poll, Revote};
use citizen_voting::token::{Token, voting_key};
use citizen_voting::{Ballot, BallotSeed, BallotStyle, ContestChoice, Sequence, VotingKey};
use std::fmt;
use std::thread;

/// A ballot before it is checked or cast: either takes it. What is let go of leaves nothing but a number that no other ballot gets.
pub struct BallotReview {
    pub(super) view: BallotReviewView,
    pub(super) plan: BallotPlan,
}

/// What either decision works with. Seed and choices are wiped when it is dropped.
pub(super) struct BallotPlan {
    pub(super) poll: Poll,
    pub(super) style: BallotStyle,
    pub(super) token: Token,
    pub(super) ballot: Ballot,
    pub(super) seed: BallotSeed,
    pub(super) choices: Vec<ContestChoice>,
}

impl BallotReview {
    /// What to show, before the question "check or cast?".
    #[must_use]
    pub const fn view(&self) -> &BallotReviewView {
        &self.view
    }
}

impl fmt::Debug for BallotReview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BallotReview(hidden)")
    }
}

impl Wallet {
    /// Encrypts a ballot on a thread of its own and says what it is. Nothing is sent: [`Wallet::check_ballot`] opens it to be checked,
    /// [`Wallet::cast_ballot`] casts it. Dropping the call stops it at once.
    pub async fn review_ballot(&self, id: &PollId, choices: &[Choice]) -> Result<BallotReview, WalletError> {
        self.session().touch()?;
        let registration = self.registration(id)?;
        let token = registration.token().ok_or(not_registered(&registration))?;
        let (announced, election) = self.election(id).await?;
        self.must_take_ballots(&announced)?;
        let registration = self.inherit(&announced.poll, registration).await?;
        self.must_be_allowed_to_cast(&announced.poll, &registration)?;
        let electorate = registration.electorate;
        let choices = choice::read(&announced.poll, electorate, choices)?;
        let style = announced.poll.style(electorate, &election.key).ok_or(damaged())?;
        let (registration, sequence) = self.number_a_ballot(id)?;
        let key = self.session().voting_key(*id, electorate)?;
        let name = voting_key(&key).ok_or(damaged())?;
        let seed = BallotSeed::generate(&mut *self.session().rng(), &key, *id, sequence);
        let made = encrypt(style, seed, (name, sequence), choices).await?;
        let (style, seed, choices, ballot) = made;
        let replaces = self.stands_already(id, &registration)?;
        let view = BallotReviewView::new(&announced.poll, &registration, (&ballot, &choices), replaces);
        let plan = BallotPlan { poll: announced.poll, style, token, ballot, seed, choices };
        Ok(BallotReview { view, plan })
    }

    /// The registration in a poll.
    pub(crate) fn registration(&self, id: &PollId) -> Result<RegistrationRow, WalletError> {
        let row: Option<RegistrationRow> = self.session().load(&record::registration_row(id))?;
        row.ok_or(WalletError::Invalid { input: Input::NotRegistered })
    }

    pub(crate) fn ballot_rows(&self, id: &PollId) -> Result<Vec<BallotRow>, WalletError> {
        self.session().with(|open| Ok(record::ballots(&*open.store, id)?))
    }

    /// By the ledger's time and by the phone's: a phone whose clock runs ahead must not send what comes too late.
    pub(super) fn must_take_ballots(&self, announced: &Announced) -> Result<(), WalletError> {
        let now = self.session().now();
        if announced.phase().takes_ballots() && announced.poll.is_casting(now) {
            return Ok(());
        }
        Err(WalletError::Refused { by: Party::Ledger, reason: Reason::PollTime })
    }

    /// Where a voting key casts once, there is no second ballot.
    pub(super) fn must_be_allowed_to_cast(
        &self,
        poll: &Poll,
        registration: &RegistrationRow,
    ) -> Result<(), WalletError> {
        let once = poll.manifest().revote == Revote::Once;
        if once && self.stands_already(&poll.id(), registration)? {
            return Err(WalletError::Refused { by: Party::Ledger, reason: Reason::VotedBefore });
        }
        Ok(())
    }

    /// Whether a ballot was cast before that counts or may come to count.
    fn stands_already(&self, id: &PollId, registration: &RegistrationRow) -> Result<bool, WalletError> {
        let may_count = |row: &BallotRow| !row.opened && !matches!(row.fate, BallotFate::Missed);
        Ok(registration.cast_before || self.ballot_rows(id)?.iter().any(may_count))
    }

    /// The next number, on the disk before a ballot has it: no two ballots of a key ever share one, also if one is let go of (BALLOT-4).
    fn number_a_ballot(&self, id: &PollId) -> Result<(RegistrationRow, Sequence), WalletError> {
        let row = self.change_registration(place::BALLOT_NUMBERED, id, |row| {
            row.numbered = row.numbered.checked_add(1).ok_or(damaged())?;
            Ok(())
        })?;
        let sequence = Sequence::new(row.numbered);
        Ok((row, sequence))
    }
}

type Made = (BallotStyle, BallotSeed, Vec<ContestChoice>, Ballot);

/// Encrypts on a thread of its own. Whoever stops waiting is answered at once; the thread ends a moment later and wipes what it has.
async fn encrypt(
    style: BallotStyle,
    seed: BallotSeed,
    (name, sequence): (VotingKey, Sequence),
    choices: Vec<ContestChoice>,
) -> Result<Made, WalletError> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    let work = move || {
        let ballot = Encryptor::new(&style).encrypt(&seed, name, sequence, &choices);
        let made: Result<Made, ChoiceError> = ballot.map(|ballot| (style, seed, choices, ballot));
        // Nobody waits any more.
        let _ = answer.send(made);
    };
    thread::Builder::new().name("ballot".to_owned()).spawn(work).map_err(|_| fault())?;
    answered.await.map_err(|_| fault())?.map_err(|_| WalletError::Invalid { input: Input::Choices })
}

/// Why there is no token.
fn not_registered(registration: &RegistrationRow) -> WalletError {
    if registration.is_refused() {
        WalletError::Refused { by: Party::Registrar, reason: Reason::Registration }
    } else {
        WalletError::Invalid { input: Input::RegistrationAwaited }
    }
}

pub(super) const fn damaged() -> WalletError {
    WalletError::StoreDamaged
}

const fn fault() -> WalletError {
    WalletError::Internal { incident: Incident("ballot") }
}

/// A review's time is over when nothing is cast any more.
pub(super) const fn too_late() -> WalletError {
    WalletError::Expired { what: Subject::Review }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{City, StorePlace, Trust, WalletConfig};
    use async_trait::async_trait;
    use citizen_client::{Request, Response, Transport, TransportError};
    use citizen_keys::{MemoryBackend, PinCost, SoftwareKeystore};
    use citizen_primitives::random;
    use citizen_store::MemoryDisk;
    use citizen_voting::ElectorateIndex;
    use std::collections::BTreeSet;
    use std::sync::Arc;

    struct Nowhere;

    #[async_trait]
    impl Transport for Nowhere {
        async fn send(&self, _: Request) -> Result<Response, TransportError> {
            Err(TransportError::Offline)
        }
    }

    fn wallet() -> Wallet {
        let keys = SoftwareKeystore::open(Box::new(MemoryBackend::default()), Box::new(random::system()));
        let store = StorePlace::Opened(Box::new(MemoryDisk::default().open().unwrap()));
        let mut config = WalletConfig::new(store, Arc::new(keys.unwrap()), Arc::new(Nowhere));
        config.pin_cost = PinCost::dangerous_cheap();
        let city = City { url: "http://town.example".parse().unwrap(), trust: Trust::FirstUse };
        Wallet::create(config.with_city(city), "739182").unwrap().0
    }

    #[test]
    fn ballot_4_no_two_ballots_get_one_number_also_if_they_are_reviewed_at_the_same_moment() {
        const SCREENS: usize = 4;
        const EACH: usize = 300;
        let (wallet, id) = (wallet(), PollId::from_bytes([1; 32]));
        let row = RegistrationRow::new(id, ElectorateIndex::new(0), 3, false);
        let row = record::put(record::registration_row(&id), &row);
        wallet.session().commit(place::REGISTERING, row).unwrap();
        let number = || wallet.number_a_ballot(&id).unwrap().1.number();
        let numbers: Vec<u32> = thread::scope(|scope| {
            let screens: Vec<_> = (0..SCREENS)
                .map(|_| scope.spawn(|| (0..EACH).map(|_| number()).collect::<Vec<_>>()))
                .collect();
            screens.into_iter().flat_map(|screen| screen.join().unwrap()).collect()
        });
        assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), SCREENS * EACH);
        assert_eq!(usize::try_from(wallet.registration(&id).unwrap().numbered).unwrap(), SCREENS * EACH);
    }
}
