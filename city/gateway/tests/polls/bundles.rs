//! CLIENT-12: a poll in one file: written from a gateway, verified without one.

use crate::polling::manifest::*;
use crate::town::{HERE, Town, poll_id};
use crate::whole::verified;
use citizen_client::{AnchorEvidence, Bundle, BundleError, BundleWriter, EvidenceError, PublishedPoll};
use citizen_ledger::state_key;
use citizen_primitives::Hash;
use citizen_voting::verify::{Effort, Report, verify_poll};
use std::io::{Cursor, Result as IoResult};
use std::sync::Arc;

type File = Arc<[u8]>;

fn opened(file: &File) -> Result<Bundle<impl Fn() -> IoResult<Cursor<File>> + use<>>, BundleError> {
    let file = Arc::clone(file);
    Bundle::open(move || Ok(Cursor::new(Arc::clone(&file))))
}

fn verify(file: &File) -> Result<Report, BundleError> {
    let bundle = opened(file)?;
    let (mut board, mut issuance) = (bundle.board(), bundle.issuance());
    let logs = (&mut board, &mut issuance);
    verify_poll(bundle.anchor(), bundle.record(), logs, Effort::default(), &mut |_| {})
}

async fn entries(town: &Town, log: &citizen_ledger::StateKey) -> Vec<Vec<u8>> {
    let leaves = town.client().log_leaves(HERE, log, 0).await.unwrap();
    leaves.into_iter().map(citizen_client::LogLeaf::into_entry).collect()
}

async fn written(town: &Town, published: &PublishedPoll, evidence: Option<&AnchorEvidence>) -> File {
    let mut writer = BundleWriter::begin(Vec::new(), &published.anchor, &published.record).unwrap();
    for row in entries(town, &state_key::issuance(&poll_id())).await {
        writer.row(&row).unwrap();
    }
    for entry in entries(town, &state_key::board(&poll_id())).await {
        writer.entry(&entry).unwrap();
    }
    writer.finish(evidence).unwrap().into()
}

#[tokio::test(flavor = "multi_thread")]
async fn client_12_a_file_is_verified_like_the_gateway_it_was_written_from() {
    let town = Town::with_a_key();
    town.hold();
    let published = town.published().await;
    let file = written(&town, &published, Some(&published.evidence)).await;
    let report = verify(&file).unwrap();
    assert_eq!(report.first_failure, None);
    assert_eq!(report, verified(&town.client(), &published, usize::MAX).await);
    let evidence = opened(&file).unwrap().evidence().unwrap();
    assert_eq!(evidence.as_ref(), Some(&published.evidence));
    let without = written(&town, &published, None).await;
    assert_eq!(opened(&without).unwrap().evidence().unwrap(), None);
    assert_eq!(verify(&without).unwrap(), report);
}

#[tokio::test(flavor = "multi_thread")]
async fn client_12_a_file_that_breaks_off_or_goes_on_does_not_pass() {
    let town = Town::with_a_key();
    town.hold();
    let published = town.published().await;
    let file = written(&town, &published, Some(&published.evidence)).await;
    let bare = written(&town, &published, None).await;
    for length in (0..bare.len()).step_by(4_999) {
        let short: File = file[..length].into();
        assert!(verify(&short).map_or(true, |report| !report.is_ok()), "{length} bytes");
    }
    // In the evidence: the poll is all there, and the anchor is not proved.
    let short: File = file[..file.len() - 1].into();
    assert!(matches!(opened(&short).unwrap().evidence(), Err(BundleError::Truncated)));
    let longer: File = [&file[..], &[0, 0, 0, 0]].concat().into();
    assert!(matches!(opened(&longer).unwrap().evidence(), Err(BundleError::AnotherCount)));
    let strange: File = [&bare[..], &[1, 0, 0, 0, 7]].concat().into();
    assert!(matches!(opened(&strange).unwrap().evidence(), Err(BundleError::Malformed("evidence"))));
    // A length that lies takes no memory.
    let lying: File = [&[0xff; 4][..], &file[4..]].concat().into();
    assert!(matches!(opened(&lying), Err(BundleError::TooLong)));
    let mut writer = BundleWriter::begin(Vec::new(), &published.anchor, &published.record).unwrap();
    assert!(matches!(writer.entry(b"before the rows"), Err(BundleError::AnotherCount)));
    assert!(matches!(writer.finish(None), Err(BundleError::AnotherCount)));
}

