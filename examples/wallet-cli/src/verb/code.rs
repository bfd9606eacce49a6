//! `inspect` and `scan`: what a code says, and whose it is.

use crate::answer::{Answer, Failure, message};
use crate::arguments::{Arguments, Code, Inspect};
use crate::verb::show;
use crate::{folder, picture};
use citizen_wallet::view::MerchantView;
use citizen_wallet::{Leniency, Message};
use serde_json::Value;

pub(crate) fn inspect(inspect: &Inspect) -> Result<Answer, Failure> {
    let leniency = if inspect.lenient { Leniency::Lenient } else { Leniency::Strict };
    let readings = picture::read_all(&inspect.code.code, leniency)?;
    let codes: Vec<String> = readings.iter().map(|reading| reading.text.clone()).collect();
    let reading = picture::picked(readings, inspect.code.pick.unwrap_or(1)).ok_or(picture::no_code())?;
    let answer = Answer { fields: picture::fields(&reading), lines: picture::lines(&reading) };
    Ok(answer.with("codes", codes))
}

pub(crate) async fn scan(arguments: &Arguments, code: &Code) -> Result<Answer, Failure> {
    let reading = picture::read(code.code.trim(), code.pick, Leniency::Strict)?;
    let wallet = folder::open(arguments)?;
    let scanned = wallet.scan(reading).await?;
    let merchant = scanned.merchant();
    let mut lines = picture::lines(scanned.reading());
    lines.extend(merchant_lines(&merchant));
    let Answer { fields: merchant_fields, lines: _ } = Answer::of(&merchant, Vec::new());
    let status = *merchant.status();
    let answer = Answer { fields: picture::fields(scanned.reading()), lines };
    Ok(answer.with("status", status).with("merchant", Value::Object(merchant_fields)))
}

fn merchant_lines(merchant: &MerchantView) -> Vec<Message> {
    let name = merchant.name().as_ref().map_or("-", |name| name.as_str());
    let district = merchant.district().as_ref().map_or("", |district| district.as_str());
    let status = merchant.status();
    vec![
        message(
            format!("가맹점 {name} {district}: {status}"),
            format!("Merchant {name} {district}: {status}"),
        ),
        show::attested(merchant.attested()),
    ]
}
