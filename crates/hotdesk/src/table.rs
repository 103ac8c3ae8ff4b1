//! Responses of the JSON API as text: aligned columns, or one value per line.

use serde_json::Value;

/// Gap between two columns.
const GAP: &str = "  ";

/// Formats rows as a table with a header.
pub fn rows(rows: &[Value], columns: &[&str]) -> String {
    let head: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    let cells = rows.iter().map(|row| columns.iter().map(|column| cell(&row[*column])).collect());
    aligned(&std::iter::once(head).chain(cells).collect::<Vec<_>>())
}

/// Formats one row as one line per value, each after its name. Each item of a list of objects has its own line.
pub fn row(row: &Value) -> String {
    let Value::Object(fields) = row else { return format!("{}\n", cell(row)) };
    aligned(&fields.iter().flat_map(|(name, value)| lines(name, value)).collect::<Vec<_>>())
}

fn lines(name: &str, value: &Value) -> Vec<Vec<String>> {
    match value {
        Value::Array(items) if items.iter().any(Value::is_object) => {
            let words = |item: &Value| item.get("description").map_or_else(|| item.to_string(), cell);
            let at = |item: &Value| item.get("at").map(|at| cell(at) + " ").unwrap_or_default();
            items.iter().map(|item| vec![name.to_owned(), at(item) + &words(item)]).collect()
        }
        value => vec![vec![name.to_owned(), cell(value)]],
    }
}

/// Formats a value for one cell. Control characters, which would move the terminal's cursor, are escaped.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    };
    let escaped = |c: char| if c.is_control() { c.escape_debug().collect() } else { String::from(c) };
    text.chars().map(escaped).collect()
}

fn aligned(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
    let line = |cells: &Vec<String>| {
        let padded: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        padded.join(GAP).trim_end().to_owned() + "\n"
    };
    lines.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_contents() {
        let found = [
            json!({"alias_id": "xyz100", "alias_name": "Über Ü", "phone_logins": ["100a", "100b"], "active": true}),
            json!({"alias_id": "a", "alias_name": "", "phone_logins": ["100a"], "active": false}),
        ];
        assert_eq!(
            rows(&found, &["alias_id", "alias_name", "phone_logins", "active"]),
            "alias_id  alias_name  phone_logins  active\n\
             xyz100    Über Ü      100a,100b     true\n\
             a                     100a          false\n"
        );
        assert_eq!(rows(&[], &["alias_id"]), "alias_id\n");
    }

    #[test]
    fn a_row_has_one_line_per_value_and_cannot_move_the_cursor() {
        let session = json!({"session_id": 7, "user": "a\u{1b}[2Jb\n", "end_reason": null, "timeline": [
            {"at": "05:31", "description": "the phone rang"}, {"at": "05:32", "description": "it was answered"}
        ]});
        assert_eq!(
            row(&session),
            "end_reason\n\
             session_id  7\n\
             timeline    05:31 the phone rang\n\
             timeline    05:32 it was answered\n\
             user        a\\u{1b}[2Jb\\n\n"
        );
    }
}
