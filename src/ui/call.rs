//! Renders a call, for commands that made it.

use super::style::{Style, Tone};
use super::table::{self, Cell};
use super::time;
use crate::model::Call;

/// The known members, without empty lines.
pub fn render(
    called: String,
    verdict: (&'static str, Cell),
    call: &Call,
    attempts: u32,
    style: &Style,
) -> String {
    let attempts = (attempts > 1).then(|| attempts.to_string());
    let response = call.response.clone().filter(|_| call.success == Some(false));
    let mut rows = vec![
        ("Called", Cell::from(called)),
        verdict,
        ("HTTP", call.http_status().into()),
        ("Took", call.took().map(time::took).into()),
        ("Attempts", attempts.into()),
        ("Error", Cell::new(call.error.clone().unwrap_or_default(), Tone::Bad)),
        ("Endpoint said", response.into()),
    ];
    rows.retain(|(_, cell)| !cell.text.is_empty());
    table::pairs(&rows, style)
}
