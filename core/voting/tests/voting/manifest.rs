//! Every rule of the manifest refuses what breaks it, and names the field.

use super::support::manifest::*;
use citizen_primitives::{Canonical, Points, Seconds, Text, UnixTime};
use citizen_voting::ballot::Encryptor;
use citizen_voting::group::Encoded;
use citizen_voting::manifest::*;
use citizen_voting::{
    BoardEntry, CastBallot, ContestChoice, ContestRule, ElectorateIndex, Group, Sequence, SignedBallot,
};

/// What the manifest with this change is refused for.
pub(crate) fn refused(change: impl FnOnce(&mut Manifest)) -> (String, Refusal) {
    let mut manifest = manifest();
    change(&mut manifest);
    let error = Poll::new(manifest).unwrap_err();
    (error.field, error.reason)
}

#[test]
fn a_whole_manifest_is_a_poll_and_its_bytes_are_read_back() {
    let poll = Poll::new(manifest()).unwrap();
    assert_eq!(Poll::read(poll.id(), &manifest().to_canonical()), Ok(poll.clone()));
    assert_eq!(poll.slots(), 6);
    assert_eq!(poll.rules(COMMITTEE).len(), 2, "the committee does not vote in the second contest");
}

#[test]
fn vote_4_another_text_in_one_language_is_another_poll() {
    let mut changed = manifest();
    changed.contests[0].options[1].en = Text::new("Car park").unwrap();
    let bytes = changed.to_canonical();
    assert_ne!(Poll::new(changed).unwrap().id(), POLL.id());
    assert_eq!(Poll::read(POLL.id(), &bytes), Err(PollError::AnotherPoll));
}

#[test]
fn vote_40_a_token_needs_every_registrar() {
    let (field, reason) = refused(|manifest| manifest.signatures = 2);
    assert_eq!(field, "signatures");
    assert_eq!(reason, Refusal::FewerThanAllRegistrars { signatures: 2, registrars: 3 });
    let (field, _) = refused(|manifest| manifest.signatures = 4);
    assert_eq!(field, "signatures");
    let (field, reason) = refused(|manifest| {
        manifest.registrars.truncate(1);
        manifest.signatures = 1;
    });
    assert_eq!((field.as_str(), reason), ("registrars", Refusal::Number { found: 1, least: 2, most: 8 }));
}

#[test]
fn vote_41_a_small_electorate_votes_openly() {
    let (field, reason) = refused(|manifest| manifest.electorates[1].roll_size = 39);
    assert_eq!(field, "electorates[1].roll_size");
    assert_eq!(reason, Refusal::SmallRoll { roll: 39, minimum: 20 });
    let (field, reason) = refused(|manifest| manifest.electorates[0].minimum_turnout = 19);
    assert_eq!((field.as_str(), reason), ("electorates[0].minimum_turnout", Refusal::SmallTurnout(19)));
    let (_, reason) = refused(|manifest| manifest.electorates[0].minimum_turnout = u32::MAX);
    assert_eq!(reason, Refusal::SmallRoll { roll: ROLL, minimum: u32::MAX });
}

#[test]
fn vote_42_casting_is_a_whole_number_of_slots() {
    let later = |manifest: &mut Manifest, seconds| {
        manifest.casting.until = manifest.casting.until.plus(Seconds::new(seconds));
    };
    assert_eq!(refused(|manifest| later(manifest, 1)).1, Refusal::Slots);
    assert_eq!(refused(|manifest| later(manifest, SLOT * 9_000)).1, Refusal::Slots);
    assert_eq!(refused(|manifest| manifest.slot = Seconds::new(0)).1, Refusal::Slots);
    assert_eq!(refused(|manifest| manifest.slot = Seconds::new(SLOT * SLOTS)).1, Refusal::Slots);
    let (field, reason) = refused(|manifest| manifest.casting.until = manifest.casting.from);
    assert_eq!((field.as_str(), reason), ("casting", Refusal::EmptyWindow));
    let (field, reason) = refused(|manifest| {
        manifest.registration =
            Window { from: manifest.casting.until, until: UnixTime::from_seconds(u64::MAX) };
    });
    assert_eq!((field.as_str(), reason), ("registration", Refusal::RegistrationTooLate));
}

