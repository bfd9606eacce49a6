//! Believable views for whoever draws screens and has no city: every state that a screen has to draw, by name.
//!
//! Nothing here is proved or said by anybody. The feature `preview` is for an app's debug build; a released library is built without it.

mod card;
mod poll;
mod recovery;
mod state;

pub use card::CardViews;
pub use poll::PollViews;
pub use state::PreviewState;

use crate::error::Message;
use crate::view::{
    AccountView, ActivityView, AttestedMark, BalanceView, EnrolmentView, EntryView, ExpiringView, Freshness,
    HistoryView, HomeView, LimitSetView, LimitsView, LossView, MerchantView, PaymentView, PointsView,
    PollsNearView, ReceiptView, RecoveryView, ReviewView, ShownCodeView, TrustOrigin, VerifiedMark, WonView,
    view,
};
use citizen_coin::{Cause, Entry, EntryKind};
use citizen_payment::Progress;
use citizen_primitives::{
    AccountId, Hash, Height, Month, PaymentId, Points, ProgrammeId, Text, UnixTime, Won,
};

/// When all of this is: 2026-11-21 09:30 in Seoul. Screens drawn from it are the same every day.
const NOW: UnixTime = UnixTime::from_seconds(1_795_221_000);
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

const BAKERY: Shop =
    Shop { name: "망원빵집", latin: "MANGWON BAKERY", district: "마포구", category: "제과점" };
/// As long as names come: 25 letters and emoji of several code points.
const LONG: Shop = Shop {
    name: "서울특별시마포구망원동전통시장상인협동조합직영빵집🥐👩‍🍳",
    latin: "MANGWON MARKET COOP BAKER",
    district: "서울특별시 마포구 망원제1동",
    category: "제과점 및 휴게음식점(직영)",
};

view! {
    /// Everything that a state's screens show.
    PreviewViews {
        /// The account.
        account: AccountView,
        /// The home screen.
        home: HomeView,
        /// The history.
        history: HistoryView,
        /// The log.
        activity: Vec<ActivityView>,
        /// Whose a scanned code is.
        merchant: MerchantView,
        /// A payment before it is approved.
        review: ReviewView,
        /// All payments; none in an empty wallet.
        payments: Vec<PaymentView>,
        /// The receipt of the payment, if it was captured.
        receipt: Option<ReceiptView>,
        /// A code on the screen.
        code: Option<ShownCodeView>,
        /// The limits.
        limits: LimitsView,
        /// The city's poll, open and not registered in where the state is about something else; none in an empty wallet.
        poll: Option<PollViews>,
        /// All polls, those of her district first.
        near: PollsNearView,
        /// Her card, what she holds, an offer, a request.
        cards: CardViews,
        /// What the officers answer to whoever enrols.
        enrolment: EnrolmentView,
        /// What the issuer answers to whoever reports a lost phone.
        loss: LossView,
        /// The recovery that a new phone has asked for, if the state is about one: what that phone sees, whoever holds the account now.
        recovery: Option<RecoveryView>,
    }
}

impl PreviewViews {
    /// The views of a state.
    #[must_use]
    pub fn of(state: PreviewState) -> Self {
        let payments = if state == PreviewState::Empty { Vec::new() } else { vec![payment(state)] };
        let history = history(state);
        let open_payments = payments.iter().filter(|payment| !payment.is_final()).cloned().collect();
        let mut recent = history.entries.clone();
        recent.reverse();
        Self {
            account: AccountView {
                account: AccountId::from_hash(hash("account")),
                epoch: 0,
                fenced_since: (state == PreviewState::Fenced).then(|| ago(DAY)),
            },
            home: HomeView { balance: balance(state), open_payments, recent },
            receipt: (payments.iter().any(PaymentView::is_captured)).then(|| receipt(state)),
            code: (state == PreviewState::CodeShown).then(code),
            history,
            activity: activity(state),
            merchant: merchant(state),
            review: review(state),
            payments,
            limits: limits(state),
            poll: (state != PreviewState::Empty).then(|| PollViews::of(state)),
            near: poll::near(state),
            cards: CardViews::of(state),
            enrolment: recovery::enrolment(),
            loss: recovery::loss(),
            recovery: recovery::recovery(state),
        }
    }
}

