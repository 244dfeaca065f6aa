//! Charts that answer: what they say where somebody points or walks by keys, a range of their windows by itself, and their
//! files. The reporter knows the charts; the page shows where and what.

use driftline_wasm::message::{
    reporting::Request,
    shown::{Format, Spot, Step},
};
use js_sys::Array;
use leptos::{ev, html::Div, prelude::*};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, Element, Event, HtmlCanvasElement,
    HtmlElement, HtmlImageElement, KeyboardEvent, PointerEvent, Url,
};

use super::{
    download,
    stage::{about, act},
    state::{Page, page},
};
use crate::worker::Beside;

/// A range shorter than this many pixels is a click.
const SHORTEST_RANGE: f64 = 6.0;

/// A PNG has so many of its own pixels for each of the picture's, in both directions.
const SHARPNESS: u32 = 2;

/// What is pointed at. Copied freely: it is a handful of keys.
#[derive(Clone, Copy, Debug)]
pub struct Pointing {
    state: StoredValue<State>,
    /// What is read out.
    said: RwSignal<String>,
    cross: NodeRef<Div>,
    area: NodeRef<Div>,
    tip: NodeRef<Div>,
    band: NodeRef<Div>,
}

#[derive(Clone, Debug, Default)]
struct State {
    /// The chart and the place that is shown.
    shown: Option<(String, Spot)>,
    /// Whether an answer is awaited, and what is to be asked then.
    is_waiting: bool,
    next: Option<Request>,
    /// Whether the answer is to be read out.
    by_keys: bool,
    /// Where a range begins: its chart, and the pixels of the picture from its left edge.
    from: Option<(String, i32)>,
    /// Whether it is dragged, and not walked.
    is_dragged: bool,
}

impl Pointing {
    /// Nothing yet.
    pub fn new() -> Pointing {
        Pointing {
            state: StoredValue::new(State::default()),
            said: RwSignal::new(String::new()),
            cross: NodeRef::new(),
            area: NodeRef::new(),
            tip: NodeRef::new(),
            band: NodeRef::new(),
        }
    }

    fn hide(self) {
        self.state.update_value(|state| {
            (state.shown, state.next, state.from) = (None, None, None);
        });
        for part in [self.cross, self.area, self.tip, self.band] {
            if let Some(part) = part.get_untracked() {
                part.set_hidden(true);
            }
        }
    }
}

/// What lies over the chart that is pointed at.
#[component]
pub(super) fn Pointer() -> impl IntoView {
    let Pointing { said, cross, area, tip, band, .. } = page().pointing;
    view! {
        <div class="over-chart band" node_ref=band hidden></div>
        <div class="over-chart cross" node_ref=cross hidden></div>
        <div class="over-chart spot" node_ref=area hidden></div>
        <div class="over-chart tip" node_ref=tip hidden aria-hidden="true"></div>
        <p class="unseen" role="status">{said}</p>
    }
}

/// A chart's picture on the screen.
struct Picture {
    id: String,
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    /// Pixels of the screen for one of the picture's.
    scale: f64,
}

impl Picture {
    fn of(figure: &Element) -> Option<Picture> {
        let id = figure.get_attribute("data-chart")?;
        let svg = figure.query_selector("svg[role=img]").ok().flatten()?;
        let own: f64 = svg.get_attribute("width")?.parse().ok()?;
        let on_screen = svg.get_bounding_client_rect();
        let (width, height) = (on_screen.width(), on_screen.height());
        let (left, top) = (on_screen.left(), on_screen.top());
        (own > 0.0 && width > 0.0).then(|| Picture {
            id,
            left,
            top,
            width,
            height,
            scale: width / own,
        })
    }

    fn find(id: &str) -> Option<Picture> {
        let figure = document().query_selector(&format!("[data-chart=\"{id}\"]")).ok().flatten()?;
        Picture::of(&figure)
    }

    /// A point of the screen as one of the picture.
    fn point(&self, event: &PointerEvent) -> (i32, i32) {
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        (((x - self.left) / self.scale) as i32, ((y - self.top) / self.scale) as i32)
    }

    fn x(&self, x: i32) -> f64 {
        self.left + f64::from(x) * self.scale
    }

    fn y(&self, y: i32) -> f64 {
        self.top + f64::from(y) * self.scale
    }
}

