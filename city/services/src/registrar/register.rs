//! A citizen registers: her device is proved, her place on the roll is found, and she gets one signature, ever.

use super::Registrar;
use super::enter::has_election_key;
use super::record::{
    ENTERED, Entered, KINDS, Kinds, Known, LOADED, Loaded, OUTBOX, PLACES, POLLS, Standing, Unproved,
    roll_key, row_key,
};
use super::roll;
use crate::blind_keys;
use crate::db::{Reader, Rows as _, Writer};
use crate::device;
use crate::error::{Reason, ServiceError};
use crate::party::validity;
use crate::places;
use citizen_client::api::{Bytes, RegistrationAnswer, RegistrationRequest};
use citizen_client::registrar::{REGISTERED_CONTEXT, REGISTRATION_CONTEXT, registration_digest};
use citizen_client::{Issued, Proven, RegistrarAnswer, RegistrarWord};
use citizen_keys::Signed;
use citizen_ledger::poll::PollAction;
use citizen_ledger::{Action, Parameters, SignedTransaction, state_key};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_primitives::{Canonical as _, Hash, Label, PollId};
use citizen_voting::blind::{BlindKey, BlindedMessage};
use citizen_voting::identifier::ElectorateIndex;
use citizen_voting::issuance::{Issuance, IssuanceRow, RefusalReason, RegistrarRefusal, RollEntry, decide};
use citizen_voting::manifest::{Manifest, Poll};
use zeroize::Zeroizing;

/// What somebody asks for.
pub(super) struct Asked {
    pub(super) poll: Poll,
    /// Which of the manifest's registrars this is.
    number: u8,
    electorate: ElectorateIndex,
    blinded: BlindedMessage,
    key: BlindKey,
}

/// What comes of it.
enum Decision {
    /// The row is on its way.
    Enter(SignedTransaction),
    /// It was before, and is not proved yet.
    Wait,
    /// The row stands.
    Sign {
        row: IssuanceRow,
        index: u64,
    },
    Refuse(RefusalReason),
}

impl Registrar {
    /// Signs blindly for a person on the roll, once (REGISTRAR-3), or says in a signed word why not (REGISTRAR-5). The first answer is
    /// "wait": the row has to stand on the ledger, proved, before the signature leaves (REGISTRAR-4).
    pub async fn register(&self, request: RegistrationRequest) -> Result<RegistrationAnswer, ServiceError> {
        let plain = self.opened(REGISTRATION_CONTEXT, &request)?;
        let signed = Signed::from_canonical(&plain).map_err(|_| ServiceError::Malformed)?;
        let request: DeviceRequest = device::check(&self.party, &signed)?;
        let RequestContent::Register { poll, electorate, blinded, reply } = &request.content else {
            return Err(ServiceError::Malformed);
        };
        let keys = [state_key::manifest(poll), state_key::parameters(), state_key::poll(poll)];
        let proven = device::prove_free(&self.party, places::REGISTRAR_ASK_STATE, &request, &keys).await?;
        let asked = self.asked(*poll, *electorate, **blinded, &proven)?;
        let answer = self.answer(&asked, &roll::Known::Account(request.account), &proven).await?;
        self.sealed_word(registration_digest(&signed), answer, reply)
    }

    /// Its word on a request, for the phone alone.
    pub(super) fn sealed_word(
        &self,
        request: Hash,
        answer: RegistrarAnswer,
        reply: &[u8; 32],
    ) -> Result<RegistrationAnswer, ServiceError> {
        let word = RegistrarWord { request, answer, time: self.party.now() };
        let word = self.party.sign(&word).to_canonical();
        let sealed = self.party.seal(reply, REGISTERED_CONTEXT, &word)?;
        Ok(RegistrationAnswer { sealed: Bytes::new(&sealed) })
    }

    pub(super) fn opened(
        &self,
        context: &[u8],
        request: &RegistrationRequest,
    ) -> Result<Zeroizing<Vec<u8>>, ServiceError> {
        let sealed = request.sealed.decode().map_err(|_| ServiceError::Malformed)?;
        self.sealing.open(context, &sealed).map_err(|_| ServiceError::Malformed)
    }

    pub(super) fn asked(
        &self,
        id: PollId,
        electorate: ElectorateIndex,
        blinded: BlindedMessage,
        proven: &Proven,
    ) -> Result<Asked, ServiceError> {
        let manifest = proven.get::<Manifest>(&state_key::manifest(&id))?.into_parts().0;
        let poll = Poll::new(manifest.ok_or(Reason::NoPoll)?).map_err(|_| Reason::NoPoll)?;
        let own = self.party.id();
        let mut registrars = (0..=u8::MAX).zip(poll.registrars());
        let (number, registrar) =
            registrars.find(|(_, one)| one.signing.id() == own).ok_or(Reason::NoPoll)?;
        let key = registrar.keys.get(usize::from(electorate.number())).copied();
        let key = key.ok_or(ServiceError::Malformed)?;
        Ok(Asked { number, electorate, blinded, key, poll })
    }

    /// Answers for somebody who was known by what the roll may have of her.
    pub(super) async fn answer(
        &self,
        asked: &Asked,
        known: &roll::Known,
        proven: &Proven,
    ) -> Result<RegistrarAnswer, ServiceError> {
        let Some(entry) = self.place(asked, known)? else {
            return Ok(self.refuse(asked, RefusalReason::NotOnTheRoll));
        };
        match self.decide(asked, &entry, proven)? {
            Decision::Enter(transaction) if has_election_key(proven, &asked.poll.id())? => {
                // If it does not get there, the next step sends it again.
                match self.submit(&transaction).await {
                    Err(ServiceError::Stopped) => Err(ServiceError::Stopped),
                    _ => Ok(RegistrarAnswer::Pending),
                }
            }
            // REGISTRAR-8: a step sends it once it can be taken.
            Decision::Enter(_) | Decision::Wait => Ok(RegistrarAnswer::Pending),
            Decision::Refuse(reason) => Ok(self.refuse(asked, reason)),
            Decision::Sign { row, index } => {
                let find = |rows: &_| blind_keys::find(rows, &asked.key, asked.poll.id());
                let key = self.party.db().read(find)?;
                let signature = self.party.sign_blindly(&key, &asked.blinded)?;
                Ok(RegistrarAnswer::Issued(Box::new(Issued { signature, entry, row, index })))
            }
        }
    }

