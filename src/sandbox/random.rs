//! Ids, tokens and trace ids.

/// Lower-case hexadecimal digits of that many random bytes.
pub fn hex(bytes: usize) -> String {
    fill(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// `WBH-1234-5678`
pub fn webhook_id() -> String {
    let digits: String = fill(8)
        .iter()
        .map(|byte| char::from(b'0' + byte % 10))
        .collect();
    format!("WBH-{}-{}", &digits[..4], &digits[4..])
}

fn fill(bytes: usize) -> Vec<u8> {
    let mut random = vec![0; bytes];
    // Without the system's randomness an id is merely likelier to be taken, which is checked.
    getrandom::fill(&mut random).ok();
    random
}

/// From 0 to 1, without 1.
pub fn fraction() -> f64 {
    let bytes = fill(2);
    f64::from(u16::from_be_bytes([bytes[0], bytes[1]])) / 65_536.0
}
