//! Prints the result of a command, one record or many, in the current format. JSON, YAML, tables and
//! CSV are all made from the typed record.

use serde::Serialize;
use serde_json::Value;

use super::column::Column;
use super::style::Style;
use super::table::{self, Cell};
use super::{Error, Format, Ui, csv};
use crate::text::{escape, json, yaml};

/// Renders one record as text.
type Details<T> = Box<dyn Fn(&T, &Style) -> String>;

/// How the records of a command are rendered.
pub struct View<T: 'static> {
    /// The columns of the table and of CSV; without columns, there is no CSV.
    columns: Vec<&'static Column<T>>,
    /// The value that `-o id` prints; without it, there is no such output.
    id: Option<fn(&T) -> Option<String>>,
    /// Renders each record as text instead of a row.
    details: Option<Details<T>>,
    /// Whether JSON, JSON lines and YAML are available.
    has_json: bool,
    /// Whether JSON output is an array.
    is_array: bool,
    /// Whether `--jq` filters each record instead of the array of all.
    filters_each: bool,
    /// Whether the table wraps its cells instead of shortening them.
    wraps: bool,
    /// The note if there are no records.
    empty: String,
}

impl<T> View<T> {
    /// Many records, a row each.
    pub fn rows(columns: impl IntoIterator<Item = &'static Column<T>>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            id: None,
            details: None,
            has_json: true,
            is_array: true,
            filters_each: false,
            wraps: false,
            empty: String::new(),
        }
    }

    /// One record, rendered as a text.
    pub fn details(render: impl Fn(&T, &Style) -> String + 'static) -> Self {
        Self {
            details: Some(Box::new(render)),
            is_array: false,
            ..Self::rows([])
        }
    }

    /// One record, rendered as one line.
    pub fn line(line: fn(&T) -> &str) -> Self {
        Self::details(move |record, _| format!("{}\n", escape::line(line(record))))
    }

    /// The columns of CSV for a result that is not a table.
    #[must_use]
    pub fn with_columns(self, columns: impl IntoIterator<Item = &'static Column<T>>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            ..self
        }
    }

    #[must_use]
    pub fn with_id(self, id: fn(&T) -> Option<String>) -> Self {
        Self {
            id: Some(id),
            ..self
        }
    }

    /// For commands with IDs: `--jq` filters each record, so that its result has the same shape for one and for
    /// many. JSON output is an array only if `is_array`.
    #[must_use]
    pub fn for_ids(self, is_array: bool) -> Self {
        Self {
            is_array,
            filters_each: true,
            ..self
        }
    }

    #[must_use]
    pub fn without_json(self) -> Self {
        Self {
            has_json: false,
            ..self
        }
    }

    #[must_use]
    pub fn wrapping(self) -> Self {
        Self {
            wraps: true,
            ..self
        }
    }

    #[must_use]
    pub fn when_empty(self, note: impl Into<String>) -> Self {
        Self {
            empty: note.into(),
            ..self
        }
    }

    fn formats(&self) -> Vec<Format> {
        let mut formats = vec![Format::Table];
        if self.has_json {
            formats.extend([Format::Json, Format::Jsonl, Format::Yaml]);
        }
        if !self.columns.is_empty() {
            formats.push(Format::Csv);
        }
        if self.id.is_some() {
            formats.push(Format::Id);
        }
        formats
    }
}

/// Receives records. JSON lines, CSV and IDs are written immediately, one line each; the
/// other formats are written at the end, so that a failure leaves no partial output.
pub struct Report<'u, T: 'static> {
    ui: &'u Ui,
    view: View<T>,
    format: Format,
    count: usize,
    documents: Vec<Value>,
    rows: Vec<Vec<Cell>>,
    texts: Vec<String>,
}

impl<'u, T: Serialize> Report<'u, T> {
    /// Must be called before the work: an unavailable format is an error.
    pub fn new(ui: &'u Ui, view: View<T>) -> Result<Self, Error> {
        Ok(Self {
            format: ui.format(&view.formats())?,
            ui,
            view,
            count: 0,
            documents: Vec::new(),
            rows: Vec::new(),
            texts: Vec::new(),
        })
    }

    pub fn format(&self) -> Format {
        self.format
    }

    pub fn push(&mut self, record: &T) -> Result<(), Error> {
        self.count += 1;
        match self.format {
            Format::Jsonl => self.ui.print_json(record, json::Layout::Compact),
            Format::Json if self.view.filters_each && self.ui.has_jq() => {
                self.ui.print_json(record, json::Layout::Pretty)
            }
            Format::Json | Format::Yaml => {
                self.documents.push(serde_json::to_value(record)?);
                Ok(())
            }
            Format::Table => {
                let style = &self.ui.style;
                match &self.view.details {
                    Some(details) => self.texts.push(details(record, style)),
                    None => {
                        let cells = self.view.columns.iter();
                        let cells = cells.map(|column| (column.cell)(record, style));
                        self.rows.push(cells.collect());
                    }
                }
                Ok(())
            }
            Format::Csv => {
                let header = match self.count {
                    1 => csv::header(&self.view.columns),
                    _ => String::new(),
                };
                let row = csv::row(record, &self.view.columns);
                self.ui.print(&(header + &row))
            }
            Format::Id => {
                let id = self.view.id.and_then(|id| id(record)).ok_or(Error::NoId)?;
                self.ui.print(&format!("{}\n", escape::line(&id)))
            }
        }
    }

    /// Prints the only record.
    pub fn only(mut self, record: &T) -> Result<(), Error> {
        self.push(record)?;
        self.finish()
    }

    /// Writes the remaining output.
    pub fn finish(mut self) -> Result<(), Error> {
        use crate::reporter::Reporter;
        if self.count == 0 && !self.view.empty.is_empty() {
            self.ui.note(&self.view.empty);
        }
        match self.format {
            Format::Table => self.ui.print(&self.table()),
            Format::Json if self.view.filters_each && self.ui.has_jq() => Ok(()),
            Format::Json | Format::Yaml => {
                let mut documents = std::mem::take(&mut self.documents);
                let whole = match (self.view.is_array, documents.pop()) {
                    (false, None) => return Ok(()),
                    (false, Some(only)) => only,
                    (true, last) => {
                        documents.extend(last);
                        Value::Array(documents)
                    }
                };
                if self.format == Format::Yaml {
                    return self.ui.print(&yaml::document(&whole));
                }
                self.ui.print_json(&whole, json::Layout::Pretty)
            }
            Format::Csv if self.count == 0 => self.ui.print(&csv::header(&self.view.columns)),
            Format::Csv | Format::Jsonl | Format::Id => Ok(()),
        }
    }

    fn table(&self) -> String {
        if self.view.details.is_some() {
            return self.texts.join("\n");
        }
        if self.rows.is_empty() {
            return String::new();
        }
        let columns = self.view.columns.iter();
        let headings: Vec<_> = columns
            .map(|column| (column.name, column.is_whole))
            .collect();
        if self.view.wraps {
            table::wrapped_list(&headings, &self.rows, &self.ui.style)
        } else {
            table::list(&headings, &self.rows, &self.ui.style)
        }
    }
}
