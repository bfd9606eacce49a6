//! Composing a manifest: the plan, the rolls, who the parties are by the ledger's registry, and the keys that registrars made for
//! this poll.

use super::Office;
use super::plan::{ElectoratePlan, PlanError, PollPlan};
use super::record::{DISTRICTS, DRAFTS, Rolls};
use super::roll::Member;
use crate::db::Rows as _;
use crate::error::ServiceError;
use crate::places;
use crate::registrar::Roll;
use citizen_keys::SealingPublicKey;
use citizen_ledger::{Role, RoleMembers, RoleRecord, Verified, state_key};
use citizen_primitives::{KeyId, Points};
use citizen_voting::blind::BlindKey;
use citizen_voting::identifier::ElectorateIndex;
use citizen_voting::manifest::{
    Bilingual, DistrictsError, Electorate, Manifest, ManifestError, Poll, Registrar, Relay, Reward, Trustee,
    Trustees,
};
use std::collections::BTreeMap;

/// What the office calls a poll before it has a name. The same plan has the same draft, so that a making that was cut off goes on
/// with the same keys and the same salts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draft(pub(super) [u8; 32]);

impl Draft {
    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Takes the bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// The blind-signature keys of a draft, by party.
pub type Drafted = BTreeMap<KeyId, Vec<BlindKey>>;

/// Why there is no manifest.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// Something in the plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A rule refuses it.
    #[error("the manifest is refused: {0}")]
    Refused(#[from] ManifestError),
    /// The districts of its electorates.
    #[error("the districts are refused: {0}")]
    Districts(#[from] DistrictsError),
    /// No rolls were drawn for this draft, or others than the plan has electorates.
    #[error("the plan's electorates have no rolls")]
    NoRolls,
    /// A party that made no keys.
    #[error("no keys of {0}")]
    NoKeys(KeyId),
    /// Disk or ledger.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl Office {
    /// The draft of a plan, by its text.
    #[must_use]
    pub fn draft(&self, text: &[u8]) -> Draft {
        Draft(self.secret.keyed_hash(text))
    }

    /// Draws the rolls of a draft, once: the same draft has the same rolls (OFFICE-1).
    pub fn draw_rolls(&self, draft: Draft, members: &[Vec<Member>]) -> Result<Vec<Roll>, ServiceError> {
        self.party.db().commit(places::OFFICE_ROLL, |writer| {
            if let Some(Rolls(drawn)) = writer.find(DRAFTS, &draft.0)? {
                return Ok(drawn);
            }
            let electorates = (0..=u8::MAX).map(ElectorateIndex::new).zip(members);
            let drawn: Vec<Roll> = electorates
                .map(|(index, members)| self.draw(index, members))
                .collect::<Result<_, ServiceError>>()?;
            writer.put(DRAFTS, &draft.0, &Rolls(drawn.clone()))?;
            Ok(drawn)
        })
    }

    /// Puts a manifest together, for now: times that count from the making count from now. Names and keys of the parties are those of
    /// the proved registry (OFFICE-2).
    pub async fn compose(&self, plan: &PollPlan, draft: Draft, keys: &Drafted) -> Result<Poll, ComposeError> {
        let Some(Rolls(rolls)) = self.rolls(draft)? else { return Err(ComposeError::NoRolls) };
        if rolls.len() != plan.electorates.len() {
            return Err(ComposeError::NoRolls);
        }
        let made = self.party.now();
        let registrars = self.active(Role::Registrar).await?;
        let relays = self.active(Role::Relay).await?;
        let trustees = self.active(Role::Trustee).await?;
        let electorates = plan.electorates.iter().zip(&rolls).map(|(plan, roll)| electorate(plan, roll));
        let contests = plan.contests.iter().map(|contest| contest.read(plan.electorates.len()));
        let signatures = u8::try_from(registrars.len()).unwrap_or(u8::MAX);
        let manifest = Manifest {
            ledger: self.party.ledger().chain_id(),
            title: plan.title.read()?,
            kind: plan.kind()?,
            electorates: electorates.collect::<Result<_, _>>()?,
            contests: contests.collect::<Result<_, _>>()?,
            registration: plan.registration.read(made)?,
            casting: plan.casting.read(made)?,
            slot: citizen_primitives::Seconds::new(plan.slot),
            trustees: Trustees {
                threshold: plan.threshold,
                members: trustees.iter().filter_map(trustee).collect(),
            },
            registrars: registrars.iter().map(|record| registrar(record, keys)).collect::<Result<_, _>>()?,
            signatures,
            relays: relays.iter().map(|record| Relay { name: name(record), signing: record.key }).collect(),
            revote: plan.revote(),
            checks: plan.checks,
            reward: self.reward(plan, keys).await?,
        };
        let poll = Poll::new(manifest)?;
        self.keep_districts(plan, &poll)?;
        Ok(poll)
    }

    /// Where a poll's electorates live is no part of its manifest: the office keeps it until it announces both.
    fn keep_districts(&self, plan: &PollPlan, poll: &Poll) -> Result<(), ComposeError> {
        let Some(districts) = plan.districts()? else { return Ok(()) };
        districts.check(poll)?;
        Ok(self.party.db().commit(places::OFFICE_POLL, |writer| {
            Ok::<_, ServiceError>(writer.put(DISTRICTS, poll.id().as_bytes(), &districts)?)
        })?)
    }

    pub(super) fn rolls(&self, draft: Draft) -> Result<Option<Rolls>, ServiceError> {
        Ok(self.party.db().read(|rows| rows.find(DRAFTS, &draft.0))?)
    }

    /// Who has a role now, by the registry.
    pub async fn active(&self, role: Role) -> Result<Vec<RoleRecord>, ServiceError> {
        let key = state_key::role_members(role);
        let ledger = self.party.ledger();
        let proven = ledger.state(places::OFFICE_ASK_STATE, std::slice::from_ref(&key)).await?;
        let RoleMembers(members) =
            proven.get(&key)?.present().map(|members| members.into_parts().0).unwrap_or_default();
        let keys: Vec<_> = members.iter().map(|member| state_key::role(role, member)).collect();
        let proven = ledger.state(places::OFFICE_ASK_STATE, &keys).await?.fresh()?;
        let mut active = Vec::new();
        for key in &keys {
            let record: Option<Verified<RoleRecord>> = proven.get(key)?.present();
            active.extend(record.map(|record| record.into_parts().0));
        }
        active.retain(|record| record.is_active(proven.header().time()));
        Ok(active)
    }

    /// The treasury's key is among those that were asked for.
    async fn reward(&self, plan: &PollPlan, keys: &Drafted) -> Result<Option<Reward>, ComposeError> {
        let Some(reward) = &plan.reward else { return Ok(None) };
        let treasuries = self.active(Role::Treasury).await?;
        let key = treasuries.iter().find_map(|record| keys.get(&record.id())?.first());
        let points = Points::new(reward.points)
            .map_err(|_| PlanError(reward.points.to_string(), "number of points"))?;
        let key = *key.ok_or(ComposeError::Service(ServiceError::NotFound))?;
        Ok(Some(Reward { key, points, legal_basis: reward.legal_basis.read()? }))
    }
}

fn electorate(plan: &ElectoratePlan, roll: &Roll) -> Result<Electorate, PlanError> {
    Ok(Electorate {
        name: plan.name.read()?,
        eligible: plan.eligible.read()?,
        weight: plan.weight,
        roll_root: roll.root(),
        roll_size: u32::try_from(roll.rows().len()).unwrap_or(u32::MAX),
        minimum_turnout: plan.minimum_turnout,
    })
}

fn name(record: &RoleRecord) -> Bilingual {
    Bilingual { ko: record.name_ko.clone(), en: record.name_en.clone() }
}

/// One to whom nothing can be sealed can take no share.
fn trustee(record: &RoleRecord) -> Option<Trustee> {
    let sealing = SealingPublicKey::from_bytes(record.sealing?);
    Some(Trustee { name: name(record), signing: record.key, sealing })
}

fn registrar(record: &RoleRecord, keys: &Drafted) -> Result<Registrar, ComposeError> {
    let id = record.id();
    let keys = keys.get(&id).ok_or(ComposeError::NoKeys(id))?.clone();
    Ok(Registrar { name: name(record), signing: record.key, keys })
}
