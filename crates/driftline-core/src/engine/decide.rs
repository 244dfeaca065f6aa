//! From asks to an action, or to the rail that stopped it.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{Engine, LastBlocked, Outcome, Start};
use crate::{
    evidence::Finding,
    num,
    time::Timestamp,
    trigger::{
        Action, Ask, Effect, Incident, Order, Progress, Proposal, Rail, Situation,
        audit::{AuditRow, Decision},
    },
};

impl Engine {
    /// Tells people what triggers found, keeps the incident, and acts where every rail lets it.
    pub(super) fn decide(&mut self, now: Timestamp, outcome: &mut Outcome) {
        self.tell(now, outcome);
        self.end_incident(now, outcome);
        let asks = self.asks(now);
        let Some(action) = asks.iter().map(|ask| ask.action).max() else {
            self.state.last_blocked = None;
            return;
        };
        if asks.iter().any(Ask::is_certain) {
            self.keep_incident(&asks, now, outcome);
        }
        let asks: Vec<Ask> = asks.into_iter().filter(|ask| ask.action == action).collect();
        let situation = self.situation(action, &asks, now);
        match situation.blocked() {
            Some(blocked) => {
                let until = blocked.until.map_or(String::new(), |until| format!(", until {until}"));
                let why = format!("{}{until}", blocked.why);
                let proposal = situation.proposal();
                self.block(&asks, proposal, blocked.rail, why, now, outcome);
            }
            None => self.act(&asks, action, now, outcome),
        }
    }

    fn situation<'a>(&'a self, action: Action, asks: &'a [Ask], now: Timestamp) -> Situation<'a> {
        // A rule or trigger on anything else whose condition is true says that more than the inputs moved.
        let rule_on_outputs = self.policy.rules.iter().any(|rule| {
            let memory = self.state.rules.get(&rule.name);
            !rule.metric.is_of_inputs()
                && memory.is_some_and(|memory| {
                    let is_claimed = self.state.claims.contains_key(&rule.name);
                    memory.finding == Some(Finding::True)
                        || (is_claimed && memory.finding != Some(Finding::False))
                })
        });
        let trigger_on_outputs = self.policy.triggers.iter().any(|trigger| {
            let memory = self.state.triggers.get(&trigger.id());
            !trigger.metric.is_of_inputs()
                && memory
                    .is_some_and(|memory| self.finding_of(trigger, memory, now) == Finding::True)
        });
        Situation {
            rails: &self.policy.rails,
            action,
            asks,
            incident: self.state.incident.as_ref(),
            target: &self.state.target,
            kill_switch: self.state.kill_switch,
            starts: &self.state.starts,
            window: self.state.window.as_ref().map(|window| (window.start, window.end)),
            outputs_moved: !self.state.outputs_moved.is_empty()
                || rule_on_outputs
                || trigger_on_outputs,
            now,
        }
    }

    /// Firing rules with an action, here or elsewhere, and triggers that are on, in the order of their names.
    fn asks(&self, now: Timestamp) -> Vec<Ask> {
        let cooldown = self.policy.rails.cooldown;
        let rules = self.policy.rules.iter().filter_map(|rule| {
            let memory = self.state.rules.get(&rule.name)?;
            let claim = self.state.claims.get(&rule.name).map(|standing| standing.claim);
            let fires = memory.state.is_firing() || claim.is_some();
            let action = rule.action.filter(|_| rule.acts() && fires)?;
            let finding = memory.finding.unwrap_or(Finding::NoData);
            let windows_needed = rule.windows_needed();
            // What was seen here needs no claim.
            let is_proven = memory.state.is_firing()
                && finding == Finding::True
                && memory.evidence >= windows_needed;
            let claim = claim.filter(|_| !is_proven);
            Some(Ask {
                asker: rule.name.clone(),
                action,
                metric: rule.metric.clone(),
                value: claim.map_or(memory.reading.value, |claim| claim.value),
                threshold: rule.threshold,
                claim,
                finding,
                windows: memory.evidence,
                windows_needed,
                is_flapping: memory.is_flapping(&self.policy.live),
                hold_micros: rule.hold.duration().map_or(0, |hold| hold.micros()),
                cooldown,
            })
        });
        let triggers = self.policy.triggers.iter().filter_map(|trigger| {
            let memory = self.state.triggers.get(&trigger.id())?;
            (memory.is_on && trigger.action != Action::Alert).then(|| Ask {
                asker: trigger.id(),
                action: trigger.action,
                metric: trigger.metric.clone(),
                value: memory.reading.value,
                threshold: trigger.threshold,
                claim: None,
                finding: self.finding_of(trigger, memory, now),
                windows: memory.n_true(),
                windows_needed: trigger.windows,
                is_flapping: false,
                hold_micros: 0,
                cooldown: trigger.cooldown.unwrap_or(cooldown),
            })
        });
        rules.chain(triggers).collect()
    }

