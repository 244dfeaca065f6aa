//! The rails: every one is a row of the table, and a function that lets an action pass or says why not, until when where that
//! is known.

use alloc::{collections::BTreeMap, format, string::String};

use serde::{Deserialize, Serialize};

use super::{Action, Ask, Incident, Mode, Progress, Proposal, Rails};
use crate::{
    engine::{Start, TargetMemory},
    evidence::Finding,
    time::Timestamp,
};

/// One table of the rails, in the order in which they are asked: what each is called in data, in a few words, and the
/// function that lets an action pass or says why not.
macro_rules! rails {
    ($($(#[$doc:meta])* $rail:ident, $name:literal, $words:literal, $function:path;)*) => {
        /// What can stop an action. The rails are asked in this order; the first that blocks is the one that is told.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum Rail {
            $($(#[$doc])* #[serde(rename = $name)] $rail,)*
        }

        impl Rail {
            /// All of them, in the order in which they are asked.
            pub const ALL: [Rail; [$($name),*].len()] = [$(Rail::$rail),*];

            /// The name in data.
            pub fn name(self) -> &'static str {
                match self { $(Rail::$rail => $name,)* }
            }

            /// A few words for people.
            pub fn words(self) -> &'static str {
                match self { $(Rail::$rail => $words,)* }
            }

            fn blocks(self, situation: &Situation<'_>) -> Option<Blocked> {
                match self { $(Rail::$rail => $function(situation),)* }
            }
        }
    };
}

rails! {
    /// Somebody has switched all actions off.
    KillSwitch, "kill_switch", "kill switch", kill_switch;
    /// The mode is `off`.
    Mode, "mode", "mode off", mode;
    /// The incident has had its action.
    OneAction, "one_action", "one action an incident", one_action;
    /// Too few distinct windows, no data, or an undecided interval.
    Evidence, "evidence", "too little evidence", evidence;
    /// The alert comes and goes too often.
    Flapping, "flapping", "flapping", flapping;
    /// A time in which nothing is changed.
    Freeze, "freeze", "freeze", freeze;
    /// The version has just changed.
    Settle, "settle", "settle time", settle;
    /// Whoever asks has had an action not long ago.
    Cooldown, "cooldown", "cooldown", cooldown;
    /// Nothing but the inputs moved.
    NotExpectedToHelp, "not_expected_to_help", "not expected to help", not_expected_to_help;
    /// There is no version to go back to.
    NoTarget, "no_target", "no version to go back to", no_target;
    /// Every version to go back to was rolled back from not long ago.
    PingPong, "ping_pong", "ping-pong guard", ping_pong;
    /// Enough rollbacks for now: none until a person unlatches.
    Budget, "budget", "budget of rollbacks", budget;
    /// A person decides, and has not yet.
    Approval, "approval", "waits for approval", approval;
}

/// What stopped an action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blocked {
    /// Which rail.
    pub rail: Rail,
    /// Why, for people.
    pub why: String,
    /// Until when, where that is known.
    pub until: Option<Timestamp>,
}

impl Blocked {
    fn new(rail: Rail, why: String) -> Blocked {
        Blocked { rail, why, until: None }
    }

    fn until(rail: Rail, until: Timestamp, why: String) -> Blocked {
        Blocked { rail, why, until: Some(until) }
    }
}

/// All that the rails look at.
#[derive(Clone, Debug)]
pub struct Situation<'a> {
    /// The settings.
    pub rails: &'a Rails,
    /// What is asked for: the highest of all asks.
    pub action: Action,
    /// Who asks for it.
    pub asks: &'a [Ask],
    /// The incident, once there is one.
    pub incident: Option<&'a Incident>,
    /// The versions.
    pub target: &'a TargetMemory,
    /// Whether all actions are switched off.
    pub kill_switch: bool,
    /// When each asker last had an action.
    pub starts: &'a BTreeMap<String, Start>,
    /// From where to where the latest window goes.
    pub window: Option<(Timestamp, Timestamp)>,
    /// Whether something beside the inputs moved.
    pub outputs_moved: bool,
    /// When.
    pub now: Timestamp,
}

impl Situation<'_> {
    /// The first rail that blocks.
    pub fn blocked(&self) -> Option<Blocked> {
        Rail::ALL.into_iter().find_map(|rail| rail.blocks(self))
    }

    /// Asks that may lead to an action: on evidence, and not cooling down.
    pub fn ready(&self) -> impl Iterator<Item = &Ask> {
        self.asks.iter().filter(|ask| ask.is_certain() && self.cools_until(ask).is_none())
    }

    fn cools_until(&self, ask: &Ask) -> Option<Timestamp> {
        let until = self.starts.get(&ask.asker)?.at.later(ask.cooldown.micros());
        (until > self.now).then_some(until)
    }

    /// What would be done.
    pub(crate) fn proposal(&self) -> Proposal {
        let to = self.target.to_go_back_to(self.rails.no_return_for, self.now);
        let target_version = to.filter(|_| self.action == Action::Rollback).map(String::from);
        Proposal { action: self.action, target_version }
    }

    /// Whether a person has agreed to just this, not too long ago.
    fn is_approved(&self) -> bool {
        matches!(self.incident.map(|incident| &incident.progress), Some(Progress::Approved { at, proposal, .. })
            if self.now.since(*at) < self.rails.approval_within.micros() && *proposal == self.proposal())
    }
}

