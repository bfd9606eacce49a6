//! A poll on the screens: announced, registered in, voted in, over.

use super::{DAY, MINUTE, PreviewState, ago, ahead, card, hash, points, said, verified};
use crate::error::{Message, Reason};
use crate::view::{
    AskingRegistrarView, BallotReviewView, CheckView, ChosenView, ContestView, CountedView, ElectorateView,
    Freshness, OpenedBallotView, OptionView, PollReportView, PollView, PollsNearView, RegistrarView,
    RegistrationReviewView, RegistrationView, ResultView, RewardView, VoteReceiptView, VoteView, Whence,
    view,
};
use citizen_primitives::{PollId, Text};
use citizen_voting::verify::CheckName;

/// How many ballots count when it is over, and on its roll.
const COUNTED: u32 = 1_204;
const ROLL: u32 = 9_400;
/// Where its people live.
const MAPO: &str = "마포구";

view! {
    /// What the screens of a poll show.
    PollViews {
        /// The poll, as the list and its own screen show it.
        poll: PollView,
        /// A registration before she approves it: by the card, where she holds one that can be shown.
        review: RegistrationReviewView,
        /// The registration; none before she asks.
        registration: Option<RegistrationView>,
        /// A ballot before the question "check or cast?".
        ballot: BallotReviewView,
        /// The same ballot, opened to be checked.
        opened: OpenedBallotView,
        /// Her vote; none before she registers.
        vote: Option<VoteView>,
        /// Its receipt, once it stands on the board.
        receipt: Option<VoteReceiptView>,
        /// Whether it counts, once it stands there.
        counted: Option<CountedView>,
        /// What the universal verifier finds, once the poll is over.
        report: Option<PollReportView>,
        /// The reward for taking part.
        reward: RewardView,
    }
}

impl PollViews {
    pub(super) fn of(state: PreviewState) -> Self {
        let standing = standing(state);
        let (is_registered, is_placed) = (standing != "unregistered", standing == "placed");
        Self {
            poll: poll(state),
            review: review(state),
            registration: is_registered.then(|| registration(state)),
            ballot: ballot(state),
            opened: opened(state),
            vote: is_registered.then(|| vote(state)),
            receipt: is_placed.then(|| receipt(state)),
            counted: is_placed.then(|| counted(state)),
            report: (state == PreviewState::PollOver).then(|| report(state)),
            reward: reward(state),
        }
    }
}

/// All polls by how near they are: of her district, where a credential on the phone says which it is.
pub(super) fn near(state: PreviewState) -> PollsNearView {
    let polls = if state == PreviewState::Empty { Vec::new() } else { vec![poll(state)] };
    if card::for_registration(state).is_some() {
        PollsNearView::of(Text::new(MAPO).ok(), Whence::Credential, polls)
    } else {
        PollsNearView::of(None, Whence::Unknown, polls)
    }
}

/// How far she is in it: a word of the real wallet's.
const fn standing(state: PreviewState) -> &'static str {
    match state {
        PreviewState::PollRefused => "refused",
        PreviewState::Registered => "registered",
        PreviewState::BallotSent => "promised",
        PreviewState::Voted | PreviewState::PollOver => "placed",
        _ => "unregistered",
    }
}

fn poll(state: PreviewState) -> PollView {
    let is_over = state == PreviewState::PollOver;
    let phase = if is_over { "published" } else { "together" };
    let (from, until) = if is_over { (ago(14 * DAY), ago(DAY)) } else { (ago(2 * DAY), ahead(5 * DAY)) };
    let until_cast = if is_over { ago(DAY + 10 * MINUTE) } else { ahead(5 * DAY - 10 * MINUTE) };
    let standing = standing(state);
    PollView {
        id: id(),
        title: title(state),
        phase,
        text: Message::of(&format!("poll.{phase}"))
            .with("from", from.to_kst())
            .with("until", until_cast.to_kst()),
        standing,
        standing_text: Message::of(&format!("vote.{standing}")),
        open: !is_over,
        binding: false,
        notices: vec![
            Message::of("poll.notice-together"),
            Message::of("poll.notice-secrecy").with("threshold", 3),
        ],
        electorates: vec![ElectorateView {
            index: 0,
            name: said("마포구민", "Residents of Mapo"),
            eligible: said("만 15세 이상 마포구민", "Residents of Mapo, aged 15 or older"),
            districts: Text::new(MAPO).into_iter().collect(),
            weight: 1,
            roll: ROLL,
            minimum_turnout: 100,
            counted: if is_over { COUNTED } else { 731 },
        }],
        electorate: (standing != "unregistered").then_some(0),
        contests: vec![contest(state)],
        registration_from: from,
        registration_until: until_cast,
        casting_from: from,
        casting_until: until_cast,
        closes: until,
        slot_seconds: 10 * MINUTE,
        registrars: registrars(),
        relays: vec![said("한강중계", "Hangang Relay"), said("남산중계", "Namsan Relay")],
        trustees: trustees(),
        threshold: 3,
        revote: true,
        checks: 3,
        reward: Some(points(1_000)),
        reward_basis: Some(ordinance()),
        result: if is_over { result(state) } else { Vec::new() },
        verified: verified(state),
        freshness: if state == PreviewState::Stale { Freshness::Stale } else { Freshness::Fresh },
    }
}

