//! One ballot is opened on a second device, one is cast and dropped and found out, one replaces it.

use super::{Halt, PAUSE, Polling, line_of, short};
use crate::failure::Failure;
use crate::lying::HiddenBallot;
use crate::narrator::Line;
use crate::neighbours::Registering;
use crate::story::{Story, expect_refusal};
use citizen_client::api::Bytes;
use citizen_primitives::{Canonical as _, KeyId, PollId};
use citizen_voting::Fingerprint;
use citizen_voting::spoil::{BallotCheck, Opening};
use citizen_wallet::view::VoteView;
use citizen_wallet::{Choice, Wallet, WalletError};
use city_services::relay::Conduct;
use std::io::Write;
use std::sync::Arc;

/// What she opens to see, which is not what she wants; what she wants at first; and what in the end.
const LOOKED_AT: u8 = 2;
const FIRST: u8 = 0;
const LAST: u8 = 1;
/// How often her phone is patient.
const PATIENCE: u32 = 4;

impl<W: Write> Story<'_, W> {
    /// A ballot that is made to be opened, before the one that is cast.
    pub(super) async fn check_a_ballot(&mut self, polling: &Polling) -> Result<(), Halt> {
        let (wallet, id) = (&self.citizen.wallet, polling.poll.id());
        let review = wallet.review_ballot(&id, &choice(LOOKED_AT)).await?;
        let fingerprint = *review.view().fingerprint();
        let spoken = review.view().choices().first().and_then(|contest| contest.chosen().first()).cloned();
        // Her second device sees the fingerprint before anybody knows whether the ballot will be opened.
        let mut second_device = BallotCheck::default();
        second_device.scan(Fingerprint::from_hash(fingerprint));
        let opened = wallet.check_ballot(review).await?;
        let opening = opening(opened.opening())?;
        let style = polling.neighbours.style(&polling.poll).await?;
        let said = second_device.open(&style, &opening).map_err(|error| Failure(Line::same(error)))?;
        if said.len() != 1 || *opened.fingerprint() != fingerprint {
            return Err(Failure(Line::of("story.no-proof")).into());
        }
        let option = spoken.as_ref().map_or_else(|| Line::same(LOOKED_AT), line_of);
        let line = Line::of("check.opened")
            .with("fingerprint", short(&fingerprint.to_hex()))
            .with_line("option", &option);
        self.narrator.step("name.check", &line)?;
        self.until_relays_rest(polling).await
    }

    /// Until what was opened stands on the board: what is to be dropped is the ballot that is cast.
    async fn until_relays_rest(&self, polling: &Polling) -> Result<(), Halt> {
        for relay in &self.city.voting().relays {
            while relay.on_their_way().map_err(|error| Failure(Line::same(error)))? > 0 {
                if polling.is_over() {
                    return Err(Halt::TooLate);
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    /// The relay that promises brings nothing. Her phone finds it out, and goes to the other; so do her neighbours.
    pub(super) async fn cast(&mut self, polling: &Polling, registering: Registering) -> Result<(), Halt> {
        let (wallet, id) = (&self.citizen.wallet, polling.poll.id());
        let relays = &self.city.voting().relays;
        // Whichever is drawn.
        relays.iter().for_each(|relay| relay.set_conduct(Conduct::Dropping));
        let review = wallet.review_ballot(&id, &choice(FIRST)).await?;
        let fingerprint = review.view().fingerprint().to_hex();
        let cast = wallet.cast_ballot(review).await?;
        let unpromised = || polling.missed(Failure(Line::of("poll.no-promise")));
        let relay = cast.relay().clone().ok_or_else(unpromised)?;
        let line = Line::of("cast.promised")
            .with("fingerprint", short(&fingerprint))
            .with_line("relay", &line_of(&relay))
            .with("slot", cast.slot().unwrap_or_default());
        self.narrator.step("name.cast", &line)?;
        let honest = self.others_behave(&relay.en)?;
        let (placed, others) =
            tokio::join!(followed(wallet, &id), polling.neighbours.cast(&polling.poll, honest, registering));
        let placed = placed?;
        let count = others?;
        if count < polling.neighbours.count() {
            return Err(Halt::TooLate);
        }
        if !placed.is_placed() || placed.broken().is_empty() {
            let failure = Failure(Line::of("poll.not-placed").with("state", placed.state()));
            return Err(polling.missed(failure));
        }
        let broken =
            Line::of("cast.broken").with_line("relay", &line_of(&relay)).with("count", placed.broken().len());
        self.narrator.more(&broken)?;
        self.on_the_board(&placed)?;
        self.city.voting().relays.iter().for_each(|relay| relay.set_conduct(Conduct::Honest));
        Ok(self.narrator.more(&Line::of("cast.neighbours").with("count", count))?)
    }

    /// Only the relay of this name drops what it has; another, whose key this is, does what it should.
    fn others_behave(&self, dropping: &str) -> Result<KeyId, Failure> {
        let relays = &self.city.voting().relays;
        let names = crate::genesis::RELAY_NAMES.iter().map(|[_, english]| *english);
        let honest: Vec<_> =
            relays.iter().zip(names).filter(|(_, name)| *name != dropping).map(|(relay, _)| relay).collect();
        honest.iter().for_each(|relay| relay.set_conduct(Conduct::Honest));
        let first = honest.first().ok_or_else(|| Failure(Line::of("poll.no-promise")))?;
        Ok(first.party().id())
    }

    fn on_the_board(&mut self, placed: &VoteView) -> Result<(), Failure> {
        let receipt = self.citizen.wallet.vote_receipt(placed.poll_id())?;
        let line = Line::of("cast.placed")
            .with("place", receipt.index())
            .with("height", receipt.verified().height())
            .with("signers", receipt.verified().signers())
            .with("validators", receipt.verified().validators());
        Ok(self.narrator.more(&line)?)
    }

    pub(super) async fn change_her_mind(&mut self, polling: &Polling) -> Result<(), Halt> {
        let (wallet, id) = (&self.citizen.wallet, polling.poll.id());
        let review = wallet.review_ballot(&id, &choice(LAST)).await?;
        let fingerprint = review.view().fingerprint().to_hex();
        wallet.cast_ballot(review).await?;
        let placed = followed(wallet, &id).await?;
        let replaces = placed.is_placed() && *placed.replaced() > 0;
        if !replaces || !wallet.verify_counted(&id).await?.is_counted() {
            let failure = Failure(Line::of("poll.not-placed").with("state", placed.state()));
            return Err(polling.missed(failure));
        }
        let line = Line::of("cast.again").with("fingerprint", short(&fingerprint));
        self.narrator.step("name.again", &line)?;
        Ok(self.on_the_board(&placed)?)
    }

    /// The gateway leaves a ballot out of the board that it shows.
    pub(super) async fn see_another_board(&mut self, polling: &Polling) -> Result<(), Failure> {
        self.citizen.gateway.tell(Some(Arc::new(HiddenBallot)));
        let shown = self.citizen.wallet.verify_counted(&polling.poll.id()).await;
        self.citizen.gateway.tell(None);
        let reason = expect_refusal(shown, "unverified")?;
        Ok(self.narrator.step("name.lies", &Line::of("lies.board").with_line("reason", &reason))?)
    }
}

/// Follows a vote to its end. On a slow machine slots are longer than the phone's patience.
async fn followed(wallet: &Wallet, id: &PollId) -> Result<VoteView, WalletError> {
    for _ in 0..PATIENCE {
        match wallet.follow_vote(id, |_| {}).await {
            Err(WalletError::Offline { can_queue: true }) => {}
            followed => return followed,
        }
    }
    wallet.vote(id)
}

fn choice(option: u8) -> [Choice; 1] {
    [Choice::new(0, vec![option])]
}

fn opening(text: &str) -> Result<Opening, Failure> {
    let bytes: Option<Bytes> = serde_json::from_value(text.into()).ok();
    let opening = bytes.and_then(|bytes| Opening::from_canonical(&bytes.decode().ok()?).ok());
    opening.ok_or_else(|| Failure(Line::of("story.no-proof")))
}
