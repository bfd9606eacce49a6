//! Finding the polls in which she has a seat, in the public log of all polls.

use super::Trustee;
use super::record::{CURSOR, POLLS, READ, Seat, Standing};
use crate::db::Rows as _;
use crate::error::ServiceError;
use crate::log;
use crate::places;
use citizen_keys::Secret32;
use citizen_ledger::state_key;
use citizen_merkle::{Frontier, leaf_hash};
use citizen_primitives::PollId;
use citizen_voting::ceremony::TrusteeMemory;
use citizen_voting::decryption::DecryptionMemory;
use citizen_voting::manifest::{Manifest, Poll};
use zeroize::Zeroizing;

/// What a ceremony's seed is sealed in.
const SEED_CONTEXT: &[u8] = b"seoul-wallet/ceremony-seed";

impl Trustee {
    /// Takes her seats in the polls that were announced since the last time; says how many.
    pub(super) async fn find(&self) -> Result<u32, ServiceError> {
        let seen: Option<Frontier> = self.party.db().read(|rows| rows.find(CURSOR, READ))?;
        let mut seen = seen.unwrap_or_default();
        let (place, polls) = (places::TRUSTEE_ASK_POLLS, state_key::polls());
        let proven = self.party.ledger().state(place, std::slice::from_ref(&polls)).await?;
        let mut found = 0;
        // A gateway can neither hide a poll nor make one up.
        for leaf in log::follow(&self.party, place, &polls, &seen, &proven).await?.leaves {
            let id = <[u8; 32]>::try_from(leaf.bytes.as_slice()).map_err(|_| ServiceError::Malformed)?;
            seen.append(leaf_hash(&leaf.bytes));
            found += u32::from(self.take_seat(PollId::from_bytes(id), &seen).await?);
        }
        Ok(found)
    }

    /// Takes her seat, if the manifest names her; the seed of the ceremony is on the disk before she speaks.
    async fn take_seat(&self, id: PollId, seen: &Frontier) -> Result<bool, ServiceError> {
        let key = state_key::manifest(&id);
        let proven = self.party.ledger().state(places::TRUSTEE_ASK_POLLS, std::slice::from_ref(&key)).await?;
        let (manifest, _) =
            proven.get::<Manifest>(&key)?.present().ok_or(ServiceError::Unavailable)?.into_parts();
        let is_hers = match Poll::new(manifest.clone()) {
            Ok(poll) if poll.id() == id => manifest.trustees.members.iter().any(|member| {
                member.signing == self.party.signing().public() && member.sealing == self.sealing.public()
            }),
            Ok(_) | Err(_) => return Err(ServiceError::Malformed),
        };
        let seat = is_hers.then(|| self.seat(id, manifest)).transpose()?;
        self.party.db().commit(places::TRUSTEE_FOUND, |writer| {
            writer.put(CURSOR, READ, seen)?;
            if let Some(seat) = &seat {
                writer.put(POLLS, id.as_bytes(), seat)?;
            }
            Ok::<_, ServiceError>(())
        })?;
        Ok(is_hers)
    }

    fn seat(&self, id: PollId, manifest: Manifest) -> Result<Seat, ServiceError> {
        let seed = Zeroizing::new(self.party.random::<32>());
        let context = [SEED_CONTEXT, id.as_bytes()].concat();
        let seed = self.party.seal(self.sealing.public().as_bytes(), &context, seed.as_slice())?;
        Ok(Seat {
            manifest,
            seed,
            memory: TrusteeMemory::default(),
            decrypted: DecryptionMemory::default(),
            outbox: Vec::new(),
            standing: Standing::Attending,
        })
    }

    /// The seed of a poll's ceremony, while she needs it.
    pub(super) fn seed(&self, id: &PollId, seat: &Seat) -> Result<Secret32, ServiceError> {
        let context = [SEED_CONTEXT, id.as_bytes()].concat();
        let opened = self.sealing.open(&context, &seat.seed).map_err(|_| ServiceError::Unavailable)?;
        let seed = <[u8; 32]>::try_from(opened.as_slice()).map_err(|_| ServiceError::Unavailable)?;
        Ok(Secret32::take(Zeroizing::new(seed)))
    }
}
