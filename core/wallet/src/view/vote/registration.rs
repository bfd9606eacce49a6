//! A registration: who has signed, who is awaited, who refuses and why.

use crate::error::{Message, Reason, WalletError};
use crate::record::{KeptAnswer, RegistrationRow};
use crate::view::{serial::plain, view};
use citizen_client::api::Bytes;
use citizen_keys::Signed;
use citizen_primitives::{PollId, UnixTime};
use citizen_voting::issuance::RegistrarRefusal;
use citizen_voting::manifest::{Poll, Registrar};

/// How a registrar stands.
#[cfg(test)]
pub(super) const ANSWERS: [&str; 3] = ["awaited", "signed", "refused"];

view! {
    /// What a registrar has answered.
    RegistrarView {
        /// Its name.
        name: Message,
        /// `awaited`, `signed`, `refused`.
        state: &'static str,
        /// Of a refusal, why; the citizen can show it.
        reason: Option<Message>,
        /// When it refused.
        #[serde(serialize_with = "plain")]
        refused_at: Option<UnixTime>,
        /// The refusal as the registrar signed it: canonical bytes in base64url, for whoever has to decide.
        refusal: Option<String>,
        /// What went wrong when it was asked last. It is asked again.
        hint: Option<Message>,
        /// The state as a sentence.
        text: Message,
    }
}

view! {
    /// How far a registration is.
    RegistrationView {
        /// The poll.
        #[serde(serialize_with = "plain")]
        poll_id: PollId,
        /// What it is about.
        title: Message,
        /// As a member of which electorate.
        electorate: u8,
        /// The electorate's name.
        electorate_name: Message,
        /// The registrars, in the announcement's order.
        registrars: Vec<RegistrarView>,
        /// Whether all have signed: ballots can be cast once casting is open.
        complete: bool,
        /// How far it is: `registering`, `refused`, `registered`.
        state: &'static str,
        /// The same as a sentence.
        text: Message,
    }
}

impl RegistrationView {
    pub(crate) fn of(poll: &Poll, row: &RegistrationRow, said: &[Option<WalletError>]) -> Self {
        let complete = row.token().is_some();
        let state = if complete {
            "registered"
        } else if row.is_refused() {
            "refused"
        } else {
            "registering"
        };
        let said = said.iter().map(Option::as_ref).chain(std::iter::repeat(None));
        let registrars = poll.registrars().iter().zip(&row.answers).zip(said);
        let electorate = poll.electorate(row.electorate);
        Self {
            poll_id: poll.id(),
            title: Message::written(&poll.manifest().title),
            electorate: row.electorate.number(),
            electorate_name: electorate
                .map_or_else(|| Message::same(row.electorate), |it| Message::written(&it.name)),
            registrars: registrars.map(|((registrar, answer), said)| one(registrar, answer, said)).collect(),
            complete,
            state,
            text: Message::of(&format!("vote.{state}")),
        }
    }
}

fn one(registrar: &Registrar, answer: &KeptAnswer, said: Option<&WalletError>) -> RegistrarView {
    let (state, refusal) = match answer {
        KeptAnswer::Awaited => ("awaited", None),
        KeptAnswer::Signed(_) => ("signed", None),
        KeptAnswer::Refused(signed) => ("refused", Some(signed)),
    };
    let word = refusal.and_then(|signed: &Signed<RegistrarRefusal>| signed.verify(&registrar.signing).ok());
    RegistrarView {
        name: Message::written(&registrar.name),
        state,
        reason: word.as_ref().map(|word| Reason::from(word.reason).message()),
        refused_at: word.as_ref().map(|word| word.at),
        refusal: refusal.map(|signed| Bytes::of(signed).as_str().to_owned()),
        hint: said.map(WalletError::message),
        text: Message::of(&format!("registrar.{state}")),
    }
}
