//! Builders for the JSON schemas of the document.

use fleet::authorization::Scope;
use utoipa::PartialSchema;
use utoipa::openapi::schema::{
    self, AdditionalProperties, AnyOfBuilder, ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat,
    SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};

use crate::rest::body;

/// Schema of a value.
pub(in crate::rest) type Shape = RefOr<Schema>;

/// A string.
pub(in crate::rest) fn text(words: &str) -> Shape {
    typed(Type::String, words).into()
}

/// A string that is not empty.
pub(in crate::rest) fn filled(words: &str) -> Shape {
    typed(Type::String, words).min_length(Some(1)).pattern(Some("\\S")).into()
}

/// Pattern of a cursor that is a number.
pub(in crate::rest) const NUMBER: &str = "^[0-9]{1,18}$";

/// A string that matches this regular expression.
pub(in crate::rest) fn like(words: &str, pattern: &str) -> Shape {
    typed(Type::String, words).pattern(Some(pattern)).into()
}

/// A string of one line that is not empty.
pub(in crate::rest) fn line(words: &str, at_most: usize) -> Shape {
    let pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x1f\x7f-\x9f]*$";
    typed(Type::String, words).min_length(Some(1)).max_length(Some(at_most)).pattern(Some(pattern)).into()
}

/// The same schema, or `null`; in a request, `null` counts as left out.
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

/// A time in RFC 3339, such as `2026-11-21T05:31:00.000Z`.
pub(in crate::rest) fn date_time(words: &str) -> Shape {
    typed(Type::String, words).format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).into()
}

/// A day, such as `2026-11-21`.
pub(in crate::rest) fn day(words: &str) -> Shape {
    typed(Type::String, words).format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))).into()
}

/// A non-negative integer.
pub(in crate::rest) fn count(words: &str) -> Shape {
    typed(Type::Integer, words).minimum(Some(0)).into()
}

/// An integer within these bounds.
pub(in crate::rest) fn number(words: &str, from: i64, to: i64) -> Shape {
    let (from, to) = (i32::try_from(from).ok(), i32::try_from(to).ok());
    typed(Type::Integer, words).minimum(from).maximum(to).into()
}

/// `true` or `false`.
pub(in crate::rest) fn flag(words: &str) -> Shape {
    typed(Type::Boolean, words).into()
}

/// One of these strings.
pub(in crate::rest) fn word<'a>(words: &str, known: impl IntoIterator<Item = &'a str>) -> Shape {
    typed(Type::String, words).enum_values(Some(known)).into()
}

/// A list.
pub(in crate::rest) fn list(words: &str, of: impl Into<Shape>) -> Shape {
    ArrayBuilder::new().description(Some(words)).items(of.into()).into()
}

/// A list with bounds on its length.
pub(in crate::rest) fn items(words: &str, of: impl Into<Shape>, at_least: usize, at_most: usize) -> Shape {
    let items = ArrayBuilder::new().description(Some(words)).items(of.into());
    items.min_items(Some(at_least)).max_items(Some(at_most).filter(|most| *most < usize::MAX)).into()
}

/// A list of at least `at_least` scopes.
pub(in crate::rest) fn scopes(words: &str, at_least: usize) -> Shape {
    let scope = word("", Scope::ALL.into_iter().map(Scope::word));
    ArrayBuilder::new()
        .description(Some(words))
        .min_items(Some(at_least).filter(|least| *least > 0))
        .items(scope)
        .into()
}

/// Reference to a schema of the document.
pub(in crate::rest) fn named(name: &str) -> Shape {
    Ref::from_schema_name(name).into()
}

/// One of these schemas.
pub(in crate::rest) fn either<const N: usize>(words: &str, shapes: [Shape; N]) -> Shape {
    let any = AnyOfBuilder::new().description(Some(words));
    shapes.into_iter().fold(any, AnyOfBuilder::item).into()
}

fn typed(kind: Type, words: &str) -> ObjectBuilder {
    let words = Some(words).filter(|words| !words.is_empty());
    ObjectBuilder::new().schema_type(kind).description(words)
}

/// The schema of a struct, without the width of its integers, which means nothing to a client.
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

/// Builder for the schema of an object.
pub(in crate::rest) struct Object(ObjectBuilder);

impl Object {
    /// An object in a response. Later versions may add fields.
    pub(in crate::rest) fn answered(words: &str) -> Self {
        Self(typed(Type::Object, words))
    }

    /// An object in a request, which may have no other fields.
    pub(in crate::rest) fn sent(words: &str) -> Self {
        Self(typed(Type::Object, words).additional_properties(Some(AdditionalProperties::FreeForm(false))))
    }

    /// Adds a required field.
    pub(in crate::rest) fn has(self, name: &str, shape: Shape) -> Self {
        Self(self.0.property(name, shape).required(name))
    }

    /// Makes existing fields required.
    pub(in crate::rest) fn requires(self, names: &[&str]) -> Self {
        Self(names.iter().fold(self.0, |object, name| object.required(*name)))
    }

    /// Removes these fields.
    pub(in crate::rest) fn without(self, names: &[&str]) -> Self {
        let mut object = self.0.build();
        for name in names {
            object.properties.remove(*name);
        }
        Self(object.into())
    }

    /// Replaces the description.
    pub(in crate::rest) fn described_as(self, words: &str) -> Self {
        Self(self.0.description(Some(words)))
    }

    /// Adds the fields of another object.
    pub(in crate::rest) fn and(self, other: Self) -> Self {
        let (mut object, other) = (self.0.build(), other.0.build());
        object.properties.extend(other.properties);
        object.required.extend(other.required);
        Self(object.into())
    }

    /// Adds an optional field.
    pub(in crate::rest) fn may_have(self, name: &str, shape: Shape) -> Self {
        Self(self.0.property(name, shape))
    }
}

impl From<Object> for Shape {
    fn from(object: Object) -> Self {
        object.0.into()
    }
}

#[cfg(test)]
pub(in crate::rest) mod tests {
    use serde::Serialize;
    use serde_json::Value;

    use super::{Object, Shape};
    use utoipa::openapi::RefOr;
    use utoipa::openapi::schema::Schema;

    /// Asserts that every field of the value is described, and that no required field is missing.
    pub(in crate::rest) fn assert_described(object: Object, value: &impl Serialize) {
        let RefOr::T(Schema::Object(described)) = Shape::from(object) else { unreachable!() };
        let Value::Object(fields) = serde_json::to_value(value).unwrap() else { unreachable!() };
        for name in fields.keys() {
            assert!(described.properties.contains_key(name), "{name} is not described");
        }
        for name in &described.required {
            assert!(fields.contains_key(name), "{name} is described as required");
        }
    }
}
