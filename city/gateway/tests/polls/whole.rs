//! VOTE-9 and CLIENT-11: the board that the state made, through chain, gateway and client, before the universal verifier.

use crate::polling::city::Citizen;
use crate::polling::manifest::*;
use crate::town::{HERE, Town, mark_of, poll_id};
use citizen_client::{LedgerClient, LedgerError, LogLeaf, LogPages, PublishedError, PublishedPoll};
use citizen_ledger::{StateKey, state_key};
use citizen_primitives::{Canonical as _, PollId};
use citizen_voting::board::LogHead;
use citizen_voting::verify::{CheckName, Effort, LogReader as _, Report, verify_poll};
use citizen_voting::{BoardEntry, BoardLeaf};
use std::sync::Arc;
use tokio::runtime::Handle;

/// Pages of the client's, at most `most` leaves each, for a verifier that runs on a thread of its own.
fn pages(
    client: &Arc<LedgerClient>,
    log: StateKey,
    head: &LogHead,
    most: usize,
) -> LogPages<impl FnMut(u64) -> Result<Vec<LogLeaf>, LedgerError> + use<>> {
    let (client, handle) = (Arc::clone(client), Handle::current());
    LogPages::new(head, move |from| {
        let mut leaves = handle.block_on(client.log_leaves(HERE, &log, from))?;
        leaves.truncate(most);
        Ok(leaves)
    })
}

/// Verifies a published poll over logs as this client's gateway tells them.
pub(crate) async fn verified(client: &Arc<LedgerClient>, published: &PublishedPoll, most: usize) -> Report {
    let PublishedPoll { anchor, record, .. } = published.clone();
    let mut board = pages(client, state_key::board(&anchor.poll), &anchor.board, most);
    let mut issuance = pages(client, state_key::issuance(&anchor.poll), &anchor.issuance, most);
    let verify = move || {
        verify_poll(&anchor, &record, (&mut board, &mut issuance), Effort::default(), &mut |_| {}).unwrap()
    };
    tokio::task::spawn_blocking(verify).await.unwrap()
}

fn count(report: &Report, name: CheckName) -> (u64, u64) {
    let check = report.checks.iter().find(|check| check.name == name).unwrap();
    (check.count, check.failed)
}

#[tokio::test(flavor = "multi_thread")]
async fn vote_9_the_board_that_the_ledger_made_passes_every_check() {
    let town = Town::with_a_key();
    town.hold();
    let (client, published) = (town.client(), town.published().await);
    let report = verified(&client, &published, usize::MAX).await;
    assert_eq!(report.first_failure, None);
    assert_eq!((report.counted, report.spoiled, report.replaced), (25, 1, 1));
    assert_eq!(count(&report, CheckName::Entries), (3 + 26 + 1, 0), "three slots, 26 ballots, one opened");
    assert_eq!(count(&report, CheckName::Shares), (3, 0));
    assert_eq!(count(&report, CheckName::IssuanceLog), (25 * 3 + 1, 0));
    assert!(report.checks.iter().all(|check| check.count > 0 && check.failed == 0), "{:?}", report.checks);
    assert_eq!(report.result.as_ref(), Some(&published.record.result));
    let [citizens, committee] = &published.record.result.electorates[..] else { panic!("two electorates") };
    assert_eq!((citizens.counted, citizens.sums.is_some()), (22, true));
    assert_eq!((committee.counted, committee.sums.is_some()), (3, false), "below the turnout");
    // In small pages, too; and a page may end anywhere.
    assert_eq!(verified(&client, &published, 3).await, report);
}

#[tokio::test]
async fn client_11_a_poll_is_published_once_its_board_is_closed() {
    let town = Town::with_a_key();
    town.in_slot(SLOTS - 1);
    let until = POLL.manifest().casting.until;
    let open = town.client().published_poll(HERE, poll_id()).await.unwrap_err();
    assert_eq!(open, PublishedError::StillOpen { until });
    let unknown = town.client().published_poll(HERE, PollId::from_bytes([9; 32])).await.unwrap_err();
    assert_eq!(unknown, PublishedError::NoPoll);
    town.closed();
    // Nobody voted: both logs are empty, and that is proved as well.
    let nothing = town.published().await;
    assert_eq!((nothing.anchor.board.count, nothing.anchor.issuance.count), (0, 0));
    assert_eq!(verified(&town.client(), &nothing, 10).await.first_failure, None);
}

#[tokio::test]
async fn client_10_a_leaf_is_found_and_proved_at_its_place_and_a_log_to_have_grown() {
    let town = Town::with_a_key();
    let citizens: Vec<_> = (0..3).map(|person| Citizen::register(person, CITIZENS)).collect();
    town.register(&citizens);
    town.in_slot(0);
    assert_eq!(town.bring(0, citizens[..2].iter().map(|citizen| citizen.cast(1)).collect()), 0);
    let (client, log) = (town.client(), state_key::board(&poll_id()));
    let seen = *client.state(HERE, std::slice::from_ref(&log)).await.unwrap().log_head(&log).unwrap().value();
    assert_eq!(seen.count, 3);
    assert_eq!(client.find_mark(HERE, &log, &mark_of(&citizens[2])).await.unwrap(), None);
    assert!(client.prove_leaf(HERE, &log, 3).await.unwrap().is_none());

    town.in_slot(1);
    assert_eq!(town.bring(1, vec![citizens[2].cast(1)]), 0);
    let place = client.find_mark(HERE, &log, &mark_of(&citizens[2])).await.unwrap().unwrap();
    let proven = client.prove_leaf(HERE, &log, place).await.unwrap().unwrap();
    let leaf = BoardLeaf::from_canonical(&proven.leaf.leaf).unwrap();
    assert_eq!(leaf.ballot().unwrap().voting_key, citizens[2].voting_key());
    assert_eq!(BoardEntry::from_canonical(&proven.leaf.content).unwrap().leaf(), leaf);
    assert_eq!((proven.head.value().count, proven.inclusion.index), (5, place));
    let grown = client.prove_growth(HERE, &log, &seen).await.unwrap().unwrap();
    assert_eq!(grown.head.value(), proven.head.value());
    // The polls stand in a log of their own.
    let polls = client.log_leaves(HERE, &state_key::polls(), 0).await.unwrap();
    assert_eq!(polls, [LogLeaf { leaf: poll_id().as_bytes().to_vec(), content: Vec::new() }]);
    assert!(client.log_leaves(HERE, &state_key::polls(), 1).await.unwrap().is_empty());
}

#[test]
fn client_10_a_log_that_has_grown_is_read_as_far_as_its_head_says_as_often_as_wanted() {
    let leaf = |number: u8| LogLeaf { leaf: vec![number], content: Vec::new() };
    let head = LogHead { count: 3, root: citizen_primitives::Hash::ZERO };
    let longer = |from: u64| Ok::<_, ()>((u8::try_from(from).unwrap()..5).map(leaf).collect());
    let mut pages = LogPages::new(&head, longer);
    for _ in 0..2 {
        pages.restart().unwrap();
        let entries: Vec<_> = std::iter::from_fn(|| pages.next_entry().unwrap()).collect();
        assert_eq!(entries, [[0], [1], [2]]);
    }
    let shorter = |from: u64| Ok::<_, ()>((u8::try_from(from).unwrap()..2).map(leaf).collect());
    let mut pages = LogPages::new(&head, shorter);
    assert_eq!(
        std::iter::from_fn(|| pages.next_entry().unwrap()).count(),
        2,
        "it ends where the gateway ends"
    );
}