fn contest(state: PreviewState) -> ContestView {
    let option = |(option, name)| OptionView { option, name };
    let how = Message::of("contest.choose").with("first", 0).with("last", 2).with("min", 1).with("max", 1);
    ContestView {
        contest: 0,
        question: question(),
        kind: "choose",
        how,
        options: (0_u8..).zip(options(state)).map(option).collect(),
        electorates: vec![0],
    }
}

/// One registrar is silent where everything is as long as it comes.
fn review(state: PreviewState) -> RegistrationReviewView {
    let card = card::for_registration(state);
    let by = if card.is_some() { "card" } else { "account" };
    let asking = |(number, name): (usize, Message)| {
        let answers = number > 0 || state != PreviewState::LongNames;
        let text = Message::of(if answers { "registration.heard" } else { "registration.silent" });
        AskingRegistrarView { name, answers, text }
    };
    RegistrationReviewView {
        poll_id: id(),
        title: title(state),
        electorate: 0,
        electorate_name: said("마포구민", "Residents of Mapo"),
        by,
        card,
        registrars: registrars().into_iter().enumerate().map(asking).collect(),
        text: Message::of(&format!("registration.by-{by}")),
    }
}

fn registration(state: PreviewState) -> RegistrationView {
    let is_refused = state == PreviewState::PollRefused;
    let word = if is_refused { "refused" } else { "registered" };
    let registrar = |name| {
        let answer = if is_refused { "refused" } else { "signed" };
        RegistrarView {
            name,
            state: answer,
            reason: is_refused.then(|| Reason::NotOnTheRoll.message()),
            refused_at: is_refused.then(|| ago(MINUTE)),
            refusal: is_refused.then(|| "PREVIEW".to_owned()),
            hint: None,
            text: Message::of(&format!("registrar.{answer}")),
        }
    };
    RegistrationView {
        poll_id: id(),
        title: title(state),
        electorate: 0,
        electorate_name: said("마포구민", "Residents of Mapo"),
        registrars: registrars().into_iter().map(registrar).collect(),
        complete: !is_refused,
        state: word,
        text: Message::of(&format!("vote.{word}")),
    }
}

fn ballot(state: PreviewState) -> BallotReviewView {
    let replaces = matches!(standing(state), "promised" | "placed");
    let spoken = if replaces { "spoken.ballot-again" } else { "spoken.ballot" };
    BallotReviewView {
        poll_id: id(),
        title: title(state),
        electorate: 0,
        electorate_name: said("마포구민", "Residents of Mapo"),
        choices: chosen(state),
        fingerprint: hash("ballot"),
        sequence: if replaces { 2 } else { 1 },
        replaces,
        checks_left: 3,
        until: poll(state).casting_until,
        question: Message::of("ballot.question"),
        spoken: Message::of(spoken).with_message("title", &title(state)),
    }
}

fn opened(state: PreviewState) -> OpenedBallotView {
    let review = ballot(state);
    OpenedBallotView {
        poll_id: review.poll_id,
        title: review.title,
        fingerprint: review.fingerprint,
        sequence: review.sequence,
        seed: hash("seed").to_hex(),
        choices: review.choices,
        opening: "PREVIEW".to_owned(),
        checks_left: 2,
        promised: true,
        hint: None,
        text: Message::of("ballot.opened"),
    }
}

fn vote(state: PreviewState) -> VoteView {
    let word = standing(state);
    let is_cast = matches!(word, "promised" | "placed");
    VoteView {
        poll_id: id(),
        title: title(state),
        state: word,
        text: Message::of(&format!("vote.{word}")),
        fingerprint: is_cast.then(|| hash("ballot")),
        sequence: is_cast.then_some(1),
        relay: (word == "promised").then(|| said("한강중계", "Hangang Relay")),
        slot: (word == "promised").then_some(289),
        index: (word == "placed").then_some(730),
        replaced: 0,
        opened: 0,
        broken: Vec::new(),
        hint: None,
        has_ended: word != "promised",
    }
}

