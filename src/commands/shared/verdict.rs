//! Shows the verdict on a callout for `trigger`, `listen` and `replay`.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::callout::Verdict;
use crate::ui::style::Tone;
use crate::ui::table::Cell;

/// An outcome by its name.
pub fn cell(name: &str) -> Cell {
    let (sign, tone) = match name {
        "success" => ("✓", Tone::Good),
        "refusal" => ("✋", Tone::Caution),
        _ => ("✗", Tone::Bad),
    };
    Cell::new(format!("{sign} {name}"), tone)
}

/// The values of `--expect`.
pub fn parser() -> impl TypedValueParser<Value = Verdict> {
    PossibleValuesParser::new(Verdict::ALL.map(Verdict::name)).map(|name| {
        let mut all = Verdict::ALL.into_iter();
        // The parser accepts no other name.
        all.find(|verdict| verdict.name() == name)
            .unwrap_or(Verdict::Failure)
    })
}
