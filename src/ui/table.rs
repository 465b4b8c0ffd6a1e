//! Tables, laid out by `comfy-table`: aligned for wide characters and fitted to the terminal.

use std::borrow::Cow;

use comfy_table::{
    Attribute, Cell as TableCell, Color, ColumnConstraint, ContentArrangement, Table, Width,
};

use unicode_width::UnicodeWidthStr;

use super::cut::{cut, shortened_url};
use super::style::{Style, Tone};
use crate::text::escape;

/// A cell whose text is not escaped yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    pub text: String,
    pub tone: Tone,
    /// The value in CSV, if it is not the text.
    value: Option<String>,
}

impl Cell {
    pub fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone, value: None }
    }

    /// Sets the value in CSV, where signs and units are of no use.
    #[must_use]
    pub fn with_value(self, value: impl Into<String>) -> Self {
        Self { value: Some(value.into()), ..self }
    }

    /// The value for programs.
    pub fn value(&self) -> &str {
        self.value.as_deref().unwrap_or(&self.text)
    }

    /// The words for an outcome in all tables.
    pub fn outcome(is_ok: bool) -> Self {
        if is_ok {
            Self::new("✓ ok", Tone::Good).with_value("ok")
        } else {
            Self::new("✗ failed", Tone::Bad).with_value("failed")
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        Self::from(text.unwrap_or_default())
    }
}

/// The maximum width of a cell on a terminal, so that long text does not hide the rest.
const MAX_CELL: usize = 400;

/// How the cells of a column fit a narrow terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// They are never shortened, as IDs.
    Whole,
    /// They are cut at the end, or wrapped.
    End,
    /// They are cut in the middle, as URLs.
    Middle,
    /// They are cut at the end, and shown only where the column before has no room.
    Instead,
}

/// A heading, and how the cells below it fit a narrow terminal.
pub type Heading = (&'static str, Fit);

/// A table whose cells are wrapped or shortened to fit the terminal; without wrapping, each row is one line.
pub fn list(headings: &[Heading], rows: &[Vec<Cell>], wraps: bool, style: &Style) -> String {
    let rows = match wraps {
        true => Cow::Borrowed(rows),
        false => cut_to_fit(headings, rows, style),
    };
    let mut table = new_table(style);
    table.set_header(headings.iter().map(|(heading, _)| {
        let cell = TableCell::new(heading.to_uppercase());
        if style.color { cell.add_attribute(Attribute::Dim) } else { cell }
    }));
    for row in &*rows {
        let mut cells = comfy_table::Row::from(row.iter().map(|cell| draw(cell, style)));
        if style.width.is_some() && !wraps {
            cells.max_height(1);
        }
        table.add_row(cells);
    }
    for (column, (_, fit)) in table.column_iter_mut().zip(headings) {
        column.set_constraint(match fit {
            Fit::Whole | Fit::Middle => ColumnConstraint::ContentWidth,
            Fit::End | Fit::Instead if !wraps => ColumnConstraint::ContentWidth,
            Fit::End | Fit::Instead => {
                ColumnConstraint::LowerBoundary(Width::Fixed(NARROWEST as u16))
            }
        });
    }
    finish(&mut table, "", GAP)
}

/// With fewer columns, a URL says nothing.
const LEAST_URL: usize = 24;

/// Which of a URL and the column for its place is left out; `None`: there is no such column.
pub fn left_out(headings: &[Heading], rows: &[Vec<Cell>], style: &Style) -> Option<usize> {
    let instead = headings.iter().position(|(_, fit)| *fit == Fit::Instead)?;
    let url = instead.checked_sub(1)?;
    let Some(width) = style.width else { return Some(instead) };
    let natural = |index: usize| natural_width(headings, rows, index, style);
    let others = (0..headings.len()).filter(|index| ![url, instead].contains(index));
    let taken: usize = others.map(|index| natural(index) + GAP.len()).sum();
    let free = width.saturating_sub(1 + taken);
    Some(if free >= LEAST_URL.min(natural(url)) { instead } else { url })
}

fn natural_width(headings: &[Heading], rows: &[Vec<Cell>], index: usize, style: &Style) -> usize {
    let cells = rows.iter().filter_map(|row| row.get(index));
    let cells = cells.map(|cell| shown(cell, style).width());
    cells.max().unwrap_or_default().max(headings[index].0.width())
}

/// The minimum width of a shortened cell.
const NARROWEST: usize = 12;

const GAP: &str = "  ";

/// Cuts cells to the width that is left for their columns. A narrow column leaves more to the others.
fn cut_to_fit<'r>(
    headings: &[Heading],
    rows: &'r [Vec<Cell>],
    style: &Style,
) -> Cow<'r, [Vec<Cell>]> {
    let Some(width) = style.width else {
        return Cow::Borrowed(rows);
    };
    let natural = |index| natural_width(headings, rows, index, style);
    let natural: Vec<usize> = (0..headings.len()).map(natural).collect();
    let mut free = width.saturating_sub(1 + GAP.len() * headings.len().saturating_sub(1));
    let is_whole = |index: &usize| headings[*index].1 == Fit::Whole;
    let (whole, mut others): (Vec<_>, Vec<_>) = (0..headings.len()).partition(is_whole);
    free = free.saturating_sub(whole.iter().map(|index| natural[*index]).sum());
    others.sort_by_key(|index| natural[*index]);
    let mut limits = vec![usize::MAX; headings.len()];
    for (done, index) in others.iter().enumerate() {
        let share = free / (others.len() - done);
        limits[*index] = share.max(NARROWEST);
        free = free.saturating_sub(natural[*index].min(share));
    }
    let mut rows = rows.to_vec();
    for row in &mut rows {
        for ((cell, (_, fit)), limit) in row.iter_mut().zip(headings).zip(&limits) {
            let text = shown(cell, style);
            if text.width() > *limit {
                cell.text = match fit {
                    Fit::Middle => shortened_url(&text, *limit),
                    _ => cut(&text, *limit),
                };
            }
        }
    }
    Cow::Owned(rows)
}