/// The chart whose picture an event is about.
fn figure(event: &Event) -> Option<Element> {
    about(event, "[data-chart] svg")?;
    about(event, "[data-chart]")
}

/// Puts a part at its place: left, top, width and height on the screen.
fn lay(part: NodeRef<Div>, [left, top, width, height]: [f64; 4]) {
    let Some(part) = part.get_untracked() else { return };
    let style = HtmlElement::style(&part);
    let _ = style.set_property("transform", &format!("translate({left}px,{top}px)"));
    let _ = style.set_property("width", &format!("{width}px"));
    let _ = style.set_property("height", &format!("{height}px"));
    part.set_hidden(false);
}

impl Page {
    fn ask_chart(self, request: Request) {
        let waits = self.pointing.state.with_value(|state| state.is_waiting);
        if waits {
            return self.pointing.state.update_value(|state| state.next = Some(request));
        }
        self.pointing.state.update_value(|state| state.is_waiting = true);
        self.ask_reporter(&request, Beside::Nothing);
    }

    /// What a chart says where it was asked.
    pub(super) fn spot_came(self, chart: String, spot: Option<Spot>) {
        let pointing = self.pointing;
        let next = pointing.state.try_update_value(|state| {
            state.is_waiting = false;
            state.next.take()
        });
        if let Some(spot) = spot {
            self.show_spot(&chart, spot);
        }
        if let Some(next) = next.flatten() {
            self.ask_chart(next);
        }
    }

    fn show_spot(self, chart: &str, spot: Spot) {
        let pointing = self.pointing;
        let Some(picture) = Picture::find(chart) else { return pointing.hide() };
        let (left, right) = (picture.x(spot.left), picture.x(spot.right));
        let (top, bottom) = (picture.y(spot.top), picture.y(spot.bottom));
        let middle = (left + right) / 2.0;
        lay(pointing.cross, [middle.round(), picture.top, 1.0, picture.height]);
        lay(pointing.area, [left, top, (right - left).max(4.0), (bottom - top).max(4.0)]);
        if let Some(tip) = pointing.tip.get_untracked() {
            tip.set_text_content(Some(&spot.text));
            tip.set_hidden(false);
            let wide = f64::from(tip.offset_width());
            let high = f64::from(tip.offset_height());
            let window = f64::from(self.width.get_untracked());
            let x =
                if middle + 14.0 + wide < window { middle + 14.0 } else { middle - 14.0 - wide };
            let y = if top > high + 14.0 { top - high - 8.0 } else { bottom + 8.0 };
            let at = format!("translate({}px,{y}px)", x.clamp(4.0, (window - wide - 4.0).max(4.0)));
            let _ = HtmlElement::style(&tip).set_property("transform", &at);
        }
        let (by_keys, from) =
            pointing.state.with_value(|state| (state.by_keys, state.from.clone()));
        if by_keys {
            pointing.said.set(spot.label.clone());
        }
        match from {
            Some((of, from)) if of == chart && by_keys => {
                self.show_band(&picture, from, (spot.left + spot.right) / 2);
            }
            _ => {}
        }
        let shown = Some((chart.to_string(), spot));
        pointing.state.update_value(|state| state.shown = shown);
    }

    fn show_band(self, picture: &Picture, a: i32, b: i32) {
        let (left, right) = (picture.x(a.min(b)), picture.x(a.max(b)));
        let (least, most) = (picture.left, picture.left + picture.width);
        let (left, right) = (left.clamp(least, most), right.clamp(least, most));
        lay(self.pointing.band, [left, picture.top, right - left, picture.height]);
    }

    fn zoom(self, between: Option<(String, i32, i32)>) {
        self.pointing.hide();
        let width = untrack(|| self.chart_width());
        self.ask_reporter(&Request::Zoom { between, width }, Beside::Nothing);
    }

    /// A chart in the format that was asked for.
    pub(super) fn chart_came(self, chart: &str, format: Format, name: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        match format {
            Format::Svg => download::offer(name, "image/svg+xml", text),
            Format::Csv => download::offer(name, "text/csv", text),
            Format::Png => paint(name.to_string(), text),
            Format::Table => {
                let place = format!("[data-chart=\"{chart}\"] .chart-table");
                if let Ok(Some(place)) = document().query_selector(&place) {
                    place.set_inner_html(text);
                }
            }
        }
    }

