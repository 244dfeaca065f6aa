//! What the server that serves this page sees: followed, and shown with how old it is.

use core::time::Duration;

use driftline_wasm::message::reporting::Told;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{AbortController, HtmlInputElement};

use super::state::{Mode, Page, focus, page};
use crate::{
    server::{self, Refusal},
    view::live::{Event, Link, Live, models, wait_millis},
};

/// How far back the windows go that are shown: name, and microseconds.
pub(super) const RANGES: [(&str, i64); 4] = [
    ("hour", 3_600_000_000),
    ("6 hours", 6 * 3_600_000_000),
    ("day", 24 * 3_600_000_000),
    ("week", 7 * 24 * 3_600_000_000),
];

/// Windows that are asked for at most: what charts can show.
const MOST_WINDOWS: u32 = 400;
/// Decisions that are asked for at most.
const MOST_DECISIONS: u32 = 200;

/// What is followed, and the line over which it is: changed as a whole, so that an old line never speaks for a new one.
#[derive(Clone, Debug, Default)]
pub struct Line {
    token: Option<String>,
    pub(super) model: String,
    pub(super) range: usize,
    controller: Option<AbortController>,
    number: u32,
    /// A look came while the answers to the one before were fetched.
    is_outdated: bool,
    is_fetching: bool,
}

impl Page {
    /// Begins to follow, or follows something else: a model, with a token, as far back.
    pub fn follow(&self, change: impl FnOnce(&mut Line)) {
        let Some((number, range)) = self.line.try_update_value(|line| {
            if let Some(controller) = line.controller.take() {
                controller.abort();
            }
            change(line);
            line.number += 1;
            line.is_fetching = false;
            (line.number, line.range)
        }) else {
            return;
        };
        self.live.update(|live| (live.link, live.range) = (Link::Connecting, range));
        let page = *self;
        spawn_local(async move { page.stay_on(number).await });
    }

    /// Stops following: what was shown stays.
    pub fn unfollow(&self) {
        self.line.update_value(|line| {
            if let Some(controller) = line.controller.take() {
                controller.abort();
            }
            line.number += 1;
        });
    }

    /// Keeps the line up for as long as it is the one that is wanted.
    async fn stay_on(self, number: u32) {
        let mut failures = 0;
        loop {
            let ended = self.follow_once(number, &mut failures).await;
            if self.line.try_with_value(|line| line.number) != Some(number) {
                return;
            }
            match ended {
                Err(Refusal::Token(why)) => {
                    self.live.update(|live| live.link = Link::NeedsToken(why));
                    return;
                }
                Err(refusal) => self.lost(refusal.why()),
                // Without a model there is no line yet.
                Ok(()) if self.live.with_untracked(|live| live.models.is_empty()) => {}
                Ok(()) => self.lost("the server ended the line".into()),
            }
            sleep(wait_millis(failures)).await;
            failures += 1;
            if self.line.try_with_value(|line| line.number) != Some(number) {
                return;
            }
        }
    }

    fn lost(&self, why: String) {
        let _ = self.live.try_update(|live| live.link = Link::Lost(why));
    }

