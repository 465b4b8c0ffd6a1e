//! What the tests stand on: a world with nothing of the developer's in it, and a server that
//! behaves as badly as a test wants.

pub mod documents;
pub mod listening;
pub mod manifests;
pub mod proxy;
pub mod sandbox;
pub mod server;
pub mod world;

pub use server::{Reply, Server};
pub use world::World;
