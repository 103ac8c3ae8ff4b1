//! Passwords of new phones: the source of a given password, and the output file.

use std::fs::OpenOptions;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use csv::Writer;
use fleet::phones::BulkPlan;
use fleet::schema::Table;
use fleet::schema::Value;
use fleet::text::Alphabet;

use crate::failure::Failure;

/// Columns of the output file, with the names that `import` uses.
const COLUMNS: [&str; 5] = ["extension", "server_ip", "phone_login", "phone_pass", "registration_password"];

/// Reads the phone password from the first line of a file; `-` is standard input.
pub fn pass_from(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text))
    };
    read.map_err(|source| Failure::File { path: path.to_owned(), source })?;
    let pass = Value::Text(text.lines().next().unwrap_or_default().to_owned());
    let Some(key) = Table::Phone.column("phone_pass") else { return Ok(String::new()) };
    match key.value_type.read(key.name, &pass, Alphabet::Latin) {
        Ok(pass) if !pass.is_empty() => Ok(pass),
        Ok(_) => {
            Err(Failure::Refused(format!("the first line of {} is empty: it must be the password", path.display())))
        }
        Err(what) => Err(Failure::Refused(format!("{}: {what}", path.display()))),
    }
}

/// Writes a new file that only its owner can read, and syncs it to disk.
pub fn write(path: &Path, plan: &BulkPlan) -> Result<(), Failure> {
    let failed = |source| Failure::Secrets { path: path.to_owned(), source };
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    let mut rows = Writer::from_writer(file);
    let mut write = || {
        rows.write_record(COLUMNS)?;
        for planned in &plan.phones {
            let phone = &planned.phone;
            rows.write_record([&phone.extension, &phone.server_ip, &phone.login, &phone.pass, &phone.conf_secret])?;
        }
        rows.flush()?;
        rows.get_ref().sync_all()
    };
    write().map_err(failed)
}
