//! Conversion of the OpenAPI document into the contents of the reference page.

use serde_json::Value;

use super::Reference;

/// Group of operations.
pub(super) struct DocumentedTag {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) operations: Vec<DocumentedOperation>,
}

/// Operation.
pub(super) struct DocumentedOperation {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) summary: String,
    pub(super) words: Vec<String>,
    pub(super) parameters: Vec<Field>,
    pub(super) body: Option<Body>,
    pub(super) answers: Vec<DocumentedReply>,
    pub(super) refusals: Vec<Refusal>,
    /// Example call with curl.
    pub(super) curl: String,
}

/// Body of a request or a response.
pub(super) struct Body {
    /// Name of its schema, if it references one.
    pub(super) shape: Option<String>,
    pub(super) fields: Vec<Field>,
    pub(super) example: String,
}

/// Parameter, or field of an object.
pub(super) struct Field {
    pub(super) name: String,
    /// `path`, `query` or `header`; empty for a field.
    pub(super) place: String,
    pub(super) is_needed: bool,
    pub(super) kind: String,
    /// Name of its schema, if it references one.
    pub(super) shape: Option<String>,
    pub(super) words: String,
}

/// Response.
pub(super) struct DocumentedReply {
    pub(super) status: String,
    pub(super) words: String,
    pub(super) body: Option<Body>,
}

/// Error status with its problems.
pub(super) struct Refusal {
    pub(super) status: String,
    /// Code and title of each problem.
    pub(super) kinds: Vec<(String, String)>,
}

/// Schema that others reference.
pub(super) struct DocumentedShape {
    pub(super) name: String,
    pub(super) words: String,
    pub(super) fields: Vec<Field>,
}

/// Converts the whole document.
pub(super) fn read(document: &Value) -> Reference {
    let mut groups: Vec<DocumentedTag> = items(&document["tags"])
        .iter()
        .map(|tag| DocumentedTag { name: text(&tag["name"]), about: text(&tag["description"]), operations: Vec::new() })
        .collect();
    for (path, item) in fields(&document["paths"]) {
        for method in ["get", "post", "put", "patch", "delete"] {
            let described = &item[method];
            let group = groups.iter_mut().find(|group| described["tags"][0] == *group.name);
            if let Some(group) = group {
                group.operations.push(operation(document, path, method, described));
            }
        }
    }
    let shapes = fields(&document["components"]["schemas"]).map(|(name, schema)| DocumentedShape {
        name: name.clone(),
        words: text(&schema["description"]),
        fields: fields_of(schema),
    });
    Reference {
        title: text(&document["info"]["title"]),
        about: paragraphs(&document["info"]["description"]),
        groups,
        shapes: shapes.collect(),
    }
}

fn operation(document: &Value, path: &str, method: &str, described: &Value) -> DocumentedOperation {
    let parameters = items(&described["parameters"]).iter().map(|parameter| Field {
        place: text(&parameter["in"]),
        is_needed: parameter["required"] == true,
        ..field(&text(&parameter["name"]), &parameter["schema"])
    });
    let (mut answers, mut refusals) = (Vec::new(), Vec::new());
    for (status, response) in fields(&described["responses"]) {
        if status.starts_with(['4', '5']) {
            refusals.push(Refusal { status: status.clone(), kinds: kinds(document, response) });
        } else {
            answers.push(DocumentedReply {
                status: status.clone(),
                words: text(&response["description"]),
                body: body(&response["content"]),
            });
        }
    }
    let sent = body(&described["requestBody"]["content"]);
    DocumentedOperation {
        id: text(&described["operationId"]),
        method: method.to_ascii_uppercase(),
        path: format!("/api/v1{path}"),
        summary: text(&described["summary"]),
        words: paragraphs(&described["description"]),
        parameters: parameters.collect(),
        curl: curl(path, method, described, sent.as_ref()),
        body: sent,
        answers,
        refusals,
    }
}

/// Example call of an operation, with a token or a password if it needs one.
fn curl(path: &str, method: &str, described: &Value, body: Option<&Body>) -> String {
    let mut address = format!("http://127.0.0.1:8080/api/v1{path}");
    let mut query = String::new();
    for parameter in items(&described["parameters"]) {
        let (name, example) = (text(&parameter["name"]), plain(&parameter["example"]));
        match parameter["in"].as_str() {
            Some("path") => address = address.replace(&format!("{{{name}}}"), &example),
            Some("query") if parameter["required"] == true => query = format!("?{name}={example}"),
            _ => {}
        }
    }
    let method = if method == "get" { String::new() } else { format!(" -X {}", method.to_ascii_uppercase()) };
    let has = |scheme: &str| items(&described["security"]).iter().any(|known| known.get(scheme).is_some());
    let login = match (has("token"), has("account")) {
        (true, _) => " -H \"Authorization: Bearer $TOKEN\"",
        (false, true) => " -u 6666",
        (false, false) => "",
    };
    let sent = body.map(|body| {
        let example = serde_json::from_str::<Value>(&body.example).unwrap_or_default();
        format!(" \\\n  -H 'Content-Type: application/json' -d '{example}'")
    });
    format!("curl{method}{login} '{address}{query}'{}", sent.unwrap_or_default())
}

