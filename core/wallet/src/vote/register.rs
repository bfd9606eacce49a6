//! Registration: every registrar signs the voting key without seeing it. One that is down is waited for; one that refuses says so under
//! its signature (BALLOT-2, BALLOT-3).

use crate::error::{Input, Party, Reason, Subject, WalletError, mapping};
use crate::place;
use crate::record::{self, ActivityKind, KeptAnswer, RegistrationRow};
use crate::view::RegistrationView;
use crate::vote::polls::Announced;
use crate::vote::review::damaged;
use crate::wallet::{PATIENCE, PAUSE, Wallet};
use citizen_client::registrar::{Issued, RegistrarAnswer};
use citizen_keys::SealingKey;
use citizen_payment::request::RequestContent;
use citizen_primitives::{Place, PollId};
use citizen_store::{ChangeSet, Row};
use citizen_voting::ElectorateIndex;
use citizen_voting::blind::BlindedMessage;
use citizen_voting::manifest::Poll;
use citizen_voting::token::PollSecret;

/// What came of asking the registrars once.
struct Round {
    row: RegistrationRow,
    /// What went wrong with whom.
    said: Vec<Option<WalletError>>,
    /// Whether one is at work and will answer soon.
    at_work: bool,
}

impl Wallet {
    /// Registers as a member of an electorate, the first unless another is named. The registrars see a citizen and never the ballot. They
    /// know her by her account; where she has approved it ([`Wallet::register`]), by her card, and this goes on with that.
    ///
    /// Who has answered is kept; called again, the others are asked with the same bytes. The answer says who is still awaited.
    pub async fn register_for_poll(
        &self,
        id: &PollId,
        electorate: Option<u8>,
    ) -> Result<RegistrationView, WalletError> {
        self.session().touch()?;
        let _one_at_a_time = self.session().approving.lock().await;
        let (announced, _) = self.announced_now(id, &[]).await?;
        self.begin_registration(&announced, electorate, ChangeSet::new())?;
        self.register_begun(&announced.poll).await
    }

    /// Asks the registrars until all that are at work have decided.
    pub(super) async fn register_begun(&self, poll: &Poll) -> Result<RegistrationView, WalletError> {
        let mut round = self.ask_registrars(poll, Again::Everybody).await?;
        for _ in 0..PATIENCE {
            if !round.at_work {
                break;
            }
            self.session().timer.sleep(PAUSE).await;
            round = self.ask_registrars(poll, Again::Awaited).await?;
        }
        Ok(RegistrationView::of(poll, &round.row, &round.said))
    }

    /// A registration as far as it is known without asking anybody.
    pub fn poll_registration(&self, id: &PollId) -> Result<RegistrationView, WalletError> {
        self.session().touch()?;
        Ok(RegistrationView::of(&self.kept_poll(id)?, &self.registration(id)?, &[]))
    }

    /// Asks those who have not answered once more.
    pub(crate) async fn resume_registration(&self, id: &PollId) -> Result<(), WalletError> {
        let poll = self.kept_poll(id)?;
        self.ask_registrars(&poll, Again::Awaited).await.map(drop)
    }

    pub(crate) fn registration_rows(&self) -> Result<Vec<RegistrationRow>, WalletError> {
        self.session().with(|open| Ok(record::registrations(&*open.store)?))
    }