    async fn follow_once(self, number: u32, failures: &mut u32) -> Result<(), Refusal> {
        let Some((token, asked)) =
            self.line.try_with_value(|line| (line.token.clone(), line.model.clone()))
        else {
            return Ok(());
        };
        let health = server::get("health", token.as_deref()).await;
        // A server that is not ready says so with 503, and what it says is no list.
        let names = health.map(|text| models(&text))?;
        let model = match names.first() {
            Some(first) if !names.contains(&asked) => first.clone(),
            _ => asked,
        };
        self.line.update_value(|line| line.model.clone_from(&model));
        let is_empty = names.is_empty();
        self.live.update(|live| (live.models, live.model) = (names, model.clone()));
        if is_empty {
            self.live.update(|live| {
                live.heard(false, js_sys::Date::now());
                live.nothing = Some("no events have come yet".into());
            });
            // Nothing to follow: asked again before long.
            *failures = 1;
            return Ok(());
        }
        let Ok(controller) = AbortController::new() else { return Ok(()) };
        self.line.update_value(|line| line.controller = Some(controller.clone()));
        let path = format!("v1/live?model={}", encoded(&model));
        server::follow(&path, token.as_deref(), &controller, |event| {
            if self.line.try_with_value(|line| line.number) != Some(number) {
                return false;
            }
            *failures = 0;
            let now = js_sys::Date::now();
            let _ = self.live.try_update(|live| live.heard(event == Event::Look, now));
            // Without a report there may never be a look, and why not is worth telling.
            let is_bare = self.live.with_untracked(|live| live.shown.is_none());
            if event == Event::Look || is_bare {
                self.fetch(number);
            }
            true
        })
        .await
    }

    /// Fetches what there is to show. While that goes on, a further look is remembered, not asked about.
    fn fetch(self, number: u32) {
        let is_on = self.line.try_update_value(|line| {
            let is_on = line.is_fetching;
            (line.is_outdated, line.is_fetching) = (is_on, true);
            is_on
        });
        if is_on != Some(false) {
            return;
        }
        spawn_local(async move {
            loop {
                let fetched = self.fetch_once().await;
                let is_current = self.line.try_with_value(|line| line.number) == Some(number);
                if !is_current {
                    return;
                }
                if let Err(refusal) = fetched {
                    self.lost(refusal.why());
                }
                let again = self.line.try_update_value(|line| {
                    let again = core::mem::take(&mut line.is_outdated);
                    line.is_fetching = again;
                    again
                });
                if again != Some(true) {
                    return;
                }
            }
        });
    }

    async fn fetch_once(self) -> Result<(), Refusal> {
        let Some((token, model, range)) =
            self.line.try_with_value(|line| (line.token.clone(), line.model.clone(), line.range))
        else {
            return Ok(());
        };
        let token = token.as_deref();
        let of = |path: &str| format!("{path}?model={}", encoded(&model));
        let micros = (js_sys::Date::now() * 1000.0) as i64 - RANGES[range.min(3)].1;
        let from = driftline_core::time::Timestamp::from_micros(micros);
        let paths = [
            of("v1/report"),
            format!("{}&from={from}&limit={MOST_WINDOWS}", of("v1/windows")),
            of("alerts"),
            of("v1/spec"),
            format!("{}&limit={MOST_DECISIONS}", of("v1/audit")),
        ];
        let mut texts = paths.map(Some);
        // One after the other, in one place: each place that waits is code of its own.
        for text in &mut texts {
            match server::get(text.as_deref().unwrap_or_default(), token).await {
                Ok(answer) => *text = Some(answer),
                // There is no report, and why.
                Err(Refusal::Refused(409, why)) => {
                    let _ = self.live.try_update(|live| live.nothing = Some(why));
                    *text = None;
                }
                Err(refusal) => return Err(refusal),
            }
        }
        let [report, windows, alerts, spec, audit] = texts;
        let told = Told {
            spec: spec.unwrap_or_default(),
            windows: windows.unwrap_or_default(),
            alerts: alerts.unwrap_or_default(),
            audit: audit.unwrap_or_default(),
        };
        let is_there = self.live.try_update(|live| live.take(report.as_deref(), told)).is_some();
        if is_there && self.is_told() {
            self.report();
        }
        Ok(())
    }
}

async fn sleep(millis: u32) {
    let promise = js_sys::Promise::new(&mut |done, _| {
        let after = Duration::from_millis(u64::from(millis));
        set_timeout(move || drop(done.call0(&wasm_bindgen::JsValue::NULL)), after);
    });
    let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
}

