//! The end-of-day file, read back by the till itself: records of 120 characters, each ended by CR LF, ASCII; amounts of 12 digits.
//!
//! | record | fields (width) |
//! |---|---|
//! | `H` | version 2 (`01`), merchant 20, day 8, `P` provisional or `F` final 1 |
//! | `D` | number 8, `P` payment or `R` refund 1, time `HHMMSS` 6, the payment id's first 32 digits 32, points 12, won 12, rate 4, supply value of the fee 12, VAT 12 |
//! | `T` | records 8, payments 12, refunds 12; then signed, of 13: points, won, supply value, VAT, payable |

use citizen_primitives::{Day, MerchantId};

/// Characters of a record.
const WIDTH: usize = 120;

/// A file that was read and found to add up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) is_provisional: bool,
    pub(crate) records: Vec<Record>,
    pub(crate) sums: Sums,
}

/// A payment or a refund in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) is_refund: bool,
    /// The first 32 digits of the payment's identifier.
    pub(crate) payment: String,
    pub(crate) points: u64,
    pub(crate) won: u64,
    supply: u64,
    vat: u64,
}

/// The sums at its end; refunds are taken off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) records: u64,
    pub(crate) payments: u64,
    pub(crate) refunds: u64,
    pub(crate) points: i64,
    pub(crate) won: i64,
    pub(crate) supply: i64,
    pub(crate) vat: i64,
    pub(crate) payable: i64,
}

impl File {
    /// Reads a merchant's file of a day. Nothing if a record is not as it should be, it is somebody else's or another day's, or it
    /// does not add up.
    pub(crate) fn read(text: &str, merchant: &MerchantId, day: Day) -> Option<Self> {
        let lines: Vec<&str> = text.strip_suffix("\r\n")?.split("\r\n").collect();
        let [head, records @ .., tail] = lines.as_slice() else { return None };
        let is_provisional = read_head(head, merchant, day)?;
        let records: Vec<Record> =
            (1..).zip(records).map(|(number, line)| Record::read(line, number)).collect::<Option<_>>()?;
        let sums = Sums::read(tail)?;
        (Sums::of(&records)? == sums).then_some(Self { is_provisional, records, sums })
    }
}

fn read_head(line: &str, merchant: &MerchantId, day: Day) -> Option<bool> {
    let mut fields = Fields::of(line, "H01")?;
    (fields.text(20)?.trim_end() == merchant.as_str()).then_some(())?;
    (fields.text(8)? == day.to_digits()).then_some(())?;
    let state = fields.text(1)?;
    fields.end()?;
    match state {
        "P" => Some(true),
        "F" => Some(false),
        _ => None,
    }
}

impl Record {
    fn read(line: &str, number: u64) -> Option<Self> {
        let mut fields = Fields::of(line, "D")?;
        (fields.number(8)? == number).then_some(())?;
        let is_refund = match fields.text(1)? {
            "P" => false,
            "R" => true,
            _ => return None,
        };
        fields.number(6)?;
        let payment = fields.text(32)?.to_owned();
        payment.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).then_some(())?;
        let (points, won) = (fields.number(12)?, fields.number(12)?);
        fields.number(4)?;
        let (supply, vat) = (fields.number(12)?, fields.number(12)?);
        fields.end()?;
        Some(Self { is_refund, payment, points, won, supply, vat })
    }
}

impl Sums {
    fn read(line: &str) -> Option<Self> {
        let mut fields = Fields::of(line, "T")?;
        let sums = Self {
            records: fields.number(8)?,
            payments: fields.number(12)?,
            refunds: fields.number(12)?,
            points: fields.signed()?,
            won: fields.signed()?,
            supply: fields.signed()?,
            vat: fields.signed()?,
            payable: fields.signed()?,
        };
        fields.end()?;
        Some(sums)
    }

    fn of(records: &[Record]) -> Option<Self> {
        let mut sums = Self::default();
        for record in records {
            let Record { is_refund, payment: _, points, won, supply, vat } = record;
            let sum = points.checked_add(*won)?;
            let side = if *is_refund { &mut sums.refunds } else { &mut sums.payments };
            *side = side.checked_add(sum)?;
            let sign = if *is_refund { -1 } else { 1 };
            let added =
                |before: i64, amount: u64| before.checked_add(i64::try_from(amount).ok()?.checked_mul(sign)?);
            sums.records = sums.records.checked_add(1)?;
            sums.points = added(sums.points, *points)?;
            sums.won = added(sums.won, *won)?;
            sums.supply = added(sums.supply, *supply)?;
            sums.vat = added(sums.vat, *vat)?;
        }
        let fee = sums.supply.checked_add(sums.vat)?;
        sums.payable = sums.points.checked_add(sums.won)?.checked_sub(fee)?;
        Some(sums)
    }
}

