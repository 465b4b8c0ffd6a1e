//! Messages of the operating system, without the number that Rust adds.

use std::borrow::Cow;

const BEGIN: &str = " (os error ";

/// The text without ` (os error 111)`, which says nothing to the reader.
pub fn without_error_number(text: &str) -> Cow<'_, str> {
    let mut rest = Cow::Borrowed(text);
    while let Some(begin) = rest.find(BEGIN) {
        let Some(length) = rest[begin..].find(')') else { break };
        let number = &rest[begin + BEGIN.len()..begin + length];
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
            break;
        }
        rest = format!("{}{}", &rest[..begin], &rest[begin + length + 1..]).into();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::without_error_number;

    #[test]
    fn only_the_number_is_left_out() {
        for (text, shown) in [
            ("a: Connection refused (os error 111)", "a: Connection refused"),
            ("x (os error 2); y (os error 13)!", "x; y!"),
            ("(os error x)", "(os error x)"),
            (" (os error 1", " (os error 1"),
        ] {
            assert_eq!(without_error_number(text), shown);
        }
    }
}
