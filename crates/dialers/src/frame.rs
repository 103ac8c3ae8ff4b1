//! Wire format of the manager interface (AMI): blocks of `Key: value` lines. No I/O.

mod parser;

pub use parser::{Block, FrameError, LONGEST_BLOCK, LONGEST_LINE, Parser};

use std::fmt;

/// One block: its fields in their order. A key can occur several times, such as `Output`.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// Lines, each ended by `\n`.
    text: String,
}

impl Frame {
    /// Every field in order. Lines without a colon are skipped.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.text.split('\n').filter_map(|line| {
            let (key, value) = line.split_once(':')?;
            Some((key, value.strip_prefix(' ').unwrap_or(value)))
        })
    }

    /// The first field with this key; keys are compared without letter case, as Asterisk compares them.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.fields().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value)
    }

    /// Every field with this key, in order.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields().filter(move |(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value)
    }

    /// The first field: `Event`, `Response` or `Action`, with its value.
    #[must_use]
    pub fn kind(&self) -> Option<(&str, &str)> {
        self.fields().next()
    }
}

/// Shows only the kind of the block, because a block can hold a secret.
impl fmt::Debug for Frame {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Frame").field(&self.kind().filter(|(key, _)| *key != "Secret")).finish()
    }
}

/// A field that cannot be written, because it would break the block's syntax. The value is not shown: it may be a
/// secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// The key is empty or contains a colon, CR, LF or NUL.
    #[error("{key:?} cannot be a key")]
    Key {
        /// The key.
        key: String,
    },
    /// The value contains CR, LF or NUL, or a separator that would begin a further value.
    #[error("the value of {key} has a character that cannot be sent")]
    Value {
        /// Its key.
        key: String,
    },
    /// The line would exceed the length limit.
    #[error("the value of {key} is too long")]
    TooLong {
        /// Its key.
        key: String,
    },
}

