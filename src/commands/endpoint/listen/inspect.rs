//! The options of the inspector of `listen`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::ValueHint;

use crate::failure::{Failure, Kind};
use crate::listener::inspector::{DEFAULT_ADDRESS, Inspector, PageSettings, SaveCase};
use crate::listener::journal::Journal;
use crate::operations::endpoints::save_cases;
use crate::reporter::Reporter;
use crate::system::browser;
use crate::ui::{Format, Ui};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Inspector")]
pub struct InspectArgs {
    /// Serve a page that shows callouts and sends them again [default address: 127.0.0.1:4040]
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    inspect: Option<Option<SocketAddr>>,

    /// Open the page in the browser
    #[arg(long, requires = "inspect")]
    open: bool,

    /// Let the page save callouts in this folder as cases for mpt endpoint test
    #[arg(long, value_name = "DIR", requires = "inspect", value_hint = ValueHint::DirPath)]
    save_cases: Option<PathBuf>,
}

impl InspectArgs {
    /// Opens the port of the page. `replay_arguments` make `mpt endpoint replay` send as this listener does.
    pub async fn bind(&self, replay_arguments: String) -> Result<Option<Inspector>, Failure> {
        let Some(address) = self.inspect else {
            return Ok(None);
        };
        if let Some(folder) = &self.save_cases {
            save_cases::check_folder(folder)?;
        }
        let settings =
            PageSettings { save: self.save_cases.clone().map(save_in), replay_arguments };
        let bound = Inspector::bind(address, settings).await;
        bound.map(Some).map_err(|error| {
            let address = address.unwrap_or(DEFAULT_ADDRESS);
            let message = format!("cannot serve the inspector on {address}: {error}");
            let failure = Failure::new(Kind::Config, message);
            match error.kind() {
                std::io::ErrorKind::AddrInUse => {
                    failure.with_hint("without an address, --inspect takes a free port")
                }
                _ => failure,
            }
        })
    }

    /// Prints the address of the page, and opens it if asked to.
    pub fn announce(&self, inspector: Option<&Inspector>, format: Format, ui: &Ui) {
        let Some(inspector) = inspector else {
            return;
        };
        if format != Format::Jsonl {
            // It is a result, which --quiet does not hide.
            ui.stderr(&format!("Inspector: {}", inspector.url()));
        }
        if self.open
            && let Err(error) = browser::open(&inspector.single_use_url())
        {
            let warning = format!("cannot open the browser: {error}; open the address yourself");
            ui.warn(&warning);
        }
    }
}

fn save_in(folder: PathBuf) -> SaveCase {
    Box::new(move |journal: &Journal, id| {
        let entries: Vec<_> =
            journal.entry(id).map_err(|error| error.to_string())?.into_iter().collect();
        let cases =
            save_cases::save(journal, &entries, &folder).map_err(|failure| failure.message)?;
        match cases.saved.into_iter().next() {
            Some(saved) => Ok(saved.case),
            None => Err(cases.left_out.join("; ")),
        }
    })
}

/// A port, or an address of this machine with a port.
fn parse_address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse() {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    let numeric = text.replace("localhost:", "127.0.0.1:");
    let address: SocketAddr = numeric
        .parse()
        .map_err(|_| "not an address with a port, such as 127.0.0.1:4040".to_owned())?;
    match address.ip().is_loopback() {
        true => Ok(address),
        false => Err("the inspector is for this machine only; use 127.0.0.1 or [::1]".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_address;

    #[test]
    fn only_this_machine_is_an_address() {
        for (text, expected) in [
            ("4041", "127.0.0.1:4041"),
            ("localhost:1", "127.0.0.1:1"),
            ("127.0.0.2:80", "127.0.0.2:80"),
            ("[::1]:80", "[::1]:80"),
        ] {
            assert_eq!(parse_address(text).unwrap().to_string(), expected);
        }
        for wrong in ["0.0.0.0:4040", "[::]:1", "192.0.2.1:80", "example.com:80", "", "127.0.0.1"] {
            assert!(parse_address(wrong).is_err(), "{wrong}");
        }
    }
}