#[derive(Clone, Copy)]
struct Shop {
    name: &'static str,
    latin: &'static str,
    district: &'static str,
    category: &'static str,
}

fn balance(state: PreviewState) -> BalanceView {
    let (spendable, won) = state.funds();
    let this_month = points(spendable / 5);
    let lots = [
        ("2026-11", spendable / 5),
        ("2027-06", spendable / 5),
        ("2031-11", spendable - 2 * (spendable / 5)),
    ];
    let expiring = lots
        .into_iter()
        .filter(|(_, amount)| *amount > 0)
        .filter_map(|(name, amount)| Some(ExpiringView { month: month(name)?, points: points(amount) }))
        .collect();
    let spoken = if this_month.is_zero() {
        Message::of("spoken.points").with("points", points(spendable))
    } else {
        Message::of("spoken.points-expiring").with("points", points(spendable)).with("expiring", this_month)
    };
    let is_offline = matches!(state, PreviewState::Stale | PreviewState::BankSilent);
    let won = (!is_offline).then(|| WonView {
        krw: krw(won),
        attested: bank(NOW),
        spoken: Message::of("spoken.krw").with("won", krw(won)),
    });
    let held = if state == PreviewState::Pending { points(5_000) } else { Points::ZERO };
    let freshness = if state == PreviewState::Stale { Freshness::Stale } else { Freshness::Fresh };
    let points = PointsView {
        points: points(spendable),
        points_held: held,
        expiring,
        expiring_this_month: this_month,
        verified: verified(state),
        freshness,
        spoken,
    };
    BalanceView::new(points, won)
}

fn history(state: PreviewState) -> HistoryView {
    let payment = payment_id(1);
    let (paid, won) = paid(state);
    let eco = |amount| {
        Some(EntryKind::Granted { programme: ProgrammeId::new("eco").ok()?, points: points(amount) })
    };
    let mut kinds = vec![Some(EntryKind::Opened)];
    if state != PreviewState::Empty {
        kinds.extend([
            eco(10_000),
            Some(EntryKind::Received { from: AccountId::from_hash(hash("friend")), points: points(7_340) }),
            Some(EntryKind::Held { payment, points: paid, won }),
        ]);
        kinds.push(match state.progress() {
            Progress::Captured => Some(EntryKind::Captured { payment }),
            Progress::Reversed => Some(EntryKind::Released { payment, expired: Points::ZERO }),
            _ => None,
        });
    }
    let entries = kinds.into_iter().flatten().zip(0_u64..).map(|(kind, index)| {
        let time = ago(5 * DAY - index * DAY);
        EntryView::of(&Entry {
            index,
            height: Height::new(100 + 40 * index),
            time,
            cause: Cause::Block,
            kind,
        })
    });
    HistoryView { entries: entries.collect(), verified: verified(state) }
}

fn activity(state: PreviewState) -> Vec<ActivityView> {
    let shop = state.shop();
    let (points, won) = paid(state);
    let line = |ago_seconds, text| ActivityView { time: ago(ago_seconds), text };
    let shopping = |key: &str| {
        Message::of(key).with("merchant", shop.name).with("total", krw(points.amount() + won.amount()))
    };
    let mut lines = vec![line(5 * DAY, Message::of("activity.account-opened"))];
    if state != PreviewState::Empty {
        lines.push(line(5 * DAY - HOUR, Message::of("activity.bank-connected")));
        lines.push(line(4 * DAY, Message::of("activity.claimed").with("programme", "eco")));
        lines.push(line(20 * MINUTE, Message::of("activity.code-asked")));
        lines.push(line(19 * MINUTE, shopping("activity.approved")));
        match state.progress() {
            Progress::Captured => lines.push(line(18 * MINUTE, shopping("activity.captured"))),
            Progress::Reversed => lines.push(line(18 * MINUTE, shopping("activity.reversed"))),
            _ => {}
        }
    }
    lines
}