    /// Triggers that only alert: one line each time they come on, and not again while they cool down.
    fn tell(&mut self, now: Timestamp, outcome: &mut Outcome) {
        for trigger in self.policy.triggers.iter().filter(|t| t.action == Action::Alert) {
            let id = trigger.id();
            let Some(memory) = self.state.triggers.get(&id) else { continue };
            let finding = self.finding_of(trigger, memory, now);
            let is_certain = finding == Finding::True && memory.n_true() >= trigger.windows;
            let cooldown = trigger.cooldown.unwrap_or(self.policy.rails.cooldown);
            let cools =
                self.state.starts.get(&id).is_some_and(|it| now.since(it.at) < cooldown.micros());
            if !memory.is_on || memory.was_told || !is_certain || cools {
                continue;
            }
            let value = memory.reading.value.map_or("?".to_string(), |value| value.to_string());
            outcome.effects.push(Effect::Line(format!(
                "alert: {} of {} is {value}, {} {}",
                trigger.metric, self.policy.rails.target, trigger.comparison, trigger.threshold
            )));
            outcome.transition(&id, "counting", "on", format!("{} windows", trigger.windows));
            self.state.starts.insert(id.clone(), Start { at: now, key: None });
            if let Some(memory) = self.state.triggers.get_mut(&id) {
                memory.was_told = true;
            }
        }
    }

    /// Begins an incident, or adds to it who asks now.
    fn keep_incident(&mut self, asks: &[Ask], now: Timestamp, outcome: &mut Outcome) {
        let target = &self.policy.rails.target;
        let incident = match &mut self.state.incident {
            Some(incident) => incident,
            none => {
                let incident = Incident::begin(target, now);
                let names: Vec<&str> = asks.iter().map(|ask| ask.asker.as_str()).collect();
                outcome.transition(
                    &format!("incident {}", incident.id),
                    "none",
                    "open",
                    names.join(", "),
                );
                none.insert(incident)
            }
        };
        for ask in asks.iter().filter(|ask| ask.is_certain()) {
            if !incident.askers.contains(&ask.asker) {
                incident.askers.insert(ask.asker.clone());
            }
        }
    }

    /// Ends the incident whose askers' conditions were all certainly false, or whose scale-down has cooled down.
    fn end_incident(&mut self, now: Timestamp, outcome: &mut Outcome) {
        let Some(incident) = &self.state.incident else { return };
        let asks = self.asks(now);
        let still: BTreeSet<String> = incident
            .askers
            .iter()
            .filter(|asker| asks.iter().any(|ask| ask.asker == **asker))
            .cloned()
            .collect();
        let has_cooled = incident.acted().is_some_and(|(at, action)| {
            action == Action::ScaleDown && now.since(at) >= self.longest_cooldown(&still)
        });
        if still.is_empty() || has_cooled {
            let why = if has_cooled {
                "its scale-down has had its time"
            } else {
                "nothing asks for an action any more"
            };
            self.close_incident(why, now, outcome);
        } else if let Some(incident) = &mut self.state.incident {
            incident.askers = still;
        }
    }

    fn longest_cooldown(&self, askers: &BTreeSet<String>) -> u64 {
        let triggers = self.policy.triggers.iter().filter(|t| askers.contains(&t.id()));
        let own = triggers.filter_map(|trigger| trigger.cooldown).max();
        own.unwrap_or(self.policy.rails.cooldown).max(self.policy.rails.cooldown).micros()
    }

    fn close_incident(&mut self, why: &str, now: Timestamp, outcome: &mut Outcome) {
        let Some(incident) = self.state.incident.take() else { return };
        outcome.transition(&format!("incident {}", incident.id), "open", "ended", why.into());
        let row =
            AuditRow { incident: Some(incident.id), ..self.row(Decision::IncidentEnded, why, now) };
        self.state.last_blocked = None;
        self.append(row, outcome);
    }