#[test]
fn vote_42_casting_ends_one_slot_before_the_board_closes() {
    let closes = POLL.manifest().casting.until.seconds();
    assert_eq!(POLL.last_cast().seconds(), closes - SLOT);
    assert!(POLL.is_casting(UnixTime::from_seconds(closes - SLOT - 1)));
    assert!(!POLL.is_casting(POLL.last_cast()));
    assert_eq!(POLL.slot_at(UnixTime::from_seconds(closes - 1)), Some(5));
    assert_eq!(POLL.slot_at(UnixTime::from_seconds(closes)), None);
    assert_eq!(POLL.slot_at(UnixTime::from_seconds(OPENS - 1)), None);
}

#[test]
fn vote_42_registration_ends_when_the_board_closes_or_before() {
    let until = |end| {
        move |manifest: &mut Manifest| {
            manifest.kind = PollKind::Light;
            manifest.registration.until = UnixTime::from_seconds(end);
        }
    };
    let closes = OPENS + SLOTS * SLOT;
    let (field, reason) = refused(until(closes + 1));
    assert_eq!((field.as_str(), reason), ("registration", Refusal::RegistrationTooLong));
    let mut light = manifest();
    until(closes)(&mut light);
    assert!(Poll::new(light).is_ok());
}

/// VOTE-58: a poll in which nobody's ballot fits into a transaction is none.
#[test]
fn vote_58_no_ballot_is_longer_than_what_the_ledger_takes() {
    let options = |count: u8| (0..count).map(|n| both(&format!("안 {n}"), &format!("Option {n}"))).collect();
    let group = |options, min, max| Group { options, min, max };
    let mut long = manifest();
    long.contests[0].options = options(97);
    long.contests[0].rule = ContestRule::Choose { groups: vec![group(90, 0, 7), group(7, 3, 3)] };
    assert!(Poll::new(long.clone()).is_ok(), "97 options of which some are chosen");
    let scored = |long: &mut Manifest| {
        long.contests[0].options = options(97);
        long.contests[0].rule = ContestRule::Score { options: 97, highest: 10 };
    };
    let (field, reason) = refused(scored);
    assert_eq!(field, "electorates[0]");
    assert!(matches!(reason, Refusal::LongBallot { bytes } if bytes > 140_000), "{reason:?}");
    // What is bounded is what stands on the board.
    let poll = Poll::new(long).unwrap();
    let style = poll.style(CITIZENS, &citizen_voting::ElectionKey::new(Encoded::GENERATOR).unwrap()).unwrap();
    let citizen = super::support::city::Citizen::register(1, CITIZENS);
    let choices = [&[ContestChoice::Choose(vec![0, 90, 91, 92])], &citizen.choices()[1..]].concat();
    let ballot = Encryptor::new(&style)
        .encrypt(&citizen.seed(1), citizen.voting_key(), Sequence::new(1), &choices)
        .unwrap();
    let ballot = SignedBallot::sign(ballot, &citizen.signing_key());
    let mut token = citizen.token.clone();
    token.signatures.resize(Manifest::MOST_REGISTRARS, token.signatures[0]);
    let entry = BoardEntry::Cast(CastBallot { ballot, token }).to_canonical();
    assert_eq!(entry.len(), poll.manifest().ballot_bytes(CITIZENS));
    assert_eq!(entry.len(), 37_154);
    let mut longer = manifest();
    longer.contests[0].options = options(97);
    // With as many bytes more as there is room for, and one cell more than that.
    for (highest, fits) in [(3, true), (4, false)] {
        longer.contests[0].rule = ContestRule::Score { options: 97, highest };
        assert_eq!(Poll::new(longer.clone()).is_ok(), fits, "{highest}");
    }
}

#[test]
fn vote_43_a_binding_poll_registers_before_it_casts_and_a_light_one_may_do_both() {
    let overlap = |kind| {
        move |manifest: &mut Manifest| {
            manifest.kind = kind;
            manifest.registration.until = UnixTime::from_seconds(OPENS + 1);
        }
    };
    assert_eq!(refused(overlap(PollKind::Binding)).1, Refusal::WindowsOverlap);
    let mut light = manifest();
    overlap(PollKind::Light)(&mut light);
    assert!(Poll::new(light).is_ok());
}

