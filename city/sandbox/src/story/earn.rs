//! She earns points: tax paid on time, an opinion poll, eco mileage.

use super::{Story, amount};
use crate::failure::Failure;
use crate::narrator::Line;
use citizen_wallet::{Claim, WalletError};
use std::io::Write;

/// What the sandbox's register holds for everybody, in the order in which she claims it: one of each a run, as long as there is
/// one that was not granted yet.
const CLAIMS: [(&str, &str, &[&str]); 3] = [
    ("etax", "earn.tax", &["bill-2026-07", "bill-2026-09", "bill-2026-10"]),
    ("poll", "earn.poll", &["poll-han-river-paths", "poll-night-buses"]),
    ("eco", "earn.eco", &["eco-2025-h2", "eco-2026-h1"]),
];

impl<W: Write> Story<'_, W> {
    pub(super) async fn earn(&mut self) -> Result<(), Failure> {
        let mut lines = Vec::new();
        for (programme, name, evidence) in CLAIMS {
            lines.push(self.claim_next(programme, name, evidence).await?);
        }
        let balance = self.citizen.wallet.balance().await?;
        let points = balance.points();
        let sum = Line::of("earn.sum").with("points", amount(points.points().amount()));
        let [tax, poll, eco] = lines.as_slice() else { return Ok(()) };
        let line = Line::of("earn.line").with_line("tax", tax).with_line("poll", poll).with_line("eco", eco);
        self.narrator.step("name.earn", &line.with_line("sum", &sum))?;
        let mark = points.verified().clone();
        self.checked(&mark)
    }

    /// Claims what follows the grants that her history shows.
    async fn claim_next(&self, programme: &str, name: &str, evidence: &[&str]) -> Result<Line, Failure> {
        let name = Line::of(name);
        let Some(next) = evidence.get(self.grants(programme).await?) else {
            let all = Line::of("earn.all").with_line("what", &name).with("count", evidence.len());
            return Ok(all);
        };
        match self.citizen.wallet.earn(&Claim::new(programme, next)?).await {
            Ok(earned) => {
                let points = amount(earned.points().amount());
                Ok(Line::of("earn.granted").with_line("what", &name).with("points", points))
            }
            // A year's cap, say: the treasury's own reason.
            Err(WalletError::Refused { reason, .. }) => {
                let reason = reason.message();
                let reason = Line::new(reason.ko.trim_end_matches('.'), reason.en.trim_end_matches('.'));
                Ok(Line::of("earn.refused").with_line("what", &name).with_line("reason", &reason))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// How often a programme has granted her points.
    async fn grants(&self, programme: &str) -> Result<usize, Failure> {
        let history = self.citizen.wallet.history().await?;
        let of = |text: &str| text.contains(programme);
        let granted =
            |entry: &&citizen_wallet::view::EntryView| *entry.kind() == "granted" && of(&entry.text().en);
        Ok(history.entries().iter().filter(granted).count())
    }
}
