//! Random bytes of the system: secrets, tokens, ids.

use std::io;

/// Lower-case hexadecimal digits of that many random bytes.
///
/// # Errors
/// The system has no randomness; nothing secret can be made then.
pub fn hex(bytes: usize) -> io::Result<String> {
    Ok(fill(bytes)?
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// Decimal digits.
pub fn digits(count: usize) -> io::Result<String> {
    Ok(fill(count)?
        .iter()
        .map(|byte| char::from(b'0' + byte % 10))
        .collect())
}

/// From 0 to 1, without 1. Without randomness, the middle: nothing secret hangs on it.
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
