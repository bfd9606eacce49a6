//! One run: a city, a citizen, what she does, who is killed, and what is the case when all has settled.

use super::acts;
use super::citizen::{Citizen, paper};
use super::cutter::{Aim, Cutter};
use super::facts::{self, FactError, Facts};
use super::market::Deal;
use super::phone::{PIN, Phone, PhoneError};
use super::plan::{Errand, Flow, Plan};
use super::stage::Stage;
use super::till::Till;
use super::trade::Trade;
use super::verdict::{Breach, judge};
use super::world::{Echo, Image, World, WorldError};
use crate::node::anchor;
use citizen_client::TrustFile;
use citizen_primitives::{PaymentId, Place};
use citizen_wallet::{Claim, PaymentReview, Trust, Wallet};
use city_services::Mood;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// How bank and treasury know her.
const NAME: &str = "김지우";
/// And her friend.
const FRIEND: &str = "이하나";
/// Turns until everything must have settled: far more than a hold lasts.
const PATIENCE: u32 = 240;
const DAY: u64 = 24 * 60 * 60;
/// A month and a little.
const MONTH: u64 = 31 * DAY;

/// Why a run could not be made at all.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The city.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The phone.
    #[error(transparent)]
    Phone(#[from] PhoneError),
    /// The facts.
    #[error(transparent)]
    Facts(#[from] FactError),
    /// The citizen did not get as far as paying, though nobody was killed.
    #[error("the citizen is not set up")]
    NotSetUp,
    /// A poll did not get as far, though nobody was killed.
    #[error("the poll is not set up: {0}")]
    NoPoll(String),
}

/// A poll that did not get as far.
pub(super) fn no_poll(why: impl fmt::Display) -> RunError {
    RunError::NoPoll(why.to_string())
}

/// A city and a phone that are ready to pay: most runs begin here.
#[derive(Debug)]
pub struct Prepared {
    image: Image,
    phone: Phone,
    code: String,
    /// A friend's phone and recovery code.
    friend: (Phone, String),
}

/// What became of a run.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// 1, if a poll was held in it and nothing was paid.
    pub polls: u64,
    /// Ballots of hers that count.
    pub ballots: u64,
    /// Payments that were captured.
    pub captured: u64,
    /// Payments that were reversed.
    pub reversed: u64,
    /// Whether a phone never came back.
    pub is_gone: bool,
    /// Who was killed where.
    pub cuts: Vec<Aim>,
    /// How often each place was passed.
    pub passed: BTreeMap<Place, u32>,
    /// Whether the ledger's validators were not the same from its first block to its last.
    pub have_validators_changed: bool,
    /// What does not hold.
    pub breaches: Vec<Breach>,
}

impl Prepared {
    #[cfg(test)]
    pub(super) const fn image(&self) -> &Image {
        &self.image
    }

    /// Founds a city and sets a citizen up in it.
    pub async fn new(seed: u64, places: &[Place]) -> Result<Self, RunError> {
        let cutter = Arc::new(Cutter::knowing(places.iter().copied()));
        let stage = Stage::new(World::found(seed, Arc::clone(&cutter))?, cutter, []);
        let mut citizen = newcomer(&stage, Trust::File(stage.world().trust()));
        citizen.settle_in(NAME, &claim()?).await.ok_or(RunError::NotSetUp)?;
        let mut friend = newcomer(&stage, Trust::File(stage.world().trust()));
        friend.settle_in(FRIEND, &claim()?).await.ok_or(RunError::NotSetUp)?;
        let closed =
            |citizen: &mut Citizen| (citizen.close().clone(), citizen.code().unwrap_or_default().to_owned());
        let ((phone, code), friend) = (closed(&mut citizen), closed(&mut friend));
        Ok(Self { image: stage.world().stop(), phone, code, friend })
    }
}

/// Makes a run of a plan.
pub async fn run(
    seed: u64,
    plan: &Plan,
    places: &[Place],
    prepared: &Prepared,
) -> Result<(Facts, Report), RunError> {
    let cutter = Arc::new(Cutter::knowing(places.iter().copied()));
    let mut play = match plan.flow {
        Flow::Founding | Flow::FirstUse => {
            cutter.aim(plan.aims.iter().copied());
            Play::begin(plan, World::found(seed, Arc::clone(&cutter))?, cutter)?
        }
        _ => {
            let world = World::resume(&prepared.image, seed, Arc::clone(&cutter))?;
            cutter.aim(plan.aims.iter().copied());
            Play::go_on(plan, world, cutter, prepared)?
        }
    };
    play.act().await?;
    play.settle().await?;
    let facts = play.facts(seed.is_multiple_of(4)).await?;
    let report = play.report(&facts);
    Ok((facts, report))
}