fn merchant(state: PreviewState) -> MerchantView {
    let Shop { name, latin, district, category } = state.shop();
    let status = if state == PreviewState::Refused { "suspended" } else { "usable" };
    MerchantView {
        status,
        name: Some(text(name)),
        name_latin: Some(text(latin)),
        district: Some(text(district)),
        category: Some(text(category)),
        amount: None,
        fee: Won::ZERO,
        until: ahead(MINUTE),
        attested: centre(NOW),
        spoken: Message::of("spoken.merchant").with("merchant", name).with("district", district),
    }
}

fn review(state: PreviewState) -> ReviewView {
    let shop = state.shop();
    let (points, krw) = reviewed(state);
    let amount = self::krw(points.amount() + krw.amount());
    ReviewView {
        merchant: text(shop.name),
        district: text(shop.district),
        amount,
        fee: Won::ZERO,
        points,
        krw,
        points_left: self::points(state.funds().0.saturating_sub(points.amount())),
        until: ahead(MINUTE),
        cosigned: state == PreviewState::LongNames,
        card: (state == PreviewState::CardPayment).then(card::for_payment),
        verified: verified(state),
        merchant_attested: centre(NOW),
        krw_attested: Some(bank(NOW)),
        spoken: Message::of("spoken.review")
            .with("merchant", shop.name)
            .with("total", amount)
            .with("points", points)
            .with("won", krw),
    }
}

fn payment(state: PreviewState) -> PaymentView {
    let progress = state.progress();
    let (points, krw) = paid(state);
    let word = super::payment::state_word(progress);
    PaymentView {
        payment_id: payment_id(1),
        state: word,
        merchant: text(state.shop().name),
        points,
        krw,
        approved: ago(19 * MINUTE),
        verified: Some(verified(state)),
        debited: (progress == Progress::Captured).then(|| bank(ago(18 * MINUTE))),
        undone: (progress == Progress::Reversed).then(|| bank(ago(18 * MINUTE))),
        card: (state == PreviewState::CardPayment).then(card::of_payment),
        text: Message::of(&format!("progress.{word}")),
        progress,
    }
}

fn receipt(state: PreviewState) -> ReceiptView {
    let shop = state.shop();
    let (points, krw) = paid(state);
    ReceiptView {
        payment_id: payment_id(1),
        merchant: text(shop.name),
        district: Some(text(shop.district)),
        points,
        krw,
        captured_at: ago(18 * MINUTE),
        verified: verified(state),
        merchant_attested: centre(ago(20 * MINUTE)),
        debit_attested: Some(bank(ago(18 * MINUTE))),
    }
}

fn code() -> ShownCodeView {
    ShownCodeView {
        payment_id: payment_id(2),
        // The shapes are right; no centre knows them.
        qr: "3-0000000000000000000000P".to_owned(),
        barcode: "800088000000000000000000".to_owned(),
        points: points(5_000),
        total: krw(50_000),
        until: ahead(3 * MINUTE),
        state: "open",
        taken: None,
        verified: None,
        refused: None,
        text: Message::of("shown.open").with("total", krw(50_000)),
    }
}

fn limits(state: PreviewState) -> LimitsView {
    let set = |per_payment, per_day, per_month| LimitSetView {
        per_payment: krw(per_payment),
        per_day: krw(per_day),
        per_month: krw(per_month),
    };
    LimitsView {
        legal: Some(set(2_000_000, 2_000_000, 2_000_000)),
        own: (state != PreviewState::Empty).then(|| set(100_000, 300_000, 1_000_000)),
        left: Some(krw(100_000)),
        verified: verified(state),
    }
}

/// What the payment of a state takes: points, won.
fn paid(state: PreviewState) -> (Points, Won) {
    match state {
        PreviewState::LongNames => (points(1_234_567_890), krw(98_765_432_109)),
        PreviewState::CardPayment => (points(55_000), krw(100_000)),
        _ => (points(5_000), krw(7_000)),
    }
}

