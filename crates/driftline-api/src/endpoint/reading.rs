//! Answers that take long: what they need of the state is copied first, so that a host lets go of it meanwhile.

use alloc::boxed::Box;

use super::drift::Sight;
use crate::{exposition::Exposition, response::Response};

/// An answer that is still to be computed, from a copy of what it is about: the state as it was when it was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading(Box<What>);

#[derive(Clone, Debug, PartialEq)]
enum What {
    Drift(Sight),
    Report(Sight),
    Metrics(Exposition),
}

impl Reading {
    pub(super) fn drift(sight: Sight) -> Reading {
        Reading(Box::new(What::Drift(sight)))
    }

    pub(super) fn report(sight: Sight) -> Reading {
        Reading(Box::new(What::Report(sight)))
    }

    pub(super) fn metrics(exposition: Exposition) -> Reading {
        Reading(Box::new(What::Metrics(exposition)))
    }

    /// The answer.
    pub fn response(&self) -> Response {
        match &*self.0 {
            What::Drift(sight) => Response::json(200, &sight.answer()),
            // There are rows, or there would be no reading.
            What::Report(sight) => Response::json(200, &sight.report()),
            What::Metrics(exposition) => exposition.response(),
        }
    }
}
