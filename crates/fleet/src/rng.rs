//! Randomness as an argument.

/// Gives random bytes. Only the binary has one that asks the operating system.
pub trait Rng: Send + Sync {
    /// Fills `bytes` with bytes that nobody can guess.
    fn fill(&self, bytes: &mut [u8]);
}
