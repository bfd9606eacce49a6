//! A poll: what is asked, of whom, when, and where it stands.

use crate::error::Message;
use crate::record::{BallotRow, RegistrationRow};
use crate::view::vote::{ResultView, standing};
use crate::view::{Freshness, VerifiedMark, serial::plain, view};
use crate::vote::Phase;
use crate::vote::polls::Announced;
use citizen_ledger::poll::PollRecord;
use citizen_primitives::{Points, PollId, Text, UnixTime};
use citizen_voting::contest::{ContestRule, Group};
use citizen_voting::manifest::{Contest, Districts, Electorate, Poll, PollKind, Revote};

view! {
    /// People whose votes are summed together.
    ElectorateView {
        /// Its number.
        index: u8,
        /// What it is called.
        name: Message,
        /// Who belongs to it, district and age, as the announcement says it.
        eligible: Message,
        /// The districts that its members live in, by their Korean names, as the election office announced them; none: the whole city. Who
        /// may vote is on the roll.
        #[serde(serialize_with = "plain")]
        districts: Vec<Text>,
        /// Its share in the weighted result, in parts of the sum of all weights.
        weight: u16,
        /// How many people are on its roll.
        roll: u32,
        /// Below so many counted ballots its sums are not opened.
        minimum_turnout: u32,
        /// How many ballots count so far.
        counted: u32,
    }
}

view! {
    /// What can be answered.
    OptionView {
        /// Its number.
        option: u8,
        /// What it is called.
        name: Message,
    }
}

view! {
    /// A question.
    ContestView {
        /// Its number.
        contest: u8,
        /// What is asked.
        question: Message,
        /// How one answers: `choose`, `score`, `rank`.
        kind: &'static str,
        /// The same as a sentence.
        how: Message,
        /// What can be answered.
        options: Vec<OptionView>,
        /// Who answers.
        electorates: Vec<u8>,
    }
}

view! {
    /// A poll, proved.
    PollView {
        /// Its name: the digest of the announcement.
        #[serde(rename = "poll_id", serialize_with = "plain")]
        id: PollId,
        /// What it is about.
        title: Message,
        /// Where it stands: `announced`, `registering`, `between`, `casting`, `together`, `closing`, `counting`, `published`, `keyless`, `failed`.
        phase: &'static str,
        /// The same as a sentence.
        text: Message,
        /// How far this citizen is: `unregistered`, `registering`, `refused`, `registered`, `outbox`, `promised`, `placed`, `overtaken`,
        /// `missed`, `cast-before`.
        standing: &'static str,
        /// The same as a sentence.
        standing_text: Message,
        /// Whether ballots can be cast now.
        open: bool,
        /// Whether its result binds.
        binding: bool,
        /// What must be said on the screen: that registration and casting run together, and what secrecy rests on.
        notices: Vec<Message>,
        /// Who votes.
        electorates: Vec<ElectorateView>,
        /// As a member of which electorate this citizen is registered.
        electorate: Option<u8>,
        /// What is asked.
        contests: Vec<ContestView>,
        /// Registration begins.
        #[serde(serialize_with = "plain")]
        registration_from: UnixTime,
        /// Registration is over.
        #[serde(serialize_with = "plain")]
        registration_until: UnixTime,
        /// Casting begins.
        #[serde(serialize_with = "plain")]
        casting_from: UnixTime,
        /// Nothing is cast any more.
        #[serde(serialize_with = "plain")]
        casting_until: UnixTime,
        /// The board closes.
        #[serde(serialize_with = "plain")]
        closes: UnixTime,
        /// How long relays gather ballots, in seconds.
        slot_seconds: u64,
        /// Who keeps the roll: all of them must sign.
        registrars: Vec<Message>,
        /// Who carries ballots.
        relays: Vec<Message>,
        /// Who holds shares of the key.
        trustees: Vec<Message>,
        /// How many of them open the sums, and could read ballots together.
        threshold: u8,
        /// Whether a later ballot replaces an earlier one.
        revote: bool,
        /// How many ballots one citizen may open to check them.
        checks: u8,
        /// The reward for taking part, if there is one.
        #[serde(serialize_with = "plain")]
        reward: Option<Points>,
        /// The ordinance that allows it.
        reward_basis: Option<Message>,
        /// What every option got, where the sums are opened; recomputed by nobody yet but the ledger: `verify_poll` does.
        result: Vec<ResultView>,
        /// How the phone knows.
        verified: VerifiedMark,
        /// Whether it may be taken for the present.
        freshness: Freshness,
    }
}

