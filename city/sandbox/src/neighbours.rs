//! Neighbours: citizens with accounts and keys of their own, who vote. Their phones are this one program, so nobody's phone is tried by
//! them; what they send is what phones send, to the same parties, wherever these run.

use crate::failure::Failure;
use crate::folder::{Folder, Secrecy};
use crate::narrator::Line;
use citizen_client::registrar::RegistrarAnswer;
use citizen_client::registry::prove_role;
use citizen_client::{
    CallError, Exchange, Https, LedgerClient, RegistrarClient, RelayClient, RelayError, TreasuryClient,
    TrustFile, WordError,
};
use citizen_coin::account::account_id;
use citizen_coin::{AccountRecord, Epoch};
use citizen_keys::{
    DevicePair, Document as _, HardwareKey, KeyAlias, SealingKey, Secret32, Signed, SigningKey,
    SoftwareKeystore,
};
use citizen_ledger::poll::CeremonyMessages;
use citizen_ledger::{
    Action, LightClient, Nonce, OpenAccount, Role, RoleMembers, RoleRecord, SignedTransaction, Signer,
    StateKey, TransactionBody, Verified, state_key,
};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{AccountId, Canonical as _, Clock as _, Hash, KeyId, Label, Place, Text, random};
use citizen_voting::ballot::Encryptor;
use citizen_voting::ceremony::Ceremony;
use citizen_voting::manifest::Poll;
use citizen_voting::relay::PromiseError;
use citizen_voting::token::{PollSecret, Token, VotingRoot, voting_key};
use citizen_voting::{
    BallotSeed, BallotStyle, BoardEntry, CastBallot, ContestChoice, ElectorateIndex, Sequence, SignedBallot,
};
use citizen_wallet::KeystoreFile;
use city_services::office::Member;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use url::Url;
use zeroize::Zeroizing;

const ASK_LEDGER: Place = Place::new("story/neighbours-ask-ledger");
const OPEN: Place = Place::new("story/neighbours-open");
const REGISTER: Place = Place::new("story/neighbours-register");
const CAST: Place = Place::new("story/neighbours-cast");
const REWARD: Place = Place::new("story/neighbours-reward");

/// So many are at it at once.
const AT_ONCE: usize = 40;
/// The most records of one question.
const RECORDS: usize = 30;
/// How often something is asked again.
const LOOKS: u32 = 600;
const PAUSE: Duration = Duration::from_millis(100);
/// How long a row takes to stand on the ledger.
const PATIENCE: Duration = Duration::from_millis(500);
/// The one electorate.
const CITIZENS: ElectorateIndex = ElectorateIndex::new(0);

/// All of them.
pub struct Neighbours {
    all: Vec<Arc<Neighbour>>,
    hardware: HardwareKey,
    street: Arc<Street>,
}

/// One.
struct Neighbour {
    number: u32,
    key: SigningKey,
    device: DevicePair,
    salt: [u8; 16],
    account: AccountId,
}

/// What they share: their view of the ledger, and the way to it.
struct Street {
    exchange: Exchange,
    ledger: LedgerClient,
    at_once: Semaphore,
}

/// Neighbours on their way to be registered; who lets go of them stops them.
pub struct Registering(JoinSet<Result<Option<Voter>, Failure>>);

/// A neighbour whose voting key all registrars have signed.
struct Voter {
    number: u32,
    secret: PollSecret,
    token: Token,
}

