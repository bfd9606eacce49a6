//! The participation reward: signed blindly for a ballot that stands on the board, redeemed after the poll under a citizen's name.
//! Nothing that is kept links the two, and the grant does not say which poll it was.

use super::Treasury;
use super::caps::Caps;
use super::parts;
use super::record::{CLAIMS, Claim, Delivery, OUTBOX, Refused, Undelivered};
use crate::blind_keys::{self, At};
use crate::db::{Rows as _, Table, Writer};
use crate::device;
use crate::error::{Reason, ServiceError};
use crate::places;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_client::api::{
    BlindKeysAnswer, BlindKeysRequest, Bytes, ClaimResponse, RewardSigningAnswer, RewardSigningRequest,
    SignedRequest,
};
use citizen_client::{PARTICIPATION, Proven};
use citizen_keys::Signed;
use citizen_ledger::poll::VoterRecord;
use citizen_ledger::{Grant, state_key};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_payment::word::{ClaimAnswer, ClaimOutcome, ClaimRefusal};
use citizen_primitives::{AccountId, Hash, PersonTag, PollId, ProgrammeId};
use citizen_voting::blind::{BlindSigningKey, BlindedMessage};
use citizen_voting::identifier::VotingKey;
use citizen_voting::manifest::{Manifest, Poll, Reward};
use citizen_voting::reward::{RewardRequest, RewardToken};

/// [`SignedFor`] by poll and voting key.
const SIGNED: Table = Table::new("reward-signed");
/// [`Count`] of signatures by poll.
const COUNTS: Table = Table::new("reward-counts");

/// Fewer than so many tokens of a poll are not redeemed: one could guess whose they are.
const FEWEST: u32 = 50;

/// What was signed for a voting key.
#[derive(Debug, Clone, Copy, BorshSerialize, BorshDeserialize)]
struct SignedFor(BlindedMessage);

#[derive(Debug, Clone, Copy, Default, BorshSerialize, BorshDeserialize)]
struct Count(u32);

citizen_primitives::canonical!(SignedFor = 1, Count = 1);

impl Treasury {
    /// The election office orders the key of a poll's reward; it is made by the next step.
    pub async fn reward_key(&self, request: BlindKeysRequest) -> Result<BlindKeysAnswer, ServiceError> {
        let at = At { ask: places::TREASURY_ASK_STATE, write: places::TREASURY_KEYS };
        blind_keys::order(&self.party, at, &request, 1).await
    }

    /// Takes a key that was made elsewhere for a draft.
    pub fn bring_reward_key(&self, draft: [u8; 32], key: BlindSigningKey) -> Result<(), ServiceError> {
        blind_keys::bring(&self.party, places::TREASURY_KEYS, draft, &[key])
    }

    /// Signs blindly for a voting key whose ballot is proved to stand on the board, once (TREASURY-6). The same request again has the
    /// same answer.
    pub async fn reward(&self, request: RewardSigningRequest) -> Result<RewardSigningAnswer, ServiceError> {
        let signed: Signed<RewardRequest> = request.request.read().map_err(|_| ServiceError::Malformed)?;
        let named = signed.dangerous_unverified().map_err(|_| ServiceError::Malformed)?;
        let public = named.voting_key.public();
        public.check().map_err(|_| Reason::Signature)?;
        let asked = signed.verify(&public).map_err(|_| Reason::Signature)?;
        let RewardRequest { poll: id, electorate, voting_key, blinded } = asked;
        let voter = state_key::voter(&id, electorate, &voting_key);
        let keys = [state_key::manifest(&id), voter.clone()];
        let proven = self.party.ledger().state(places::TREASURY_ASK_STATE, &keys).await?;
        let (_, reward) = rewarded(id, &proven)?;
        if blinded.as_bytes() >= reward.key.as_bytes() {
            return Err(ServiceError::Malformed);
        }
        let voter: Option<VoterRecord> = proven.get(&voter)?.into_parts().0;
        if voter.is_none_or(|voter| voter.counts.is_none()) {
            return Err(Reason::NotOnBoard.into());
        }
        let key = self.party.db().commit(places::TREASURY_REWARD, |writer| {
            blind_keys::bind(writer, &reward.key, id)?;
            note(writer, id, &voting_key, blinded)?;
            blind_keys::find(writer, &reward.key, id)
        })?;
        let signature = self.party.sign_blindly(&key, &blinded)?;
        Ok(RewardSigningAnswer { signature: Bytes::of(&signature) })
    }

