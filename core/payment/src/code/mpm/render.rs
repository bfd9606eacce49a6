//! Writing a whole merchant-presented code: what was read, or made from its parts, as a payload again.

use super::merchant::{
    AccountContent, AdditionalData, ConsumerData, Initiation, Localised, MerchantCode, ObjectId, Prompted,
    Template, Tip,
};
use super::write::Objects;
use crate::code::{Code, Leniency, Rule, WriteError};
use citizen_primitives::Text;

impl MerchantCode {
    /// The payload with its CRC. What is written was read back, to the letter, as this very code; data objects that are
    /// reserved for future use are not part of a code and are not written.
    pub fn render(&self) -> Result<String, WriteError> {
        let payload = self.objects().sealed().ok_or(WriteError::of(Rule::ValueTooLong))?;
        match Code::parse(&payload, Leniency::Strict).outcome {
            Ok(Code::Merchant(code)) if *code == *self => Ok(payload),
            Ok(_) => Err(WriteError::Ambiguous),
            Err(finding) => Err(WriteError::Broken(finding)),
        }
    }

    fn objects(&self) -> Objects {
        let mut objects = Objects::default();
        objects.put(0, "01");
        match self.initiation {
            Initiation::Static => objects.put(1, "11"),
            Initiation::Dynamic => objects.put(1, "12"),
            Initiation::Unstated => {}
        }
        for account in &self.accounts {
            match &account.content {
                AccountContent::Primitive(text) => objects.put(account.id.value(), text.as_str()),
                AccountContent::Template(template) => put_template(&mut objects, account.id, template),
            }
        }
        objects.put_if(52, string(&self.category));
        objects.put(53, self.currency.as_str());
        objects.put_if(54, self.amount.as_ref().map(ToString::to_string).as_deref());
        match &self.tip {
            None => {}
            Some(Tip::Prompt) => objects.put(55, "01"),
            Some(Tip::Fixed(fee)) => put_fee(&mut objects, "02", 56, &fee.to_string()),
            Some(Tip::Percentage(fee)) => put_fee(&mut objects, "03", 57, &fee.to_string()),
        }
        for (id, text) in [(58, &self.country), (59, &self.name), (60, &self.city), (61, &self.postal_code)] {
            objects.put_if(id, string(text));
        }
        objects.put_template(62, &additional(&self.additional));
        if let Some(localised) = &self.localised {
            objects.put_template(64, &language(localised));
        }
        for (id, template) in &self.unreserved {
            put_template(&mut objects, *id, template);
        }
        objects
    }
}

fn put_fee(objects: &mut Objects, indicator: &str, id: u8, fee: &str) {
    objects.put(55, indicator);
    objects.put(id, fee);
}

fn put_template(objects: &mut Objects, id: ObjectId, template: &Template) {
    let mut inside = Objects::default();
    inside.put_if(0, string(&template.identifier));
    for (id, text) in &template.objects {
        inside.put(id.value(), text.as_str());
    }
    objects.put_template(id.value(), &inside);
}

fn additional(data: &AdditionalData) -> Objects {
    let mut inside = Objects::default();
    let prompted = [
        (1, &data.bill_number),
        (2, &data.mobile_number),
        (3, &data.store),
        (4, &data.loyalty_number),
        (5, &data.reference),
        (6, &data.customer),
        (7, &data.terminal),
        (8, &data.purpose),
    ];
    for (id, value) in prompted {
        inside.put_if(
            id,
            value.as_ref().map(|value| match value {
                Prompted::Given(text) => text.as_str(),
                Prompted::Ask => "***",
            }),
        );
    }
    let asked: String = data.consumer_data.iter().map(|data| letter(*data)).collect();
    inside.put_if(9, Some(asked.as_str()).filter(|asked| !asked.is_empty()));
    for (id, template) in &data.templates {
        put_template(&mut inside, *id, template);
    }
    inside
}

fn language(localised: &Localised) -> Objects {
    let mut inside = Objects::default();
    for (id, text) in [(0, &localised.language), (1, &localised.name), (2, &localised.city)] {
        inside.put_if(id, string(text));
    }
    inside
}

const fn letter(data: ConsumerData) -> char {
    match data {
        ConsumerData::Address => 'A',
        ConsumerData::Mobile => 'M',
        ConsumerData::Email => 'E',
    }
}

fn string(text: &Option<Text>) -> Option<&str> {
    text.as_ref().map(Text::as_str)
}