fn body(content: &Value) -> Option<Body> {
    let (_, media) = fields(content).next()?;
    let example = Some(&media["example"]).filter(|example| !example.is_null());
    let example = example.and_then(|example| serde_json::to_string_pretty(example).ok()).unwrap_or_default();
    Some(Body { shape: reference(&media["schema"]), fields: fields_of(&media["schema"]), example })
}

fn kinds(document: &Value, response: &Value) -> Vec<(String, String)> {
    let examples = &response["content"]["application/problem+json"]["examples"];
    let kinds = fields(examples).map(|(kind, example)| {
        let pointer = text(&example["$ref"]);
        let summary = document.pointer(pointer.trim_start_matches('#')).map(|example| text(&example["summary"]));
        (kind.clone(), summary.unwrap_or_default())
    });
    kinds.collect()
}

/// Fields of an object. Of alternatives, the first is taken, which has the most fields.
fn fields_of(schema: &Value) -> Vec<Field> {
    let schema = schema["anyOf"].get(0).unwrap_or(schema);
    let needed = items(&schema["required"]);
    let field_of = |(name, schema): (&String, &Value)| Field {
        is_needed: needed.iter().any(|known| known == name.as_str()),
        ..field(name, schema)
    };
    fields(&schema["properties"]).map(field_of).collect()
}

fn field(name: &str, schema: &Value) -> Field {
    let shape = reference(schema).or_else(|| reference(&schema["items"]));
    Field {
        name: name.to_owned(),
        place: String::new(),
        is_needed: false,
        kind: kind(schema),
        shape,
        words: text(&schema["description"]),
    }
}

/// Type of a value, in words.
fn kind(schema: &Value) -> String {
    let named = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(text).collect::<Vec<_>>().join(" or "),
        kind => text(kind),
    };
    let known = items(&schema["enum"]);
    if !known.is_empty() {
        return known.iter().map(text).collect::<Vec<_>>().join(" | ");
    }
    let bounds = match (&schema["minimum"], &schema["maximum"]) {
        (Value::Null, Value::Null) => String::new(),
        (from, Value::Null) => format!(" from {from}"),
        (from, to) => format!(" {from} to {to}"),
    };
    let length = match (&schema["minLength"], &schema["maxLength"]) {
        (Value::Null, Value::Null) => String::new(),
        (Value::Null, most) => format!(", at most {most}"),
        (least, Value::Null) => format!(", at least {least}"),
        (least, most) => format!(", {least} to {most}"),
    };
    let of = if schema["items"].is_object() { format!(" of {}", kind(&schema["items"])) } else { String::new() };
    format!("{named}{bounds}{length}{of}").trim_end_matches(" of ").to_owned()
}

fn reference(schema: &Value) -> Option<String> {
    Some(schema["$ref"].as_str()?.rsplit('/').next()?.to_owned())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A value as text in a URL.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn paragraphs(value: &Value) -> Vec<String> {
    text(value).split("\n\n").filter(|paragraph| !paragraph.is_empty()).map(str::to_owned).collect()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use askama::Template;
    use serde_json::json;

    use super::*;
    use crate::rest::{ROUTES, document};

    #[test]
    fn every_operation_is_on_the_page_and_every_link_has_a_target() {
        let page = read(&serde_json::from_str(document()).unwrap()).render().unwrap();
        for route in ROUTES {
            let called = format!("<span class=\"method\">{}</span> <code>{}</code>", route.method, route.path);
            assert!(page.contains(&called), "{called}");
        }
        for link in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(page.contains(&format!("id=\"{link}\"")), "{link}");
        }
    }

    #[test]
    fn types_are_described_in_words() {
        for (schema, words) in [
            (json!({"type": "integer", "minimum": 1, "maximum": 9}), "integer 1 to 9"),
            (json!({"type": ["string", "null"]}), "string or null"),
            (json!({"type": "string", "minLength": 2, "maxLength": 20}), "string, 2 to 20"),
            (json!({"type": "string", "enum": ["a", "b"]}), "a | b"),
            (json!({"type": "array", "items": {"type": "string"}}), "array of string"),
            (json!({"type": "array", "items": {"$ref": "#/components/schemas/Token"}}), "array"),
        ] {
            assert_eq!(kind(&schema), words);
        }
    }

    #[test]
    fn the_example_call_has_a_token_unless_the_operation_is_public() {
        let described = json!({"security": [{"token": []}], "parameters": [
            {"name": "id", "in": "path", "required": true, "example": 7},
            {"name": "q", "in": "query", "required": true, "example": "x"}
        ]});
        let called = curl("/a/{id}", "delete", &described, None);
        assert_eq!(called, "curl -X DELETE -H \"Authorization: Bearer $TOKEN\" 'http://127.0.0.1:8080/api/v1/a/7?q=x'");
        let open = json!({"security": [{}]});
        assert_eq!(curl("/a", "get", &open, None), "curl 'http://127.0.0.1:8080/api/v1/a'");
    }
}
