//! She earns points, and her phone checks that they are there.

use super::Stage;
use crate::cli::Failure;
use crate::narrator::Line;
use citizen_wallet::{Claim, Points};
use std::io::Write;
use std::time::Instant;

/// What the treasury's register knows of her: programme, evidence, and how the story calls it.
const CLAIMS: [(&str, &str, &str); 3] = [
    ("etax", "bill-2026-07", "earn.tax"),
    ("poll", "poll-han-river-paths", "earn.poll"),
    ("eco", "eco-2026-h1", "earn.eco"),
];

impl<W: Write> Stage<'_, W> {
    /// Earns by tax, poll and eco mileage; what was granted in an earlier run stays granted once.
    pub(super) async fn earn(&mut self) -> Result<(), Failure> {
        let mut points = *self.wallet.balance().await?.points().points();
        for (programme, evidence, what) in CLAIMS {
            self.wallet.earn(&Claim::new(programme, evidence)?).await?;
            let now = *self.wallet.balance().await?.points().points();
            let line = match now.minus(points) {
                Ok(gained) if gained > Points::ZERO => Line::of("earn.granted").with("points", gained),
                _ => Line::of("earn.already"),
            };
            self.narrator.step("name.earn", &line.with_line("what", &Line::of(what)))?;
            points = now;
        }
        let asked = Instant::now();
        let balance = self.wallet.balance().await?;
        let took = asked.elapsed();
        let mark = balance.points().verified();
        self.narrator.more(&Line::of("earn.sum").with("points", balance.points().points()))?;
        let line = Line::of("checked")
            .with("height", mark.height())
            .with("signers", mark.signers())
            .with("validators", mark.validators())
            .with("time", took.as_millis());
        Ok(self.narrator.more(&line)?)
    }
}