#[test]
fn vote_44_every_text_is_there_in_both_languages_and_no_two_are_the_same() {
    let (field, reason) = refused(|manifest| manifest.contests[1].options[0].en = Text::default());
    assert_eq!((field.as_str(), reason), ("contests[1].options[0]", Refusal::Untranslated));
    let (field, reason) = refused(|manifest| manifest.title.ko = Text::new(" ").unwrap());
    assert_eq!((field.as_str(), reason), ("title", Refusal::Untranslated));
    let (field, reason) = refused(|manifest| {
        manifest.contests[0].options[4].ko = manifest.contests[0].options[0].ko.clone();
    });
    assert_eq!((field.as_str(), reason), ("contests[0].options[4]", Refusal::Twice));
    let (field, _) = refused(|manifest| {
        manifest.contests[2].question = manifest.contests[0].question.clone();
    });
    assert_eq!(field, "contests[2].question");
}

#[test]
fn vote_45_a_majority_of_trustees_decrypts() {
    for threshold in [0, 1, 2, 6] {
        let (field, reason) = refused(|manifest| manifest.trustees.threshold = threshold);
        assert_eq!(field, "trustees.threshold");
        assert_eq!(reason, Refusal::Threshold { threshold, trustees: 5 });
    }
    let mut all = manifest();
    all.trustees.threshold = 5;
    assert!(Poll::new(all).is_ok());
}

#[test]
fn vote_46_every_key_stands_in_one_place() {
    let (field, reason) = refused(|manifest| manifest.registrars[0].keys[1] = manifest.registrars[0].keys[0]);
    assert_eq!((field.as_str(), reason), ("registrars[0].keys[1]", Refusal::KeyTwice));
    let (field, _) = refused(|manifest| manifest.registrars[2].keys[0] = manifest.registrars[1].keys[0]);
    assert_eq!(field, "registrars[2].keys[0]");
    let (field, _) = refused(|manifest| {
        let key = manifest.registrars[0].keys[0];
        manifest.reward.as_mut().unwrap().key = key;
    });
    assert_eq!(field, "reward.key");
    let (field, reason) = refused(|manifest| manifest.relays[0].signing = registrar_key(1).public());
    assert_eq!((field.as_str(), reason), ("relays[0].signing", Refusal::KeyTwice));
    let (field, _) = refused(|manifest| manifest.trustees.members[4].sealing = sealing_key(0).public());
    assert_eq!(field, "trustees.members[4].sealing");
    // Of order 8 (RFC 7748, section 6.1): what is sealed to it anybody opens.
    let order_8 = "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800";
    for small in [[0; 32], hex::decode(order_8).unwrap().try_into().unwrap()] {
        let small = citizen_keys::SealingPublicKey::from_bytes(small);
        let (field, reason) = refused(|manifest| manifest.trustees.members[4].sealing = small);
        assert_eq!((field.as_str(), reason), ("trustees.members[4].sealing", Refusal::SealingKey));
    }
}

#[test]
fn vote_46_a_key_that_is_none_is_refused() {
    use citizen_keys::PublicKey;
    use citizen_voting::blind::BlindKey;
    let (field, _) = refused(|manifest| manifest.relays[1].signing = PublicKey::Ed25519([0; 32]));
    assert_eq!(field, "relays[1].signing");
    let (field, reason) = refused(|manifest| manifest.registrars[1].keys[1] = BlindKey::from_bytes([0; 384]));
    assert_eq!(field, "registrars[1].keys[1]");
    assert!(matches!(reason, Refusal::BlindKey(_)));
    let (field, reason) = refused(|manifest| {
        manifest.registrars[1].keys.pop();
    });
    assert_eq!(field, "registrars[1].keys");
    assert_eq!(reason, Refusal::KeyPerElectorate { keys: 1, electorates: 2 });
}

