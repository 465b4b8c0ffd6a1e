//! The only module that writes to the terminal: results to standard output, everything else to standard
//! error. Renderers are pure. It must not know HTTP, configuration or the commands.

pub mod call;
pub mod checks;
mod choice_list;
mod column;
pub mod csv;
pub mod cut;
mod format;
pub mod github;
mod guard;
pub mod jq;
pub mod printer;
mod progress;
mod prompt;
mod report;
mod rows;
mod status;
pub mod style;
pub mod table;
mod terminal;
pub mod time;
mod view;
pub mod webhook_columns;
pub mod webhook_details;

pub use choice_list::Choice;
pub use column::Column;
pub use format::{Error, Format};
pub use jq::Error as JqError;
pub use report::Report;
pub use status::log_line;
pub use style::Style;
pub use terminal::{Options, Ui, has_reader, write_stdout};
pub use view::View;