    /// Asks for a chart's table.
    pub(super) fn fetch_table(self, chart: String) {
        self.save_chart(chart, Format::Table);
    }

    /// Whether a chart that has the focus makes something of Escape itself: the range that is marked goes first, then what
    /// is shown, then the zoom.
    pub(super) fn chart_takes_escape(self, event: &Event) -> bool {
        let Some(figure) = about(event, ".plot").and_then(|_| about(event, "[data-chart]")) else {
            return false;
        };
        let is_shown = self.pointing.state.with_value(|s| s.from.is_some() || s.shown.is_some());
        is_shown || (figure.has_attribute("data-zooms") && is_zoomed())
    }

    fn save_chart(self, chart: String, format: Format) {
        let request = Request::Chart { chart, format, is_dark: is_dark() };
        self.ask_reporter(&request, Beside::Nothing);
    }
}

/// Whether some windows are looked at by themselves.
fn is_zoomed() -> bool {
    matches!(document().query_selector("[data-act=whole-range]"), Ok(Some(_)))
}

/// Whether the page is dark just now.
fn is_dark() -> bool {
    let theme = document().document_element().and_then(|root| root.get_attribute("data-theme"));
    match theme.as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => {
            let query = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
            query.is_some_and(|query| query.matches())
        }
    }
}

/// Paints an SVG file as a PNG, and offers it.
fn paint(name: String, svg: &str) {
    let options = BlobPropertyBag::new();
    options.set_type("image/svg+xml");
    let Ok(blob) = Blob::new_with_str_sequence_and_options(&Array::of1(&svg.into()), &options)
    else {
        return;
    };
    let Ok(address) = Url::create_object_url_with_blob(&blob) else { return };
    let Ok(image) = HtmlImageElement::new() else { return };
    let painted = image.clone();
    let source = address.clone();
    let on_load = Closure::once_into_js(move || {
        let offered = offer_painted(&painted, name);
        debug_assert!(offered.is_ok(), "a picture of this page can be painted: {offered:?}");
        let _ = Url::revoke_object_url(&source);
    });
    image.set_onload(Some(on_load.unchecked_ref()));
    image.set_src(&address);
}

fn offer_painted(image: &HtmlImageElement, name: String) -> Result<(), JsValue> {
    let canvas: HtmlCanvasElement = document().create_element("canvas")?.unchecked_into();
    canvas.set_width(image.natural_width() * SHARPNESS);
    canvas.set_height(image.natural_height() * SHARPNESS);
    let Some(context) = canvas.get_context("2d")? else { return Ok(()) };
    let context: CanvasRenderingContext2d = context.unchecked_into();
    context.draw_image_with_html_image_element_and_dw_and_dh(
        image,
        0.0,
        0.0,
        f64::from(canvas.width()),
        f64::from(canvas.height()),
    )?;
    let offer = Closure::once_into_js(move |blob: Option<Blob>| {
        if let Some(blob) = blob {
            download::offer_blob(&name, &blob);
        }
    });
    canvas.to_blob(offer.unchecked_ref())
}

/// Listens to whatever is done to a chart, wherever it is.
pub(super) fn listen(page: Page) {
    let pointing = page.pointing;
    let _ = window_event_listener(ev::pointermove, move |event| moved(page, &event));
    let _ = window_event_listener(ev::pointerdown, move |event: PointerEvent| {
        let zooms = |figure: &Element| figure.has_attribute("data-zooms");
        let picture = figure(&event).filter(zooms).and_then(|figure| Picture::of(&figure));
        if event.button() != 0 {
            return;
        }
        if let Some(picture) = picture {
            let from = Some((picture.id.clone(), picture.point(&event).0));
            pointing.state.update_value(|state| (state.from, state.is_dragged) = (from, true));
        }
        moved(page, &event);
    });
    let _ = window_event_listener(ev::pointerup, move |event: PointerEvent| {
        let dragged = pointing.state.try_update_value(|state| {
            let is_dragged = core::mem::take(&mut state.is_dragged);
            is_dragged.then(|| state.from.take()).flatten()
        });
        let Some((id, from)) = dragged.flatten() else { return };
        if let Some(band) = pointing.band.get_untracked() {
            band.set_hidden(true);
        }
        let Some(picture) = Picture::find(&id) else { return };
        let to = picture.point(&event).0;
        if f64::from((to - from).abs()) * picture.scale >= SHORTEST_RANGE {
            page.zoom(Some((id, from, to)));
        }
    });
    let _ = window_event_listener(ev::pointercancel, move |_| pointing.hide());
    let _ = window_event_listener(ev::scroll, move |_| pointing.hide());
    let _ = window_event_listener(ev::focusout, move |event| {
        if about(&event, ".plot").is_some() {
            pointing.hide();
        }
    });
    let _ = window_event_listener(ev::keydown, move |event: KeyboardEvent| pressed(page, &event));
    let _ = window_event_listener(ev::click, move |event| clicked(page, &event));
}

