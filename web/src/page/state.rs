//! What the page's components share: signals, and what can be done to them.

use core::time::Duration;

use driftline_wasm::message::{
    Request, Response,
    reporting::{self, Change, Edited, PolicyFile},
    shown::View,
};
use leptos::prelude::*;
use serde_json::{from_str, to_string};
use wasm_bindgen::JsValue;
use web_sys::File;

use super::{chart::Pointing, columns::Table, download, kept, live::Line};

use crate::{
    server,
    view::{
        failure::Failure,
        live::Live,
        picks::{self, Slot},
        reporting::{Do, Reporting},
        session::{Ask, Session, Shown},
    },
    worker::{Beside, Heard, WorkerLink},
};

/// A worker that is asked to stop and does not is ended after this.
const PATIENCE: Duration = Duration::from_secs(2);

/// The chosen files.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// What normal looks like.
    pub baseline: Option<File>,
    /// What is compared with it, in this order.
    pub current: Vec<File>,
}

impl Files {
    /// Whether there is something on both sides.
    fn are_there(&self) -> bool {
        self.baseline.is_some() && !self.current.is_empty()
    }
}

/// What the page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A baseline and what is compared with it.
    Files,
    /// A policy over the windows of files, or of the server.
    Replay,
    /// The server that serves the page.
    Live,
}

/// Everything that the components share. Copied freely: it is a handful of keys.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// What the page is about.
    pub mode: RwSignal<Mode>,
    /// What is known of the server that is followed.
    pub live: RwSignal<Live>,
    pub(super) line: StoredValue<Line, LocalStorage>,
    /// What the page is doing with files.
    pub session: RwSignal<Session>,
    /// The latest result.
    pub shown: Memo<Option<Shown>>,
    /// The chosen files.
    pub files: RwSignal<Files, LocalStorage>,
    /// Whether a replay is about the windows of the server that serves the page.
    pub about_server: RwSignal<bool>,
    /// The policy, as the reporter last said it stands.
    pub edited: RwSignal<Edited>,
    /// What measures files, as JSON.
    pub(super) spec: StoredValue<String>,
    /// Files are to be read once the policy has forgotten the columns of the ones before.
    pub(super) load_when_edited: StoredValue<bool>,
    /// Counts what is typed.
    pub(super) typed: StoredValue<u32>,
    /// What of the table of columns is shown.
    pub columns: Table,
    /// What of a chart is pointed at.
    pub pointing: Pointing,
    /// The column whose page is open.
    pub open: RwSignal<Option<String>>,
    /// The sample that is being fetched.
    pub fetching: RwSignal<Option<&'static str>>,
    /// The folder of the sample that is compared.
    pub sample: RwSignal<Option<&'static str>>,
    /// The window's width in pixels.
    pub width: RwSignal<u32>,
    /// What the reporter makes of the latest result.
    pub reporting: RwSignal<Reporting>,
    link: StoredValue<Option<WorkerLink>, LocalStorage>,
    reporter: StoredValue<Option<WorkerLink>, LocalStorage>,
    /// The files behind what is being read, and behind what the worker has read.
    reading: StoredValue<Files, LocalStorage>,
    read: StoredValue<Files, LocalStorage>,
}

