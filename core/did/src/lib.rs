#![doc = include_str!("../README.md")]

pub mod did;
pub mod document;
pub mod method;
pub mod multibase;
pub mod resolver;

pub use did::{Did, DidError, DidUrl};
pub use document::{Document, DocumentError, Relationship, Service, VerificationMethod};
pub use method::{jwk, key, seoul, web};
pub use resolver::{Fetch, Method, Resolution, ResolveError, Resolver, Step};
pub use seoul::SeoulId;