/// Builder of a block.
#[derive(Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// An empty block.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field.
    ///
    /// # Errors
    /// The field cannot be represented. Nothing is added then.
    pub fn field(&mut self, key: &str, value: &str) -> Result<&mut Self, Unwritable> {
        let ends_a_line = |character| matches!(character, '\r' | '\n' | '\0');
        if key.is_empty() || key.contains(|character| character == ':' || ends_a_line(character)) {
            return Err(Unwritable::Key { key: key.to_owned() });
        }
        if value.contains(ends_a_line) {
            return Err(Unwritable::Value { key: key.to_owned() });
        }
        if key.len() + value.len() + 4 > LONGEST_LINE {
            return Err(Unwritable::TooLong { key: key.to_owned() });
        }
        for part in [key, ": ", value, "\r\n"] {
            self.bytes.extend_from_slice(part.as_bytes());
        }
        Ok(self)
    }

    /// Returns the block with the empty line at its end.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(b"\r\n");
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Parses bytes that arrive in these chunks: all blocks, and the error if any.
    fn parse<'a>(parser: &mut Parser, chunks: impl Iterator<Item = &'a [u8]>) -> (Vec<Block>, Option<FrameError>) {
        let mut blocks = Vec::new();
        for chunk in chunks {
            parser.feed(chunk);
            loop {
                match parser.next_block() {
                    Ok(Some(block)) => blocks.push(block),
                    Ok(None) => break,
                    Err(error) => return (blocks, Some(error)),
                }
            }
        }
        (blocks, None)
    }

    fn frames(bytes: &[u8]) -> Vec<Vec<(String, String)>> {
        let (blocks, error) = parse(&mut Parser::of_client(), std::iter::once(bytes));
        assert_eq!(error, None);
        let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        let fields = |block| match block {
            Block::Frame(frame) => frame.fields().map(owned).collect(),
            Block::Banner(banner) => panic!("{banner}"),
        };
        blocks.into_iter().map(fields).collect()
    }

    fn field(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn repeated_keys_keep_their_order() {
        let read = frames(b"Response: Success\r\nOutput: one\r\nOutput:  two \r\nOutput:\r\n\r\n");
        let expected =
            [field("Response", "Success"), field("Output", "one"), field("Output", " two "), field("Output", "")];
        assert_eq!(read, [expected]);
    }

    #[test]
    fn empty_lines_between_blocks_and_bare_line_feeds_are_tolerated() {
        assert_eq!(
            frames(b"\r\n\n\r\nA: 1\nB: 2\r\n\n\n\r\n\r\nC: 3\n\n"),
            [vec![field("A", "1"), field("B", "2")], vec![field("C", "3")]]
        );
    }

    #[test]
    fn the_first_line_of_a_server_is_its_banner() {
        let (blocks, _) =
            parse(&mut Parser::of_server(), std::iter::once(&b"Asterisk Call Manager/5.0.4\r\nA: 1\r\n\r\n"[..]));
        assert_eq!(blocks[0], Block::Banner("Asterisk Call Manager/5.0.4".to_owned()));
        assert_eq!(blocks.len(), 2);
    }

    #[test]
    fn invalid_utf8_is_replaced() {
        assert_eq!(frames(b"Name: M\xfcller\r\n\r\n"), [[field("Name", "M\u{fffd}ller")]]);
    }

    #[test]
    fn an_endless_line_is_an_error_and_is_not_buffered() {
        let mut parser = Parser::of_client();
        let chunk = [b'x'; 4096];
        let (blocks, error) = parse(&mut parser, std::iter::repeat_n(&chunk[..], 1000));
        assert_eq!((blocks, error), (Vec::new(), Some(FrameError::LineTooLong)));
        assert!(parser.buffered() <= LONGEST_LINE + chunk.len());
        parser.feed(&chunk);
        assert_eq!(parser.next_block(), Err(FrameError::LineTooLong));
        assert!(parser.buffered() <= LONGEST_LINE + chunk.len());
    }

    #[test]
    fn an_endless_block_is_an_error() {
        let (_, error) =
            parse(&mut Parser::of_client(), std::iter::repeat_n(&b"Key: and a value of some length\r\n"[..], 100_000));
        assert_eq!(error, Some(FrameError::BlockTooLong));
    }

    #[test]
    fn the_writers_errors_name_the_key_and_not_the_value() {
        for value in ["a\rb", "a\nb", "a\0b"] {
            let error = Writer::new().field("Secret", value).map(drop).unwrap_err();
            assert_eq!(error, Unwritable::Value { key: "Secret".to_owned() });
            assert_eq!(error.to_string(), "the value of Secret has a character that cannot be sent");
        }
        for key in ["", "a:b", "a\nb"] {
            assert!(matches!(Writer::new().field(key, "x").map(drop), Err(Unwritable::Key { .. })), "{key:?}");
        }
        let long = "x".repeat(LONGEST_LINE);
        assert!(matches!(Writer::new().field("Key", &long).map(drop), Err(Unwritable::TooLong { .. })));
    }

    /// Random bytes, many of them significant in the format.
    fn wire() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![any::<u8>(), proptest::sample::select(b"\r\n\r\n: AB".to_vec())];
        proptest::collection::vec(byte, 0..400)
    }

    proptest! {
        #[test]
        fn parsing_does_not_depend_on_the_chunks(bytes in wire(), cuts in proptest::collection::vec(0_usize..400, 0..20)) {
            let whole = parse(&mut Parser::of_server(), std::iter::once(&bytes[..]));
            let one_by_one = parse(&mut Parser::of_server(), bytes.chunks(1));
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let chunked = parse(&mut Parser::of_server(), cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]));
            prop_assert_eq!(&whole, &one_by_one);
            prop_assert_eq!(&whole, &chunked);
        }

        #[test]
        fn a_written_block_parses_back(fields in proptest::collection::vec(("[^:\r\n\0]{1,12}", "[^\r\n\0]{0,40}"), 1..20)) {
            let mut writer = Writer::new();
            for (key, value) in &fields {
                writer.field(key, value).unwrap();
            }
            prop_assert_eq!(frames(&writer.finish()), [fields]);
        }
    }
}
