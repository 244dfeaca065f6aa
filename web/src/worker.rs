//! The line to a worker: started here, asked here, heard here, and replaced when it dies.

use alloc::rc::Rc;
use core::cell::RefCell;

use driftline_wasm::message::READY;
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{ErrorEvent, Event, File, MessageEvent, Url, Worker, WorkerOptions, WorkerType};

/// What is heard from a worker.
#[derive(Debug)]
pub enum Heard {
    /// It listens.
    Ready,
    /// An answer.
    Answer {
        /// JSON of a message.
        message: String,
        /// The long text beside it; empty where there is none.
        text: String,
        /// The bytes beside it; undefined where there are none.
        bytes: JsValue,
    },
    /// It ended, and why. The next request starts another.
    Died(String),
}

/// What goes to a worker beside the message.
#[derive(Clone, Copy, Debug)]
pub enum Beside<'a> {
    /// Nothing.
    Nothing,
    /// Files, by reference.
    Files(&'a [File]),
    /// A long text.
    Text(&'a str),
    /// Bytes that another worker sent; handed over.
    Bytes(&'a JsValue),
}

/// The line to one worker.
#[derive(Clone)]
pub struct WorkerLink {
    /// The page's own name of the worker: the document says where it is.
    name: &'static str,
    line: Rc<RefCell<Line>>,
    hear: Rc<dyn Fn(Heard)>,
}

impl core::fmt::Debug for WorkerLink {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("WorkerLink").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Line {
    running: Option<Running>,
    /// The ended worker's listeners: one of them may be what is running just now, so they live until the next start.
    ended: Option<Running>,
}

struct Running {
    worker: Worker,
    /// Messages posted before the worker listens may be lost: they wait here.
    waiting: Option<Vec<JsValue>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl WorkerLink {
    /// A line to the worker of this name that is started at once, so that it is there when it is needed.
    pub fn start(name: &'static str, hear: impl Fn(Heard) + 'static) -> WorkerLink {
        let link = WorkerLink { name, line: Rc::default(), hear: Rc::new(hear) };
        // What goes wrong is said when somebody needs the worker.
        drop(link.ensure_running());
        link
    }

    /// Asks the worker: the JSON of a message, and what goes with it.
    pub fn ask(&self, text: &str, beside: Beside<'_>) {
        let message = Object::new();
        let set = |key: &str, value: &JsValue| {
            let done = Reflect::set(&message, &key.into(), value);
            debug_assert!(done.is_ok(), "a fresh object takes any property");
        };
        set("message", &text.into());
        match beside {
            Beside::Nothing => {}
            Beside::Files(files) => set("files", &files.iter().collect::<Array>()),
            Beside::Text(text) => set("text", &text.into()),
            Beside::Bytes(bytes) => set("bytes", bytes),
        }
        if let Err(why) = self.ensure_running() {
            (self.hear)(Heard::Died(why));
            return;
        }
        let mut line = self.line.borrow_mut();
        let Some(running) = &mut line.running else { return };
        match &mut running.waiting {
            Some(waiting) => waiting.push(message.into()),
            None => post(&running.worker, &message),
        }
    }

    /// Ends the worker, whatever it is doing.
    pub fn end(&self) {
        let mut line = self.line.borrow_mut();
        if let Some(running) = line.running.take() {
            running.worker.set_onmessage(None);
            running.worker.set_onerror(None);
            running.worker.terminate();
            line.ended = Some(running);
        }
    }

    fn ensure_running(&self) -> Result<(), String> {
        if self.line.borrow().running.is_some() {
            return Ok(());
        }
        let running = self.spawn()?;
        let mut line = self.line.borrow_mut();
        line.running = Some(running);
        line.ended = None;
        Ok(())
    }

    fn spawn(&self) -> Result<Running, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&address(self.name)?, &options)
            .map_err(|error| format!("the worker could not be started: {error:?}"))?;
        let link = self.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            link.received(&event.data());
        });
        let link = self.clone();
        let on_error = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            let why = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message);
            event.prevent_default();
            link.died(why.unwrap_or_else(|| "the worker’s script could not be loaded".into()));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Running {
            worker,
            waiting: Some(Vec::new()),
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    fn received(&self, data: &JsValue) {
        let text =
            |key: &str| Reflect::get(data, &key.into()).ok().and_then(|text| text.as_string());
        match text("message") {
            Some(message) if message == READY => {
                let mut line = self.line.borrow_mut();
                if let Some(running) = &mut line.running {
                    for message in running.waiting.take().into_iter().flatten() {
                        post(&running.worker, &message);
                    }
                }
                drop(line);
                (self.hear)(Heard::Ready);
            }
            Some(message) => {
                let bytes = Reflect::get(data, &"bytes".into()).unwrap_or_default();
                (self.hear)(Heard::Answer {
                    message,
                    text: text("text").unwrap_or_default(),
                    bytes,
                });
            }
            // Its last words: it stops after them.
            None => self
                .died(text("died").unwrap_or_else(|| "an answer could not be understood".into())),
        }
    }

    fn died(&self, why: String) {
        self.end();
        (self.hear)(Heard::Died(why));
    }
}

/// A file is posted by reference and bytes are handed over, so this copies nothing that is long but texts.
fn post(worker: &Worker, message: &JsValue) {
    let bytes = Reflect::get(message, &"bytes".into()).unwrap_or_default();
    let posted = match bytes.dyn_ref::<Uint8Array>() {
        Some(bytes) => worker.post_message_with_transfer(message, &Array::of1(&bytes.buffer())),
        None => worker.post_message(message),
    };
    debug_assert!(posted.is_ok(), "text and files can be posted");
}

/// Where this page's worker of a name is: the build writes it into the page, so that a page never meets another's worker.
fn address(name: &str) -> Result<String, String> {
    let document = leptos::prelude::document();
    let named = document
        .query_selector(&format!("meta[name=driftline-{name}]"))
        .ok()
        .flatten()
        .and_then(|meta| meta.get_attribute("content"))
        .ok_or_else(|| format!("the page does not say where its {name} is"))?;
    let base = document.base_uri().ok().flatten().unwrap_or_default();
    Url::new_with_base(&named, &base)
        .map(|url| url.href())
        .map_err(|_| format!("expected the {name}’s address, found \"{named}\""))
}