impl PollView {
    pub(crate) fn of(
        announced: &Announced,
        registration: Option<&RegistrationRow>,
        ballots: &[BallotRow],
    ) -> Self {
        let (poll, record, phase) = (&announced.poll, announced.record.value(), announced.phase());
        let manifest = poll.manifest();
        let standing = standing(registration, ballots);
        let names = |names: Vec<&citizen_voting::manifest::Bilingual>| {
            names.into_iter().map(Message::written).collect()
        };
        Self {
            id: poll.id(),
            title: Message::written(&manifest.title),
            phase: phase.word(),
            text: Message::of(&format!("poll.{}", phase.word()))
                .with("from", manifest.casting.from.to_kst())
                .with("until", poll.last_cast().to_kst()),
            standing,
            standing_text: Message::of(&format!("vote.{standing}")),
            open: phase.takes_ballots(),
            binding: manifest.kind == PollKind::Binding,
            notices: notices(poll, phase),
            electorates: electorates(poll, record, announced.districts.as_ref()),
            electorate: registration.map(|row| row.electorate.number()),
            contests: (0..=u8::MAX)
                .zip(&manifest.contests)
                .map(|(index, it)| ContestView::of(index, it))
                .collect(),
            registration_from: manifest.registration.from,
            registration_until: manifest.registration.until,
            casting_from: manifest.casting.from,
            casting_until: poll.last_cast(),
            closes: manifest.casting.until,
            slot_seconds: manifest.slot.count(),
            registrars: names(manifest.registrars.iter().map(|it| &it.name).collect()),
            relays: names(manifest.relays.iter().map(|it| &it.name).collect()),
            trustees: names(manifest.trustees.members.iter().map(|it| &it.name).collect()),
            threshold: manifest.trustees.threshold,
            revote: manifest.revote == Revote::LastCounts,
            checks: manifest.checks,
            reward: manifest.reward.as_ref().map(|reward| reward.points),
            reward_basis: manifest.reward.as_ref().map(|reward| Message::written(&reward.legal_basis)),
            result: ResultView::all(poll, &crate::vote::result(poll.id(), record)),
            verified: VerifiedMark::of(announced.record.provenance()),
            freshness: announced.freshness,
        }
    }
}

impl ContestView {
    fn of(index: u8, contest: &Contest) -> Self {
        let (kind, how) = how(&contest.rule);
        let option = |(option, name)| OptionView { option, name: Message::written(name) };
        Self {
            contest: index,
            question: Message::written(&contest.question),
            kind,
            how,
            options: (0..=u8::MAX).zip(&contest.options).map(option).collect(),
            electorates: contest.electorates.iter().map(|electorate| electorate.number()).collect(),
        }
    }
}

fn electorates(poll: &Poll, record: &PollRecord, districts: Option<&Districts>) -> Vec<ElectorateView> {
    let standings = record.electorates.iter().map(|electorate| electorate.counted);
    // Those of a poll without any are of the whole city.
    let districts = districts.into_iter().flat_map(Districts::electorates).chain(std::iter::repeat(&[][..]));
    let view = |(((index, electorate), counted), districts): (
        ((citizen_voting::ElectorateIndex, &Electorate), u32),
        &[Text],
    )| {
        ElectorateView {
            index: index.number(),
            name: Message::written(&electorate.name),
            eligible: Message::written(&electorate.eligible),
            districts: districts.to_vec(),
            weight: electorate.weight,
            roll: electorate.roll_size,
            minimum_turnout: electorate.minimum_turnout,
            counted,
        }
    };
    poll.electorates().zip(standings).zip(districts).map(view).collect()
}

/// What must be said: together-windows, and how far secrecy goes.
fn notices(poll: &Poll, phase: Phase) -> Vec<Message> {
    let manifest = poll.manifest();
    let (registration, casting) = (manifest.registration, manifest.casting);
    let together = registration.from < casting.until && casting.from < registration.until;
    let threshold = manifest.trustees.threshold;
    let secrecy = Message::of("poll.notice-secrecy").with("threshold", threshold);
    let windows = (together || phase == Phase::Together).then(|| Message::of("poll.notice-together"));
    windows.into_iter().chain([secrecy]).collect()
}

fn how(rule: &ContestRule) -> (&'static str, Message) {
    match rule {
        ContestRule::Choose { groups } => ("choose", of_groups(groups)),
        ContestRule::Score { highest, .. } => {
            ("score", Message::of("contest.score").with("highest", highest))
        }
        ContestRule::Rank { .. } => ("rank", Message::of("contest.rank")),
    }
}

/// Of each group its numbers; groups follow one another in the order of the options.
fn of_groups(groups: &[Group]) -> Message {
    let mut from = 0usize;
    let lines: Vec<Message> = groups
        .iter()
        .map(|group| {
            let first = from;
            from = from.saturating_add(usize::from(group.options));
            Message::of("contest.choose")
                .with("first", first)
                .with("last", from.saturating_sub(1))
                .with("min", group.min)
                .with("max", group.max)
        })
        .collect();
    Message {
        ko: lines.iter().map(|line| line.ko.as_str()).collect::<Vec<_>>().join(" "),
        en: lines.iter().map(|line| line.en.as_str()).collect::<Vec<_>>().join(" "),
    }
}
