//! All that is live of one model: its panes, and which window was distinct evidence.

use alloc::collections::{BTreeMap, BTreeSet};

use super::{LiveWindow, OtherPanes, PanePlan, Panes, Taken};
use crate::{
    column::Batch,
    duration::Duration,
    evidence::{Evidence, Observed},
    metric::{BurnWindows, Metric},
    num::wilson,
    objective::Objective,
    policy::Policy,
    reference::Reference,
    report::Report,
    schema::Schema,
    time::Timestamp,
    window::OtherReference,
};

/// The live rows of one model, and what an [`Engine`](crate::engine::Engine) is told of them.
///
/// Every [`live.every`](super::Live::every), once [`is_due`](LiveWindows::is_due) says so:
///
/// ```
/// use driftline_core::{
///     engine::{Engine, Input}, live::{LiveWindows, PanePlan}, monitor::Monitor, policy::Policy,
///     reference::Reference, time::Timestamp,
/// };
/// fn look(
///     (monitor, reference): (&Monitor, &Reference), live: &mut LiveWindows, engine: &mut Engine, now: Timestamp,
/// ) {
///     let input = match live.window(reference, now) {
///         Some(window) => {
///             let report = monitor.compare(reference, &window.window, "live", now);
///             Input::Window(live.evidence(&window, &report, engine.policy()))
///         }
///         None => Input::Tick,
///     };
///     let _outcome = engine.handle(input, now);
/// }
/// ```
///
/// **Distinct evidence.** A window that is evaluated every 15 s shares most of its rows with the one before, so five in a
/// row are not five findings. [`Evidence::id`] advances only where what a window shares with the last one that had a number of
/// its own is at most half of the rows of either; until then the same number is given again, and the engine takes it for the
/// same window, looked at again. So no row is in more than two of the windows in a row that an action needs three of, not
/// even while rows have only begun to come: a spike is no incident, however the window grows around it. Windows of fewer than
/// [`min_samples`](super::Live::min_samples) rows, or of those of a rule that asks for less, decide nothing and hold no later
/// one up. A burn rate over windows of its own is about more rows than the window at hand: of these readings, rules and
/// triggers count only such that lie at least as far apart as the shorter of its windows is long.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveWindows {
    pub(super) panes: Panes,
    pub(super) looks: Looks,
}

/// What has been shown to the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Looks {
    /// The number of the latest distinct evidence; 0 before the first.
    pub(super) id: u64,
    /// Its rows, by pane.
    pub(super) seen: BTreeMap<i64, u64>,
    /// The first pane that was not whole at the latest look.
    pub(super) boundary: Option<i64>,
}

impl LiveWindows {
    /// No rows, and no evidence yet.
    pub fn new(reference: &Reference, plan: PanePlan) -> LiveWindows {
        LiveWindows { panes: Panes::new(reference, plan), looks: Looks::default() }
    }

    /// The rows.
    pub fn panes(&self) -> &Panes {
        &self.panes
    }

    /// The number of the latest distinct evidence; 0 before the first.
    pub fn evidence_id(&self) -> u64 {
        self.looks.id
    }

    /// Numbers of evidence go on after this one: for live windows that begin anew beside an engine that remembers.
    pub fn number_after(&mut self, id: u64) {
        self.looks.id = self.looks.id.max(id);
    }

    /// Counts rows that arrive at `now`; see [`Panes::count`].
    ///
    /// # Errors
    /// Another reference than the one that these windows were made for. Nothing is counted then.
    pub fn count(
        &mut self,
        reference: &Reference,
        schema: &Schema,
        batch: &Batch,
        now: Timestamp,
    ) -> Result<Taken, OtherReference> {
        self.panes.count(reference, schema, batch, now)
    }

    /// Counts rows that arrived one by one; see [`Panes::count_arrived`].
    ///
    /// # Errors
    /// As [`count`](LiveWindows::count).
    pub fn count_arrived(
        &mut self,
        reference: &Reference,
        schema: &Schema,
        batch: &Batch,
        arrived: &[Timestamp],
        now: Timestamp,
    ) -> Result<Taken, OtherReference> {
        self.panes.count_arrived(reference, schema, batch, arrived, now)
    }

    /// Adds what others counted; see [`Panes::merge`]. The numbers of evidence stay these windows' own.
    ///
    /// # Errors
    /// Panes on another reference, of another length, or counted at other thresholds. Nothing is added then.
    pub fn merge(&mut self, other: &Panes, now: Timestamp) -> Result<(), OtherPanes> {
        self.panes.merge(other, now)
    }

