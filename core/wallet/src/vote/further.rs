//! Synchronising: registrations and ballots that are not at their end are brought further.

use crate::error::WalletError;
use crate::record::BallotRow;
use crate::sync::{News, SyncStep};
use crate::wallet::Wallet;

impl Wallet {
    /// Asks registrars that were down again, and takes ballots that nobody has promised to bring to a relay.
    pub(crate) async fn advance_votes(
        &self,
        news: &mut News,
        on_step: &mut (impl FnMut(SyncStep) + Send),
    ) -> Result<(), WalletError> {
        for row in self.registration_rows()? {
            let is_open = self.ballot_rows(&row.poll)?.iter().any(BallotRow::needs_work);
            if row.is_awaited() && !row.is_refused() {
                news.unless_stopped(self.resume_registration(&row.poll).await)?;
            }
            if is_open {
                let view = news.unless_stopped(self.advance_vote(&row.poll).await)?;
                news.votes.extend(view);
            }
        }
        news.votes.iter().for_each(|vote| on_step(SyncStep::Vote(Box::new(vote.clone()))));
        Ok(())
    }
}
