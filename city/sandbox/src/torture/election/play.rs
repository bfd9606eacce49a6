//! One run of a poll: she registers, opens a ballot, casts, perhaps again, sees that it counts, and is rewarded; somebody is killed.

use super::ground::{Ground, pass_until, until_key};
use super::office::{Made, Making};
use super::verdict::{self, VoteFacts, VoterFact};
use crate::torture::citizen::Citizen;
use crate::torture::cutter::Cutter;
use crate::torture::facts;
use crate::torture::plan::{Flow, Plan};
use crate::torture::scenario::{Report, RunError};
use crate::torture::stage::Stage;
use crate::torture::world::{Image, World};
use citizen_primitives::{Place, PollId, Seconds};
use citizen_wallet::error::Reason;
use citizen_wallet::view::VoteView;
use citizen_wallet::{Choice, Trust, Wallet, WalletError};
use city_services::Office;
use city_services::office::PublishError;
use std::io;
use std::sync::Arc;

/// How often she asks registrars that are at work or dead.
const TRIES: u32 = 30;
/// The longest delay of a reward after closing: 36 slots.
const DELAY: Seconds = Seconds::new(36 * 10);

/// Makes a run of a plan.
pub async fn run(seed: u64, plan: &Plan, places: &[Place], ground: &Ground) -> Result<Report, RunError> {
    let cutter = Arc::new(Cutter::knowing(places.iter().copied()));
    let image: &Image = if plan.flow == Flow::Election { &ground.founded } else { &ground.voting };
    let world = World::resume(image, seed, Arc::clone(&cutter))?;
    cutter.aim(plan.aims.iter().copied());
    let stage = Stage::new(world, cutter, plan.absences.iter().copied());
    let trust = Trust::File(stage.world().trust());
    let citizen = Citizen::new(&stage, ground.phone.copied()?, trust, Some(ground.code.clone()));
    let citizen = citizen.coming_back(plan.comes_back);
    let mut play = Play { plan, ground, stage, citizen };
    let (made, has_key) = play.begin().await?;
    if has_key {
        play.vote(&made).await;
        play.close(&made).await?;
    }
    let facts = play.facts(&made, has_key).await?;
    Ok(play.report(&facts))
}

struct Play<'a> {
    plan: &'a Plan,
    ground: &'a Ground,
    stage: Arc<Stage>,
    citizen: Citizen,
}

