//! What becomes of a spec's text, key by key.

use driftline_core::{
    convention::Convention,
    group::WindowSize,
    measure::KlDirection,
    rule::{Comparison, Hold},
    schema::Origin,
    trigger::Mode,
    verdict::Severity,
};

use super::*;

fn with(text: &str) -> Editor {
    let mut editor = Editor::default();
    editor.change(&Change::Text, text.into());
    editor
}

fn set(editor: &mut Editor, path: &str, value: &str) {
    let change = Change::Set { path: path.into(), value: value.into() };
    editor.change(&change, String::new());
}

fn said(editor: &Editor) -> Vec<String> {
    let said = |remark: &Remark| {
        let line = remark.line.map_or("-".into(), |line| line.to_string());
        let column = remark.column.map_or("-".into(), |column| column.to_string());
        format!("{line}:{column} {}: {}", remark.place, remark.message)
    };
    editor.remarks.iter().map(said).collect()
}

#[test]
fn the_shipped_policy_is_written_out_and_sound() {
    let editor = Editor::default();
    assert!(editor.is_sound && editor.remarks.is_empty(), "{:?}", said(&editor));
    assert!(!editor.is_changed());
    let shipped = MonitorSpec { window: Some(WindowSize::Auto), ..MonitorSpec::default() };
    assert_eq!(editor.spec, shipped, "{}", editor.text);
    for part in [
        "window = \"auto\"\n",
        "\n[[rules]]\nname = \"ModerateDataDrift\"\n",
        "\n[[triggers]]\nmetric = \"psi_score\"\n",
        "\n[[objectives.latency]]\nquantile = 0.95\nthreshold = \"100ms\"\n",
        "\n[rails]\n",
        "# What every action must pass.\n",
    ] {
        assert!(editor.text.contains(part), "no {part:?} in\n{}", editor.text);
    }
}

#[test]
fn every_spec_is_what_its_text_says() {
    for json in [
        r#"{}"#,
        r#"{"rules": [], "triggers": [], "objectives": {"latency": []}}"#,
        r#"{"columns": {"a.b \"c\"": {"role": "label"}}, "segments": {"by": ["x"], "top": 3}}"#,
        r#"{"measures": {"kl": {"direction": "reference_from_current"}}, "live": {"window": "3m"}, "budget_bytes": 2000000}"#,
        r#"{"rails": {"mode": "auto", "url": "https://x/{action}", "headers": {"a": "b"}},
            "window": "5000rows", "positive_class": "yes", "false_discovery_rate": 0.125}"#,
    ] {
        let spec: MonitorSpec = serde_json::from_str(json).unwrap();
        let editor = Editor::of(&spec);
        assert_eq!(editor.spec, spec, "{}", editor.text);
        assert!(editor.is_sound && !editor.is_changed(), "{:?}\n{}", said(&editor), editor.text);
    }
}

const OWN: &str = "\
# Ours.
bins = 20 # as agreed

[thresholds]
moderate = 0.05 # early

[[rules]]
name = \"Drift\" # the one
metric = \"psi_score\"
threshold = 0.2
for = \"10m\"
";

#[test]
fn a_field_changes_its_key_and_nothing_else() {
    let mut editor = with(OWN);
    assert!(editor.is_sound, "{:?}", said(&editor));
    set(&mut editor, "bins", "10");
    set(&mut editor, "thresholds.moderate", "0,08");
    set(&mut editor, "rules[0].for", "20m");
    let expected = OWN.replace("= 20", "= 10").replace("0.05", "0.08").replace("10m", "20m");
    assert_eq!(editor.text, expected);
    // What is not written yet is written where it belongs, and nothing typed takes it out again.
    set(&mut editor, "rules[0].severity", "critical");
    set(&mut editor, "rules[0].severity", "");
    set(&mut editor, "window", "1h");
    set(&mut editor, "window", "");
    assert_eq!(editor.text, expected);
}

