//! How the records of a command are rendered, whatever the format.

use super::Format;
use super::column::Column;
use super::style::Style;
use crate::text::escape;

/// Renders one record as text.
type Details<T> = Box<dyn Fn(&T, &Style) -> String>;

/// What the result of a command is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    One,
    /// JSON is an array. It is written when it is complete, or as the work is done.
    List {
        is_immediate: bool,
    },
    /// A record for each ID, written as the work is done. `--jq` filters each, so that its result has the same shape for
    /// one and for many.
    PerId {
        is_array: bool,
    },
    /// A JSON document, or an array of them: the default output is JSON too.
    Document {
        is_array: bool,
    },
}

impl Shape {
    pub fn is_array(self) -> bool {
        match self {
            Self::One => false,
            Self::List { .. } => true,
            Self::PerId { is_array } | Self::Document { is_array } => is_array,
        }
    }

    pub fn is_immediate(self) -> bool {
        matches!(self, Self::PerId { .. } | Self::List { is_immediate: true })
    }
}

/// How the records of a command are rendered.
pub struct View<T: 'static> {
    /// The columns of the table and of CSV; without columns, there is no CSV.
    pub(super) columns: Vec<&'static Column<T>>,
    /// The value that `-o id` prints; without it, there is no such output.
    pub(super) id: Option<fn(&T) -> Option<String>>,
    /// Renders each record as text instead of a row.
    pub(super) details: Option<Details<T>>,
    pub(super) shape: Shape,
    /// Whether JSON, JSON lines and YAML are available.
    pub(super) has_json: bool,
    /// The records that the table shows first.
    pub(super) comes_first: Option<fn(&T) -> bool>,
    /// Whether the table wraps its cells instead of shortening them.
    pub(super) wraps: bool,
    /// The note if there are no records.
    pub(super) empty: String,
}

impl<T> View<T> {
    /// Many records, a row each.
    pub fn rows(columns: impl IntoIterator<Item = &'static Column<T>>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            id: None,
            details: None,
            shape: Shape::List { is_immediate: false },
            has_json: true,
            comes_first: None,
            wraps: false,
            empty: String::new(),
        }
    }

    /// One record, rendered as a text.
    pub fn details(render: impl Fn(&T, &Style) -> String + 'static) -> Self {
        Self { details: Some(Box::new(render)), shape: Shape::One, ..Self::rows([]) }
    }

    /// One record, rendered as one line.
    pub fn line(line: fn(&T) -> &str) -> Self {
        Self::details(move |record, _| format!("{}\n", escape::line(line(record))))
    }

    /// A JSON document, or an array of them, which is also the default output.
    pub fn json(is_array: bool) -> Self {
        Self { shape: Shape::Document { is_array }, ..Self::rows([]) }
    }

    /// The columns of CSV for a result that is not a table.
    #[must_use]
    pub fn with_columns(self, columns: impl IntoIterator<Item = &'static Column<T>>) -> Self {
        Self { columns: columns.into_iter().collect(), ..self }
    }

    #[must_use]
    pub fn with_id(self, id: fn(&T) -> Option<String>) -> Self {
        Self { id: Some(id), ..self }
    }

    /// For commands with IDs. JSON output is an array only if `is_array`.
    #[must_use]
    pub fn for_ids(self, is_array: bool) -> Self {
        Self { shape: Shape::PerId { is_array }, ..self }
    }

    /// Writes JSON lines, CSV and IDs as the records arrive, for work that takes its time.
    #[must_use]
    pub fn immediate(self) -> Self {
        Self { shape: Shape::List { is_immediate: true }, ..self }
    }

    /// Shows these records first in the table; other formats keep the order.
    #[must_use]
    pub fn with_first(self, comes_first: fn(&T) -> bool) -> Self {
        Self { comes_first: Some(comes_first), ..self }
    }

    /// Makes JSON output an array, whatever the number of records.
    #[must_use]
    pub fn as_list(self) -> Self {
        Self { shape: Shape::List { is_immediate: false }, ..self }
    }

    /// Prints nothing as text, where messages have said it all.
    #[must_use]
    pub fn without_text(self) -> Self {
        Self { details: Some(Box::new(|_, _| String::new())), ..self }
    }

    #[must_use]
    pub fn without_json(self) -> Self {
        Self { has_json: false, ..self }
    }

    #[must_use]
    pub fn wrapping(self) -> Self {
        Self { wraps: true, ..self }
    }

    #[must_use]
    pub fn when_empty(self, note: impl Into<String>) -> Self {
        Self { empty: note.into(), ..self }
    }

    pub(super) fn formats(&self) -> Vec<Format> {
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