#[tokio::test(flavor = "multi_thread")]
async fn client_12_a_file_takes_as_many_rows_and_entries_as_the_anchor_says_and_rows_first() {
    let town = Town::with_a_key();
    town.hold();
    let PublishedPoll { anchor, record, .. } = town.published().await;
    let another_count = |result| matches!(result, Err(BundleError::AnotherCount));
    let mut writer = BundleWriter::begin(Vec::new(), &anchor, &record).unwrap();
    assert!(anchor.issuance.count > 1 && anchor.board.count > 1);
    for row in 0..anchor.issuance.count {
        assert!(another_count(writer.entry(b"an entry")), "after {row} rows");
        writer.row(b"a row").unwrap();
    }
    assert!(another_count(writer.row(b"one row more")));
    for _ in 1..anchor.board.count {
        writer.entry(b"an entry").unwrap();
    }
    assert!(another_count(writer.row(b"a row between entries")));
    writer.entry(b"the last entry").unwrap();
    assert!(another_count(writer.entry(b"one entry more")));
    writer.finish(None).unwrap();
    // One short of each.
    let mut writer = BundleWriter::begin(Vec::new(), &anchor, &record).unwrap();
    for _ in 0..anchor.issuance.count {
        writer.row(b"a row").unwrap();
    }
    for _ in 1..anchor.board.count {
        writer.entry(b"an entry").unwrap();
    }
    assert!(another_count(writer.finish(None).map(drop)));
}

#[tokio::test]
async fn client_11_a_files_evidence_proves_its_anchor_and_no_other() {
    let town = Town::with_a_key();
    town.in_slot(SLOTS - 1);
    let early = evidence_now(&town).await;
    town.closed();
    let PublishedPoll { anchor, evidence, .. } = town.published().await;
    let verify =
        |evidence: &AnchorEvidence, anchor| evidence.verify(anchor, &POLL, &town.light(), town.now());
    assert!(verify(&evidence, &anchor).unwrap().time() >= POLL.manifest().casting.until);
    let mut other = anchor;
    other.board.count += 1;
    assert_eq!(verify(&evidence, &other), Err(EvidenceError::AnotherLog("board")));
    let mut other = anchor;
    other.issuance.root = Hash::from_bytes([7; 32]);
    assert_eq!(verify(&evidence, &other), Err(EvidenceError::AnotherLog("issuance log")));
    let until = POLL.manifest().casting.until;
    assert_eq!(verify(&early, &anchor), Err(EvidenceError::StillOpen { until }));
    let mut forged = evidence.clone();
    forged.state.values.swap(0, 1);
    assert!(verify(&forged, &anchor).is_ok(), "in any order");
    forged.state.values.pop();
    assert!(matches!(verify(&forged, &anchor), Err(EvidenceError::Log(_))));
    let mut unsigned = evidence;
    let last = unsigned.light_block.len() / 2;
    unsigned.light_block[last] ^= 1;
    assert!(verify(&unsigned, &anchor).is_err());
}

/// Evidence under the newest header, whatever its time.
async fn evidence_now(town: &Town) -> AnchorEvidence {
    let keys = [state_key::board(&poll_id()), state_key::issuance(&poll_id())];
    let proven = town.client().state(HERE, &keys).await.unwrap();
    AnchorEvidence { light_block: proven.light_block().to_bytes(), state: proven.proofs().clone() }
}
