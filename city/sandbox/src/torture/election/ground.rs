//! Where poll runs begin: a city with a citizen before any poll, and the same with a poll in which others have voted.

use super::crowd::{self, CROWD};
use super::office::{BlindKeys, Made, Making};
use super::verdict::{points_of, record_of};
use crate::torture::citizen::Citizen;
use crate::torture::cutter::Cutter;
use crate::torture::phone::Phone;
use crate::torture::scenario::{RunError, claim, newcomer, no_poll};
use crate::torture::stage::Stage;
use crate::torture::world::{Image, World};
use citizen_ledger::poll::CeremonyStanding;
use citizen_primitives::{AccountId, Place, PollId, UnixTime};
use citizen_wallet::Trust;
use std::sync::Arc;

/// Its seed: every campaign's polls are held in the same city.
const SEED: u64 = 0x706f_6c6c;
/// Turns until something must have come.
const PATIENCE: u32 = 400;

/// Both cities.
pub struct Ground {
    pub(super) keys: BlindKeys,
    pub(super) founded: Image,
    pub(super) voting: Image,
    pub(super) made: Made,
    pub(super) phone: Phone,
    pub(super) code: String,
    pub(super) account: AccountId,
    /// Points that she has earned.
    pub(super) points: u64,
}

impl Ground {
    /// Founds them.
    pub async fn new(places: &[Place]) -> Result<Self, RunError> {
        let keys = BlindKeys::make()?;
        let cutter = Arc::new(Cutter::knowing(places.iter().copied()));
        let stage = Stage::new(World::found_with(true, SEED, Arc::clone(&cutter))?, cutter, []);
        let mut citizen = newcomer(&stage, Trust::File(stage.world().trust()));
        citizen.settle_in("김지우", &claim()?).await.ok_or_else(|| no_poll("the citizen"))?;
        let account = account_of(&mut citizen).await.ok_or_else(|| no_poll("her account"))?;
        let points = points_of(stage.world(), &account)?;
        let (phone, code) = (citizen.close().clone(), citizen.code().unwrap_or_default().to_owned());
        let founded = stage.world().stop();

        let cutter = Arc::new(Cutter::knowing(places.iter().copied()));
        let stage = Stage::new(World::resume(&founded, SEED, Arc::clone(&cutter))?, cutter, []);
        let made = Making { stage: &stage, keys: &keys }.make(account).await?;
        if !until_key(&stage, &made).await? {
            return Err(no_poll("the election key"));
        }
        pass_until(&stage, made.poll.manifest().casting.from).await;
        let rows = made.rolls.iter().flat_map(|roll| roll.rows());
        let her = rows.map(|row| row.known).position(|on_roll| on_roll == account.into());
        let voters =
            crowd::vote(&stage, &keys, &made, her.ok_or_else(|| no_poll("her place on the roll"))?).await?;
        for _ in 0..PATIENCE {
            if record_of(stage.world(), &made.poll.id())?.is_some_and(|record| counted(&record) == CROWD) {
                crowd::ask_rewards(stage.world(), &made.poll, &voters).await?;
                let voting = stage.world().stop();
                return Ok(Self { keys, founded, voting, made, phone, code, account, points });
            }
            stage.turn().await;
        }
        Err(no_poll("the crowd"))
    }
}

fn counted(record: &citizen_ledger::poll::PollRecord) -> u32 {
    record.electorates.iter().map(|electorate| electorate.counted).sum()
}

async fn account_of(citizen: &mut Citizen) -> Option<AccountId> {
    let account = async |wallet: &citizen_wallet::Wallet| wallet.account().map(|view| *view.account());
    citizen.attempt("the account", account).await
}

/// Waits for the election key; says whether there is one before casting begins.
pub(super) async fn until_key(stage: &Arc<Stage>, made: &Made) -> Result<bool, RunError> {
    let id: PollId = made.poll.id();
    for _ in 0..PATIENCE {
        // A dead ledger cannot be asked.
        if let Ok(Some(record)) = record_of(stage.world(), &id) {
            if matches!(record.ceremony, CeremonyStanding::Done(_)) {
                return Ok(true);
            }
            if stage.now() >= made.poll.manifest().casting.from {
                return Ok(false);
            }
        }
        stage.turn().await;
    }
    Ok(false)
}

/// Time passes, a minute at most at once: views grow stale after one.
pub(super) async fn pass_until(stage: &Arc<Stage>, time: UnixTime) {
    while stage.now() < time {
        let left = time.since(stage.now()).count();
        stage.pass(left.min(30)).await;
    }
}
