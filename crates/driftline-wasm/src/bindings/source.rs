//! A file's bytes as JavaScript gives them: in order, chunk by chunk, and from the beginning again where it can.

use driftline_data::ReadError;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

use super::failure::Failure;

#[wasm_bindgen]
extern "C" {
    /// An object with `name`, `next(rows)` and `again()`.
    #[derive(Clone, Debug)]
    pub type ByteSource;

    #[wasm_bindgen(method, getter)]
    fn name(this: &ByteSource) -> String;

    /// The next bytes, or undefined at the end; `rows` were read so far.
    #[wasm_bindgen(method, catch)]
    async fn next(this: &ByteSource, rows: f64) -> Result<JsValue, JsValue>;

    /// Begins again.
    #[wasm_bindgen(method, catch)]
    async fn again(this: &ByteSource) -> Result<JsValue, JsValue>;
}

impl ByteSource {
    /// What it is called.
    pub fn label(&self) -> String {
        self.name()
    }

    /// Pushes all of it; `push` tells the rows so far.
    ///
    /// # Errors
    /// What `push` answers, and what JavaScript throws.
    pub async fn push_to(
        &self,
        mut push: impl FnMut(&[u8]) -> Result<u64, ReadError>,
    ) -> Result<(), Failure> {
        let (mut buffer, mut rows) = (Vec::new(), 0);
        loop {
            let chunk = self.next(rows as f64).await.map_err(Failure::Thrown)?;
            if chunk.is_undefined() {
                return Ok(());
            }
            let Some(chunk) = chunk.dyn_ref::<Uint8Array>() else {
                return Err(Failure::argument(&self.name(), "expected chunks of bytes"));
            };
            // One buffer of this module's memory for all chunks.
            buffer.resize(chunk.length() as usize, 0);
            chunk.copy_to(&mut buffer);
            rows = push(&buffer)?;
        }
    }

    /// The same from the beginning.
    ///
    /// # Errors
    /// As [`push_to`](ByteSource::push_to); and a source that can be read once only.
    pub async fn push_again_to(
        &self,
        push: impl FnMut(&[u8]) -> Result<u64, ReadError>,
    ) -> Result<(), Failure> {
        self.again().await.map_err(Failure::Thrown)?;
        self.push_to(push).await
    }
}
