//! Prints the result of a command, one record or many, in the current format. JSON, YAML, tables and
//! CSV are all made from the typed record.

use serde::Serialize;
use serde_json::Value;

use super::rows::Rows;
use super::terminal::{has_reader, write_stdout};
use super::view::{Shape, View};
use super::{Error, Format, Ui, csv};
use crate::system::spool::Spool;
use crate::text::json::{self, Layout};
use crate::text::{escape, yaml};

/// Receives records. They are written at the end, so that a failure leaves no partial output; JSON lines, CSV and IDs
/// immediately if the view is.
pub struct Report<'u, T: 'static> {
    ui: &'u Ui,
    view: View<T>,
    format: Format,
    count: usize,
    /// JSON, YAML or text.
    spool: Spool,
    rows: Rows,
    /// The rows after those that come first.
    later_rows: Rows,
}

/// `--jq` over a whole list needs all of it in memory. A note warns about larger lists, in bytes.
const JQ_NOTE_SIZE: u64 = 100 * 1024 * 1024;

impl<'u, T: Serialize> Report<'u, T> {
    /// Must be called before the work: an unavailable format is an error.
    pub fn new(ui: &'u Ui, view: View<T>) -> Result<Self, Error> {
        let format = match ui.format(&view.formats())? {
            Format::Table if matches!(view.shape, Shape::Document { .. }) => Format::Json,
            format => format,
        };
        Ok(Self {
            format,
            ui,
            rows: Rows::default(),
            later_rows: Rows::default(),
            view,
            count: 0,
            spool: Spool::default(),
        })
    }

    pub fn format(&self) -> Format {
        self.format
    }

    /// Forgets all records, to receive them again. Not for an immediate view.
    pub fn clear(&mut self) {
        self.count = 0;
        self.spool = Spool::default();
        self.rows = Rows::default();
        self.later_rows = Rows::default();
    }

    pub fn push(&mut self, record: &T) -> Result<(), Error> {
        self.count += 1;
        match self.format {
            Format::Jsonl => self.line(&self.ui.json_text(record, Layout::Compact)?),
            Format::Json if self.filters_each() => self.ui.print_json(record, Layout::Pretty),
            Format::Json => self.add_json(record),
            Format::Yaml => {
                let document = serde_json::to_value(record)?;
                let text = yaml::document(&if self.view.shape.is_array() {
                    Value::Array(vec![document])
                } else {
                    document
                });
                self.spool_text(&self.ui.guarded_json(text))
            }
            Format::Table => {
                let style = &self.ui.style;
                match &self.view.details {
                    Some(details) => {
                        let text = details(record, style);
                        let gap = if self.count > 1 && !text.is_empty() { "\n" } else { "" };
                        let text = gap.to_owned() + &text;
                        self.spool_text(&self.ui.guarded_text(&text))
                    }
                    None => {
                        let cells = self.view.columns.iter();
                        let cells: Vec<_> =
                            cells.map(|column| (column.cell)(record, style)).collect();
                        let is_later = self.view.comes_first.is_some_and(|first| !first(record));
                        let rows = if is_later { &mut self.later_rows } else { &mut self.rows };
                        rows.push(cells);
                        Ok(())
                    }
                }
            }
            Format::Csv => {
                let header = match self.count {
                    1 => csv::header(&self.view.columns),
                    _ => String::new(),
                };
                let row = csv::row(record, &self.view.columns);
                self.line(&(header + &row))
            }
            Format::Id | Format::Markdown => {
                let id = self.view.id.and_then(|id| id(record)).ok_or(Error::NoId)?;
                let line = format!("{}\n", escape::line(&id));
                self.line(&self.ui.guarded_text(&line))
            }
        }
    }

    fn filters_each(&self) -> bool {
        matches!(self.view.shape, Shape::PerId { .. }) && self.ui.has_jq()
    }

    fn line(&mut self, text: &str) -> Result<(), Error> {
        match self.view.shape.is_immediate() {
            true => self.ui.print(text),
            false => self.spool_text(text),
        }
    }

    /// Prints the only record.
    pub fn only(mut self, record: &T) -> Result<(), Error> {
        self.push(record)?;
        self.finish()
    }

    /// Writes the remaining output.
    pub fn finish(self) -> Result<(), Error> {
        use crate::reporter::Reporter;
        if self.count == 0 && !self.view.empty.is_empty() {
            self.ui.note(&self.view.empty);
        }
        match self.format {
            Format::Table => match self.view.details {
                Some(_) => self.print_spool(),
                None => {
                    let ui = self.ui;
                    let print = |text: &str| ui.print_text(text);
                    let mut rows = self.rows;
                    rows.append(self.later_rows);
                    let headings = self.view.columns.iter();
                    let headings: Vec<_> =
                        headings.map(|column| (column.name, column.fit)).collect();
                    rows.print(&headings, self.view.wraps, &ui.style, print)
                }
            },
            Format::Json if self.filters_each() => Ok(()),
            Format::Json => self.print_json(),
            Format::Yaml if self.count == 0 && self.view.shape.is_array() => self.ui.print("[]\n"),
            Format::Yaml => self.print_spool(),
            Format::Csv if self.count == 0 => self.ui.print(&csv::header(&self.view.columns)),
            Format::Csv | Format::Jsonl | Format::Id | Format::Markdown => self.print_spool(),
        }
    }

    fn spool_text(&mut self, text: &str) -> Result<(), Error> {
        self.spool.write(text).map(drop).map_err(Error::Spool)
    }

    fn print_spool(self) -> Result<(), Error> {
        self.ui.hide_waiting();
        for piece in self.spool.pieces().map_err(Error::Spool)? {
            if !has_reader() {
                break;
            }
            write_stdout(&piece.map_err(Error::Spool)?)?;
        }
        Ok(())
    }

    /// Adds a document to the array, or the only one.
    fn add_json(&mut self, record: &T) -> Result<(), Error> {
        let bracket = match (self.view.shape.is_array(), self.count) {
            (false, _) => "",
            (true, 1) => "[",
            (true, _) => ",",
        };
        self.spool_text(bracket)?;
        if self.ui.has_jq() {
            return self.spool_text(&json::text(record, Layout::Compact)?);
        }
        let document = self.ui.guarded_json(json::text(record, Layout::Pretty)?);
        if !self.view.shape.is_array() {
            return self.spool_text(&document);
        }
        self.spool_text("\n  ")?;
        self.spool_text(&document.replace('\n', "\n  "))
    }

    fn print_json(mut self) -> Result<(), Error> {
        use crate::reporter::Reporter;
        match (self.view.shape.is_array(), self.count) {
            (false, 0) => return Ok(()),
            (false, _) => {}
            (true, 0) => self.spool_text("[]")?,
            (true, _) if self.ui.has_jq() => self.spool_text("]")?,
            (true, _) => self.spool_text("\n]")?,
        }
        if !self.ui.has_jq() {
            self.spool_text("\n")?;
            return self.print_spool();
        }
        if self.spool.length() > JQ_NOTE_SIZE {
            self.ui.note(
                "The list is larger than 100 MiB, and --jq needs all of it in memory; with -o jsonl, --jq filters each \
                 record",
            );
        }
        let text = self.spool.text().map_err(Error::Spool)?;
        self.ui.print(&self.ui.filtered(&text, Layout::Pretty)?)
    }
}
