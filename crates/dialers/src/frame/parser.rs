//! Incremental parser of blocks. Chunk boundaries do not matter.

use super::Frame;

/// Limit of a line, in bytes.
pub const LONGEST_LINE: usize = 64 * 1024;

/// Limit of a block, in bytes. The output of a command is one block.
pub const LONGEST_BLOCK: usize = 1024 * 1024;

/// A parsed unit of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A server's first line.
    Banner(String),
    /// A block of fields.
    Frame(Frame),
}

/// The bytes are not AMI. The parser stops at the first error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// More than [`LONGEST_LINE`] bytes without a line's end.
    #[error("a line is too long")]
    LineTooLong,
    /// More than [`LONGEST_BLOCK`] bytes without an empty line.
    #[error("a block is too long")]
    BlockTooLong,
}

/// The parser. It buffers at most a block, a line and the last chunk.
#[derive(Debug)]
pub struct Parser {
    bytes: Vec<u8>,
    /// Start of the first unread line.
    line: usize,
    /// Position up to which no line end was found.
    searched: usize,
    /// The block so far, each line ended by `\n`.
    block: Vec<u8>,
    expects_banner: bool,
    error: Option<FrameError>,
}

impl Parser {
    /// A parser of a server's stream: a banner, then blocks.
    #[must_use]
    pub fn of_server() -> Self {
        Self { bytes: Vec::new(), line: 0, searched: 0, block: Vec::new(), expects_banner: true, error: None }
    }

    /// A parser of a client's stream: blocks.
    #[must_use]
    pub fn of_client() -> Self {
        Self { expects_banner: false, ..Self::of_server() }
    }

    /// Adds the next bytes from the peer.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.error.is_none() {
            self.bytes.drain(..self.line);
            self.searched -= self.line;
            self.line = 0;
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// The next block, or `None` until it is complete.
    ///
    /// # Errors
    /// A line or a block exceeds its limit. Every later call returns the same error.
    pub fn next_block(&mut self) -> Result<Option<Block>, FrameError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let next = self.read();
        if let Err(error) = next {
            self.error = Some(error);
        }
        next
    }

    /// Number of buffered bytes that are not a complete block yet.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.bytes.len() - self.line + self.block.len()
    }

    fn read(&mut self) -> Result<Option<Block>, FrameError> {
        while let Some(end) = self.bytes[self.searched..].iter().position(|byte| *byte == b'\n') {
            let end = self.searched + end;
            let line = &self.bytes[self.line..end];
            check(line.len(), self.block.len())?;
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            (self.line, self.searched) = (end + 1, end + 1);
            if self.expects_banner {
                self.expects_banner = false;
                return Ok(Some(Block::Banner(String::from_utf8_lossy(line).into_owned())));
            }
            if !line.is_empty() {
                self.block.extend_from_slice(line);
                self.block.push(b'\n');
            } else if !self.block.is_empty() {
                let text = String::from_utf8_lossy(&self.block).into_owned();
                self.block.clear();
                return Ok(Some(Block::Frame(Frame { text })));
            }
        }
        self.searched = self.bytes.len();
        check(self.bytes.len() - self.line, self.block.len())?;
        Ok(None)
    }
}

fn check(line: usize, block: usize) -> Result<(), FrameError> {
    if line > LONGEST_LINE {
        return Err(FrameError::LineTooLong);
    }
    if block + line > LONGEST_BLOCK {
        return Err(FrameError::BlockTooLong);
    }
    Ok(())
}
