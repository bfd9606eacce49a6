//! The register of residents. In the sandbox it is a data file of people whom nobody made: they are numbered by the sandbox, never by
//! anything that is like a resident registration number.

use citizen_primitives::UnixTime;
use citizen_primitives::text::to_nfc;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer};

/// What the city knows of a resident.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resident {
    /// Her number in this register.
    pub number: String,
    /// Family name: one syllable or two.
    pub family_name: String,
    /// Given name.
    pub given_name: String,
    /// Day of birth.
    #[serde(deserialize_with = "date")]
    pub birth_date: Date,
    /// `gu`.
    pub district: String,
    /// `dong`.
    pub neighbourhood: String,
    /// Since when she lives in Seoul.
    #[serde(deserialize_with = "date")]
    pub resident_since: Date,
    /// Days of birth of her children.
    #[serde(default, deserialize_with = "dates")]
    pub children: Vec<Date>,
    /// Income of her household, in per cent of the median.
    pub household_income_percent: u16,
    /// Whether she has work.
    pub working: bool,
    /// Vaccinations, the newest first.
    #[serde(default)]
    pub vaccinations: Vec<Vaccination>,
    /// The last health check.
    pub check_up: Option<CheckUp>,
}

/// A vaccination.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vaccination {
    /// Against what, in Korean.
    pub name_ko: String,
    /// In English.
    pub name_en: String,
    /// When.
    #[serde(deserialize_with = "date")]
    pub date: Date,
}

/// A health check.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckUp {
    /// When.
    #[serde(deserialize_with = "date")]
    pub date: Date,
    /// How it came out, in Korean.
    pub result_ko: String,
    /// In English.
    pub result_en: String,
}

/// The register.
#[derive(Clone, PartialEq, Eq)]
pub struct ResidentRegister(Vec<Resident>);

/// A text is no register of residents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a register of residents")]
pub struct ResidentRegisterError;

impl ResidentRegister {
    /// The sandbox's residents.
    pub fn sandbox() -> Result<Self, ResidentRegisterError> {
        Self::parse(include_str!("../../data/residents.json"))
    }

    /// Reads a register in JSON. Nobody stands in it twice; texts become NFC.
    pub fn parse(json: &str) -> Result<Self, ResidentRegisterError> {
        let mut residents: Vec<Resident> = serde_json::from_str(json).map_err(|_| ResidentRegisterError)?;
        for resident in &mut residents {
            for text in [
                &mut resident.family_name,
                &mut resident.given_name,
                &mut resident.district,
                &mut resident.neighbourhood,
            ] {
                *text = to_nfc(text);
            }
            // Every text that is issued: verifiers compare exactly (DCQL-5).
            for one in &mut resident.vaccinations {
                one.name_ko = to_nfc(&one.name_ko);
            }
            if let Some(check) = &mut resident.check_up {
                check.result_ko = to_nfc(&check.result_ko);
            }
        }
        let numbers: std::collections::BTreeSet<_> = residents.iter().map(|one| &one.number).collect();
        if numbers.len() == residents.len() { Ok(Self(residents)) } else { Err(ResidentRegisterError) }
    }

    /// Everybody.
    #[cfg(test)]
    pub(super) fn all(&self) -> impl Iterator<Item = &Resident> {
        self.0.iter()
    }

    /// Who has a number.
    #[must_use]
    pub fn find(&self, number: &str) -> Option<&Resident> {
        self.0.iter().find(|resident| resident.number == number)
    }
}

impl Resident {
    /// Whether a name, as somebody writes it, is hers: in NFD too, with a space between family and given name or without.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        let written: String = to_nfc(name).chars().filter(|c| !c.is_whitespace()).collect();
        written == format!("{}{}", self.family_name, self.given_name)
    }

    /// Whether name and day of birth are hers, together.
    #[must_use]
    pub fn is_shown_by(&self, name: &str, birth_date: &str) -> bool {
        self.is_called(name) && self.birth_date.to_string() == birth_date
    }

    /// Full years on a day.
    #[must_use]
    pub fn age(&self, today: Date) -> i16 {
        years(self.birth_date, today)
    }
}

