//! The program against a whole city that has just held a poll, over HTTP; and against a gateway in between that lies.

#![cfg(test)]
// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use assert_cmd::Command;
use axum::Router;
use axum::body::Bytes as Body;
use axum::http::{HeaderMap, Method as Verb, StatusCode, Uri};
use citizen_client::{Https, Method, Request, Transport as _};
use citizen_keys::MemoryBackend;
use citizen_primitives::{AccountId, Place, PollId, Text, random};
use citizen_store::MemoryDisk;
use citizen_wallet::{
    Choice, City as Trusted, PinCost, SoftwareKeystore, StorePlace, Trust, Wallet, WalletConfig,
};
use city_sandbox::admin::Admin;
use city_sandbox::city::City;
use city_sandbox::folder::Folder;
use city_sandbox::plans::{Times, night_buses};
use city_services::office::Member;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use url::Url;

/// Registration and casting run together, as in a light poll; slots of three seconds. The times fit this machine as it is now: `began` is
/// when the city began, and a phone has its account since.
fn times(began: Instant) -> Times {
    let pace = began.elapsed().as_secs().div_ceil(3).max(1);
    Times { registration: (6 * pace, 66 * pace), casting: (21 * pace, 66 * pace), slot: 3 }
}

struct Town {
    city: City,
    trust: PathBuf,
    poll: PollId,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_that_a_city_has_held_is_verified_by_the_program_and_a_gateways_lie_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let town = Town::hold(&folder.path().join("city")).await;
    let honest = town.city.url().clone();
    let said = town.verify(&honest, &[]);
    assert_eq!(said.0, 0, "{}", said.1);
    assert!(said.1.contains("Everything holds.") && said.1.contains("1 ballots count"), "{}", said.1);
    let said = town.json(&honest);
    assert_eq!(
        (said.0, &said.1["ok"], &said.1["first_failure"]),
        (0, &json!(true), &Value::Null),
        "{}",
        said.1
    );
    assert_eq!((&said.1["counted"], &said.1["checks"][0]["name"]), (&json!(1), &json!("anchor")));
    // A row, then an entry, is another's.
    for (log, check) in [("issuance", "issuance-log"), ("board", "board-log")] {
        let liar = liar(&honest, town.log(log), |leaves| leaves.swap(0, 1)).await;
        let said = town.json(&liar);
        assert_eq!((said.0, &said.1["first_failure"]["check"]), (1, &json!(check)), "{}", said.1);
        let said = town.verify(&liar, &[]);
        assert_eq!(said.0, 1);
        assert!(said.1.contains("NOT VERIFIED") && !said.1.contains("Everything holds."), "{}", said.1);
    }
    // Leaves that are kept back are missed; what stands in a proved record cannot be changed at all.
    let liar_of = liar(&honest, town.log("board"), Vec::clear).await;
    assert_eq!(town.json(&liar_of).1["first_failure"]["check"], "reading");
    let changed = liar(&honest, "/v1/ledger/state".to_owned(), |_| {}).await;
    assert_eq!(town.json(&changed).1["first_failure"]["check"], "reading");
    town.city.stop().await.unwrap();
}

impl Town {
    /// One citizen of forty casts.
    async fn hold(path: &Path) -> Self {
        let began = Instant::now();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let city = City::start(Folder::open(path).unwrap(), listen).await.unwrap();
        let (wallet, code) = Wallet::create(config(&city), "294857").unwrap();
        let account = *wallet.open_account(&code).await.unwrap().account();
        let plan = night_buses(times(began)).unwrap();
        let member = |account: AccountId, number| Member {
            known: account.into(),
            person: Text::new(&format!("시민 {number}")).unwrap(),
        };
        let others = (1..40u8).map(|number| member(AccountId::from_bytes([number; 32]), number));
        let members: Vec<Member> = others.chain([member(account, 40)]).collect();
        let admin = Admin::open(path, Some(city.url().clone())).unwrap();
        let (poll, draft) = admin.make(&plan, &[members]).await.unwrap();
        let id = poll.id();
        admin.announce(&poll, draft).await.unwrap();
        let pause = || tokio::time::sleep(Duration::from_millis(500));
        while !wallet.register_for_poll(&id, None).await.is_ok_and(|view| *view.complete()) {
            pause().await;
        }
        while !wallet.poll(&id).await.unwrap().open() {
            pause().await;
        }
        let review = wallet.review_ballot(&id, &[Choice::new(0, vec![1])]).await.unwrap();
        wallet.cast_ballot(review).await.unwrap();
        assert!(wallet.follow_vote(&id, |_| {}).await.unwrap().is_placed());
        while *wallet.poll(&id).await.unwrap().phase() != "published" {
            pause().await;
        }
        Self { trust: path.join("city.json"), city, poll: id }
    }

