//! Others who vote: as many as a reward needs to hide among. Their tokens are signed by the registrars' keys at once; their ballots go
//! through the relay that cannot be cut.

use super::houses::REGISTRARS;
use super::office::{BlindKeys, Made};
use crate::keys::Keys;
use crate::torture::dice::Dice;
use crate::torture::facts::read;
use crate::torture::scenario::{RunError, no_poll};
use crate::torture::stage::Stage;
use crate::torture::world::{World, WorldError};
use citizen_client::api::{BallotRequest, Bytes, RewardSigningRequest};
use citizen_keys::{Secret32, SigningKey};
use citizen_ledger::poll::{CeremonyMessages, PollAction};
use citizen_ledger::{Action, Nonce, Signer, TransactionBody, state_key};
use citizen_primitives::random::generate_array;
use citizen_primitives::{Canonical as _, Hash, Label};
use citizen_voting::ballot::Encryptor;
use citizen_voting::ceremony::Ceremony;
use citizen_voting::issuance::{IssuanceRow, RollEntry};
use citizen_voting::manifest::Poll;
use citizen_voting::token::{PollSecret, Token, VotingRoot, voting_key};
use citizen_voting::{
    BallotSeed, BallotStyle, BoardEntry, CastBallot, ContestChoice, ElectorateIndex, Sequence, SignedBallot,
};
use city_chain::Chain as _;
use std::sync::Arc;
use zeroize::Zeroizing;

/// How many vote besides her.
pub const CROWD: u32 = 50;
/// The one electorate.
pub const CITIZENS: ElectorateIndex = ElectorateIndex::new(0);
/// The relay that cannot be cut.
const RELAY: usize = 1;

/// One of them.
pub(super) struct Voter {
    entry: RollEntry,
    secret: PollSecret,
}

/// All of them register and cast.
pub(super) async fn vote(
    stage: &Arc<Stage>,
    keys: &BlindKeys,
    made: &Made,
    her: usize,
) -> Result<Vec<Voter>, RunError> {
    let world = stage.world();
    let entries = made.rolls.iter().flat_map(|roll| roll.rows()).map(|row| row.entry).enumerate();
    let others = entries.filter(|(at, _)| *at != her).map(|(_, entry)| entry);
    let voters: Vec<Voter> = others
        .zip(0..CROWD)
        .map(|(entry, number)| {
            let root = Hash::plain(&[b"a crowd", &number.to_le_bytes()]);
            let root = VotingRoot::new(Secret32::take(Zeroizing::new(*root.as_bytes())));
            Voter { entry, secret: root.poll(made.poll.id()) }
        })
        .collect();
    let mut dice = world.dice();
    let mut tokens: Vec<Token> = voters.iter().map(|_| Token { signatures: Vec::new() }).collect();
    for registrar in 0..REGISTRARS {
        let rows = sign(keys, &made.poll, (&voters, &mut tokens), registrar, &mut dice)?;
        enter(world, &made.poll, registrar, rows, &mut dice)?;
    }
    for _ in 0..4 {
        stage.turn().await;
    }
    let style = style(world, &made.poll)?;
    let relay = world.relay(RELAY)?;
    for (voter, token) in voters.iter().zip(tokens) {
        let entry =
            voter.ballot(&style, token, &mut dice).ok_or_else(|| no_poll("a ballot of the crowd's"))?;
        relay.ballot(BallotRequest { entry: Bytes::of(&entry) }).await.map_err(WorldError::from)?;
    }
    Ok(voters)
}

/// All of them ask the treasury for what a reward needs: it redeems nothing before fifty have.
pub(super) async fn ask_rewards(world: &World, poll: &Poll, voters: &[Voter]) -> Result<(), RunError> {
    let treasury = world.treasury()?;
    for voter in voters {
        let request = voter.secret.reward_request(poll, CITIZENS).map_err(no_poll)?;
        let request = RewardSigningRequest { request: Bytes::of(&request) };
        treasury.reward(request).await.map_err(WorldError::from)?;
    }
    Ok(())
}

/// Every voting key signed by one registrar; its rows.
fn sign(
    keys: &BlindKeys,
    poll: &Poll,
    (voters, tokens): (&[Voter], &mut [Token]),
    registrar: usize,
    dice: &mut Dice,
) -> Result<Vec<IssuanceRow>, RunError> {
    let key = keys.of_registrar(registrar)?;
    let number = u8::try_from(registrar).map_err(no_poll)?;
    let mut rows = Vec::new();
    for (voter, token) in voters.iter().zip(tokens) {
        let blinded = voter.secret.request(poll, CITIZENS, registrar).map_err(no_poll)?;
        let signature = key.sign(dice, &blinded).map_err(no_poll)?;
        let signature = voter.secret.finish(poll, CITIZENS, registrar, &signature);
        token.signatures.push(signature.map_err(no_poll)?);
        rows.push(IssuanceRow::new(number, CITIZENS, voter.entry.tag(poll.id()), &blinded));
    }
    Ok(rows)
}

fn enter(
    world: &World,
    poll: &Poll,
    registrar: usize,
    rows: Vec<IssuanceRow>,
    dice: &mut Dice,
) -> Result<(), RunError> {
    let seed = world.keys().registrars.get(registrar).ok_or_else(|| no_poll("a registrar's key"))?;
    let key: SigningKey = Keys::signing(seed);
    let chain = world.chain()?;
    let body = TransactionBody {
        chain_id: chain.status().chain_id,
        valid_until: chain.status().latest.plus(50),
        nonce: Nonce::from_bytes(generate_array(dice)),
        signer: Signer::Party { key: key.public() },
        action: Action::Poll(PollAction::Issue { poll: poll.id(), rows }),
    };
    let signature = key.sign(Label::Transaction, &body.signing_bytes());
    chain.submit(body.signed(vec![signature]).to_canonical()).map_err(no_poll)?;
    Ok(())
}

fn style(world: &World, poll: &Poll) -> Result<BallotStyle, RunError> {
    let messages: CeremonyMessages =
        read(world, &state_key::ceremony(&poll.id()))?.ok_or_else(|| no_poll("the ceremony"))?;
    let parameters = poll.ceremony().map_err(no_poll)?;
    let election = Ceremony::replay(parameters, &messages.0).map_err(no_poll)?;
    poll.style(CITIZENS, &election.key).ok_or_else(|| no_poll("the electorate"))
}

impl Voter {
    fn ballot(&self, style: &BallotStyle, token: Token, dice: &mut Dice) -> Option<BoardEntry> {
        let (key, sequence) = (self.secret.voting_key(CITIZENS), Sequence::new(1));
        let seed = BallotSeed::generate(dice, &key, style.poll(), sequence);
        let choice = [ContestChoice::Choose(vec![u8::from(self.entry.index.is_multiple_of(3))])];
        let ballot = Encryptor::new(style).encrypt(&seed, voting_key(&key)?, sequence, &choice).ok()?;
        Some(BoardEntry::Cast(CastBallot { ballot: SignedBallot::sign(ballot, &key), token }))
    }
}
