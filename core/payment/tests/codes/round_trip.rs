//! Ten thousand codes of each mode, made from their parts, written, and read back field by field.

use citizen_payment::code::cpm::{ConsumerCode, DataObject, Tag, Template as CardTemplate, Value};
use citizen_payment::code::mpm::{
    AccountContent, AdditionalData, Amount, ConsumerData, Initiation, Localised, MerchantAccount, ObjectId,
    Prompted, Template, Tip,
};
use citizen_payment::code::{Code, Field, Leniency, MerchantCode, Rule, WriteError};
use citizen_primitives::Text;

/// How many codes of each mode.
const CODES: u64 = 10_000;

fn text(value: &str) -> Text {
    Text::new(value).unwrap()
}

fn id(id: u8) -> ObjectId {
    ObjectId::new(id).unwrap()
}

/// Whatever the standard allows, decided by a seed (SplitMix64): the same seed makes the same code.
struct Maker(u64);

impl Maker {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn between(&mut self, low: usize, high: usize) -> usize {
        low + usize::try_from(self.roll() % u64::try_from(high - low + 1).unwrap()).unwrap()
    }

    fn perhaps<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.roll().is_multiple_of(2) { Some(make(self)) } else { None }
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.between(0, all.len() - 1)].clone()
    }

    /// So many different ones, in any order.
    fn some_of<T: Clone>(&mut self, count: usize, all: impl IntoIterator<Item = T>) -> Vec<T> {
        let mut left: Vec<T> = all.into_iter().collect();
        (0..count).map(|_| left.swap_remove(self.between(0, left.len() - 1))).collect()
    }

    fn characters(&mut self, low: usize, high: usize, alphabet: &[(char, char)]) -> String {
        let one = |maker: &mut Self| {
            let (first, last) = maker.one_of(alphabet);
            let (first, last) =
                (usize::try_from(u32::from(first)).unwrap(), usize::try_from(u32::from(last)).unwrap());
            char::from_u32(u32::try_from(maker.between(first, last)).unwrap()).unwrap()
        };
        (0..self.between(low, high)).map(|_| one(self)).collect()
    }

    fn string(&mut self, low: usize, high: usize, alphabet: &[(char, char)]) -> Text {
        text(&self.characters(low, high, alphabet))
    }

    /// An amount that is not zero, with decimals or without.
    fn amount(&mut self, digits: usize) -> Amount {
        let whole = format!("{}{}", self.between(1, 9), self.characters(0, digits - 1, DIGITS));
        let decimals = self.perhaps(|maker| format!(".{}", maker.characters(1, 2, DIGITS)));
        Amount::parse(&format!("{whole}{}", decimals.unwrap_or_default())).unwrap()
    }

    fn prompted(&mut self) -> Option<Prompted> {
        let given = |maker: &mut Self| Prompted::Given(text(&format!("L{}", maker.characters(0, 7, COMMON))));
        self.perhaps(|maker| if maker.between(0, 3) == 0 { Prompted::Ask } else { given(maker) })
    }

    /// A scheme's template of at most 99 characters.
    fn template(&mut self, alphabet: &[(char, char)]) -> Template {
        let identifier = match self.between(0, 2) {
            0 => text(&format!("kr.{}", self.characters(1, 20, SMALL))),
            1 => self.string(10, 32, &[('0', '9'), ('A', 'F')]),
            _ => self.string(32, 32, &[('0', '9'), ('a', 'f')]),
        };
        let count = self.between(0, 3);
        let objects =
            self.some_of(count, 1..=99).into_iter().map(|number| (id(number), self.string(1, 15, alphabet)));
        Template { identifier: Some(identifier), objects: objects.collect() }
    }

    fn accounts(&mut self) -> Vec<MerchantAccount> {
        let (networks, schemes) = (self.between(1, 2), self.between(0, 3));
        let networks = self.some_of(networks, 2..=25).into_iter().map(|number| {
            let content = AccountContent::Primitive(self.string(1, 99, COMMON));
            MerchantAccount { id: id(number), content }
        });
        let mut accounts: Vec<_> = networks.collect();
        accounts.extend(self.some_of(schemes, 26..=51).into_iter().map(|number| {
            let content = AccountContent::Template(self.template(COMMON));
            MerchantAccount { id: id(number), content }
        }));
        accounts
    }

    fn tip(&mut self) -> Tip {
        match self.between(0, 2) {
            0 => Tip::Prompt,
            1 => Tip::Fixed(self.amount(10)),
            _ => Tip::Percentage(self.amount(2)),
        }
    }

    /// The labels, or a payment system's template: 62 holds 99 characters in all.
    fn additional(&mut self) -> AdditionalData {
        let asked = [ConsumerData::Address, ConsumerData::Mobile, ConsumerData::Email];
        let count = self.between(0, 3);
        let consumer_data = self.some_of(count, asked);
        if self.between(0, 1) == 0 {
            let identifier = Some(text(&format!("kr.{}", self.characters(1, 9, SMALL))));
            let scheme = Template { identifier, objects: vec![(id(7), self.string(1, 9, ANY))] };
            let number = id(u8::try_from(self.between(50, 99)).unwrap());
            let (store, terminal) = (self.prompted(), self.prompted());
            return AdditionalData {
                store,
                terminal,
                consumer_data,
                templates: vec![(number, scheme)],
                ..AdditionalData::default()
            };
        }
        AdditionalData {
            bill_number: self.prompted(),
            mobile_number: self.prompted(),
            store: self.prompted(),
            loyalty_number: self.prompted(),
            reference: self.prompted(),
            customer: self.perhaps(|_| Prompted::Ask),
            terminal: self.perhaps(|_| Prompted::Ask),
            purpose: self.perhaps(|_| Prompted::Ask),
            consumer_data,
            templates: Vec::new(),
        }
    }

    fn merchant_code(&mut self) -> MerchantCode {
        let schemes = self.between(0, 2);
        MerchantCode {
            initiation: self.one_of(&[Initiation::Static, Initiation::Dynamic, Initiation::Unstated]),
            accounts: self.accounts(),
            category: Some(self.string(4, 4, DIGITS)),
            currency: self.string(3, 3, DIGITS),
            amount: self.perhaps(|maker| maker.amount(10)),
            tip: self.perhaps(Self::tip),
            country: Some(self.string(2, 2, &[('A', 'Z')])),
            name: Some(self.string(1, 25, COMMON)),
            city: Some(self.string(1, 15, COMMON)),
            postal_code: self.perhaps(|maker| maker.string(1, 10, COMMON)),
            additional: self.additional(),
            localised: self.perhaps(|maker| Localised {
                language: Some(maker.string(2, 2, SMALL)),
                name: Some(maker.string(1, 25, ANY)),
                city: maker.perhaps(|maker| maker.string(1, 15, ANY)),
            }),
            unreserved: self
                .some_of(schemes, 80..=99)
                .into_iter()
                .map(|number| (id(number), self.template(ANY)))
                .collect(),
        }
    }

    fn bytes(&mut self, low: usize, high: usize) -> Vec<u8> {
        (0..self.between(low, high)).map(|_| u8::try_from(self.between(0, 255)).unwrap()).collect()
    }

    /// Objects that may stand in any template, some of them unknown to everybody.
    fn card_objects(&mut self) -> Vec<DataObject> {
        let languages = self.one_of(&["ko", "koen", "kozhenja"]);
        let address =
            format!("{}:{}", self.one_of(&["tel", "mailto", "https"]), self.characters(1, 30, &[('!', '~')]));
        let all = [
            (0x50, self.characters(1, 16, COMMON).into_bytes()),
            (0x5F20, self.characters(2, 26, COMMON).into_bytes()),
            (0x5F2D, languages.as_bytes().to_vec()),
            (0x5F50, address.into_bytes()),
            (0x9F08, self.bytes(2, 2)),
            (0xDF_81_01, self.bytes(0, 300)),
            (0xC7, self.bytes(0, 9)),
            (0x63, self.bytes(0, 40)),
        ];
        let count = self.between(0, all.len());
        self.some_of(count, all).into_iter().map(|(tag, value)| primitive(tag, value)).collect()
    }

    fn application(&mut self) -> CardTemplate {
        let mut objects = self.card_objects();
        let account = match self.between(0, 1) {
            0 => primitive(0x57, self.bytes(1, 19)),
            _ => primitive(0x5A, self.bytes(1, 10)),
        };
        let name = primitive(0x4F, self.bytes(5, 16));
        for object in [account, name] {
            let place = self.between(0, objects.len());
            objects.insert(place, object);
        }
        CardTemplate { objects }
    }

    fn consumer_code(&mut self) -> ConsumerCode {
        let count = self.between(1, 2);
        let template = |objects| DataObject { tag: Tag::new(0x70).unwrap(), value: Value::Objects(objects) };
        ConsumerCode {
            applications: (0..count).map(|_| self.application()).collect(),
            common: self.perhaps(|maker| CardTemplate { objects: maker.card_objects() }),
            others: self.perhaps(|maker| template(maker.card_objects())).into_iter().collect(),
        }
    }
}

