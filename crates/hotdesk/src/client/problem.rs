//! Refusals of the JSON API (RFC 9457) as failures of a command.

use serde_json::Value;

use super::Answer;
use crate::failure::Failure;

/// The failure that an answer tells.
pub fn failure(answer: &Answer) -> Failure {
    let problem: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |name: &str| problem.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let Some(title) = text("title") else {
        return Failure::Refused(format!("the server answered with status {} and no reason", answer.status));
    };
    let errors = problem.get("errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut lines: Vec<String> = errors.iter().map(line).collect();
    let field = text("field").filter(|_| errors.is_empty()).map(|field| format!(" ({field})"));
    let detail = text("detail").map(|detail| format!(": {detail}"));
    let last =
        [title.trim_end_matches('.'), detail.as_deref().unwrap_or_default(), field.as_deref().unwrap_or_default()];
    lines.push(last.concat());
    Failure::Problem(lines)
}

fn line(error: &Value) -> String {
    let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
    match text("field") {
        "" => text("detail").to_owned(),
        field => format!("{field}: {}", text("detail")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: u16, body: &str) -> String {
        failure(&Answer { status, body: body.into() }).to_string()
    }

    #[test]
    fn a_problem_is_told_with_its_detail_and_its_field() {
        let body = r#"{"title": "This cannot be.", "detail": "Use digits", "field": "extension"}"#;
        assert_eq!(told(422, body), "This cannot be: Use digits (extension)");
        let body =
            r#"{"title": "Wrong values", "errors": [{"field": "a", "detail": "x"}, {"field": "b", "detail": "y"}]}"#;
        assert_eq!(told(422, body), "a: x\nhotdesk: b: y\nhotdesk: Wrong values");
        assert_eq!(told(502, "<html>"), "the server answered with status 502 and no reason");
    }
}
