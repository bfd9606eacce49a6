//! A ballot before the question "check or cast?", and one that was opened.

use crate::error::{Message, WalletError};
use crate::record::{BallotFate, BallotRow, RegistrationRow};
use crate::view::{serial::plain, view};
use citizen_client::api::Bytes;
use citizen_primitives::{Hash, PollId, UnixTime};
use citizen_voting::manifest::{Contest, Poll};
use citizen_voting::spoil::Opening;
use citizen_voting::{Ballot, ContestChoice, ContestIndex, ElectorateIndex};

view! {
    /// What was chosen in a contest.
    ChosenView {
        /// The contest.
        contest: u8,
        /// What is asked.
        question: Message,
        /// What was chosen, in words: options, options with their scores, or options in order.
        chosen: Vec<Message>,
    }
}

view! {
    /// A ballot before she decides: nothing has been sent.
    BallotReviewView {
        /// The poll.
        #[serde(serialize_with = "plain")]
        poll_id: PollId,
        /// What it is about.
        title: Message,
        /// As a member of which electorate.
        electorate: u8,
        /// The electorate's name.
        electorate_name: Message,
        /// What was chosen.
        choices: Vec<ChosenView>,
        /// The ballot's fingerprint: shown, and scanned by a second device, before she is asked.
        #[serde(serialize_with = "plain")]
        fingerprint: Hash,
        /// Its number under her key.
        sequence: u32,
        /// Whether it replaces one that was cast before.
        replaces: bool,
        /// How many ballots she may still open.
        checks_left: u8,
        /// Until when it can be cast.
        #[serde(serialize_with = "plain")]
        until: UnixTime,
        /// The question, and that a check is made with a choice that is not the real one.
        question: Message,
        /// For a screen reader.
        spoken: Message,
    }
}

view! {
    /// A ballot that was opened: it never counts, and cannot be cast.
    OpenedBallotView {
        /// The poll.
        #[serde(serialize_with = "plain")]
        poll_id: PollId,
        /// What it is about.
        title: Message,
        /// The fingerprint that was shown before.
        #[serde(serialize_with = "plain")]
        fingerprint: Hash,
        /// Its number: used up.
        sequence: u32,
        /// The seed, in hexadecimal.
        seed: String,
        /// What was chosen.
        choices: Vec<ChosenView>,
        /// All that the second device needs to make the ballot again: an `Opening`, canonical bytes in base64url.
        opening: String,
        /// How many ballots she may still open.
        checks_left: u8,
        /// Whether a relay has promised to publish it; else it lies in the outbox.
        promised: bool,
        /// What the last relay said that gave no promise.
        hint: Option<Message>,
        /// For people, and for a screen reader.
        text: Message,
    }
}

impl BallotReviewView {
    pub(crate) fn new(
        poll: &Poll,
        registration: &RegistrationRow,
        (ballot, choices): (&Ballot, &[ContestChoice]),
        replaces: bool,
    ) -> Self {
        let electorate = registration.electorate;
        let title = Message::written(&poll.manifest().title);
        let spoken = if replaces { "spoken.ballot-again" } else { "spoken.ballot" };
        let name = poll.electorate(electorate);
        Self {
            poll_id: poll.id(),
            electorate: electorate.number(),
            electorate_name: name.map_or_else(|| Message::same(electorate), |it| Message::written(&it.name)),
            choices: chosen(poll, electorate, choices),
            fingerprint: ballot.fingerprint().hash(),
            sequence: ballot.sequence.number(),
            replaces,
            checks_left: poll.manifest().checks.saturating_sub(registration.opened),
            until: poll.last_cast(),
            question: Message::of("ballot.question"),
            spoken: Message::of(spoken).with_message("title", &title),
            title,
        }
    }
}

impl OpenedBallotView {
    pub(crate) fn new(
        poll: &Poll,
        registration: &RegistrationRow,
        (row, opening): (&BallotRow, &Opening),
        said: Option<&WalletError>,
    ) -> Self {
        Self {
            poll_id: poll.id(),
            title: Message::written(&poll.manifest().title),
            fingerprint: opening.fingerprint.hash(),
            sequence: opening.sequence.number(),
            seed: Hash::from_bytes(opening.seed).to_hex(),
            choices: chosen(poll, opening.electorate, &opening.choices),
            opening: Bytes::of(opening).as_str().to_owned(),
            checks_left: poll.manifest().checks.saturating_sub(registration.opened),
            promised: matches!(row.fate, BallotFate::Promised(_)),
            hint: said.map(WalletError::message),
            text: Message::of("ballot.opened"),
        }
    }
}

fn chosen(poll: &Poll, electorate: ElectorateIndex, choices: &[ContestChoice]) -> Vec<ChosenView> {
    let view = |((index, contest), choice): ((ContestIndex, &Contest), &ContestChoice)| ChosenView {
        contest: index.number(),
        question: Message::written(&contest.question),
        chosen: in_words(contest, choice),
    };
    poll.contests(electorate).zip(choices).map(view).collect()
}

fn in_words(contest: &Contest, choice: &ContestChoice) -> Vec<Message> {
    let name = |option: &u8| contest.options.get(usize::from(*option)).map(Message::written);
    match choice {
        ContestChoice::Choose(options) | ContestChoice::Rank(options) => {
            options.iter().filter_map(name).collect()
        }
        ContestChoice::Score(scores) => contest
            .options
            .iter()
            .zip(scores)
            .map(|(option, score)| {
                Message::of("ballot.scored")
                    .with_message("option", &Message::written(option))
                    .with("score", score)
            })
            .collect(),
    }
}
