//! A policy as a form: a field for each key that people turn, beside the spec's own text.
//!
//! What is written stands in each field as it is written, however wrong; what is wrong with it stands beside it. Fields
//! carry the key they are about (`data-path`) and buttons what they do (`data-act`); who shows the form listens.

pub mod field;

use alloc::string::String;

use driftline_core::{group::WindowSize, spec::MonitorSpec, verdict::Ladder};

use self::field::{Field, Input, List};
use crate::{escape::text, wording};

/// What a form shows.
#[expect(missing_debug_implementations, reason = "it borrows a function")]
pub struct Form<'a> {
    /// What is written at a place of the spec, or stands there by default; empty for nothing.
    pub value: &'a dyn Fn(&str) -> String,
    /// How many entries a list has.
    pub entries: &'a dyn Fn(&str) -> usize,
    /// What is wrong, or hardly meant.
    pub remarks: &'a [Remark],
    /// The columns whose levels can be segments, and whether they are.
    pub segments: &'a [(String, bool)],
    /// What the convention means.
    pub convention: &'a str,
}

/// Something about a place of the spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The key: `rules[2].for`; empty for the text as a whole.
    pub place: String,
    /// The line in the text, counted from 1, where the key is written.
    pub line: Option<usize>,
    /// The column of that line, counted from 1, in characters.
    pub column: Option<usize>,
    /// What was expected, and what was found.
    pub message: String,
    /// Whether it only looks unintended.
    pub is_warning: bool,
}

impl Form<'_> {
    /// The whole form.
    pub fn markup(&self) -> String {
        let mut html = String::new();
        html += &self.group("Severity by PSI", "", &self.fields(&field::THRESHOLDS), "");
        let note = format!("<p class=\"note\">{}</p>", text(self.convention));
        html += &self.group("Definitions", "", &self.fields(&field::DEFINITIONS), &note);
        html += &self.group(
            "Windows and segments",
            "",
            &self.fields(&field::APART),
            &self.segment_picks(),
        );
        html += &self.group("Tests and labels", "", &self.fields(&field::TESTS), "");
        html += &self.group(
            "Objectives",
            " wide",
            &self.fields(&field::AVAILABILITY),
            &self.list(&field::OBJECTIVES),
        );
        html += &self.listed("Alerts", &field::RULES);
        html += &self.listed("Triggers", &field::TRIGGERS);
        html += &self.group("Rails before an action", " wide", &self.fields(&field::RAILS), "");
        html += &self.group("What a window must hold", " wide", &self.fields(&field::LIVE), "");
        let metrics: String =
            field::metrics().map(|name| format!("<option value=\"{name}\"></option>")).collect();
        html + &format!("<datalist id=\"policy-metrics\">{metrics}</datalist>")
    }

    fn group(&self, title: &str, class: &str, fields: &str, below: &str) -> String {
        format!(
            "<fieldset class=\"group{class}\"><legend>{title}</legend><div class=\"fields\">{fields}</div>{below}</fieldset>"
        )
    }

    fn listed(&self, title: &str, list: &List) -> String {
        format!(
            "<fieldset class=\"group wide\"><legend>{title}</legend>{}</fieldset>",
            self.list(list)
        )
    }

    fn list(&self, list: &List) -> String {
        let (path, noun) = (list.path, list.noun);
        let id = id_of(path);
        let n = (self.entries)(path);
        let mut html = format!("<div class=\"entries\" id=\"policy-{id}\">");
        for i in 0..n {
            let place = format!("{path}[{i}]");
            let fields: String = list
                .fields
                .iter()
                .map(|field| self.field(field, &field.path.replacen("[]", &format!("[{i}]"), 1)))
                .collect();
            let own: String = self.remarks_at(&place).map(remark_markup).collect();
            let severity = (self.value)(&format!("{place}.severity"));
            let severity = match field::of(&format!("{place}.severity")) {
                Some(_) => format!(" data-severity=\"{}\"", text(&severity)),
                None => String::new(),
            };
            html += &format!(
                "<div class=\"entry\" role=\"group\" aria-label=\"{noun} {}\"{severity}><div class=\"fields\">{fields}</div>\
                 <p class=\"problem\" id=\"problem-{id}-{i}\">{own}</p>\
                 <button type=\"button\" class=\"quiet remove\" id=\"policy-{id}-{i}-remove\" data-act=\"remove\" \
                 data-path=\"{place}\" aria-label=\"Remove {noun} {}\">Remove</button></div>",
                i + 1,
                i + 1,
            );
        }
        if n == 0 {
            html += &format!("<p class=\"note\">{}</p>", list.empty);
        }
        html + &format!(
            "<button type=\"button\" class=\"add\" id=\"policy-{id}-add\" data-act=\"add\" data-path=\"{path}\">Add {} {noun}\
             </button></div>",
            if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" },
        )
    }

    fn fields(&self, fields: &[Field]) -> String {
        fields.iter().map(|field| self.field(field, field.path)).collect()
    }

    fn field(&self, field: &Field, place: &str) -> String {
        let id = match field.id {
            "" => id_of(place),
            id => id.into(),
        };
        let written = (self.value)(place);
        let value = if written.is_empty() { field.default } else { &written };
        let mut remarks = self.remarks_at(place).peekable();
        let is_wrong = self.remarks_at(place).any(|remark| !remark.is_warning);
        let class = if is_wrong || remarks.peek().is_none() { "" } else { " warned" };
        let said: String = remarks.map(remark_markup).collect();
        let invalid = if is_wrong { " aria-invalid=\"true\"" } else { "" };
        let attributes = format!(
            "id=\"policy-{id}\" data-path=\"{}\" aria-describedby=\"problem-{id}\"{invalid}",
            text(place)
        );
        let control = match field.input {
            Input::Flag => {
                let checked = if value == "true" { " checked" } else { "" };
                format!("<input type=\"checkbox\" {attributes}{checked}>")
            }
            Input::Choice(_) | Input::Bins | Input::Convention => select(field, value, &attributes),
            Input::Number => format!(
                "<input type=\"text\" inputmode=\"decimal\" autocomplete=\"off\" {attributes} value=\"{}\">",
                text(value)
            ),
            Input::Metric => format!(
                "<input type=\"text\" list=\"policy-metrics\" autocomplete=\"off\" spellcheck=\"false\" {attributes} \
                 value=\"{}\">",
                text(value)
            ),
            Input::Text => format!(
                "<input type=\"text\" autocomplete=\"off\" spellcheck=\"false\" {attributes} value=\"{}\">",
                text(value)
            ),
        };
        let severity = match field.path.strip_prefix("thresholds.") {
            Some(severity) => format!(" data-severity=\"{severity}\""),
            None => String::new(),
        };
        let flag = if field.input == Input::Flag { " flag" } else { "" };
        format!(
            "<div class=\"field{flag}{class}\"{severity}><label for=\"policy-{id}\">{} <small>{}</small></label>{control}\
             <span class=\"problem\" id=\"problem-{id}\">{said}</span></div>",
            field.title, field.hint,
        )
    }

    fn segment_picks(&self) -> String {
        let said = match self.segments.is_empty() {
            true => "No column of categories to segment by",
            false => "Segments by",
        };
        let mut html = format!(
            "<div class=\"picks\" role=\"group\" aria-label=\"Segments by\" aria-describedby=\"problem-by\">\
             <span class=\"note\">{said}</span>"
        );
        for (at, (name, is_on)) in self.segments.iter().enumerate() {
            let checked = if *is_on { " checked" } else { "" };
            html += &format!(
                "<label class=\"pick\"><input type=\"checkbox\" id=\"policy-by-{at}\" data-act=\"toggle\" \
                 data-path=\"segments.by\" value=\"{}\"{checked}><bdi>{}</bdi></label>",
                raw(name),
                text(name)
            );
        }
        let remarks: String = self.remarks_at("segments.by").map(remark_markup).collect();
        html + &format!("</div><span class=\"problem\" id=\"problem-by\">{remarks}</span>")
    }

    fn remarks_at(&self, place: &str) -> impl Iterator<Item = &Remark> {
        self.remarks.iter().filter(move |remark| remark.place == place)
    }
}

