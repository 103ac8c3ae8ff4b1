//! Random number generator, passed as an argument.

/// Source of random bytes. Only the binary has an implementation that uses the operating system's.
pub trait Rng: Send + Sync {
    /// Fills `bytes` with unpredictable bytes.
    fn fill(&self, bytes: &mut [u8]);
}
