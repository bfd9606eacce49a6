//! A poll that a ledger held, over HTTP into a file, under a clock that stands at the poll's end.

use crate::polling::manifest::*;
use crate::town::{Town, Wire, poll_id};
use citizen_client::PublishedError;
use citizen_voting::verify::Effort;
use serde_json::Value;
use std::io::Write as _;
use std::path::Path;
use verify_poll::{Anchor, FetchError, Trusted, Verdict, create, fetch, open, print, verify};

async fn written(town: &Town, path: &Path) {
    let mut output = fetch(&town.client(), poll_id(), create(path).unwrap()).await.unwrap();
    output.flush().unwrap();
}

fn verdict(town: &Town, path: &Path) -> Verdict {
    let trusted = Trusted { light: town.light(), now: town.now() };
    verify(&open(path).unwrap(), Some(poll_id()), Some(&trusted), Effort::default(), &mut |_| {}).unwrap()
}

#[tokio::test]
async fn client_12_a_poll_from_a_gateway_is_kept_and_verified_under_the_ledgers_header() {
    let (town, folder) = (Town::with_a_key(), tempfile::tempdir().unwrap());
    town.hold();
    for name in ["bundle", "bundle.gz"] {
        let path = folder.path().join(name);
        written(&town, &path).await;
        let verdict = verdict(&town, &path);
        let Anchor::Proved(header) = &verdict.anchor else { panic!("{:?}", verdict.anchor) };
        assert!(header.time() >= POLL.manifest().casting.until);
        let said = print::json(&verdict);
        assert_eq!((said["ok"].as_bool(), said["counted"].as_u64()), (Some(true), Some(25)), "{said}");
        assert_eq!(said["checks"][0]["count"], 1);
        let lines = print::lines(&verdict, print::Language::En).join("\n");
        assert!(lines.contains("Everything holds.") && lines.contains("Library: 15"), "{lines}");
        // A trustee, a registrar and every ballot could be wrong: their checks were made.
        let uncounted = said["checks"].as_array().unwrap().iter().filter(|check| check["count"] == 0);
        assert_eq!(uncounted.count(), 0, "{said}");
    }
}

#[tokio::test]
async fn vote_16_a_gateway_that_leaves_out_a_ballot_makes_no_file_that_passes() {
    let (town, folder) = (Town::with_a_key(), tempfile::tempdir().unwrap());
    town.hold();
    let lying = |lie: fn(&mut Vec<Value>)| {
        town.client_of(Wire::lying(town.router(), move |path, body| {
            if !path.contains("/leaves") {
                return body;
            }
            let mut answer: Value = serde_json::from_slice(&body).unwrap();
            lie(answer["leaves"].as_array_mut().unwrap());
            answer.to_string().into_bytes()
        }))
    };
    let path = folder.path().join("bundle");
    let left_out = fetch(&lying(|leaves| leaves.truncate(0)), poll_id(), create(&path).unwrap()).await;
    assert!(matches!(left_out.map(drop), Err(FetchError::Missing { found: 0, .. })));
    let swapped = lying(|leaves| {
        if leaves.len() > 6 {
            leaves.swap(5, 6);
        }
    });
    let mut output = fetch(&swapped, poll_id(), create(&path).unwrap()).await.unwrap();
    output.flush().unwrap();
    let verdict = verdict(&town, &path);
    assert!(!verdict.is_ok() && matches!(verdict.anchor, Anchor::Proved(_)));
    assert_eq!(print::json(&verdict)["first_failure"]["check"], "issuance-log");
}

#[tokio::test]
async fn client_11_an_open_board_is_not_fetched() {
    let town = Town::with_a_key();
    town.in_slot(1);
    let open = fetch(&town.client(), poll_id(), Vec::new()).await;
    assert!(matches!(open, Err(FetchError::Published(PublishedError::StillOpen { .. }))));
}
