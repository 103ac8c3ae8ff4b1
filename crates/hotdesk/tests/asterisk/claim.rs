//! Machine-wide unique numbers: no other test, in any thread or process, holds the same number at the same time.

use std::net::{SocketAddr, TcpListener};
use std::ops::RangeInclusive;

/// A number that is held until this is dropped. A listening socket holds it, so the operating system releases it
/// however the process ends.
pub struct Claim {
    pub number: u16,
    _held: TcpListener,
}

impl Claim {
    /// Claims the first of these numbers whose socket is free and that is usable.
    pub fn first(
        numbers: RangeInclusive<u16>,
        socket: impl Fn(u16) -> SocketAddr,
        is_usable: impl Fn(u16) -> bool,
    ) -> Self {
        let mut claims = numbers.filter_map(|number| {
            let held = TcpListener::bind(socket(number)).ok()?;
            is_usable(number).then_some(Self { number, _held: held })
        });
        claims.next().unwrap_or_else(|| panic!("every number is in use"))
    }
}
