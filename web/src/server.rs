//! The server that serves this page: asked and followed at the page's own address, and nowhere else.

use js_sys::{Reflect, Uint8Array};
use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ReadableStreamDefaultReader, RequestInit, Response,
    TextDecodeOptions, TextDecoder, Url,
};

use crate::view::live::{Event, Events, detail};

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A token is needed, or another one: what the server says.
    Token(Option<String>),
    /// The server answers, with this status, that it does not: why.
    Refused(u16, String),
    /// Nobody answers.
    Gone(String),
}

impl Refusal {
    /// In words.
    pub fn why(&self) -> String {
        match self {
            Refusal::Token(why) => why.clone().unwrap_or_else(|| "a token is needed".into()),
            Refusal::Refused(_, why) | Refusal::Gone(why) => why.clone(),
        }
    }
}

/// Whether a server serves this page, as it has written into it.
pub fn is_there() -> bool {
    let meta = document().query_selector("meta[name=driftline-server]").ok().flatten();
    meta.and_then(|meta| meta.get_attribute("content")).is_some_and(|content| !content.is_empty())
}

/// The text of an answer.
///
/// # Errors
/// There is none.
pub async fn get(path: &str, token: Option<&str>) -> Result<String, Refusal> {
    let response = ask(path, token, None).await?;
    let text = response.text().map_err(gone)?;
    Ok(JsFuture::from(text).await.map_err(gone)?.as_string().unwrap_or_default())
}

/// Follows a model until the server ends it or `controller` does: `hear` is called for every sign of life, and says whether
/// to go on.
///
/// # Errors
/// The line could not be made, or broke.
pub async fn follow(
    path: &str,
    token: Option<&str>,
    controller: &AbortController,
    mut hear: impl FnMut(Event) -> bool,
) -> Result<(), Refusal> {
    let response = ask(path, token, Some(controller)).await?;
    let Some(body) = response.body() else { return Ok(()) };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let decoder = TextDecoder::new().map_err(gone)?;
    let options = TextDecodeOptions::new();
    options.set_stream(true);
    let mut events = Events::default();
    loop {
        let read = JsFuture::from(reader.read()).await.map_err(gone)?;
        let part = |name: &str| Reflect::get(&read, &name.into()).unwrap_or(JsValue::UNDEFINED);
        if part("done").is_truthy() {
            return Ok(());
        }
        let bytes: Uint8Array = part("value").unchecked_into();
        let text = decoder.decode_with_js_u8_array_and_options(&bytes, &options).map_err(gone)?;
        if events.push(&text).is_some_and(|event| !hear(event)) {
            return Ok(());
        }
    }
}

async fn ask(
    path: &str,
    token: Option<&str>,
    controller: Option<&AbortController>,
) -> Result<Response, Refusal> {
    let base = document().base_uri().ok().flatten().unwrap_or_default();
    let address = Url::new_with_base(path, &base).map_err(gone)?.href();
    let (request, headers) = (RequestInit::new(), Headers::new().map_err(gone)?);
    if let Some(token) = token {
        headers.set("authorization", &format!("Bearer {token}")).map_err(gone)?;
    }
    request.set_headers(&headers);
    if let Some(controller) = controller {
        request.set_signal(Some(&controller.signal()));
    }
    let promise = window().fetch_with_str_and_init(&address, &request);
    let response: Response = JsFuture::from(promise).await.map_err(gone)?.unchecked_into();
    if response.ok() {
        return Ok(response);
    }
    let body = match response.text() {
        Ok(text) => JsFuture::from(text).await.ok().and_then(|text| text.as_string()),
        Err(_) => None,
    };
    let why = body.and_then(|body| detail(&body));
    match response.status() {
        401 | 403 => Err(Refusal::Token(token.and(why))),
        status => Err(Refusal::Refused(status, why.unwrap_or_else(|| format!("status {status}")))),
    }
}

fn gone(error: JsValue) -> Refusal {
    let message = Reflect::get(&error, &"message".into()).ok().and_then(|text| text.as_string());
    Refusal::Gone(message.unwrap_or_else(|| format!("{error:?}")))
}