impl Play<'_> {
    /// The poll: made in this run, or there already.
    async fn begin(&mut self) -> Result<(Made, bool), RunError> {
        if self.plan.comes_twice {
            self.stage.let_things_come_twice();
        }
        if self.plan.flow != Flow::Election {
            return Ok((self.ground.made.clone(), true));
        }
        let making = Making { stage: &self.stage, keys: &self.ground.keys };
        let made = making.make(self.ground.account).await?;
        let has_key = until_key(&self.stage, &made).await?;
        Ok((made, has_key))
    }

    async fn vote(&mut self, made: &Made) {
        let id = made.poll.id();
        self.citizen.attempt("the polls", async |wallet| wallet.polls().await.map(drop)).await;
        pass_until(&self.stage, made.poll.manifest().registration.from).await;
        self.register(&id).await;
        pass_until(&self.stage, made.poll.manifest().casting.from).await;
        if !self.is_registered(&id).await {
            return;
        }
        self.citizen.attempt("checking", async |wallet| check(wallet, &id).await).await;
        let casts = 1 + u32::from(self.plan.votes_again);
        for cast in 1..=casts {
            self.citizen.attempt("casting", async |wallet| self::cast(wallet, &id, cast).await).await;
            self.follow(&id).await;
        }
        let is_placed = async |wallet: &Wallet| wallet.vote(&id).map(|vote| vote.is_placed());
        if self.citizen.attempt("looking", is_placed).await == Some(true) {
            self.citizen.attempt("counting", async |wallet| wallet.verify_counted(&id).await.map(drop)).await;
            self.citizen
                .attempt("asking for the reward", async |wallet| wallet.reward(&id).await.map(drop))
                .await;
        } else if made.poll.is_casting(self.stage.now()) && !self.citizen.is_gone() {
            self.stage.defect("she cannot go on".to_owned());
        }
    }

    /// Until all registrars have signed, or registration is over.
    async fn register(&mut self, id: &PollId) {
        for _ in 0..TRIES {
            let register = async |wallet: &Wallet| match wallet.register_for_poll(id, None).await {
                Err(error) if is_over(&error) => Ok(None),
                registered => registered.map(Some),
            };
            match self.citizen.attempt("registering", register).await {
                Some(Some(registered)) if !*registered.complete() => {
                    for _ in 0..3 {
                        self.stage.turn().await;
                    }
                }
                _ => return,
            }
        }
    }

    async fn is_registered(&mut self, id: &PollId) -> bool {
        let complete = async |wallet: &Wallet| match wallet.poll_registration(id) {
            Err(WalletError::Invalid { .. }) => Ok(false),
            registered => registered.map(|registered| *registered.complete()),
        };
        self.citizen.attempt("the registration", complete).await == Some(true)
    }

    async fn follow(&mut self, id: &PollId) -> Option<VoteView> {
        self.citizen.attempt("following", async |wallet| wallet.follow_vote(id, |_| {}).await).await
    }

    /// Everybody lives, the board closes, the sums are opened and verified; then the reward is redeemed.
    async fn close(&mut self, made: &Made) -> Result<(), RunError> {
        let id = made.poll.id();
        pass_until(&self.stage, made.poll.manifest().casting.until).await;
        let making = Making { stage: &self.stage, keys: &self.ground.keys };
        self.citizen.attempt("verifying", async |wallet| verify(wallet, &id).await).await;
        making.again(async |office| publish(office, &id).await).await?;
        pass_until(&self.stage, made.poll.manifest().casting.until.plus(DELAY)).await;
        for _ in 0..3 {
            let redeem = async |wallet: &Wallet| match wallet.reward(&id).await {
                // Nothing was cast, so nothing is redeemed.
                Err(WalletError::Invalid { .. }) => Ok("none"),
                view => view.map(|view| *view.state()),
            };
            if self.citizen.attempt("redeeming", redeem).await != Some("signed") {
                break;
            }
            self.stage.turn().await;
        }
        self.come_to_rest().await;
        Ok(())
    }

    async fn come_to_rest(&mut self) {
        self.stage.cutter().aim([]);
        for _ in 0..8 {
            self.stage.revive_all();
            self.stage.pass(10).await;
        }
        // A wallet that was killed last comes back too, if it ever does.
        let _ = self.citizen.wallet().await;
        self.stage.revive_all();
    }

    async fn facts(&mut self, made: &Made, has_key: bool) -> Result<VoteFacts, RunError> {
        if !has_key {
            self.come_to_rest().await;
        }
        let id = made.poll.id();
        let phone = if self.citizen.is_gone() { None } else { self.look(&id).await };
        let world = self.stage.world();
        let record = verdict::record_of(world, &id)?.and_then(|record| record.electorates.into_iter().next());
        let points = verdict::points_of(world, &self.ground.account)?;
        Ok(VoteFacts {
            has_key,
            crowd: if self.plan.flow == Flow::Election { 0 } else { super::crowd::CROWD },
            record,
            rewarded: points.saturating_sub(self.ground.points),
            phone,
            is_quiet: self.stage.cutter().cuts().is_empty(),
            noticed: facts::noticed(&self.stage),
        })
    }

    /// What her phone says when all is over.
    async fn look(&mut self, id: &PollId) -> Option<VoterFact> {
        let is_registered = self.is_registered(id).await;
        let look = async |wallet: &Wallet| {
            let vote = match wallet.advance_vote(id).await {
                Ok(vote) => vote,
                Err(WalletError::Invalid { .. }) => return Ok(VoterFact::default()),
                Err(error) => return Err(error),
            };
            let is_placed = vote.is_placed();
            let counts = if is_placed { Some(wallet.verify_counted(id).await?.is_counted()) } else { None };
            Ok(VoterFact {
                is_registered,
                state: vote.state(),
                casts: vote.fingerprint().map_or(0, |_| vote.replaced().saturating_add(1)),
                opened: u32::from(*vote.opened()),
                has_receipt: wallet.vote_receipt(id).is_ok(),
                counts,
                is_redeemed: wallet.reward(id).await.is_ok_and(|reward| *reward.state() == "redeemed"),
            })
        };
        self.citizen.attempt("her vote", look).await
    }

    fn report(&self, facts: &VoteFacts) -> Report {
        let cutter = self.stage.cutter();
        Report {
            polls: 1,
            ballots: u64::from(facts.phone.as_ref().is_some_and(|phone| phone.counts == Some(true))),
            is_gone: self.citizen.is_gone(),
            cuts: cutter.cuts(),
            passed: cutter.passed(),
            breaches: verdict::judge(facts),
            ..Report::default()
        }
    }
}

/// A ballot that is opened, once.
async fn check(wallet: &Wallet, id: &PollId) -> Result<(), WalletError> {
    if *wallet.vote(id)?.opened() > 0 {
        return Ok(());
    }
    let opened = async {
        let review = wallet.review_ballot(id, &[Choice::new(0, vec![1])]).await?;
        wallet.check_ballot(review).await.map(drop)
    };
    or_over(opened.await)
}

/// The ballot of this number among those that are cast; one that was cast before the app died is not cast again.
async fn cast(wallet: &Wallet, id: &PollId, number: u32) -> Result<(), WalletError> {
    let vote = wallet.vote(id)?;
    let before = vote.fingerprint().map_or(0, |_| vote.replaced().saturating_add(1));
    if before >= number {
        return Ok(());
    }
    let cast = async {
        let review = wallet.review_ballot(id, &[Choice::new(0, vec![0])]).await?;
        wallet.cast_ballot(review).await.map(drop)
    };
    or_over(cast.await)
}

async fn verify(wallet: &Wallet, id: &PollId) -> Result<(), WalletError> {
    let poll = wallet.poll(id).await?;
    if *poll.phase() != "published" {
        return Err(WalletError::Offline { can_queue: true });
    }
    let report = wallet.verify_poll(id, |_| {}).await?;
    if *report.ok() {
        return Ok(());
    }
    // One that is `Unverified` is a defect.
    Err(WalletError::Unverified {
        what: citizen_wallet::error::Subject::Board,
        source: citizen_wallet::error::Party::Ledger,
    })
}

async fn publish(office: &Office, id: &PollId) -> Result<(), PublishError> {
    office.publish(id, io::sink()).await.map(drop)
}

/// What comes too late is no failure.
fn or_over(done: Result<(), WalletError>) -> Result<(), WalletError> {
    match done {
        Err(error) if is_over(&error) => Ok(()),
        done => done,
    }
}

fn is_over(error: &WalletError) -> bool {
    matches!(error, WalletError::Refused { reason: Reason::PollTime, .. })
}
