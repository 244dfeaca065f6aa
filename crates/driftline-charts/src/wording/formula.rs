//! The measures' formulas, for people who ask: each with its symbols named. The core's documentation has them in full.

/// The symbols that most formulas share.
const SHARES: &str = "p, q: the baseline’s and the current rows’ share of a cell";
const CURVES: &str = "F, G: the share of the baseline’s and of the current values up to x";
const COUNTS: &str = "O: rows in a cell of one side; E: row total · column total / total; B cells";

/// A measure's formula and what its symbols mean; `None` for a name that no measure has.
///
/// ```
/// use driftline_charts::wording::formula::of_measure;
/// assert_eq!(of_measure("total_variation").map(|(formula, _)| formula), Some("½ Σ |p − q|"));
/// ```
pub fn of_measure(id: &str) -> Option<(&'static str, &'static str)> {
    Some(match id {
        "psi" => (
            "Σ (Q − P) · ln(Q / P)",
            "P, Q: p and q, but at least 0.0001; p, q: the baseline’s and the current rows’ share of a cell",
        ),
        "kl" => (
            "Σ Q · ln(Q / P), or with P and Q exchanged",
            "P, Q: p and q, but at least 0.0001; p, q: the baseline’s and the current rows’ share of a cell; in nats",
        ),
        "js" => (
            "½ Σ p · log₂(p / a) + ½ Σ q · log₂(q / a)",
            "a = (p + q) / 2; p, q: the baseline’s and the current rows’ share of a cell; in bits",
        ),
        "hellinger" => ("√(½ Σ (√p − √q)²)", SHARES),
        "total_variation" => ("½ Σ |p − q|", SHARES),
        "wasserstein" => ("∫ |F(x) − G(x)| dx", CURVES),
        "ks" => ("max over x of |F(x) − G(x)|", CURVES),
        "cramer_von_mises" => (
            "nm / (n + m)² · Σ (F − G)² over all rows",
            "F, G: the share of the baseline’s and of the current values up to a row’s; n, m: rows of each side; ties by their mean",
        ),
        "anderson_darling" => (
            "(N − 1) / N² · (1/n + 1/m) · Σ l · Δ² / (B(N − B) − N·l/4)",
            "Δ = m·Mr − n·Mc, N = n + m; of each value: l rows that hold it, B, Mr, Mc rows of both, the baseline’s and the current side below it and half of those at it",
        ),
        "chi_square" => ("Σ (O − E)² / E", COUNTS),
        "g_test" => ("2 Σ O · ln(O / E)", COUNTS),
        "cramer_v" => ("√(X² / N)", "X²: the χ² statistic; N: rows of both sides"),
        "mean_shift" => (
            "|b − a| / √(((n − 1)·s² + (m − 1)·t²) / (n + m − 2))",
            "a, b: the baseline’s and the current mean; s², t²: their variances; n, m: their rows",
        ),
        "variance_shift" => {
            ("|ln(t / s)|", "s, t: the baseline’s and the current standard deviation")
        }
        "missing_share" => (
            "|b − a|",
            "a, b: the share of the baseline’s and of the current rows that hold nothing",
        ),
        "new_levels" => (
            "c / m",
            "c: current rows whose level the baseline never held; m: current rows that hold a value",
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_has_its_formula() {
        for info in driftline_core::measure::MEASURES {
            assert!(of_measure(info.id).is_some(), "{}", info.id);
        }
    }
}
