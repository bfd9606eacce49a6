//! Trustees open the sums of an electorate, once it is over: any threshold of them, and nothing else is ever opened.

use super::ceremony::resume;
use super::{find, signer};
use crate::component::Context;
use crate::overlay::{Overlay, Stop};
use citizen_keys::Signed;
use citizen_ledger::poll::{CeremonyMessages, ElectorateResult, TallyShares};
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{Rejection, Role, state_key};
use citizen_voting::ballot::BallotStyle;
use citizen_voting::ceremony::Phase;
use citizen_voting::decryption::{Decryption, DecryptionShares, ShareFault};
use citizen_voting::identifier::TrusteeIndex;
use citizen_voting::tally::{EncryptedTally, Tally};

/// Takes a trustee's shares, once; with the last right ones that it takes comes the result. Wrong ones stand beside them, with her
/// signature: nobody but her can have made them.
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
    if context.time < poll.manifest().casting.until {
        return Err(Rejection::PollTime.into());
    }
    let counted = record.electorates.get_mut(usize::from(electorate.number())).ok_or(Rejection::Shares)?;
    let minimum = poll.electorate(electorate).ok_or(Stop::Record)?.minimum_turnout;
    if counted.counted < minimum {
        return Err(Rejection::Turnout.into());
    }
    if counted.result.is_some() {
        return Err(Rejection::Shares.into());
    }
    let parameters = poll.ceremony().map_err(|_| Stop::Record)?;
    let messages: CeremonyMessages = overlay.find_or_default(&state_key::ceremony(&id))?;
    let Phase::Done(election) = resume(&poll, &messages)?.phase() else {
        return Err(Rejection::PollTime.into());
    };
    let style =
        BallotStyle::new(id, electorate, election.key, poll.rules(electorate)).map_err(|_| Stop::Record)?;
    let kept: EncryptedTally = overlay.find(&state_key::tally(&id, electorate))?.ok_or(Stop::Record)?;
    let tally = Tally::restore(&style, &kept).map_err(|_| Stop::Record)?;
    let before: TallyShares = overlay.find_or_default(&state_key::tally_shares(&id, electorate))?;
    if before.0.iter().any(|other| other.verify(&key).is_ok()) {
        return Err(Rejection::Shares.into());
    }
    let mut decryption = Decryption::new(&parameters, &election, &tally);
    for other in &before.0 {
        stands(decryption.take(other)).map_err(|_| Stop::Record)?;
    }
    stands(decryption.take(shares)).map_err(|_| Rejection::Shares)?;
    if decryption.valid().count() >= usize::from(parameters.threshold()) {
        let opened = decryption.result().map_err(|_| Stop::Record)?;
        counted.result = Some(ElectorateResult { counted: opened.counted, contests: opened.contests });
        overlay.put(state_key::poll(&id), &record);
    }
    let all = TallyShares([before.0, vec![shares.clone()]].concat());
    overlay.put(state_key::tally_shares(&id, electorate), &all);
    Ok(())
}

/// What is kept of a trustee: shares that are right, and shares over this tally that are wrong, which open nothing and name her.
fn stands(taken: Result<TrusteeIndex, ShareFault>) -> Result<(), ShareFault> {
    match taken {
        Ok(_) | Err(ShareFault::Shape | ShareFault::Proof { .. }) => Ok(()),
        Err(fault) => Err(fault),
    }
}
