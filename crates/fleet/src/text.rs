//! Character filters for values. Every value is filtered before it is used, and other characters are dropped silently (rule: the
//! Non-Agent API, "Filters").

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// The set of letters: the system setting `use_non_latin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Alphabet {
    /// `A-Z` and `a-z`; every other byte above ASCII is dropped.
    #[default]
    Latin,
    /// Any Unicode letter (`\p{L}`: no marks, no numerals); a value that is not UTF-8 is empty.
    Unicode,
}

/// The set of characters that a field keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    ascii: [bool; 128],
    letters: bool,
}

const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &[u8] = b"0123456789";

impl Kept {
    const fn nothing() -> Self {
        Self { ascii: [false; 128], letters: false }
    }

    const fn and(mut self, characters: &[u8]) -> Self {
        let mut i = 0;
        while i < characters.len() {
            self.ascii[characters[i] as usize] = true;
            i += 1;
        }
        self
    }

    const fn and_letters(self) -> Self {
        let mut kept = self.and(LOWER).and(UPPER);
        kept.letters = true;
        kept
    }

    /// Digits only.
    pub const NUMBER: Self = Self::nothing().and(DIGITS);
    /// Digits, `-` and `.`: a time zone.
    pub const DECIMAL: Self = Self::NUMBER.and(b"-.");
    /// Digits and `-`: a number that may be below zero.
    pub const SIGNED: Self = Self::NUMBER.and(b"-");
    /// [`Self::SIGNED`] and `_`: a rank.
    pub const RANK: Self = Self::SIGNED.and(b"_");
    /// Capital letters: a switch with the values `Y` and `N`.
    pub const CAPITALS: Self = Self::nothing().and(UPPER);
    /// Letters.
    pub const LETTERS: Self = Self::nothing().and_letters();
    /// Letters and digits.
    pub const ALNUM: Self = Self::NUMBER.and_letters();
    /// Letters, digits, `-` and `_`: names.
    pub const WORD: Self = Self::ALNUM.and(b"-_");
    /// [`Self::WORD`] and the comma between names.
    pub const WORDS: Self = Self::WORD.and(b",");
    /// [`Self::WORDS`] and the `|` between names.
    pub const LIST: Self = Self::WORDS.and(b"|");
    /// [`Self::WORD`] and `|`: an option of the Agent API.
    pub const OPTIONS: Self = Self::WORD.and(b"|");
    /// A password of the Agent API: [`Self::WORD`] and `.+/=`.
    pub const AGENT_API_PASS: Self = Self::WORD.and(b".+/=");
    /// Dialable characters: letters, digits, `*` and `#`.
    pub const DIALLED: Self = Self::ALNUM.and(b"*#");
    /// An address of a dialer: letters, digits, `-`, `.`, `:` and `_`.
    pub const ADDRESS: Self = Self::WORD.and(b".:");
    /// A person's or a phone's name: letters, digits, blank and `-+._`.
    pub const FULL_NAME: Self = Self::WORD.and(b" +.");
    /// A title: [`Self::FULL_NAME`] and `:/@`.
    pub const TITLE: Self = Self::FULL_NAME.and(b":/@");
    /// An email address: [`Self::TITLE`] and `'%`.
    pub const EMAIL: Self = Self::TITLE.and(b"'%");

    /// The kept characters of `raw`, in order.
    #[must_use]
    pub fn filter(&self, raw: &[u8], alphabet: Alphabet) -> String {
        match alphabet {
            Alphabet::Latin => {
                raw.iter().filter(|byte| self.keeps_ascii(**byte)).map(|byte| char::from(*byte)).collect()
            }
            Alphabet::Unicode => std::str::from_utf8(raw)
                .map(|text| text.chars().filter(|c| self.keeps(*c)).collect())
                .unwrap_or_default(),
        }
    }