/// Text, wrapped between words.
pub fn paragraph(text: &str, style: &Style) -> String {
    let mut table = new_table(style);
    table.add_row([draw(&Cell::from(text), style)]);
    finish(&mut table, "", "")
}

/// The width of the column of names, equal in every section so that values are aligned.
const NAME_WIDTH: u16 = 15;

/// Names and values; long values are wrapped.
pub fn pairs(rows: &[(&str, Cell)], style: &Style) -> String {
    let mut table = new_table(style);
    for (name, value) in rows {
        table.add_row([draw(&Cell::new(*name, Tone::Dim), style), draw(value, style)]);
    }
    if let Some(column) = table.column_mut(0) {
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(NAME_WIDTH)));
    }
    finish(&mut table, " ", "")
}

/// Cells side by side on one line.
pub fn grid_line(cells: &[Cell], style: &Style) -> String {
    let mut table = new_table(style);
    table.add_row(cells.iter().map(|cell| draw(cell, style)));
    keep_all_but_last(&mut table);
    finish(&mut table, "", "   ")
}

/// Rows without headings, indented; the last column is wrapped.
pub fn plain(rows: &[Vec<Cell>], style: &Style) -> String {
    finish(&mut plain_table(rows, style), " ", "  ")
}

/// Rows without headings; the last column is wrapped.
pub fn unindented(rows: &[Vec<Cell>], style: &Style) -> String {
    finish(&mut plain_table(rows, style), "", " ")
}

fn plain_table(rows: &[Vec<Cell>], style: &Style) -> Table {
    let mut table = new_table(style);
    for row in rows {
        table.add_row(row.iter().map(|cell| draw(cell, style)));
    }
    keep_all_but_last(&mut table);
    table
}

/// Only the last column is wrapped.
fn keep_all_but_last(table: &mut Table) {
    let last = table.column_count().saturating_sub(1);
    for column in table.column_iter_mut().take(last) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
}

/// Headings, a rule, and rows side by side.
pub fn grid(headings: &[&str], rows: &[Vec<Cell>], style: &Style) -> String {
    let mut table = new_table(style);
    table.set_header(headings.iter().map(|heading| draw(&Cell::new(*heading, Tone::Dim), style)));
    for row in rows {
        table.add_row(row.iter().map(|cell| draw(cell, style)));
    }
    finish(&mut table, " ", "  ")
}

fn new_table(style: &Style) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_truncation_indicator("…");
    match style.width.and_then(|width| u16::try_from(width).ok()) {
        Some(width) => {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width.max(20) - 1);
        }
        None => {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    if style.color {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table
}

/// The text of a cell, escaped and not longer than what may be shown.
pub fn shown(cell: &Cell, style: &Style) -> String {
    let mut text = escape::line(&cell.text).into_owned();
    if style.width.is_some()
        && let Some((cut, _)) = text.char_indices().nth(MAX_CELL)
    {
        text.truncate(cut);
        text.push('…');
    }
    text
}

fn draw(cell: &Cell, style: &Style) -> TableCell {
    let drawn = TableCell::new(shown(cell, style));
    if !style.color {
        return drawn;
    }
    match cell.tone {
        Tone::Plain => drawn,
        Tone::Strong => drawn.add_attribute(Attribute::Bold),
        Tone::Dim => drawn.add_attribute(Attribute::Dim),
        Tone::Good => drawn.fg(Color::DarkGreen),
        Tone::Bad => drawn.fg(Color::DarkRed),
        Tone::Caution => drawn.fg(Color::DarkYellow),
    }
}

/// Renders with `indent` before each line and `gap` between columns, without trailing spaces.
fn finish(table: &mut Table, indent: &str, gap: &str) -> String {
    let columns = table.column_count();
    for (index, column) in table.column_iter_mut().enumerate() {
        let right = if index + 1 == columns { 0 } else { gap.len() as u16 };
        column.set_padding((0, right));
    }
    table.lines().map(|line| format!("{}\n", format!("{indent}{line}").trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::{Cell, Fit, list};
    use crate::ui::style::Style;

    #[test]
    fn ids_are_not_shortened() {
        let style = Style { width: Some(48), ..Style::default() };
        let row = |id: &str, url: &str| vec![Cell::from(id), Cell::from(url), Cell::from("ok")];
        let rows = [
            row("WBH-1234-5678", "https://hooks.example.com/a/long/path"),
            row("WBH-1234-5679", "東京の長い名前のところ"),
        ];
        let headings = [("id", Fit::Whole), ("url", Fit::End), ("health", Fit::Whole)];
        insta::assert_snapshot!(list(&headings, &rows, false, &style), @"
        ID             URL                       HEALTH
        WBH-1234-5678  https://hooks.example.c…  ok
        WBH-1234-5679  東京の長い名前のところ    ok
        ");
        let headings = [("id", Fit::Whole), ("url", Fit::Middle), ("health", Fit::Whole)];
        insta::assert_snapshot!(list(&headings, &rows, false, &style), @"
        ID             URL                       HEALTH
        WBH-1234-5678  hooks.example.com/…/path  ok
        WBH-1234-5679  東京の長い名前のところ    ok
        ");
    }
}
