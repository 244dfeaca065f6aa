//! The station as the store's machine.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use driftline_api::{Applied, Command, Kind, Problem, Response, Station, notice::notices};
use driftline_core::trigger::Effect;
use serde_json::json;
use tokio::sync::watch;

use super::{history, orders};
use crate::{
    log::Log,
    store::{AuditLine, Entry, Machine, Output, Rows},
};

/// The kind of entry that holds a [`Command`].
pub(super) const KIND: u16 = 1;

/// The station, applied to by the store and read by everybody.
pub(super) struct StationMachine {
    station: Arc<RwLock<Station>>,
    looked: watch::Sender<u64>,
    log: Log,
    /// Whether what happens is told: not while the past is replayed.
    speaks: Arc<AtomicBool>,
    /// Where Alertmanager takes alerts, where it is told of them.
    alertmanager: Option<String>,
}

impl StationMachine {
    pub(super) fn new(
        station: Arc<RwLock<Station>>,
        looked: watch::Sender<u64>,
        log: Log,
        speaks: Arc<AtomicBool>,
    ) -> StationMachine {
        StationMachine { station, looked, log, speaks, alertmanager: None }
    }

    /// The same, telling the Alertmanager at `base` of alerts.
    pub(super) fn telling(self, base: Option<&str>) -> StationMachine {
        let alertmanager = base.map(|base| format!("{}/api/v2/alerts", base.trim_end_matches('/')));
        StationMachine { alertmanager, ..self }
    }

    fn tell(&self, applied: &Applied) {
        for of in &applied.transitions {
            let what = serde_json::to_value(&of.what).unwrap_or_default();
            self.log.info("transition", json!({"model": of.model, "transition": what}));
        }
        for of in &applied.effects {
            let (model, what) = (&of.model, &of.what);
            match what {
                Effect::Request(request) => {
                    let order = &request.order;
                    let told = json!({"model": model, "action": order.action, "incident": order.incident, "reason": order.reason});
                    self.log.warn("order", told);
                }
                Effect::Line(line) => {
                    self.log.warn("action", json!({"model": model, "message": line}))
                }
            }
        }
        for of in &applied.problems {
            let told =
                json!({"model": of.model, "place": of.what.place, "message": of.what.message});
            self.log.warn("not taken", told);
        }
    }
}

impl Machine for StationMachine {
    fn apply(&mut self, entry: &Entry) -> Output {
        let Ok(command) = Command::decode(&entry.bytes) else {
            // Checked when it was submitted; an older version of the form is refused like any other mistake.
            let problem = Problem::new(Kind::INTERNAL, "a command in the journal cannot be read");
            return Output {
                response: encode_answer(&problem.response("")),
                rows: Rows::default(),
            };
        };
        let is_tick = matches!(command, Command::Tick);
        let applied = {
            let mut station = self.station.write().unwrap_or_else(PoisonError::into_inner);
            station.apply(command, entry.at)
        };
        let speaks = self.speaks.load(Ordering::Acquire);
        if speaks {
            self.tell(&applied);
        }
        let mut rows = Rows::default();
        rows.audit.extend(
            applied.audit.into_iter().map(|of| AuditLine { chain: of.model, row: of.what }),
        );
        rows.outbox.extend(
            applied
                .effects
                .into_iter()
                .filter_map(|of| orders::row_of(of.model, of.what, entry.at)),
        );
        if let Some(url) = &self.alertmanager
            && (is_tick || !applied.transitions.is_empty())
        {
            let station = self.station.read().unwrap_or_else(PoisonError::into_inner);
            let now = station.now().unwrap_or(entry.at);
            let notices = notices(&station, &applied.transitions, now);
            rows.outbox.extend(notices.into_iter().map(|notice| orders::told(notice, url, now)));
        }
        for point in &applied.history {
            history::points(point, &mut rows.history);
        }
        if speaks && is_tick {
            self.looked.send_modify(|looks| *looks = looks.wrapping_add(1));
        }
        Output { response: encode_answer(&applied.response), rows }
    }

    fn checkpoint(&mut self) -> Vec<u8> {
        self.station.read().unwrap_or_else(PoisonError::into_inner).snapshot()
    }
}

/// An answer as it is kept under an idempotency key: status, headers and body in postcard's wire format.
fn encode_answer(response: &Response) -> Vec<u8> {
    let Response { status, headers, body } = response;
    // Into memory, and every length is known: it cannot fail.
    postcard::to_extend(&(status, headers, body), Vec::new()).unwrap_or_default()
}

pub(super) fn decode_answer(bytes: &[u8]) -> Option<Response> {
    let (status, headers, body) = postcard::from_bytes(bytes).ok()?;
    Some(Response { status, headers, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_comes_back_as_it_was() {
        let response = Response::json(200, &json!({"accepted": 1})).with_header("retry-after", 1);
        assert_eq!(decode_answer(&encode_answer(&response)), Some(response));
        assert_eq!(decode_answer(&[1, 2]), None);
    }
}
