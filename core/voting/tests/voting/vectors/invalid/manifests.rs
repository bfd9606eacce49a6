//! Manifests and ceremonies.

use super::super::{Case, Kind};
use super::bytes;
use crate::support::city::KEYS;
use crate::support::manifest::*;
use citizen_keys::{SealingPublicKey, Signed};
use citizen_primitives::{Canonical as _, Seconds, Text, UnixTime};
use citizen_voting::ceremony::Message;
use citizen_voting::manifest::{Manifest, PollKind};
use citizen_voting::{ContestRule, Group};

type Change = fn(&mut Manifest);

const MANIFESTS: [(&str, &str, &str, Change); 18] = [
    (
        "manifest-fewer-signatures-than-registrars",
        "VOTE-40",
        "2 of 3 registrars sign: citizens can pool signatures",
        |m| {
            m.signatures = 2;
        },
    ),
    ("manifest-small-roll", "VOTE-41", "a roll of 39 is below twice the minimum turnout of 20", |m| {
        m.electorates[1].roll_size = 39;
    }),
    ("manifest-small-minimum-turnout", "VOTE-41", "a minimum turnout of 19", |m| {
        m.electorates[0].minimum_turnout = 19;
    }),
    (
        "manifest-slots-do-not-fill-casting",
        "VOTE-42",
        "the casting window is not a whole number of slots",
        |m| {
            m.slot = Seconds::new(SLOT + 1);
        },
    ),
    ("manifest-one-slot", "VOTE-42", "casting ends one slot before closing: nothing would be left", |m| {
        m.slot = Seconds::new(SLOT * SLOTS);
    }),
    ("manifest-empty-casting-window", "VOTE-42", "casting ends before it begins", |m| {
        m.casting.until = m.casting.from;
    }),
    (
        "manifest-registration-after-closing",
        "VOTE-42",
        "a light poll registers when its board is closed",
        |m| {
            m.kind = PollKind::Light;
            m.registration.until = UnixTime::from_seconds(OPENS + SLOTS * SLOT + 1);
        },
    ),
    ("manifest-long-ballot", "VOTE-58", "a ballot of more than 65,536 bytes", |m| {
        m.contests[1].options = (0..97).map(|n| both(&format!("안 {n}"), &format!("Option {n}"))).collect();
        m.contests[1].rule = ContestRule::Score { options: 97, highest: 10 };
    }),
    ("manifest-sealing-key-of-small-order", "VOTE-46", "whatever is sealed to it everybody can open", |m| {
        m.trustees.members[0].sealing = SealingPublicKey::from_bytes([0; 32]);
    }),
    ("manifest-binding-windows-overlap", "VOTE-43", "a binding poll registers while it casts", |m| {
        m.registration.until = UnixTime::from_seconds(OPENS + 1);
    }),
    ("manifest-missing-translation", "VOTE-44", "an option without its English text", |m| {
        m.contests[0].options[0].en = Text::default();
    }),
    ("manifest-two-options-alike", "VOTE-44", "two options with the same Korean text", |m| {
        m.contests[0].options[1].ko = m.contests[0].options[0].ko.clone();
    }),
    ("manifest-minority-of-trustees", "VOTE-45", "2 of 5 trustees decrypt", |m| {
        m.trustees.threshold = 2;
    }),
    (
        "manifest-one-key-for-two-electorates",
        "VOTE-46",
        "a citizen's token would be one of the committee's",
        |m| {
            m.registrars[0].keys[1] = m.registrars[0].keys[0];
        },
    ),
    ("manifest-relay-is-a-registrar", "VOTE-46", "a relay has a registrar's key", |m| {
        m.relays[0].signing = m.registrars[0].signing;
    }),
    ("manifest-reward-without-legal-basis", "VOTE-48", "a reward without an ordinance", |m| {
        m.reward.as_mut().unwrap().legal_basis = both("", "");
    }),
    ("manifest-98-options", "VOTE-30", "more than 97 options", |m| {
        m.contests[1].options = (0..98).map(|n| both(&format!("안 {n}"), &format!("Option {n}"))).collect();
        m.contests[1].rule = ContestRule::Choose { groups: vec![Group { options: 98, min: 1, max: 1 }] };
    }),
    ("manifest-seven-ranked", "VOTE-30", "more than 6 options to rank", |m| {
        m.contests[1].options = (0..7).map(|n| both(&format!("안 {n}"), &format!("Option {n}"))).collect();
        m.contests[1].rule = ContestRule::Rank { options: 7 };
    }),
];

pub(super) fn cases() -> Vec<Case> {
    let case = |(name, rule, reason, change): (_, _, _, Change)| {
        let mut manifest = manifest();
        change(&mut manifest);
        Case { name, kind: Kind::Manifest, rule, reason, inputs: bytes(&[manifest]) }
    };
    let mut cases: Vec<Case> = MANIFESTS.into_iter().map(case).collect();
    let mut longer = manifest().to_canonical();
    longer.push(0);
    cases.push(Case {
        name: "manifest-with-a-byte-more",
        kind: Kind::Manifest,
        rule: "VOTE-19",
        reason: "a byte after the end",
        inputs: vec![longer],
    });
    cases.extend(ceremonies());
    cases
}

fn ceremonies() -> Vec<Case> {
    let case = |name, rule, reason, messages: Vec<Message>| Case {
        name,
        kind: Kind::Ceremony,
        rule,
        reason,
        inputs: bytes(&messages),
    };
    let whole = &KEYS.messages;
    let mut rushed = whole.clone();
    // A reveal before the last commitment.
    rushed.swap(TRUSTEES - 1, TRUSTEES);
    let mut copied = whole.clone();
    if let (Message::Reveal(first), Message::Reveal(_)) = (&whole[TRUSTEES], &whole[TRUSTEES + 1]) {
        let mut reveal = first.dangerous_unverified().unwrap();
        reveal.head.trustee = citizen_voting::TrusteeIndex::new(2);
        copied[TRUSTEES + 1] = Message::Reveal(Signed::sign(&reveal, &trustee_key(1)));
    }
    let mut unsigned = whole.clone();
    if let Message::Confirmation(last) = &whole[whole.len() - 1] {
        let said = last.dangerous_unverified().unwrap();
        *unsigned.last_mut().unwrap() = Message::Confirmation(Signed::sign(&said, &registrar_key(0)));
    }
    vec![
        case(
            "ceremony-reveal-before-all-commitments",
            "VOTE-10",
            "who reveals last could choose the key",
            rushed,
        ),
        case(
            "ceremony-copied-polynomial",
            "VOTE-10",
            "trustee 2 reveals trustee 1's polynomial and proof",
            copied,
        ),
        case(
            "ceremony-not-confirmed-by-all",
            "VOTE-36",
            "one confirmation is missing",
            whole[..whole.len() - 1].to_vec(),
        ),
        case(
            "ceremony-confirmed-by-a-stranger",
            "VOTE-36",
            "a confirmation that its trustee has not signed",
            unsigned,
        ),
    ]
}
