//! A vote on its way, its receipt, broken promises, the reward.

use crate::error::{Message, WalletError};
use crate::record::{BallotFate, BallotRow, KeptBreach, KeptReceipt, KeptReward, RegistrationRow};
use crate::view::vote::standing;
use crate::view::{VerifiedMark, serial::plain, view};
use citizen_client::api::Bytes;
use citizen_primitives::{Canonical as _, Hash, Points, PollId, UnixTime};
use citizen_voting::manifest::Poll;

view! {
    /// A promise that a relay broke: its signature and the board convict it.
    BrokenPromiseView {
        /// The relay.
        relay: Message,
        /// The ballot that it promised to bring.
        #[serde(serialize_with = "plain")]
        fingerprint: Hash,
        /// The last slot in which it should have stood on the board.
        slot: u32,
        /// Its word as it signed it: canonical bytes in base64url. Anybody can hold it against the board.
        promise: String,
        /// The height of the header after that slot under which the whole board was read.
        height: u64,
        /// For people, and for a screen reader.
        text: Message,
    }
}

view! {
    /// How far a vote is. Nothing in it says for what.
    VoteView {
        /// The poll.
        #[serde(serialize_with = "plain")]
        poll_id: PollId,
        /// What it is about.
        title: Message,
        /// `registering`, `refused`, `registered`, `outbox`, `promised`, `placed`, `overtaken`, `missed`, `cast-before`.
        state: &'static str,
        /// The same as a sentence.
        text: Message,
        /// The ballot that was cast last.
        #[serde(serialize_with = "plain")]
        fingerprint: Option<Hash>,
        /// Its number.
        sequence: Option<u32>,
        /// The relay that promised to bring it.
        relay: Option<Message>,
        /// The last slot in which it will stand on the board, by that promise.
        slot: Option<u32>,
        /// Its place on the board, once that is proved.
        index: Option<u64>,
        /// How many ballots were cast before it.
        replaced: u32,
        /// How many ballots were opened.
        opened: u8,
        /// Promises that were broken.
        broken: Vec<BrokenPromiseView>,
        /// What the last relay said that gave no promise. It decides nothing.
        hint: Option<Message>,
        #[serde(skip)]
        has_ended: bool,
    }
}

view! {
    /// A ballot stands on the board: verified by this phone. It does not say for what.
    VoteReceiptView {
        /// The poll.
        #[serde(serialize_with = "plain")]
        poll_id: PollId,
        /// What it is about.
        title: Message,
        /// The ballot.
        #[serde(serialize_with = "plain")]
        fingerprint: Hash,
        /// Its number under her key.
        sequence: u32,
        /// Its place on the board.
        index: u64,
        /// How many entries the board had.
        board_count: u64,
        /// The board's root.
        #[serde(serialize_with = "plain")]
        board_root: Hash,
        /// Leaf, proof and head: a `Receipt`, canonical bytes in base64url.
        receipt: String,
        /// The header under which the root stands.
        verified: VerifiedMark,
        /// For people, and for a screen reader.
        text: Message,
    }
}

view! {
    /// How far the reward for taking part is.
    RewardView {
        /// The poll.
        #[serde(serialize_with = "plain")]
        poll_id: PollId,
        /// What it is about.
        title: Message,
        /// `none`, `signed` (to be redeemed later), `redeemed`.
        state: &'static str,
        /// The same as a sentence.
        text: Message,
        /// How many points.
        #[serde(serialize_with = "plain")]
        points: Points,
        /// The ordinance that allows it.
        legal_basis: Message,
        /// Not to be redeemed before: a time after closing that was drawn.
        #[serde(serialize_with = "plain")]
        from: Option<UnixTime>,
        /// How many citizens could redeem: at least fifty must.
        crowd: u64,
    }
}