impl Page {
    /// The page before anything happened; starts the worker.
    pub fn new() -> Page {
        let session = RwSignal::new(Session::default());
        let mode = RwSignal::new(if server::is_there() { Mode::Live } else { Mode::Files });
        let live = RwSignal::new(Live::default());
        let about_server = RwSignal::new(mode.get_untracked() == Mode::Live);
        let page = Page {
            mode,
            live,
            line: StoredValue::new_local(Line::default()),
            session,
            shown: Memo::new(move |_| match mode.get() == Mode::Live || about_server.get() {
                false => session.with(|session| session.shown.clone()),
                true => live.with(|live| live.shown.clone()),
            }),
            files: RwSignal::new_local(Files::default()),
            about_server,
            edited: RwSignal::new(Edited::default()),
            // The shipped one, with windows, until the reporter says more.
            spec: StoredValue::new("{\"window\": \"auto\"}".into()),
            load_when_edited: StoredValue::new(false),
            typed: StoredValue::new(0),
            columns: Table::new(),
            pointing: Pointing::new(),
            open: RwSignal::new(None),
            fetching: RwSignal::new(None),
            sample: RwSignal::new(None),
            width: RwSignal::new(window_width()),
            reporting: RwSignal::new(Reporting::default()),
            link: StoredValue::new_local(None),
            reporter: StoredValue::new_local(None),
            reading: StoredValue::new_local(Files::default()),
            read: StoredValue::new_local(Files::default()),
        };
        page.link.set_value(Some(WorkerLink::start("worker", move |heard| page.hear(heard))));
        let _resized = window_event_listener(leptos::ev::resize, move |_| {
            let _ = page.width.try_set(window_width());
        });
        let width = Memo::new(move |_| page.chart_width());
        Effect::new(move |before: Option<u32>| {
            let width = width.get();
            if before.is_some_and(|before| before != width) {
                page.ask_reporter(&reporting::Request::Draw { width }, Beside::Nothing);
            }
            width
        });
        page
    }

    /// Whether a server is followed: it decides what columns are, and nothing is changed here.
    pub fn is_live(&self) -> bool {
        self.mode.get() == Mode::Live || self.is_opened()
    }

    /// Whether the result is a report that was opened: what it was made of is not here.
    pub fn is_opened(&self) -> bool {
        !self.about_server.get() && self.session.with(Session::is_opened)
    }

    /// The latest result as JSON; empty where there is none.
    pub fn json(&self) -> String {
        self.shown.with_untracked(|shown| shown.iter().map(|shown| &*shown.json).collect())
    }

    /// Shows the report of a text in place of files.
    pub(super) fn take(&self, text: &str) {
        self.sample.set(None);
        let Some(job) = self.session.try_update(Session::open) else { return };
        self.reporting.update(|reporting| reporting.ask(job));
        let width = untrack(|| self.chart_width());
        let request = reporting::Request::Take { job, width };
        self.ask_reporter(&request, Beside::Text(text));
    }

    /// Whether what is shown is the server's, replayed or not.
    pub fn is_told(&self) -> bool {
        self.about_server.get_untracked()
    }

    /// Whether a policy is tried.
    pub fn is_replaying(&self) -> bool {
        self.mode.get() == Mode::Replay
    }

    pub(super) fn chart_width_untracked(&self) -> u32 {
        untrack(|| self.chart_width())
    }

    /// Width of a card's charts in pixels.
    pub(super) fn chart_width(&self) -> u32 {
        // What the page, its cards and a scroll bar leave.
        let around = if self.width.get() <= 700 { 82 } else { 110 };
        self.width.get().saturating_sub(around).clamp(240, 1180)
    }

    /// Has the reporter make its parts of the latest result again.
    pub fn report(&self) {
        match self.is_told() {
            false if untrack(|| self.is_opened()) => self.take(&self.json()),
            false => self.measure(),
            true => {
                let Some(shown) = self.shown.get_untracked() else { return };
                let width = untrack(|| self.chart_width());
                self.reporting.update(|reporting| reporting.ask(shown.job));
                let told = self.live.with_untracked(|live| live.told.clone());
                let request = reporting::Request::Follow { job: shown.job, told, width };
                self.ask_reporter(&request, Beside::Text(&shown.json));
            }
        }
    }

    /// Has what was read measured and judged by the policy as it stands.
    pub fn measure(&self) {
        if let Some(ask) = self.session.try_update(Session::policy_changed).flatten() {
            // Whatever has to be read for that is what the result is about.
            self.reading.set_value(self.read.get_value());
            self.ask(ask);
        }
    }