#[test]
fn every_field_is_a_key_of_the_spec() {
    let mut editor = Editor::default();
    for (path, value) in [
        ("thresholds.moderate", "0.11"),
        ("thresholds.significant", "0.22"),
        ("thresholds.critical", "0.33"),
        ("bins", "20"),
        ("convention", "credit-risk"),
        ("measures.kl.direction", "reference_from_current"),
        ("window", "1d"),
        ("segments.top", "3"),
        ("false_discovery_rate", ",1"),
        ("positive_class", "fraud "),
        ("objectives.availability.success_rate", "0.99"),
        ("objectives.availability.period", "7d"),
        ("objectives.latency[1].quantile", "0.999"),
        ("objectives.latency[1].threshold", "2s"),
        ("rules[0].name", "Own"),
        ("rules[0].metric", "psi_score{feature=\"age\"}"),
        ("rules[0].comparison", ">"),
        ("rules[0].threshold", "0.15"),
        ("rules[0].for", "3windows"),
        ("rules[0].keep_firing_for", "5m"),
        ("rules[0].exit_threshold", "0.1"),
        ("rules[0].severity", "critical"),
        ("rules[0].action", "rollback"),
        ("rules[0].no_data", "alert"),
        ("triggers[0].action", "scale_down"),
        ("triggers[0].metric", "error_rate"),
        ("triggers[0].comparison", ">="),
        ("triggers[0].threshold", "1"),
        ("triggers[0].windows", "2"),
        ("triggers[0].of", "4"),
        ("triggers[0].cooldown", "2h"),
        ("rails.mode", "auto"),
        ("rails.target", "fraud"),
        ("rails.url", "command:roll-back"),
        ("rails.cooldown", "3h"),
        ("rails.max_rollbacks", "1"),
        ("rails.period", "12h"),
        ("rails.settle", "1m"),
        ("rails.on_inputs_alone", "true"),
        ("live.min_samples", "50"),
        ("live.window", "10m"),
    ] {
        let before = editor.text.clone();
        set(&mut editor, path, value);
        assert_ne!(editor.text, before, "{path}");
        assert!(field::of(path).is_some(), "{path} is no field");
    }
    assert!(editor.is_sound, "{:?}\n{}", said(&editor), editor.text);
    let spec = &editor.spec;
    assert_eq!((spec.bins, spec.convention), (20, Convention::CreditRisk));
    assert_eq!(spec.measures.kl.direction, KlDirection::ReferenceFromCurrent);
    assert_eq!((spec.window, spec.segments.top), (WindowSize::parse("1d"), 3));
    assert_eq!(spec.positive_class.as_deref(), Some("fraud"));
    assert!((spec.false_discovery_rate - 0.1).abs() < 1e-12);
    assert_eq!(spec.objectives.latency[1].threshold.to_string(), "2s");
    let rule = &spec.rules[0];
    assert_eq!((rule.name.as_str(), rule.hold), ("Own", Hold::Windows(3)));
    assert_eq!((rule.comparison, rule.severity), (Comparison::Greater, Severity::Critical));
    assert_eq!((rule.exit_threshold, rule.action), (Some(0.1), Some(Action::Rollback)));
    let trigger = &spec.triggers[0];
    assert_eq!((trigger.windows, trigger.of, trigger.action), (2, Some(4), Action::ScaleDown));
    assert_eq!((spec.rails.mode, spec.rails.max_rollbacks), (Mode::Auto, 1));
    assert!(spec.rails.on_inputs_alone);
    assert_eq!(spec.live.min_samples, 50);
}

#[test]
fn a_shipped_list_is_written_when_one_of_it_changes() {
    let mut editor = with("bins = 10\n");
    assert_eq!((editor.entries("rules"), editor.value("rules[2].for")), (5, "2m".into()));
    set(&mut editor, "rules[2].for", "4m");
    assert_eq!(editor.spec.rules.len(), 5);
    assert_eq!(editor.spec.rules[2].hold, Hold::parse("4m").unwrap());
    assert!(editor.text.starts_with("bins = 10\n\n[[rules]]\n"), "{}", editor.text);
}

