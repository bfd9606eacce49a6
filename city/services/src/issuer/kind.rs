//! What is issued, and what of the register stands in it.

use super::register::{Resident, date, years};
use citizen_client::authorised::{CITIZEN_CARD, VOTER};
use citizen_openid4vc::http::Endpoint;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A type of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CredentialKind {
    /// The citizen card.
    CitizenCard,
    /// That somebody lives in Seoul, where, and since when.
    ResidentCertificate,
    /// The card of families with several children.
    MultiChildCard,
    /// That somebody may have the youth allowance; not why.
    YouthAllowance,
    /// Vaccinations.
    Vaccination,
    /// The last health check. It comes from the hospital, a while later.
    HealthCheck,
    /// Membership of the city's libraries. Its type is described at the issuer's address.
    LibraryMembership,
}

/// The rules of eligibility, each with its date and its source.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EligibilityRules {
    youth_allowance: Vec<Dated<YouthAllowance>>,
    multi_child: Vec<Dated<MultiChild>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dated<T> {
    #[serde(deserialize_with = "date")]
    from: Date,
    value: T,
    #[allow(dead_code, reason = "for whoever reads the data")]
    source: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct YouthAllowance {
    youngest: i16,
    oldest: i16,
    highest_income_percent: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct MultiChild {
    fewest_children: usize,
    youngest_at_most: i16,
}

/// A text has no rules of eligibility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no rules of eligibility")]
pub struct EligibilityError;

impl EligibilityRules {
    /// The sandbox's.
    pub fn sandbox() -> Result<Self, EligibilityError> {
        serde_json::from_str(include_str!("../../data/eligibility.json")).map_err(|_| EligibilityError)
    }

    fn has_youth_allowance(&self, resident: &Resident, today: Date) -> bool {
        in_force(&self.youth_allowance, today).is_some_and(|rule| {
            (rule.youngest..=rule.oldest).contains(&resident.age(today))
                && resident.household_income_percent <= rule.highest_income_percent
                && !resident.working
        })
    }

    fn is_multi_child(&self, resident: &Resident, today: Date) -> bool {
        let youngest = resident.children.iter().map(|born| years(*born, today)).min();
        in_force(&self.multi_child, today).is_some_and(|rule| {
            resident.children.len() >= rule.fewest_children
                && youngest.is_some_and(|age| age <= rule.youngest_at_most)
        })
    }
}

fn names(ko: &str, en: &str) -> Value {
    json!([{ "name": ko, "locale": "ko" }, { "name": en, "locale": "en" }])
}

/// The newest rule that is in force.
fn in_force<T>(rules: &[Dated<T>], today: Date) -> Option<&T> {
    rules.iter().filter(|rule| rule.from <= today).max_by_key(|rule| rule.from).map(|rule| &rule.value)
}

impl CredentialKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::CitizenCard,
        Self::ResidentCertificate,
        Self::MultiChildCard,
        Self::YouthAllowance,
        Self::Vaccination,
        Self::HealthCheck,
        Self::LibraryMembership,
    ];

    /// Its name among the issuer's configurations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CitizenCard => "citizen-card",
            Self::ResidentCertificate => "resident-certificate",
            Self::MultiChildCard => "multi-child-card",
            Self::YouthAllowance => "youth-allowance",
            Self::Vaccination => "vaccination",
            Self::HealthCheck => "health-check",
            Self::LibraryMembership => "library-membership",
        }
    }

    /// Its type, `vct`: a name, or for one that is described the address of the description, at the issuer with this identifier (ISSUER-22). `None` if that is
    /// not known.
    #[must_use]
    pub fn vct(self, issuer: Option<&Endpoint>) -> Option<String> {
        let named = match self {
            Self::CitizenCard => CITIZEN_CARD,
            Self::ResidentCertificate => "urn:seoul:resident-certificate:1",
            Self::MultiChildCard => "urn:seoul:multi-child-card:1",
            Self::YouthAllowance => "urn:seoul:youth-allowance:1",
            Self::Vaccination => "urn:seoul:vaccination:1",
            Self::HealthCheck => "urn:seoul:health-check:1",
            Self::LibraryMembership => {
                let (origin, path) = issuer.map(|issuer| (issuer.origin(), issuer.path()))?;
                return Some(format!("{origin}/.well-known/vct{path}/{}", self.name()));
            }
        };
        Some(named.to_owned())
    }

    /// Whether its type is described.
    pub(super) const fn is_described(self) -> bool {
        matches!(self, Self::LibraryMembership)
    }

    /// Its name in Korean and in English.
    #[must_use]
    pub const fn titles(self) -> (&'static str, &'static str) {
        match self {
            Self::CitizenCard => ("서울시민카드", "Seoul citizen card"),
            Self::ResidentCertificate => ("거주 확인서", "Resident certificate"),
            Self::MultiChildCard => ("다자녀 카드", "Multi-child card"),
            Self::YouthAllowance => ("청년수당 자격", "Youth allowance eligibility"),
            Self::Vaccination => ("예방접종 증명서", "Vaccination certificate"),
            Self::HealthCheck => ("건강검진 확인서", "Health check certificate"),
            Self::LibraryMembership => ("서울시 도서관 회원증", "Seoul library membership"),
        }
    }

    /// The one with this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it takes a while.
    pub(super) const fn is_deferred(self) -> bool {
        matches!(self, Self::HealthCheck)
    }

    /// `credential_metadata` of OpenID4VCI 1.0, section 12.2.4: what it and its claims are called, in Korean and in English (ISSUER-20).
    pub(super) fn metadata(self) -> Value {
        let claim = |(path, ko, en): &(&str, &str, &str)| {
            // `[]` stands for any element of an array.
            let step = |step: &str| if step == "[]" { Value::Null } else { step.into() };
            json!({ "path": path.split('.').map(step).collect::<Vec<_>>(), "display": names(ko, en) })
        };
        let (ko, en) = self.titles();
        // What is described says itself what its claims are called.
        let labels = if self.is_described() { &[] } else { self.labels() };
        json!({ "display": names(ko, en), "claims": labels.iter().map(claim).collect::<Vec<_>>() })
    }

    /// What its claims are called.
    pub(super) const fn labels(self) -> &'static [(&'static str, &'static str, &'static str)] {
        match self {
            Self::CitizenCard => &[
                ("family_name", "성", "Family name"),
                ("given_name", "이름", "Given name"),
                ("birthdate", "생년월일", "Date of birth"),
                ("age_over_14", "14세 이상", "14 or older"),
                ("age_over_19", "19세 이상", "19 or older"),
                ("age_over_65", "65세 이상", "65 or older"),
                ("address", "주소", "Address"),
                ("address.region", "시·도", "Region"),
                ("address.district", "자치구", "District"),
                ("address.neighbourhood", "동", "Neighbourhood"),
                (VOTER, "선거인 명부 번호", "Number on electoral rolls"),
            ],
            Self::ResidentCertificate => &[
                ("family_name", "성", "Family name"),
                ("given_name", "이름", "Given name"),
                ("resident_since", "거주 시작일", "Resident since"),
                ("full_years", "거주 햇수", "Full years of residence"),
                ("address", "주소", "Address"),
                ("address.region", "시·도", "Region"),
                ("address.district", "자치구", "District"),
                ("address.neighbourhood", "동", "Neighbourhood"),
            ],
            Self::MultiChildCard => {
                &[("eligible", "다자녀 가구", "Has several children"), ("children", "자녀 수", "Children")]
            }
            Self::YouthAllowance => {
                &[("eligible", "청년수당 대상", "May have the youth allowance"), ("year", "연도", "Year")]
            }
            Self::Vaccination => &[
                ("vaccinations", "예방접종", "Vaccinations"),
                ("vaccinations.[].name", "백신", "Vaccine"),
                ("vaccinations.[].name_en", "백신(영문)", "Vaccine, in English"),
                ("vaccinations.[].date", "접종일", "Date"),
            ],
            Self::HealthCheck => &[
                ("date", "검진일", "Date"),
                ("result", "결과", "Result"),
                ("result_en", "결과(영문)", "Result, in English"),
            ],
            Self::LibraryMembership => &[
                ("member_name", "회원 이름", "Member's name"),
                ("district", "주 이용 자치구", "District of the home library"),
                ("is_child", "어린이 회원", "Child member"),
            ],
        }
    }

    /// The claims about a resident, each to be shown or not as she likes (ISSUER-2). `None` if the register shows nothing of the kind.
    /// Every credential of a type has the same names: how many there are says nothing.
    pub(super) fn claims(
        self,
        resident: &Resident,
        rules: &EligibilityRules,
        today: Date,
    ) -> Option<Map<String, Value>> {
        let claims = match self {
            Self::CitizenCard => json!({
                "family_name": resident.family_name, "given_name": resident.given_name,
                "birthdate": resident.birth_date.to_string(),
                "age_over_14": resident.age(today) >= 14, "age_over_19": resident.age(today) >= 19,
                "age_over_65": resident.age(today) >= 65,
                "address": { "region": "서울특별시", "district": resident.district, "neighbourhood": resident.neighbourhood },
            }),
            Self::ResidentCertificate => json!({
                "family_name": resident.family_name, "given_name": resident.given_name,
                "resident_since": resident.resident_since.to_string(),
                "full_years": years(resident.resident_since, today),
                "address": { "region": "서울특별시", "district": resident.district, "neighbourhood": resident.neighbourhood },
            }),
            Self::MultiChildCard => {
                rules.is_multi_child(resident, today).then_some(())?;
                json!({ "eligible": true, "children": resident.children.len() })
            }
            Self::YouthAllowance => {
                rules.has_youth_allowance(resident, today).then_some(())?;
                json!({ "eligible": true, "year": today.year() })
            }
            Self::Vaccination => {
                let one = |one: &super::register::Vaccination| json!({ "name": one.name_ko, "name_en": one.name_en, "date": one.date.to_string() });
                (!resident.vaccinations.is_empty()).then_some(())?;
                json!({ "vaccinations": resident.vaccinations.iter().map(one).collect::<Vec<_>>() })
            }
            Self::LibraryMembership => json!({
                "member_name": format!("{} {}", resident.family_name, resident.given_name),
                "district": resident.district, "is_child": resident.age(today) < 14,
            }),
            Self::HealthCheck => {
                let check = resident.check_up.as_ref()?;
                json!({ "date": check.date.to_string(), "result": check.result_ko, "result_en": check.result_en })
            }
        };
        claims.as_object().cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::register::ResidentRegister;
    use super::*;

    fn claims(number: &str, kind: CredentialKind, today: &str) -> Option<Map<String, Value>> {
        let register = ResidentRegister::sandbox().unwrap();
        let rules = EligibilityRules::sandbox().unwrap();
        kind.claims(register.find(number).unwrap(), &rules, today.parse().unwrap())
    }

    #[test]
    fn issuer_2_eligibility_is_what_the_dated_rules_make_of_the_register() {
        let youth = |number, today| claims(number, CredentialKind::YouthAllowance, today).is_some();
        assert!(youth("SB-1001", "2026-11-21"));
        assert!(!youth("SB-1001", "2034-03-02"), "35 years old");
        assert!(!youth("SB-1001", "2025-12-31"), "no rule yet");
        assert!(!youth("SB-1004", "2026-11-21"), "18 years old");
        assert!(!youth("SB-1003", "2026-11-21"), "has work");
        assert!(!youth("SB-1005", "2026-11-21"), "too much income");
        let (register, rules) = (ResidentRegister::sandbox().unwrap(), EligibilityRules::sandbox().unwrap());
        let mut employed = register.find("SB-1001").unwrap().clone();
        employed.working = true;
        assert!(!rules.has_youth_allowance(&employed, "2026-11-21".parse().unwrap()));
        let family = |number, today| claims(number, CredentialKind::MultiChildCard, today).is_some();
        assert!(family("SB-1003", "2026-11-21") && family("SB-1006", "2026-11-21"));
        assert!(!family("SB-1003", "2036-09-30"), "the youngest is 19");
        assert!(!family("SB-1001", "2026-11-21"));
        let shown = |number, kind| claims(number, kind, "2026-11-21").is_some();
        assert!(
            !shown("SB-1004", CredentialKind::Vaccination) && shown("SB-1002", CredentialKind::Vaccination)
        );
        assert!(
            !shown("SB-1004", CredentialKind::HealthCheck) && shown("SB-1006", CredentialKind::HealthCheck)
        );
    }

    #[test]
    fn issuer_2_one_child_is_not_several_and_of_two_rules_the_newer_counts() {
        let register = ResidentRegister::sandbox().unwrap();
        let mut parent = register.find("SB-1003").unwrap().clone();
        let today = "2026-11-21".parse().unwrap();
        let mut rules = EligibilityRules::sandbox().unwrap();
        assert!(rules.is_multi_child(&parent, today));
        parent.children.truncate(1);
        assert!(!rules.is_multi_child(&parent, today));
        let newer = MultiChild { fewest_children: 1, youngest_at_most: 18 };
        let rule = |from: &str, value| Dated { from: from.parse().unwrap(), value, source: String::new() };
        rules.multi_child.insert(0, rule("2026-06-01", newer));
        assert!(rules.is_multi_child(&parent, today), "wherever it stands");
        rules.multi_child[0].from = "2027-01-01".parse().unwrap();
        assert!(!rules.is_multi_child(&parent, today), "not in force yet");
    }

    #[test]
    fn issuer_20_every_claim_has_a_name_in_both_languages() {
        let register = ResidentRegister::sandbox().unwrap();
        let rules = EligibilityRules::sandbox().unwrap();
        let today = "2026-11-21".parse().unwrap();
        for kind in CredentialKind::ALL {
            let named: Vec<&str> = kind.labels().iter().map(|(path, ..)| *path).collect();
            let someone = register.all().find_map(|resident| kind.claims(resident, &rules, today)).unwrap();
            for (name, value) in &someone {
                assert!(named.contains(&name.as_str()), "{kind:?} {name}");
                let inner =
                    value.as_object().into_iter().flat_map(Map::keys).map(|inner| format!("{name}.{inner}"));
                let of_list = value.as_array().into_iter().flatten().filter_map(Value::as_object);
                let of_list = of_list.flat_map(Map::keys).map(|inner| format!("{name}.[].{inner}"));
                for path in inner.chain(of_list) {
                    assert!(named.contains(&path.as_str()), "{kind:?} {path}");
                }
            }
        }
        let card = CredentialKind::CitizenCard.metadata();
        assert_eq!(card["display"][0], json!({ "name": "서울시민카드", "locale": "ko" }));
        let list = CredentialKind::Vaccination.metadata();
        assert_eq!(list["claims"][1]["path"], json!(["vaccinations", null, "name"]));
    }

    #[test]
    fn issuer_2_the_answer_on_eligibility_says_nothing_of_its_reasons() {
        let claims = claims("SB-1001", CredentialKind::YouthAllowance, "2026-11-21").unwrap();
        assert_eq!(claims.keys().collect::<Vec<_>>(), ["eligible", "year"]);
    }

    #[test]
    fn issuer_2_ages_turn_on_the_birthday_and_every_card_has_the_same_claims() {
        let card = |number, today| claims(number, CredentialKind::CitizenCard, today).unwrap();
        assert_eq!(card("SB-1004", "2027-11-21")["age_over_19"], json!(false));
        assert_eq!(card("SB-1004", "2027-11-22")["age_over_19"], json!(true));
        for (name, day_before, birthday) in
            [("age_over_14", "2022-11-21", "2022-11-22"), ("age_over_65", "2073-11-21", "2073-11-22")]
        {
            let over = |today| card("SB-1004", today)[name].clone();
            assert_eq!((over(day_before), over(birthday)), (json!(false), json!(true)), "{name}");
        }
        let names = |number| card(number, "2026-11-21").keys().cloned().collect::<Vec<_>>();
        assert_eq!(names("SB-1001"), names("SB-1006"));
    }
}
