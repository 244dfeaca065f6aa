//! What the server that serves this page sees: followed, and shown with how old it is.

use core::time::Duration;

use driftline_charts::wording::printable;
use driftline_wasm::message::reporting::Told;
use leptos::{prelude::*, task::spawn_local};
use web_sys::{AbortController, HtmlInputElement};

use super::state::{Mode, Page, focus, page};
use crate::{
    server::{self, Refusal},
    view::live::{Event, Link, age, models, wait_millis},
};

/// How far back the windows go that are shown: name, and microseconds.
const RANGES: [(&str, i64); 4] = [
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
    model: String,
    range: usize,
    controller: Option<AbortController>,
    number: u32,
    /// A look came while the answers to the one before were fetched.
    is_outdated: bool,
    is_fetching: bool,
}

impl Page {
    /// Begins to follow, or follows something else: a model, with a token, as far back.
    pub fn follow(&self, change: impl FnOnce(&mut Line)) {
        let Some(number) = self.line.try_update_value(|line| {
            if let Some(controller) = line.controller.take() {
                controller.abort();
            }
            change(line);
            line.number += 1;
            line.is_fetching = false;
            line.number
        }) else {
            return;
        };
        self.live.update(|live| live.link = Link::Connecting);
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
        self.live.update(|live| live.models = names);
        if is_empty {
            self.live.update(|live| {
                live.heard(false, js_sys::Date::now());
                live.nothing = Some("no events have come yet".into());
            });
            // Nothing to follow: asked again before long.
            sleep(3000).await;
            *failures = 0;
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
        let report = match server::get(&of("v1/report"), token).await {
            Ok(report) => Some(report),
            Err(Refusal::Refused(409, why)) => {
                let _ = self.live.try_update(|live| live.nothing = Some(why));
                None
            }
            Err(refusal) => return Err(refusal),
        };
        let micros = (js_sys::Date::now() * 1000.0) as i64 - RANGES[range.min(3)].1;
        let from = driftline_core::time::Timestamp::from_micros(micros);
        let windows = format!("{}&from={from}&limit={MOST_WINDOWS}", of("v1/windows"));
        let windows = server::get(&windows, token).await?;
        let alerts = server::get(&of("alerts"), token).await?;
        let spec = server::get(&of("v1/spec"), token).await?;
        let audit = format!("{}&limit={MOST_DECISIONS}", of("v1/audit"));
        let audit = server::get(&audit, token).await?;
        let told = Told { spec, windows, alerts, audit };
        match self.live.try_update(|live| live.take(report.as_deref(), told)) {
            Some(Err(why)) => Err(Refusal::Gone(why)),
            _ => {
                if self.mode.get_untracked() == Mode::Live {
                    self.report();
                }
                Ok(())
            }
        }
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
#[component]
pub(super) fn LiveBar() -> impl IntoView {
    let page = page();
    page.follow(|_| ());
    on_cleanup(move || page.unfollow());
    let now = RwSignal::new(js_sys::Date::now());
    let ticking =
        set_interval_with_handle(move || now.set(js_sys::Date::now()), Duration::from_secs(1));
    on_cleanup(move || {
        if let Ok(ticking) = ticking {
            ticking.clear();
        }
    });
    let link = Memo::new(move |_| page.live.with(|live| live.link.clone()));
    let stale = Memo::new(move |_| {
        let now = now.get();
        page.live.with(|live| live.stale_since(now)).map(clock)
    });
    let models = Memo::new(move |_| page.live.with(|live| live.models.clone()));
    let model = move || page.live.with(|_| page.line.with_value(|line| line.model.clone()));
    let says = move || match (link.get(), stale.get()) {
        (Link::NeedsToken(_), _) => "The server asks for a token".to_owned(),
        (Link::Connecting, None) => "Connecting…".into(),
        (Link::Lost(_), None) => "Not connected".into(),
        (_, Some(since)) => format!("Stale since {since}"),
        (Link::Following, None) => {
            let looked = page.live.with(|live| live.looked_at);
            looked.map_or("Following".into(), |at| {
                format!("Live · looked {} ago", age(now.get() - at))
            })
        }
    };
    // Said aloud when it changes, and not each second.
    let announced = Memo::new(move |_| match (link.get(), stale.get()) {
        (_, Some(since)) => format!("Stale since {since}"),
        (Link::Following, None) => "Following the server".into(),
        (Link::NeedsToken(_), None) => "The server asks for a token".into(),
        (Link::Connecting | Link::Lost(_), None) => String::new(),
    });
    view! {
        <section
            class="card live-bar"
            aria-label="Live"
            data-link=move || match (link.get(), stale.get()) {
                (Link::Following, None) => "up",
                (Link::Connecting, None) => "new",
                _ => "down",
            }
        >
            <p class="live-state"><span class="live-dot" aria-hidden="true"></span>{says}</p>
            <p class="unseen" role="status">{move || announced.get()}</p>
            {move || match link.get() {
                Link::Lost(why) => Some(view! {
                    <p class="note live-why">
                        <bdi>{printable(&why).into_owned()}</bdi>
                        ". Tried again by itself. "
                        <button type="button" class="link" on:click=move |_| page.follow(|_| ())>
                            "Try now"
                        </button>
                    </p>
                }),
                _ => None,
            }}
            <Show when=move || { models.with(|models| models.len() > 1) }>
                <label class="live-pick">
                    "Model "
                    <select
                        id="live-model"
                        prop:value=model
                        on:change=move |event| {
                            let chosen = event_target_value(&event);
                            page.follow(|line| line.model = chosen);
                        }
                    >
                        {move || models.get().into_iter().map(|name| view! {
                            <option value=name.clone()>{printable(&name).into_owned()}</option>
                        }).collect_view()}
                    </select>
                </label>
            </Show>
            <label class="live-pick">
                "Over the latest "
                <select
                    id="live-range"
                    on:change=move |event| {
                        let chosen = event_target_value(&event);
                        let range = RANGES.iter().position(|(name, _)| *name == chosen);
                        page.follow(|line| line.range = range.unwrap_or(0));
                    }
                >
                    {RANGES.map(|(name, _)| view! { <option value=name>{name}</option> }).collect_view()}
                </select>
            </label>
        </section>
        <TokenForm />
        <Nothing />
    }
}

/// The browser's local time of day.
fn clock(millis: f64) -> String {
    let date = js_sys::Date::new(&millis.into());
    format!("{:02}:{:02}:{:02}", date.get_hours(), date.get_minutes(), date.get_seconds())
}

/// Where a token is given. It is kept in memory alone.
#[component]
fn TokenForm() -> impl IntoView {
    let page = page();
    let field = NodeRef::<leptos::html::Input>::new();
    let asked = Memo::new(move |_| {
        page.live.with(|live| match &live.link {
            Link::NeedsToken(why) => Some(why.clone()),
            _ => None,
        })
    });
    let give = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(field) = field.get_untracked() else { return };
        let field: &HtmlInputElement = &field;
        let token = field.value();
        page.follow(|line| line.token = Some(token.trim().to_owned()));
    };
    view! {
        <Show when=move || asked.with(Option::is_some)>
            <form class="card token-form" on:submit=give>
                <label for="live-token">"Token with the scope “read”"</label>
                <input id="live-token" type="password" autocomplete="off" node_ref=field required />
                <button type="submit">"Follow"</button>
                <p class="note">
                    "Whoever runs the server makes one: "
                    <code>"driftline token NAME --scopes read --token-file FILE"</code>
                    ". This page keeps it in memory, until it is closed."
                </p>
                {move || asked.get().flatten().map(|why| view! {
                    <p class="problem" role="alert"><bdi>{printable(&why).into_owned()}</bdi></p>
                })}
            </form>
        </Show>
    }
}

/// What to do where the server has nothing to show yet.
#[component]
fn Nothing() -> impl IntoView {
    let page = page();
    let why = Memo::new(move |_| {
        page.live.with(|live| live.nothing.clone().filter(|_| live.shown.is_none()))
    });
    view! {
        {move || why.get().map(|why| view! {
            <section class="card live-nothing">
                <h2>"Nothing to judge yet"</h2>
                <p><bdi>{capitalised(&printable(&why))}</bdi>"."</p>
                <p class="note">"Send what a model answers, one event or many:"</p>
                <pre><code>
                    {format!(
                        "curl {}monitor --json '{{\"features\": {{\"amount\": 150.0}}, \"prediction\": \"ok\", \"latency_ms\": 12.5}}'",
                        document().base_uri().ok().flatten().unwrap_or_default().split(['#', '?']).next().unwrap_or_default(),
                    )}
                </code></pre>
                <p class="note">
                    "What is normal comes from "
                    <code>"--baseline FILE"</code>
                    ", from the first events ("
                    <code>"--learn N"</code>
                    "), or from an upload to "
                    <code>"/v1/references"</code>
                    "."
                </p>
            </section>
        })}
    }
}

fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(rest).collect()
}

/// Files or live: there where a server serves the page.
#[component]
pub(super) fn ModeSwitch() -> impl IntoView {
    let page = page();
    let modes = [(Mode::Live, "Live"), (Mode::Files, "Files")];
    server::is_there().then(|| {
        view! {
            <fieldset class="segments modes">
                <legend class="unseen">"What is shown"</legend>
                {modes
                    .map(|(mode, label)| view! {
                        <label>
                            <input
                                type="radio"
                                name="mode"
                                value=label
                                prop:checked=move || page.mode.get() == mode
                                on:change=move |_| {
                                    page.turn_to(mode);
                                    focus("verdict-title");
                                }
                            />
                            <span>{label}</span>
                        </label>
                    })
                    .collect_view()}
            </fieldset>
        }
    })
}
