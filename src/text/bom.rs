//! Text files of any program: UTF-8, and UTF-16 as PowerShell writes it. A byte order mark is no part of the text.

use std::borrow::Cow;

/// The byte order mark of UTF-8.
pub const UTF_8: [u8; 3] = [0xef, 0xbb, 0xbf];

/// The bytes as UTF-8 without a byte order mark. `None`: UTF-16 that is not valid. Other bytes are unchanged.
pub fn to_utf_8(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    let decoded = |unit: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let units: Vec<_> = pairs.iter().map(|pair| unit(*pair)).collect();
        let text = String::from_utf16(&units).ok().filter(|_| rest.is_empty())?;
        Some(Cow::Owned(text.into_bytes()))
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => decoded(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => decoded(u16::from_be_bytes, rest),
        _ => Some(Cow::Borrowed(bytes.strip_prefix(&UTF_8).unwrap_or(bytes))),
    }
}

/// Whether a text begins with a byte order mark of any encoding.
pub fn has_one(bytes: &[u8]) -> bool {
    bytes.starts_with(&UTF_8) || matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::to_utf_8;

    proptest! {
        #[test]
        fn every_encoding_of_a_text_is_the_same_text(text in any::<String>()) {
            let units = || text.encode_utf16();
            let little = [vec![0xff, 0xfe], units().flat_map(u16::to_le_bytes).collect()].concat();
            let big = [vec![0xfe, 0xff], units().flat_map(u16::to_be_bytes).collect()].concat();
            let marked = [&super::UTF_8, text.as_bytes()].concat();
            for bytes in [little, big, marked] {
                assert_eq!(to_utf_8(&bytes).unwrap(), text.as_bytes());
            }
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..9)) {
            to_utf_8(&bytes);
        }
    }
}
