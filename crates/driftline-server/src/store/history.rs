//! History on disk: what a value was, kept finely for hours and coarsely for years.

use driftline_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;

use super::journal::{from_sql, to_sql};

/// How finely values are kept, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// A bucket's length in seconds.
    pub seconds: u32,
    /// How many buckets of a series are kept, counted back from its newest.
    pub buckets: u32,
}

/// 15 s for 6 h, 1 min for 48 h, 1 h for 30 d, 1 d for 400 d: 5,440 buckets of a series, about 400 KiB.
pub const RESOLUTIONS: [Resolution; 4] = [
    Resolution { seconds: 15, buckets: 1440 },
    Resolution { seconds: 60, buckets: 2880 },
    Resolution { seconds: 3600, buckets: 720 },
    Resolution { seconds: 86_400, buckets: 400 },
];

impl Resolution {
    const fn micros(self) -> i64 {
        self.seconds as i64 * 1_000_000
    }

    fn span_micros(self) -> i64 {
        self.micros().saturating_mul(i64::from(self.buckets))
    }
}

/// A value at an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryPoint {
    /// What it is a value of, such as `default/psi_score/amount`.
    pub series: String,
    /// When.
    pub at: Timestamp,
    /// The value; one that is not finite is left out.
    pub value: f64,
}

/// Which part of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryQuery {
    /// The series' name.
    pub series: String,
    /// Not before.
    pub from: Timestamp,
    /// Before.
    pub to: Timestamp,
    /// At most so many buckets: finer ones are put together.
    pub points: u32,
}

/// What a series was for a while.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HistoryBucket {
    /// When it begins.
    pub at: Timestamp,
    /// How many values there were.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// The last.
    pub last: f64,
}

/// Adds a point to each resolution; says whether there was a place for it.
pub(crate) fn add(db: &Connection, point: &HistoryPoint, most: u64) -> rusqlite::Result<bool> {
    if !point.value.is_finite() {
        return Ok(true);
    }
    let Some(series) = series(db, &point.series, most)? else { return Ok(false) };
    let mut statement = db.prepare_cached(
        "INSERT INTO history (series, resolution, at, n, sum, min, max, last) VALUES (?1, ?2, ?3, 1, ?4, ?4, ?4, ?4) \
         ON CONFLICT (series, resolution, at) DO UPDATE SET n = n + 1, sum = sum + excluded.sum, \
         min = min(min, excluded.min), max = max(max, excluded.max), last = excluded.last",
    )?;
    for resolution in RESOLUTIONS {
        let at = point.at.micros();
        let bucket = at.saturating_sub(at.rem_euclid(resolution.micros()));
        statement.execute(params![series, resolution.seconds, bucket, point.value])?;
    }
    Ok(true)
}

fn series(db: &Connection, name: &str, most: u64) -> rusqlite::Result<Option<i64>> {
    let found = db
        .prepare_cached("SELECT id FROM series WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    if found.is_some() {
        return Ok(found);
    }
    let count: i64 =
        db.prepare_cached("SELECT count(*) FROM series")?.query_row([], |row| row.get(0))?;
    if from_sql(count) >= most {
        return Ok(None);
    }
    db.prepare_cached("INSERT INTO series (name) VALUES (?1)")?.execute([name])?;
    Ok(Some(db.last_insert_rowid()))
}

pub(crate) fn names(db: &Connection, prefix: &str, limit: u32) -> rusqlite::Result<Vec<String>> {
    db.prepare_cached(
        "SELECT name FROM series WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name LIMIT ?2",
    )?
    .query_map(params![prefix, limit], |row| row.get(0))?
    .collect()
}

/// The finest resolution that reaches back far enough, put together into at most as many buckets as asked for.
pub(crate) fn query(db: &Connection, query: &HistoryQuery) -> rusqlite::Result<Vec<HistoryBucket>> {
    let newest: Option<i64> = db
        .prepare_cached(
            "SELECT max(at) FROM history WHERE series = (SELECT id FROM series WHERE name = ?1) AND resolution = ?2",
        )?
        .query_row(params![query.series, RESOLUTIONS[0].seconds], |row| row.get(0))?;
    let Some(newest) = newest else { return Ok(Vec::new()) };
    let (from, to) = (query.from.micros(), query.to.micros());
    let coarsest = RESOLUTIONS[RESOLUTIONS.len() - 1];
    let resolution = RESOLUTIONS
        .into_iter()
        .find(|resolution| from > newest.saturating_sub(resolution.span_micros()))
        .unwrap_or(coarsest);
    // A bucket that begins before `from` and reaches into it belongs to it.
    let from = from.saturating_sub(from.rem_euclid(resolution.micros()));
    // Each that is given back is a whole number of the resolution's, counted from `from`.
    let span = to.saturating_sub(from).max(1);
    let together = ceiling(ceiling(span, i64::from(query.points.max(1))), resolution.micros());
    let step = resolution.micros().saturating_mul(together);
    // `last` beside max(at) is of the row in which the maximum was found: SQLite promises that for a bare column.
    let mut statement = db.prepare_cached(
        "SELECT ?3 + (at - ?3) / ?5 * ?5 AS bucket, sum(n), sum(sum), min(min), max(max), last, max(at) FROM history \
         WHERE series = (SELECT id FROM series WHERE name = ?1) AND resolution = ?2 AND at >= ?3 AND at < ?4 \
         GROUP BY bucket ORDER BY bucket",
    )?;
    statement
        .query_map(params![query.series, resolution.seconds, from, to, step], |row| {
            let count = from_sql(row.get(1)?);
            let sum: f64 = row.get(2)?;
            Ok(HistoryBucket {
                at: Timestamp::from_micros(row.get(0)?),
                count,
                mean: sum / count.max(1) as f64,
                min: row.get(3)?,
                max: row.get(4)?,
                last: row.get(5)?,
            })
        })?
        .collect()
}

/// `a / b` and up, for what is positive.
fn ceiling(a: i64, b: i64) -> i64 {
    a / b + i64::from(a % b != 0)
}

/// Forgets what is too old of some series, from `after` on; says with which to go on, 0 at the end.
pub(crate) fn prune(db: &Connection, after: i64, at_most: u64) -> rusqlite::Result<i64> {
    let ids: Vec<i64> = db
        .prepare_cached("SELECT id FROM series WHERE id > ?1 ORDER BY id LIMIT ?2")?
        .query_map(params![after, to_sql(at_most)], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    // By the series' own newest point, not by the clock: a clock that jumps ahead forgets nothing.
    let mut statement = db.prepare_cached(
        "DELETE FROM history WHERE series = ?1 AND resolution = ?2 AND at <= \
         (SELECT max(at) FROM history WHERE series = ?1 AND resolution = ?2) - ?3",
    )?;
    for id in &ids {
        for resolution in RESOLUTIONS {
            statement.execute(params![id, resolution.seconds, resolution.span_micros()])?;
        }
    }
    Ok(ids.last().copied().unwrap_or(0))
}