    /// Grants what a token is worth: after the poll has closed, once at least fifty can be redeemed, and each token once (TREASURY-7).
    pub async fn redeem_reward(&self, request: SignedRequest) -> Result<ClaimResponse, ServiceError> {
        let request = device::read(&self.party, &request)?;
        let RequestContent::Reward { poll: id, token } = &request.content else {
            return Err(ServiceError::Malformed);
        };
        let person = self.taker(&request.account);
        let year = self.party.now().year_in_seoul().map_err(|_| ServiceError::Unavailable)?;
        let caps = Caps::of(&participation()?, &person, year);
        let keys = [vec![state_key::manifest(id), state_key::parameters()], caps.keys().to_vec()].concat();
        let proven = device::prove(&self.party, places::TREASURY_ASK_STATE, &request, &keys).await?;
        let (poll, reward) = rewarded(*id, &proven)?;
        token.verify(&poll).map_err(|_| Reason::RewardToken)?;
        let evidence = self.spent(token);
        if let Some(answer) = self.redeemed(&request, &evidence)? {
            return Ok(ClaimResponse { answer: Bytes::of(&answer) });
        }
        if proven.header().time() < poll.manifest().casting.until {
            return Err(Reason::RewardsClosed.into());
        }
        let count: Option<Count> = self.party.db().read(|rows| rows.find(COUNTS, id.as_bytes()))?;
        if count.unwrap_or_default().0 < FEWEST {
            return Err(Reason::TooFewRewards.into());
        }
        if let Some(reason) = caps.refusal(reward.points, &proven, self.party.now())? {
            let refusal = self.refuse_reward(&request.account, evidence, reason)?;
            return Ok(ClaimResponse { answer: Bytes::of(&refusal) });
        }
        let (programme, points) = (participation()?, reward.points);
        let grant = Grant { programme, account: request.account, points, person, evidence };
        let claim = self.signed_claim(grant, &proven)?;
        let answer = self.redeem(&request.account, &claim)?;
        Ok(ClaimResponse { answer: Bytes::of(&answer) })
    }

    /// Token and grant in one commit. Of two at once the first stands.
    fn redeem(&self, account: &AccountId, claim: &Claim) -> Result<Signed<ClaimAnswer>, ServiceError> {
        let evidence = claim.grant.evidence;
        self.party.db().commit(places::TREASURY_REDEEM, |writer| {
            match writer.find::<Claim>(CLAIMS, evidence.as_bytes())? {
                Some(known) if known.grant.account == *account => return Ok(known.answer),
                Some(_) => return Err(Reason::RewardUsed.into()),
                None => {}
            }
            writer.put(CLAIMS, evidence.as_bytes(), claim)?;
            writer.put(OUTBOX, evidence.as_bytes(), &Undelivered(evidence))?;
            Ok(claim.answer.clone())
        })
    }

    /// What was answered to this token before.
    fn redeemed(
        &self,
        request: &DeviceRequest,
        evidence: &Hash,
    ) -> Result<Option<Signed<ClaimAnswer>>, ServiceError> {
        let claim: Option<Claim> = self.party.db().read(|rows| rows.find(CLAIMS, evidence.as_bytes()))?;
        match claim {
            None => Ok(None),
            Some(claim) if claim.grant.account != request.account => Err(Reason::RewardUsed.into()),
            Some(Claim { delivery: Delivery::Refused(Refused(reason)), .. }) => {
                self.refuse_reward(&request.account, *evidence, reason).map(Some)
            }
            Some(claim) => Ok(Some(claim.answer)),
        }
    }

    fn refuse_reward(
        &self,
        account: &AccountId,
        evidence: Hash,
        reason: ClaimRefusal,
    ) -> Result<Signed<ClaimAnswer>, ServiceError> {
        Ok(self.party.sign(&ClaimAnswer {
            account: *account,
            programme: participation()?,
            evidence,
            outcome: ClaimOutcome::Refused { reason },
            time: self.party.now(),
        }))
    }

    /// A token as the ledger names it: a keyed hash of its nonce, in which no poll is.
    fn spent(&self, token: &RewardToken) -> Hash {
        Hash::from_bytes(self.secret.keyed_hash(&parts(&[b"reward", &token.nonce])))
    }

    /// Whose yearly cap it is: an account is one citizen's.
    fn taker(&self, account: &AccountId) -> PersonTag {
        PersonTag::from_bytes(self.secret.keyed_hash(&parts(&[b"taking part", account.as_bytes()])))
    }
}

fn participation() -> Result<ProgrammeId, ServiceError> {
    ProgrammeId::new(PARTICIPATION).map_err(|_| ServiceError::Unavailable)
}

/// The poll, if its manifest is proved and has a reward.
fn rewarded(id: PollId, proven: &Proven) -> Result<(Poll, Reward), ServiceError> {
    let manifest: Option<Manifest> = proven.get(&state_key::manifest(&id))?.into_parts().0;
    let poll = Poll::new(manifest.ok_or(Reason::NoPoll)?).map_err(|_| Reason::NoPoll)?;
    let reward = poll.manifest().reward.clone().ok_or(Reason::NoReward)?;
    Ok((poll, reward))
}

/// One element for each voting key of a poll.
fn note(
    writer: &Writer<'_>,
    poll: PollId,
    voting_key: &VotingKey,
    blinded: BlindedMessage,
) -> Result<(), ServiceError> {
    let key = [poll.as_bytes().as_slice(), voting_key.as_bytes()].concat();
    match writer.find::<SignedFor>(SIGNED, &key)? {
        Some(SignedFor(known)) if known == blinded => return Ok(()),
        Some(_) => return Err(Reason::AnotherReward.into()),
        None => {}
    }
    let Count(count) = writer.find(COUNTS, poll.as_bytes())?.unwrap_or_default();
    writer.put(SIGNED, &key, &SignedFor(blinded))?;
    Ok(writer.put(COUNTS, poll.as_bytes(), &Count(count.saturating_add(1)))?)
}