/// What a payment of a state would take. The one that needs a card that she lacks was never approved.
fn reviewed(state: PreviewState) -> (Points, Won) {
    match state {
        PreviewState::CardNeeded => paid(PreviewState::CardPayment),
        _ => paid(state),
    }
}

fn verified(state: PreviewState) -> VerifiedMark {
    let is_first_use = state == PreviewState::FirstUse;
    VerifiedMark {
        height: Height::new(4_711),
        time: header_time(state),
        header_hash: hash("header"),
        app_hash: hash("state"),
        signers: 4,
        validators: 4,
        power_percent: 100,
        trust: if is_first_use { TrustOrigin::FirstUse } else { TrustOrigin::File },
        through: None,
    }
}

fn header_time(state: PreviewState) -> UnixTime {
    if state == PreviewState::Stale { ago(HOUR) } else { ago(4) }
}

fn bank(time: UnixTime) -> AttestedMark {
    AttestedMark { by: Message { ko: "샌드박스은행".to_owned(), en: "Sandbox Bank".to_owned() }, time }
}

fn centre(time: UnixTime) -> AttestedMark {
    AttestedMark {
        by: Message {
            ko: "샌드박스 제로페이센터".to_owned(), en: "Sandbox ZeroPay Centre".to_owned()
        },
        time,
    }
}

fn payment_id(number: u8) -> PaymentId {
    PaymentId::from_bytes([number; 32])
}

fn hash(of: &str) -> Hash {
    Hash::plain(&[b"preview", of.as_bytes()])
}

const fn ago(seconds: u64) -> UnixTime {
    UnixTime::from_seconds(NOW.seconds().saturating_sub(seconds))
}

const fn ahead(seconds: u64) -> UnixTime {
    UnixTime::from_seconds(NOW.seconds().saturating_add(seconds))
}

/// Zero where an amount is out of range: a test sees that none is.
fn points(amount: u64) -> Points {
    Points::new(amount).unwrap_or_default()
}

fn krw(amount: u64) -> Won {
    Won::new(amount).unwrap_or_default()
}

fn said(ko: &str, en: &str) -> Message {
    Message { ko: ko.to_owned(), en: en.to_owned() }
}

fn text(text: &str) -> Text {
    Text::new(text).unwrap_or_default()
}

