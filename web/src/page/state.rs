//! What the page's components share: signals, and what can be done to them.

use core::time::Duration;

use driftline_wasm::message::{Request, Response, reporting};
use leptos::prelude::*;
use serde_json::{from_str, to_string};
use wasm_bindgen::JsValue;
use web_sys::File;

use super::{download, kept, live::Line};

use crate::{
    server,
    view::{
        failure::Failure,
        live::Live,
        picks::Slot,
        policy::PolicyForm,
        reporting::{Do, Reporting},
        session::{Ask, Session, Shown, ShownColumn},
        table::TableView,
    },
    worker::{Beside, Heard, WorkerLink},
};

/// A worker that is asked to stop and does not is ended after this.
const PATIENCE: Duration = Duration::from_secs(2);

type Files = [Option<File>; 2];

/// What the page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Two files.
    Files,
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
    /// The chosen files, baseline first.
    pub files: RwSignal<Files, LocalStorage>,
    /// The policy as typed.
    pub policy: RwSignal<PolicyForm>,
    /// What of the table is shown.
    pub table: RwSignal<TableView>,
    /// The column whose details are open.
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
        let page = Page {
            mode,
            live,
            line: StoredValue::new_local(Line::default()),
            session,
            shown: Memo::new(move |_| match mode.get() {
                Mode::Files => session.with(|session| session.shown.clone()),
                Mode::Live => live.with(|live| live.shown.clone()),
            }),
            files: RwSignal::new_local(Files::default()),
            policy: RwSignal::new(PolicyForm::default()),
            table: RwSignal::new(TableView::default()),
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
        self.mode.get() == Mode::Files && self.session.with(Session::is_opened)
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
        let request = reporting::Request::Take { job, policy: String::new(), width };
        self.ask_reporter(&request, Beside::Text(text));
    }

    /// The report on a column, where it has one.
    pub fn column(&self, name: &str) -> Option<ShownColumn> {
        self.shown.with(|shown| shown.as_ref()?.column(name))
    }

    /// Width of a card's charts in pixels.
    fn chart_width(&self) -> u32 {
        // What the page, its cards and a scroll bar leave.
        let around = if self.width.get() <= 700 { 82 } else { 110 };
        self.width.get().saturating_sub(around).clamp(240, 1180)
    }

    /// Has the reporter make its parts of the latest result again.
    pub fn report(&self) {
        match self.mode.get_untracked() {
            Mode::Files if untrack(|| self.is_opened()) => self.take(&self.json()),
            Mode::Files => {
                if let Some(ask) = self.session.try_update(Session::policy_changed).flatten() {
                    self.reading.set_value(self.read.get_value());
                    self.ask(ask);
                }
            }
            Mode::Live => {
                let Some(shown) = self.shown.get_untracked() else { return };
                let width = untrack(|| self.chart_width());
                self.reporting.update(|reporting| reporting.ask(shown.job));
                let told = self.live.with_untracked(|live| live.told.clone());
                let request = reporting::Request::Follow { job: shown.job, told, width };
                self.ask_reporter(&request, Beside::Text(&shown.json));
            }
        }
    }

    /// Shows files or the server; what is known of either stays.
    pub fn turn_to(&self, mode: Mode) {
        self.open.set(None);
        self.table.set(TableView::default());
        self.reporting.set(Reporting::default());
        self.mode.set(mode);
        match mode {
            Mode::Live => self.follow(|_| ()),
            Mode::Files => self.unfollow(),
        }
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
            Heard::Ready => return,
            Heard::Answer { message, text, .. } => (message, text),
            Heard::Died(why) => {
                let _ = self.session.try_update(|session| session.not_judged(None, why.clone()));
                let _ = self.reporting.try_update(|reporting| reporting.failed(why));
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
        match &response {
            reporting::Response::Parts { job, .. } if !text.is_empty() => self.judged(*job, &text),
            reporting::Response::Failed { job: Some(_), message } => {
                let said = Some(message.clone());
                self.session.update(|session| session.not_judged(said, String::new()));
                if self.mode.get_untracked() == Mode::Files {
                    return self.reporting.update(Reporting::gave_up);
                }
            }
            _ => {}
        }
        let next = self.reporting.try_update(|reporting| reporting.answered(response));
        match next {
            Some(Do::Save) => download::offer("driftline-report.html", "text/html", &text),
            Some(Do::AskToSave) => self.save_html(),
            Some(Do::Share) => kept::give("share", &text),
            Some(Do::Nothing) | None => {}
        }
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
        if is_new && self.mode.get_untracked() == Mode::Files {
            if untrack(|| self.is_opened()) {
                self.files.set(Files::default());
                self.reading.set_value(Files::default());
            }
            self.read.set_value(self.reading.get_value());
            if others {
                self.table.set(TableView::default());
            }
            let open = self.open.get_untracked();
            if open.is_some_and(|name| self.column(&name).is_none()) {
                self.open.set(None);
            }
        }
        if let Some(ask) = next {
            self.reading.set_value(self.read.get_value());
            self.ask(ask);
        }
    }

    /// Puts a file in a place; reads both when both are there.
    pub fn choose(&self, slot: Slot, file: File) {
        if slot == Slot::Baseline {
            self.policy.update(PolicyForm::forget_columns);
        }
        self.files.update(|files| files[slot.index()] = Some(file));
        self.load();
    }

    /// Puts both files in their places and reads them.
    pub fn choose_both(&self, baseline: File, current: File) {
        self.policy.update(PolicyForm::forget_columns);
        self.files.set([Some(baseline), Some(current)]);
        self.load();
    }

    /// Takes a file away.
    pub fn remove(&self, slot: Slot) {
        self.files.update(|files| files[slot.index()] = None);
        self.cancel();
    }

    /// The baseline becomes current and the other way round.
    pub fn swap(&self) {
        self.files.update(|files| files.swap(0, 1));
        self.load();
    }

    /// Reads the chosen files where both are there.
    pub fn load(&self) {
        // Whoever reads a sample says so afterwards.
        self.sample.set(None);
        let files = self.files.get_untracked();
        if files.iter().all(Option::is_some) {
            self.reading.set_value(files);
            if let Some(ask) = self.session.try_update(Session::load) {
                self.ask(ask);
            }
        }
    }

    /// What is wrong with the policy at this path: by the form, or by what the worker said of these files.
    pub fn problem(&self, path: &str) -> Option<String> {
        self.policy.with(|form| form.problem(path)).or_else(|| {
            self.session.with(|session| {
                let failure = session.failure.as_ref()?;
                failure.place.starts_with(path).then(|| failure.message.clone())
            })
        })
    }

    /// Changes the policy, and compares again where it is sound.
    pub fn judge(&self, change: impl FnOnce(&mut PolicyForm)) {
        self.policy.update(change);
        if self.policy.with_untracked(|form| form.spec().is_err()) {
            return;
        }
        if let Some(ask) = self.session.try_update(Session::policy_changed).flatten() {
            // Whatever has to be read for that is what the result is about.
            self.reading.set_value(self.read.get_value());
            self.ask(ask);
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
        let spec = match self.policy.with_untracked(PolicyForm::spec) {
            Ok(spec) => spec,
            Err(problems) => {
                let what = problems.into_iter().next();
                let (place, message) =
                    what.map(|problem| (problem.place, problem.message)).unwrap_or_default();
                self.session.update(Session::cancelled);
                return self.fail(Failure::answered(place, message, false));
            }
        };
        match ask {
            Ask::Count { job, again } => {
                self.ask_worker(&Request::Count { job, spec, again }, Beside::Nothing);
            }
            Ask::Load(job) => {
                if let [Some(baseline), Some(current)] = self.reading.get_value() {
                    let files = Beside::Files([&baseline, &current]);
                    self.ask_worker(&Request::Load { job, spec }, files);
                }
            }
            Ask::Judge(job) => {
                self.reporting.update(|reporting| reporting.ask(job));
                let request = reporting::Request::Judge {
                    job,
                    spec,
                    policy: String::new(),
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
