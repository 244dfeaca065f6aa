//! What is known of a server that is followed: one model of it, as it was last told.

use alloc::{string::String, sync::Arc, vec::Vec};

use driftline_wasm::message::reporting::Told;
use serde::Deserialize;

use super::session::Shown;

/// A connection over which nothing came for so long is taken for dead: the server says at least "still here" in half of it.
pub const SILENCE_MILLIS: f64 = 45_000.0;

/// Jobs of files count from 0, what a server tells from here.
const FIRST_JOB: u32 = 1 << 31;

/// How the line to the server stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Link {
    /// Being made for the first time.
    #[default]
    Connecting,
    /// Told after each look.
    Following,
    /// Lost, and tried again: why.
    Lost(String),
    /// The server asks for a token; what it says of the one that was given.
    NeedsToken(Option<String>),
}

/// A server's model that is followed.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// How the line stands.
    pub link: Link,
    /// Models that have sent events, by name.
    pub models: Vec<String>,
    /// The one of them that is followed.
    pub model: String,
    /// How far back its windows go: which of the ranges to choose from.
    pub range: usize,
    /// When something was heard last, by the page's clock in milliseconds.
    pub heard_at: Option<f64>,
    /// When a look was told last.
    pub looked_at: Option<f64>,
    /// The latest report.
    pub shown: Option<Shown>,
    /// Why there is no report yet.
    pub nothing: Option<String>,
    /// The server's other answers, for the reporter.
    pub told: Told,
    jobs: u32,
}

impl Live {
    /// Something came: a look, or a sign of life.
    pub fn heard(&mut self, is_look: bool, now: f64) {
        self.link = Link::Following;
        self.heard_at = Some(now);
        if is_look {
            self.looked_at = Some(now);
        }
    }

    /// Since when what is shown may be old: milliseconds by the page's clock. Nothing while all is well.
    pub fn stale_since(&self, now: f64) -> Option<f64> {
        let heard_at = self.heard_at?;
        let is_well = self.link == Link::Following && now - heard_at < SILENCE_MILLIS;
        (!is_well).then_some(heard_at)
    }

    /// A server's answers: the report's text where there is one, and the others.
    pub fn take(&mut self, report: Option<&str>, told: Told) {
        let Some(text) = report else {
            self.shown = None;
            return;
        };
        self.jobs += 1;
        let (job, fields) = (FIRST_JOB + self.jobs, Arc::default());
        self.shown = Some(Shown { job, json: text.into(), fields });
        self.told = told;
        self.nothing = None;
    }
}

/// What `/health` says, as far as the page asks.
#[derive(Deserialize)]
struct Health {
    models: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    model: String,
}

/// Models that have sent events.
pub fn models(health: &str) -> Vec<String> {
    let health: Health = serde_json::from_str(health).unwrap_or(Health { models: Vec::new() });
    health.models.into_iter().map(|model| model.model).collect()
}

/// What a server says in words of why not: the `detail` of its problem, or nothing.
pub fn detail(body: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Problem {
        detail: String,
    }
    serde_json::from_str::<Problem>(body).ok().map(|problem| problem.detail)
}

/// Server-sent events, as they come in pieces of any length.
#[derive(Debug, Default)]
pub struct Events {
    rest: String,
}

/// What ended with a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The server has looked.
    Look,
    /// It lives.
    Comment,
}

impl Events {
    /// Takes the next piece; what ended with it, if anything. Of several looks the page needs one.
    pub fn push(&mut self, piece: &str) -> Option<Event> {
        self.rest.push_str(piece);
        let end = self.rest.rfind("\n\n")? + 2;
        let is_look = self.rest[..end].split("\n\n").any(|event| {
            event
                .lines()
                .any(|line| line.strip_prefix("data:").is_some_and(|data| !data.is_empty()))
        });
        self.rest.drain(..end);
        Some(if is_look { Event::Look } else { Event::Comment })
    }
}

/// How long to wait before the line is tried again for the `n`th time, in milliseconds: 1, 2, 4, 8, then 15 seconds.
pub fn wait_millis(n: u32) -> u32 {
    (1000 << n.min(4)).min(15_000)
}

/// An age in words: `12 s`, `3 min`, `2 h`.
pub fn age(millis: f64) -> String {
    let secs = (millis / 1000.0).max(0.0);
    if secs < 100.0 {
        format!("{secs:.0} s")
    } else if secs < 6000.0 {
        format!("{:.0} min", secs / 60.0)
    } else {
        format!("{:.0} h", secs / 3600.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_end_where_a_blank_line_stands() {
        let mut events = Events::default();
        assert_eq!(events.push("id: 1\nevent: look\nda"), None);
        assert_eq!(events.push("ta: {\"a\": 1}\n"), None);
        assert_eq!(events.push("\n: still"), Some(Event::Look));
        assert_eq!(events.push(" here\n\n"), Some(Event::Comment));
        assert_eq!(events.push(": a\n\ndata: {}\n\n: b\n\nid: 3"), Some(Event::Look));
        assert_eq!(events.push("\n\n"), Some(Event::Comment));
    }

    #[test]
    fn what_is_shown_is_stale_since_the_last_sign_of_life() {
        let mut live = Live::default();
        assert_eq!(live.stale_since(1e6), None, "there is nothing to be stale");
        live.heard(true, 1000.0);
        assert_eq!(live.stale_since(1000.0 + SILENCE_MILLIS - 1.0), None);
        assert_eq!(live.stale_since(1000.0 + SILENCE_MILLIS), Some(1000.0));
        live.heard(false, 60_000.0);
        assert_eq!((live.stale_since(61_000.0), live.looked_at), (None, Some(1000.0)));
        live.link = Link::Lost("gone".into());
        assert_eq!(live.stale_since(61_000.0), Some(60_000.0));
    }

    #[test]
    fn answers_become_a_result_and_are_kept_for_the_reporter() {
        let mut live = Live::default();
        let told = Told { audit: "{}".into(), ..Told::default() };
        live.take(Some("a report"), told.clone());
        let first = live.shown.clone().unwrap();
        assert_eq!((&*first.json, &live.told), ("a report", &told));
        live.take(Some("a report"), Told::default());
        assert!(live.shown.clone().unwrap() != first, "each look is another result");
        live.take(None, Told::default());
        assert_eq!(live.shown, None);
    }

    #[test]
    fn answers_are_read_as_far_as_the_page_asks() {
        let health = r#"{"status":"ok","models":[{"model":"a","rows":1},{"model":"b"}]}"#;
        assert_eq!(models(health), ["a", "b"]);
        assert_eq!(models("<html>"), Vec::<String>::new());
        assert_eq!(detail(r#"{"title":"x","detail":"no rows"}"#).as_deref(), Some("no rows"));
        assert_eq!((wait_millis(0), wait_millis(3), wait_millis(90)), (1000, 8000, 15_000));
        assert_eq!(
            (age(1500.0), age(240_000.0), age(-5.0)),
            ("2 s".into(), "4 min".into(), "0 s".into())
        );
    }
}