fn select(field: &Field, value: &str, attributes: &str) -> String {
    let mut choices = field.input.choices();
    // What is written and is no choice stays to be seen, with what is wrong about it beside it.
    if !choices.iter().any(|(choice, _)| choice == value) {
        choices.push((value.to_string().into(), value.to_string().into()));
    }
    let options: String = choices
        .iter()
        .map(|(choice, name)| {
            let is_it = if choice == value { " selected" } else { "" };
            format!("<option value=\"{}\"{is_it}>{}</option>", text(choice), text(name))
        })
        .collect();
    format!("<select {attributes}>{options}</select>")
}

fn remark_markup(remark: &Remark) -> String {
    let class = if remark.is_warning { "warning" } else { "wrong" };
    format!("<span class=\"{class}\">{}</span>", text(&remark.message))
}

/// `rules[2].for` as `rules-2-for`.
fn id_of(place: &str) -> String {
    let parts = place.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// A name as an attribute's value that is read back: nothing is written out but what would end it.
fn raw(name: &str) -> String {
    name.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

/// A spec in a line.
pub fn summary(spec: &MonitorSpec) -> String {
    let Ladder { moderate, significant, critical } = &spec.thresholds;
    let mut line = format!(
        "{} bins · moderate from {moderate}, significant from {significant}, critical above {critical} · {}",
        spec.bins,
        spec.convention.title(),
    );
    if let Some(window) = spec.window.filter(|window| *window != WindowSize::Auto) {
        line += &format!(" · windows of {window}");
    }
    if !spec.segments.by.is_empty() {
        line += &format!(" · by {}", spec.segments.by.join(", "));
    }
    let (rules, triggers) = (spec.rules.len() as u64, spec.triggers.len() as u64);
    line + &format!(
        " · {}, {} · {}",
        wording::counted(rules, "alert"),
        wording::counted(triggers, "trigger"),
        spec.rails.mode.name()
    )
}

/// What is wrong with a spec's text, line by line, worst first; and in a few words where nothing is.
pub fn remarks(remarks: &[Remark]) -> String {
    if remarks.is_empty() {
        return "<p class=\"note\">Nothing wrong.</p>".into();
    }
    let mut sorted: Vec<&Remark> = remarks.iter().collect();
    sorted.sort_by_key(|remark| (remark.is_warning, remark.line, remark.column));
    let items: String = sorted
        .into_iter()
        .map(|remark| {
            let (class, icon, word) = match remark.is_warning {
                true => ("warning", "▲", "Warning"),
                false => ("wrong", "✕", "Error"),
            };
            let at = match (remark.line, remark.column) {
                (Some(line), Some(column)) => format!("line {line}, column {column}"),
                (Some(line), None) => format!("line {line}"),
                _ => String::new(),
            };
            let goes = match remark.line {
                Some(line) => format!(
                    "<button type=\"button\" class=\"link\" data-act=\"line\" data-line=\"{line}\">{at}</button> "
                ),
                None => String::new(),
            };
            let place = match remark.place.as_str() {
                "" => String::new(),
                place => format!("<code>{}</code> ", text(place)),
            };
            format!(
                "<li class=\"{class}\"><span class=\"icon\" role=\"img\" aria-label=\"{word}\">{icon}</span> {goes}{place}{}</li>",
                text(&remark.message)
            )
        })
        .collect();
    let n = wording::counted(remarks.iter().filter(|r| !r.is_warning).count() as u64, "error");
    let of = wording::counted(remarks.iter().filter(|r| r.is_warning).count() as u64, "warning");
    format!("<p class=\"unseen\">{n}, {of}</p><ul class=\"remarks\">{items}</ul>")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(written: &[(&str, &str)], remarks: &[Remark], rules: usize) -> String {
        let value = |place: &str| {
            let found = written.iter().find(|(at, _)| *at == place);
            found.map_or(String::new(), |(_, value)| (*value).into())
        };
        Form {
            value: &value,
            entries: &|path| if path == "rules" { rules } else { 0 },
            remarks,
            segments: &[("<b>\"x\"".into(), true)],
            convention: "Of each column its own.",
        }
        .markup()
    }

    fn remark(place: &str, message: &str, is_warning: bool) -> Remark {
        Remark {
            place: place.into(),
            line: Some(3),
            column: None,
            message: message.into(),
            is_warning,
        }
    }

    #[test]
    fn a_field_shows_what_is_written_and_what_is_wrong_with_it() {
        let html = form(
            &[("thresholds.moderate", "a lot"), ("rules[0].for", "\"><script>")],
            &[
                remark("thresholds.moderate", "expected a number, found \"a lot\"", false),
                remark("rules[0].for", "shorter than <b>", true),
            ],
            1,
        );
        assert!(html.contains(
            "id=\"policy-moderate\" data-path=\"thresholds.moderate\" aria-describedby=\"problem-moderate\" \
             aria-invalid=\"true\" value=\"a lot\""
        ));
        assert!(html.contains(
            "id=\"problem-moderate\"><span class=\"wrong\">expected a number, found &quot;a lot&quot;</span>"
        ));
        assert!(html.contains("<span class=\"warning\">shorter than &lt;b&gt;</span>"));
        assert!(html.contains("id=\"policy-rules-0-for\"") && !html.contains("<script>"));
        assert!(html.contains("data-path=\"rules[0]\" aria-label=\"Remove alert 1\""));
        assert!(html.contains("value=\"&lt;b>&quot;x&quot;\" checked><bdi>&lt;b&gt;"));
    }

    #[test]
    fn a_choice_that_is_none_stays_to_be_seen() {
        let html = form(&[("bins", "7"), ("rails.mode", "on")], &[], 0);
        assert!(html.contains("<option value=\"7\" selected>7</option>"));
        assert!(html.contains("<option value=\"on\" selected>on</option>"));
        assert!(html.contains("No alert: nobody is told.") && html.contains("Add an alert"));
    }

    #[test]
    fn remarks_are_listed_with_their_lines_errors_first() {
        let html = remarks(&[remark("bins", "odd", true), remark("", "expected `=`", false)]);
        let (error, warning) = (html.find("expected `=`"), html.find("odd"));
        assert!(error < warning && html.contains("data-line=\"3\">line 3</button>"));
        assert!(html.contains("1 error, 1 warning"));
        assert!(remarks(&[]).contains("Nothing wrong"));
    }
}
