//! The manifest of the poll in the tests, and the keys behind it.

use citizen_keys::{SealingKey, Secret32, SigningKey};
use citizen_primitives::{ChainId, Points, Seconds, Text, UnixTime};
use citizen_voting::blind::BlindSigningKey;
use citizen_voting::issuance::RollEntry;
use citizen_voting::manifest::*;
use citizen_voting::{ContestRule, ElectorateIndex, Group};
use std::sync::LazyLock;
use zeroize::Zeroizing;

pub(crate) const CITIZENS: ElectorateIndex = ElectorateIndex::new(0);
pub(crate) const COMMITTEE: ElectorateIndex = ElectorateIndex::new(1);
pub(crate) const ELECTORATES: [ElectorateIndex; 2] = [CITIZENS, COMMITTEE];
pub(crate) const REGISTRARS: usize = 3;
pub(crate) const TRUSTEES: usize = 5;
pub(crate) const THRESHOLD: u8 = 3;
/// People on each roll.
pub(crate) const ROLL: u32 = 60;
/// 2027-05-03 00:00:00 UTC.
pub(crate) const OPENS: u64 = 1_809_302_400;
pub(crate) const SLOT: u64 = 600;
pub(crate) const SLOTS: u64 = 6;

/// Seven keys: two of each registrar, by electorate, and the treasury's.
pub(crate) static BLIND_KEYS: LazyLock<Vec<BlindSigningKey>> = LazyLock::new(|| {
    let lines = include_str!("registrar-keys.txt").lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| BlindSigningKey::from_pkcs8(&hex::decode(line).unwrap()).unwrap()).collect()
});

pub(crate) fn blind_key(registrar: usize, electorate: ElectorateIndex) -> &'static BlindSigningKey {
    &BLIND_KEYS[registrar * ELECTORATES.len() + usize::from(electorate.number())]
}

pub(crate) fn treasury_key() -> &'static BlindSigningKey {
    &BLIND_KEYS[6]
}

/// A key in nobody's manifest.
pub(crate) fn strange_key() -> &'static BlindSigningKey {
    &BLIND_KEYS[7]
}

pub(crate) fn signing_key(role: u8, number: usize) -> SigningKey {
    SigningKey::from_seed(&[role, u8::try_from(number).unwrap(), 0x5a].repeat(11)[..32].try_into().unwrap())
}

pub(crate) fn trustee_key(number: usize) -> SigningKey {
    signing_key(1, number)
}

pub(crate) fn registrar_key(number: usize) -> SigningKey {
    signing_key(2, number)
}

pub(crate) fn relay_key(number: usize) -> SigningKey {
    signing_key(3, number)
}

pub(crate) fn sealing_key(number: usize) -> SealingKey {
    SealingKey::from_secret(&secret(0x70, number))
}

pub(crate) fn secret(kind: u8, number: usize) -> Secret32 {
    let mut bytes = [kind; 32];
    bytes[8..16].copy_from_slice(&u64::try_from(number).unwrap().to_le_bytes());
    Secret32::take(Zeroizing::new(bytes))
}

pub(crate) fn both(ko: &str, en: &str) -> Bilingual {
    Bilingual { ko: Text::new(ko).unwrap(), en: Text::new(en).unwrap() }
}

/// Somebody's place on a roll.
pub(crate) fn roll_entry(electorate: ElectorateIndex, index: u32) -> RollEntry {
    let salt = *secret(0x20 + electorate.number(), usize::try_from(index).unwrap()).expose();
    let person = *secret(0x30, usize::try_from(index).unwrap()).expose();
    let person = citizen_primitives::PersonTag::from_bytes(person);
    RollEntry { electorate, index, salt, person }
}

fn electorate(index: ElectorateIndex, name: Bilingual, weight: u16) -> Electorate {
    let roll = citizen_merkle::MemoryTree::of((0..ROLL).map(|person| roll_entry(index, person).leaf()));
    Electorate {
        name,
        eligible: both("만 15세 이상 서울 시민", "Residents of Seoul, aged 15 or older"),
        weight,
        roll_root: roll.root(),
        roll_size: ROLL,
        minimum_turnout: 20,
    }
}

fn contests() -> Vec<Contest> {
    let group = |options, min, max| Group { options, min, max };
    let options = |names: &[(&str, &str)]| names.iter().map(|(ko, en)| both(ko, en)).collect();
    vec![
        Contest {
            question: both("어느 사업을 지원할까요?", "Which projects should be funded?"),
            options: options(&[
                ("도서관", "Library"),
                ("공원", "Park"),
                ("자전거길", "Cycle path"),
                ("돌봄", "Care"),
                ("쉼터", "Shelter"),
            ]),
            rule: ContestRule::Choose { groups: vec![group(3, 1, 2), group(2, 0, 1)] },
            electorates: ELECTORATES.to_vec(),
        },
        Contest {
            question: both("얼마나 만족하십니까?", "How content are you?"),
            options: options(&[("교통", "Transport"), ("청소", "Cleaning")]),
            rule: ContestRule::Score { options: 2, highest: 4 },
            electorates: vec![CITIZENS],
        },
        Contest {
            question: both("순서를 정해 주십시오", "Put these in order"),
            options: options(&[("안전", "Safety"), ("환경", "Environment"), ("문화", "Culture")]),
            rule: ContestRule::Rank { options: 3 },
            electorates: ELECTORATES.to_vec(),
        },
    ]
}

pub(crate) fn manifest() -> Manifest {
    let time = UnixTime::from_seconds;
    let until = OPENS + SLOTS * SLOT;
    Manifest {
        ledger: ChainId::new("seoul-test").unwrap(),
        title: both("2027년 참여예산", "Participatory budget 2027"),
        kind: PollKind::Binding,
        electorates: vec![
            electorate(CITIZENS, both("시민", "Citizens"), 60),
            electorate(COMMITTEE, both("위원", "Committee"), 40),
        ],
        contests: contests(),
        registration: Window { from: time(OPENS - 86_400), until: time(OPENS) },
        casting: Window { from: time(OPENS), until: time(until) },
        slot: Seconds::new(SLOT),
        trustees: Trustees {
            threshold: THRESHOLD,
            members: (0..TRUSTEES)
                .map(|number| Trustee {
                    name: both(&format!("관리자 {number}"), &format!("Trustee {number}")),
                    signing: trustee_key(number).public(),
                    sealing: sealing_key(number).public(),
                })
                .collect(),
        },
        registrars: (0..REGISTRARS)
            .map(|number| Registrar {
                name: both(&format!("등록소 {number}"), &format!("Registrar {number}")),
                signing: registrar_key(number).public(),
                keys: ELECTORATES.iter().map(|of| blind_key(number, *of).public().unwrap()).collect(),
            })
            .collect(),
        signatures: 3,
        relays: (0..2)
            .map(|number| Relay {
                name: both(&format!("중계 {number}"), &format!("Relay {number}")),
                signing: relay_key(number).public(),
            })
            .collect(),
        revote: Revote::LastCounts,
        checks: 3,
        reward: Some(Reward {
            key: treasury_key().public().unwrap(),
            points: Points::new(1_000).unwrap(),
            legal_basis: both("서울특별시 주민참여예산 조례", "Ordinance on participatory budgeting"),
        }),
    }
}

/// The poll of all tests.
pub(crate) static POLL: LazyLock<Poll> = LazyLock::new(|| Poll::new(manifest()).unwrap());
