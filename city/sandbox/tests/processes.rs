//! Ledger with gateway, centre, bank and treasury each in a process of its own, with a folder of its own, and a wallet that
//! knows the gateway's address alone. One of them is killed with -9 in the middle of a mixed payment and started again.

#![cfg(test)]

use citizen_client::Https;
use citizen_keys::MemoryBackend;
use citizen_ledger::TrustAnchor;
use citizen_ledger::poll::CeremonyStanding;
use citizen_primitives::{AccountId, Text, random};
use citizen_store::MemoryDisk;
use citizen_voting::ceremony::Phase;
use citizen_wallet::{
    City, Claim, Coins, PaymentId, PaymentReview, PinCost, Points, SoftwareKeystore, StorePlace, Trust,
    TrustFile, Wallet, WalletConfig, WalletError, Won,
};
use city_sandbox::admin::{Admin, read_plan};
use city_sandbox::city::{database, ground};
use city_sandbox::folder::Folder;
use city_sandbox::keys::Keys;
use city_sandbox::merchants::{BAKERY, number, printed_code};
use city_services::office::{Member, PollPlan, TimePlan, WindowPlan};
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use url::Url;

const PARTS: [&str; 4] = ["ledger", "bank", "centre", "treasury"];

/// The parties of polls, several of each kind.
const VOTING: [&str; 10] = [
    "registrar-0",
    "registrar-1",
    "registrar-2",
    "relay-0",
    "relay-1",
    "trustee-0",
    "trustee-1",
    "trustee-2",
    "trustee-3",
    "trustee-4",
];

/// The city in processes of its own for everybody. Whatever happens to the test, none of them outlives it.
struct Apart {
    home: TempDir,
    addresses: BTreeMap<&'static str, SocketAddr>,
    running: BTreeMap<&'static str, Running>,
}

