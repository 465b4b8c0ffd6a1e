//! The description of a column, used by tables, CSV and `--columns`.

use super::style::Style;
use super::table::{Cell, Fit};

/// A column over rows of `T`.
pub struct Column<T> {
    /// The name in `--columns`, in CSV, and in capitals in tables.
    pub name: &'static str,
    pub fit: Fit,
    pub cell: fn(&T, &Style) -> Cell,
}

impl<T> Column<T> {
    /// A column whose cells are never shortened.
    pub const fn whole(name: &'static str, cell: fn(&T, &Style) -> Cell) -> Self {
        Self { name, fit: Fit::Whole, cell }
    }

    /// A column whose cells may be shortened to fit the terminal.
    pub const fn flexible(name: &'static str, cell: fn(&T, &Style) -> Cell) -> Self {
        Self { name, fit: Fit::End, cell }
    }

    /// A column of URLs, which are cut in the middle.
    pub const fn url(name: &'static str, cell: fn(&T, &Style) -> Cell) -> Self {
        Self { name, fit: Fit::Middle, cell }
    }
}