    /// Her place on the roll that the manifest names; nothing if she has none. A roll that is not here says nothing.
    fn place(&self, asked: &Asked, known: &roll::Known) -> Result<Option<RollEntry>, ServiceError> {
        let root = self.roll(asked)?;
        let find = |rows: &Reader| rows.find::<RollEntry>(PLACES, &roll_key(&root, known));
        let entry = self.party.db().read(find)?;
        Ok(entry.filter(|entry| entry.electorate == asked.electorate))
    }

    /// By what the roll that the manifest names knows its people.
    pub(super) fn kinds(&self, asked: &Asked) -> Result<Kinds, ServiceError> {
        let root = self.roll(asked)?;
        let kinds: Option<Kinds> = self.party.db().read(|rows| rows.find(KINDS, root.as_bytes()))?;
        // A roll that was loaded before there were cards.
        Ok(kinds.unwrap_or(Kinds { accounts: true, cards: false }))
    }

    fn roll(&self, asked: &Asked) -> Result<Hash, ServiceError> {
        let electorate = asked.poll.electorate(asked.electorate).ok_or(ServiceError::Malformed)?;
        let (root, size) = (electorate.roll_root, electorate.roll_size);
        let loaded: Option<Loaded> = self.party.db().read(|rows| rows.find(LOADED, root.as_bytes()))?;
        if loaded.is_none_or(|loaded| loaded.size != size) {
            tracing::warn!("a manifest names a roll that is not here");
            return Err(ServiceError::Unavailable);
        }
        Ok(root)
    }

    /// Decides by the row that stands for the person already, and writes the first (REGISTRAR-3). Of two requests at once the first
    /// stands.
    fn decide(&self, asked: &Asked, entry: &RollEntry, proven: &Proven) -> Result<Decision, ServiceError> {
        let voter = entry.tag(asked.poll.id());
        let row = IssuanceRow::new(asked.number, asked.electorate, voter, &asked.blinded);
        let key = row_key(asked.poll.id(), asked.electorate, &voter);
        self.party.db().commit(places::REGISTRAR_ROW, |writer| {
            let entered: Option<Entered> = writer.find(ENTERED, &key)?;
            match decide(entered.as_ref().map(|entered| &entered.row), row) {
                Issuance::First(row) => self.enter_first(writer, &key, asked, row, proven),
                Issuance::Another => Ok(Decision::Refuse(RefusalReason::AnotherKeySigned)),
                Issuance::Again => Ok(match entered.map(|entered| entered.standing) {
                    Some(Standing::Proved { index }) => Decision::Sign { row, index },
                    Some(Standing::Lapsed) => Decision::Refuse(RefusalReason::NotOpen),
                    Some(Standing::Sent { .. }) | None => Decision::Wait,
                }),
            }
        })
    }

    fn enter_first(
        &self,
        writer: &Writer<'_>,
        key: &[u8],
        asked: &Asked,
        row: IssuanceRow,
        proven: &Proven,
    ) -> Result<Decision, ServiceError> {
        let id = asked.poll.id();
        // The ledger counts by the time of its blocks, and so does this.
        if ![self.party.now(), proven.header().time()].iter().all(|time| asked.poll.is_registering(*time)) {
            return Ok(Decision::Refuse(RefusalReason::NotOpen));
        }
        // What cannot be signed gets no row: there would be a row without a signature.
        if asked.blinded.as_bytes() >= asked.key.as_bytes() {
            return Ok(Decision::Refuse(RefusalReason::Malformed));
        }
        blind_keys::bind(writer, &asked.key, id)?;
        let (transaction, standing) = self.row_sent(id, row, proven)?;
        let until = asked.poll.manifest().registration.until;
        writer.put(POLLS, id.as_bytes(), &Known { number: asked.number, until })?;
        writer.put(ENTERED, key, &Entered { row, standing })?;
        writer.put(OUTBOX, key, &Unproved(id))?;
        Ok(Decision::Enter(transaction))
    }

    /// The transaction that enters a row, signed.
    pub(super) fn row_sent(
        &self,
        poll: PollId,
        row: IssuanceRow,
        proven: &Proven,
    ) -> Result<(SignedTransaction, Standing), ServiceError> {
        let parameters = proven.get::<Parameters>(&state_key::parameters())?.into_parts().0;
        let parameters = parameters.ok_or(ServiceError::Unavailable)?;
        let height = proven.header().height();
        let action = Action::Poll(PollAction::Issue { poll, rows: vec![row] });
        let transaction = self.party.transaction(action, height, &parameters);
        let valid_until = height.plus(validity(&parameters));
        Ok((transaction.clone(), Standing::Sent { transaction, valid_until }))
    }

    fn refuse(&self, asked: &Asked, reason: RefusalReason) -> RegistrarAnswer {
        let Asked { poll, electorate, blinded, .. } = asked;
        RegistrarAnswer::Refused(self.party.sign(&RegistrarRefusal {
            poll: poll.id(),
            electorate: *electorate,
            blinded: Hash::labelled(Label::BlindedToken, blinded.as_bytes()),
            reason,
            at: self.party.now(),
        }))
    }
}