fn encoded(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// What is followed, how old it is, and what can be chosen of it.
///
/// What changes are texts alone, all of one type: each further type of a changing part costs a kilobyte of the page.
#[component]
pub(super) fn LiveBar() -> impl IntoView {
    let page = page();
    if page.is_told() {
        page.follow(|_| ());
    }
    let now = RwSignal::new(js_sys::Date::now());
    // It lasts as long as the page.
    set_interval(move || now.set(js_sys::Date::now()), Duration::from_secs(1));
    let of = move |say: fn(&Live, f64) -> String| {
        Memo::new(move |_| {
            let now = now.get();
            page.live.with(|live| say(live, now))
        })
    };
    let choose_model = move |event| {
        // By its place: a name need not survive being written as markup.
        let chosen = event_target_value(&event).parse::<usize>().ok();
        let models = page.live.with_untracked(|live| live.models.clone());
        if let Some(name) = chosen.and_then(|place| models.get(place).cloned()) {
            page.follow(|line| line.model = name);
        }
    };
    let choose_range = move |event| {
        let chosen = event_target_value(&event);
        let range = RANGES.iter().position(|(name, _)| *name == chosen);
        page.follow(|line| line.range = range.unwrap_or(0));
    };
    let give = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let field = document().get_element_by_id("live-token");
        if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
            let token = field.value();
            page.follow(|line| line.token = Some(token.trim().to_owned()));
        }
    };
    view! {
        <div class="live" data-link=of(says::link)>
            <section class="card live-bar" aria-label="Live">
                <p class="live-state" inner_html=of(says::state)></p>
                // Said aloud when it changes, and not each second.
                <p class="unseen" role="status" inner_html=of(says::aloud)></p>
                <p class="note live-why">
                    <bdi inner_html=of(says::why_lost)></bdi>
                    " Tried again by itself. "
                    <button type="button" class="link" on:click=move |_| page.follow(|_| ())>
                        "Try now"
                    </button>
                </p>
                <label class="live-pick">
                    "Model "
                    <select id="live-model" on:change=choose_model inner_html=of(says::models)></select>
                </label>
                <label class="live-pick">
                    "Over the latest "
                    <select id="live-range" on:change=choose_range inner_html=of(says::ranges)></select>
                </label>
            </section>
            <form class="card token-form" on:submit=give>
                <label for="live-token">"Token with the scope “read”"</label>
                <input id="live-token" type="password" autocomplete="off" required />
                <button type="submit">"Follow"</button>
                <p class="note">
                    "Whoever runs the server makes one: "
                    <code>"driftline token NAME --scopes read --token-file FILE"</code>
                    ". This page keeps it in memory, until it is closed."
                </p>
                <p class="problem" role="alert" inner_html=of(says::why_refused)></p>
            </form>
            <section class="card live-nothing" inner_html=of(says::nothing)></section>
        </div>
    }
}

/// Files or a replay; or live, where a server serves the page.
#[component]
pub(super) fn ModeSwitch() -> impl IntoView {
    let page = page();
    let turn = move |event| {
        let (mode, title) = match event_target_value(&event).as_str() {
            "live" => (Mode::Live, "verdict-title"),
            "replay" => (Mode::Replay, "replay-title"),
            _ => (Mode::Files, "verdict-title"),
        };
        page.turn_to(mode);
        focus(title);
    };
    let is_there = server::is_there();
    view! {
        <fieldset class="segments modes" on:change=turn>
            <legend class="unseen">"What is shown"</legend>
            {is_there.then(|| view! {
                <label><input type="radio" name="mode" value="live" checked /><span>"Live"</span></label>
            })}
            <label>
                <input type="radio" name="mode" value="files" checked=!is_there />
                <span>"Files"</span>
            </label>
            <label><input type="radio" name="mode" value="replay" /><span>"Replay"</span></label>
        </fieldset>
    }
}

/// What is said of a server that is followed, as markup; what comes from outside is escaped.
mod says {
    use driftline_charts::escape::text;
    use leptos::prelude::document;

