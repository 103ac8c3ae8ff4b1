//! CSV files for spreadsheets (RFC 4180, UTF-8).

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use fleet::fleet_file::sheet::guarded;

/// Rows could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write a row: {0}")]
pub(crate) struct CsvError(String);

/// Response with a file that a browser saves under this name.
pub(crate) fn attachment(name: &str, body: impl Into<Body>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    ([(CONTENT_DISPOSITION, disposition)], content(body)).into_response()
}

/// Response with a file whose first line has the column names.
pub(crate) fn content(body: impl Into<Body>) -> Response {
    let headers = [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    (headers, body.into()).into_response()
}

/// Writes rows of text. Cells are escaped so that spreadsheets do not treat them as formulas.
pub(crate) fn rows<R, C>(rows: impl IntoIterator<Item = R>) -> Result<Vec<u8>, CsvError>
where
    R: IntoIterator<Item = C>,
    C: AsRef<str>,
{
    let broken = |error: &dyn std::fmt::Display| CsvError(error.to_string());
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        for cell in row {
            writer.write_field(&*guarded(cell.as_ref())).map_err(|error| broken(&error))?;
        }
        writer.write_record(None::<&[u8]>).map_err(|error| broken(&error))?;
    }
    writer.into_inner().map_err(|error| broken(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_and_never_a_formula() {
        let written = rows([["a", "b,c", "say \"x\"", "=1+1", ""]]).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), "a,\"b,c\",\"say \"\"x\"\"\",'=1+1,\r\n");
    }
}
