//! A progress bar, and text that is redrawn in place.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// `━━━━━━━╌╌╌╌╌ 640 of 1000, 28s left`
pub fn bar(parts: usize) -> ProgressBar {
    let template = "{bar:30} {pos} of {len}, {eta} left";
    ProgressBar::new(parts as u64).with_style(style(template).progress_chars("━━╌"))
}

/// What is shown while nothing else is.
pub fn spinner() -> ProgressBar {
    ProgressBar::new_spinner()
        .with_style(style("{spinner:.dim} {msg:.dim}"))
        .with_message("waiting for an answer")
}

/// Live text on standard output, which is the result.
pub fn live() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout());
    bar.with_style(style("{msg}"))
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
