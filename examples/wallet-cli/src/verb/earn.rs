//! `earn`: points for what was done.

use crate::answer::{Answer, Failure, message};
use crate::arguments::{Arguments, Earn};
use crate::verb::show;
use crate::{folder, human};
use citizen_wallet::Claim;

pub(crate) async fn earn(arguments: &Arguments, earn: &Earn) -> Result<Answer, Failure> {
    let claim = Claim::new(&earn.kind, &earn.evidence)?;
    let wallet = folder::open(arguments)?;
    human::progress(
        arguments,
        &message("시 재정에 신청하고 장부를 확인하는 중", "claiming, then asking the ledger"),
    );
    let earned = wallet.earn(&claim).await?;
    let lines = vec![
        message(format!("포인트 +{}점", earned.points()), format!("Points +{}", earned.points())),
        show::attested(earned.attested()),
        show::verified(earned.verified()),
    ];
    Ok(Answer::of(&earned, lines))
}
