//! The whole state as bytes, and back: what a checkpoint holds.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use core::fmt;

use driftline_core::{
    codec::DecodeError,
    engine::{Engine, Outcome},
    live::{LiveWindows, Taken},
    reference::{Reference, ReferenceId},
    time::Timestamp,
    window::Window,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    Counters, Labels, Learning, Look, Model, Station,
    counters::Told,
    model::{Kept, nothing, plan},
};
use crate::{command::Settings, event::batch::Frame, spec_text};

/// What snapshots begin with; the last byte is the version.
const MAGIC: &[u8; 8] = b"driftlS\x01";

const DIGEST_BYTES: usize = 32;

/// Why a snapshot was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreError {
    /// It does not begin as one.
    NotThis,
    /// Written by a version that this code does not know.
    UnknownVersion(u8),
    /// Cut short or altered.
    Altered,
    /// A part of it breaks a rule: which, and what.
    Malformed(String),
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RestoreError::NotThis => {
                f.write_str("expected a snapshot of a Driftline station, found other data")
            }
            RestoreError::UnknownVersion(found) => {
                write!(f, "expected a snapshot of version {}, found version {found}", MAGIC[7])
            }
            RestoreError::Altered => f.write_str("the snapshot was cut short or altered"),
            RestoreError::Malformed(what) => write!(f, "the snapshot breaks a rule: {what}"),
        }
    }
}

impl core::error::Error for RestoreError {}

/// Live rows by version, in their compact form.
type Lines = Vec<(String, Vec<u8>)>;

#[derive(Serialize, Deserialize)]
struct StoredStation {
    settings: Settings,
    now: Option<Timestamp>,
    refused_events: u64,
    clock_ran_back: u64,
    models: Vec<StoredModel>,
}

#[derive(Serialize, Deserialize)]
struct StoredModel {
    name: String,
    spec: Option<String>,
    engine: Vec<u8>,
    /// As JSON: its fields are written or left out.
    outcome: Option<String>,
    references: Vec<(Vec<u8>, Timestamp)>,
    active: Option<ReferenceId>,
    learning: Option<Learning>,
    lines: Lines,
    judged: Vec<u8>,
    replicas: Vec<(String, Lines)>,
    look: Option<StoredLook>,
    taken: Taken,
    last_event: Option<Timestamp>,
    retired: Option<Vec<u8>>,
    told: Told,
    labels: Labels,
    foreign: BTreeSet<String>,
    history_at: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct StoredLook {
    at: Timestamp,
    start: Timestamp,
    end: Timestamp,
    extended: bool,
    window: Vec<u8>,
    /// The report as JSON: labels that came since would change it.
    report: String,
}

impl Station {
    /// The whole state.
    pub fn snapshot(&self) -> Vec<u8> {
        let stored = StoredStation {
            settings: self.settings.clone(),
            now: self.now,
            refused_events: self.refused_events,
            clock_ran_back: self.clock_ran_back,
            models: self.models.values().map(StoredModel::of).collect(),
        };
        // Into memory, and every length is known: it cannot fail.
        let mut bytes = postcard::to_extend(&stored, MAGIC.to_vec()).unwrap_or_default();
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        bytes
    }