/// A child that is killed when nobody holds it any more.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // One that is gone already has nothing to be killed for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Apart {
    fn start() -> Self {
        Self::start_with(&[])
    }

    fn start_with(others: &[&'static str]) -> Self {
        let parts = [PARTS.as_slice(), others].concat();
        // All at once, so that no two get the same.
        let free: Vec<_> = parts.iter().map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let addresses = free.iter().map(|socket| socket.local_addr().unwrap());
        let addresses = parts.iter().copied().zip(addresses).collect();
        drop(free);
        let home = TempDir::new().unwrap();
        let mut city = Self { home, addresses, running: BTreeMap::new() };
        parts.into_iter().for_each(|part| city.serve(part));
        city
    }

    fn folder(&self, part: &str) -> PathBuf {
        self.home.path().join(part)
    }

    fn url(&self, part: &str) -> Url {
        Url::parse(&format!("http://{}/", self.addresses[part])).unwrap()
    }

    /// Starts a part and waits until it answers.
    fn serve(&mut self, part: &'static str) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_city"));
        let (kind, number) = part.split_once('-').unwrap_or((part, "0"));
        command.env_remove("RUST_LOG").arg("--data").arg(self.folder(part)).args(["serve", kind]);
        command.arg("--listen").arg(self.addresses[part].to_string()).args(["--number", number]);
        for other in PARTS.iter().filter(|other| **other != part) {
            command.arg(format!("--{other}")).arg(self.url(other).as_str());
        }
        for other in self.addresses.keys().filter(|_| part == "ledger") {
            if let Some((kind @ ("registrar" | "relay"), _)) = other.split_once('-') {
                command.arg(format!("--{kind}")).arg(self.url(other).as_str());
            }
        }
        if part != "ledger" {
            let city = self.folder("ledger");
            command.arg("--trust").arg(city.join("city.json")).arg("--keys").arg(city);
        }
        // It says where it is once it is ready.
        let ready = self.folder(part).join("address");
        let _ = std::fs::remove_file(&ready);
        let child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
        self.running.insert(part, Running(child));
        let began = Instant::now();
        while !ready.exists() {
            let ended = self.running.get_mut(part).unwrap().0.try_wait().unwrap();
            assert!(ended.is_none(), "the {part} does not start: {ended:?}");
            assert!(began.elapsed() < Duration::from_secs(180), "the {part} does not answer");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Kill -9: nothing is said, nothing is brought to an end.
    fn kill(&mut self, part: &str) {
        drop(self.running.remove(part).unwrap());
    }

    fn kill_and_serve(&mut self, part: &'static str, after: u64) {
        std::thread::sleep(Duration::from_millis(after));
        self.kill(part);
        std::thread::sleep(Duration::from_millis(50));
        self.serve(part);
    }

    /// Asks everybody to stop, and they do.
    fn stop(&mut self) {
        // The ledger last: the others still need it.
        let mut parts: Vec<_> = self.running.keys().copied().collect();
        parts.sort_by_key(|part| *part == "ledger");
        for part in parts {
            let mut running = self.running.remove(part).unwrap();
            let id = running.0.id().to_string();
            assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
            let status = running.0.wait().unwrap();
            assert!(status.success(), "the {part} ended with {status}");
        }
    }

    fn trust(&self) -> TrustFile {
        TrustFile::parse(&std::fs::read_to_string(self.folder("ledger").join("city.json")).unwrap()).unwrap()
    }
}

fn wallet(city: &Apart, disk: &MemoryDisk, hardware: &MemoryBackend) -> WalletConfig {
    let keystore = SoftwareKeystore::open(Box::new(hardware.clone()), Box::new(random::system())).unwrap();
    let store = StorePlace::Opened(Box::new(disk.open().unwrap()));
    let mut config = WalletConfig::new(store, Arc::new(keystore), Arc::new(Https::new().unwrap()));
    config.pin_cost = PinCost::dangerous_cheap();
    config.with_city(City { url: city.url("ledger"), trust: Trust::File(city.trust()) })
}

const WON: u64 = 1_000;
const POINTS: u64 = 100;

/// What the citizen has, by proof and by the bank's word, once the payments are at their end.
async fn funds(wallet: &Wallet) -> (u64, u64) {
    let balance = wallet.balance().await.unwrap();
    (balance.points().points().amount(), balance.won().as_ref().unwrap().krw().amount())
}

async fn review(wallet: &Wallet, points: u64, won: u64) -> PaymentReview {
    let code = wallet.scan_text(&printed_code(BAKERY).unwrap()).await.unwrap();
    let coins = Coins::Exactly(Points::new(points).unwrap());
    wallet.review_payment(&code, Some(Won::new(points + won).unwrap()), coins).await.unwrap()
}

/// Follows a payment to its end: whether it was captured.
async fn end(wallet: &Wallet, payment: &PaymentId) -> bool {
    for _ in 0..3 {
        match wallet.follow_payment(payment, |_| {}).await {
            Ok(view) => {
                assert_eq!(wallet.receipt(payment).is_ok(), view.is_captured());
                assert_eq!(*view.state(), if view.is_captured() { "captured" } else { "reversed" });
                return view.is_captured();
            }
            // It ends by itself.
            Err(WalletError::Pending { .. } | WalletError::Offline { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("the payment does not end");
}

/// A mixed payment; when its order has been approved, `meanwhile` happens. Whether it was captured.
async fn pay(wallet: &Wallet, meanwhile: impl FnOnce()) -> bool {
    let review = review(wallet, POINTS, WON).await;
    let approved = wallet.approve(review).await.unwrap();
    meanwhile();
    end(wallet, approved.payment_id()).await
}

/// What the parties' own books say once nobody has them open: the customer, the settlement, the merchant's sales.
fn books(city: &Apart, wallet: &Wallet) -> (i64, i64, u64, u64) {
    let open = |part: &str| database(&Folder::open(&city.folder(part)).unwrap(), part).unwrap();
    let keys = Keys::read(&city.folder("ledger")).unwrap();
    let anchor: TrustAnchor = city.trust().anchor().clone();
    let ground = ground(city.url("ledger"), anchor).unwrap();
    let bank = ground.bank(&keys, open("bank")).unwrap();
    let centre = ground.centre(&keys, open("centre"), &city.url("bank")).unwrap();
    let centre_key = Keys::signing(&keys.centre).id();
    let takings = centre.takings(&number(BAKERY).unwrap()).unwrap();
    let customer = bank.customer_balance(wallet.account().unwrap().account()).unwrap();
    // Each payment is booked once: nothing was debited and credited back that need not be.
    let booked = bank.bookings().unwrap();
    assert!(booked.iter().zip(1..).all(|(booking, number)| booking.number == number));
    (customer, bank.held_for(&centre_key).unwrap(), takings.points.amount(), takings.won.amount())
}

fn audit(folder: &Path) {
    let audit =
        Command::new(env!("CARGO_BIN_EXE_city")).arg("--data").arg(folder).arg("audit").output().unwrap();
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn sandbox_8_apart_a_payment_is_captured_once_or_reversed_whoever_is_killed_in_its_middle() {
    let mut city = Apart::start();
    let (disk, hardware) = (MemoryDisk::default(), MemoryBackend::default());
    let (wallet, code) = Wallet::create(wallet(&city, &disk, &hardware), "294857").unwrap();
    wallet.open_account(&code).await.unwrap();
    wallet.enrol("김하나").await.unwrap();
    wallet.earn(&Claim::new("eco", "eco-2026-h1").unwrap()).await.unwrap();
    assert_eq!(funds(&wallet).await, (10_000, 100_000));

    let trust = city.trust();
    let mut captured = u64::from(pay(&wallet, || {}).await);
    assert_eq!(captured, 1, "nobody is killed");
    // Somewhere in the middle: what the party is at by then differs from run to run, and none of it may matter.
    let kills = [
        ("centre", &[0, 15, 40, 70, 110, 160][..]),
        ("bank", &[0, 20, 50, 90, 140]),
        ("ledger", &[0, 30, 80]),
    ];
    for (part, times) in kills {
        for after in times {
            let paid = pay(&wallet, || city.kill_and_serve(part, *after));
            captured += u64::from(paid.await);
            let left = (10_000 - captured * POINTS, 100_000 - captured * WON);
            assert_eq!(funds(&wallet).await, left, "{part} killed after {after} ms");
        }
    }
    // Two payments of which the bank can pay one: the other is reversed, whoever is killed.
    let reviews = [review(&wallet, POINTS, 60_000).await, review(&wallet, POINTS, 60_000).await];
    let mut payments = Vec::new();
    for review in reviews {
        payments.push(*wallet.approve(review).await.unwrap().payment_id());
    }
    city.kill_and_serve("centre", 10);
    city.kill_and_serve("bank", 10);
    let ends = [end(&wallet, &payments[0]).await, end(&wallet, &payments[1]).await];
    assert_eq!(ends.iter().filter(|is_captured| **is_captured).count(), 1);
    let (points, won) = ((captured + 1) * POINTS, captured * WON + 60_000);
    assert_eq!(funds(&wallet).await, (10_000 - points, 100_000 - won));
    assert_eq!(city.trust(), trust, "a checkpoint moves with an app's release, not with a restart");
    wallet.sync().await.unwrap();
    assert!(wallet.payments().unwrap().iter().all(|payment| payment.is_final()));

    city.stop();
    let owed = i64::try_from(won).unwrap();
    assert_eq!(books(&city, &wallet), (100_000 - owed, owed, points, won));
    audit(&city.folder("ledger"));
    println!("{captured} of 15 payments captured, then one of two");
}

/// Forty-five people of a district, none of whom has opened an account yet.
fn roll() -> Vec<Member> {
    let member = |number: u8| Member {
        account: AccountId::from_bytes([number; 32]),
        person: Text::new(&format!("시민 {number}")).unwrap(),
    };
    (0..45).map(member).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn sandbox_8_apart_trustees_who_are_killed_in_the_middle_make_one_election_key() {
    let mut city = Apart::start_with(&VOTING);
    let admin = Admin::open(&city.folder("ledger"), Some(city.url("ledger"))).unwrap();
    let plan = read_plan(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/night-buses.toml")).unwrap();
    let plan = PollPlan {
        registration: WindowPlan { from: TimePlan("+60".to_owned()), until: TimePlan("+120".to_owned()) },
        casting: WindowPlan { from: TimePlan("+60".to_owned()), until: TimePlan("+120".to_owned()) },
        ..plan
    };
    // A registrar that dies while it makes its key makes the same poll possible when it is back.
    let made = async {
        let (poll, draft) = admin.make(&plan, &[roll()]).await.unwrap();
        admin.announce(&poll, draft).await.unwrap();
        poll
    };
    let killed = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        city.kill_and_serve("registrar-1", 0);
    };
    let (poll, ()) = tokio::join!(made, killed);
    for trustee in VOTING.iter().filter(|part| part.starts_with("trustee")) {
        city.kill_and_serve(trustee, 30);
    }
    let began = Instant::now();
    let progress = loop {
        let progress = admin.watch(&poll.id()).await.unwrap();
        if matches!(progress.ceremony, Phase::Done(_)) {
            break progress;
        }
        assert!(began.elapsed() < Duration::from_secs(50), "{:?}", progress.ceremony);
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let Phase::Done(election) = &progress.ceremony else { panic!("not done") };
    assert_eq!(progress.record.ceremony, CeremonyStanding::Done(election.key));
    drop(admin);
    city.stop();
    audit(&city.folder("ledger"));
}
