//! Whether a request that changes something took effect.

/// Ordered: of several attempts of one request, the greatest value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// The platform did not make the change.
    NotDone,
    /// It is unknown: the response was lost, or the platform failed at an unknown point.
    Unknown,
    /// The platform made the change.
    Done,
}
