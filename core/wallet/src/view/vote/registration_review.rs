//! A registration before it is approved: who asks for what.

use crate::error::Message;
use crate::id::CredentialId;
use crate::view::{serial::plain, view};
use citizen_client::authorised::{CITIZEN_CARD, VOTER};
use citizen_primitives::PollId;
use citizen_voting::ElectorateIndex;
use citizen_voting::manifest::Poll;

view! {
    /// A registrar that will be asked.
    AskingRegistrarView {
        /// Its name, by the announcement.
        name: Message,
        /// Whether it has answered. Of one that is silent now no more is approved than of the others.
        answers: bool,
        /// The same as a sentence.
        text: Message,
    }
}

view! {
    /// The citizen card as it will be shown to registrars.
    RegistrationCardView {
        /// The credential, by this wallet's name for it.
        #[serde(serialize_with = "plain")]
        credential: CredentialId,
        /// Its type.
        vct: String,
        /// What of it is shown, and nothing else.
        claims: Vec<String>,
    }
}

view! {
    /// What registering would show, and to whom. Nothing has happened yet.
    RegistrationReviewView {
        /// The poll.
        #[serde(serialize_with = "plain")]
        poll_id: PollId,
        /// What it is about.
        title: Message,
        /// As a member of which electorate.
        electorate: u8,
        /// The electorate's name.
        electorate_name: Message,
        /// By what the registrars will know her: `card`, `account`.
        by: &'static str,
        /// The card, if it is by that.
        #[serde(skip_serializing_if = "Option::is_none")]
        card: Option<RegistrationCardView>,
        /// All that will be asked, in the announcement's order.
        registrars: Vec<AskingRegistrarView>,
        /// For people, and for a screen reader.
        text: Message,
    }
}

impl RegistrationReviewView {
    pub(crate) fn new(
        poll: &Poll,
        electorate: ElectorateIndex,
        card: Option<CredentialId>,
        answers: &[bool],
    ) -> Self {
        let name = poll.electorate(electorate).map(|it| Message::written(&it.name));
        let registrars = poll.registrars().iter().zip(answers);
        let registrars = registrars.map(|(registrar, answers)| AskingRegistrarView {
            name: Message::written(&registrar.name),
            answers: *answers,
            text: Message::of(if *answers { "registration.heard" } else { "registration.silent" }),
        });
        let by = if card.is_some() { "card" } else { "account" };
        Self {
            poll_id: poll.id(),
            title: Message::written(&poll.manifest().title),
            electorate: electorate.number(),
            electorate_name: name.unwrap_or_else(|| Message::same(electorate)),
            by,
            card: card.map(|credential| RegistrationCardView {
                credential,
                vct: CITIZEN_CARD.to_owned(),
                claims: vec![VOTER.to_owned()],
            }),
            registrars: registrars.collect(),
            text: Message::of(&format!("registration.by-{by}")),
        }
    }
}
