//! What live rows are held against: enough to say what a window means without the model it came from.

use alloc::{collections::BTreeSet, string::String, sync::Arc};

use driftline_core::{
    monitor::{Monitor, Summary},
    reference::Reference,
    report::{LeftOut, LeftOutWhy, PerformanceReport, Report},
    time::Timestamp,
    window::Window,
};

use crate::event::batch::Frame;

/// All that a report is made of, beside the rows: shared with the model, or copied where it is small.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    pub(super) monitor: Arc<Monitor>,
    pub(super) reference: Arc<Reference>,
    pub(super) frame: Arc<Frame>,
    pub(super) foreign: BTreeSet<String>,
    /// What labels said that came later.
    pub(super) labelled: Option<PerformanceReport>,
}

impl Scale {
    /// What a window says, in brief.
    pub(crate) fn summary(&self, window: &Window) -> Summary {
        self.monitor.summary(&self.reference, window)
    }

    /// What a window says.
    pub(crate) fn report(&self, window: &Window, now: Timestamp) -> Report {
        let mut report = self.monitor.compare(&self.reference, window, "live", now);
        let own = |name: &str| self.frame.schema.position(name).is_some();
        report
            .left_out
            .retain(|column| self.reference.position(&column.name).is_some() || !own(&column.name));
        report.left_out.extend(self.foreign.iter().map(|name| LeftOut {
            name: name.clone(),
            why: LeftOutWhy::NotInBaseline,
            role_from: None,
        }));
        if self.labelled.is_some() {
            report.performance.clone_from(&self.labelled);
        }
        report
    }
}
