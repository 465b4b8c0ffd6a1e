//! Support for tests: a world without anything of the developer's machine, and a server that
//! a test scripts.

pub mod browser;
pub mod documents;
pub mod endpoints;
pub mod listening;
pub mod manifests;
pub mod proxy;
pub mod sandbox;
pub mod server;
pub mod terminal;
pub mod world;

pub use server::{Reply, Server};
pub use terminal::Terminal;
pub use world::World;
