//! A spec's text: read with the place of every key, and changed key by key, so that comments, order and all else stay as
//! people wrote them.

use alloc::{format, string::String, vec::Vec};
use core::ops::Range;

use driftline_charts::html::editor::field::{self, Input};
use driftline_core::spec::MonitorSpec;
use toml_edit::{Array, ArrayOfTables, Document, DocumentMut, InlineTable, Item, Table, Value};

/// A text that could be read.
#[derive(Clone, Debug)]
pub(super) struct Written {
    document: Document<String>,
    entries: Vec<Entry>,
}

/// Where a key is written.
#[derive(Clone, Debug)]
struct Entry {
    /// As problems name it.
    place: String,
    /// The key, or the heading of a table.
    key: Range<usize>,
    /// What stands behind it.
    value: Range<usize>,
}

/// What is wrong at a place of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// In bytes from the beginning.
    pub(super) at: Option<usize>,
    /// The key; empty for the text as a whole.
    pub(super) place: String,
    /// What was expected, and what was found.
    pub(super) message: String,
}

/// A step to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

/// The spec, as it is written where nothing is.
pub(super) fn defaults() -> DocumentMut {
    toml_edit::ser::to_document(&MonitorSpec::default()).unwrap_or_default()
}

impl Written {
    /// Reads a text.
    pub(super) fn read(text: &str) -> Result<Written, Fault> {
        let document = Document::parse(String::from(text)).map_err(|error| Fault {
            at: error.span().map(|span| span.start),
            place: String::new(),
            message: one_line(error.message()),
        })?;
        let mut entries = Vec::new();
        walk(document.as_item(), "", &mut entries);
        Ok(Written { document, entries })
    }

    /// What is written at a place, as people would type it; `None` where nothing is.
    pub(super) fn value(&self, place: &str) -> Option<String> {
        shown(find(self.document.as_item(), &steps(place))?)
    }

    /// How many entries a list has; `None` where it is not written.
    pub(super) fn entries(&self, place: &str) -> Option<usize> {
        length(find(self.document.as_item(), &steps(place))?)
    }

    /// The texts in a list.
    pub(super) fn names(&self, place: &str) -> Vec<String> {
        let list = find(self.document.as_item(), &steps(place)).and_then(Item::as_array);
        list.into_iter().flatten().filter_map(|name| name.as_str().map(String::from)).collect()
    }

    /// Where a key is written, or else the nearest one that holds it.
    pub(super) fn at(&self, place: &str) -> Option<usize> {
        let mut rest = place;
        while !rest.is_empty() {
            if let Some(entry) = self.entries.iter().find(|entry| entry.place == rest) {
                return Some(entry.key.start);
            }
            rest = &rest[..rest.rfind(['.', '['])?];
        }
        None
    }

    /// The spec, or everything that keeps it from being one.
    pub(super) fn spec(&self) -> Result<MonitorSpec, Vec<Fault>> {
        const MOST_FAULTS: usize = 20;
        let mut faults = self.wrong_kinds();
        let mut text = String::from(self.document.raw());
        for fault in &faults {
            self.blank(&fault.place, &mut text);
        }
        while faults.len() < MOST_FAULTS {
            let error = match toml_edit::de::from_str::<MonitorSpec>(&text) {
                Ok(spec) if faults.is_empty() => return Ok(spec),
                Ok(_) => break,
                Err(error) => error,
            };
            let at = error.span().map(|span| span.start);
            let message = one_line(error.message());
            // What was taken out so that more could be found is not missing, and what is missing cannot be taken out.
            let is_missing = message.contains("missing field");
            if is_missing && !faults.is_empty() {
                break;
            }
            let place = at.and_then(|at| self.place_of(at)).unwrap_or_default();
            let is_told = faults.iter().any(|fault| fault.place == place);
            if !is_told {
                faults.push(Fault { at, place: place.clone(), message });
            }
            if is_told || is_missing || !self.blank(&place, &mut text) {
                break;
            }
        }
        Err(faults)
    }

