//! The rows of a table, of which there may be many: they are laid out some at a time.

use unicode_width::UnicodeWidthStr;

use super::Error;
use super::style::Style;
use super::table::{self, Cell, Heading};

/// The number of rows that are laid out together.
const CHUNK: usize = 1_000;

#[derive(Default)]
pub struct Rows(Vec<Vec<Cell>>);

impl Rows {
    pub fn push(&mut self, cells: Vec<Cell>) {
        self.0.push(cells);
    }

    pub fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// Prints the table. In a long one, each part has the column widths of the whole; long tables are not wrapped.
    pub fn print(
        mut self,
        headings: &[Heading],
        wraps: bool,
        style: &Style,
        print: impl Fn(&str) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut headings = headings.to_vec();
        if let Some(index) = table::left_out(&headings, &self.0, style) {
            headings.remove(index);
            self.0.iter_mut().for_each(|row| drop(row.remove(index)));
        }
        let headings = &*headings;
        if self.0.len() <= CHUNK {
            return print(&table::list(headings, &self.0, wraps, style));
        }
        let width = |index: usize| {
            let cells = self.0.iter().filter_map(|row| row.get(index));
            let widths = cells.map(|cell| table::shown(cell, style).width());
            widths.max().unwrap_or_default()
        };
        let widest = (0..headings.len()).map(|index| Cell::from("x".repeat(width(index))));
        let widest: Vec<_> = widest.collect();
        for (index, chunk) in self.0.chunks(CHUNK).enumerate() {
            let rows = [std::slice::from_ref(&widest), chunk].concat();
            let text = table::list(headings, &rows, false, style);
            let mut lines = text.split_inclusive('\n');
            let heading = lines.next().filter(|_| index == 0).unwrap_or_default();
            // The second line is that of the widest cells.
            let rows: String = lines.skip(1).collect();
            print(&(heading.to_owned() + &rows))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::super::style::Style;
    use super::super::table::{Cell, Fit, list};
    use super::{CHUNK, Rows};

    #[test]
    fn a_long_table_is_laid_out_like_a_short_one() {
        let headings = vec![("id", Fit::Whole), ("url", Fit::Middle), ("health", Fit::Whole)];
        let row = |number: usize| {
            let url = format!("https://hooks.example.com/{}", "x".repeat(number % 40));
            [format!("WBH-{number}"), url, "ok".to_owned()].map(Cell::from)
        };
        for width in [None, Some(60)] {
            let style = Style { width, ..Style::default() };
            let mut rows = Rows::default();
            for number in 0..2 * CHUNK + 1 {
                rows.push(row(number).into());
            }
            let printed = RefCell::new(String::new());
            let print = |text: &str| {
                printed.borrow_mut().push_str(text);
                Ok(())
            };
            rows.print(&headings, false, &style, print).unwrap();
            let all: Vec<Vec<Cell>> = (0..2 * CHUNK + 1).map(|number| row(number).into()).collect();
            assert_eq!(printed.into_inner(), list(&headings, &all, false, &style));
        }
    }
}
