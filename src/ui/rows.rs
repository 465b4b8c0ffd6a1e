//! The rows of a table, of which there may be many: they are spooled, and laid out some at a time.

use unicode_width::UnicodeWidthStr;

use super::Error;
use super::style::Style;
use super::table::{self, Cell, Heading};
use crate::system::spool::Spool;

/// The number of rows that are laid out together.
const CHUNK: usize = 1_000;

pub struct Rows {
    headings: Vec<Heading>,
    /// The widest cell of each column.
    widths: Vec<usize>,
    spool: Spool,
    count: usize,
}

impl Rows {
    pub fn new(headings: Vec<Heading>) -> Self {
        Self {
            widths: headings.iter().map(|(name, _)| name.len()).collect(),
            headings,
            spool: Spool::default(),
            count: 0,
        }
    }

    pub fn headings(&self) -> Vec<Heading> {
        self.headings.clone()
    }

    pub fn push(&mut self, cells: &[Cell], style: &Style) -> Result<(), Error> {
        for (width, cell) in self.widths.iter_mut().zip(cells) {
            *width = (*width).max(table::shown(cell, style).width());
        }
        self.count += 1;
        let line = serde_json::to_string(cells)? + "\n";
        self.spool.write(&line).map(drop).map_err(Error::Spool)
    }

    /// Adds the rows of another table with the same columns.
    pub fn append(&mut self, other: Self) -> Result<(), Error> {
        if self.count == 0 {
            *self = other;
            return Ok(());
        }
        for (width, other) in self.widths.iter_mut().zip(&other.widths) {
            *width = (*width).max(*other);
        }
        self.count += other.count;
        for line in other.spool.lines().map_err(Error::Spool)? {
            let line = line.map_err(Error::Spool)? + "\n";
            self.spool.write(&line).map_err(Error::Spool)?;
        }
        Ok(())
    }

    /// Prints the table. In a long one, each part has the column widths of the whole; long tables are not wrapped.
    pub fn print(
        self,
        wraps: bool,
        style: &Style,
        print: impl Fn(&str) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.count == 0 {
            return Ok(());
        }
        let mut lines = self.spool.lines().map_err(Error::Spool)?;
        let mut next_rows = || -> Result<Vec<Vec<Cell>>, Error> {
            let lines = lines.by_ref().take(CHUNK);
            lines
                .map(|line| Ok(serde_json::from_str(&line.map_err(Error::Spool)?)?))
                .collect()
        };
        if self.count <= CHUNK {
            return print(&table::list(&self.headings, &next_rows()?, wraps, style));
        }
        let widest = self
            .widths
            .iter()
            .map(|width| Cell::from("x".repeat(*width)));
        let widest: Vec<_> = widest.collect();
        let mut is_first = true;
        loop {
            let mut rows = next_rows()?;
            if rows.is_empty() {
                return Ok(());
            }
            rows.insert(0, widest.clone());
            let text = table::list(&self.headings, &rows, false, style);
            let mut lines = text.split_inclusive('\n');
            let heading = lines.next().filter(|_| is_first).unwrap_or_default();
            // The second line is that of the widest cells.
            let rows: String = lines.skip(1).collect();
            print(&(heading.to_owned() + &rows))?;
            is_first = false;
        }
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
        let headings = vec![
            ("id", Fit::Whole),
            ("url", Fit::Middle),
            ("health", Fit::Whole),
        ];
        let row = |number: usize| {
            let url = format!("https://hooks.example.com/{}", "x".repeat(number % 40));
            [format!("WBH-{number}"), url, "ok".to_owned()].map(Cell::from)
        };
        for width in [None, Some(60)] {
            let style = Style {
                width,
                ..Style::default()
            };
            let mut rows = Rows::new(headings.clone());
            for number in 0..2 * CHUNK + 1 {
                rows.push(&row(number), &style).unwrap();
            }
            let printed = RefCell::new(String::new());
            let print = |text: &str| {
                printed.borrow_mut().push_str(text);
                Ok(())
            };
            rows.print(false, &style, print).unwrap();
            let all: Vec<Vec<Cell>> = (0..2 * CHUNK + 1)
                .map(|number| row(number).into())
                .collect();
            assert_eq!(printed.into_inner(), list(&headings, &all, false, &style));
        }
    }
}
