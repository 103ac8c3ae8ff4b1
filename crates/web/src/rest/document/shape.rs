//! The shapes of values, as the document describes them.

use fleet::authorization::Scope;
use utoipa::PartialSchema;
use utoipa::openapi::schema::{
    self, AdditionalProperties, AnyOfBuilder, ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat,
    SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};

use crate::rest::body;

/// The shape of a value.
pub(in crate::rest) type Shape = RefOr<Schema>;

/// A text.
pub(in crate::rest) fn text(words: &str) -> Shape {
    typed(Type::String, words).into()
}

/// A text with something in it.
pub(in crate::rest) fn filled(words: &str) -> Shape {
    typed(Type::String, words).min_length(Some(1)).pattern(Some("\\S")).into()
}

/// What a cursor that is a number looks like.
pub(in crate::rest) const NUMBER: &str = "^[0-9]{1,18}$";

/// A text that looks like this regular expression.
pub(in crate::rest) fn like(words: &str, pattern: &str) -> Shape {
    typed(Type::String, words).pattern(Some(pattern)).into()
}

/// A text of one line with something in it.
pub(in crate::rest) fn line(words: &str, at_most: usize) -> Shape {
    let pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x1f\x7f-\x9f]*$";
    typed(Type::String, words).min_length(Some(1)).max_length(Some(at_most)).pattern(Some(pattern)).into()
}

/// The same, or `null` for none: in a body, that is as if it were left out.
pub(in crate::rest) fn or_null(shape: Shape) -> Shape {
    match shape {
        RefOr::T(Schema::Object(mut object)) => {
            if let SchemaType::Type(kind) = object.schema_type {
                object.schema_type = SchemaType::from_iter([kind, Type::Null]);
            }
            object.into()
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.schema_type = SchemaType::from_iter([Type::Array, Type::Null]);
            array.into()
        }
        other => other,
    }
}

/// A text, or `null` where there is none.
pub(in crate::rest) fn text_or_null(words: &str) -> Shape {
    typed(Type::String, words).schema_type(SchemaType::from_iter([Type::String, Type::Null])).into()
}

/// A time in RFC 3339, such as `2026-11-21T05:31:00.000Z`.
pub(in crate::rest) fn date_time(words: &str) -> Shape {
    typed(Type::String, words).format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).into()
}

/// A day, such as `2026-11-21`.
pub(in crate::rest) fn day(words: &str) -> Shape {
    typed(Type::String, words).format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))).into()
}

/// A whole number from 0 on.
pub(in crate::rest) fn count(words: &str) -> Shape {
    typed(Type::Integer, words).minimum(Some(0)).into()
}

/// A whole number within these bounds.
pub(in crate::rest) fn number(words: &str, from: i64, to: i64) -> Shape {
    let (from, to) = (i32::try_from(from).ok(), i32::try_from(to).ok());
    typed(Type::Integer, words).minimum(from).maximum(to).into()
}

/// `true` or `false`.
pub(in crate::rest) fn flag(words: &str) -> Shape {
    typed(Type::Boolean, words).into()
}

/// One of these words.
pub(in crate::rest) fn word<'a>(words: &str, known: impl IntoIterator<Item = &'a str>) -> Shape {
    typed(Type::String, words).enum_values(Some(known)).into()
}

/// A list.
pub(in crate::rest) fn list(words: &str, of: impl Into<Shape>) -> Shape {
    ArrayBuilder::new().description(Some(words)).items(of.into()).into()
}

/// A list of so many.
pub(in crate::rest) fn items(words: &str, of: impl Into<Shape>, at_least: usize, at_most: usize) -> Shape {
    let items = ArrayBuilder::new().description(Some(words)).items(of.into());
    items.min_items(Some(at_least)).max_items(Some(at_most).filter(|most| *most < usize::MAX)).into()
}

/// A list of scopes, at least so many.
pub(in crate::rest) fn scopes(words: &str, at_least: usize) -> Shape {
    let scope = word("", Scope::ALL.into_iter().map(Scope::word));
    ArrayBuilder::new()
        .description(Some(words))
        .min_items(Some(at_least).filter(|least| *least > 0))
        .items(scope)
        .into()
}

/// The shape of this name, which is described once for the whole document.
pub(in crate::rest) fn named(name: &str) -> Shape {
    Ref::from_schema_name(name).into()
}

/// One of these shapes.
pub(in crate::rest) fn either<const N: usize>(words: &str, shapes: [Shape; N]) -> Shape {
    let any = AnyOfBuilder::new().description(Some(words));
    shapes.into_iter().fold(any, AnyOfBuilder::item).into()
}

fn typed(kind: Type, words: &str) -> ObjectBuilder {
    let words = Some(words).filter(|words| !words.is_empty());
    ObjectBuilder::new().schema_type(kind).description(words)
}

/// The object that a struct describes. How wide its whole numbers are says nothing to a client, so it is left out.
pub(in crate::rest) fn object<T: PartialSchema>() -> Object {
    let mut object = body::schema::<T>();
    object.properties.values_mut().for_each(without_width);
    Object(object.into())
}

fn without_width(shape: &mut Shape) {
    let is_width =
        |format: &SchemaFormat| matches!(format, SchemaFormat::KnownFormat(KnownFormat::Int32 | KnownFormat::Int64));
    match shape {
        RefOr::T(Schema::Object(object)) => {
            object.format.take_if(|format| is_width(format));
            object.properties.values_mut().for_each(without_width);
        }
        RefOr::T(Schema::Array(array)) => {
            if let schema::ArrayItems::RefOrSchema(items) = &mut array.items {
                without_width(items);
            }
        }
        _ => {}
    }
}

/// An object, with a field after the other.
pub(in crate::rest) struct Object(ObjectBuilder);

impl Object {
    /// What is answered. There may be more fields one day.
    pub(in crate::rest) fn answered(words: &str) -> Self {
        Self(typed(Type::Object, words))
    }

    /// What is sent: no other field is taken.
    pub(in crate::rest) fn sent(words: &str) -> Self {
        Self(typed(Type::Object, words).additional_properties(Some(AdditionalProperties::FreeForm(false))))
    }

    /// With a field that is always there.
    pub(in crate::rest) fn has(self, name: &str, shape: Shape) -> Self {
        Self(self.0.property(name, shape).required(name))
    }

    /// With fields that are described already and must be there.
    pub(in crate::rest) fn requires(self, names: &[&str]) -> Self {
        Self(names.iter().fold(self.0, |object, name| object.required(*name)))
    }

    /// Without these fields.
    pub(in crate::rest) fn without(self, names: &[&str]) -> Self {
        let mut object = self.0.build();
        for name in names {
            object.properties.remove(*name);
        }
        Self(object.into())
    }

    /// Under another description.
    pub(in crate::rest) fn described_as(self, words: &str) -> Self {
        Self(self.0.description(Some(words)))
    }

    /// With a field that may be left out.
    pub(in crate::rest) fn may_have(self, name: &str, shape: Shape) -> Self {
        Self(self.0.property(name, shape))
    }
}

impl From<Object> for Shape {
    fn from(object: Object) -> Self {
        object.0.into()
    }
}
