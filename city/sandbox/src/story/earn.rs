//! She earns points: tax paid on time, an opinion poll, eco mileage.

use super::{Story, amount};
use crate::failure::Failure;
use crate::narrator::Line;
use citizen_wallet::{Claim, WalletError};
use std::io::Write;

/// What the sandbox's register holds for everybody, in the order in which she claims it: one of each a run.
const CLAIMS: [(&str, &str, &[&str]); 3] = [
    ("etax", "earn.tax", &["bill-2026-07", "bill-2026-09", "bill-2026-10"]),
    ("poll", "earn.poll", &["poll-han-river-paths", "poll-night-buses"]),
    ("eco", "earn.eco", &["eco-2026-h1", "eco-2025-h2"]),
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
        let already = Line::of("earn.already").with_line("what", &name);
        let Some(next) = evidence.get(self.grants(programme).await?) else { return Ok(already) };
        match self.citizen.wallet.earn(&Claim::new(programme, next)?).await {
            Ok(earned) => {
                let points = amount(earned.points().amount());
                Ok(Line::of("earn.granted").with_line("what", &name).with("points", points))
            }
            Err(WalletError::Refused { .. }) => Ok(already),
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