const DIGITS: &[(char, char)] = &[('0', '9')];
const SMALL: &[(char, char)] = &[('a', 'z')];
const COMMON: &[(char, char)] = &[(' ', '~')];
/// Scripts whose characters are whole: normal form C leaves them as they are.
const ANY: &[(char, char)] = &[(' ', '~'), ('가', '힣'), ('一', '龥'), ('À', 'ÿ'), ('😀', '😿')];

fn primitive(tag: u32, value: Vec<u8>) -> DataObject {
    DataObject { tag: Tag::new(tag).unwrap(), value: Value::Bytes(value) }
}

/// What the fields say, written again by the letter of the standard and nothing else.
fn written_again(fields: &[Field]) -> String {
    let one = |field: &Field| {
        let value =
            if field.children.is_empty() { field.value.clone() } else { written_again(&field.children) };
        format!("{}{:02}{value}", field.id, value.chars().count())
    };
    fields.iter().map(one).collect()
}

#[test]
fn ten_thousand_merchant_codes_are_read_back_as_they_were_written() {
    for seed in 0..CODES {
        let code = Maker(seed).merchant_code();
        let payload = code.render().unwrap_or_else(|error| panic!("seed {seed}: {error}: {code:?}"));
        let reading = Code::parse(&payload, Leniency::Strict);
        assert_eq!(written_again(&reading.fields), payload, "seed {seed}");
        assert_eq!(reading.outcome, Ok(Code::Merchant(Box::new(code))), "seed {seed}");
    }
}

