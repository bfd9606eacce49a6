//! She votes: a poll of the neighbourhood from its making to its result, with a registrar that is down, a relay that drops, a gateway
//! that shows another board, a trustee who is gone, and one who lies.

mod cast;
mod halt;
mod result;
mod tempo;

use super::card::RESIDENT;
use super::{PollSize, Story};
use crate::admin::Admin;
use crate::city::City;
use crate::failure::Failure;
use crate::narrator::Line;
use crate::neighbours::{Neighbours, Registering};
use crate::voting::Voting;
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{AccountId, Clock as _, Text};
use citizen_voting::ceremony::Phase;
use citizen_voting::manifest::Poll;
use citizen_wallet::Message;
use citizen_wallet::view::RegistrationView;
use city_services::office::Member;
use city_services::registrar::Known;
use city_services::relay;
use city_services::trustee;
use halt::Halt;
use std::io::Write;
use std::time::Duration;

/// How often something is looked at again.
const PAUSE: Duration = Duration::from_millis(100);
/// A poll is held with so many times the time that it should need; the next one where the one before was over too soon.
const TIMES: [u64; 3] = [1, 2, 4];
/// A roll is twice the smallest turnout: where few vote, others stay at home.
const SMALLEST_ROLL: u8 = 40;
/// The registrar that is down at first.
const DOWN: usize = 2;
/// The trustee who comes last, the one who never does, and the one who lies.
const LATE: usize = 2;
const GONE: usize = 3;
const LIAR: usize = 4;

/// A poll under way, with everybody in it.
struct Polling {
    admin: Admin,
    poll: Poll,
    neighbours: Neighbours,
}

impl Polling {
    /// Whether nothing more can be cast.
    fn is_over(&self) -> bool {
        SystemClock.now() >= self.poll.last_cast()
    }

    /// What did not come about: for want of time, if the poll is over, and for another reason if it is not.
    fn missed(&self, failure: Failure) -> Halt {
        if self.is_over() { Halt::TooLate } else { Halt::Failed(failure) }
    }
}

