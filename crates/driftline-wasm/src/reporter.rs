//! The reporter: hands the page's messages to [`Reporting`]. A panic is told to the page before it ends the worker.

use driftline_wasm::{
    message::reporting::{Request, Response},
    port::{self, Beside, Port},
    reporting::{self, Reporting},
};
use wasm_bindgen::JsValue;

fn main() {
    let page = Port::open();
    let mut reporting = Reporting::default();
    let answer_to = page.clone();
    page.listen(move |data: JsValue| {
        let message = port::text(&data, "message").unwrap_or_default();
        let (response, text) = match serde_json::from_str::<Request>(&message) {
            Ok(request) => {
                let text = port::text(&data, "text");
                reporting.handle(request, reporting::Beside { text, bytes: port::bytes(&data) })
            }
            Err(error) => {
                let message =
                    format!("expected a request of the page, found another text: {error}");
                (Response::Failed { job: None, message }, None)
            }
        };
        post(&answer_to, &response, text.as_deref());
    });
    post(&page, &Response::Ready, None);
}

fn post(page: &Port, response: &Response, text: Option<&str>) {
    let message = serde_json::to_string(response).expect("plain data is written into memory");
    page.post(&message, text.map_or(Beside::Nothing, Beside::Text));
}
