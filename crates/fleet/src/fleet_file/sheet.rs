//! Sheets: the rows of one section as CSV, for spreadsheets and programs that export CSV.
//!
//! The first line names the columns: a fleet file's keys, or the table's columns. UTF-8, with or without a byte order mark; lines
//! end with LF or CRLF; the delimiter is a comma, or a semicolon if the first line contains semicolons and no comma. Blanks
//! around a value are ignored. An empty cell leaves its key alone: an existing row keeps its value, and a new row gets the
//! schema's default. A text that a spreadsheet would evaluate as a formula gets a leading `'`, which is removed when the sheet is
//! read.

use std::borrow::Cow;

use csv::{ByteRecord, ReaderBuilder, Writer};

use super::read::{Reader, Reading};
use crate::schema::{Column, FileError, Invalid, Object, Row, Table, Value, ValueType};
use crate::text::Alphabet;

/// Position of the header line, for messages.
const FIRST: &str = "line 1";

/// Optional prefix that spreadsheets write.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Parses a sheet of this table. Entries are numbered by line.
#[must_use]
pub fn read(table: Table, bytes: &[u8], alphabet: Alphabet) -> Reading {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let mut reader = Reader::of_lines(alphabet);
    let mut records =
        ReaderBuilder::new().delimiter(delimiter(bytes)).flexible(true).has_headers(false).from_reader(bytes);
    let mut record = ByteRecord::new();
    let mut columns: Option<Vec<&'static Column>> = None;
    let mut lines = Lines { bytes, seen: 0, line: 1 };
    loop {
        match records.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                reader.mistake(FIRST, Invalid::Unreadable { reason: error.to_string() });
                break;
            }
        }
        record.trim();
        let line = lines.line_of(&record);
        match &columns {
            None => match columns_of(table, &record) {
                Ok(named) => columns = Some(named),
                Err(mistakes) => return Reading { wanted: Vec::new(), mistakes },
            },
            Some(columns) => row(&mut reader, (table, columns), line, &record),
        }
    }
    if columns.is_none() {
        reader.mistake(FIRST, Invalid::NoColumns { known: known(table) });
    }
    reader.finish()
}

/// Line counter. The CSV reader's own count is one too low after CRLF and blank lines.
struct Lines<'a> {
    bytes: &'a [u8],
    seen: usize,
    line: usize,
}

impl Lines<'_> {
    /// The line on which a record begins. Records must be passed in order.
    fn line_of(&mut self, record: &ByteRecord) -> usize {
        let begin = record.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or_default();
        let skipped = self.bytes.iter().skip(begin).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let begin = begin + skipped;
        let passed = self.bytes.get(self.seen..begin).unwrap_or_default();
        self.line += passed.split(|byte| *byte == b'\n').skip(1).count();
        self.seen = begin;
        self.line
    }
}

fn delimiter(bytes: &[u8]) -> u8 {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if first.contains(&b';') && !first.contains(&b',') { b';' } else { b',' }
}

fn known(table: Table) -> String {
    table.columns().iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
}

/// The keys that the first line names.
fn columns_of(table: Table, record: &ByteRecord) -> Result<Vec<&'static Column>, Vec<FileError>> {
    let (mut columns, mut mistakes): (Vec<&'static Column>, Vec<FileError>) = (Vec::new(), Vec::new());
    let mut mistake = |what| mistakes.push(FileError { place: FIRST.to_owned(), what });
    for name in record {
        let name = String::from_utf8_lossy(name).into_owned();
        match table.column(&name) {
            None => mistake(Invalid::UnknownColumn { column: name, known: known(table) }),
            Some(column) if columns.iter().any(|other| other.name == column.name) => {
                mistake(Invalid::SameKey { key: name, other: column.name.to_owned() });
            }
            Some(column) => columns.push(column),
        }
    }
    let names = table.columns().iter().filter(|column| column.is_key);
    for column in names.filter(|column| !columns.iter().any(|other| other.name == column.name)) {
        mistake(Invalid::NoColumn { key: column.name });
    }
    if mistakes.is_empty() { Ok(columns) } else { Err(mistakes) }
}