    /// Shows files, the server, or a policy over the windows of what was shown; what is known of either stays.
    pub fn turn_to(&self, mode: Mode) {
        self.open.set(None);
        self.columns.view.set(View::default());
        self.reporting.set(Reporting::default());
        let was_told = self.is_told();
        let is_told = mode == Mode::Live || (mode == Mode::Replay && was_told);
        self.about_server.set(is_told);
        self.mode.set(mode);
        match (was_told, is_told) {
            (false, true) => self.follow(|_| ()),
            (true, false) => self.unfollow(),
            _ => {}
        }
        if mode == Mode::Replay
            && let Some(policy) = document().get_element_by_id("policy")
        {
            let _ = policy.set_attribute("open", "");
        }
        self.edit(Change::Show);
        self.report();
    }

    /// Has the reporter write the report as an HTML file, which is then offered to be saved.
    pub fn save_html(&self) {
        if self.reporting.with_untracked(|reporting| reporting.failure.is_some()) {
            self.reporting.update(Reporting::save_later);
            return self.report();
        }
        self.ask_reporter(&reporting::Request::Save, Beside::Nothing);
    }

    /// Offers the report as JSON to be saved.
    pub fn save_json(&self) {
        // As the policy stands, which may have changed since the report came.
        if self.reporting.with_untracked(|reporting| reporting.failure.is_none()) {
            return self.export(PolicyFile::Report);
        }
        let Some(shown) = self.shown.get_untracked() else { return };
        download::offer("driftline-report.json", "application/json", &shown.json);
    }

    pub(super) fn ask_reporter(&self, request: &reporting::Request, beside: Beside<'_>) {
        // Cloned out first: what the link hears may come back here.
        if let (Some(link), Ok(message)) =
            (self.reporter.try_get_value().flatten(), to_string(request))
        {
            link.ask(&message, beside);
        }
    }

    fn hear_reporter(&self, heard: Heard) {
        let (message, text) = match heard {
            Heard::Ready => return self.edit_again(),
            Heard::Answer { message, text, .. } => (message, text),
            Heard::Died(why) => {
                let _ = self.session.try_update(|session| session.not_judged(None, why.clone()));
                let _ = self.reporting.try_update(|reporting| reporting.failed(why));
                self.rows_are_lost();
                return;
            }
        };
        let response = match from_str(&message) {
            Ok(response) => response,
            Err(error) => {
                self.reporting.update(|reporting| reporting.failed(error.to_string()));
                return;
            }
        };
        let Some(response) = self.hear_shown(response, &text) else { return };
        let is_drawn = matches!(response, reporting::Response::Parts { .. });
        match &response {
            reporting::Response::Parts { job, .. } if !text.is_empty() => self.judged(*job, &text),
            reporting::Response::Failed { job: Some(_), message } => {
                let said = Some(message.clone());
                self.session.update(|session| session.not_judged(said, String::new()));
                if !self.is_told() {
                    return self.reporting.update(Reporting::gave_up);
                }
            }
            _ => {}
        }
        let response = match response {
            reporting::Response::Edited { edited, parts, is_measured_anew } => {
                if let Some(parts) = parts {
                    self.reporting.update(|reporting| reporting.replayed(parts));
                    // Its charts were drawn anew.
                    self.look_at_columns();
                }
                return self.edited(edited, is_measured_anew);
            }
            reporting::Response::Exported { name } => {
                let is_json = name.ends_with(".json");
                let media_type = if is_json { "application/json" } else { "text/plain" };
                return download::offer(&name, media_type, &text);
            }
            response => response,
        };
        let next = self.reporting.try_update(|reporting| reporting.answered(response));
        match next {
            Some(Do::Save) => download::offer("driftline-report.html", "text/html", &text),
            Some(Do::AskToSave) => self.save_html(),
            Some(Do::Share) => kept::give("share", &text),
            Some(Do::Nothing) | None => {}
        }
        if is_drawn {
            self.look_at_columns();
        }
    }

    /// Shows what was asked about the report that is shown; gives back what is about something else.
    fn hear_shown(&self, response: reporting::Response, text: &str) -> Option<reporting::Response> {
        match response {
            reporting::Response::Rows(rows) => self.rows_came(rows, text),
            reporting::Response::Column(opened) => self.column_came(opened, text),
            reporting::Response::Spot { chart, spot } => self.spot_came(chart, spot),
            reporting::Response::Chart { chart, format, name } => {
                self.chart_came(&chart, format, &name, text);
            }
            reporting::Response::Windows { .. } => {
                self.reporting.update(|reporting| reporting.zoomed(text));
                self.look_at_column();
            }
            other => return Some(other),
        }
        None
    }