/// Pays in a prepared city, does something to it that must not be, and says what is the case then.
#[cfg(test)]
pub(super) async fn resume_and_pay(
    prepared: &Prepared,
    plan: &Plan,
    spoil: impl FnOnce(&World, &Prepared) -> Result<(), WorldError>,
) -> Result<Facts, RunError> {
    let cutter = Arc::new(Cutter::knowing(super::places()));
    let world = World::resume(&prepared.image, 1, Arc::clone(&cutter))?;
    let mut play = Play::go_on(plan, world, cutter, prepared)?;
    play.act().await?;
    play.settle().await?;
    spoil(play.stage.world(), prepared)?;
    play.facts(true).await
}

pub(super) fn newcomer(stage: &Arc<Stage>, trust: Trust) -> Citizen {
    Citizen::new(stage, Phone::default(), trust, None)
}

pub(super) fn claim() -> Result<Claim, RunError> {
    Claim::new("eco", "eco-2026-h1").map_err(|_| RunError::NotSetUp)
}

/// A run while it goes on.
struct Play<'a> {
    plan: &'a Plan,
    stage: Arc<Stage>,
    citizen: Citizen,
    /// Another phone: the one that was replaced, the copy, or a friend's.
    other: Option<Citizen>,
    till: Option<Till>,
    fenced: Vec<PaymentId>,
    once: Vec<Vec<PaymentId>>,
}

impl<'a> Play<'a> {
    fn begin(plan: &'a Plan, world: World, cutter: Arc<Cutter>) -> Result<Self, RunError> {
        let stage = Stage::new(world, cutter, plan.absences.iter().copied());
        let trust = match plan.flow {
            Flow::FirstUse => Trust::FirstUse,
            _ => Trust::File(stage.world().trust()),
        };
        let citizen = newcomer(&stage, trust).coming_back(plan.comes_back);
        Ok(Self { plan, stage, citizen, other: None, till: None, fenced: Vec::new(), once: Vec::new() })
    }

    fn go_on(
        plan: &'a Plan,
        world: World,
        cutter: Arc<Cutter>,
        prepared: &Prepared,
    ) -> Result<Self, RunError> {
        let stage = Stage::new(world, cutter, plan.absences.iter().copied());
        let trust = Trust::File(stage.world().trust());
        let citizen = Citizen::new(&stage, prepared.phone.copied()?, trust, Some(prepared.code.clone()));
        let citizen = citizen.coming_back(plan.comes_back);
        let (mut other, mut till) = (None, None);
        if plan.flow == Flow::Market {
            let (phone, code) = &prepared.friend;
            let trust = Trust::File(stage.world().trust());
            other = Some(Citizen::new(&stage, phone.copied()?, trust, Some(code.clone())));
            till = Some(Till::new(&stage));
        }
        Ok(Self { plan, stage, citizen, other, till, fenced: Vec::new(), once: Vec::new() })
    }

    async fn act(&mut self) -> Result<(), RunError> {
        self.stage.world().set_mood(self.plan.mood);
        if self.plan.comes_twice {
            self.stage.let_things_come_twice();
        }
        match self.plan.flow {
            Flow::Founding | Flow::FirstUse => {
                let done = self.citizen.settle_in(NAME, &claim()?).await;
                if done.is_none() && !self.citizen.is_gone() {
                    self.stage.defect("the citizen is not set up".to_owned());
                }
            }
            Flow::Housekeeping => self.keep_house().await,
            Flow::Takeover => self.take_over().await?,
            Flow::Copy => self.spend_twice().await?,
            Flow::Market => self.trade().await?,
            // Polls are played elsewhere.
            Flow::Pay | Flow::Renewal | Flow::Election | Flow::Vote => {}
        }
        for errand in &self.plan.errands {
            let begun = self.citizen.pay(errand, self.plan.walks_off).await;
            if errand.for_order {
                self.once.push(begun);
            }
        }
        if self.plan.flow == Flow::Renewal && !self.citizen.is_gone() {
            self.renew().await?;
        }
        if self.plan.flow == Flow::Market {
            self.night().await;
        }
        Ok(())
    }