impl Neighbours {
    /// Opens their accounts, unless that was done before: in one folder they are the same in every run.
    pub async fn settle(
        folder: &Folder,
        (gateway, trust): (&Url, &TrustFile),
        count: u32,
    ) -> Result<Self, Failure> {
        let (seed, hardware) = kept(folder)?;
        let exchange = Exchange::new(Arc::new(Https::new().map_err(failed)?), gateway);
        let light = LightClient::new(trust.anchor().clone());
        let ledger = LedgerClient::new(exchange.clone(), light, Arc::new(SystemClock));
        let street = Arc::new(Street { exchange, ledger, at_once: Semaphore::new(AT_ONCE) });
        let one = |number| Neighbour::new(number, &seed, &hardware).map(Arc::new);
        let all = (0..count).map(one).collect::<Result<_, _>>()?;
        let neighbours = Self { all, hardware, street };
        let missing = neighbours.without_account().await?;
        neighbours.open(&missing).await?;
        for _ in 0..LOOKS {
            if neighbours.without_account().await?.is_empty() {
                return Ok(neighbours);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(Failure(Line::of("poll.too-slow")))
    }

    /// How many they are.
    pub const fn count(&self) -> usize {
        self.all.len()
    }

    /// For the roll.
    pub fn members(&self) -> Result<Vec<Member>, Failure> {
        let member = |one: &Arc<Neighbour>| {
            let person = Text::new(&format!("이웃 {}", one.number)).map_err(failed)?;
            Ok(Member { known: one.account.into(), person })
        };
        self.all.iter().map(member).collect()
    }

    /// Each asks every registrar for its signature, until it is there.
    pub async fn register(&self, poll: &Poll) -> Result<Registering, Failure> {
        let keys: Vec<KeyId> = poll.registrars().iter().map(|registrar| registrar.signing.id()).collect();
        let asked: Vec<StateKey> = keys.iter().map(|key| state_key::role(Role::Registrar, key)).collect();
        let proven = self.street.ledger.state(ASK_LEDGER, &asked).await.map_err(failed)?;
        let roles = keys.iter().map(|key| prove_role(&proven, Role::Registrar, key));
        let roles: Arc<[Verified<RoleRecord>]> = roles.collect::<Result<Vec<_>, _>>().map_err(failed)?.into();
        let mut registering = JoinSet::new();
        for neighbour in &self.all {
            let (neighbour, street) = (Arc::clone(neighbour), Arc::clone(&self.street));
            let (poll, roles) = (poll.clone(), Arc::clone(&roles));
            registering.spawn(async move { neighbour.register(&street, &poll, &roles).await });
        }
        Ok(Registering(registering))
    }

    /// Once all are registered, each casts a ballot through one relay: of five the first two for the first option, the next for the
    /// second, the rest for the third. Says how many were not too late.
    pub async fn cast(&self, poll: &Poll, relay: KeyId, registering: Registering) -> Result<usize, Failure> {
        let voters = registering.all().await?;
        let style = Arc::new(self.street.style(poll).await?);
        // What is cast shares no connection with what was registered.
        let exchange = Exchange::new(Arc::new(Https::new().map_err(failed)?), self.street.exchange.base());
        let (mut casting, mut count) = (JoinSet::new(), 0);
        for voter in voters {
            let (street, style, poll) = (Arc::clone(&self.street), Arc::clone(&style), poll.clone());
            let relay = RelayClient::new(exchange.clone(), relay);
            casting.spawn(async move {
                let _one_of_a_few = street.at_once.acquire().await.map_err(failed)?;
                voter.cast(&relay, &poll, &style).await
            });
        }
        while let Some(cast) = casting.join_next().await {
            count += usize::from(cast.map_err(failed)??);
        }
        Ok(count)
    }

    /// Each who has cast has the treasury sign for having taken part. Says how many it has signed for.
    pub async fn ask_rewards(&self, poll: &Poll) -> Result<usize, Failure> {
        let treasury = self.street.treasury().await?;
        let mut count = 0;
        for one in &self.all {
            let secret = one.secret(poll);
            let request = secret.reward_request(poll, CITIZENS).map_err(failed)?;
            match treasury.reward(REWARD, &request).await {
                Ok(signature) => {
                    secret.reward_token(poll, CITIZENS, &signature).map_err(failed)?;
                    count += 1;
                }
                // Nothing of hers stands on the board.
                Err(CallError::Refused(_)) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(count)
    }

    /// What the trustees' signed messages make: for whoever wants to encrypt, or to check an encryption.
    pub async fn style(&self, poll: &Poll) -> Result<BallotStyle, Failure> {
        self.street.style(poll).await
    }

    async fn without_account(&self) -> Result<Vec<Arc<Neighbour>>, Failure> {
        let mut missing = Vec::new();
        for some in self.all.chunks(RECORDS) {
            let keys: Vec<StateKey> = some.iter().map(|one| state_key::account(&one.account)).collect();
            let proven = self.street.ledger.state(ASK_LEDGER, &keys).await.map_err(failed)?;
            for (one, key) in some.iter().zip(&keys) {
                if proven.get::<AccountRecord>(key).map_err(failed)?.is_absent() {
                    missing.push(Arc::clone(one));
                }
            }
        }
        Ok(missing)
    }

    async fn open(&self, missing: &[Arc<Neighbour>]) -> Result<(), Failure> {
        let header = self.street.ledger.refresh(ASK_LEDGER).await.map_err(failed)?;
        for one in missing {
            let opening = self.opening(one, header.header.height())?;
            self.street.ledger.submit(OPEN, &opening).await.map_err(failed)?;
        }
        Ok(())
    }

    fn opening(
        &self,
        one: &Neighbour,
        height: citizen_primitives::Height,
    ) -> Result<SignedTransaction, Failure> {
        let Neighbour { key, device, salt, .. } = one;
        let body = TransactionBody {
            chain_id: self.street.ledger.chain_id(),
            valid_until: height.plus(100),
            nonce: Nonce::from_bytes(random::generate_array(&mut random::system())),
            signer: Signer::Opening,
            action: Action::OpenAccount(OpenAccount { device: *device, recovery: key.public(), salt: *salt }),
        };
        let bytes = body.signing_bytes();
        let own = key.sign(Label::Transaction, &bytes);
        let card = self.hardware.sign(Label::Transaction, &bytes).map_err(failed)?;
        Ok(body.signed(vec![own, card, own]))
    }
}

impl Registering {
    /// Waits until all are registered who are not too late.
    async fn all(mut self) -> Result<Vec<Voter>, Failure> {
        let mut voters = Vec::new();
        while let Some(registered) = self.0.join_next().await {
            voters.extend(registered.map_err(failed)??);
        }
        Ok(voters)
    }
}

impl Street {
    /// The treasury of the registry, over a connection that nothing else goes over.
    async fn treasury(&self) -> Result<TreasuryClient, Failure> {
        let key = state_key::role_members(Role::Treasury);
        let proven = self.ledger.state(ASK_LEDGER, std::slice::from_ref(&key)).await.map_err(failed)?;
        let members = proven.get::<RoleMembers>(&key).map_err(failed)?.into_parts().0;
        let treasury = members.and_then(|RoleMembers(members)| members.first().copied());
        let treasury = treasury.ok_or_else(|| Failure(Line::of("story.no-proof")))?;
        let asked = [state_key::role(Role::Treasury, &treasury)];
        let proven = self.ledger.state(ASK_LEDGER, &asked).await.map_err(failed)?;
        let role = prove_role(&proven, Role::Treasury, &treasury).map_err(failed)?;
        let exchange = Exchange::new(Arc::new(Https::new().map_err(failed)?), self.exchange.base());
        Ok(TreasuryClient::new(exchange, role))
    }

    async fn style(&self, poll: &Poll) -> Result<BallotStyle, Failure> {
        let key = state_key::ceremony(&poll.id());
        let proven = self.ledger.state(ASK_LEDGER, std::slice::from_ref(&key)).await.map_err(failed)?;
        let messages = proven.get::<CeremonyMessages>(&key).map_err(failed)?.into_parts().0;
        let messages = messages.ok_or_else(|| Failure(Line::of("story.no-proof")))?;
        let election = Ceremony::replay(poll.ceremony().map_err(failed)?, &messages.0).map_err(failed)?;
        poll.style(CITIZENS, &election.key).ok_or_else(|| Failure(Line::of("story.no-proof")))
    }
}

impl Neighbour {
    fn secret(&self, poll: &Poll) -> PollSecret {
        let root = Hash::plain(&[b"voting", &self.salt, &self.number.to_le_bytes()]);
        VotingRoot::new(Secret32::take(Zeroizing::new(*root.as_bytes()))).poll(poll.id())
    }

    fn new(number: u32, seed: &[u8; 32], hardware: &HardwareKey) -> Result<Self, Failure> {
        let own = *Hash::plain(&[seed, &number.to_le_bytes()]).as_bytes();
        let key = SigningKey::from_seed(&own);
        let device = DevicePair::new(&key.public(), hardware.public()).map_err(failed)?;
        let salt = random_salt(&own);
        let account = account_id(&device, &key.public(), &salt);
        Ok(Self { number, key, device, salt, account })
    }

    async fn register(
        &self,
        street: &Street,
        poll: &Poll,
        roles: &[Verified<RoleRecord>],
    ) -> Result<Option<Voter>, Failure> {
        let secret = self.secret(poll);
        let _one_of_a_few = street.at_once.acquire().await.map_err(failed)?;
        let mut signatures = vec![None; roles.len()];
        // Each registrar enters its row on the ledger before it signs: it is asked at once, and again when that has had its time.
        while signatures.iter().any(Option::is_none) {
            if SystemClock.now() >= poll.last_cast() {
                return Ok(None);
            }
            for ((number, role), signature) in roles.iter().enumerate().zip(&mut signatures) {
                if signature.is_some() {
                    continue;
                }
                let blinded = secret.request(poll, CITIZENS, number).map_err(failed)?;
                let client = RegistrarClient::new(street.exchange.clone(), role.clone());
                match self.ask(&client, poll, blinded).await? {
                    RegistrarAnswer::Pending => {}
                    RegistrarAnswer::Issued(issued) => {
                        let issued = secret.finish(poll, CITIZENS, number, &issued.signature);
                        *signature = Some(issued.map_err(failed)?);
                    }
                    // On a slow machine not all get there in time.
                    RegistrarAnswer::Refused(_) if !poll.is_registering(SystemClock.now()) => {
                        return Ok(None);
                    }
                    // The client lets neither of the other two through.
                    RegistrarAnswer::Refused(_)
                    | RegistrarAnswer::ShowCard(_)
                    | RegistrarAnswer::AskAsAccount => {
                        return Err(Failure(Line::of("poll.neighbour-refused")));
                    }
                }
            }
            tokio::time::sleep(PATIENCE).await;
        }
        let token = Token { signatures: signatures.into_iter().flatten().collect() };
        Ok(Some(Voter { number: self.number, secret, token }))
    }

    /// A registrar that is down is as one that is at work.
    async fn ask(
        &self,
        client: &RegistrarClient,
        poll: &Poll,
        blinded: citizen_voting::blind::BlindedMessage,
    ) -> Result<RegistrarAnswer, Failure> {
        let mut rng = random::system();
        let reply = SealingKey::generate(&mut rng);
        let content = RequestContent::Register {
            poll: poll.id(),
            electorate: CITIZENS,
            blinded: Box::new(blinded),
            reply: *reply.public().as_bytes(),
        };
        let request = self.request(client.party().value().id(), content);
        match client.register(REGISTER, &mut rng, &request, &reply).await {
            Ok(word) => Ok(word.word.into_parts().0.answer),
            Err(WordError::Call(error)) if passes(&error) => Ok(RegistrarAnswer::Pending),
            Err(error) => Err(failed(error)),
        }
    }

    fn request(&self, to: KeyId, content: RequestContent) -> Signed<DeviceRequest> {
        let request = DeviceRequest {
            to,
            account: self.account,
            epoch: Epoch::new(0),
            device: self.device,
            content,
            nonce: random::generate_array(&mut random::system()),
            time: SystemClock.now(),
        };
        let bytes = request.to_canonical();
        let signature = self.key.sign(DeviceRequest::LABEL, &bytes);
        Signed::from_parts(bytes, self.key.id(), signature)
    }
}

impl Voter {
    /// Says whether it was not too late.
    async fn cast(&self, relay: &RelayClient, poll: &Poll, style: &BallotStyle) -> Result<bool, Failure> {
        let entry = self.ballot(poll, style).ok_or_else(|| Failure(Line::of("story.no-proof")))?;
        while let Some(slot) = poll.slot_at(SystemClock.now()).filter(|_| poll.is_casting(SystemClock.now()))
        {
            match relay.hand_over(CAST, poll, slot, &entry).await {
                Ok(_) => return Ok(true),
                Err(RelayError::Call(error)) if !passes(&error) => return Err(failed(error)),
                // A slot ended on the way: the same bytes again get the same promise.
                Err(RelayError::Call(_) | RelayError::Promise(PromiseError::TooLate(_))) => {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(false)
    }

    fn ballot(&self, poll: &Poll, style: &BallotStyle) -> Option<BoardEntry> {
        let (key, sequence) = (self.secret.voting_key(CITIZENS), Sequence::new(1));
        let seed = BallotSeed::generate(&mut random::system(), &key, poll.id(), sequence);
        let option = match self.number % 5 {
            0 | 1 => 0,
            2 => 1,
            _ => 2,
        };
        let choice = [ContestChoice::Choose(vec![option])];
        let ballot = Encryptor::new(style).encrypt(&seed, voting_key(&key)?, sequence, &choice).ok()?;
        let ballot = SignedBallot::sign(ballot, &key);
        Some(BoardEntry::Cast(CastBallot { ballot, token: self.token.clone() }))
    }
}

/// What makes them the same in every run: a seed, and the key in the one phone that they share.
fn kept(folder: &Folder) -> Result<([u8; 32], HardwareKey), Failure> {
    let room = folder.room("neighbours")?;
    let backend = Box::new(KeystoreFile::new(room.join("keystore")));
    let keystore = Arc::new(SoftwareKeystore::open(backend, Box::new(random::system())).map_err(failed)?);
    let alias = KeyAlias::new("neighbours").map_err(failed)?;
    let known = folder.read("neighbours/seed")?.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    match (known, HardwareKey::open(keystore.clone(), alias.clone())) {
        (Some(seed), Ok(hardware)) => Ok((seed, hardware)),
        _ => {
            let hardware = HardwareKey::create(keystore, alias).map_err(failed)?;
            let seed: [u8; 32] = random::generate_array(&mut random::system());
            folder.write("neighbours/seed", &seed, Secrecy::OwnerOnly)?;
            Ok((seed, hardware))
        }
    }
}

/// Whether waiting helps: nobody is there, or it is too early, or somebody has too much to do.
fn passes(error: &CallError) -> bool {
    let words = ["unavailable", "busy", "too-many", "too-slow", "no-poll", "no-election-key", "not-casting"];
    matches!(error, CallError::Offline) || words.iter().any(|word| error.is_refused_with(word))
}

fn random_salt(own: &[u8; 32]) -> [u8; 16] {
    let digest = Hash::plain(&[b"salt", own]);
    digest.as_bytes().first_chunk().copied().unwrap_or_default()
}

fn failed(error: impl Display) -> Failure {
    Failure(Line::same(error))
}
