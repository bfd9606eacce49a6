//! A whole poll between processes. Trustees are killed in every round of their ceremony and while they open the sums; a registrar and a
//! relay are killed at their work. Of five trustees one is dead after the ceremony, one lies, and one refuses until nothing goes on
//! without her.

use crate::apart::{Apart, VOTING, audit};
use citizen_ledger::poll::CeremonyStanding;
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{AccountId, Clock as _, Text};
use citizen_voting::TrusteeIndex;
use citizen_voting::ceremony::Phase;
use citizen_voting::manifest::Poll;
use city_sandbox::admin::Admin;
use city_sandbox::folder::Folder;
use city_sandbox::keys::Keys;
use city_sandbox::neighbours::{Neighbours, Registering};
use city_sandbox::plans::{Times, night_buses};
use city_services::office::{Member, Opener, PollPlan, Progress};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Enough for the sums to be opened, and one more.
const VOTERS: u32 = 21;
/// What they vote: of five the first two for the first option, the next for the second, the rest for the third.
const SUMS: [u64; 3] = [9, 4, 8];
/// Nobody is smaller.
const ROLL: u8 = 45;
/// What trustees come to once the key is made.
const DEAD: &str = "trustee-0";
const LIAR: &str = "trustee-1";
const REFUSER: &str = "trustee-2";
const HONEST: [&str; 2] = ["trustee-3", "trustee-4"];
const PAUSE: Duration = Duration::from_millis(50);

/// A poll under way.
struct Polling<'a> {
    city: &'a mut Apart,
    admin: Admin,
    poll: Poll,
    neighbours: Neighbours,
}

/// The windows stand in the manifest before anything happens in them: a poll that was over too soon, since others are at work on this
/// machine, is held again with more time.
#[tokio::test(flavor = "multi_thread")]
async fn sandbox_8_apart_a_poll_has_one_key_and_one_result_whoever_is_killed_refuses_or_lies() {
    let began = Instant::now();
    let mut city = Apart::start_with(&VOTING);
    // Fourteen processes start in a few seconds.
    let pace = began.elapsed().as_secs().div_ceil(12).max(1);
    for times in [1, 2, 4] {
        if held(&mut city, pace * times).await.is_some() {
            city.stop();
            audit(&city.folder("ledger"));
            return;
        }
        VOTING.iter().filter(|part| part.starts_with("trustee")).for_each(|part| city.start_again(part));
    }
    panic!("four times the time that a poll should need was not enough");
}

/// Nothing, if it was over too soon.
async fn held(city: &mut Apart, times: u64) -> Option<()> {
    let mut polling = Polling::announce(city, times).await;
    let registering = polling.ceremony().await?;
    polling.cast(registering).await?;
    polling.open().await;
    polling.publish().await;
    Some(())
}

fn plan(times: u64) -> PollPlan {
    let times =
        Times { registration: (8 * times, 75 * times), casting: (45 * times, 75 * times), slot: 5 * times };
    night_buses(times).unwrap()
}

