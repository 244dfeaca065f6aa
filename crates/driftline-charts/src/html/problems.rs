//! What is wrong with the files without stopping the comparison: where, what, and what to do about it.

use driftline_core::{
    report::{LeftOutWhy, Problem, Report},
    schema::{Field, Role},
};

use super::name;
use crate::{escape::text, wording};

/// So many problems are in sight; the others are unfolded.
const IN_SIGHT: usize = 3;

/// So many are listed at all; the saved report has every one.
const LISTED: usize = 200;

/// The problems; empty where there are none.
pub fn section(problems: &[Problem]) -> String {
    if problems.is_empty() {
        return String::new();
    }
    let (in_sight, rest) = problems.split_at(problems.len().min(IN_SIGHT));
    let mut html = format!("<ul>\n{}</ul>\n", lines(in_sight));
    if !rest.is_empty() {
        let listed = &rest[..rest.len().min(LISTED)];
        html += &format!(
            "<details><summary>Show {}</summary>\n<ul>\n{}</ul>\n",
            wording::counted(rest.len() as u64, "more note"),
            lines(listed),
        );
        if listed.len() < rest.len() {
            let more = wording::count((rest.len() - listed.len()) as u64);
            html += &format!("<p class=\"note\">{more} more are in the saved report.</p>\n");
        }
        html += "</details>\n";
    }
    let advice = problems.iter().find_map(|problem| wording::remedy(&problem.message));
    if let Some(advice) = advice {
        html += &format!("<p class=\"advice\">{advice}</p>\n");
    }
    html
}

fn lines(problems: &[Problem]) -> String {
    let line = |problem: &Problem| {
        format!(
            "<li><bdi class=\"place\">{}</bdi> {}</li>\n",
            text(&problem.place),
            name(&problem.message)
        )
    };
    problems.iter().map(line).collect()
}

/// Columns that were not compared, each with why and, where another role would include it, a choice of roles; empty where
/// there are none. `fields` are the baseline's columns.
pub fn left_out(report: &Report, fields: &[Field]) -> String {
    if report.left_out.is_empty() {
        return String::new();
    }
    let mut html = String::from("<ul>\n");
    for column in &report.left_out {
        html += &format!(
            "<li><span class=\"left-out-name\">{}</span> <span class=\"note\">{}</span>",
            name(&column.name),
            wording::left_out_why(column.why),
        );
        let field = fields.iter().find(|field| field.name == column.name);
        if let Some(field) = field.filter(|_| column.why != LeftOutWhy::NotInBaseline) {
            html += &role_select(&column.name, field.role, "decides whether it is compared", "0");
        }
        html += "</li>\n";
    }
    html + "</ul>\n"
}

/// A choice of what a column is for: `data-edit="role"` of `data-column`.
pub fn role_select(column: &str, role: Role, why: &str, tabindex: &str) -> String {
    let option = |choice: &Role| {
        let is_it = if *choice == role { " selected" } else { "" };
        format!("<option{is_it}>{}</option>", choice.name())
    };
    format!(
        "<select data-edit=\"role\" data-column=\"{0}\" aria-label=\"Role of {0}\" tabindex=\"{tabindex}\" \
         title=\"Role {why}; a change compares again\">{1}</select>",
        text(column),
        Role::ALL.iter().map(option).collect::<String>(),
    )
}