    /// Description of the kept characters: ``letters, digits, `-` and `_` ``.
    #[must_use]
    pub fn allowed(&self) -> String {
        let all = |characters: &[u8]| characters.iter().all(|byte| self.keeps_ascii(*byte));
        let mut words = Vec::new();
        if all(LOWER) {
            words.push("letters".to_owned());
        } else if all(UPPER) {
            words.push("capital letters".to_owned());
        }
        if all(DIGITS) {
            words.push("digits".to_owned());
        }
        if all(b" ") {
            words.push("blanks".to_owned());
        }
        let marks = (b'!'..=b'~').filter(|byte| !byte.is_ascii_alphanumeric() && self.keeps_ascii(*byte));
        words.extend(marks.map(|byte| format!("`{}`", char::from(byte))));
        match words.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, before)) => format!("{} and {last}", before.join(", ")),
            None => "nothing".to_owned(),
        }
    }

    fn keeps_ascii(&self, byte: u8) -> bool {
        self.ascii.get(usize::from(byte)).copied().unwrap_or(false)
    }

    fn keeps(&self, character: char) -> bool {
        match u8::try_from(character) {
            Ok(byte) if byte.is_ascii() => self.keeps_ascii(byte),
            // Not `is_alphabetic`, which also accepts combining marks and numerals.
            _ => self.letters && character.general_category_group() == GeneralCategoryGroup::Letter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn other_characters_are_dropped_silently() {
        assert_eq!(Kept::WORD.filter(b"cc100' OR '1'='1", Alphabet::Latin), "cc100OR11");
        assert_eq!(Kept::NUMBER.filter(b"+1 (727) 555-1212", Alphabet::Latin), "17275551212");
        assert_eq!(Kept::CAPITALS.filter(b"YesN", Alphabet::Latin), "YN");
    }

    #[test]
    fn kept_characters_are_described_in_words() {
        assert_eq!(Kept::NUMBER.allowed(), "digits");
        assert_eq!(Kept::CAPITALS.allowed(), "capital letters");
        assert_eq!(Kept::WORD.allowed(), "letters, digits, `-` and `_`");
        assert_eq!(Kept::FULL_NAME.allowed(), "letters, digits, blanks, `+`, `-`, `.` and `_`");
    }

    #[test]
    fn bytes_above_ascii_are_dropped_in_the_latin_alphabet() {
        assert_eq!(Kept::TITLE.filter("Näme".as_bytes(), Alphabet::Latin), "Nme");
        assert_eq!(Kept::TITLE.filter(b"ab\xFF\xFEcd", Alphabet::Latin), "abcd");
    }

    #[test]
    fn filters_with_letters_keep_any_letter_in_the_unicode_alphabet() {
        assert_eq!(Kept::TITLE.filter("Ångström Ж☎".as_bytes(), Alphabet::Unicode), "Ångström Ж");
        assert_eq!(Kept::NUMBER.filter("1Ж2".as_bytes(), Alphabet::Unicode), "12");
    }

    #[test]
    fn marks_and_numerals_are_not_letters() {
        assert_eq!(Kept::TITLE.filter("สวัสดี".as_bytes(), Alphabet::Unicode), "สวสด");
        assert_eq!(Kept::TITLE.filter("Ⅷ Ⓐ ١ ª日".as_bytes(), Alphabet::Unicode), "   ª日");
    }

    #[test]
    fn invalid_utf8_empties_the_value_in_the_unicode_alphabet() {
        assert_eq!(Kept::TITLE.filter(b"ab\xFFcd", Alphabet::Unicode), "");
    }

    proptest! {
        #[test]
        fn a_filtered_value_passes_its_own_filter_unchanged(raw in proptest::collection::vec(any::<u8>(), 0..200)) {
            for alphabet in [Alphabet::Latin, Alphabet::Unicode] {
                for kept in [Kept::WORD, Kept::WORDS, Kept::EMAIL, Kept::DECIMAL, Kept::DIALLED] {
                    let once = kept.filter(&raw, alphabet);
                    prop_assert_eq!(kept.filter(once.as_bytes(), alphabet), once);
                }
            }
        }

        #[test]
        fn no_control_character_survives_any_filter(raw in proptest::collection::vec(any::<u8>(), 0..200)) {
            for kept in [Kept::WORDS, Kept::EMAIL, Kept::DIALLED, Kept::ADDRESS] {
                prop_assert!(!kept.filter(&raw, Alphabet::Latin).chars().any(char::is_control));
            }
        }
    }
}
