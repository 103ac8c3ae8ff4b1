//! Login throttle per address, against password guessing: after too many failures an address is blocked,
//! whichever accounts were tried.
//!
//! The lock-out of an account does not stop an attacker who tries one password on many accounts. Failures are
//! kept in memory, so a restart forgets them. Nodes on one database share them, so that switching nodes does
//! not help.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};

use fleet::Timestamp;
use parking_lot::{Mutex, MutexGuard};

/// Failures within [`WINDOW`] that block an address.
const FAILURES: usize = 50;

/// How long a failure counts, in milliseconds.
const WINDOW: i64 = 15 * 60 * 1000;

/// Maximum number of tracked addresses.
const ADDRESSES: usize = 10_000;

/// Times of an address's last [`FAILURES`] failures.
type Failures = VecDeque<i64>;

/// Recent failures by address.
#[derive(Debug, Default)]
pub(crate) struct LoginThrottle {
    failed: Mutex<HashMap<IpAddr, Failures>>,
}

impl LoginThrottle {
    /// How many seconds the block of this address still lasts, if it is blocked.
    pub(crate) fn retry_after_seconds(&self, from: IpAddr, now: Timestamp) -> Option<u64> {
        let failed = self.failed();
        let failures = failed.get(&network(from))?;
        let left = failures.front()? + WINDOW - now.unix_ms();
        let is_barred = failures.len() >= FAILURES && left > 0;
        is_barred.then(|| u64::try_from(left).unwrap_or(0).div_ceil(1000))
    }

    /// Records a failed login from this address.
    pub(crate) fn record_failure(&self, from: IpAddr, now: Timestamp) {
        let (mut failed, from) = (self.failed(), network(from));
        if failed.len() >= ADDRESSES && !failed.contains_key(&from) {
            evict(&mut failed, now);
        }
        let failures = failed.entry(from).or_default();
        if failures.len() >= FAILURES {
            failures.pop_front();
        }
        failures.push_back(now.unix_ms());
    }

    fn failed(&self) -> MutexGuard<'_, HashMap<IpAddr, Failures>> {
        self.failed.lock()
    }
}

/// Evicts expired addresses, else the one with the fewest failures, and of several the one that failed first.
fn evict(failed: &mut HashMap<IpAddr, Failures>, now: Timestamp) {
    failed.retain(|_, failures| failures.back().is_some_and(|last| now.unix_ms() - last < WINDOW));
    if failed.len() < ADDRESSES {
        return;
    }
    let least = failed.iter().min_by_key(|(_, failures)| (failures.len(), failures.back().copied()));
    if let Some(least) = least.map(|(address, _)| *address) {
        failed.remove(&least);
    }
}

/// The /64 network of an IPv6 address, since a client that has one address of it usually has all of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(1_795_239_060 + seconds)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn fifty_failures_within_fifteen_minutes_block_only_their_address() {
        let (login_throttle, guesser) = (LoginThrottle::default(), address("192.0.2.7"));
        for second in 0..49 {
            login_throttle.record_failure(guesser, at(second));
        }
        assert_eq!(login_throttle.retry_after_seconds(guesser, at(49)), None);
        login_throttle.record_failure(guesser, at(49));
        assert_eq!(login_throttle.retry_after_seconds(guesser, at(50)), Some(850));
        assert_eq!(
            login_throttle.retry_after_seconds(address("::ffff:192.0.2.7"), at(50)),
            Some(850),
            "the IPv4-mapped form of the same address"
        );
        assert_eq!(login_throttle.retry_after_seconds(address("192.0.2.8"), at(50)), None);
        assert_eq!(login_throttle.retry_after_seconds(guesser, at(899)), Some(1));
        assert_eq!(login_throttle.retry_after_seconds(guesser, at(900)), None, "the first failure has expired");
        login_throttle.record_failure(guesser, at(900));
        assert_eq!(
            login_throttle.retry_after_seconds(guesser, at(900)),
            Some(1),
            "the fiftieth recent failure blocks again"
        );
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_together() {
        let login_throttle = LoginThrottle::default();
        for number in 0..50 {
            login_throttle.record_failure(address(&format!("2001:db8::{number}")), at(0));
        }
        assert!(login_throttle.retry_after_seconds(address("2001:db8::ffff:1"), at(0)).is_some());
        assert_eq!(login_throttle.retry_after_seconds(address("2001:db8:0:1::1"), at(0)), None);
    }

    #[test]
    fn a_flood_of_addresses_uses_no_more_memory_and_unblocks_no_address() {
        let (login_throttle, guesser) = (LoginThrottle::default(), address("192.0.2.7"));
        for _ in 0..50 {
            login_throttle.record_failure(guesser, at(0));
        }
        for number in 0..u32::try_from(ADDRESSES).unwrap() + 500 {
            login_throttle.record_failure(IpAddr::V4((0x0a00_0000 + number).into()), at(1));
        }
        assert_eq!(login_throttle.failed().len(), ADDRESSES);
        assert!(login_throttle.retry_after_seconds(guesser, at(2)).is_some());
    }
}
