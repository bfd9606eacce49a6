//! What goes over which connection, and what is on the disk.

use crate::phone::{Voter, choices, vote};
use crate::poll::{OPENS, SLOT, SLOTS, go_to, ordinary};
use citizen_primitives::Canonical as _;
use citizen_store::{Store, Table};
use citizen_voting::{BoardEntry, ElectorateIndex};

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

#[tokio::test]
async fn ballot_7_what_goes_to_a_relay_goes_over_a_connection_of_its_own_and_names_no_account() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    let account = *wallet.account().unwrap().account();
    wallet.register_for_poll(&id, None).await.unwrap();
    go_to(&gateway, OPENS);
    vote(&wallet, &id).await.unwrap();
    wallet.reward(&id).await.unwrap();
    wallet.verify_counted(&id).await.unwrap();
    let sent = voter.lines.sent.lock().unwrap();
    let nameless = |path: &str| path.contains("/relays/") || path.ends_with("/treasury/rewards");
    let of_relays: Vec<_> = sent.iter().filter(|(_, path, _)| nameless(path)).collect();
    assert!(of_relays.len() >= 3, "a ballot, a receipt, a reward");
    for (line, path, body) in &of_relays {
        assert_ne!(*line, 0, "{path} went over the wallet's own connection");
        let others: Vec<_> = sent.iter().filter(|(other, ..)| other == line).collect();
        assert!(others.iter().all(|(_, other, _)| other == path), "{path} shared its connection: {others:?}");
        let body = String::from_utf8(body.clone()).unwrap();
        assert!(!body.contains(&account.to_hex()), "{path}");
    }
    // Where relays listen, and for the reward who the treasury is, is asked by nobody in particular, over one more.
    let asked = sent.iter().filter(|(line, path, _)| *line > 0 && !nameless(path));
    let of_nobody = |path: &str| path.ends_with("/parties") || path.ends_with("/ledger/state");
    assert!(asked.clone().count() > 0 && asked.clone().all(|(_, path, _)| of_nobody(path)));
    let who = account.to_hex();
    assert!(asked.clone().all(|(_, _, body)| !String::from_utf8_lossy(body).contains(&who)));
}

/// Her voting key stands on both ballots; nothing else shall say that they are one voter's, nor, under her name, that this is her second.
#[tokio::test]
async fn ballot_7_a_second_ballot_shares_no_connection_with_the_first_and_is_asked_about_in_the_same_words() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    let account = wallet.account().unwrap().account().to_hex();
    wallet.register_for_poll(&id, None).await.unwrap();
    go_to(&gateway, OPENS);
    let mut told = Vec::new();
    for slot in 0..2 {
        go_to(&gateway, OPENS + 2 * slot * SLOT);
        voter.lines.sent.lock().unwrap().clear();
        let placed = vote(&wallet, &id).await.unwrap();
        assert_eq!(u64::from(*placed.replaced()), slot);
        told.push(voter.lines.sent.lock().unwrap().clone());
    }
    let lines = |sent: &[(usize, String, Vec<u8>)]| {
        sent.iter().map(|(line, ..)| *line).filter(|line| *line > 0).collect::<Vec<_>>()
    };
    let (first, second) = (lines(&told[0]), lines(&told[1]));
    assert!(!second.is_empty() && second.iter().all(|line| !first.contains(line)), "{first:?} {second:?}");
    assert!(second.is_sorted_by(|one, next| one < next), "one request over each: {second:?}");
    for (_, path, body) in told[1].iter().filter(|(line, ..)| *line > 0) {
        assert!(!String::from_utf8_lossy(body).contains(&account), "{path}");
    }
    // Under her name: the same questions in the same order, however often she has voted.
    let of_her = |sent: &[(usize, String, Vec<u8>)]| {
        let own = sent.iter().filter(|(line, ..)| *line == 0);
        own.map(|(_, path, _)| path.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(of_her(&told[0]), of_her(&told[1]));
}

/// A gateway that sees whose wallet is at work, and a treasury that sees a voting key in the same moment, would know whose it is.
#[tokio::test]
async fn ballot_15_while_the_reward_is_asked_for_nothing_goes_out_under_her_name() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    wallet.register_for_poll(&id, None).await.unwrap();
    go_to(&gateway, OPENS);
    vote(&wallet, &id).await.unwrap();
    // Asked for after the poll, and not redeemed in the same moment, however many could.
    go_to(&gateway, OPENS + SLOTS * SLOT + 50 * SLOT);
    gateway.town(|town| polls.lock().unwrap().crowd(town, 60));
    let before = voter.lines.sent.lock().unwrap().len();
    let signed = wallet.reward(&id).await.unwrap();
    assert_eq!(*signed.state(), "signed");
    assert!(signed.from().unwrap().seconds() >= OPENS + SLOTS * SLOT + 50 * SLOT, "a delay from now on");
    let sent = voter.lines.sent.lock().unwrap();
    assert!(
        sent.len() > before && sent[before..].iter().all(|(line, ..)| *line > 0),
        "{:?}",
        &sent[before..]
    );
}