/// A day in a data file: `1999-03-02`.
pub(super) fn date<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}

fn dates<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Date>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    texts.iter().map(|text| text.parse().map_err(serde::de::Error::custom)).collect()
}

/// Full years between two days.
pub(super) fn years(from: Date, today: Date) -> i16 {
    let before = (today.month(), today.day()) < (from.month(), from.day());
    today.year().saturating_sub(from.year()).saturating_sub(i16::from(before))
}

/// The day in Seoul.
pub(super) fn day(now: UnixTime) -> Option<Date> {
    Date::strptime("%Y%m%d", now.day_in_seoul().to_digits()).ok()
}

impl std::fmt::Debug for Resident {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Resident(…)")
    }
}

impl std::fmt::Debug for ResidentRegister {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ResidentRegister({} residents)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuer_2_names_of_one_and_two_syllables_are_found_however_they_are_written() {
        let register = ResidentRegister::sandbox().unwrap();
        let (hong, sunwoo) = (register.find("SB-1001").unwrap(), register.find("SB-1002").unwrap());
        // The same in NFD: every syllable in its letters.
        for name in
            ["홍길동", "홍 길동", "\u{1112}\u{1169}\u{11bc} \u{1100}\u{1175}\u{11af}\u{1103}\u{1169}\u{11bc}"]
        {
            assert!(hong.is_called(name), "{name}");
            assert!(!sunwoo.is_called(name));
        }
        assert!(sunwoo.is_called("선우 용녀") && !hong.is_called("홍길"));
        assert_eq!(format!("{hong:?}"), "Resident(…)");
    }

    #[test]
    fn issuer_2_years_are_full_years() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!(years(date("2007-11-22"), date("2026-11-21")), 18);
        assert_eq!(years(date("2007-11-21"), date("2026-11-21")), 19);
        assert_eq!(day(UnixTime::from_seconds(1_795_219_200)), Some(date("2026-11-21")));
    }

    #[test]
    fn issuer_2_nobody_stands_in_the_register_twice() {
        let one = r#"{"number":"1","family_name":"홍","given_name":"길동","birth_date":"1999-03-02","district":"마포구","neighbourhood":"합정동","resident_since":"2019-05-11","household_income_percent":90,"working":false}"#;
        assert!(ResidentRegister::parse(&format!("[{one}]")).is_ok());
        assert_eq!(ResidentRegister::parse(&format!("[{one},{one}]")), Err(ResidentRegisterError));
    }

    /// Verifiers compare exactly.
    #[test]
    fn issuer_20_every_text_of_the_register_that_is_issued_is_nfc() {
        let (nfd, nfc) = ("\u{1112}\u{1169}\u{11bc}", "홍");
        let one = format!(
            r#"[{{"number":"1","family_name":"{nfd}","given_name":"{nfd}","birth_date":"1999-03-02","district":"{nfd}","neighbourhood":"{nfd}","resident_since":"2019-05-11","household_income_percent":90,"working":false,
            "vaccinations":[{{"name_ko":"{nfd}","name_en":"Hong","date":"2026-10-12"}}],"check_up":{{"date":"2026-04-08","result_ko":"{nfd}","result_en":"Normal"}}}}]"#
        );
        let register = ResidentRegister::parse(&one).unwrap();
        let resident = register.find("1").unwrap();
        let Resident { family_name, given_name, district, neighbourhood, .. } = resident;
        assert_eq!([family_name, given_name, district, neighbourhood], [nfc; 4]);
        assert_eq!(resident.vaccinations[0].name_ko, nfc);
        assert_eq!(resident.check_up.as_ref().unwrap().result_ko, nfc);
    }
}