    /// Tells what stopped an action, once for as long as it is the same.
    fn block(
        &mut self,
        asks: &[Ask],
        proposal: Proposal,
        rail: Rail,
        why: String,
        now: Timestamp,
        outcome: &mut Outcome,
    ) {
        if let Some(incident) = &mut self.state.incident {
            // Nobody is asked any more for what is no longer proposed, nor has anybody agreed to what is.
            if incident.proposal().is_some_and(|other| *other != proposal) {
                incident.progress = Progress::Open;
            }
            if rail == Rail::Approval && !matches!(incident.progress, Progress::Awaiting { .. }) {
                incident.progress = Progress::Awaiting { since: now, proposal: proposal.clone() };
            }
        }
        self.state.target.is_latched |= rail == Rail::Budget;
        let incident = self.state.incident.as_ref().map(|incident| incident.id.clone());
        let action = proposal.action;
        let to_version = proposal.target_version.clone();
        let blocked = Some(LastBlocked { incident, proposal, rail });
        if self.state.last_blocked == blocked {
            return;
        }
        self.state.last_blocked = blocked;
        outcome.transition(
            &self.policy.rails.target.clone(),
            action.name(),
            "blocked",
            why.clone(),
        );
        let row = AuditRow {
            action: Some(action),
            asked_by: asks.iter().map(|ask| ask.asker.clone()).collect(),
            inputs: inputs_of(asks),
            to_version,
            ..self.row(Decision::Blocked(rail), &why, now)
        };
        self.append(row, outcome);
    }

    /// Asks the host for the action, or says that it would have.
    fn act(&mut self, asks: &[Ask], action: Action, now: Timestamp, outcome: &mut Outcome) {
        let situation = self.situation(action, asks, now);
        let ready: Vec<Ask> = situation.ready().cloned().collect();
        let rails = &self.policy.rails;
        let target = &self.state.target;
        let to = situation.proposal().target_version;
        let from = target.current.clone();
        let askers: Vec<String> = ready.iter().map(|ask| ask.asker.clone()).collect();
        let Some(incident) = &mut self.state.incident else { return };
        let versions = (from.as_deref(), to.as_deref());
        let key = Order::key(action, &askers, &rails.target, versions, incident.start);
        let reason = reason_of(&ready);
        let order = Order {
            idempotency_key: key.clone(),
            incident: incident.id.clone(),
            action,
            target: rails.target.clone(),
            expected_current_version: from.clone(),
            target_version: to.clone(),
            scale: (action == Action::ScaleDown).then_some(rails.scale_down),
            not_after: now.later(rails.act_within.micros().min(rails.cooldown.micros())),
            reason: reason.clone(),
            asked_by: askers.clone(),
            evidence: inputs_of(&ready),
        };
        incident.progress = Progress::Acted { at: now, action, key: key.clone() };
        let is_on_paper = self.is_on_paper();
        let words = order.in_words();
        let (decision, effect) = match &self.policy.rails.url {
            Some(url) if !is_on_paper => {
                let request = order.request(url, &self.policy.rails);
                (Decision::Acted, Effect::Request(Box::new(request)))
            }
            // A checked policy has an address in every mode that acts.
            _ => (Decision::ActedOnPaper, Effect::Line(format!("dry run: {words}"))),
        };
        outcome.effects.push(effect);
        let to_state = if is_on_paper { "on paper" } else { "asked for" };
        outcome.transition(&self.policy.rails.target.clone(), action.name(), to_state, words);
        for asker in &askers {
            self.state.starts.insert(asker.clone(), Start { at: now, key: Some(key.clone()) });
        }
        if action == Action::Rollback {
            let max_rollbacks = self.policy.rails.max_rollbacks;
            self.state.target.roll_back(key, is_on_paper, max_rollbacks, now);
        }
        self.state.last_blocked = None;
        let row = AuditRow {
            action: Some(action),
            asked_by: askers,
            inputs: inputs_of(&ready),
            to_version: to,
            ..self.row(decision, &reason, now)
        };
        self.append(AuditRow { from_version: from, ..row }, outcome);
    }

    /// A version serves. Another one ends the incident: what was seen of the one before says nothing about it.
    pub(super) fn change_version(
        &mut self,
        version: String,
        now: Timestamp,
        outcome: &mut Outcome,
    ) {
        let before = self.state.target.current.clone();
        if before.as_deref() == Some(version.as_str()) {
            return;
        }
        self.state.target.change(version.clone(), now);
        let from = before.clone().unwrap_or_else(|| "unknown".into());
        outcome.transition(
            &self.policy.rails.target.clone(),
            &from,
            &version,
            "the version".into(),
        );
        let row = self.row(Decision::VersionChanged, "the version changed", now);
        self.append(
            AuditRow { from_version: before.clone(), to_version: Some(version), ..row },
            outcome,
        );
        if before.is_some() {
            for memory in self.state.triggers.values_mut() {
                memory.forget_windows();
            }
            for memory in self.state.rules.values_mut() {
                memory.evidence = 0;
            }
            for (rule, _) in core::mem::take(&mut self.state.claims) {
                let why = "as an alert elsewhere: it was about the version before";
                outcome.transition(&rule, "firing", "inactive", why.into());
            }
            self.close_incident("another version serves", now, outcome);
        }
    }