#[test]
fn a_contest_is_about_its_options_and_its_electorates() {
    let (field, _) = refused(|manifest| manifest.contests[2].rule = ContestRule::Rank { options: 7 });
    assert_eq!(field, "contests[2].rule");
    let groups = vec![Group { options: 98, min: 1, max: 1 }];
    let (_, reason) = refused(|manifest| manifest.contests[0].rule = ContestRule::Choose { groups });
    assert!(matches!(reason, Refusal::Rule(_)));
    let (field, reason) = refused(|manifest| {
        manifest.contests[1].options.pop();
    });
    assert_eq!((field.as_str(), reason), ("contests[1].options", Refusal::Options { listed: 1, ruled: 2 }));
    for electorates in [vec![], vec![2], vec![1, 0], vec![0, 0]] {
        let electorates = electorates.into_iter().map(ElectorateIndex::new).collect();
        let (field, reason) = refused(|manifest| manifest.contests[0].electorates = electorates);
        assert_eq!((field.as_str(), reason), ("contests[0].electorates", Refusal::Electorates));
    }
    let (field, reason) = refused(|manifest| {
        manifest.contests.iter_mut().for_each(|contest| contest.electorates = vec![CITIZENS]);
    });
    assert_eq!((field.as_str(), reason), ("electorates[1]", Refusal::NothingToVoteOn));
}

#[test]
fn lists_have_bounds_and_weights_count() {
    let (field, _) = refused(|manifest| manifest.contests.clear());
    assert_eq!(field, "contests");
    let (field, _) = refused(|manifest| manifest.relays.truncate(1));
    assert_eq!(field, "relays");
    let (field, _) = refused(|manifest| manifest.electorates.clear());
    assert_eq!(field, "electorates");
    let (field, reason) = refused(|manifest| manifest.electorates[0].weight = 0);
    assert_eq!((field.as_str(), reason), ("electorates[0].weight", Refusal::Weight));
}

#[test]
fn vote_48_a_reward_needs_a_legal_basis() {
    let (field, reason) =
        refused(|manifest| manifest.reward.as_mut().unwrap().legal_basis = both("조례", ""));
    assert_eq!((field.as_str(), reason), ("reward.legal_basis", Refusal::Untranslated));
    let (field, _) = refused(|manifest| manifest.reward.as_mut().unwrap().points = Points::new(0).unwrap());
    assert_eq!(field, "reward.points");
}

#[test]
fn vote_61_districts_stand_beside_the_manifest_one_list_for_each_electorate_in_one_form() {
    let names = |names: &[&str]| names.iter().map(|name| Text::new(name).unwrap()).collect::<Vec<_>>();
    let told = Districts::of(vec![names(&["서대문구", "마포구", "마포구"]), Vec::new()]).unwrap();
    assert_eq!(told.check(&POLL), Ok(()));
    let lists: Vec<_> = told.electorates().collect();
    assert_eq!(lists, [&names(&["마포구", "서대문구"])[..], &[]]);
    assert_eq!(Districts::of(vec![Vec::new(), Vec::new()]), None, "a poll of the whole city says nothing");
    // What somebody else's program may have written.
    let check = |lists: &[Vec<Text>]| {
        Districts::from_canonical(&[&[1][..], &borsh::to_vec(lists).unwrap()].concat()).unwrap().check(&POLL)
    };
    let all: Vec<String> = (0..26).map(|number| format!("{}구", char::from(b'A' + number))).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    assert_eq!(check(&[names(&all[..25]), Vec::new()]), Ok(()));
    assert_eq!(check(&[names(&["마포구"])]), Err(DistrictsError::Electorates));
    assert_eq!(check(&[names(&["마포구"]), Vec::new(), Vec::new()]), Err(DistrictsError::Electorates));
    assert_eq!(check(&[Vec::new(), Vec::new()]), Err(DistrictsError::None));
    let long = "구".repeat(21);
    for wrong in [&["서대문구", "마포구"][..], &["마포구", "마포구"], &[""], &["  "], &[&long], &all]
    {
        assert_eq!(check(&[Vec::new(), names(wrong)]), Err(DistrictsError::Names), "{wrong:?}");
    }
}

#[test]
fn a_refusal_can_be_read() {
    let mut manifest = manifest();
    manifest.signatures = 2;
    let text = Poll::new(manifest).unwrap_err().to_string();
    assert!(
        text.starts_with("signatures: a token needs the signatures of all 3 registrars, not of 2"),
        "{text}"
    );
}
