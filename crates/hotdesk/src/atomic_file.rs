//! Atomic replacement of files.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Writes a file that only its owner can access. Other processes see either the old or the new file; the new
/// one is synced to disk on return.
pub fn put(folder: &Path, name: &str, text: &[u8]) -> io::Result<()> {
    let temporary = folder.join(format!(".{name}.new"));
    // Left by an interrupted run, perhaps with other permissions.
    match std::fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(text)?;
    file.sync_all()?;
    keep_owner(folder, name, &file)?;
    std::fs::rename(&temporary, folder.join(name))?;
    File::open(folder)?.sync_all()
}

/// Gives the file to the folder's owner if that is permitted: a sidecar may run as root, and Asterisk as
/// another user.
fn keep_owner(folder: &Path, name: &str, file: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let there = std::fs::metadata(folder.join(name)).or_else(|_| std::fs::metadata(folder))?;
    let own = file.metadata()?;
    if (own.uid(), own.gid()) == (there.uid(), there.gid()) {
        return Ok(());
    }
    match fchown(file, Some(there.uid()), Some(there.gid())) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_replaced_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".sip.conf.new"), "left behind").unwrap();
        for text in ["one", "another"] {
            put(folder.path(), "sip.conf", text.as_bytes()).unwrap();
            let path = folder.path().join("sip.conf");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file remains");
    }
}
