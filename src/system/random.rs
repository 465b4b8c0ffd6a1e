//! Random bytes of the system, for secrets, tokens and IDs.

use std::io;

/// The lower-case hexadecimal digits of `bytes` random bytes.
///
/// # Errors
/// The system has no randomness, so no secret can be generated.
pub fn hex(bytes: usize) -> io::Result<String> {
    Ok(fill(bytes)?.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Random decimal digits.
pub fn digits(count: usize) -> io::Result<String> {
    Ok(fill(count)?.iter().map(|byte| char::from(b'0' + byte % 10)).collect())
}

/// A random number from 0 to 1, excluding 1. Not for secrets: without randomness it is 0.5.
pub fn fraction() -> f64 {
    match fill(2).as_deref() {
        Ok([high, low]) => f64::from(u16::from_be_bytes([*high, *low])) / 65_536.0,
        _ => 0.5,
    }
}

fn fill(bytes: usize) -> io::Result<Vec<u8>> {
    let mut random = vec![0; bytes];
    getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(random)
}
