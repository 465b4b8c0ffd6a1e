//! Reads a file, or standard input for `-`.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::Path;

use tokio::task::spawn_blocking;

use crate::failure::Failure;
use crate::system::files;
use crate::text::plain;

/// Whether a path means standard input.
pub fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// The bytes of a file or of standard input; errors name the flag. UTF-16 becomes UTF-8, without a byte order mark.
pub async fn bytes(flag: &str, path: &Path) -> Result<Vec<u8>, Failure> {
    let decoded = files::decoded(raw(flag, path).await?);
    decoded.map_err(|error| Failure::usage(format!("{}: {error}", named(flag, path))))
}

/// The same bytes as they are. They are read on another thread, so that Ctrl-C ends the program while it waits, for
/// example for a named pipe.
pub async fn raw(flag: &str, path: &Path) -> Result<Vec<u8>, Failure> {
    let read = if is_stdin(path) {
        let reading = spawn_blocking(|| files::read_limited(std::io::stdin(), files::MAX_INPUT));
        reading.await.map_err(std::io::Error::other).flatten()
    } else {
        files::read_in_background(path, files::MAX_INPUT).await
    };
    read.map_err(|error| Failure::usage(format!("{}: {}", named(flag, path), plain::io(&error))))
}

/// Reads the same as text.
pub async fn text(flag: &str, path: &Path) -> Result<String, Failure> {
    String::from_utf8(bytes(flag, path).await?)
        .map_err(|_| Failure::usage(format!("{}: not UTF-8 text", named(flag, path))))
}

/// The error in a TOML text, with its line.
pub fn toml_error(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
    let at = line.map(|line| format!(" (line {line})")).unwrap_or_default();
    format!("{}{at}", plain::toml(error.message()))
}

/// `--payload FILE`, or `standard input`.
pub fn named(flag: &str, path: &Path) -> String {
    match (flag, is_stdin(path)) {
        ("", true) => "standard input".to_owned(),
        ("", false) => path.display().to_string(),
        (flag, _) => format!("{flag} {}", path.display()),
    }
}

/// Reads whole numbers in a range, for clap, whose own errors are for programmers.
pub fn number<T: TryFrom<u64>>(
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        let fits = number.and_then(|number| T::try_from(number).ok());
        fits.ok_or_else(|| match *range.end() {
            u64::MAX => format!("not a number from {} on", range.start()),
            end => format!("not a number from {} to {end}", range.start()),
        })
    }
}

/// An IP address, in brackets or not.
pub fn parse_address(text: &str) -> Result<IpAddr, String> {
    let address = text.trim_matches(['[', ']']).parse();
    address.map_err(|_| "not an IP address, such as 127.0.0.1 or ::1".to_owned())
}