    /// The program: its exit status and what it says.
    fn verify(&self, gateway: &Url, more: &[&str]) -> (i32, String) {
        let (poll, trust) = (self.poll.to_hex(), self.trust.to_str().unwrap());
        let mut program = Command::cargo_bin("verify-poll").unwrap();
        program.args([poll.as_str(), "--gateway", gateway.as_str(), "--trust", trust]).args(more);
        let output = program.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    }

    fn json(&self, gateway: &Url) -> (i32, Value) {
        let (status, said) = self.verify(gateway, &["--json"]);
        (status, serde_json::from_str(&said).unwrap())
    }

    /// Where a gateway tells the leaves of a log of the poll.
    fn log(&self, name: &str) -> String {
        let key = match name {
            "board" => citizen_ledger::state_key::board(&self.poll),
            _ => citizen_ledger::state_key::issuance(&self.poll),
        };
        let key = citizen_client::api::Bytes::new(key.as_bytes());
        format!("/v1/ledger/logs/{}/leaves", key.as_str())
    }
}

fn config(city: &City) -> WalletConfig {
    let keystore = SoftwareKeystore::open(Box::new(MemoryBackend::default()), Box::new(random::system()));
    let store = StorePlace::Opened(Box::new(MemoryDisk::default().open().unwrap()));
    let mut config = WalletConfig::new(store, Arc::new(keystore.unwrap()), Arc::new(Https::new().unwrap()));
    config.pin_cost = PinCost::dangerous_cheap();
    config.with_city(Trusted { url: city.url().clone(), trust: Trust::File(city.trust().clone()) })
}

/// A gateway that hands on what the city says, but for one path: there the leaves are changed, or, where there are none, the proof.
async fn liar(city: &Url, path: String, lie: fn(&mut Vec<Value>)) -> Url {
    let city = city.clone();
    let hand_on = move |verb: Verb, uri: Uri, _: HeaderMap, body: Body| {
        let (city, path) = (city.clone(), path.clone());
        async move {
            let method = if verb == Verb::GET { Method::Get } else { Method::Post };
            let url = city.join(uri.path_and_query().unwrap().as_str()).unwrap();
            let request = Request { place: Place::new("liar/hand-on"), method, url, body: body.to_vec() };
            let answer = Https::new().unwrap().send(request).await.unwrap();
            let body = if uri.path() == path { lied(&answer.body, lie) } else { answer.body };
            let json = [("content-type", "application/json")];
            (StatusCode::from_u16(answer.status).unwrap(), json, body)
        }
    };
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(hand_on)).await });
    url
}

fn lied(body: &[u8], lie: fn(&mut Vec<Value>)) -> Vec<u8> {
    let mut answer: Value = serde_json::from_slice(body).unwrap();
    if let Some(leaves) = answer["leaves"].as_array_mut() {
        if !leaves.is_empty() {
            lie(leaves);
        }
    } else {
        // A byte in the middle of the proof.
        let mut proof = answer["state"].as_str().unwrap().to_owned().into_bytes();
        let middle = proof.len() / 2;
        proof[middle] = if proof[middle] == b'A' { b'B' } else { b'A' };
        answer["state"] = json!(String::from_utf8(proof).unwrap());
    }
    answer.to_string().into_bytes()
}