    /// The state that a snapshot holds.
    ///
    /// # Errors
    /// Bytes that are no snapshot of this version, were altered, or break a rule.
    pub fn restore(bytes: &[u8]) -> Result<Station, RestoreError> {
        let name = MAGIC.len() - 1;
        if bytes.len() < name || bytes[..name] != MAGIC[..name] {
            return Err(RestoreError::NotThis);
        }
        if bytes.len() < MAGIC.len() + DIGEST_BYTES {
            return Err(RestoreError::Altered);
        }
        let (body, digest) = bytes.split_at(bytes.len() - DIGEST_BYTES);
        if Sha256::digest(body)[..] != *digest {
            return Err(RestoreError::Altered);
        }
        if body[name] != MAGIC[name] {
            return Err(RestoreError::UnknownVersion(body[name]));
        }
        let (stored, rest): (StoredStation, _) = postcard::take_from_bytes(&body[MAGIC.len()..])
            .map_err(|_| RestoreError::Malformed("its form".into()))?;
        if !rest.is_empty() {
            return Err(RestoreError::Malformed("bytes behind its end".into()));
        }
        let mut station = Station {
            settings: stored.settings,
            models: BTreeMap::new(),
            now: stored.now,
            refused_events: stored.refused_events,
            clock_ran_back: stored.clock_ran_back,
        };
        for model in stored.models {
            let model = model.restore(&station)?;
            station.models.insert(model.name.clone(), model);
        }
        Ok(station)
    }
}

fn lines_of(lines: &BTreeMap<String, LiveWindows>) -> Lines {
    lines.iter().map(|(version, line)| (version.clone(), line.encode())).collect()
}

impl StoredModel {
    fn of(model: &Model) -> StoredModel {
        StoredModel {
            name: model.name.clone(),
            spec: model.spec.clone(),
            engine: model.engine.snapshot(),
            outcome: model.outcome.as_ref().and_then(|o| serde_json::to_string(o).ok()),
            references: model
                .references
                .values()
                .map(|kept| (kept.reference.encode(), kept.added_at))
                .collect(),
            active: model.active,
            learning: model.learning.clone(),
            lines: lines_of(&model.lines),
            judged: model.judged.encode(),
            replicas: model
                .replicas
                .iter()
                .map(|(replica, lines)| (replica.clone(), lines_of(lines)))
                .collect(),
            look: model.look.as_ref().map(|look| StoredLook {
                at: look.at,
                start: look.start,
                end: look.end,
                extended: look.extended,
                window: look.window.encode(),
                report: serde_json::to_string(&look.report).unwrap_or_default(),
            }),
            taken: model.counters.taken,
            last_event: model.counters.last_event,
            retired: model.counters.retired.as_ref().map(Window::encode),
            told: model.counters.told.clone(),
            labels: model.labels.clone(),
            foreign: model.foreign.clone(),
            history_at: model.history_at,
        }
    }

    fn restore(self, station: &Station) -> Result<Model, RestoreError> {
        let name = self.name.clone();
        let broken = |what: &str| {
            RestoreError::Malformed(format!("model \"{}\": {what}", crate::problem::echo(&name)))
        };
        let decoding = |error: DecodeError| broken(&error.to_string());
        let checked = match &self.spec {
            Some(spec) => spec_text::check(spec).map_err(|problem| broken(&problem.detail))?,
            None => station.default_spec(),
        };
        let mut model = Model::new(&self.name, self.spec.clone(), checked);
        model.engine = Engine::restore(model.policy().clone(), &self.engine).map_err(decoding)?;
        for (bytes, added_at) in &self.references {
            let reference = Arc::new(Reference::decode(bytes).map_err(decoding)?);
            model.references.insert(reference.id(), Kept { reference, added_at: *added_at });
        }
        model.reference = match self.active {
            None => Arc::new(nothing()),
            Some(id) => match model.references.get(&id) {
                Some(kept) => Arc::clone(&kept.reference),
                None => return Err(broken("its active reference is missing")),
            },
        };
        model.active = self.active;
        model.frame = Arc::new(Frame::new(&model.monitor, &model.reference));
        let plan = plan(&model.monitor, model.policy(), &model.reference, &model.frame);
        let decode = |bytes: &[u8]| {
            LiveWindows::decode(bytes, &model.reference, plan.clone()).map_err(decoding)
        };
        let decode_lines = |lines: &[(String, Vec<u8>)]| {
            let line = |(version, bytes): &(String, Vec<u8>)| Ok((version.clone(), decode(bytes)?));
            lines.iter().map(line).collect::<Result<BTreeMap<_, _>, RestoreError>>()
        };
        let lines = decode_lines(&self.lines)?;
        let judged = decode(&self.judged)?;
        let mut replicas = BTreeMap::new();
        for (replica, lines) in &self.replicas {
            replicas.insert(replica.clone(), decode_lines(lines)?);
        }
        let window = |bytes: &[u8]| Window::decode(bytes, &model.reference).map_err(decoding);
        let look = match &self.look {
            None => None,
            Some(look) => Some(Look {
                at: look.at,
                start: look.start,
                end: look.end,
                extended: look.extended,
                window: window(&look.window)?,
                report: serde_json::from_str(&look.report).map_err(|_| broken("its report"))?,
            }),
        };
        let retired = self.retired.as_deref().map(window).transpose()?;
        model.lines = lines;
        model.judged = judged;
        model.replicas = replicas;
        model.look = look;
        model.counters =
            Counters { taken: self.taken, last_event: self.last_event, retired, told: self.told };
        model.outcome = match &self.outcome {
            None => None,
            Some(text) => {
                let outcome: Outcome =
                    serde_json::from_str(text).map_err(|_| broken("its latest outcome"))?;
                Some(outcome)
            }
        };
        model.learning = self.learning;
        model.labels = self.labels;
        model.foreign = self.foreign;
        model.history_at = self.history_at;
        Ok(model)
    }
}
