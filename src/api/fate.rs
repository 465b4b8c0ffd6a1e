//! What became of a request that changes something: the one answer that everything after it needs.

/// In the order of what is worse to get wrong: of several attempts the greatest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// The platform did not carry it out.
    NotDone,
    /// Nobody can say: the answer was lost, or the service failed after it may have carried it out.
    Unknown,
    /// The platform carried it out.
    Done,
}