/// What is left of a record.
struct Fields<'a>(&'a str);

impl<'a> Fields<'a> {
    /// A record that begins so.
    fn of(line: &'a str, begin: &str) -> Option<Self> {
        (line.len() == WIDTH && line.is_ascii()).then_some(())?;
        line.strip_prefix(begin).map(Self)
    }

    fn text(&mut self, width: usize) -> Option<&'a str> {
        let (field, rest) = self.0.split_at_checked(width)?;
        self.0 = rest;
        Some(field)
    }

    fn number(&mut self, width: usize) -> Option<u64> {
        let field = self.text(width)?;
        field.bytes().all(|byte| byte.is_ascii_digit()).then(|| field.parse().ok())?
    }

    fn signed(&mut self) -> Option<i64> {
        let sign = match self.text(1)? {
            "+" => 1,
            "-" => -1,
            _ => return None,
        };
        i64::try_from(self.number(12)?).ok()?.checked_mul(sign)
    }

    /// Nothing but filler.
    fn end(&self) -> Option<()> {
        self.0.bytes().all(|byte| byte == b' ').then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::{PaymentId, Points, RefundId, UnixTime, Won};
    use city_services::centre::{Detail, Fee, SettlementFile};

    fn merchant() -> MerchantId {
        MerchantId::new("2000001").unwrap()
    }

    fn day() -> Day {
        UnixTime::from_seconds(1_795_219_200).day_in_seoul()
    }

    /// What the centre writes.
    fn file() -> SettlementFile {
        let detail = |number: u64, is_refund: bool, points: u64, won: u64| Detail {
            number,
            payment: PaymentId::from_bytes([7; 32]),
            refund: is_refund.then(|| RefundId::from_bytes([8; 32])),
            time: UnixTime::from_seconds(1_795_219_200),
            points: Points::new(points).unwrap(),
            won: Won::new(won).unwrap(),
            rate: 30,
            fee: Fee::of(Won::new(points + won).unwrap(), 30).unwrap(),
        };
        let details = vec![detail(1, false, 5_000, 7_000), detail(2, true, 1_000, 1_400)];
        SettlementFile { merchant: merchant(), day: day(), is_provisional: false, details }
    }

    #[test]
    fn what_the_centre_writes_is_read_and_adds_up() {
        let read = File::read(&file().to_text().unwrap(), &merchant(), day()).unwrap();
        assert_eq!((read.is_provisional, read.records.len()), (false, 2));
        assert_eq!((read.sums.payments, read.sums.refunds), (12_000, 2_400));
        assert_eq!((read.sums.points, read.sums.won), (4_000, 5_600));
        // 36 of 12,000 and 7 of 2,400.
        assert_eq!(read.sums.payable, 9_600 - 29);
        assert!(read.records.iter().all(|record| record.payment == "07".repeat(16)));
        let empty = SettlementFile { details: Vec::new(), ..file() };
        assert_eq!(File::read(&empty.to_text().unwrap(), &merchant(), day()).unwrap().sums, Sums::default());
    }

    #[test]
    fn another_shops_or_days_file_and_one_that_does_not_add_up_are_not_read() {
        let text = file().to_text().unwrap();
        assert!(File::read(&text, &MerchantId::new("2000002").unwrap(), day()).is_none());
        assert!(File::read(&text, &merchant(), day().next()).is_none());
        for broken in ["", "\r\n", "H01", &text[1..], text.trim_end(), "가"] {
            assert!(File::read(broken, &merchant(), day()).is_none(), "{broken}");
        }
        let lines: Vec<&str> = text.split_inclusive("\r\n").collect();
        let without_one = [lines[0], lines[1], lines[3]].concat();
        assert!(File::read(&without_one, &merchant(), day()).is_none());
        for (place, _) in text.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
            // A time, an identifier and a rate are in no sum.
            let column = place % (WIDTH + 2);
            let is_detail = (1..3).contains(&(place / (WIDTH + 2)));
            if is_detail && ((10..48).contains(&column) || (72..76).contains(&column)) {
                continue;
            }
            let digit = if text[place..].starts_with('9') { "8" } else { "9" };
            let changed = format!("{}{digit}{}", &text[..place], &text[place + 1..]);
            assert!(File::read(&changed, &merchant(), day()).is_none(), "{place}");
        }
    }
}