    async fn trade(&mut self) -> Result<(), RunError> {
        let (Some(friend), Some(till)) = (&mut self.other, &mut self.till) else { return Ok(()) };
        if self.plan.market.redeems {
            // She has not enough for a certificate and for anything else besides.
            let more = Claim::new("eco", "eco-2025-h2").map_err(|_| RunError::NotSetUp)?;
            self.citizen.attempt("earning more", async |wallet| wallet.earn(&more).await.map(drop)).await;
        }
        let (stage, citizen) = (&self.stage, &mut self.citizen);
        Trade { stage, citizen, friend, till }.go(&self.plan.market).await;
        Ok(())
    }

    /// A day is over: the centre closes it, and the bank pays out.
    async fn night(&self) {
        self.stage.pass(DAY).await;
        for _ in 0..6 {
            self.stage.turn().await;
        }
    }

    async fn keep_house(&mut self) {
        self.citizen.change_pin().await;
        self.citizen.attempt("choosing", async |wallet| wallet.prefer_points(false)).await;
        self.citizen.attempt("the home screen", async |wallet| wallet.home().await).await;
        self.citizen.attempt("the history", async |wallet| wallet.history().await).await;
        self.citizen.attempt("won", async |wallet| wallet.won().await).await;
        self.citizen.attempt("the log", async |wallet| wallet.activity()).await;
    }

    /// A backup, an order that is planned, a new phone, and then the order is approved on the old one.
    async fn take_over(&mut self) -> Result<(), RunError> {
        let Some(code) = self.citizen.code().map(str::to_owned) else { return Ok(()) };
        let backed_up = async |wallet: &Wallet| wallet.backup(&paper(&code)?);
        let Some(backup) = self.citizen.attempt("the backup", backed_up).await else { return Ok(()) };
        let planned = self.plan_one().await;
        let phone = Phone::default();
        let trust = Trust::File(self.stage.world().trust());
        let mut new = Citizen::new(&self.stage, phone, trust, Some(code.clone()));
        if !new.restore(&backup, PIN).await {
            // The old phone may be replaced already and not know it: it is not asked to pay any more.
            self.other = Some(std::mem::replace(&mut self.citizen, new));
            return Ok(());
        }
        if let Some(review) = planned
            && let Some(id) = self.citizen.approve_planned(review).await
        {
            self.fenced.push(id);
        }
        self.citizen.close();
        let new = new.coming_back(self.plan.comes_back);
        self.other = Some(std::mem::replace(&mut self.citizen, new));
        Ok(())
    }

    async fn plan_one(&mut self) -> Option<PaymentReview> {
        let errand = Errand { points: 100, won: 200, for_order: false, taps_twice: false };
        let code = self.citizen.till(&errand).await?;
        let wallet = self.citizen.wallet().await?;
        Citizen::review(&wallet, &errand, &code).await.ok()
    }

    /// Two phones with the same keys plan to spend the same points, and both do.
    async fn spend_twice(&mut self) -> Result<(), RunError> {
        let phone = self.citizen.close().copied()?;
        let trust = Trust::File(self.stage.world().trust());
        let code = self.citizen.code().map(str::to_owned);
        let mut copy = Citizen::new(&self.stage, phone, trust, code).coming_back(self.plan.comes_back);
        let errand = Errand { points: 9_000, won: 500, for_order: false, taps_twice: false };
        if let Some(till) = self.citizen.till(&errand).await {
            let mut reviews = Vec::new();
            for citizen in [&mut self.citizen, &mut copy] {
                reviews.push(match citizen.wallet().await {
                    Some(wallet) => Citizen::review(&wallet, &errand, &till).await.ok(),
                    None => None,
                });
            }
            let mut begun = Vec::new();
            for (citizen, review) in [&mut self.citizen, &mut copy].into_iter().zip(reviews) {
                begun.push(match review {
                    Some(review) => citizen.approve_planned(review).await,
                    None => None,
                });
                // Both in one block, or the second when the first is on hold: refused in a block, or at the ledger's door.
                if self.plan.comes_twice {
                    self.stage.turn().await;
                }
            }
            for (citizen, id) in [&mut self.citizen, &mut copy].into_iter().zip(&begun) {
                citizen.follow_all(id.as_slice()).await;
            }
            self.once.push(begun.into_iter().flatten().collect());
        }
        self.other = Some(copy);
        Ok(())
    }

    /// A month later the proofs are old; the app's next trust file may begin above the receipts.
    async fn renew(&mut self) -> Result<(), RunError> {
        self.stage.pass(MONTH).await;
        for _ in 0..3 {
            self.stage.turn().await;
        }
        if self.plan.errands.len() > 1
            && let Ok(chain) = self.stage.world().chain()
        {
            let newest = anchor(&chain, None).map_err(WorldError::from)?;
            self.citizen.trust_file(Trust::File(TrustFile::of(&newest)));
        }
        self.citizen.attempt("synchronising", async |wallet| wallet.sync().await).await;
        Ok(())
    }