    /// A person agrees to what an incident waits for: to this action and this version, and to nothing that has taken their
    /// place since.
    pub(super) fn approve(
        &mut self,
        id: &str,
        proposal: Proposal,
        by: &str,
        now: Timestamp,
        outcome: &mut Outcome,
    ) {
        let incident = self.state.incident.as_mut().filter(|incident| incident.id == id);
        let waits = |progress: &Progress| match progress {
            Progress::Awaiting { proposal, .. } => Some(proposal.clone()),
            _ => None,
        };
        match incident.map(|incident| (waits(&incident.progress), incident)) {
            Some((Some(awaited), incident)) if awaited == proposal => {
                incident.progress =
                    Progress::Approved { at: now, by: by.into(), proposal: proposal.clone() };
            }
            Some((Some(awaited), _)) => {
                let message = format!("expected a yes to the {awaited}, found one to a {proposal}");
                return outcome.problem("approve", message);
            }
            _ => {
                let message = format!("expected an incident that waits for approval, found {id}");
                return outcome.problem("approve", message);
            }
        }
        let row = self.row(Decision::Approved, &format!("by {by}"), now);
        let Proposal { action, target_version: to_version } = proposal;
        self.append(AuditRow { action: Some(action), to_version, ..row }, outcome);
    }

    pub(super) fn unlatch(&mut self, by: &str, now: Timestamp, outcome: &mut Outcome) {
        self.state.target.is_latched = false;
        self.state.target.rollbacks.clear();
        let row = self.row(Decision::Unlatched, &format!("by {by}"), now);
        self.append(row, outcome);
    }

    pub(super) fn switch(&mut self, on: bool, by: &str, now: Timestamp, outcome: &mut Outcome) {
        if self.state.kill_switch == on {
            return;
        }
        self.state.kill_switch = on;
        let decision = if on { Decision::SwitchedOff } else { Decision::SwitchedOn };
        let row = self.row(decision, &format!("by {by}"), now);
        self.append(row, outcome);
    }

    /// What became of an order, whether its incident is still open or not. One that failed does not make its askers wait, nor
    /// its version one that was rolled back from; it counts as one of the rollbacks that are allowed, and the incident has
    /// had its action: whoever carries out orders tries again by itself, under the same key.
    pub(super) fn take_result(
        &mut self,
        key: &str,
        succeeded: bool,
        detail: String,
        now: Timestamp,
        outcome: &mut Outcome,
    ) {
        let decision = if succeeded { Decision::Succeeded } else { Decision::Failed };
        if !succeeded {
            self.state.starts.retain(|_, start| start.key.as_deref() != Some(key));
            self.state.target.rolled_back_from.retain(|it| it.key != key);
        }
        let row = self.row(decision, &format!("{key}: {detail}"), now);
        self.append(row, outcome);
    }

    /// A row about the target as it is.
    fn row(&self, decision: Decision, why: &str, now: Timestamp) -> AuditRow {
        AuditRow {
            sequence: 0,
            at: now,
            target: self.policy.rails.target.clone(),
            incident: self.state.incident.as_ref().map(|incident| incident.id.clone()),
            decision,
            action: None,
            asked_by: Vec::new(),
            inputs: BTreeMap::new(),
            from_version: self.state.target.current.clone(),
            to_version: None,
            why: why.into(),
            previous: String::new(),
            hash: String::new(),
        }
    }

    fn append(&mut self, row: AuditRow, outcome: &mut Outcome) {
        outcome.audit.push(self.state.audit.append(row));
    }
}

fn inputs_of(asks: &[Ask]) -> BTreeMap<String, f64> {
    asks.iter().filter_map(|ask| Some((ask.metric.to_string(), ask.value?))).collect()
}

fn reason_of(asks: &[Ask]) -> String {
    let reasons: Vec<String> = asks
        .iter()
        .map(|ask| {
            let value = ask.value.map_or("unknown".to_string(), |value| num::significant(value, 6));
            if let Some(claim) = ask.claim {
                let said = ask.value.map_or(String::new(), |_| format!("is {value} "));
                return format!(
                    "{} {said}against {}, judged by Prometheus since {} ({})",
                    ask.metric, ask.threshold, claim.since, ask.asker
                );
            }
            format!(
                "{} is {value} against {} in {} distinct windows ({})",
                ask.metric, ask.threshold, ask.windows, ask.asker
            )
        })
        .collect();
    reasons.join("; ")
}
