//! A worker's end of the line to its page.

use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// The way to the page.
#[derive(Clone, Debug)]
pub struct Port {
    scope: DedicatedWorkerGlobalScope,
}

impl Port {
    /// The page of the worker that this runs in. A panic is told to it before it ends the worker.
    pub fn open() -> Port {
        std::panic::set_hook(Box::new(|info| {
            let what = info.payload_as_str().unwrap_or("panic");
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            let last_words = format!("this is a bug: {what} ({place})");
            Port::here().send(&[("died", &last_words)]);
        }));
        Port::here()
    }

    fn here() -> Port {
        Port { scope: js_sys::global().unchecked_into() }
    }

    /// Calls `hear` with every message, as long as the worker lives.
    pub fn listen(&self, mut hear: impl FnMut(JsValue) + 'static) {
        let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            hear(event.data());
        });
        self.scope.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        listener.forget(); // lives as long as the worker
    }

    /// Sends a message, and a long text beside it where there is one.
    pub fn post(&self, message: &str, text: Option<&str>) {
        match text {
            Some(text) => self.send(&[("message", message), ("text", text)]),
            None => self.send(&[("message", message)]),
        }
    }

    fn send(&self, properties: &[(&str, &str)]) {
        let data = Object::new();
        for (key, value) in properties {
            // Setting a property of a fresh object, and cloning a text, cannot fail.
            let _ = Reflect::set(&data, &(*key).into(), &(*value).into());
        }
        let _ = self.scope.post_message(&data);
    }
}

/// A text that came with a message.
pub fn text(data: &JsValue, key: &str) -> Option<String> {
    Reflect::get(data, &key.into()).ok().and_then(|text| text.as_string())
}