    /// These panes in the place of its own: for a host that adds up what each replica holds by now. The numbers of evidence
    /// stay these windows' own.
    pub fn replace_panes(&mut self, panes: Panes) {
        self.panes = panes;
    }

    /// Whether a pane has become whole since the latest look.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.looks.boundary.is_none_or(|boundary| self.panes.key_of(now) > boundary)
    }

    /// The live window of whole panes, for [`evidence`](LiveWindows::evidence); see [`Panes::window`].
    pub fn window(&mut self, reference: &Reference, now: Timestamp) -> Option<LiveWindow> {
        self.panes.forget_old(now);
        let boundary = self.panes.key_of(now);
        self.looks.boundary = Some(self.looks.boundary.map_or(boundary, |b| b.max(boundary)));
        self.panes.window(reference, now)
    }

    /// What the engine is told of a window: its report's numbers, the burn rates that the policy asks for, and its number.
    pub fn evidence(&mut self, live: &LiveWindow, report: &Report, policy: &Policy) -> Evidence {
        let id = self.looks.number(live, policy.least_samples());
        let span = (live.start, live.end);
        let mut evidence = Evidence::of_report(report, &policy.objectives, id, span);
        for windows in policy.burn_windows() {
            if let Some(observed) = self.burn_rate(windows, live.until, policy) {
                evidence.values.insert(Metric::BurnRate { over: Some(windows) }, observed);
            }
        }
        evidence
    }

    /// The smaller of both windows' burn rates; `None` where counting has not gone on for so long, or nobody asked.
    pub fn burn_rate(
        &self,
        windows: BurnWindows,
        end: Timestamp,
        policy: &Policy,
    ) -> Option<Observed> {
        let read = |length| Some(self.panes.history().over(length, end)?.errors);
        let (long, short) = (read(windows.long)?, read(windows.short)?);
        windows.observed(&policy.objectives.availability, &long, &short)
    }

    /// How many times faster than allowed a latency objective's budget was spent in the time of length `length` that ends at
    /// `end`; `None` where counting has not gone on for so long, nobody asked, or the objective is not one of the plan.
    pub fn latency_burn_rate(
        &self,
        objective: &Objective,
        length: Duration,
        end: Timestamp,
    ) -> Option<Observed> {
        let threshold = objective.threshold();
        let place = self.panes.plan().thresholds.iter().position(|own| *own == threshold)?;
        let span = self.panes.history().over(length, end)?;
        let slow = span.slow.get(place).filter(|_| span.latencies > 0)?;
        let share = *slow as f64 / span.latencies as f64;
        let (numerator, denominator) = objective.quantile.ratio();
        let allowed = (denominator - numerator) as f64 / denominator as f64;
        Some(Observed {
            lower: Some(wilson::lower(*slow, span.latencies) / allowed),
            ..Observed::new(share / allowed, span.latencies)
        })
    }
}

impl Looks {
    /// The number of a window.
    fn number(&mut self, live: &LiveWindow, min_samples: u64) -> u64 {
        if self.is_distinct(live, min_samples) {
            self.id = self.id.saturating_add(1);
            self.seen = live.by_pane.iter().copied().collect();
        }
        self.id
    }

    fn is_distinct(&self, live: &LiveWindow, min_samples: u64) -> bool {
        let seen = self.seen.values().fold(0, |sum: u64, rows| sum.saturating_add(*rows));
        let was_too_small = seen < min_samples;
        // Rows that came late into a pane that was seen are new.
        let shared = live.by_pane.iter().fold(0, |sum: u64, (pane, rows)| {
            sum.saturating_add(self.seen.get(pane).map_or(0, |seen| *rows.min(seen)))
        });
        let is_half_new = |rows: u64| shared <= rows / 2;
        (was_too_small && live.rows >= min_samples)
            || (is_half_new(live.rows) && (was_too_small || is_half_new(seen)))
    }
}

impl Policy {
    /// The pairs of windows over which its rules and triggers ask for burn rates.
    pub fn burn_windows(&self) -> BTreeSet<BurnWindows> {
        let rules = self.rules.iter().map(|rule| &rule.metric);
        let metrics = rules.chain(self.triggers.iter().map(|trigger| &trigger.metric));
        metrics
            .filter_map(|metric| match metric {
                Metric::BurnRate { over } => *over,
                _ => None,
            })
            .collect()
    }
}