#[test]
fn ten_thousand_consumer_codes_are_read_back_as_they_were_written() {
    for seed in 0..CODES {
        let code = Maker(seed).consumer_code();
        let payload = code.render().unwrap_or_else(|error| panic!("seed {seed}: {error}: {code:?}"));
        let reading = Code::parse(&payload, Leniency::Strict);
        let roots = 1 + code.applications.len() + usize::from(code.common.is_some()) + code.others.len();
        assert_eq!(reading.fields.len(), roots, "seed {seed}");
        assert_eq!(reading.outcome, Ok(Code::Consumer(code)), "seed {seed}");
    }
}

#[test]
fn what_would_be_read_otherwise_or_breaks_a_rule_is_not_written() {
    let account = MerchantAccount { id: id(15), content: AccountContent::Primitive(text("1")) };
    let code = MerchantCode {
        accounts: vec![account.clone()],
        currency: text("410"),
        category: Some(text("5462")),
        country: Some(text("KR")),
        name: Some(text("MANGWON BAKERY")),
        city: Some(text("SEOUL")),
        ..MerchantCode::default()
    };
    assert!(code.render().is_ok());
    let asked = AdditionalData { store: Some(Prompted::Given(text("***"))), ..AdditionalData::default() };
    let ambiguous = MerchantCode { additional: asked, ..code.clone() };
    assert_eq!(ambiguous.render(), Err(WriteError::Ambiguous));
    let twice = MerchantCode { accounts: vec![account; 2], ..code.clone() };
    assert!(matches!(twice.render(), Err(WriteError::Broken(finding)) if finding.rule == Rule::Duplicate));
    let long = MerchantCode { name: Some(text(&"A".repeat(100))), ..code.clone() };
    assert!(matches!(long.render(), Err(WriteError::Broken(finding)) if finding.rule == Rule::ValueTooLong));
    let nameless = MerchantCode { name: None, ..code };
    assert!(
        matches!(nameless.render(), Err(WriteError::Broken(finding)) if finding.rule == Rule::ObjectMissing)
    );

    let card = CardTemplate::application(&[0xA0, 0, 0, 0, 0x55]).with(Tag::ACCOUNT, &[0x12, 0x34]);
    let consumer = |applications| ConsumerCode { applications, ..ConsumerCode::default() };
    assert!(consumer(vec![card.clone()]).render().is_ok());
    let raw = card.clone().with(Tag::new(0x70).unwrap(), &[0x50, 1, b'A']);
    assert_eq!(consumer(vec![raw]).render(), Err(WriteError::Ambiguous));
    let three = consumer(vec![card.clone(), card.clone(), card]);
    assert!(
        matches!(three.render(), Err(WriteError::Broken(finding)) if finding.rule == Rule::ApplicationTemplate)
    );
}

#[test]
fn the_published_samples_are_written_again_to_the_letter() {
    for payload in [
        "hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8=",
        "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRIT0xERVIvRU1WXy\
         0IcnVlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw==",
    ] {
        let Ok(Code::Consumer(code)) = Code::parse(payload, Leniency::Strict).outcome else {
            panic!("{payload}")
        };
        assert_eq!(code.render().unwrap(), payload);
    }
    let sample = "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST \
                  TRANSPORT6007BEIJING64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A600866\
                  70902ME91320016A0112233449988770708123456786304A13A";
    let Ok(Code::Merchant(code)) = Code::parse(sample, Leniency::Strict).outcome else { panic!("{sample}") };
    let written = code.render().unwrap();
    // The sample's objects stand in an order of its own; ours are in the order of their IDs.
    let again = Code::parse(&written, Leniency::Strict).outcome;
    assert_eq!(again, Ok(Code::Merchant(code)));
}

#[test]
fn a_till_takes_the_application_whose_name_begins_with_its_identifier() {
    let application = |name: &[u8]| CardTemplate::application(name).with(Tag::ACCOUNT, &[0x12]);
    let code = ConsumerCode {
        applications: vec![
            application(&[0xA0, 0, 0, 0, 0x55, 1]),
            application(&[0xA0, 0, 0, 0, 0x66, 1]).with(Tag::VERSION, &[0, 0x20]),
        ],
        ..ConsumerCode::default()
    };
    let found = |identifier: &[u8]| code.application_for(identifier).map(CardTemplate::version);
    assert_eq!(found(&[0xA0, 0, 0, 0, 0x66]), Some([0, 0x20]));
    assert_eq!(found(&[0xA0, 0, 0, 0]), Some([0, 0x10]));
    assert_eq!(found(&[0xA0, 0, 0, 0, 0x77]), None);
    assert_eq!(found(&[]), None);
}