fn moved(page: Page, event: &PointerEvent) {
    let pointing = page.pointing;
    let (dragged, is_shown) = pointing.state.with_value(|state| {
        (state.from.clone().filter(|_| state.is_dragged), state.shown.is_some())
    });
    // What is dragged goes on outside the picture.
    if let Some((id, from)) = dragged
        && let Some(picture) = Picture::find(&id)
    {
        page.show_band(&picture, from, picture.point(event).0);
    }
    let Some(picture) = figure(event).and_then(|figure| Picture::of(&figure)) else {
        let by_keys = pointing.state.with_value(|state| state.by_keys);
        if is_shown && !by_keys {
            pointing.hide();
        }
        return;
    };
    pointing.state.update_value(|state| state.by_keys = false);
    let (x, y) = picture.point(event);
    page.ask_chart(Request::Point { chart: picture.id, x, y });
}

fn pressed(page: Page, event: &KeyboardEvent) {
    let Some(figure) = about(event, ".plot").and_then(|_| about(event, "[data-chart]")) else {
        return;
    };
    let Some(id) = figure.get_attribute("data-chart") else { return };
    let zooms = figure.has_attribute("data-zooms");
    let pointing = page.pointing;
    let (shown, from) = pointing.state.with_value(|state| {
        let shown = state.shown.clone().filter(|(of, _)| *of == id).map(|(_, spot)| spot);
        (shown, state.from.clone().filter(|(of, _)| *of == id))
    });
    let middle = |spot: &Spot| (spot.left + spot.right) / 2;
    let step = match event.key().as_str() {
        "ArrowLeft" => Step::Left,
        "ArrowRight" => Step::Right,
        "ArrowUp" => Step::Up,
        "ArrowDown" => Step::Down,
        "Home" => Step::First,
        "End" => Step::Last,
        "Enter" => {
            if let (true, Some((id, from)), Some(shown)) = (zooms, from, shown) {
                event.prevent_default();
                page.zoom(Some((id, from, middle(&shown))));
            }
            return;
        }
        "Escape" => {
            if from.is_some() || shown.is_some() {
                pointing.hide();
            } else if zooms && is_zoomed() {
                page.zoom(None);
            }
            return;
        }
        _ => return,
    };
    event.prevent_default();
    let marked = match (event.shift_key() && zooms, &shown) {
        (true, Some(spot)) => from.or_else(|| Some((id.clone(), middle(spot)))),
        _ => None,
    };
    if marked.is_none()
        && let Some(band) = pointing.band.get_untracked()
    {
        band.set_hidden(true);
    }
    pointing.state.update_value(|state| {
        (state.from, state.is_dragged, state.by_keys) = (marked, false, true);
    });
    let from = shown.map(|spot| (spot.line, spot.stop));
    page.ask_chart(Request::Step { chart: id, from, step });
}

fn clicked(page: Page, event: &Event) {
    let Some((act, element)) = act(event) else { return };
    if act == "whole-range" {
        return page.zoom(None);
    }
    let Some(chart) = about(event, "[data-chart]").and_then(|f| f.get_attribute("data-chart"))
    else {
        return;
    };
    match (act.as_str(), element.get_attribute("data-format").as_deref()) {
        ("chart-table", _) => page.fetch_table(chart),
        ("save-chart", Some("png")) => page.save_chart(chart, Format::Png),
        ("save-chart", Some("svg")) => page.save_chart(chart, Format::Svg),
        ("save-chart", Some("csv")) => page.save_chart(chart, Format::Csv),
        _ => {}
    }
}
