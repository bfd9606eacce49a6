//! The poll closes, the trustees open the sums, and her phone verifies all of it.

use super::{GONE, LATE, PAUSE, Polling, line_of, listed};
use crate::failure::Failure;
use crate::narrator::Line;
use crate::story::{Story, amount};
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{Clock as _, Seconds};
use citizen_wallet::view::PollReportView;
use city_services::trustee::Conduct;
use std::io::Write;
use std::time::{Duration, Instant};

/// How long after casting the sums may need to be opened.
const PATIENCE: Seconds = Seconds::new(240);

impl<W: Write> Story<'_, W> {
    pub(super) async fn see_the_result(&mut self, polling: &Polling) -> Result<(), Failure> {
        self.narrator.step("name.result", &Line::of("result.closing"))?;
        let latest = polling.poll.manifest().casting.until.plus(PATIENCE).since(SystemClock.now());
        let latest = Duration::from_secs(latest.count());
        let opened = tokio::time::timeout(latest, self.until_opened(polling));
        opened.await.unwrap_or_else(|_| Err(Failure(Line::of("poll.no-result"))))?;
        let (wallet, id) = (&self.citizen.wallet, polling.poll.id());
        let began = Instant::now();
        let report = wallet.verify_poll(&id, |_| {}).await?;
        let seconds = format!("{:.1}", began.elapsed().as_secs_f64());
        if !*report.ok() || !wallet.verify_counted(&id).await?.is_counted() {
            let failure = report.first_failure().clone().unwrap_or_default();
            return Err(Failure(Line::of("poll.not-verified").with("failure", failure)));
        }
        self.narrator.more(&sums(&report))?;
        let gone = self.city.voting().trustees.get(GONE).map(|trustee| trustee.party().id());
        // The manifest names them in an order of its own.
        let mut trustees = polling.poll.manifest().trustees.members.iter();
        let gone = trustees.find(|trustee| Some(trustee.signing.id()) == gone).map(|trustee| &trustee.name);
        let gone =
            gone.map_or_else(|| Line::same(GONE), |name| Line::new(name.ko.as_str(), name.en.as_str()));
        let line = Line::of("result.trustees")
            .with_line("gone", &gone)
            .with_line("blamed", &listed(report.blamed().iter()));
        self.narrator.more(&line)?;
        let checks = report.checks().iter().map(|check| *check.count()).fold(0_u64, u64::saturating_add);
        let line = Line::of("result.verified")
            .with("checks", amount(checks))
            .with("kinds", report.checks().len())
            .with("counted", report.counted())
            .with("spoiled", report.spoiled())
            .with("replaced", report.replaced())
            .with("time", seconds);
        Ok(self.narrator.more(&line)?)
    }

    async fn until_opened(&self, polling: &Polling) -> Result<(), Failure> {
        self.wait_for_the_liar(polling).await?;
        while *self.citizen.wallet.poll(&polling.poll.id()).await?.phase() != "published" {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// The last trustee whose share is needed comes when the lie stands on the ledger, so that it can be told.
    async fn wait_for_the_liar(&self, polling: &Polling) -> Result<(), Failure> {
        loop {
            let progress = polling.admin.watch(&polling.poll.id()).await?;
            if progress.opened.iter().flatten().any(|opener| !opener.is_right) {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        let late = self.city.voting().trustees.get(LATE);
        late.into_iter().for_each(|trustee| trustee.set_conduct(Conduct::Honest));
        Ok(())
    }
}

/// What each option got.
fn sums(report: &PollReportView) -> Line {
    let mut all = Line::same("");
    for (number, result) in report.result().iter().enumerate() {
        let one = Line::of(if number == 0 { "result.first" } else { "result.next" });
        all = one
            .with_line("before", &all)
            .with_line("option", &line_of(result.name()))
            .with("votes", result.votes());
    }
    all
}