    /// Fields that hold another kind of value than they should, in the words of the form.
    fn wrong_kinds(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for entry in &self.entries {
            let Some(field) = field::of(&entry.place) else { continue };
            let Some(item) = find(self.document.as_item(), &steps(&entry.place)) else { continue };
            let is_number = item.is_integer() || item.is_float();
            let choices = field.input.choices();
            let typed = shown(item).unwrap_or_default();
            let expected = match field.input {
                input if input.is_number() && !is_number => "a number".into(),
                Input::Flag if !item.is_bool() => "true or false".into(),
                Input::Choice(_) | Input::Convention
                    if !choices.iter().any(|(choice, _)| *choice == typed) =>
                {
                    let names = choices.iter().filter(|(choice, _)| !choice.is_empty());
                    let names: Vec<String> =
                        names.map(|(choice, _)| format!("\"{choice}\"")).collect();
                    format!("one of {}", names.join(", "))
                }
                _ => continue,
            };
            let found = match (typed.trim(), item.is_str()) {
                ("", _) => "nothing".into(),
                (typed, true) => format!("\"{typed}\""),
                (typed, false) => typed.into(),
            };
            faults.push(Fault {
                at: Some(entry.value.start),
                place: entry.place.clone(),
                message: format!("expected {expected}, found {found}"),
            });
        }
        faults
    }

    /// The innermost key whose writing holds this byte.
    fn place_of(&self, at: usize) -> Option<String> {
        let holds = |range: &Range<usize>| range.contains(&at);
        let holding = self.entries.iter().filter(|entry| holds(&entry.key) || holds(&entry.value));
        // Of a table and its first entry under one heading, the entry.
        let size = |entry: &&Entry| match holds(&entry.key) {
            true => (entry.key.len(), core::cmp::Reverse(entry.place.len())),
            false => (entry.value.len(), core::cmp::Reverse(entry.place.len())),
        };
        holding.min_by_key(size).map(|entry| entry.place.clone())
    }

    /// Takes a key out of the text and leaves everything else where it is. Whether it is written.
    fn blank(&self, place: &str, text: &mut String) -> bool {
        let Some(entry) = self.entries.iter().find(|entry| entry.place == place) else {
            return false;
        };
        let (start, end) = (entry.key.start, entry.value.end.max(entry.key.end));
        let Some(written) = text.get(start..end) else { return false };
        let blank: String = written
            .chars()
            .flat_map(|c| core::iter::repeat_n(if c == '\n' { c } else { ' ' }, c.len_utf8()))
            .collect();
        text.replace_range(start..end, &blank);
        true
    }

    fn changed(&self) -> DocumentMut {
        self.document.clone().into_mut()
    }

    /// The text with another value at a place, as it was typed; nothing typed takes the key out, so that the default
    /// stands.
    pub(super) fn set(&self, place: &str, typed: &str, defaults: &DocumentMut) -> Option<String> {
        let input = field::of(place).map_or(Input::Text, |field| field.input);
        let typed = typed.trim();
        let steps = steps(place);
        let (leaf, above) = steps.split_last()?;
        let Step::Key(leaf) = leaf else { return None };
        let mut document = self.changed();
        let is_needed = matches!(
            (above.last(), leaf.as_str()),
            (Some(Step::Index(_)), "name" | "metric" | "threshold" | "quantile")
        ) || (matches!(above.last(), Some(Step::Index(_)))
            && leaf == "action"
            && place.starts_with("triggers"));
        if typed.is_empty() && !is_needed {
            let table = find_mut(document.as_item_mut(), above)?.as_table_like_mut()?;
            table.remove(leaf)?;
            drop_empty(&mut document, above);
            return Some(document.to_string());
        }
        let table = make(&mut document, above, defaults)?.as_table_like_mut()?;
        let mut value = value_of(input, typed);
        match table.get_mut(leaf).and_then(Item::as_value_mut) {
            Some(old) => {
                *value.decor_mut() = old.decor().clone();
                *old = value;
            }
            None => drop(table.insert(leaf, Item::Value(value))),
        }
        Some(document.to_string())
    }

    /// The text with a name more or less in a list of names.
    pub(super) fn toggle(&self, place: &str, name: &str, defaults: &DocumentMut) -> Option<String> {
        let steps = steps(place);
        let (Step::Key(leaf), above) = steps.split_last()? else { return None };
        let mut document = self.changed();
        let table = make(&mut document, above, defaults)?.as_table_like_mut()?;
        if table.get(leaf).and_then(Item::as_array).is_none() {
            table.insert(leaf, Item::Value(Value::Array(Array::new())));
        }
        let names = table.get_mut(leaf)?.as_array_mut()?;
        let at = names.iter().position(|other| other.as_str() == Some(name));
        match at {
            Some(at) => drop(names.remove(at)),
            None => names.push(name),
        }
        Some(document.to_string())
    }

