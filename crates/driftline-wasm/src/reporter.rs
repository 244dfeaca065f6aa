//! The reporter: hands the page's messages to [`Reporting`]. A panic is told to the page before it ends the worker.

use driftline_wasm::{
    message::{self, reporting::Response},
    port::{self, Beside, Port},
    reporting::{self, Reporting},
};
use wasm_bindgen::JsValue;

fn main() {
    let page = Port::open();
    let mut reporting = Reporting::default();
    let answer_to = page.clone();
    page.listen(move |data: JsValue| {
        let request = message::decode(&port::bytes(&data, "message").unwrap_or_default());
        let (response, text) = match request {
            Some(request) => {
                let (text, bytes) = (port::text(&data, "text"), port::bytes(&data, "bytes"));
                reporting.handle(request, reporting::Beside { text, bytes })
            }
            None => {
                let message = "expected a request of this build’s page, found other bytes".into();
                (Response::Failed { job: None, message }, None)
            }
        };
        post(&answer_to, &response, text.as_deref());
    });
    post(&page, &Response::Ready, None);
}

fn post(page: &Port, response: &Response, text: Option<&str>) {
    let beside = match (response, text) {
        (Response::Compact { bytes, .. }, _) => Beside::Bytes(bytes),
        (_, Some(text)) => Beside::Text(text),
        (_, None) => Beside::Nothing,
    };
    page.post(&message::encode(response), beside);
}
