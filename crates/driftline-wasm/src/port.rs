//! A worker's end of the line to its page.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// What goes beside a message.
#[derive(Clone, Copy, Debug)]
pub enum Beside<'a> {
    /// Nothing.
    Nothing,
    /// A long text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
}

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
            let data = Object::new();
            set(&data, "died", &last_words.into());
            let _ = Port::here().scope.post_message(&data);
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

    /// Sends a message as it is encoded, and what goes beside it.
    pub fn post(&self, message: &[u8], beside: Beside<'_>) {
        let data = Object::new();
        set(&data, "message", &Uint8Array::from(message));
        let sent = match beside {
            Beside::Nothing => self.scope.post_message(&data),
            Beside::Text(text) => {
                set(&data, "text", &text.into());
                self.scope.post_message(&data)
            }
            Beside::Bytes(bytes) => {
                let bytes = Uint8Array::from(bytes);
                set(&data, "bytes", &bytes);
                self.scope.post_message_with_transfer(&data, &Array::of1(&bytes.buffer()))
            }
        };
        // Cloning a text cannot fail, nor can handing over bytes of our own.
        let _ = sent;
    }
}

fn set(data: &Object, key: &str, value: &JsValue) {
    // Setting a property of a fresh object cannot fail.
    let _ = Reflect::set(data, &key.into(), value);
}

/// A text that came with a message.
pub fn text(data: &JsValue, key: &str) -> Option<String> {
    Reflect::get(data, &key.into()).ok().and_then(|text| text.as_string())
}

/// Bytes that came with a message, or the message itself.
pub fn bytes(data: &JsValue, key: &str) -> Option<Vec<u8>> {
    let bytes = Reflect::get(data, &key.into()).ok()?;
    bytes.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec)
}
