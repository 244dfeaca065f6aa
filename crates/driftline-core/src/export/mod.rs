//! A policy in the words of other tools.
//!
//! | file | holds |
//! |---|---|
//! | `exposition` | the metric names and labels that a server exposes and that the exported rules read |

pub mod exposition;
