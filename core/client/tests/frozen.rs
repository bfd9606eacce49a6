//! The frozen forms of a registration by the citizen card, for whoever implements it again.

#![cfg(test)]

use citizen_client::registration::CARD_REGISTRATION_CONTEXT;
use citizen_client::{Authorised, CardQuestion, CardRegistration, RegistrarAnswer, RegistrarWord};
use citizen_primitives::{Canonical as _, Hash, KeyId, PollId, UnixTime};
use citizen_voting::blind::BlindedMessage;
use citizen_voting::identifier::ElectorateIndex;
use serde_json::Value;
use std::path::{Path, PathBuf};

const HEAD: &str = "# Frozen forms of a registration by the citizen card, version 1: `name = value`, bytes in hexadecimal. What is in them: ../src/registration.rs\n\
                    # and ../src/registrar.rs; how each is made: ../tests/frozen.rs.\n";

/// What phone and registrar say to each other, and what the card authorises.
fn forms() -> String {
    let request = CardRegistration {
        to: KeyId::from_bytes([1; 32]),
        poll: PollId::from_bytes([2; 32]),
        electorate: ElectorateIndex::new(3),
        blinded: Box::new(BlindedMessage::from_bytes([4; 384])),
        reply: [5; 32],
        nonce: [6; 16],
    };
    let word = |answer| {
        let time = UnixTime::from_seconds(1_763_683_500);
        hex::encode(RegistrarWord { request: request.digest(), answer, time }.to_canonical())
    };
    let question = CardQuestion {
        link: "openid4vp://?client_id=x509_hash%3Aregistrar".to_owned(),
        certificate: Hash::from_bytes([7; 32]),
        accounts_too: true,
    };
    let authorised = Authorised::registration(&request.poll, &request.to, &request.digest());
    let lines = [
        ("context", hex::encode(CARD_REGISTRATION_CONTEXT)),
        ("card-registration", hex::encode(request.to_canonical())),
        ("card-registration-digest", request.digest().to_hex()),
        ("registrar-word-show-card", word(RegistrarAnswer::ShowCard(question))),
        ("registrar-word-ask-as-account", word(RegistrarAnswer::AskAsAccount)),
        ("authorised-type", authorised.kind.to_owned()),
        ("authorised-fields", Value::Object(authorised.fields).to_string()),
    ];
    let lines: Vec<String> = lines.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
    format!("{HEAD}{}", lines.concat())
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/card_registration.txt")
}

/// A changed form is a new version, never a changed vector. Without the file, `FREEZE_VECTORS=1` writes it.
#[test]
fn client_14_the_forms_of_a_registration_by_card_are_the_frozen_ones() {
    let (path, made) = (file(), forms());
    if !path.exists() && std::env::var_os("FREEZE_VECTORS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &made).unwrap();
    }
    let frozen = std::fs::read_to_string(&path).unwrap();
    assert_eq!(made.lines().collect::<Vec<_>>(), frozen.lines().collect::<Vec<_>>());
}

#[test]
fn client_14_a_frozen_registration_is_read_as_itself_and_nothing_longer_or_shorter_is() {
    let frozen = std::fs::read_to_string(file()).unwrap();
    let line = frozen.lines().find_map(|line| line.strip_prefix("card-registration = ")).unwrap();
    let bytes = hex::decode(line).unwrap();
    let read = CardRegistration::from_canonical(&bytes).unwrap();
    assert_eq!((read.to_canonical(), read.electorate), (bytes.clone(), ElectorateIndex::new(3)));
    let another_version = [&[2], &bytes[1..]].concat();
    for wrong in [&bytes[..bytes.len() - 1], &[bytes.as_slice(), &[0]].concat(), &another_version] {
        assert!(CardRegistration::from_canonical(wrong).is_err());
    }
}
