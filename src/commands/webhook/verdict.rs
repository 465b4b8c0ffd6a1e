//! What came of a callout, as `trigger`, `listen` and `replay` show it.

use crate::ui::style::Tone;
use crate::ui::table::Cell;

/// The verdict by its name.
pub fn cell(name: &str) -> Cell {
    let (sign, tone) = match name {
        "success" => ("✓", Tone::Good),
        "refusal" => ("✋", Tone::Caution),
        _ => ("✗", Tone::Bad),
    };
    Cell::new(format!("{sign} {name}"), tone)
}
