//! A poll as it is held: citizens register, cast, look after their ballots, take their rewards, each at a time of her own.

use crate::citizen::Citizen;
use crate::evidence::{Evidence, ballots};
use crate::poll::Times;
use crate::town::Town;
use citizen_primitives::{AccountId, PollId};
use citizen_voting::VotingKey;
use city_sandbox::parties::Ground;
use city_services::registrar::Known;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// An idle ledger's newest header is at most so old, in seconds.
const BEAT: u64 = 12;

/// What is planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leak {
    /// Nothing.
    None,
    /// Relays bring ballots in the order in which they came.
    Unshuffled,
    /// Rewards are asked for and redeemed in one go.
    EarlyRedemption,
    /// Ballots go over the wallet's own connection.
    SharedConnection,
    /// The voting root is the account's number.
    KeyOfAccount,
    /// Registration and casting run together, and everybody does both in one go.
    WindowsTogether,
}

/// How a day is held.
#[derive(Debug, Clone, Copy)]
pub struct Day {
    pub leak: Leak,
    pub citizens: usize,
    pub slots: u64,
    pub seed: u64,
    /// Whether rewards are asked for and redeemed; fewer than fifty never are.
    pub rewards: bool,
}

/// What really happened to a citizen's ballot.
#[derive(Debug, Clone, Copy)]
pub struct Voter {
    pub account: AccountId,
    pub voting_key: VotingKey,
    pub slot: u64,
}

/// A day that is over.
pub struct Played {
    pub seed: u64,
    pub voters: Vec<Voter>,
    pub evidence: Evidence,
}

impl Played {
    /// The ballots that one relay brought in one slot, and whose they are: among them a guess is a guess.
    pub fn batches(&self) -> BTreeMap<(u64, String), Vec<Voter>> {
        let mut batches: BTreeMap<_, Vec<Voter>> = BTreeMap::new();
        for voter in &self.voters {
            let ballot = self.evidence.ballots.iter().find(|it| it.leaf.voting_key == voter.voting_key);
            batches.entry((voter.slot, ballot.unwrap().relay.clone())).or_default().push(*voter);
        }
        batches
    }
}

/// A day under way.
struct Under {
    day: Day,
    town: Arc<Town>,
    citizens: Vec<Citizen>,
    times: Times,
    poll: PollId,
    rng: StdRng,
    /// Before when whose reward is not redeemed.
    from: Vec<(u64, usize)>,
}

impl Day {
    pub async fn play(self) -> Played {
        let town = Town::found(self.seed, self.leak != Leak::Unshuffled);
        let mut citizens = Vec::new();
        for number in 0..self.citizens {
            citizens.push(Citizen::arrive(&town, self.leak, u64::try_from(number).unwrap()).await);
        }
        let registration = town.now() + 120 + 2 * u64::try_from(self.citizens).unwrap();
        let casting = registration + 20 * u64::try_from(self.citizens).unwrap();
        let together = self.leak == Leak::WindowsTogether;
        let times = Times { registration, casting, slots: self.slots, together };
        let people = self.people(&town, &citizens).await;
        let poll = town.announce(&people, times).id();
        let rng = StdRng::seed_from_u64(self.seed);
        Under { day: self, town, citizens, times, poll, rng, from: Vec::new() }.hold().await
    }

    /// Where nothing is planted, every second citizen has her card, and the roll knows her by it.
    async fn people(&self, town: &Town, citizens: &[Citizen]) -> Vec<Known> {
        let voters = Ground::voters(&town.keys);
        let mut people = Vec::new();
        for (number, citizen) in citizens.iter().enumerate() {
            people.push(if self.leak == Leak::None && number % 2 == 0 {
                citizen.apply(town, number).await;
                Known::Card(voters.of(&format!("SB-{number}")))
            } else {
                citizen.account.into()
            });
        }
        town.publish().await;
        people
    }
}

impl Under {
    async fn hold(mut self) -> Played {
        self.town.registering.store(true, Ordering::Relaxed);
        self.town.until(self.times.registration + BEAT);
        if !self.times.together {
            for number in self.shuffled() {
                self.citizens[number].register(&self.poll).await;
                self.pause().await;
            }
            self.town.registering.store(false, Ordering::Relaxed);
        }
        let all = self.shuffled();
        let of_slot = all.len().div_ceil(usize::try_from(self.times.slots).unwrap());
        let (mut voters, mut last): (Vec<Voter>, Vec<usize>) = (Vec::new(), Vec::new());
        for (slot, group) in (0..).zip(all.chunks(of_slot)) {
            self.town.until(self.times.slot(slot) + BEAT);
            self.look_after(&last).await;
            for number in group {
                voters.push(self.vote(*number, slot).await);
            }
            assert!(self.town.now() < self.times.slot(slot + 1), "the slot is over");
            self.town.until(self.times.slot(slot + 1) + BEAT);
            self.town.bring().await;
            last = group.to_vec();
        }
        self.look_after(&last).await;
        self.town.until(self.times.closing() + BEAT);
        self.redeem().await;
        let accounts: Vec<AccountId> = self.citizens.iter().map(|citizen| citizen.account).collect();
        let evidence = Evidence::gather(&self.town, &self.poll, &accounts);
        Played { seed: self.day.seed, voters, evidence }
    }

    async fn vote(&mut self, number: usize, slot: u64) -> Voter {
        let choice = self.rng.random_range(0..3);
        let citizen = &self.citizens[number];
        if self.times.together {
            citizen.register(&self.poll).await;
        }
        citizen.cast(&self.poll, choice).await;
        // Nobody else was at work meanwhile: the last ballot that came is hers.
        let voting_key = ballots(&self.town.wires.seen()).last().unwrap().leaf.voting_key;
        let account = citizen.account;
        self.pause().await;
        Voter { account, voting_key, slot }
    }

    /// In any order, they look whether their ballots stand on the board; some time later their phones ask for the reward.
    async fn look_after(&mut self, group: &[usize]) {
        let mut group = group.to_vec();
        group.shuffle(&mut self.rng);
        for number in &group {
            self.citizens[*number].follow(&self.poll).await;
        }
        self.town.turn().await;
        if self.day.rewards && self.day.leak != Leak::EarlyRedemption {
            group.shuffle(&mut self.rng);
            for number in group {
                let from = self.citizens[number].reward(&self.poll).await.unwrap();
                assert!(from >= self.times.closing());
                self.from.push((from, number));
                self.town.turn().await;
            }
        }
    }

    async fn redeem(&mut self) {
        if !self.day.rewards {
            return;
        }
        if self.day.leak == Leak::EarlyRedemption {
            let order = self.shuffled();
            order.iter().for_each(|number| self.citizens[*number].stop_rolling());
            // The first ones are too few, and are told so; they ask again.
            for number in [&order[..], &order[..]].concat() {
                self.citizens[number].reward_in_one_go(&self.poll).await;
                self.town.turn().await;
            }
        }
        let mut from = std::mem::take(&mut self.from);
        from.sort_unstable();
        for (from, number) in from {
            self.town.until(from + BEAT);
            assert!(self.citizens[number].reward(&self.poll).await.is_none(), "its time has come");
        }
    }

    fn shuffled(&mut self) -> Vec<usize> {
        let mut all: Vec<usize> = (0..self.citizens.len()).collect();
        all.shuffle(&mut self.rng);
        all
    }

    async fn pause(&mut self) {
        for _ in 0..self.rng.random_range(1..3) {
            self.town.turn().await;
        }
    }
}