impl<'a> Polling<'a> {
    /// A registrar that dies while it makes its key makes the same poll possible when it is back.
    async fn announce(city: &'a mut Apart, times: u64) -> Self {
        let gateway = city.url("ledger");
        let admin = Admin::open(&city.folder("ledger"), Some(gateway.clone())).unwrap();
        let folder = Folder::open(&city.folder("neighbours")).unwrap();
        let trust = city.trust();
        let neighbours = Neighbours::settle(&folder, (&gateway, &trust), VOTERS).await.unwrap();
        let mut members = neighbours.members().unwrap();
        for number in (0..ROLL).skip(members.len()) {
            let person = Text::new(&format!("집에 있는 시민 {number}")).unwrap();
            members.push(Member { known: AccountId::from_bytes([number; 32]).into(), person });
        }
        let (plan, members) = (plan(times), [members]);
        let made = admin.make(&plan, &members);
        let killed = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            city.kill_and_serve("registrar-1", 0);
        };
        let (made, ()) = tokio::join!(made, killed);
        let (poll, draft) = made.unwrap();
        admin.announce(&poll, draft).await.unwrap();
        Self { city, admin, poll, neighbours }
    }

    async fn look(&self) -> Progress {
        self.admin.watch(&self.poll.id()).await.unwrap()
    }

    /// In every round one of those who have not spoken in it is killed. The others' registration goes on meanwhile.
    async fn ceremony(&mut self) -> Option<Registering> {
        let (mut killed, mut registering) = (Vec::new(), None);
        loop {
            let progress = self.look().await;
            if registering.is_none() && self.poll.is_registering(progress.time) {
                registering = Some(self.neighbours.register(&self.poll).await.unwrap());
            }
            match progress.ceremony {
                Phase::Waiting { round, missing } if !killed.contains(&round) => {
                    killed.push(round);
                    let trustee = self.process(missing[0]);
                    self.city.kill_and_serve(trustee, 0);
                }
                Phase::Waiting { .. } if progress.time >= self.poll.manifest().casting.from => return None,
                Phase::Done(election) if registering.is_some() => {
                    assert_eq!(progress.record.ceremony, CeremonyStanding::Done(election.key));
                    println!("killed in {killed:?}");
                    assert!(!killed.is_empty());
                    return registering;
                }
                Phase::Waiting { .. } | Phase::Done(_) => {}
                Phase::Failed(fault) => panic!("{fault}"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Everybody's ballot comes onto the board, though a registrar and the relay die; and three trustees turn.
    async fn cast(&mut self, registering: Registering) -> Option<()> {
        self.city.kill_and_serve("registrar-0", 0);
        self.city.kill(DEAD);
        for (trustee, conduct) in [(LIAR, "opens-wrongly"), (REFUSER, "silent")] {
            self.city.kill(trustee);
            self.city.serve_as(trustee, &["--conduct", conduct]);
        }
        while SystemClock.now() < self.poll.manifest().casting.from {
            tokio::time::sleep(PAUSE).await;
        }
        let relay = self.relay("relay-0");
        let killed = async {
            for after in [500, 1_500] {
                tokio::time::sleep(Duration::from_millis(after)).await;
                self.city.kill_and_serve("relay-0", 0);
            }
        };
        let (cast, ()) = tokio::join!(self.neighbours.cast(&self.poll, relay, registering), killed);
        (cast.unwrap() == self.neighbours.count()).then_some(())
    }

    /// Two honest trustees and a liar open nothing; the third honest one is killed in the middle of it as the others were.
    async fn open(&mut self) {
        while self.look().await.time < self.poll.manifest().casting.until {
            tokio::time::sleep(PAUSE).await;
        }
        for after in [0, 60, 150] {
            for trustee in HONEST {
                self.city.kill_and_serve(trustee, after);
            }
        }
        let opened = |progress: &Progress| progress.opened[0].len();
        let mut progress = self.look().await;
        while opened(&progress) < 3 {
            tokio::time::sleep(PAUSE).await;
            progress = self.look().await;
        }
        assert!(progress.record.electorates[0].result.is_none(), "two of three");
        self.city.kill(REFUSER);
        self.city.serve(REFUSER);
        self.city.kill_and_serve(REFUSER, 100);
        let progress = self.admin.close(&self.poll.id()).await.unwrap();
        let result = progress.record.electorates[0].result.clone().unwrap();
        assert_eq!((result.counted, &result.contests[0].1[..]), (u64::from(VOTERS), &SUMS[..]));
        let openers = |is_right| {
            let of_these =
                progress.opened[0].iter().filter(move |opener: &&Opener| opener.is_right == is_right);
            of_these.map(|opener| self.process(opener.trustee)).collect::<Vec<_>>()
        };
        assert_eq!(openers(false), [LIAR]);
        let right: BTreeSet<_> = openers(true).into_iter().collect();
        assert_eq!((openers(true).len(), right), (3, [HONEST[0], HONEST[1], REFUSER].into()));
    }

    /// All of it verifies, and the liar is named.
    async fn publish(&self) {
        let file = self.city.folder("poll.bundle");
        let report = self.admin.publish(&self.poll.id(), &file).await.unwrap();
        assert!(report.is_ok(), "{report:?}");
        assert_eq!((report.counted, report.replaced, report.spoiled), (u64::from(VOTERS), 0, 0));
        let blamed: Vec<_> = report.blamed.iter().map(|(_, trustee)| self.process(*trustee)).collect();
        assert_eq!(blamed, [LIAR]);
    }

    /// In which process a trustee of the manifest is.
    fn process(&self, trustee: TrusteeIndex) -> &'static str {
        let keys = Keys::read(&self.city.folder("ledger")).unwrap();
        let member = &self.poll.manifest().trustees.members[usize::from(trustee.number()) - 1];
        let is_hers = |seed: &[u8; 32]| Keys::signing(seed).public() == member.signing;
        let number = keys.trustees.iter().position(is_hers).unwrap();
        VOTING.iter().find(|part| **part == format!("trustee-{number}")).unwrap()
    }

    fn relay(&self, process: &str) -> citizen_primitives::KeyId {
        let keys = Keys::read(&self.city.folder("ledger")).unwrap();
        let number: usize = process.trim_start_matches("relay-").parse().unwrap();
        Keys::signing(&keys.relays[number]).id()
    }
}
