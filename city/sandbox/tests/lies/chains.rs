//! Another ledger in the place of the phone's own, and headers that too few validators have signed.

use crate::live::{Asked, Live, points, scan};
use crate::phone::Around;
use crate::town::{Town, url};
use citizen_client::api::{Bytes, LightBlockAnswer, StateAnswer};
use citizen_client::{Response, Transport};
use citizen_ledger::{LightBlock, Receipt};
use citizen_primitives::Canonical as _;
use citizen_wallet::error::{Input, Party, Subject};
use citizen_wallet::view::TrustOrigin;
use citizen_wallet::{Seconds, Wallet, WalletError, verify_receipt};
use ed25519_consensus::SigningKey;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tendermint::block::signed_header::SignedHeader;
use tendermint::block::{Commit, CommitSig, Header, Id};
use tendermint::{AppHash, Signature, vote};

fn is_header(error: &WalletError) -> bool {
    matches!(error, WalletError::Unverified { what: Subject::Header, source: Party::Ledger })
}

/// What the wallet says of everything it is asked for while another city answers.
async fn refusals(wallet: &Wallet) -> Vec<WalletError> {
    vec![
        wallet.balance().await.unwrap_err(),
        wallet.home().await.unwrap_err(),
        wallet.history().await.unwrap_err(),
        wallet.won().await.unwrap_err(),
        wallet.sync().await.unwrap_err(),
        scan(wallet).await.unwrap_err(),
        crate::live::review(wallet, 5_000, 2_000).await.unwrap_err(),
    ]
}

#[tokio::test]
async fn another_city_with_the_same_layout_is_refused_by_its_header_and_learns_nothing() {
    let home = Live::new(&Town::found(1), 1);
    drop(home.with_points("김하나").await);
    let name = home.town.block(1).chain_id().as_str().to_owned();
    let strangers = [
        ("other validators and another name", Town::found(2)),
        ("other validators under our ledger's name", Town::named(2, Some(&name))),
        ("our validators under another name", Town::named(1, Some("seoul-sandbox-other"))),
    ];
    for (which, stranger) in strangers {
        // It has gone further than the phone has seen, at the same time of day.
        stranger.clock.set(home.town.now());
        for _ in 0..30 {
            stranger.turn_ledger();
        }
        let next: Arc<dyn Transport> = stranger.net.clone();
        let asked = Arc::new(Asked { next, paths: Mutex::default() });
        let around = Around {
            transport: asked.clone(),
            timer: Arc::new(citizen_wallet::NoWait),
            clock: stranger.clock.clone(),
            seed: 9,
        };
        let wallet = home.phone.open(&around).unwrap();
        for error in refusals(&wallet).await {
            assert!(is_header(&error), "{which}: {error:?}");
        }
        let paths = asked.paths.lock().unwrap().clone();
        let told = paths.iter().filter(|(_, path)| {
            ["/v1/bank", "/v1/centre", "/v1/treasury"].iter().any(|party| path.starts_with(party))
        });
        assert_eq!(told.count(), 0, "{which}: {paths:?}");
    }
    // Back home everything is as it was.
    let wallet = home.phone.open(&home.around()).unwrap();
    assert_eq!(points(&wallet.balance().await.unwrap()), 10_000);
}

/// What a forger changes and who of the validators signs it.
struct Forgery<'a> {
    town: &'a Town,
    change: fn(&mut Header),
    signers: &'a [usize],
    /// The others' places are filled with signatures of this key.
    filler: Option<SigningKey>,
}

impl Forgery<'_> {
    fn forge(&self, block: &LightBlock) -> LightBlock {
        let mut header = block.signed_header().header().clone();
        (self.change)(&mut header);
        let commit = block.signed_header().commit();
        let id = Id { hash: header.hash(), ..commit.block_id };
        let keys: Vec<_> = self.town.keys.validators.iter().map(|seed| SigningKey::from(*seed)).collect();
        let signatures = block.validators().validators().iter().enumerate().map(|(index, info)| {
            let place =
                keys.iter().position(|key| key.verification_key().to_bytes()[..] == info.pub_key.to_bytes());
            let signer = place.filter(|place| self.signers.contains(place)).map(|place| &keys[place]);
            let Some(key) = signer.or(self.filler.as_ref()) else { return CommitSig::BlockIdFlagAbsent };
            let vote = vote::Vote {
                vote_type: vote::Type::Precommit,
                height: header.height,
                round: commit.round,
                block_id: Some(id),
                timestamp: Some(header.time),
                validator_address: info.address,
                validator_index: index.try_into().unwrap(),
                signature: None,
                extension: Vec::new(),
                extension_signature: None,
            };
            let bytes = vote.into_signable_vec(header.chain_id.clone());
            let signature = Signature::try_from(key.sign(&bytes).to_bytes().as_slice()).unwrap();
            CommitSig::BlockIdFlagCommit {
                validator_address: info.address,
                timestamp: header.time,
                signature: Some(signature),
            }
        });
        let signatures = signatures.collect();
        let commit = Commit { height: header.height, block_id: id, signatures, ..commit.clone() };
        LightBlock::new(SignedHeader::new(header, commit).unwrap(), block.validators()).unwrap()
    }

    /// The answer about the state with its header in the place of the true one.
    fn tell(&self, path: &str, answer: Response) -> Response {
        if path != "/v1/ledger/state" {
            return answer;
        }
        let mut told: StateAnswer = serde_json::from_slice(&answer.body).unwrap();
        let block = LightBlock::decode(&told.light_block.decode().unwrap()).unwrap();
        told.light_block = Bytes::new(&self.forge(&block).to_bytes());
        Response { body: serde_json::to_vec(&told).unwrap(), ..answer }
    }
}

fn nothing(_: &mut Header) {}