impl<W: Write> Story<'_, W> {
    /// The whole poll. One that is over before all have voted, since others are at work on this machine, is held again with more time;
    /// what more time does not mend ends the story.
    pub(super) async fn vote(&mut self, size: PollSize) -> Result<(), Failure> {
        let Some(neighbours) = size.neighbours() else { return Ok(()) };
        for times in TIMES {
            let told = self.poll_told(neighbours, times).await;
            // Whoever misbehaved in it behaves again afterwards.
            behave(self.city.voting());
            match told {
                Ok(()) => return Ok(()),
                Err(Halt::TooLate) => self.narrator.more(&Line::of("poll.again"))?,
                Err(Halt::Failed(failure)) => return Err(failure),
            }
        }
        Err(Failure(Line::of("poll.too-slow")))
    }

    async fn poll_told(&mut self, neighbours: u32, times: u64) -> Result<(), Halt> {
        let polling = self.make_poll(neighbours, times).await?;
        self.wait_for_the_key(&polling).await?;
        let registering = self.register(&polling).await?;
        self.check_a_ballot(&polling).await?;
        self.cast(&polling, registering).await?;
        self.change_her_mind(&polling).await?;
        self.see_another_board(&polling).await?;
        Ok(self.see_the_result(&polling).await?)
    }

    /// The office makes the poll, and announces it.
    async fn make_poll(&mut self, neighbours: u32, times: u64) -> Result<Polling, Failure> {
        let number = self.citizen.wallet.polls().await?.len().saturating_add(1);
        let roll = neighbours.saturating_add(1).max(SMALLEST_ROLL.into());
        let line = Line::of("poll.making").with("number", number).with("roll", roll);
        self.narrator.step("name.poll", &line)?;
        let gateway = (self.city.url(), self.city.trust());
        let neighbours = Neighbours::settle(self.city.folder(), gateway, neighbours).await?;
        let mut members = neighbours.members()?;
        let admin = Admin::open(self.city.folder().path(), Some(self.city.url().clone()))?;
        // She has her card; her neighbours have none yet.
        let (resident, name, _) = RESIDENT;
        members.push(member(Known::Card(admin.voters().of(resident)), name)?);
        for number in (0..SMALLEST_ROLL).skip(members.len()) {
            let known = AccountId::from_bytes([number; 32]).into();
            members.push(member(known, &format!("집에 있는 이웃 {number}"))?);
        }
        let (poll, draft) = admin.make(&tempo::plan(number, times)?, &[members]).await?;
        // Its machine stops just now.
        set_down(self.city, true);
        admin.announce(&poll, draft).await?;
        let polling = Polling { admin, poll, neighbours };
        let manifest = polling.poll.manifest();
        let line = Line::of("poll.announced")
            .with("poll", short(&polling.poll.id().to_hex()))
            .with("slot", manifest.slot.count())
            .with("time", manifest.casting.until.since(manifest.casting.from).count());
        self.narrator.more(&line)?;
        Ok(polling)
    }

    /// The trustees hold their ceremony; then two of them turn.
    async fn wait_for_the_key(&mut self, polling: &Polling) -> Result<(), Halt> {
        let poll = &polling.poll;
        loop {
            let progress = polling.admin.watch(&poll.id()).await?;
            match progress.ceremony {
                Phase::Done(_) => break,
                Phase::Waiting { .. } if progress.time < poll.manifest().casting.from => {}
                Phase::Waiting { .. } => return Err(Halt::TooLate),
                Phase::Failed(_) => return Err(Failure(Line::of("poll.no-key")).into()),
            }
            tokio::time::sleep(PAUSE).await;
        }
        let trustees = &self.city.voting().trustees;
        for (number, conduct) in [
            (LATE, trustee::Conduct::Silent),
            (GONE, trustee::Conduct::Silent),
            (LIAR, trustee::Conduct::OpensWrongly),
        ] {
            trustees.get(number).into_iter().for_each(|trustee| trustee.set_conduct(conduct));
        }
        let line = Line::of("poll.key")
            .with("trustees", trustees.len())
            .with("threshold", poll.manifest().trustees.threshold);
        Ok(self.narrator.more(&line)?)
    }

    /// Two registrars sign, the third is waited for. Her neighbours register meanwhile.
    async fn register(&mut self, polling: &Polling) -> Result<Registering, Halt> {
        let (wallet, id) = (&self.citizen.wallet, polling.poll.id());
        while *wallet.poll(&id).await?.phase() == "announced" {
            tokio::time::sleep(PAUSE).await;
        }
        let registering = polling.neighbours.register(&polling.poll).await?;
        let review = wallet.review_registration(&id, None).await?;
        let by_card = review.view().card().is_some();
        let begun = wallet.register(review).await?;
        if *begun.complete() || !by_card {
            return Err(Failure(Line::of("story.believed").with("code", "registrar")).into());
        }
        let line = Line::of("register.begun")
            .with("signed", count(&begun, "signed"))
            .with_line("down", &names(&begun, "awaited"));
        self.narrator.step("name.register", &line)?;
        set_down(self.city, false);
        let registered = wallet.register_for_poll(&id, None).await?;
        if !*registered.complete() {
            let failure = Failure(Line::of("poll.not-registered").with("state", registered.state()));
            return Err(polling.missed(failure));
        }
        let signed = count(&registered, "signed");
        self.narrator.more(&Line::of("register.done").with("signed", signed))?;
        self.until_open(polling).await?;
        Ok(registering)
    }

    async fn until_open(&self, polling: &Polling) -> Result<(), Halt> {
        loop {
            let poll = self.citizen.wallet.poll(&polling.poll.id()).await?;
            match *poll.phase() {
                "together" | "casting" => return Ok(()),
                "registering" => tokio::time::sleep(PAUSE).await,
                _ => return Err(Halt::TooLate),
            }
        }
    }
}

fn member(known: Known, person: &str) -> Result<Member, Failure> {
    let person = Text::new(person).map_err(|error| Failure(Line::same(error)))?;
    Ok(Member { known, person })
}

/// One registrar goes down, or comes up again.
fn set_down(city: &City, is_down: bool) {
    city.voting().registrars.get(DOWN).into_iter().for_each(|door| door.set_closed(is_down));
}

fn behave(voting: &Voting) {
    voting.registrars.iter().for_each(|door| door.set_closed(false));
    voting.relays.iter().for_each(|relay| relay.set_conduct(relay::Conduct::Honest));
    voting.trustees.iter().for_each(|trustee| trustee.set_conduct(trustee::Conduct::Honest));
}

fn count(registration: &RegistrationView, state: &str) -> usize {
    registration.registrars().iter().filter(|registrar| *registrar.state() == state).count()
}

fn names(registration: &RegistrationView, state: &str) -> Line {
    let of_state = registration.registrars().iter().filter(|registrar| *registrar.state() == state);
    listed(of_state.map(|registrar| registrar.name()))
}

/// Names one after the other.
fn listed<'m>(names: impl Iterator<Item = &'m Message>) -> Line {
    let mut all = (Vec::new(), Vec::new());
    for name in names {
        all.0.push(name.ko.as_str());
        all.1.push(name.en.as_str());
    }
    Line::new(&all.0.join(", "), &all.1.join(", "))
}

fn line_of(message: &Message) -> Line {
    Line::new(&message.ko, &message.en)
}

/// The beginning of a digest, as people compare them.
fn short(hex: &str) -> String {
    hex.chars().take(8).collect()
}