impl BrokenPromiseView {
    fn of(poll: &Poll, row: &BallotRow, breach: &KeptBreach) -> Self {
        let named = poll.relays().get(usize::from(breach.promise.relay));
        let relay =
            named.map_or_else(|| Message::same(breach.promise.relay), |relay| Message::written(&relay.name));
        Self {
            fingerprint: row.leaf.fingerprint.hash(),
            slot: breach.promise.slot,
            promise: Bytes::of(&breach.promise.signed).as_str().to_owned(),
            height: breach.proof.state.height.value(),
            text: Message::of("vote.promise-broken")
                .with_message("relay", &relay)
                .with("slot", breach.promise.slot),
            relay,
        }
    }
}

impl VoteView {
    pub(crate) fn of(poll: &Poll, registration: &RegistrationRow, ballots: &[BallotRow]) -> Self {
        let state = standing(Some(registration), ballots);
        let mut cast = ballots.iter().rev().filter(|row| !row.opened);
        let last = cast.next();
        let (relay, slot, index) = match last.map(|row| &row.fate) {
            Some(BallotFate::Promised(promise)) => (Some(promise.relay), Some(promise.slot), None),
            Some(BallotFate::Placed(kept)) => (None, None, Some(kept.receipt.proof.index)),
            _ => (None, None, None),
        };
        let relay = relay.and_then(|relay| poll.relays().get(usize::from(relay)));
        let broken = ballots.iter().flat_map(|row| row.breaches.iter().map(move |breach| (row, breach)));
        Self {
            poll_id: poll.id(),
            title: Message::written(&poll.manifest().title),
            state,
            text: Message::of(&format!("vote.{state}")),
            fingerprint: last.map(|row| row.leaf.fingerprint.hash()),
            sequence: last.map(|row| row.sequence().number()),
            relay: relay.map(|relay| Message::written(&relay.name)),
            slot,
            index,
            replaced: u32::try_from(cast.count()).unwrap_or(u32::MAX),
            opened: registration.opened,
            broken: broken.map(|(row, breach)| BrokenPromiseView::of(poll, row, breach)).collect(),
            hint: None,
            has_ended: !ballots.iter().any(|row| !row.opened && row.needs_work()),
        }
    }

    /// With what the last relay said that gave no promise.
    pub(crate) fn with_hint(mut self, said: Option<&WalletError>) -> Self {
        self.hint = said.map(WalletError::message);
        self
    }

    /// Whether nothing more will happen by itself.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        self.has_ended
    }

    /// Whether the ballot that was cast last stands on the board: proved, never said.
    #[must_use]
    pub fn is_placed(&self) -> bool {
        self.state == "placed"
    }
}

impl VoteReceiptView {
    pub(crate) fn new(poll: &Poll, row: &BallotRow, kept: &KeptReceipt, verified: VerifiedMark) -> Self {
        let log = kept.receipt.head.log;
        Self {
            poll_id: poll.id(),
            title: Message::written(&poll.manifest().title),
            fingerprint: row.leaf.fingerprint.hash(),
            sequence: row.sequence().number(),
            index: kept.receipt.proof.index,
            board_count: log.count,
            board_root: log.root,
            receipt: Bytes::new(&kept.receipt.to_canonical()).as_str().to_owned(),
            verified,
            text: Message::of("vote.receipt"),
        }
    }
}

impl RewardView {
    pub(crate) fn of(poll: &Poll, reward: &KeptReward, crowd: u64) -> Self {
        let (state, from) = match reward {
            KeptReward::None => ("none", None),
            KeptReward::Token { from, .. } => ("signed", Some(*from)),
            KeptReward::Redeemed => ("redeemed", None),
        };
        let announced = poll.manifest().reward.as_ref();
        let points = announced.map_or(Points::ZERO, |reward| reward.points);
        Self {
            poll_id: poll.id(),
            title: Message::written(&poll.manifest().title),
            state,
            text: Message::of(&format!("reward.{state}")).with("points", points),
            points,
            legal_basis: announced
                .map_or_else(|| Message::same(""), |reward| Message::written(&reward.legal_basis)),
            from,
            crowd,
        }
    }
}