    /// Everything comes to rest; then all that was ever sent comes once more, which must change nothing.
    async fn settle(&mut self) -> Result<(), RunError> {
        self.come_to_rest().await?;
        if self.plan.flow == Flow::Market {
            // What was not at its end in the first night is paid out in the second.
            self.night().await;
            self.come_to_rest().await?;
        }
        if self.plan.comes_twice {
            self.stage.world().echo(Echo::All).await;
            self.come_to_rest().await?;
        }
        Ok(())
    }

    /// Everybody lives, the bank is itself again, and time passes until nothing moves any more.
    async fn come_to_rest(&mut self) -> Result<(), RunError> {
        let world = self.stage.world();
        world.set_mood(Mood::Prompt);
        self.stage.revive_all();
        for round in 0..PATIENCE {
            self.stage.pass(if round < 8 { 1 } else { 10 }).await;
            if round == PATIENCE / 2 {
                self.stage.cutter().aim([]);
                self.stage.revive_all();
            }
            if round % 4 == 3 && self.is_settled().await? && self.are_phones_settled().await {
                // What the phones have sent last is brought to its end too.
                if self.is_settled().await? {
                    break;
                }
            }
        }
        self.stage.cutter().aim([]);
        self.stage.revive_all();
        Ok(())
    }

    async fn is_settled(&self) -> Result<bool, RunError> {
        let world = self.stage.world();
        if !world.dead().is_empty() {
            return Ok(false);
        }
        let ledger = facts::ledger(world, false)?;
        let is_held = ledger.payments.iter().any(|payment| payment.end == facts::End::Held);
        let merchant = self.till.as_ref().and_then(Till::merchant);
        let is_paid_out =
            merchant.is_none_or(|merchant| acts::is_paid_out(world, merchant).is_ok_and(|is| is));
        let is_anything_open = facts::open(world).await.map_or(true, |open| open > 0);
        Ok(!is_held && is_paid_out && world.dead().is_empty() && !is_anything_open)
    }

    async fn are_phones_settled(&mut self) -> bool {
        let mut settled = true;
        for citizen in [Some(&mut self.citizen), self.other.as_mut()].into_iter().flatten() {
            settled &= citizen.catch_up().await;
        }
        settled
    }

    async fn facts(&mut self, with_audit: bool) -> Result<Facts, RunError> {
        let replaced = self.plan.flow == Flow::Takeover;
        let mut phones = Some(Vec::new());
        let others = [(Some(&mut self.citizen), true), (self.other.as_mut(), !replaced)];
        let mut seen = Vec::new();
        for (citizen, with_balance) in others {
            let Some(citizen) = citizen else { continue };
            let facts = citizen.report(with_balance).await;
            phones = phones.zip(facts).map(|(mut phones, facts)| {
                phones.push(facts);
                phones
            });
            seen.extend_from_slice(citizen.shown());
        }
        let world = self.stage.world();
        let till = match &mut self.till {
            Some(till) => Some(acts::of_till(world, till).await?),
            None => None,
        };
        let is_quiet = self.stage.cutter().cuts().is_empty();
        let is_willing = matches!(self.plan.mood, Mood::Prompt | Mood::Lost | Mood::Doubtful);
        let is_plain = match self.plan.flow {
            Flow::Copy => false,
            Flow::Market => self.plan.market.deals.iter().all(Deal::is_plain),
            _ => self.fenced.is_empty(),
        };
        Ok(Facts {
            ledger: facts::ledger(world, with_audit)?,
            books: facts::books(world, till).await?,
            phones,
            shown: seen,
            fenced: self.fenced.clone(),
            once: self.once.clone(),
            must_be_paid: is_quiet && is_willing && is_plain,
            noticed: facts::noticed(&self.stage),
        })
    }

    fn report(&self, facts: &Facts) -> Report {
        let of = |end| facts.ledger.payments.iter().filter(|payment| payment.end == end).count();
        let count = |end| u64::try_from(of(end)).unwrap_or(u64::MAX);
        let cutter = self.stage.cutter();
        Report {
            polls: 0,
            ballots: 0,
            captured: count(facts::End::Captured),
            reversed: count(facts::End::Reversed),
            is_gone: self.citizen.is_gone(),
            cuts: cutter.cuts(),
            passed: cutter.passed(),
            have_validators_changed: facts.ledger.have_validators_changed,
            breaches: judge(facts),
        }
    }
}