fn kill_switch(situation: &Situation<'_>) -> Option<Blocked> {
    situation
        .kill_switch
        .then(|| Blocked::new(Rail::KillSwitch, "all actions are switched off".into()))
}

fn mode(situation: &Situation<'_>) -> Option<Blocked> {
    (situation.rails.mode == Mode::Off).then(|| Blocked::new(Rail::Mode, "the mode is off".into()))
}

/// Certain now, and in enough distinct windows of the version that serves.
fn evidence(situation: &Situation<'_>) -> Option<Blocked> {
    if situation.asks.iter().any(|ask| ask.is_certain() || ask.is_flapping) {
        return None;
    }
    let ask = situation.asks.first()?;
    let why = match ask.finding {
        Finding::False if ask.claim.is_some() => {
            "Prometheus says so, and the latest window here certainly does not".into()
        }
        Finding::True => format!(
            "{} of {} distinct windows of the version that serves now",
            ask.windows, ask.windows_needed
        ),
        Finding::False => "the condition is no longer true".into(),
        Finding::Inconclusive => "the latest window is inconclusive".into(),
        Finding::NoData => "there is no fresh data".into(),
    };
    Some(Blocked::new(Rail::Evidence, why))
}

fn flapping(situation: &Situation<'_>) -> Option<Blocked> {
    let is_steady = situation.asks.iter().any(Ask::is_certain);
    (!is_steady).then(|| Blocked::new(Rail::Flapping, "the alert comes and goes".into()))
}

fn one_action(situation: &Situation<'_>) -> Option<Blocked> {
    let (at, action) = situation.incident?.acted()?;
    Some(Blocked::new(Rail::OneAction, format!("this incident had its {action} at {at}")))
}

fn freeze(situation: &Situation<'_>) -> Option<Blocked> {
    let window = situation.rails.freeze.iter().find(|window| window.contains(situation.now))?;
    Some(Blocked::new(Rail::Freeze, format!("nothing is changed in {window}")))
}

/// Until the window and the hold have passed, what is seen is partly the version before.
fn settle(situation: &Situation<'_>) -> Option<Blocked> {
    let changed_at = situation.target.changed_at?;
    let window = situation.window.map_or(0, |(start, end)| end.since(start));
    let hold = situation.asks.iter().map(|ask| ask.hold_micros).max().unwrap_or(0);
    let until = changed_at.later(situation.rails.settle_micros(window, hold));
    (situation.now < until).then(|| {
        Blocked::until(Rail::Settle, until, format!("the version changed at {changed_at}"))
    })
}

fn cooldown(situation: &Situation<'_>) -> Option<Blocked> {
    if situation.ready().next().is_some() {
        return None;
    }
    let until = situation.asks.iter().filter_map(|ask| situation.cools_until(ask)).min()?;
    Some(Blocked::until(Rail::Cooldown, until, "whoever asks had an action not long ago".into()))
}

/// The version before would be fed with the same inputs.
fn not_expected_to_help(situation: &Situation<'_>) -> Option<Blocked> {
    let helps = situation.action != Action::Rollback
        || situation.rails.on_inputs_alone
        || situation.outputs_moved
        || situation.ready().any(|ask| !ask.metric.is_of_inputs());
    (!helps).then(|| {
        let why = "only the inputs moved: the version before would see the same".into();
        Blocked::new(Rail::NotExpectedToHelp, why)
    })
}

fn no_target(situation: &Situation<'_>) -> Option<Blocked> {
    // On paper there need not be a version: nobody may have told which one serves.
    let is_on_paper = situation.rails.mode == Mode::DryRun && situation.target.current.is_none();
    let has_other = situation.target.others().next().is_some();
    (situation.action == Action::Rollback && !is_on_paper && !has_other)
        .then(|| Blocked::new(Rail::NoTarget, "no earlier version is known".into()))
}

fn ping_pong(situation: &Situation<'_>) -> Option<Blocked> {
    let no_return = situation.rails.no_return_for;
    let mut others = situation.target.others().peekable();
    let is_stuck = others.peek().is_some()
        && situation.target.to_go_back_to(no_return, situation.now).is_none();
    (situation.action == Action::Rollback && is_stuck).then(|| {
        let why = "every earlier version was rolled back from not long ago".into();
        Blocked::new(Rail::PingPong, why)
    })
}

fn budget(situation: &Situation<'_>) -> Option<Blocked> {
    let is_spent = situation.target.is_latched
        || situation.target.rollbacks_within(situation.rails.period, situation.now)
            >= situation.rails.max_rollbacks;
    (situation.action == Action::Rollback && is_spent).then(|| {
        let why = format!(
            "{} rollbacks in {}: none until a person unlatches",
            situation.rails.max_rollbacks, situation.rails.period
        );
        Blocked::new(Rail::Budget, why)
    })
}

fn approval(situation: &Situation<'_>) -> Option<Blocked> {
    (situation.rails.mode == Mode::Approve && !situation.is_approved()).then(|| {
        let why = format!("a person decides on the {}", situation.proposal());
        Blocked::new(Rail::Approval, why)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rail_has_one_name_in_data_and_in_code() {
        for rail in Rail::ALL {
            assert_eq!(serde_json::to_value(rail).unwrap(), rail.name());
            assert_eq!(serde_json::from_value::<Rail>(rail.name().into()).unwrap(), rail);
        }
        let mut sorted = Rail::ALL;
        sorted.sort_unstable();
        assert_eq!(sorted, Rail::ALL);
    }
}