fn receipt(state: PreviewState) -> VoteReceiptView {
    VoteReceiptView {
        poll_id: id(),
        title: title(state),
        fingerprint: hash("ballot"),
        sequence: 1,
        index: 730,
        board_count: 803,
        board_root: hash("board"),
        receipt: "PREVIEW".to_owned(),
        verified: verified(state),
        text: Message::of("vote.receipt"),
    }
}

fn counted(state: PreviewState) -> CountedView {
    let (word, ballots) =
        if state == PreviewState::PollOver { ("counted", u64::from(COUNTED)) } else { ("so-far", 731) };
    CountedView {
        poll_id: id(),
        title: title(state),
        fingerprint: hash("ballot"),
        counted: true,
        state: word,
        index: Some(730),
        slot: Some(288),
        ballots,
        verified: verified(state),
        text: Message::of(&format!("counted.{word}")),
    }
}

fn report(state: PreviewState) -> PollReportView {
    let check = |name: CheckName| CheckView {
        name: name.text(),
        count: 1,
        failed: 0,
        text: Message::of(&format!("check.{}", name.text())),
    };
    PollReportView {
        ok: true,
        poll_id: id(),
        title: title(state),
        counted: u64::from(COUNTED),
        spoiled: 17,
        replaced: 58,
        checks: CheckName::ALL.into_iter().map(check).collect(),
        result: result(state),
        blamed: Vec::new(),
        first_failure: None,
        verified: verified(state),
        text: Message::of("report.ok").with("counted", COUNTED),
    }
}

fn reward(state: PreviewState) -> RewardView {
    let is_over = state == PreviewState::PollOver;
    let word = if is_over { "signed" } else { "none" };
    RewardView {
        poll_id: id(),
        title: title(state),
        state: word,
        text: Message::of(&format!("reward.{word}")).with("points", points(1_000)),
        points: points(1_000),
        legal_basis: ordinance(),
        from: is_over.then(|| ahead(DAY)),
        crowd: if is_over { u64::from(COUNTED) } else { 0 },
    }
}

/// Adds up to all ballots that count.
fn result(state: PreviewState) -> Vec<ResultView> {
    let votes = [512_u64, 443, 249];
    let view = |((option, name), votes): ((u8, Message), u64)| ResultView {
        contest: 0,
        option,
        name,
        votes,
        weighted: votes.saturating_mul(1_000_000).checked_div(u64::from(COUNTED)).unwrap_or_default(),
    };
    (0_u8..).zip(options(state)).zip(votes).map(view).collect()
}

fn chosen(state: PreviewState) -> Vec<ChosenView> {
    let chosen = options(state).into_iter().take(1).collect();
    vec![ChosenView { contest: 0, question: question(), chosen }]
}

fn question() -> Message {
    said("어느 노선을 먼저 늘릴까요?", "Which line should run first?")
}

fn options(state: PreviewState) -> [Message; 3] {
    let first = if state == PreviewState::LongNames {
        said(
            "강남역-신논현역-논현역-한남대교-이태원-홍대입구역-망원시장",
            "Gangnam to Mangwon by way of Hannam Bridge and Itaewon",
        )
    } else {
        said("강남-홍대", "Gangnam to Hongdae")
    };
    [first, said("노원-종로", "Nowon to Jongno"), said("강서-여의도", "Gangseo to Yeouido")]
}

fn title(state: PreviewState) -> Message {
    if state == PreviewState::LongNames {
        return said(
            "2027년도 서울특별시 마포구 심야 시내버스 노선 신설 우선순위 주민 의견 조사",
            "Opinion of the residents of Mapo on which night bus lines of 2027 should come first",
        );
    }
    said("심야 버스 노선", "Night bus lines")
}

fn registrars() -> Vec<Message> {
    ["한강", "남산", "북한산"]
        .into_iter()
        .zip(["Hangang", "Namsan", "Bukhansan"])
        .map(|(ko, en)| said(&format!("{ko} 등록소"), &format!("{en} Registrar")))
        .collect()
}

fn trustees() -> Vec<Message> {
    (1..=5).map(|number| said(&format!("수탁자 {number}"), &format!("Trustee {number}"))).collect()
}

fn ordinance() -> Message {
    said("서울특별시 시민참여 조례 제12조", "Seoul citizen participation ordinance, article 12")
}

fn id() -> PollId {
    PollId::from_hash(hash("poll"))
}