    /// The text with a new entry at the end of a list.
    pub(super) fn add(
        &self,
        place: &str,
        entry: &[(&str, Value)],
        defaults: &DocumentMut,
    ) -> Option<String> {
        let mut document = self.changed();
        let steps = steps(place);
        let (Step::Key(leaf), above) = steps.split_last()? else { return None };
        write_list(&mut document, above, leaf, defaults)?;
        let list = find_mut(document.as_item_mut(), &steps)?;
        match list {
            Item::ArrayOfTables(tables) => {
                let mut table = Table::new();
                for (key, value) in entry {
                    table.insert(key, Item::Value(value.clone()));
                }
                tables.push(table);
            }
            Item::Value(Value::Array(array)) if !array.is_empty() => {
                array.push(entry.iter().cloned().collect::<InlineTable>());
            }
            other => {
                let mut tables = ArrayOfTables::new();
                let mut table = Table::new();
                for (key, value) in entry {
                    table.insert(key, Item::Value(value.clone()));
                }
                tables.push(table);
                *other = Item::ArrayOfTables(tables);
            }
        }
        Some(document.to_string())
    }

    /// The text without an entry of a list.
    pub(super) fn remove(&self, place: &str, defaults: &DocumentMut) -> Option<String> {
        let steps = steps(place);
        let (Step::Index(index), list) = steps.split_last()? else { return None };
        let (Step::Key(leaf), above) = list.split_last()? else { return None };
        let mut document = self.changed();
        write_list(&mut document, above, leaf, defaults)?;
        let list = find_mut(document.as_item_mut(), list)?;
        if *index >= length(list)? {
            return None;
        }
        match list {
            Item::ArrayOfTables(tables) => drop(tables.remove(*index)),
            Item::Value(Value::Array(array)) => drop(array.remove(*index)),
            _ => return None,
        }
        // A list that is not written is the shipped one: none at all has to be said.
        if length(list) == Some(0) {
            *list = Item::Value(Value::Array(Array::new()));
        }
        Some(document.to_string())
    }

    /// The text without a key.
    pub(super) fn without(&self, place: &str) -> Option<String> {
        let steps = steps(place);
        let (Step::Key(leaf), above) = steps.split_last()? else { return None };
        let mut document = self.changed();
        find_mut(document.as_item_mut(), above)?.as_table_like_mut()?.remove(leaf)?;
        Some(document.to_string())
    }

    /// This text with another's key, where that has it.
    pub(super) fn with_key_of(&self, key: &str, other: &Written) -> Option<String> {
        let item = other.document.as_table().get(key)?.clone();
        let mut document = self.changed();
        document.insert(key, item);
        // Positions are those of the other text.
        Some(document.to_string())
    }
}

/// A spec as text: what differs from the shipped policy little is written in full, the rest by what differs.
pub(super) fn write(spec: &MonitorSpec) -> String {
    let mut document = toml_edit::ser::to_document(spec).unwrap_or_default();
    let defaults = defaults();
    for key in ["measures", "live", "budget_bytes"] {
        if let (Some(item), Some(default)) = (document.get_mut(key), defaults.get(key))
            && is_default(item, default)
        {
            document.remove(key);
        }
    }
    if document.get("columns").and_then(Item::as_table_like).is_some_and(|c| c.is_empty()) {
        document.remove("columns");
    }
    let keys: Vec<String> = document.iter().map(|(key, _)| key.into()).collect();
    for key in &keys {
        if let Some(item) = document.get_mut(key) {
            expand(item, matches!(key.as_str(), "objectives" | "measures" | "columns"));
        }
    }
    let comments = [
        ("thresholds", "Severity by PSI."),
        ("objectives", "How quick and how reliable is enough."),
        ("rules", "When to alert, by Prometheus’ rules: pending until “for” is over, then firing."),
        ("triggers", "When to act: on evidence, in so many distinct windows."),
        ("rails", "What every action must pass."),
    ];
    for (key, comment) in comments {
        let prefix = format!("\n# {comment}\n");
        match document.get_mut(key) {
            Some(Item::Table(table)) => {
                if key == "objectives" {
                    if let Some(Item::ArrayOfTables(tables)) = table.get_mut("latency")
                        && let Some(first) = tables.get_mut(0)
                    {
                        first.decor_mut().set_prefix(prefix);
                    }
                } else {
                    table.decor_mut().set_prefix(prefix);
                }
            }
            Some(Item::ArrayOfTables(tables)) => {
                if let Some(first) = tables.get_mut(0) {
                    first.decor_mut().set_prefix(prefix);
                }
            }
            _ => {}
        }
    }
    document.to_string()
}

