//! The restaurant's till shows codes with the amount inside, each good for a while.

use crate::city::City;
use crate::codes;
use crate::failure::Failure;
use crate::merchants::{RESTAURANT, number};
use crate::narrator::Line;
use citizen_primitives::{Seconds, Won};
use std::fmt::Display;
use std::time::{Duration, Instant};

/// The picture of an order that is not paid in time.
pub(super) const SHORT_ORDER: &str = "short-order.png";
/// For how long it may be paid.
pub(super) const SHORT_LIFE: Seconds = Seconds::new(3);

/// An order whose code expires while the story is told.
pub(super) struct ShortOrder(Instant);

impl ShortOrder {
    /// Shows it; from now on its time passes.
    pub(super) fn show(city: &City) -> Result<Self, Failure> {
        show_order(city, SHORT_ORDER, 6_000, SHORT_LIFE)?;
        Ok(Self(Instant::now()))
    }

    /// The time really passes: the centre looks at its clock, and nobody sets it.
    pub(super) async fn wait_until_expired(&self) {
        let life = Duration::from_secs(SHORT_LIFE.count());
        tokio::time::sleep(life.saturating_sub(self.0.elapsed())).await;
    }
}

/// Has a code made by the centre and shows it as a picture.
pub(super) fn show_order(
    city: &City,
    name: &'static str,
    won: u64,
    life: Seconds,
) -> Result<&'static str, Failure> {
    let merchant = number(RESTAURANT).map_err(failed)?;
    let text =
        city.centre().order_code_for(&merchant, Won::new(won).map_err(failed)?, life).map_err(failed)?;
    let picture = codes::of(name, &text).map_err(failed)?;
    codes::write(&city.folder().file("codes"), &[picture]).map_err(failed)?;
    Ok(name)
}

fn failed(error: impl Display) -> Failure {
    Failure(Line::same(error))
}
