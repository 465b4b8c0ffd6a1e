//! CSV rows, quoted where they must be, control characters escaped.

use super::column::Column;
use super::style::Style;
use crate::text::escape;

pub fn header<T>(columns: &[&Column<T>]) -> String {
    line(columns.iter().map(|column| column.name.to_owned()))
}

pub fn row<T>(value: &T, columns: &[&Column<T>]) -> String {
    // Neither colours nor relative times: the style of a pipe.
    let style = Style::default();
    line(
        columns
            .iter()
            .map(|column| escape::line(&(column.cell)(value, &style).text).into_owned()),
    )
}

fn line(fields: impl Iterator<Item = String>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Neither can fail: it writes to memory, and the text is UTF-8.
    writer.write_record(fields).ok();
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}