    /// Shows what was judged, and goes on with what was asked for meanwhile.
    fn judged(&self, job: u32, json: &str) {
        let judged = self.session.try_update(|session| {
            let before = session.shown.clone();
            let next = session.judged(job, json);
            let others = !Shown::same_columns(&before, &session.shown);
            (next, before != session.shown, others)
        });
        let Some((next, is_new, others)) = judged else { return };
        if is_new && !self.is_told() {
            if untrack(|| self.is_opened()) {
                self.files.set(Files::default());
                self.reading.set_value(Files::default());
            }
            self.read.set_value(self.reading.get_value());
            if others {
                self.columns.view.set(View::default());
                // There are other columns to segment by.
                self.edit(Change::Show);
            }
        }
        if let Some(ask) = next {
            self.reading.set_value(self.read.get_value());
            self.ask(ask);
        }
    }

    /// Puts files in the place of those of either side; reads all when there are some on both.
    pub fn choose(&self, baseline: Option<File>, mut current: Vec<File>) {
        picks::sort(&mut current, File::name);
        let is_other = baseline.is_some();
        self.files.update(|files| {
            if is_other {
                files.baseline = baseline;
            }
            if !current.is_empty() {
                files.current = current;
            }
        });
        if is_other { self.load_others() } else { self.load() }
    }

    /// Puts files beside the current ones.
    pub fn add(&self, more: Vec<File>) {
        let mut current = self.files.with_untracked(|files| files.current.clone());
        current.extend(more);
        self.choose(None, current);
    }

    /// Reads files that may have other columns: what was said of the ones before is forgotten first.
    fn load_others(&self) {
        // What was said before any were read is meant for these.
        if !self.read.with_value(Files::are_there) {
            return self.load();
        }
        let spec = self.spec.get_value();
        let says_nothing = spec.contains("\"columns\":{}") && spec.contains("\"by\":[]");
        if says_nothing || !spec.contains("\"columns\"") {
            return self.load();
        }
        self.load_when_edited.set_value(true);
        self.edit(Change::ForgetColumns);
    }

    /// Takes the files of a side away.
    pub fn remove(&self, slot: Slot) {
        self.files.update(|files| match slot {
            Slot::Baseline => files.baseline = None,
            Slot::Current => files.current.clear(),
        });
        self.cancel();
    }

    /// Takes one of several current files away, and reads the others.
    pub fn remove_one(&self, at: usize) {
        self.files.update(|files| drop(files.current.remove(at)));
        self.load();
    }

    /// The baseline becomes current and the other way round; several current files stay where they are.
    pub fn swap(&self) {
        self.files.update(|files| {
            if files.current.len() <= 1 {
                let current = files.current.pop();
                files.current.extend(files.baseline.take());
                files.baseline = current;
            }
        });
        self.load();
    }

    /// Reads the chosen files where there are some on both sides.
    pub fn load(&self) {
        // Whoever reads a sample says so afterwards.
        self.sample.set(None);
        let files = self.files.get_untracked();
        if files.are_there() {
            self.reading.set_value(files);
            if let Some(ask) = self.session.try_update(Session::load) {
                self.ask(ask);
            }
        }
    }

    /// Stops reading.
    pub fn cancel(&self) {
        let Some(job) = self.session.try_update(Session::cancel).flatten() else { return };
        self.ask_worker(&Request::Cancel { job }, Beside::Nothing);
        let page = *self;
        set_timeout(
            move || {
                let still =
                    page.session.try_with_untracked(|session| session.cancelling() == Some(job));
                if still == Some(true) {
                    page.with_link(WorkerLink::end);
                    page.session.update(Session::cancelled_by_force);
                }
            },
            PATIENCE,
        );
    }

