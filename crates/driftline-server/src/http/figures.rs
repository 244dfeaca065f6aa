//! The metric families that are the service's own, beside those of the models.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::{host::Host, store::Health};

/// Ends of the buckets of request durations, in microseconds.
const ENDS: [u64; 9] = [1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 2_500_000];

/// Counts of requests and connections.
#[derive(Debug, Default)]
pub(super) struct Figures {
    requests: Mutex<BTreeMap<(&'static str, u16), u64>>,
    durations: [AtomicU64; ENDS.len() + 1],
    micros: AtomicU64,
    open: AtomicU64,
    accepted: AtomicU64,
}

/// A connection that is open.
#[derive(Debug)]
pub(super) struct Open<'a>(&'a Figures);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Figures {
    pub(super) fn opened(&self) -> Open<'_> {
        self.open.fetch_add(1, Ordering::Relaxed);
        self.accepted.fetch_add(1, Ordering::Relaxed);
        Open(self)
    }

    /// A request was answered. `endpoint` is a name out of the table, never what a client sent.
    pub(super) fn answered(&self, endpoint: &'static str, status: u16, took: Duration) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry((endpoint, status)).or_default() += 1;
        drop(requests);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = ENDS.iter().position(|end| micros <= *end).unwrap_or(ENDS.len());
        self.durations[bucket].fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// All families as text.
    pub(super) fn write(&self, host: &Host) -> String {
        let mut text = String::new();
        // Into memory: it cannot fail.
        let _ = self.write_into(&mut text, host);
        text
    }

    fn write_into(&self, text: &mut String, host: &Host) -> std::fmt::Result {
        head(
            text,
            "driftline_http_requests_total",
            "counter",
            "Requests answered, by endpoint and status.",
        )?;
        for ((endpoint, status), count) in
            self.requests.lock().unwrap_or_else(PoisonError::into_inner).iter()
        {
            writeln!(
                text,
                "driftline_http_requests_total{{endpoint=\"{endpoint}\",status=\"{status}\"}} {count}"
            )?;
        }
        let name = "driftline_http_request_duration_seconds";
        head(
            text,
            name,
            "histogram",
            "How long requests took, from the end of their headers to the answer.",
        )?;
        let mut within = 0;
        for (end, count) in ENDS.iter().zip(&self.durations) {
            within += count.load(Ordering::Relaxed);
            let end = driftline_core::export::exposition::le(*end);
            writeln!(text, "{name}_bucket{{le=\"{end}\"}} {within}")?;
        }
        within += self.durations[ENDS.len()].load(Ordering::Relaxed);
        writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {within}")?;
        writeln!(text, "{name}_sum {}", self.micros.load(Ordering::Relaxed) as f64 / 1e6)?;
        writeln!(text, "{name}_count {within}")?;
        let status = host.status();
        let open = self.open.load(Ordering::Relaxed);
        gauge(text, "driftline_http_connections", "Connections that are open.", open)?;
        let accepted = self.accepted.load(Ordering::Relaxed);
        counter(
            text,
            "driftline_http_connections_accepted_total",
            "Connections accepted.",
            accepted,
        )?;
        counter(
            text,
            "driftline_store_commands_total",
            "Commands on disk since the first start.",
            status.last_seq,
        )?;
        counter(
            text,
            "driftline_store_transactions_total",
            "Transactions since this start; commands share them.",
            status.transactions,
        )?;
        gauge(
            text,
            "driftline_store_waiting_commands",
            "Commands that wait to be written.",
            status.waiting as u64,
        )?;
        gauge(text, "driftline_store_waiting_bytes", "Their bytes.", status.waiting_bytes as u64)?;
        let is_ready = u64::from(status.health == Health::Ready);
        gauge(
            text,
            "driftline_store_ready",
            "1 where commands are taken, 0 where the disk is full or failed.",
            is_ready,
        )?;
        if let Some((waiting, delivered, dead)) = host.outbox() {
            head(
                text,
                "driftline_outbox_rows",
                "gauge",
                "Orders and events for others, by how far they have come.",
            )?;
            for (state, rows) in [("waiting", waiting), ("delivered", delivered), ("dead", dead)] {
                writeln!(text, "driftline_outbox_rows{{state=\"{state}\"}} {rows}")?;
            }
        }
        Ok(())
    }
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) -> std::fmt::Result {
    writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}")
}

fn gauge(text: &mut String, name: &str, help: &str, value: u64) -> std::fmt::Result {
    head(text, name, "gauge", help)?;
    writeln!(text, "{name} {value}")
}

fn counter(text: &mut String, name: &str, help: &str, value: u64) -> std::fmt::Result {
    head(text, name, "counter", help)?;
    writeln!(text, "{name} {value}")
}
