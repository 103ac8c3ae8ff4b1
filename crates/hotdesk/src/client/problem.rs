//! Conversion of the JSON API's problem details (RFC 9457) to failures of a command.

use serde_json::Value;

use super::Answer;
use crate::failure::Failure;

/// Converts a response to a failure.
pub fn failure(answer: &Answer) -> Failure {
    let problem: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |name: &str| problem.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let Some(title) = text("title") else {
        return Failure::Refused(format!("the server responded with status {} and no reason", answer.status));
    };
    let errors = problem.get("errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let title = title.trim_end_matches('.');
    let mut lines: Vec<String> = errors.iter().map(line).collect();
    let last = match lines.as_slice() {
        [only] => format!("{title}: {only}"),
        [] => {
            let detail = text("detail").map(|detail| format!(": {detail}"));
            let field = text("field").map(|field| format!(" ({field})"));
            format!("{title}{}{}", detail.unwrap_or_default(), field.unwrap_or_default())
        }
        _ => title.to_owned(),
    };
    if lines.len() < 2 {
        lines.clear();
    }
    lines.push(last);
    Failure::Problem(lines)
}

/// One of several errors: its position, the field, and the detail.
pub fn line(error: &Value) -> String {
    let parts = ["at", "field", "detail"].map(|name| error.get(name).and_then(Value::as_str).unwrap_or_default());
    let [at, field, detail] = parts;
    let names_field = detail.starts_with(field);
    let shown = [at, if names_field { "" } else { field }, detail];
    shown.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(status: u16, body: &str) -> String {
        failure(&Answer { status, body: body.into() }).to_string()
    }

    #[test]
    fn a_failure_has_the_detail_and_the_field_of_its_problem() {
        let body = r#"{"title": "This cannot be.", "detail": "Use digits", "field": "extension"}"#;
        assert_eq!(message(422, body), "This cannot be: Use digits (extension)");
        let body =
            r#"{"title": "Wrong values", "errors": [{"field": "a", "detail": "x"}, {"field": "b", "detail": "y"}]}"#;
        assert_eq!(message(422, body), "a: x\nhotdesk: b: y\nhotdesk: Wrong values");
        let body =
            r#"{"title": "Wrong.", "detail": "x", "errors": [{"at": "line 7", "field": "a", "detail": "a: x"}]}"#;
        assert_eq!(message(422, body), "Wrong: line 7: a: x");
        assert_eq!(message(502, "<html>"), "the server responded with status 502 and no reason");
    }
}
