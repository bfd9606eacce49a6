//! Trustees open the sums of an electorate, once it is over: any threshold of them, and nothing else is ever opened.

use super::{find, signer};
use crate::component::Context;
use crate::overlay::{Overlay, Stop};
use citizen_keys::Signed;
use citizen_ledger::poll::{CeremonyStanding, ElectorateResult, TallyShares};
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{Rejection, Role, state_key};
use citizen_primitives::PollId;
use citizen_voting::ballot::BallotStyle;
use citizen_voting::decryption::{Decryption, DecryptionShares, ShareFault};
use citizen_voting::election::Election;
use citizen_voting::identifier::{ElectorateIndex, TrusteeIndex};
use citizen_voting::manifest::Poll;
use citizen_voting::tally::{EncryptedTally, Tally};

/// Takes a trustee's shares, once; with the last right ones that it takes comes the result. Wrong ones stand beside them, with her
/// signature: nobody but her can have made them.
///
/// What is cheap to know is asked first, and the shares that stand are looked at again only when there are enough for a result. Sums
/// that come to no number leave the electorate without a result: no transaction stops the ledger (STATE-13).
pub(super) fn open(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    shares: &Signed<DecryptionShares>,
) -> Result<(), Stop> {
    let key = signer(overlay, context, transaction, Role::Trustee)?;
    let said = shares.verify(&key).map_err(|_| Rejection::Shares)?;
    let (id, electorate) = (said.poll, said.electorate);
    let (poll, mut record) = find(overlay, id)?;
    let CeremonyStanding::Done(_) = record.ceremony else { return Err(Rejection::PollTime.into()) };
    if context.time < poll.manifest().casting.until {
        return Err(Rejection::PollTime.into());
    }
    let counted = record.electorates.get_mut(usize::from(electorate.number())).ok_or(Rejection::Shares)?;
    let minimum = poll.electorate(electorate).ok_or(Stop::Record)?.minimum_turnout;
    if counted.counted < minimum {
        return Err(Rejection::Turnout.into());
    }
    let parameters = poll.ceremony().map_err(|_| Stop::Record)?;
    let is_hers = parameters.trustee(said.trustee).is_some_and(|keys| keys.signing == key);
    let before: TallyShares = overlay.find_or_default(&state_key::tally_shares(&id, electorate))?;
    let stands_already = before
        .0
        .iter()
        .any(|other| other.dangerous_unverified().is_ok_and(|other| other.trustee == said.trustee));
    if counted.result.is_some() || !is_hers || stands_already {
        return Err(Rejection::Shares.into());
    }
    let election: Election = overlay.find(&state_key::election(&id))?.ok_or(Stop::Record)?;
    let tally = tally(overlay, &poll, &election, electorate)?;
    let mut decryption = Decryption::new(&parameters, &election, &tally);
    stands(decryption.take(shares)).map_err(|_| Rejection::Shares)?;
    let needed = usize::from(parameters.threshold());
    if before.0.len().saturating_add(1) >= needed {
        for other in &before.0 {
            stands(decryption.take(other)).map_err(|_| Stop::Record)?;
        }
        if let Ok(opened) = decryption.result() {
            counted.result = Some(ElectorateResult { counted: opened.counted, contests: opened.contests });
            overlay.put(state_key::poll(&id), &record);
        }
    }
    let all = TallyShares([before.0, vec![shares.clone()]].concat());
    overlay.put(state_key::tally_shares(&id, electorate), &all);
    Ok(())
}

/// The sums of an electorate as the ledger added them up.
fn tally(
    overlay: &Overlay<'_>,
    poll: &Poll,
    election: &Election,
    electorate: ElectorateIndex,
) -> Result<Tally, Stop> {
    let id: PollId = poll.id();
    let style =
        BallotStyle::new(id, electorate, election.key, poll.rules(electorate)).map_err(|_| Stop::Record)?;
    let kept: EncryptedTally = overlay.find(&state_key::tally(&id, electorate))?.ok_or(Stop::Record)?;
    Tally::dangerous_restore(&style, &kept).map_err(|_| Stop::Record)
}

/// What is kept of a trustee: shares that are right, and shares over this tally that are wrong, which open nothing and name her.
fn stands(taken: Result<TrusteeIndex, ShareFault>) -> Result<(), ShareFault> {
    match taken {
        Ok(_) | Err(ShareFault::Shape | ShareFault::Proof { .. }) => Ok(()),
        Err(fault) => Err(fault),
    }
}
