//! The result of a command: one JSON document or many, in the format asked for.

use serde_json::Value;

use super::columns::Column;
use super::style::Style;
use super::table::{self, Cell};
use super::{Console, Error, Format, csv, escape, yaml};

/// Renders one document for people.
pub type Details<T> = Box<dyn Fn(&T, &Style) -> String>;

/// How the documents of a command are shown.
pub struct Layout<T: 'static> {
    /// What a document means.
    pub view: fn(&Value) -> T,
    /// Of the table and of CSV; without any, the command has no CSV.
    pub columns: Vec<&'static Column<T>>,
    /// What `-o id` prints; without it, the command has no such output.
    pub id: Option<fn(&T) -> Option<String>>,
    /// A table for one document alone, instead of a row.
    pub details: Option<Details<T>>,
    /// Whether there is JSON, its lines and YAML; without, columns were asked for.
    pub json: bool,
    /// Whether JSON is an array.
    pub many: bool,
    /// Whether the table wraps its cells rather than shortens them.
    pub wraps: bool,
    /// Said on standard error when there is nothing.
    pub empty: String,
}

impl<T> Layout<T> {
    /// Many documents, a row each.
    pub fn rows(view: fn(&Value) -> T, columns: Vec<&'static Column<T>>) -> Self {
        Self {
            view,
            columns,
            id: None,
            details: None,
            json: true,
            many: true,
            wraps: false,
            empty: String::new(),
        }
    }

    /// One document, rendered by itself.
    pub fn one(view: fn(&Value) -> T, details: impl Fn(&T, &Style) -> String + 'static) -> Self {
        Self {
            details: Some(Box::new(details)),
            many: false,
            ..Self::rows(view, Vec::new())
        }
    }

    #[must_use]
    pub fn with_id(self, id: fn(&T) -> Option<String>) -> Self {
        Self {
            id: Some(id),
            ..self
        }
    }

    fn formats(&self) -> Vec<Format> {
        let mut formats = vec![Format::Table];
        if self.json {
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

impl Layout<Value> {
    /// One text, which JSON has as a member.
    pub fn text(member: &'static str) -> Self {
        Self::one(Value::clone, move |row, _| {
            format!(
                "{}\n",
                escape::line(row[member].as_str().unwrap_or_default())
            )
        })
    }

    /// Rows whose ids are a member.
    pub fn rows_with_id(
        columns: &'static [Column<Value>],
        id: fn(&Value) -> Option<String>,
    ) -> Self {
        Self::rows(Value::clone, columns.iter().collect()).with_id(id)
    }
}

/// Takes documents as they arrive. JSON lines, CSV and ids are written at once, each a whole line;
/// the other formats when all are there, so that a failure leaves nothing half written.
pub struct Records<'c, T: 'static> {
    console: &'c Console,
    layout: Layout<T>,
    count: usize,
    documents: Vec<Value>,
    views: Vec<T>,
}

impl<'c, T> Records<'c, T> {
    /// Call it before the work: it says whether the result can be had in the format that `-o` asks for.
    pub fn new(console: &'c Console, layout: Layout<T>) -> Result<Self, Error> {
        console.asked_format(&layout.formats())?;
        let records = Self {
            console,
            layout,
            count: 0,
            documents: Vec::new(),
            views: Vec::new(),
        };
        Ok(records)
    }

    /// The format in force, once the profile is known.
    pub fn format(&self) -> Format {
        let formats = self.layout.formats();
        // What `-o` asks for was checked before the work.
        self.console.format(&formats).unwrap_or(Format::Table)
    }

    pub fn push(&mut self, document: Value) -> Result<(), Error> {
        self.count += 1;
        match self.format() {
            Format::Jsonl => self.console.print_json(&document, false),
            Format::Json | Format::Yaml => {
                self.documents.push(document);
                Ok(())
            }
            Format::Table => {
                self.views.push((self.layout.view)(&document));
                Ok(())
            }
            Format::Csv => {
                let header = if self.count == 1 {
                    csv::header(&self.layout.columns)
                } else {
                    String::new()
                };
                let row = csv::row(&(self.layout.view)(&document), &self.layout.columns);
                self.console.print(&(header + &row))
            }
            Format::Id => {
                let id = self
                    .layout
                    .id
                    .and_then(|id| id(&(self.layout.view)(&document)));
                let id = id.ok_or(Error::NoId)?;
                self.console.print(&format!("{}\n", escape::line(&id)))
            }
        }
    }

    /// Writes what is still held back.
    pub fn finish(mut self) -> Result<(), Error> {
        if self.count == 0 && !self.layout.empty.is_empty() {
            self.console.note(&self.layout.empty);
        }
        match self.format() {
            Format::Table => self.console.print(&self.table()),
            Format::Json | Format::Yaml => {
                let mut documents = std::mem::take(&mut self.documents);
                let whole = match documents.pop() {
                    None if !self.layout.many => return Ok(()),
                    Some(only) if !self.layout.many => only,
                    last => {
                        documents.extend(last);
                        Value::Array(documents)
                    }
                };
                if self.format() == Format::Yaml {
                    return self.console.print(&yaml::document(&whole));
                }
                self.console.print_json(&whole, true)
            }
            Format::Csv if self.count == 0 => {
                self.console.print(&csv::header(&self.layout.columns))
            }
            Format::Csv | Format::Jsonl | Format::Id => Ok(()),
        }
    }

    fn table(&self) -> String {
        let style = &self.console.style;
        if let Some(details) = &self.layout.details {
            let views: Vec<_> = self.views.iter().map(|view| details(view, style)).collect();
            return views.join("\n");
        }
        if self.views.is_empty() {
            return String::new();
        }
        let columns = &self.layout.columns;
        let headings: Vec<_> = columns
            .iter()
            .map(|column| (column.name, column.whole))
            .collect();
        let rows: Vec<Vec<Cell>> = self
            .views
            .iter()
            .map(|view| {
                self.layout
                    .columns
                    .iter()
                    .map(|column| (column.cell)(view, style))
                    .collect()
            })
            .collect();
        if self.layout.wraps {
            table::wrapped_list(&headings, &rows, style)
        } else {
            table::list(&headings, &rows, style)
        }
    }
}