    /// Shows that something could not be done.
    pub fn fail(&self, failure: Failure) {
        let _ = self.session.try_update(|session| session.failure = Some(failure));
    }

    fn ask(&self, ask: Ask) {
        self.ask_with(ask, &JsValue::UNDEFINED);
    }

    /// Asks whom it is for; `counts` are what the worker sent with its answer.
    fn ask_with(&self, ask: Ask, counts: &JsValue) {
        let spec = self.spec.get_value();
        match ask {
            Ask::Count { job, again } => {
                self.ask_worker(&Request::Count { job, spec, again }, Beside::Nothing);
            }
            Ask::Load(job) => {
                let Files { baseline, current } = self.reading.get_value();
                let files: Vec<File> = baseline.into_iter().chain(current).collect();
                self.ask_worker(&Request::Load { job, spec }, Beside::Files(&files));
            }
            Ask::Judge(job) => {
                self.reporting.update(|reporting| reporting.ask(job));
                let request = reporting::Request::Judge {
                    job,
                    spec,
                    problems: self.session.with_untracked(|s| s.counted().problems.clone()),
                    now_millis: js_sys::Date::now() as i64,
                    width: untrack(|| self.chart_width()),
                };
                let beside = match counts.is_undefined() {
                    true => Beside::Nothing,
                    false => Beside::Bytes(counts),
                };
                self.ask_reporter(&request, beside);
            }
        }
    }

    /// The worker's answers come at any time: after the page is gone, they are nobody's.
    fn hear(&self, heard: Heard) {
        let (answer, counts) = match heard {
            Heard::Ready => {
                // Only now: the reader is needed first.
                if self.reporter.try_with_value(Option::is_none) == Some(true) {
                    let page = *self;
                    let hear = move |heard| page.hear_reporter(heard);
                    self.reporter.set_value(Some(WorkerLink::start("reporter", hear)));
                    kept::give("ready", "");
                }
                return;
            }
            Heard::Answer { message, bytes, .. } => match from_str::<Response>(&message) {
                Ok(answer) => (answer, bytes),
                Err(error) => {
                    self.session.update(|session| session.worker_died(error.to_string()));
                    return;
                }
            },
            Heard::Died(why) => {
                let _ = self.session.try_update(|session| session.worker_died(why));
                return;
            }
        };
        let refused = match &answer {
            Response::Failed { place, message, .. } => Some((place.clone(), message.clone())),
            _ => None,
        };
        if let Some((path, message)) = refused {
            // Where it is about the policy, it stands at its field.
            self.edit(Change::Refused { path, message });
        }
        let next = self.session.try_update(|session| session.answered(answer)).flatten();
        if let Some(ask) = next {
            if !matches!(ask, Ask::Judge(_)) {
                self.reading.set_value(self.read.get_value());
            }
            self.ask_with(ask, &counts);
        }
    }

    fn ask_worker(&self, request: &Request, beside: Beside<'_>) {
        let message = to_string(request).expect("plain data is written into memory");
        self.with_link(|link| link.ask(&message, beside));
    }

    fn with_link(&self, act: impl FnOnce(&WorkerLink)) {
        // Cloned out first: what the link hears may come back here.
        if let Some(link) = self.link.try_get_value().flatten() {
            act(&link);
        }
    }
}

impl Default for Page {
    fn default() -> Page {
        Page::new()
    }
}

/// The page that the components share.
pub fn page() -> Page {
    expect_context::<Page>()
}

fn window_width() -> u32 {
    document().document_element().map_or(1024, |root| root.client_width().unsigned_abs())
}

/// Moves the keyboard's focus to the element with this id, once what is being drawn is drawn.
pub fn focus(id: &'static str) {
    request_animation_frame(move || focus_now(id));
}

/// Moves the keyboard's focus to the element with this id.
pub fn focus_now(id: &str) {
    use wasm_bindgen::JsCast;
    if let Some(element) = document().get_element_by_id(id)
        && let Some(element) = element.dyn_ref::<web_sys::HtmlElement>()
    {
        // What people look at stays where it is.
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = element.focus_with_options(&options);
    }
}