/// Takes out of a table what is the default; whether nothing is left.
fn is_default(item: &mut Item, default: &Item) -> bool {
    let (Some(table), Some(defaults)) = (item.as_table_like_mut(), default.as_table_like()) else {
        return shown(item) == shown(default);
    };
    let keys: Vec<String> = table.iter().map(|(key, _)| key.into()).collect();
    for key in keys {
        if let (Some(item), Some(default)) = (table.get_mut(&key), defaults.get(&key))
            && is_default(item, default)
        {
            table.remove(&key);
        }
    }
    table.is_empty()
}

/// As people write it: tables and lists of tables under headings.
fn expand(item: &mut Item, is_deep: bool) {
    let owned = core::mem::take(item);
    *item = match owned.into_array_of_tables() {
        Ok(tables) if !tables.is_empty() => Item::ArrayOfTables(tables),
        Ok(tables) => Item::Value(Value::Array(tables.into_array())),
        Err(other) => match other {
            Item::Value(Value::InlineTable(table)) => {
                let mut table = table.into_table();
                if is_deep {
                    table.set_implicit(true);
                    let keys: Vec<String> = table.iter().map(|(key, _)| key.into()).collect();
                    for key in keys {
                        if let Some(item) = table.get_mut(&key) {
                            expand(item, false);
                        }
                    }
                }
                Item::Table(table)
            }
            other => other,
        },
    };
}

/// What was typed, as a value: a comma is a decimal point in half of the world, and what is no number stays to be seen.
fn value_of(input: Input, typed: &str) -> Value {
    match input {
        Input::Flag => Value::from(typed == "true"),
        input if input.is_number() => {
            let plain = typed.replace(',', ".");
            let number = plain.strip_prefix('+').unwrap_or(&plain);
            let leading = if number.starts_with('.') { "0" } else { "" };
            match (number.parse::<i64>(), format!("{leading}{number}").parse::<Value>()) {
                (Ok(whole), _) => Value::from(whole),
                (_, Ok(value @ Value::Float(_))) => value.decorated("", ""),
                _ => Value::from(typed),
            }
        }
        _ => Value::from(typed),
    }
}

/// The table at a place, made where it is missing: a list that is not written yet is the shipped one, which is written
/// then.
fn make<'a>(
    document: &'a mut DocumentMut,
    steps: &[Step],
    defaults: &DocumentMut,
) -> Option<&'a mut Item> {
    if let Some(at) = steps.iter().position(|step| matches!(step, Step::Index(_))) {
        let (Step::Key(leaf), above) = steps[..at].split_last()? else { return None };
        write_list(document, above, leaf, defaults)?;
        return find_mut(document.as_item_mut(), steps);
    }
    let mut item = document.as_item_mut();
    let mut is_inline = false;
    for (depth, step) in steps.iter().enumerate() {
        let Step::Key(key) = step else { return None };
        is_inline |= item.is_inline_table();
        let table = item.as_table_like_mut()?;
        if table.get(key).is_none_or(Item::is_none) {
            let made = if is_inline {
                Item::Value(Value::InlineTable(InlineTable::new()))
            } else {
                let mut made = Table::new();
                made.set_implicit(depth + 1 < steps.len());
                Item::Table(made)
            };
            table.insert(key, made);
        }
        item = table.get_mut(key)?;
    }
    Some(item)
}

