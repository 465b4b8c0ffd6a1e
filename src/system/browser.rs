//! The browser of the user.

/// Opens a page.
///
/// # Errors
/// There is no browser, or it cannot be started.
pub fn open(url: &str) -> Result<(), opener::OpenError> {
    opener::open_browser(url)
}
