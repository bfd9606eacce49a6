//! Synchronous exports stand still: each is called while its thread is watched.

use crate::phone::{Phone, Town, bakery, secret};
use crate::surface::exports;
use citizen_wallet::view::PreviewState;
use citizen_wallet_ffi::{
    CancelToken, CodeReview, Coins, GiftReview, Language, Platform, RedemptionReview, Review, ScannedCode,
    Secret, Wallet, WalletError, inspect_code, live_objects, open_link, preview, preview_states,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// What the thread has read and written, and how long it computed.
#[derive(Debug, Clone, Copy)]
struct Spent {
    calls: u64,
    computing: Duration,
}

impl Spent {
    fn so_far() -> Self {
        let io = std::fs::read_to_string("/proc/thread-self/io").unwrap();
        let calls =
            io.lines().filter_map(|line| line.strip_prefix("syscr: ").or(line.strip_prefix("syscw: ")));
        let calls = calls.map(|count| count.parse::<u64>().unwrap()).sum();
        let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        let computing = schedule.split(' ').next().unwrap().parse().unwrap();
        Self { calls, computing: Duration::from_nanos(computing) }
    }

    /// What an act costs beyond the measuring itself.
    fn on(act: impl FnOnce()) -> Self {
        let nothing = Self::between(|| {});
        let act = Self::between(act);
        Self { calls: act.calls.saturating_sub(nothing.calls), ..act }
    }

    fn between(act: impl FnOnce()) -> Self {
        let before = Self::so_far();
        act();
        let after = Self::so_far();
        Self {
            calls: after.calls - before.calls,
            computing: after.computing.saturating_sub(before.computing),
        }
    }
}

/// What only a wallet makes.
struct Objects {
    code: Arc<ScannedCode>,
    review: Arc<Review>,
    showing: Arc<CodeReview>,
    gift: Arc<GiftReview>,
    redemption: Arc<RedemptionReview>,
}

impl Objects {
    async fn made_by(wallet: &Wallet, other: &Wallet) -> Self {
        let code = wallet.scan_text(bakery(), None).await.unwrap();
        let gift = other.gift_code(None).await.unwrap();
        Self {
            review: wallet.review_payment(code.clone(), Coins::First, Some(1_000), None).await.unwrap(),
            code,
            showing: wallet.review_code(1_000, Coins::First, None).await.unwrap(),
            gift: wallet.review_gift(gift, 1_000, None).await.unwrap(),
            redemption: wallet.review_redemption(10_000, None).await.unwrap(),
        }
    }
}

/// A name, and the call.
type Call = (&'static str, Box<dyn Fn()>);

/// Every synchronous export, called.
fn synchronous(phone: &Phone, objects: Objects) -> Vec<Call> {
    let Objects { code, review, showing, gift, redemption } = objects;
    let (usable, merchant) = (Arc::clone(&code), Arc::clone(&code));
    let (finger, token, pin) = (phone.finger.clone(), CancelToken::new(), secret("29485"));
    let with = |act: fn(&Secret)| -> Box<dyn Fn()> {
        let pin = Arc::clone(&pin);
        Box::new(move || act(&pin))
    };
    let asked = Arc::clone(&token);
    vec![
        ("inspect_code", Box::new(|| ignore(inspect_code(bakery(), true)))),
        ("open_link", Box::new(|| ignore(open_link(format!("citizenwallet://pay?code={}", bakery()))))),
        ("preview_states", Box::new(|| ignore(preview_states()))),
        ("preview", Box::new(|| ignore(preview(PreviewState::Ordinary)))),
        ("live_objects", Box::new(|| ignore(live_objects()))),
        ("CancelToken.new", Box::new(|| ignore(CancelToken::new()))),
        ("CancelToken.cancel", Box::new(move || token.cancel())),
        ("CancelToken.is_cancelled", Box::new(move || ignore(asked.is_cancelled()))),
        ("Secret.new", Box::new(|| ignore(Secret::new()))),
        ("Secret.from_utf8", Box::new(|| ignore(Secret::from_utf8(b"0000-AAAA".to_vec())))),
        ("Secret.push", with(|pin| ignore(pin.push(55)))),
        ("Secret.pop", with(Secret::pop)),
        ("Secret.length", with(|pin| ignore(pin.length()))),
        ("Secret.character", with(|pin| ignore(pin.character(1)))),
        ("Secret.reveal", with(|pin| ignore(pin.reveal()))),
        ("Secret.clear", with(Secret::clear)),
        ("Platform.new", Box::new(move || ignore(Platform::new(finger.clone(), None, None, None, None)))),
        ("ScannedCode.reading", Box::new(move || ignore(code.reading()))),
        ("ScannedCode.merchant", Box::new(move || ignore(merchant.merchant()))),
        ("ScannedCode.is_usable", Box::new(move || ignore(usable.is_usable()))),
        ("Review.view", Box::new(move || ignore(review.view()))),
        ("CodeReview.view", Box::new(move || ignore(showing.view()))),
        ("GiftReview.view", Box::new(move || ignore(gift.view()))),
        ("RedemptionReview.view", Box::new(move || ignore(redemption.view()))),
        ("WalletError.code", Box::new(|| ignore(WalletError::Locked.code()))),
        ("WalletError.text", Box::new(|| ignore(WalletError::Locked.text(Language::Korean)))),
    ]
}

/// A registration is reviewed in a poll, and a ballot made in one whose casting is open: `voting` calls these. Offers and requests are made at a counter and at a service's page:
/// `cards` calls these.
const ELSEWHERE: [&str; 5] = [
    "BallotReview.view",
    "RegistrationReview.view",
    "OfferReview.view",
    "PresentationReview.view",
    "PresentationReview.suggested",
];

fn ignore<T>(_: T) {}

#[tokio::test(flavor = "multi_thread")]
async fn ffi_6_no_synchronous_export_reads_writes_asks_or_computes_for_long() {
    let town = Town::start().await;
    let phone = town.phone("still");
    let wallet = phone.set_up("김하나").await;
    let other = town.phone("other").set_up("이둘").await;
    let all = synchronous(&phone, Objects::made_by(&wallet, &other).await);
    let called = all.iter().map(|(name, _)| *name).chain(ELSEWHERE);
    let called: BTreeSet<String> = called.map(str::to_owned).collect();
    let exported: BTreeSet<String> =
        exports().into_iter().filter(|export| !export.is_async).map(|export| export.name).collect();
    assert_eq!(called, exported, "the list of synchronous exports is the one that is called here");
    for (name, call) in &all {
        stands_still(&phone, name, call);
    }
    let sources = [include_str!("voting.rs"), include_str!("cards.rs")].concat();
    for name in ELSEWHERE {
        assert!(sources.contains(&format!("phone, \"{name}\", ||")), "{name} is called nowhere");
    }
    town.stop().await;
}

/// Calls it, and watches the thread, and what the app is asked for.
pub(crate) fn stands_still(phone: &Phone, name: &str, call: impl Fn()) {
    let asked = || {
        let (finger, net) = (&phone.finger.asked, &phone.net.sent);
        [finger, net, &phone.watch.asked].map(|count| count.load(Ordering::SeqCst))
    };
    let before = asked();
    call(); // What the first call of all sets up is not this call's.
    // What a machine takes from its guest now and then counts as the thread's own: the least of a few is the call's.
    let spent: Vec<Spent> = (0..5).map(|_| Spent::on(&call)).collect();
    assert!(spent.iter().all(|spent| spent.calls == 0), "{name}: {spent:?}");
    let least = spent.iter().map(|spent| spent.computing).min().unwrap();
    assert!(least < Duration::from_millis(20), "{name}: {spent:?}");
    assert_eq!(asked(), before, "{name}");
}

#[test]
fn the_measure_of_reading_and_computing_sees_both() {
    let read = Spent::on(|| drop(std::fs::read("/proc/self/stat").unwrap()));
    assert!(read.calls > 0);
    let computed = Spent::on(|| {
        // So much work, however long the machine takes for it.
        let sum = (0..40_000_000_u64).fold(0, |sum: u64, number| std::hint::black_box(sum ^ number));
        ignore(sum);
    });
    assert!(computed.computing > Duration::from_millis(10));
}
