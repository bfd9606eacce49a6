//! What an audit found, in words for people.

use crate::failure::Failure;
use crate::narrator::{Line, grouped};
use citizen_primitives::{AmountError, Points};
use city_chain::AuditReport;

/// What an audit found, in one line.
pub(crate) fn audited(report: &AuditReport) -> Result<Line, Failure> {
    let supply = &report.supply;
    let out_of_range = |_: AmountError| Failure(Line::of("audit-failed"));
    let number = |points: Points| grouped(points.amount());
    Ok(Line::of("audit.done")
        .with("blocks", grouped(report.blocks))
        .with("issued", number(supply.issued))
        .with("spendable", number(supply.spendable.total().map_err(out_of_range)?))
        .with("held", number(supply.held.total().map_err(out_of_range)?))
        .with("spent", number(supply.spent))
        .with("redeemed", number(supply.redeemed))
        .with("expired", number(supply.expired)))
}