fn another_state(header: &mut Header) {
    header.app_hash = AppHash::try_from(vec![7; 32]).unwrap();
}

fn an_hour_later(header: &mut Header) {
    header.time = (header.time + Duration::from_secs(3_600)).unwrap();
}

fn later(header: &mut Header) {
    header.height = header.height.increment();
}

#[tokio::test]
async fn ledger_6_a_header_signed_by_two_of_four_is_refused_and_by_three_is_shown_as_such() {
    let live = Live::new(&Town::found(1), 1);
    let wallet = live.with_points("김하나").await;
    let town = live.town.clone();
    let lie = |change: fn(&mut Header), signers: &'static [usize], filler: Option<[u8; 32]>| {
        let town = town.clone();
        live.lie(move |path, answer| {
            let filler = filler.map(SigningKey::from);
            Forgery { town: &town, change, signers, filler }.tell(path, answer)
        });
    };
    lie(nothing, &[0, 1, 2], None);
    let shown = wallet.balance().await.unwrap();
    let mark = shown.points().verified();
    assert_eq!((points(&shown), *mark.signers(), *mark.power_percent()), (10_000, 3, 75));
    for signers in [&[0, 1][..], &[2, 3], &[0, 3], &[1], &[]] {
        let signers: &'static [usize] = signers.to_vec().leak();
        for change in [nothing, another_state, later] {
            for filler in [None, Some([9; 32])] {
                lie(change, signers, filler);
                // A header at the height the phone has seen, and one above it.
                let refused = wallet.balance().await.unwrap_err();
                assert!(is_header(&refused), "{signers:?}: {refused:?}");
                live.be_honest();
                live.town.clock.advance(11);
                live.town.turn_ledger();
            }
        }
    }
    // Also all four cannot exchange a header that the phone has seen.
    assert_eq!(points(&wallet.balance().await.unwrap()), 10_000);
    for change in [another_state, an_hour_later] {
        lie(change, &[0, 1, 2, 3], None);
        let refused = wallet.balance().await.unwrap_err();
        assert!(is_header(&refused), "{refused:?}");
    }
    live.be_honest();
    assert_eq!(points(&wallet.balance().await.unwrap()), 10_000);
}

#[tokio::test]
async fn a_receipt_under_another_header_at_the_checkpoints_height_is_refused_whoever_signed_it() {
    let live = Live::new(&Town::found(1), 1);
    let wallet = live.with_points("김하나").await;
    let (view, bytes) = wallet.receipt(&crate::live::pay(&wallet, 5_000, 2_000).await).unwrap();
    let trust = live.town.trust_at(view.verified().height().value());
    verify_receipt(&bytes, &trust, live.town.now()).unwrap();
    let receipt = Receipt::decode(&bytes).unwrap();
    let forgery = Forgery { town: &live.town, change: an_hour_later, signers: &[0, 1, 2, 3], filler: None };
    let light_block = forgery.forge(&receipt.light_block().unwrap()).to_bytes();
    let forged = Receipt { light_block, ..receipt }.to_canonical();
    let refused = verify_receipt(&forged, &trust, live.town.now().plus(Seconds::new(7_200))).unwrap_err();
    assert!(matches!(refused, WalletError::Unverified { what: Subject::Receipt, .. }), "{refused:?}");
}

#[tokio::test]
async fn a_wallet_that_trusts_another_citys_file_refuses_this_one() {
    let home = Town::found(1);
    let live = Live::new(&home, 1);
    let (wallet, code) = live.phone.create(&live.around(), &url(), Town::found(2).trust());
    let refused = wallet.open_account(&code).await.unwrap_err();
    assert!(is_header(&refused), "{refused:?}");
}

#[tokio::test]
async fn a_first_header_that_its_validators_have_not_signed_is_not_trusted_at_first_use_either() {
    let town = Town::found(1);
    let live = Live::new(&town, 1);
    let wallet = live.phone.create_at_first_use(&live.around(), &url());
    let lies: [fn(&Town, &LightBlock) -> Vec<u8>; 3] = [
        |town, block| {
            Forgery { town, change: another_state, signers: &[0, 1], filler: None }.forge(block).to_bytes()
        },
        |_, block| {
            // One bit of the state's root: somewhere on the way, no more.
            let mut bytes = block.to_bytes();
            let root = block.app_hash();
            let place = bytes.windows(32).position(|part| part == root.as_bytes()).unwrap();
            bytes[place] ^= 1;
            bytes
        },
        |town, block| {
            Forgery { town, change: nothing, signers: &[0, 1], filler: None }.forge(block).to_bytes()
        },
    ];
    for lie in lies {
        let liar = Arc::clone(&town);
        live.lie(move |path, answer| {
            if path != "/v1/ledger/light-blocks/latest" {
                return answer;
            }
            let told: LightBlockAnswer = serde_json::from_slice(&answer.body).unwrap();
            let block = LightBlock::decode(&told.light_block.decode().unwrap()).unwrap();
            let told = LightBlockAnswer { light_block: Bytes::new(&lie(&liar, &block)) };
            Response { body: serde_json::to_vec(&told).unwrap(), ..answer }
        });
        let refused = wallet.trust_file().await.unwrap_err();
        assert!(is_header(&refused), "{refused:?}");
    }
    // Nothing of it was kept: an honest gateway is believed at what is now the first use, and said to be no more.
    live.be_honest();
    wallet.open_account(&wallet.generate_recovery_code().unwrap()).await.unwrap();
    let shown = wallet.balance().await.unwrap();
    assert_eq!(*shown.points().verified().trust(), TrustOrigin::FirstUse);
    let handed_on = wallet.trust_file().await;
    assert_eq!(handed_on, Err(WalletError::Invalid { input: Input::TrustNeeded }));
}