#[test]
fn entries_come_and_go() {
    let mut editor = with("");
    for (path, n) in [("rules", 5), ("triggers", 4), ("objectives.latency", 2)] {
        for added in 1..=2 {
            editor.change(&Change::Add { path: path.into() }, String::new());
            assert_eq!(editor.entries(path), n + added, "{path}");
            assert!(editor.is_sound, "{path}: {:?}", said(&editor));
        }
        for left in (0..n + 2).rev() {
            let change = Change::Remove { path: format!("{path}[0]") };
            editor.change(&change, String::new());
            assert_eq!(editor.entries(path), left, "{path}\n{}", editor.text);
            assert!(editor.is_sound, "{path}: {:?}\n{}", said(&editor), editor.text);
        }
        // None at all is not the shipped list.
        editor.change(&Change::Add { path: path.into() }, String::new());
        assert_eq!(editor.entries(path), 1, "{}", editor.text);
    }
    assert_eq!(editor.spec.rules[0].name, "NewAlert1");
    // Lists in a line stay in a line.
    let mut editor = with(
        "triggers = [{ metric = \"error_rate\", threshold = 0.1, action = \"alert\" }] # few\n",
    );
    editor.change(&Change::Add { path: "triggers".into() }, String::new());
    assert_eq!((editor.spec.triggers.len(), editor.text.lines().count()), (2, 1));
    editor.change(&Change::Remove { path: "triggers[9]".into() }, String::new());
    assert_eq!(editor.spec.triggers.len(), 2);
}