/// Writes a list as it is shipped, where it is not written.
fn write_list(
    document: &mut DocumentMut,
    above: &[Step],
    leaf: &str,
    defaults: &DocumentMut,
) -> Option<()> {
    let parent = make(document, above, defaults)?.as_table_like_mut()?;
    if parent.get(leaf).is_some_and(|item| !item.is_none()) {
        return Some(());
    }
    let mut list = find(defaults.as_item(), above)?.as_table_like()?.get(leaf)?.clone();
    expand(&mut list, false);
    parent.insert(leaf, list);
    Some(())
}

/// Takes away tables that hold nothing any more, from the innermost: roles and kinds that were taken back leave no trace.
fn drop_empty(document: &mut DocumentMut, steps: &[Step]) {
    for depth in (1..=steps.len()).rev() {
        let (Some(Step::Key(leaf)), above) = (steps.get(depth - 1), &steps[..depth - 1]) else {
            return;
        };
        let Some(table) = find_mut(document.as_item_mut(), above).and_then(Item::as_table_like_mut)
        else {
            return;
        };
        let is_empty = |item: &Item| item.as_table_like().is_some_and(|table| table.is_empty());
        if !table.get(leaf).is_some_and(is_empty) {
            return;
        }
        table.remove(leaf);
    }
}

/// `rules[2].for`; a column's name may hold anything.
fn steps(place: &str) -> Vec<Step> {
    if let Some((name, leaf)) = place.strip_prefix("columns.").and_then(|at| at.rsplit_once('.')) {
        return ["columns", name, leaf].map(|key| Step::Key(key.into())).into();
    }
    let mut steps = Vec::new();
    for part in place.split('.') {
        let (key, index) = match part.strip_suffix(']').and_then(|part| part.split_once('[')) {
            Some((key, index)) => (key, index.parse().ok()),
            None => (part, None),
        };
        steps.push(Step::Key(key.into()));
        steps.extend(index.map(Step::Index));
    }
    steps
}

fn find<'a>(item: &'a Item, steps: &[Step]) -> Option<&'a Item> {
    steps.iter().try_fold(item, |item, step| match step {
        Step::Key(key) => item.get(key.as_str()),
        Step::Index(index) => item.get(*index),
    })
}

fn find_mut<'a>(item: &'a mut Item, steps: &[Step]) -> Option<&'a mut Item> {
    steps.iter().try_fold(item, |item, step| match step {
        Step::Key(key) => item.get_mut(key.as_str()),
        Step::Index(index) => item.get_mut(*index),
    })
}

fn length(item: &Item) -> Option<usize> {
    match item {
        Item::ArrayOfTables(tables) => Some(tables.len()),
        Item::Value(Value::Array(array)) => Some(array.len()),
        _ => None,
    }
}

/// A value as people would type it.
fn shown(item: &Item) -> Option<String> {
    Some(match item.as_value()? {
        Value::String(text) => text.value().clone(),
        Value::Integer(number) => number.value().to_string(),
        Value::Float(number) => number.value().to_string(),
        Value::Boolean(flag) => flag.value().to_string(),
        other => other.to_string().trim().into(),
    })
}

pub(super) fn default_at(defaults: &DocumentMut, place: &str) -> Option<String> {
    shown(find(defaults.as_item(), &steps(place))?)
}

pub(super) fn default_entries(defaults: &DocumentMut, place: &str) -> usize {
    find(defaults.as_item(), &steps(place)).and_then(length).unwrap_or(0)
}

/// Every key with where it is written.
fn walk(item: &Item, place: &str, entries: &mut Vec<Entry>) {
    if let Some(table) = item.as_table_like() {
        for (name, child) in table.iter() {
            let at = if place.is_empty() { name.into() } else { format!("{place}.{name}") };
            let key = table.key(name).and_then(|key| key.span());
            let value = child.span();
            if let Some(key) = key.or_else(|| value.clone()) {
                let value = value.unwrap_or_else(|| key.clone());
                entries.push(Entry { place: at.clone(), key, value });
            }
            walk(child, &at, entries);
        }
        return;
    }
    for index in 0..length(item).unwrap_or(0) {
        let Some(child) = item.get(index) else { continue };
        let at = format!("{place}[{index}]");
        if let Some(span) = child.span() {
            entries.push(Entry { place: at.clone(), key: span.clone(), value: span });
        }
        walk(child, &at, entries);
    }
}

/// Whatever the parser says on many lines.
fn one_line(message: &str) -> String {
    message.trim().replace('\n', ", ")
}
