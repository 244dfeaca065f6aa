//! The settings of the rails.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{FreezeWindow, ScaleStep};
use crate::duration::Duration;

/// What an address begins with that names a command of the host.
pub const COMMAND_SCHEME: &str = "command:";

/// What every action must pass. By default nothing is done for real.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Rails {
    /// What is rolled back: one model behind one service.
    pub target: String,
    /// Who decides.
    pub mode: Mode,
    /// How an action is asked for over HTTP.
    #[serde(skip_serializing_if = "Method::is_post")]
    pub method: Method,
    /// Where an action is asked for: [placeholders](super::PLACEHOLDERS) such as `{target_version}` are filled in, encoded
    /// for an address. Or `command:` and the name of a command that whoever runs the host has enabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Headers sent along. `{secret:NAME}` is filled in by the host where it is sent to whom the secret is for, so that no
    /// spec holds one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// What is sent to roll back, for a receiver that takes no [`Order`](super::Order): JSON once its placeholders are filled
    /// in, each as it stands inside a string.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// How long a trigger or rule asks for nothing after an action.
    pub cooldown: Duration,
    /// How long nothing is done after a change of version; absent for the length of the window and the hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settle: Option<Duration>,
    /// Rollbacks …
    pub max_rollbacks: u32,
    /// … in so much time; after that none, until a person gives them back. An approval is not enough.
    pub period: Duration,
    /// How long a version that was rolled back from is not gone back to.
    pub no_return_for: Duration,
    /// Times in which nothing is done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub freeze: Vec<FreezeWindow>,
    /// How long an approval is good. It is one of an action of an incident, and of the version to go back to.
    pub approval_within: Duration,
    /// How late an action may still be carried out.
    pub act_within: Duration,
    /// Whether to roll back where nothing but the inputs moved: the version before would see the same inputs.
    pub on_inputs_alone: bool,
    /// How much one scale-down takes.
    pub scale_down: ScaleStep,
}

impl Default for Rails {
    fn default() -> Rails {
        const HOUR: Duration = Duration::MINUTE.times(60);
        Rails {
            target: "model".into(),
            mode: Mode::DryRun,
            method: Method::default(),
            url: None,
            headers: BTreeMap::new(),
            body: None,
            cooldown: HOUR,
            settle: None,
            max_rollbacks: 2,
            period: HOUR.times(24),
            no_return_for: HOUR.times(24 * 7),
            freeze: Vec::new(),
            approval_within: Duration::MINUTE.times(15),
            act_within: Duration::MINUTE.times(10),
            on_inputs_alone: false,
            scale_down: ScaleStep::default(),
        }
    }
}

impl Rails {
    /// How long nothing is done after a change of version, in microseconds: as set, else the lengths of a window and a hold.
    pub(crate) fn settle_micros(&self, window: u64, hold: u64) -> u64 {
        self.settle.map_or(window.saturating_add(hold), Duration::micros)
    }
}

/// How something is asked for over HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// As webhooks are.
    #[default]
    Post,
    /// What is there is replaced.
    Put,
    /// What is there is changed.
    Patch,
}

impl Method {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields so")]
    fn is_post(&self) -> bool {
        *self == Method::Post
    }
}

/// Who decides about actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Nobody: nothing is done.
    Off,
    /// The engine, on paper: everything is decided and told, nothing is done.
    #[default]
    DryRun,
    /// A person, each time.
    Approve,
    /// The engine.
    Auto,
}

impl Mode {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Off => "off",
            Mode::DryRun => "dry-run",
            Mode::Approve => "approve",
            Mode::Auto => "auto",
        }
    }
}