fn row(reader: &mut Reader, (table, columns): (Table, &[&'static Column]), line: usize, record: &ByteRecord) {
    if record.iter().all(<[u8]>::is_empty) {
        return;
    }
    let mut object = Object::default();
    let mut mistakes = Vec::new();
    for (column, cell) in columns.iter().zip(record).filter(|(_, cell)| !cell.is_empty()) {
        match std::str::from_utf8(cell) {
            Ok(text) => object.0.push((column.name.to_owned(), column.value_type.typed(without_guard(text)))),
            Err(_) => mistakes.push(Invalid::NotUtf8 { key: column.name }),
        }
    }
    if record.len() < columns.len() || record.iter().skip(columns.len()).any(|cell| !cell.is_empty()) {
        mistakes.push(Invalid::WrongWidth { found: record.len(), wanted: columns.len() });
    }
    let name = table.columns().iter().rfind(|column| column.is_key).and_then(|column| match object.get(column.name) {
        Some(Value::Text(name)) => Some(format!(" ({} {})", column.name, name.escape_debug())),
        _ => None,
    });
    let place = format!("line {line}{}", name.unwrap_or_default());
    for what in mistakes {
        reader.mistake(&place, what);
    }
    reader.row(table, line, &object, &place);
}

/// Writes rows of a table as a sheet with a column for every key, with or without secrets.
///
/// # Errors
/// None in practice, because it writes to memory.
pub fn write<'a>(
    table: Table,
    rows: impl IntoIterator<Item = &'a Row>,
    with_secrets: bool,
) -> Result<Vec<u8>, csv::Error> {
    let columns: Vec<&Column> = table.columns().iter().filter(|column| with_secrets || !column.secret).collect();
    let mut sheet = Writer::from_writer(Vec::new());
    sheet.write_record(columns.iter().map(|column| column.name))?;
    for row in rows {
        sheet.write_record(columns.iter().map(|column| cell(row, column)))?;
    }
    sheet.into_inner().map_err(|error| error.into_error().into())
}

fn cell(row: &Row, column: &Column) -> String {
    match column.value_type.show(row.text(column.name)) {
        Value::Flag(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Fraction(fraction) => fraction.to_string(),
        // Time zones such as `-5.00` are numbers to a spreadsheet, and sheets with secrets are not for spreadsheets.
        Value::Text(text) if !column.secret && !matches!(column.value_type, ValueType::TimeZone) => {
            guarded(&text).into_owned()
        }
        Value::Text(text) => text,
        Value::List(items) => items.iter().filter_map(text_of).collect::<Vec<_>>().join(","),
        Value::Object(_) => String::new(),
    }
}

/// A cell's text, with a leading `'` if a spreadsheet would evaluate it as a formula or would drop its own leading `'`.
#[must_use]
pub fn guarded(text: &str) -> Cow<'_, str> {
    if is_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A text without the leading `'` that protects it from evaluation.
fn without_guard(text: &str) -> &str {
    text.strip_prefix('\'').filter(|behind| is_formula(behind)).unwrap_or(text)
}

fn text_of(raw: &Value) -> Option<&str> {
    match raw {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phones(text: &str) -> Reading {
        read(Table::Phone, text.as_bytes(), Alphabet::Latin)
    }

    fn mistakes(text: &str) -> Vec<String> {
        phones(text).mistakes.iter().map(FileError::to_string).collect()
    }

    #[test]
    fn each_line_is_an_entry_and_empty_cells_set_nothing() {
        let read =
            phones("extension,server_ip,login,active,local_gmt\n100,10.0.9.8,100a,TRUE,-5\n\n101,10.0.9.8,101a,,\n");
        assert_eq!(read.mistakes, []);
        let [first, second] = read.wanted.as_slice() else { panic!("{read:?}") };
        assert_eq!((first.row.text("phone_login"), first.row.text("active")), ("100a", "Y"));
        assert_eq!((first.row.text("local_gmt"), first.number), ("-5.00", 2));
        assert_eq!((second.row.get("active"), second.row.get("local_gmt")), (None, None));
        assert_eq!((second.number, second.place.as_str()), (4, "line 4 (extension 101)"));
    }

    #[test]
    fn formulas_are_guarded_and_read_back_unchanged() {
        for (text, cell) in [("=1+1", "'=1+1"), ("'@a", "''@a"), ("-1", "'-1"), ("'a", "'a"), ("a=b", "a=b")] {
            let mut row = Row::new(Table::Phone);
            let names =
                [("server_ip", "10.0.9.8"), ("extension", "100"), ("local_gmt", "-5.00"), ("codecs_list", text)];
            for (column, value) in names {
                row.set(column, value.to_owned());
            }
            let written = String::from_utf8(write(Table::Phone, [&row], false).unwrap()).unwrap();
            assert!(written.contains(&format!(",{cell},")) && written.contains(",-5.00,"), "{written}");
            assert_eq!(phones(&written).wanted[0].row, row, "{text}");
        }
    }

    #[test]
    fn variants_that_spreadsheets_write_read_the_same() {
        let plain = phones("extension,server_ip,phone_login\n100,10.0.9.8,100a\n").wanted;
        for text in [
            "\u{FEFF}extension,server_ip,phone_login\r\n100,10.0.9.8,100a\r\n",
            "extension;server_ip;phone_login\n100;10.0.9.8;100a\n",
            "\"extension\",\"server_ip\",\"phone_login\"\n\"100\", 10.0.9.8 ,\"100a\"",
            "extension,server_ip,phone_login\n100,10.0.9.8,100a,,\n,,\n",
        ] {
            assert_eq!(phones(text).wanted, plain, "{text:?}");
        }
        let aliases = read(Table::Alias, b"alias_id;phone_logins\nxyz;100a,100b\n", Alphabet::Latin);
        assert_eq!(aliases.wanted[0].row.text("phone_logins"), "100a,100b");
    }

    #[test]
    fn every_mistake_names_its_line_and_its_field() {
        let text = b"extension,server_ip,phone_login,phone_pass\n1 0,10.0.9.8,100a,se cret\n101,10.0.9.8\n\
                     ,10.0.9.8,x,\n102,10.0.9.8,\xFF,\n101,10.0.9.8,101a,\n";
        let read = read(Table::Phone, text, Alphabet::Latin);
        let found: Vec<String> = read.mistakes.iter().map(FileError::to_string).collect();
        assert_eq!(
            found,
            [
                "line 2 (extension 1 0): extension: only letters, digits, `-` and `_` are allowed",
                "line 2 (extension 1 0): phone_pass: only letters, digits, `-` and `_` are allowed",
                "line 3 (extension 101): this line has 2 values, but the first line names 4",
                "line 4: extension is missing",
                "line 5 (extension 102): phone_login: the value is not UTF-8; save the file as UTF-8",
                "line 6 (extension 101): duplicate entry; the first one is line 3",
            ]
        );
    }

    #[test]
    fn the_first_line_must_name_known_columns_and_all_key_columns() {
        let known = known(Table::Phone);
        assert_eq!(mistakes(""), [format!("line 1: the first line must name the columns; known columns are {known}")]);
        assert_eq!(
            mistakes("extension,login,phone_login,frist\n100,100a,100a,x\n"),
            [
                "line 1: the keys \"phone_login\" and \"phone_login\" mean the same column; keep one".to_owned(),
                format!("line 1: unknown column \"frist\"; known columns are {known}"),
                "line 1: the column server_ip is missing".to_owned(),
            ]
        );
    }

    #[test]
    fn a_written_sheet_reads_back_unchanged() {
        let values = |pairs: &[(&str, &str)]| {
            let mut row = Row::new(Table::Phone);
            for (column, value) in pairs {
                row.set(column, (*value).to_owned());
            }
            row
        };
        let phone = values(&[
            ("server_ip", "10.0.9.8"),
            ("extension", "100"),
            ("phone_login", "100a"),
            ("phone_pass", "linesecret"),
            ("on_hook_agent", "Y"),
            ("is_webphone", "Y_API_LAUNCH"),
            ("local_gmt", "-5.00"),
        ]);
        let whole = write(Table::Phone, [&phone], true).unwrap();
        assert_eq!(read(Table::Phone, &whole, Alphabet::Latin).wanted[0].row, phone);
        let open = String::from_utf8(write(Table::Phone, [&phone], false).unwrap()).unwrap();
        assert!(open.starts_with("server_ip,extension,phone_login,dialplan_number,"), "{open}");
        assert!(!open.contains("secret") && !open.contains("phone_pass"), "{open}");
        let mut alias = Row::new(Table::Alias);
        alias.set("alias_id", "xyz".into());
        alias.set("phone_logins", "100a,100b".into());
        let text = String::from_utf8(write(Table::Alias, [&alias], true).unwrap()).unwrap();
        assert_eq!(text, "alias_id,alias_name,phone_logins,active,user_group\nxyz,,\"100a,100b\",,\n");
    }
}
