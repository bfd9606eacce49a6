//! Whether what is opened may be opened, who decrypted it, and whether the published result is what comes out (VOTE-17, VOTE-55).

use super::report::{CheckName, FailureReason, Findings};
use crate::ceremony::CeremonyParameters;
use crate::decryption::{Decryption, DecryptionShares, ShareFault};
use crate::election::Election;
use crate::identifier::{ElectorateIndex, TrusteeIndex};
use crate::manifest::Poll;
use crate::result::{ContestSums, ElectorateResult, PollResult};
use crate::tally::Tally;
use crate::verify::PollRecord;
use citizen_keys::Signed;

type Blamed = Vec<(ElectorateIndex, TrusteeIndex)>;

/// What a result is worked out with.
pub(super) struct Opening<'a> {
    pub(super) poll: &'a Poll,
    pub(super) parameters: &'a CeremonyParameters,
    pub(super) election: &'a Election,
}

/// Works the result out of board and shares, and holds the published one against it.
pub(super) fn check(
    opening: &Opening<'_>,
    record: &PollRecord,
    tallies: &[Tally],
    findings: &mut Findings,
) -> (Option<PollResult>, Blamed) {
    let Opening { poll, .. } = opening;
    let published = &record.result;
    let electorates = poll.manifest().electorates.len();
    let lists = [published.electorates.len(), record.shares.len()];
    if published.poll != poll.id() || lists != [electorates; 2] || tallies.len() != electorates {
        findings.note(CheckName::Result, None, Err(FailureReason::AnotherResult));
        return (None, vec![]);
    }
    let mut blamed = Blamed::new();
    let lists = tallies.iter().zip(&record.shares).zip(&published.electorates);
    let worked_out: Vec<Option<ElectorateResult>> = lists
        .map(|((tally, shares), published)| {
            let result = opening.electorate(tally, shares, published, &mut blamed, findings)?;
            let same = result == *published;
            let electorate = tally.electorate();
            let result_check = if same { Ok(()) } else { Err(FailureReason::WrongResult { electorate }) };
            findings.note(CheckName::Result, None, result_check);
            Some(result)
        })
        .collect();
    let electorates: Option<Vec<_>> = worked_out.into_iter().collect();
    (electorates.map(|electorates| PollResult { poll: poll.id(), electorates }), blamed)
}

impl Opening<'_> {
    fn electorate(
        &self,
        tally: &Tally,
        shares: &[Signed<DecryptionShares>],
        published: &ElectorateResult,
        blamed: &mut Blamed,
        findings: &mut Findings,
    ) -> Option<ElectorateResult> {
        let (electorate, counted) = (tally.electorate(), tally.counted());
        let minimum = self.poll.electorate(electorate)?.minimum_turnout;
        let enough = counted >= u64::from(minimum);
        let opened = !shares.is_empty() || published.sums.is_some();
        let turnout = match (enough, opened) {
            (false, true) => Err(FailureReason::OpenedBelowTurnout { electorate, counted, minimum }),
            (true, false) => Err(FailureReason::NotOpened { electorate, counted }),
            _ => Ok(()),
        };
        let allowed = turnout.is_ok();
        findings.note(CheckName::Turnout, None, turnout);
        if !allowed {
            return None;
        }
        let counted = u32::try_from(counted).unwrap_or(u32::MAX);
        if !enough {
            return Some(ElectorateResult { counted, sums: None });
        }
        let sums = self.decrypt(tally, shares, blamed, findings)?;
        Some(ElectorateResult { counted, sums: Some(sums) })
    }

    fn decrypt(
        &self,
        tally: &Tally,
        shares: &[Signed<DecryptionShares>],
        blamed: &mut Blamed,
        findings: &mut Findings,
    ) -> Option<Vec<ContestSums>> {
        let electorate = tally.electorate();
        let mut decryption = Decryption::new(self.parameters, self.election, tally);
        for signed in shares {
            let trustee = signed.dangerous_unverified().map(|shares| shares.trustee).ok();
            let result = match (decryption.take(signed), trustee) {
                (Ok(_), _) => Ok(()),
                // Signed and wrong: her fault alone, and no other's result.
                (Err(ShareFault::Shape | ShareFault::Proof { .. }), Some(trustee)) => {
                    blamed.push((electorate, trustee));
                    Ok(())
                }
                (Err(ShareFault::AnotherTally), Some(trustee)) => {
                    blamed.push((electorate, trustee));
                    Err(FailureReason::AnotherTally { electorate, trustee })
                }
                (Err(_), _) => Err(FailureReason::StrayShares { electorate }),
            };
            findings.note(CheckName::Shares, None, result);
        }
        match decryption.result() {
            Ok(opened) => {
                let sums = |(contest, cells)| ContestSums { contest, cells };
                Some(opened.contests.into_iter().map(sums).collect())
            }
            Err(reason) => {
                findings.note(
                    CheckName::Shares,
                    None,
                    Err(FailureReason::NotDecrypted { electorate, reason }),
                );
                None
            }
        }
    }
}