    /// The row is on the disk before the first request leaves: from it and the voting root all requests follow (BALLOT-2). `also` is written
    /// with it.
    pub(super) fn begin_registration(
        &self,
        announced: &Announced,
        electorate: Option<u8>,
        also: ChangeSet,
    ) -> Result<(), WalletError> {
        let poll = &announced.poll;
        let known: Option<RegistrationRow> = self.session().load(&record::registration_row(&poll.id()))?;
        let wanted = electorate.map(ElectorateIndex::new);
        if let Some(row) = &known {
            let has_signature = row.answers.iter().any(|answer| matches!(answer, KeptAnswer::Signed(_)));
            match wanted {
                Some(wanted) if wanted != row.electorate && has_signature => {
                    return Err(WalletError::Invalid { input: Input::AnotherElectorate });
                }
                Some(wanted) if wanted != row.electorate => {}
                _ if also.is_empty() => return Ok(()),
                _ => return self.session().commit(place::REGISTERING, also),
            }
        }
        let wanted = wanted.unwrap_or(ElectorateIndex::new(0));
        self.must_be_registering(announced, wanted, None)?;
        let inherited = self.session().inherits_votes()?;
        let row = RegistrationRow::new(poll.id(), wanted, poll.registrars().len(), inherited);
        let title = poll.manifest().title.clone();
        let changes = record::put(record::registration_row(&poll.id()), &row)
            .and(Self::keep_manifest(poll))
            .and(also.clone())
            .and(self.session().log(ActivityKind::PollRegistered { title })?);
        let read = (&record::registration_row(&poll.id()), known.as_ref());
        match self.session().commit_if(place::REGISTERING, read, changes)? {
            true => Ok(()),
            // A registrar's answer came in between: it is looked at again.
            false => self.begin_registration(announced, electorate, also),
        }
    }

    /// A registration that was begun goes on after its time; so does a lost phone's: the same request has the same answer.
    pub(super) fn must_be_registering(
        &self,
        announced: &Announced,
        electorate: ElectorateIndex,
        begun: Option<&RegistrationRow>,
    ) -> Result<(), WalletError> {
        let poll = &announced.poll;
        poll.electorate(electorate).ok_or(WalletError::Invalid { input: Input::AnotherElectorate })?;
        let may_be_late = begun.is_some() || self.session().inherits_votes()?;
        if !may_be_late && !poll.is_registering(announced.time()) {
            return Err(WalletError::Refused { by: Party::Ledger, reason: Reason::PollTime });
        }
        Ok(())
    }

    /// One question to each registrar that has not signed. One that does not answer does not stop the others.
    async fn ask_registrars(&self, poll: &Poll, again: Again) -> Result<Round, WalletError> {
        let mut said = vec![None; poll.registrars().len()];
        let mut at_work = false;
        for (number, said) in said.iter_mut().enumerate() {
            let row = self.registration(&poll.id())?;
            let is_asked = match row.answers.get(number) {
                Some(KeptAnswer::Awaited) => true,
                Some(KeptAnswer::Refused(_)) => again == Again::Everybody,
                Some(KeptAnswer::Signed(_)) | None => false,
            };
            if !is_asked {
                continue;
            }
            match self.ask_registrar(poll, row, number).await {
                Ok(true) => {}
                Ok(false) => at_work = true,
                Err(error @ (WalletError::Cancelled | WalletError::Locked | WalletError::Fenced { .. })) => {
                    return Err(error);
                }
                Err(error) => {
                    tracing::info!(code = error.code(), registrar = number, "not registered yet");
                    *said = Some(error);
                }
            }
        }
        Ok(Round { row: self.registration(&poll.id())?, said, at_work })
    }

    /// Whether the registrar has decided.
    async fn ask_registrar(
        &self,
        poll: &Poll,
        mut row: RegistrationRow,
        number: usize,
    ) -> Result<bool, WalletError> {
        if self.is_by_card(poll, number)? {
            return self.ask_by_card(poll, row, number).await;
        }
        self.session().account()?;
        let secret = self.session().poll_secret(poll.id())?;
        let electorate = row.electorate;
        let blinded: BlindedMessage = secret
            .request(poll, electorate, number)
            .map_err(|_| mapping::unverified(Subject::Poll, Party::Registrar))?;
        let client = self.registrar(poll, number).await?;
        let account = self.session().account()?;
        let reply = SealingKey::generate(&mut *self.session().rng());
        let content = RequestContent::Register {
            poll: poll.id(),
            electorate,
            blinded: Box::new(blinded),
            reply: *reply.public().as_bytes(),
        };
        let request = self.session().sign_request(&account, &client.party().value().key, content)?;
        let mut rng = self.session().rng();
        let answer = client.register(place::SEND_REGISTRATION, &mut *rng, &request, &reply).await;
        let answer = answer.map_err(|error| mapping::of_word(error, Party::Registrar))?;
        let kept = match answer.word.into_parts().0.answer {
            RegistrarAnswer::Pending => return Ok(false),
            RegistrarAnswer::Issued(issued) => take_signature(poll, &mut row, (&secret, number), &issued)?,
            RegistrarAnswer::Refused(refusal) => KeptAnswer::Refused(refusal),
            RegistrarAnswer::ShowCard(_) | RegistrarAnswer::AskAsAccount => {
                return Err(mapping::unverified(Subject::Word, Party::Registrar));
            }
        };
        self.keep_answer(&row, number, kept)?;
        Ok(true)
    }