    use super::RANGES;
    use crate::view::live::{Link, Live, age};

    /// How the line stands, for the style.
    pub(super) fn link(live: &Live, now: f64) -> String {
        let (is_stale, is_empty) = (live.stale_since(now).is_some(), live.shown.is_none());
        let state = match &live.link {
            Link::NeedsToken(_) => "token",
            Link::Lost(_) => "down",
            _ if is_stale => "down",
            Link::Connecting => "new",
            Link::Following => "up",
        };
        let is_bare = state == "up" && is_empty && live.nothing.is_some();
        if is_bare { "bare" } else { state }.into()
    }

    pub(super) fn state(live: &Live, now: f64) -> String {
        match (&live.link, live.stale_since(now)) {
            (Link::NeedsToken(_), _) => "The server asks for a token".into(),
            (_, Some(since)) => format!("Stale since {}", clock(since)),
            (Link::Connecting, None) => "Connecting…".into(),
            (Link::Lost(_), None) => "Not connected".into(),
            (Link::Following, None) => live
                .looked_at
                .map_or("Following".into(), |at| format!("Live · looked {} ago", age(now - at))),
        }
    }

    pub(super) fn aloud(live: &Live, now: f64) -> String {
        match (&live.link, live.stale_since(now)) {
            (Link::Following, None) => "Following the server".into(),
            _ => state(live, now),
        }
    }

    pub(super) fn why_lost(live: &Live, _now: f64) -> String {
        match &live.link {
            Link::Lost(why) => format!("{}.", text(why)),
            _ => String::new(),
        }
    }

    pub(super) fn why_refused(live: &Live, _now: f64) -> String {
        match &live.link {
            Link::NeedsToken(Some(why)) => text(why),
            _ => String::new(),
        }
    }

    pub(super) fn models(live: &Live, _now: f64) -> String {
        let option = |(place, name): (usize, &String)| {
            let is_it = if *name == live.model { " selected" } else { "" };
            format!("<option value=\"{place}\"{is_it}>{}</option>", text(name))
        };
        live.models.iter().enumerate().map(option).collect()
    }

    pub(super) fn ranges(live: &Live, _now: f64) -> String {
        let option = |(at, (name, _)): (usize, &(&str, i64))| {
            let is_it = if at == live.range { " selected" } else { "" };
            format!("<option{is_it}>{name}</option>")
        };
        RANGES.iter().enumerate().map(option).collect()
    }

    /// What to do where the server has nothing to show yet.
    pub(super) fn nothing(live: &Live, _now: f64) -> String {
        let Some(why) = live.nothing.as_ref().filter(|_| live.shown.is_none()) else {
            return String::new();
        };
        let base = document().base_uri().ok().flatten().unwrap_or_default();
        let base = base.split(['#', '?']).next().unwrap_or_default();
        let mut why = why.chars();
        let first = why.next().map(|first| first.to_ascii_uppercase());
        let why: String = first.into_iter().chain(why).collect();
        format!(
            "<h2>Nothing to judge yet</h2><p><bdi>{}</bdi>.</p>\
             <p class=\"note\">Send what a model answers, one event or many:</p>\
             <pre><code>curl {}monitor --json '{{\"features\": {{\"amount\": 150.0}}, \"prediction\": \"ok\", \"latency_ms\": 12.5}}'</code></pre>\
             <p class=\"note\">What is normal comes from <code>--baseline FILE</code>, from the first events \
             (<code>--learn N</code>), or from an upload to <code>/v1/references</code>.</p>",
            text(&why),
            text(base)
        )
    }

    /// The browser's local time of day.
    fn clock(millis: f64) -> String {
        let date = js_sys::Date::new(&millis.into());
        format!("{:02}:{:02}:{:02}", date.get_hours(), date.get_minutes(), date.get_seconds())
    }
}
