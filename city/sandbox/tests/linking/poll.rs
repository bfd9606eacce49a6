//! The poll: one question, three registrars, two relays, a reward.

use crate::polling::city::hold_ceremony;
use crate::polling::manifest::{
    BLIND_KEYS, CITIZENS, REGISTRARS, both, manifest, roll_entry, treasury_key, trustee_key,
};
use crate::town::Town;
use citizen_keys::SigningKey;
use citizen_ledger::poll::PollAction;
use citizen_primitives::{AccountId, Seconds, UnixTime};
use citizen_voting::blind::BlindSigningKey;
use citizen_voting::manifest::{Contest, Electorate, PollKind, Window};
use citizen_voting::{ContestRule, Group, Poll};
use city_services::registrar::{Known, Roll, RollRow};

/// A slot, in seconds.
pub const SLOT: u64 = 180;
/// People on the roll at least: no roll is below twice the minimum turnout.
const ROLL: usize = 48;
/// What the office calls the poll before it has a name.
const DRAFT: [u8; 32] = [0x77; 32];

/// When what begins.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// Registration begins.
    pub registration: u64,
    /// Casting begins.
    pub casting: u64,
    /// Slots of casting; what came in the last one is brought in another.
    pub slots: u64,
    /// Whether one registers while others cast.
    pub together: bool,
}

impl Times {
    /// When a slot begins.
    pub const fn slot(&self, number: u64) -> u64 {
        self.casting + number * SLOT
    }

    /// When the board closes.
    pub const fn closing(&self) -> u64 {
        self.slot(self.slots + 1)
    }
}

impl Town {
    /// Announces a poll of these citizens, makes its key, and hands the registrars roll and keys.
    pub fn announce(&self, people: &[Known], times: Times) -> Poll {
        let roll = roll(people);
        let poll = Poll::new(self.manifest(&roll, times)).unwrap();
        let office = SigningKey::from_seed(&self.keys.office);
        self.act(&office, PollAction::Announce(Box::new(poll.manifest().clone())));
        for message in hold_ceremony(&poll).messages {
            let (head, _) = message.dangerous_unverified_head().unwrap();
            let trustee = trustee_key(usize::from(head.trustee.number()) - 1);
            self.act(&trustee, PollAction::Speak(Box::new(message)));
        }
        for (number, registrar) in self.registrars.iter().enumerate() {
            registrar.load_roll(&roll).unwrap();
            registrar.bring_keys(DRAFT, &BLIND_KEYS[number..=number]).unwrap();
        }
        let reward = BlindSigningKey::from_pkcs8(&treasury_key().dangerous_pkcs8().unwrap()).unwrap();
        self.treasury.bring_reward_key(DRAFT, reward).unwrap();
        poll
    }

    fn manifest(&self, roll: &Roll, times: Times) -> citizen_voting::manifest::Manifest {
        let time = UnixTime::from_seconds;
        let mut manifest = manifest();
        manifest.ledger = self.chain_id.clone();
        manifest.kind = if times.together { PollKind::Light } else { PollKind::Binding };
        let registered = if times.together { times.closing() } else { times.casting };
        manifest.registration = Window { from: time(times.registration), until: time(registered) };
        manifest.casting = Window { from: time(times.casting), until: time(times.closing()) };
        manifest.slot = Seconds::new(SLOT);
        let (citizens, size) = (manifest.electorates.remove(0), u32::try_from(roll.rows().len()).unwrap());
        manifest.electorates = vec![Electorate { roll_root: roll.root(), roll_size: size, ..citizens }];
        for (number, registrar) in manifest.registrars.iter_mut().enumerate() {
            assert!(number < REGISTRARS);
            registrar.keys = vec![BLIND_KEYS[number].public().unwrap()];
        }
        manifest.contests = vec![Contest {
            question: both("밤에도 버스가 다녀야 할까요?", "Should buses run at night?"),
            options: vec![both("예", "Yes"), both("아니오", "No"), both("모르겠음", "Undecided")],
            rule: ContestRule::Choose { groups: vec![Group { options: 3, min: 0, max: 2 }] },
            electorates: vec![CITIZENS],
        }];
        manifest
    }
}

/// These citizens, and some who stay at home.
fn roll(people: &[Known]) -> Roll {
    let others = (0..ROLL.saturating_sub(people.len()))
        .map(|number| AccountId::from_bytes([u8::try_from(number).unwrap(); 32]).into());
    let all = people.iter().copied().chain(others);
    let row = |(number, known)| RollRow { known, entry: roll_entry(CITIZENS, number) };
    Roll::new((0u32..).zip(all).map(row).collect()).unwrap()
}
