//! Tests of the decisions: scripts of events with all their effects, laws that hold for any events, and simulated worlds
//! that are killed, crashed and recovered.

mod admission;
mod caching;
mod conditions;
mod endings;
mod laws;
mod limits;
mod losses;
mod properties;
mod recovery;
mod retries;
mod scheduling;
mod script;
mod steps;
mod survey;
mod world;
