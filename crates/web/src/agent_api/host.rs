//! Host data for the function `webserver`. Monitoring scripts read VICIdial's labels, so they stay; the kernel version is left out for
//! security, and settings that only PHP and Apache have are `0` or empty.

use std::path::Path;

use crate::http::form::FORM_SIZE;

/// Data of this host.
pub(super) struct HostData {
    host_name: String,
    load: String,
    disk_free: u64,
}

impl HostData {
    /// Reads the current data. Unreadable values are empty or `0`.
    pub fn read() -> Self {
        let first_line = |path: &str| {
            let text = std::fs::read_to_string(Path::new(path)).unwrap_or_default();
            text.lines().next().unwrap_or_default().to_owned()
        };
        let load = first_line("/proc/loadavg");
        let disk = rustix::fs::statvfs(".").ok();
        Self {
            host_name: first_line("/proc/sys/kernel/hostname"),
            load: load.split(' ').take(3).collect::<Vec<_>>().join(" "),
            disk_free: disk.map_or(0, |disk| disk.f_bavail.saturating_mul(disk.f_frsize)),
        }
    }

    /// The reply.
    pub fn text(&self) -> String {
        let version = concat!("Hotdesk ", env!("CARGO_PKG_VERSION"));
        let (disk_free, form_size) = (self.disk_free.to_string(), FORM_SIZE.to_string());
        let labels = [
            ("set.timezone", "UTC"),
            ("abbr.timezone", "UTC"),
            ("dst.timezone", "0"),
            ("uname", ""),
            ("host name", &self.host_name),
            ("server name", &self.host_name),
            ("php version", version),
            ("apache version", version),
            ("apache processes", "0"),
            ("system load average", &self.load),
            ("disk free space", &disk_free),
            ("date.timezone", "UTC"),
            ("maximum execution time", "0"),
            ("maximum input time", "0"),
            ("memory limit", ""),
            ("post maximum size", &form_size),
            ("upload maximum filesize", "0"),
            ("default socket timeout", "0"),
        ];
        let lines = labels.map(|(label, value)| format!("{label}: {value}\n")).concat();
        format!("<PRE>Webserver Data:\n{lines}</PRE>\n")
    }
}
