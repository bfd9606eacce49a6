//! The reward for taking part: the treasury signs blindly for a voting key that cast, and what comes out of it is redeemed later under the
//! citizen's name. Nobody can say which of those who redeem cast which ballot (BALLOT-15).

use crate::error::{Input, Party, Reason, Subject, WalletError, mapping};
use crate::place;
use crate::record::{self, ActivityKind, BallotFate, KeptReward, RegistrationRow};
use crate::view::RewardView;
use crate::vote::polls::Announced;
use crate::wallet::Wallet;
use citizen_payment::request::RequestContent;
use citizen_payment::word::{ClaimOutcome, ClaimRefusal};
use citizen_primitives::{PollId, Seconds, UnixTime, random};
use citizen_voting::manifest::Poll;
use citizen_voting::reward::RewardToken;

/// Nothing is redeemed before so many could: fewer would stand too close to their ballots.
const LEAST_CROWD: u64 = 50;
/// The wait after closing is drawn out of so many slots.
const SLOTS_OF_DELAY: u64 = 36;

impl Wallet {
    /// The next step to the reward: asks for the treasury's blind signature once the ballot stands on the board; called again, redeems
    /// it after closing, a delay that was drawn, and once at least fifty could. The answer says how far it is.
    ///
    /// One call does one of the two: whoever sees a voting key and a citizen within a moment knows whose it is.
    pub async fn reward(&self, id: &PollId) -> Result<RewardView, WalletError> {
        self.session().touch()?;
        let _one_at_a_time = self.session().approving.lock().await;
        let poll = &self.kept_poll(id)?;
        if poll.manifest().reward.is_none() {
            return Err(WalletError::Invalid { input: Input::NoReward });
        }
        let row = self.registration(id)?;
        if row.reward == KeptReward::None {
            let (row, announced) = self.ask_reward(poll, row).await?;
            return Ok(RewardView::of(poll, &row.reward, crowd(&announced)));
        }
        let (announced, _) = self.announced_now(id, &[]).await?;
        let row = match row.reward.clone() {
            KeptReward::Token { token, from } if may_redeem(&announced, from) => {
                self.redeem_reward(poll, row, token).await?
            }
            _ => row,
        };
        Ok(RewardView::of(poll, &row.reward, crowd(&announced)))
    }

    /// Over connections of its own, and with nothing beside it that goes under her name: the treasury sees a voting key that cast, and
    /// nobody sees whose wallet is at work.
    async fn ask_reward(
        &self,
        poll: &Poll,
        row: RegistrationRow,
    ) -> Result<(RegistrationRow, Announced), WalletError> {
        let rows = self.ballot_rows(&poll.id())?;
        let stands = rows.iter().any(|row| !row.opened && matches!(row.fate, BallotFate::Placed(_)));
        if !stands && !row.cast_before {
            return Err(WalletError::Invalid { input: Input::BallotMissing });
        }
        let secret = self.session().poll_secret(poll.id())?;
        let unverified = || mapping::unverified(Subject::Word, Party::Treasury);
        let request = secret.reward_request(poll, row.electorate).map_err(|_| unverified())?;
        let link = self.nameless_link()?;
        let announced = self.announced_over(&link, &poll.id()).await?;
        let treasury = self.nameless_treasury(&link).await?;
        let answer = treasury.reward(place::SEND_REWARD_REQUEST, &request).await;
        let answer = answer.map_err(|error| mapping::of_call(error, Party::Treasury))?;
        // Worth something under the one key of the manifest, or nothing at all.
        let token = secret.reward_token(poll, row.electorate, &answer).map_err(|_| unverified())?;
        let from = self.drawn(poll, announced.time());
        // Into the row as it stands now: a ballot may have been numbered meanwhile (WALLET-33).
        let row = self.change_registration(place::REWARD_SIGNED, &row.poll, |row| {
            row.reward = KeptReward::Token { token: Box::new(token), from };
            Ok(())
        })?;
        Ok((row, announced))
    }

    /// Some time after closing; and after now, where one asks later than that.
    fn drawn(&self, poll: &Poll, now: UnixTime) -> UnixTime {
        let longest = poll.manifest().slot.count().saturating_mul(SLOTS_OF_DELAY);
        let drawn = u64::from_le_bytes(random::generate_array(&mut *self.session().rng()));
        let delay = drawn.checked_rem(longest).unwrap_or_default();
        poll.manifest().casting.until.max(now).plus(Seconds::new(delay))
    }

    /// Under her name: the grant says "participation".
    async fn redeem_reward(
        &self,
        poll: &Poll,
        row: RegistrationRow,
        token: Box<RewardToken>,
    ) -> Result<RegistrationRow, WalletError> {
        self.session().account()?;
        let link = self.link().await?;
        let (_, parties) = link.with_parties(&[]).await?;
        let account = self.session().account()?;
        let treasury = link.treasury(parties.treasury);
        let content = RequestContent::Reward { poll: poll.id(), token };
        let request = self.session().sign_request(&account, &treasury.party().value().key, content)?;
        let answer = treasury.redeem_reward(place::SEND_REWARD, &request).await;
        let word = answer.map_err(|error| mapping::of_word(error, Party::Treasury))?.word;
        match word.value().outcome {
            // Spent before, by this phone or the one before it: the answer to an earlier try was lost.
            ClaimOutcome::Granted { .. } | ClaimOutcome::Refused { reason: ClaimRefusal::AlreadyGranted } => {
            }
            ClaimOutcome::Refused { reason } => {
                return Err(WalletError::Refused { by: Party::Treasury, reason: Reason::from(reason) });
            }
        }
        let now = self.session().now();
        self.session().decide(place::REWARD_REDEEMED, |open| {
            let key = record::registration_row(&row.poll);
            let row: Option<RegistrationRow> = record::load(&*open.store, &key)?;
            let row = row.ok_or(WalletError::Invalid { input: Input::NotRegistered })?;
            let row = RegistrationRow { reward: KeptReward::Redeemed, ..row };
            let log = open.log(now, ActivityKind::PollRewarded { title: poll.manifest().title.clone() });
            Ok((record::put(key, &row).and(log), row))
        })
    }
}

fn may_redeem(announced: &Announced, from: UnixTime) -> bool {
    announced.time() >= from && announced.is_closed() && crowd(announced) >= LEAST_CROWD
}

/// How many could redeem: whoever cast a ballot that counts.
fn crowd(announced: &Announced) -> u64 {
    announced.record.value().electorates.iter().map(|electorate| u64::from(electorate.counted)).sum()
}