#[tokio::test]
async fn ballot_11_the_gateway_is_never_asked_about_a_voting_key_or_a_place_on_the_board() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    wallet.register_for_poll(&id, None).await.unwrap();
    go_to(&gateway, OPENS);
    vote(&wallet, &id).await.unwrap();
    wallet.verify_counted(&id).await.unwrap();
    let key = {
        let polls = polls.lock().unwrap();
        let entry = polls.board.iter().find(|entry| matches!(entry, BoardEntry::Cast(_))).unwrap();
        entry.leaf().ballot().unwrap().voting_key
    };
    let voter_record =
        citizen_ledger::state_key::voter(&id, ElectorateIndex::new(0), &key).as_bytes().to_vec();
    let named = citizen_client::api::Bytes::new(&voter_record);
    let hex: String = key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let in_base64 = citizen_client::api::Bytes::new(key.as_bytes());
    for (line, path, body) in voter.lines.sent.lock().unwrap().iter() {
        if path.contains("/relays/") {
            continue;
        }
        let body = String::from_utf8(body.clone()).unwrap();
        let telling = [hex.as_str(), in_base64.as_str(), named.as_str()];
        assert!(telling.iter().all(|it| !body.contains(it) && !path.contains(it)), "{line} {path}");
        assert!(
            !path.contains("/marks/") && !path.ends_with("/proof") || path.contains("/headers/"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn ballot_8_nothing_of_a_cast_ballots_choices_or_seed_is_on_the_disk_or_in_the_backup() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, code) = voter.on_the_roll(1).await;
    wallet.register_for_poll(&id, None).await.unwrap();
    go_to(&gateway, OPENS);
    let review = wallet.review_ballot(&id, &choices()).await.unwrap();
    let opened = wallet.check_ballot(review).await.unwrap();
    vote(&wallet, &id).await.unwrap();
    let backup = wallet.backup(&code).unwrap();
    let content = citizen_keys::BackupEnvelope::from_canonical(&backup).unwrap().open(&code).unwrap();
    drop(wallet);
    // The cast ballot's seed is known to nobody: what every row can be searched for is what a row would hold it in.
    let rows = rows(&voter);
    let seed = citizen_primitives::Hash::from_hex(opened.seed()).unwrap();
    let found: Vec<_> = rows.iter().filter(|row| holds(row, seed.as_bytes())).collect();
    assert_eq!(found.len(), 1, "an opened ballot's seed is public, and in its own row");
    assert!(!holds(&content, seed.as_bytes()));
    let cast: Vec<_> = polls.lock().unwrap().handed.iter().map(|(_, bytes)| bytes.clone()).collect();
    for entry in cast {
        if let BoardEntry::Cast(cast) = BoardEntry::from_canonical(&entry).unwrap() {
            let row = rows.iter().find(|row| holds(row, &entry)).unwrap();
            // The row holds the entry as it is public, and nothing the size of a seed or a list of choices that is not accounted for.
            let leaf = cast.ballot.ballot.fingerprint();
            assert!(holds(row, leaf.as_bytes()));
            assert!(!holds(&content, leaf.as_bytes()), "no ballot is in the backup");
        }
    }
}

/// Every row of the phone's store, opened as its owner would.
fn rows(voter: &Voter) -> Vec<Vec<u8>> {
    let store = voter.open_store();
    let of =
        |store: &dyn Store, table| store.list(table).unwrap().into_iter().map(|entry| entry.value.to_vec());
    Table::ALL.into_iter().flat_map(|table| of(&*store, table).collect::<Vec<_>>()).collect()
}
