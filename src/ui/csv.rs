//! CSV rows, quoted if necessary, with control characters escaped.

use super::column::Column;
use super::style::Style;
use crate::text::escape;

pub fn header<T>(columns: &[&Column<T>]) -> String {
    line(columns.iter().map(|column| column.name.to_owned()))
}

pub fn row<T>(value: &T, columns: &[&Column<T>]) -> String {
    // No colours and no relative times, as in a pipe.
    let style = Style::default();
    line(
        columns
            .iter()
            .map(|column| escape::line((column.cell)(value, &style).value()).into_owned()),
    )
}

fn line(fields: impl Iterator<Item = String>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // This cannot fail: it writes UTF-8 text to memory.
    writer.write_record(fields).ok();
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}
