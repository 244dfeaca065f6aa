//! What whoever runs the component has said.

/// Settings; all absent where the host has no environment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// What a client must send as a bearer token.
    pub(crate) token: Option<String>,
    /// The folder that keeps the state, by the name under which the host has opened it.
    pub(crate) data: Option<String>,
    /// Names this replica.
    pub(crate) replica: Option<String>,
    /// A model without a reference learns one from so many events.
    pub(crate) learn: Option<u64>,
    /// The secret that orders are signed with: `whsec_…`.
    pub(crate) secret: Option<String>,
    /// Origins that orders may go to without TLS, separated by commas.
    pub(crate) permit: Option<String>,
}

impl Settings {
    #[cfg(feature = "cli")]
    pub(crate) fn read() -> Settings {
        let mut settings = Settings::default();
        for (name, value) in wasip2::cli::environment::get_environment() {
            let value = Some(value).filter(|value| !value.is_empty());
            match name.as_str() {
                "DRIFTLINE_TOKEN" => settings.token = value,
                "DRIFTLINE_DATA" => settings.data = value,
                "DRIFTLINE_REPLICA" => settings.replica = value,
                "DRIFTLINE_LEARN" => settings.learn = value.and_then(|value| value.parse().ok()),
                "DRIFTLINE_SECRET" => settings.secret = value,
                "DRIFTLINE_PERMIT" => settings.permit = value,
                _ => {}
            }
        }
        settings
    }

    #[cfg(not(feature = "cli"))]
    pub(crate) fn read() -> Settings {
        Settings::default()
    }
}
