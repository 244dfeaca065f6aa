//! The browser's `File`, read by slices: each is copied once into this module's memory, and the browser reads the next
//! one while this one is parsed.

use js_sys::{Object, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use crate::session::SourceFile;

/// A file that somebody chose in the browser.
#[derive(Clone, Debug)]
pub struct LocalFile(pub File);

impl SourceFile for LocalFile {
    fn name(&self) -> String {
        self.0.name()
    }

    fn bytes(&self) -> u64 {
        self.0.size() as u64
    }

    fn read(&self, start: u64, end: u64) -> impl Future<Output = Result<Vec<u8>, String>> + use<> {
        let reading = self
            .0
            .slice_with_f64_and_f64(start as f64, end as f64)
            .map(|slice| JsFuture::from(slice.array_buffer()));
        async move {
            let buffer = reading.map_err(|error| reason(&error))?.await;
            Ok(Uint8Array::new(&buffer.map_err(|error| reason(&error))?).to_vec())
        }
    }
}

/// A thrown value in words: `NotReadableError: The requested file could not be read …`.
fn reason(error: &JsValue) -> String {
    error.dyn_ref::<Object>().map_or_else(|| String::from("unknown"), |e| e.to_string().into())
}