fn month(name: &str) -> Option<Month> {
    let (year, month) = name.split_once('-')?;
    Month::new(year.parse().ok()?, month.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{AskedView, ShowableView};

    #[test]
    fn every_state_is_whole_adds_up_and_speaks_both_languages() {
        for state in PreviewState::ALL {
            let views = PreviewViews::of(state);
            let told = serde_json::to_string(&views).unwrap();
            for place in [
                "points",
                "won",
                "expiring",
                "merchant",
                "district",
                "total",
                "programme",
                "from",
                "until",
                "threshold",
                "title",
                "counted",
                "first",
                "max",
                "issuer",
                "verifier",
                "effective",
                "credential",
                "claims",
                "purpose",
                "approved",
                "needed",
                "enrolled",
                "time",
            ] {
                assert!(!told.contains(&format!("{{{place}}}")), "{state:?} left {place} unfilled");
            }
            for key in [
                "spoken.",
                "entry.",
                "activity.",
                "progress.",
                "shown.",
                "poll.",
                "vote.",
                "registrar.",
                "ballot.",
                "counted.",
                "report.",
                "check.",
                "contest.",
                "card.",
                "custody.",
                "offer.",
                "request.",
                "presented.",
                "credential-state.",
                "sign-in.",
                "service.",
                "order-card.",
                "recovery.",
                "pending-credential.",
            ] {
                assert!(!told.contains(&format!("\"{key}")), "{state:?}: {key} has no sentence");
            }
            let points = views.home().balance().points();
            let lots: u64 = points.expiring().iter().map(|lot| lot.points().amount()).sum();
            assert_eq!(lots, points.points().amount(), "{state:?}");
            let review = views.review();
            assert_eq!(review.amount().amount(), review.points().amount() + review.krw().amount());
            assert!(!review.merchant().as_str().is_empty() && !review.district().as_str().is_empty());
            assert_eq!(views.receipt().is_some(), views.payments().iter().any(PaymentView::is_captured));
            assert_eq!(
                *views.history().entries().last().unwrap().index() + 1,
                u64::try_from(views.history().entries().len()).unwrap()
            );
        }
    }

    #[test]
    fn each_state_is_what_its_name_says() {
        let of = PreviewViews::of;
        assert!(of(PreviewState::Empty).payments().is_empty());
        assert_eq!(of(PreviewState::Empty).history().entries().len(), 1);
        assert!(!of(PreviewState::Stale).home().balance().points().freshness().is_fresh());
        assert!(of(PreviewState::BankSilent).home().balance().won().is_none());
        assert_eq!(of(PreviewState::Pending).home().open_payments().len(), 1);
        assert_eq!(*of(PreviewState::Reversed).payments().first().unwrap().state(), "reversed");
        assert_eq!(*of(PreviewState::Refused).merchant().status(), "suspended");
        assert!(of(PreviewState::Fenced).account().fenced_since().is_some());
        assert!(of(PreviewState::CodeShown).code().is_some());
        assert_eq!(*of(PreviewState::FirstUse).review().verified().trust(), TrustOrigin::FirstUse);
        assert!(of(PreviewState::LongNames).review().merchant().as_str().chars().count() > 25);
        assert_eq!(of(PreviewState::LongNames).review().krw().amount(), 98_765_432_109);
        let pending = |state| of(state).cards().pending().clone();
        let words: Vec<_> = pending(PreviewState::IssuancePending).iter().map(|row| *row.state()).collect();
        assert_eq!(words, ["being-issued", "unanswered"]);
        assert!(pending(PreviewState::Ordinary).is_empty());
        assert!(of(PreviewState::Empty).poll().is_none());
        let poll = |state| of(state).poll().clone().unwrap();
        assert!(*poll(PreviewState::Ordinary).poll().open());
        assert!(poll(PreviewState::Ordinary).registration().is_none());
        assert!(*poll(PreviewState::Registered).registration().as_ref().unwrap().complete());
        assert_eq!(*poll(PreviewState::PollRefused).registration().as_ref().unwrap().state(), "refused");
        assert!(!poll(PreviewState::BallotSent).vote().as_ref().unwrap().is_final());
        assert!(poll(PreviewState::Voted).vote().as_ref().unwrap().is_placed());
        assert!(
            poll(PreviewState::Voted).receipt().is_some() && poll(PreviewState::Voted).report().is_none()
        );
        let review = |state| poll(state).review().clone();
        assert_eq!(
            (*review(PreviewState::Ordinary).by(), review(PreviewState::Ordinary).card().is_some()),
            ("card", true)
        );
        assert_eq!(
            (*review(PreviewState::CardRevoked).by(), review(PreviewState::CardRevoked).card()),
            ("account", &None)
        );
        assert!(review(PreviewState::LongNames).registrars().iter().any(|registrar| !registrar.answers()));
        assert_eq!(*of(PreviewState::Ordinary).near().whence(), "credential");
        assert_eq!(*of(PreviewState::CardNeeded).near().whence(), "unknown");
        let over = poll(PreviewState::PollOver);
        let votes: u64 = over.poll().result().iter().map(|option| *option.votes()).sum();
        assert_eq!(
            (votes, *over.counted().as_ref().unwrap().ballots()),
            (*over.report().as_ref().unwrap().counted(), votes)
        );
        let cards = |state| of(state).cards().clone();
        assert!(cards(PreviewState::Empty).held().is_empty());
        assert!(cards(PreviewState::Ordinary).request().can_present());
        assert!(*cards(PreviewState::CardFew).held().first().unwrap().credential().needs_refill());
        for (state, word) in [
            (PreviewState::CardExpired, "expired"),
            (PreviewState::CardRevoked, "revoked"),
            (PreviewState::CardUnproved, "unproved"),
            (PreviewState::Ordinary, "valid"),
        ] {
            assert_eq!(*cards(state).held().first().unwrap().credential().state(), word);
        }
        assert!(!cards(PreviewState::OfferUnknown).offer().can_accept());
        for state in PreviewState::ALL {
            let is_open = cards(state).authorization().is_some();
            assert_eq!(*cards(state).offer().needs_browser(), is_open, "{state:?}");
        }
        assert!(!cards(PreviewState::RequestUnknown).request().verifier().is_registered());
        let optional = cards(PreviewState::RequestOptional);
        assert!(optional.request().asked().iter().any(|part| *part.is_optional()));
        let beyond = cards(PreviewState::RequestBeyond);
        let mut parts = beyond.request().asked().iter().flat_map(|part| part.showable());
        assert!(parts.any(|one| !one.beyond().is_empty()));
        assert_eq!(*cards(PreviewState::Frozen).card().standing(), "frozen");
        assert!(cards(PreviewState::Recovering).card().custody().can_object());
        assert_eq!(*cards(PreviewState::Fenced).card().standing(), "replaced");
        for state in PreviewState::ALL {
            let CardViews { card, held, request, .. } = of(state).cards().clone();
            assert_eq!(*card.credentials(), held.len(), "{state:?}");
            let is_held =
                |one: &ShowableView| held.iter().any(|own| own.credential().id() == one.credential());
            assert!(request.asked().iter().flat_map(|part| part.showable()).all(is_held), "{state:?}");
            let is_answered = |part: &AskedView| *part.is_optional() || !part.showable().is_empty();
            let can = *request.verifier().is_registered() && request.asked().iter().all(is_answered);
            assert_eq!(*request.can_present(), can, "{state:?}");
        }
        for (state, is_known) in [(PreviewState::SignInFirst, false), (PreviewState::SignInAgain, true)] {
            let cards = cards(state);
            let request = cards.request();
            assert_eq!(*request.sign_in().as_ref().unwrap().is_known(), is_known);
            assert_eq!(
                cards.services().iter().any(|own| own.service() == request.verifier().name()),
                is_known
            );
            assert!(*request.can_present() && request.asked().is_empty() == is_known, "{state:?}");
        }
        assert!(cards(PreviewState::Empty).services().is_empty());
        let above = of(PreviewState::CardPayment);
        let shown = above.review().card().clone().unwrap();
        assert!(above.review().amount() > shown.above());
        assert!(above.cards().held().iter().any(|own| own.credential().id() == shown.credential()));
        assert_eq!(*above.payments().first().unwrap().card().as_ref().unwrap().state(), "taken");
        let lacking = of(PreviewState::CardNeeded);
        assert!(lacking.cards().held().is_empty() && lacking.review().amount() > shown.above());
        for (state, recovery, custody) in [
            (PreviewState::RecoveryAsking, "asking", "free"),
            (PreviewState::RecoverySent, "sent", "free"),
            (PreviewState::Recovering, "waiting", "recovery-waiting"),
            (PreviewState::RecoveryObjected, "objected", "recovery-objected"),
            (PreviewState::RecoveryUpheld, "upheld", "recovery-upheld"),
            (PreviewState::RecoveryReady, "ready", "recovery-waiting"),
            (PreviewState::RecoveryDismissed, "dismissed", "free"),
        ] {
            let views = of(state);
            let (seen, held) = (views.recovery().as_ref().unwrap(), views.cards().card().custody());
            assert_eq!((*seen.state(), *held.state()), (recovery, custody));
            assert_eq!(seen.effective(), held.effective(), "{state:?}: both phones are told one time");
            assert_eq!(*seen.can_complete(), recovery == "ready");
            assert_eq!(*held.can_object(), recovery == "waiting");
            assert!(recovery == "asking" || seen.approved() >= seen.needed());
        }
        assert!(of(PreviewState::Ordinary).recovery().is_none());
        for state in PreviewState::ALL {
            assert!(state.refusal().is_none_or(|error| !error.message().ko.contains('{')));
        }
        assert_eq!(PreviewState::Refused.refusal().map(|error| error.code()), Some("refused"));
    }
}