#[test]
fn what_is_wrong_is_told_with_line_column_and_key() {
    for (text, expected) in [
        ("bins = \n", "1:8 : "),
        ("bins = 10\nbin = 3\n", "2:1 bin: unknown field `bin`"),
        ("bins = \"many\"\n", "1:8 bins: expected a number, found \"many\""),
        (
            "[thresholds]\nmoderate = \"a lot\"\n",
            "2:12 thresholds.moderate: expected a number, found \"a lot\"",
        ),
        (
            "[rails]\nmode = \"on\"\n",
            "2:8 rails.mode: expected one of \"off\", \"dry-run\", \"approve\", \"auto\", found \"on\"",
        ),
        ("window = \"10 mins\"\n", "1:10 window: expected"),
        (
            "# čaj\n[[rules]]\nname = \"A\"\nmetric = \"psi_score\"\nthreshold = 1\nfor = \"ten\"\n",
            "6:7 rules[0].for: expected a duration such as \"10m\" or \"3windows\", found \"ten\"",
        ),
        ("bins = 7\n", "1:1 bins: expected a number of bins that divides 1000"),
        ("[rails]\nmax_rollbacks = 0\n", "2:1 rails.max_rollbacks: expected 1 to 1000, found 0"),
        ("[rails]\nmode = \"auto\"\n", "1:2 rails.url: expected an address"),
        (
            "[[rules]]\nmetric = \"psi_score\"\nthreshold = 1\n",
            "1:1 rules[0]: missing field `name`",
        ),
    ] {
        let editor = with(text);
        let found = said(&editor);
        assert!(!editor.is_sound && found[0].starts_with(expected), "{text}: {found:#?}");
        // The latest sound spec is in force.
        assert_eq!(editor.compare.bins, 10);
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let text = "window = \"often\"\nbins = \"x\"\n\n[rails]\ncooldown = \"1 hour\"\nmode = \"on\"\nbudget = 3\n";
    let editor = with(text);
    let mut found: Vec<String> = editor.remarks.iter().map(|r| r.place.clone()).collect();
    found.sort();
    assert_eq!(found, ["bins", "rails.budget", "rails.cooldown", "rails.mode", "window"]);
}

#[test]
fn while_the_text_cannot_be_read_the_form_keeps_the_last_good() {
    let mut editor = with("bins = 20\n");
    editor.change(&Change::Text, "bins = 20\n[rails".into());
    assert!(!editor.is_sound && editor.remarks[0].line == Some(2), "{:?}", said(&editor));
    assert_eq!((editor.value("bins"), editor.compare.bins), ("20".into(), 20));
    let shown = editor.shown(&[]);
    assert!(shown.form.contains("<option value=\"20\" selected>") && !shown.is_sound);
    assert!(shown.remarks.contains("line 2"), "{}", shown.remarks);
}

#[test]
fn warnings_of_what_people_wrote_stand_at_their_lines() {
    let text = "[[rules]]\nname = \"A\"\nmetric = \"error_rate\"\nthreshold = 5\n";
    let editor = with(text);
    assert!(editor.is_sound);
    assert!(said(&editor)[0].starts_with("4:1 rules[0].threshold: > 5 is never true"));
    assert!(editor.remarks[0].is_warning);
}

#[test]
fn changes_are_taken_back_and_done_again() {
    let mut editor = Editor::default();
    let first = editor.text.clone();
    for typed in ["0.1", "0.12", "0.123"] {
        set(&mut editor, "thresholds.moderate", typed);
    }
    set(&mut editor, "bins", "20");
    editor.change(&Change::Undo, String::new());
    assert_eq!(editor.spec.bins, 10);
    // What was typed in one field is one change.
    editor.change(&Change::Undo, String::new());
    assert_eq!(editor.text, first);
    assert!(editor.undo.is_empty());
    editor.change(&Change::Redo, String::new());
    editor.change(&Change::Redo, String::new());
    assert_eq!((editor.spec.bins, editor.value("thresholds.moderate")), (20, "0.123".into()));
    editor.change(&Change::Redo, String::new());
    // Another change, and there is nothing to do again.
    editor.change(&Change::Undo, String::new());
    set(&mut editor, "bins", "25");
    assert!(editor.redo.is_empty() && editor.is_changed());
    editor.change(&Change::Reset, String::new());
    assert_eq!(editor.text, first);
    editor.change(&Change::Undo, String::new());
    assert_eq!(editor.spec.bins, 25);
}

#[test]
fn roles_of_columns_are_keys_that_outlive_a_reset_but_not_other_files() {
    let mut editor = Editor::default();
    let first = editor.text.clone();
    set(&mut editor, "columns.a.b \"c\".role", "label");
    set(&mut editor, "columns.age.kind", "categorical");
    assert_eq!(editor.spec.columns["a.b \"c\""].role, Some(Role::Label));
    assert!(!editor.is_changed());
    set(&mut editor, "bins", "20");
    editor.change(&Change::Reset, String::new());
    assert_eq!((editor.spec.bins, editor.spec.columns.len()), (10, 2));
    set(&mut editor, "columns.age.kind", "");
    set(&mut editor, "columns.a.b \"c\".role", "");
    assert_eq!(editor.text, first);
    let toggle = Change::Toggle { path: "segments.by".into(), name: "city".into() };
    editor.change(&toggle, String::new());
    assert_eq!(editor.spec.segments.by, ["city"]);
    editor.change(&toggle, String::new());
    assert!(editor.spec.segments.by.is_empty());
    editor.change(&toggle, String::new());
    set(&mut editor, "columns.age.role", "id");
    editor.change(&Change::ForgetColumns, String::new());
    assert!(editor.spec.columns.is_empty() && editor.spec.segments.by.is_empty());
}

#[test]
fn columns_of_categories_can_be_picked() {
    let field = |name: &str, kind, role| Field {
        name: name.into(),
        kind,
        role,
        role_from: Origin::Default,
        time_form: None,
    };
    let fields = [
        field("<city>", Kind::Categorical, Role::Feature),
        field("age", Kind::Numeric, Role::Feature),
        field("id", Kind::Categorical, Role::Id),
    ];
    let mut editor = with("[segments]\nby = [\"gone\"]\n");
    let form = editor.shown(&fields).form;
    for (at, part) in
        ["value=\"&lt;city>\"><bdi>&lt;city&gt;", "value=\"gone\" checked>"].iter().enumerate()
    {
        assert!(form.contains(&format!("id=\"policy-by-{at}\"")) && form.contains(part), "{part}");
    }
    assert!(!form.contains("policy-by-2"));
    let toggle = Change::Toggle { path: "segments.by".into(), name: "<city>".into() };
    editor.change(&toggle, String::new());
    assert_eq!(editor.spec.segments.by, ["gone", "<city>"]);
}
