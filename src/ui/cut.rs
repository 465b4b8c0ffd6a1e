//! Cuts text to a width, in columns of the terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The width that is left for the start of a shortened URL, with the `…`.
const MIN_START: usize = 4;

/// Cuts a URL in the middle, so that its host and its last path segment stay.
pub fn shortened_url(url: &str, width: usize) -> String {
    if url.width() <= width {
        return url.to_owned();
    }
    let url = url.split_once("://").map_or(url, |(_, rest)| rest);
    if url.width() <= width {
        return url.to_owned();
    }
    let last = url.rfind('/').map_or("", |slash| &url[slash..]);
    let end = match last.width() {
        long if long + MIN_START > width => {
            let kept = characters_within(last.chars().rev(), width / 2);
            kept.chars().rev().collect()
        }
        _ => last.to_owned(),
    };
    let start = characters_within(url.chars(), width.saturating_sub(end.width() + 1));
    format!("{start}…{end}")
}

/// Cuts a text at its end to fit a width.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    characters_within(text.chars(), width.saturating_sub(1)) + "…"
}

/// As many characters as fit a width.
fn characters_within(characters: impl Iterator<Item = char>, width: usize) -> String {
    let mut left = width;
    let fits = |c: &char| {
        let needed = c.width().unwrap_or_default();
        let fits = needed <= left;
        left = left.saturating_sub(needed);
        fits
    };
    characters.take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::shortened_url;

    #[test]
    fn a_url_keeps_its_host_and_its_last_segment() {
        for (width, expected) in [
            (60, "https://hooks.example.com/a/long/path/validate"),
            (40, "hooks.example.com/a/long/path/validate"),
            (30, "hooks.example.com/a/…/validate"),
            (24, "hooks.example.…/validate"),
            (14, "hook…/validate"),
            (3, "h…e"),
        ] {
            let url = "https://hooks.example.com/a/long/path/validate";
            assert_eq!(shortened_url(url, width), expected);
        }
        assert_eq!(shortened_url("東京東京東京東京", 6), "東京…");
        assert_eq!(shortened_url("http://127.0.0.1:1/x", 14), "127.0.0.1:1/x");
    }
}