    /// Whether this registrar is asked under nobody's name, with the card: by this build or another one.
    fn is_by_card(&self, poll: &Poll, number: usize) -> Result<bool, WalletError> {
        let row = card_row(poll, number)?;
        self.session().with(|open| Ok(open.store.load(&row)?.is_some()))
    }

    /// One registrar's answer, into the row as it stands now: others may have answered meanwhile, or a ballot was numbered (WALLET-33). `asked` is
    /// the row that was asked by.
    pub(super) fn keep_answer(
        &self,
        asked: &RegistrationRow,
        number: usize,
        kept: KeptAnswer,
    ) -> Result<(), WalletError> {
        self.change_registration(place::REGISTRAR_ANSWERED, &asked.poll, |row| {
            let is_signed = matches!(row.answers.get(number).ok_or(damaged())?, KeptAnswer::Signed(_));
            // A signature is never given up, and one for another electorate is none for this one.
            if is_signed || row.electorate != asked.electorate {
                return Ok(());
            }
            let elsewhere = row
                .roll
                .zip(asked.roll)
                .is_some_and(|(known, told)| known.tag(row.poll) != told.tag(row.poll));
            if elsewhere && matches!(kept, KeptAnswer::Signed(_)) {
                return Err(mapping::unverified(Subject::Word, Party::Registrar));
            }
            row.roll = row.roll.or(asked.roll);
            *row.answers.get_mut(number).ok_or(damaged())? = kept;
            Ok(())
        })
        .map(drop)
    }

    /// Changes the registration as it stands now: its parts are different calls' business.
    pub(super) fn change_registration(
        &self,
        place: Place,
        id: &PollId,
        change: impl FnOnce(&mut RegistrationRow) -> Result<(), WalletError>,
    ) -> Result<RegistrationRow, WalletError> {
        self.session().decide(place, |open| {
            let row: Option<RegistrationRow> = record::load(&*open.store, &record::registration_row(id))?;
            let mut row = row.ok_or(WalletError::Invalid { input: Input::NotRegistered })?;
            change(&mut row)?;
            Ok((record::put(record::registration_row(id), &row), row))
        })
    }
}

/// The row of the card for a registrar, by its place in the manifest.
pub(super) fn card_row(poll: &Poll, number: usize) -> Result<Row, WalletError> {
    let number = u8::try_from(number).map_err(|_| damaged())?;
    Ok(record::registration_card_row(&poll.id(), number))
}

/// Who is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    /// Those who have not answered.
    Awaited,
    /// Those too who have refused: a roll may have been mended, a window opened.
    Everybody,
}

/// A signature counts under the key of the manifest alone; and all registrars must have her in the same place of the roll, or one of them
/// could tell her tag from the others' (BALLOT-3).
pub(super) fn take_signature(
    poll: &Poll,
    row: &mut RegistrationRow,
    (secret, number): (&PollSecret, usize),
    issued: &Issued,
) -> Result<KeptAnswer, WalletError> {
    let unverified = mapping::unverified(Subject::Word, Party::Registrar);
    let signature = secret.finish(poll, row.electorate, number, &issued.signature);
    let signature = signature.map_err(|_| unverified.clone())?;
    let is_its_own = usize::from(issued.row.registrar) == number;
    let is_her_place = row.roll.is_none_or(|known| known.tag(poll.id()) == issued.entry.tag(poll.id()));
    if !is_its_own || !is_her_place {
        return Err(unverified);
    }
    row.roll = Some(issued.entry);
    Ok(KeptAnswer::Signed(Box::new(signature)))
}
