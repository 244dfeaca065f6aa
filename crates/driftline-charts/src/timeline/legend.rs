//! The marks of a timeline, and what each means, for those that occur.

use driftline_core::verdict::Severity;

use crate::{
    Anchor, DisplayList, Ink, Item, Mark, Pen, Point, Turn, advance, axis::FONT, backend::px,
};

/// A mark with a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// The condition is true, not yet for long enough.
    Pending,
    /// The alert fires.
    Firing,
    /// It ended.
    Resolved,
    /// A trigger told people.
    Told,
    /// An action that would have been.
    OnPaper,
    /// An action that was asked for.
    AskedFor,
    /// An action that a rail stopped.
    Blocked,
}

const SIGNS: [(Sign, &str); 7] = [
    (Sign::Pending, "pending"),
    (Sign::Firing, "firing"),
    (Sign::Resolved, "resolved"),
    (Sign::Told, "told"),
    (Sign::OnPaper, "action on paper"),
    (Sign::AskedFor, "action asked for"),
    (Sign::Blocked, "blocked by a rail"),
];

/// Which marks occur.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Legend {
    used: [bool; SIGNS.len()],
}

impl Legend {
    /// A mark occurs.
    pub(super) fn uses(&mut self, sign: Sign) {
        self.used[sign as usize] = true;
    }

    /// Draws it from `y` on, in as many lines as it takes, and tells where it ends.
    pub(super) fn draw(&self, list: &mut DisplayList, y: i32, width: i32) -> i32 {
        let (mut x, mut middle) = (px(2.0), y + px(8.0));
        let size = FONT as u32;
        let there = SIGNS.iter().zip(self.used).filter_map(|(sign, used)| used.then_some(*sign));
        let mut end = y;
        for (sign, name) in there {
            let text_at = px(24.0);
            let wide = text_at + advance::width(name, size) as i32 + px(18.0);
            if x > px(2.0) && x + wide > width {
                (x, middle) = (px(2.0), middle + px(20.0));
            }
            let (from, to) = ((x, middle - px(5.0)), (x + px(18.0), middle + px(5.0)));
            match sign {
                Sign::Pending => {
                    pending(list, Ink::Muted, (from.0, middle - px(3.0)), (to.0, middle + px(3.0)));
                }
                Sign::Firing => firing(list, Severity::Inconclusive, from, to),
                sign => sign.draw((x + px(9.0), middle), list),
            }
            let at = (x + text_at, middle + px(4.0));
            let mark = Mark::Text {
                text: name.into(),
                at,
                anchor: Anchor::Start,
                size,
                turn: Turn::Upright,
            };
            list.items.push(Item { mark, ink: Ink::Muted, opacity: 1.0, pen: Pen::Fill });
            x += wide;
            end = middle + px(12.0);
        }
        end
    }
}

impl Sign {
    /// The mark at a place.
    pub(super) fn draw(self, centre: Point, list: &mut DisplayList) {
        let (x, y) = centre;
        let line = Pen::Stroke(px(1.5) as u32);
        let mut push = |mark: Mark, ink: Ink, pen: Pen| {
            list.items.push(Item { mark, ink, opacity: 1.0, pen });
        };
        let diamond = |r: i32| Mark::Polygon(vec![(x, y - r), (x + r, y), (x, y + r), (x - r, y)]);
        match self {
            Sign::Pending | Sign::Firing => {}
            Sign::Resolved => {
                let circle = |r: f64| Mark::Circle { centre, radius: px(r) as u32 };
                push(circle(3.5), Ink::Ground, Pen::Fill);
                push(circle(3.5), Ink::Muted, line);
            }
            Sign::Told => {
                push(Mark::Circle { centre, radius: px(5.5) as u32 }, Ink::Ground, Pen::Fill);
                push(Mark::Circle { centre, radius: px(4.0) as u32 }, Ink::Text, Pen::Fill);
            }
            Sign::OnPaper => {
                push(diamond(px(6.5)), Ink::Ground, Pen::Fill);
                push(diamond(px(5.5)), Ink::Text, line);
            }
            Sign::AskedFor => {
                push(diamond(px(7.5)), Ink::Ground, Pen::Fill);
                push(diamond(px(6.0)), Ink::Text, Pen::Fill);
            }
            Sign::Blocked => {
                let r = px(4.5);
                let square = Mark::Rect((x - r, y - r), (x + r, y + r));
                push(square.clone(), Ink::Ground, Pen::Fill);
                push(square, Ink::Text, line);
                push(Mark::Path(vec![(x - r, y - r), (x + r, y + r)]), Ink::Text, line);
                push(Mark::Path(vec![(x - r, y + r), (x + r, y - r)]), Ink::Text, line);
            }
        }
    }
}

/// A span of a firing alert: critical ones are solid, others hatched, the milder the wider.
pub(super) fn firing(list: &mut DisplayList, severity: Severity, from: Point, to: Point) {
    let ink = Ink::from(severity);
    let mut push = |mark: Mark, opacity: f64, pen: Pen| {
        list.items.push(Item { mark, ink, opacity, pen });
    };
    let (opacity, gap) = match severity {
        Severity::Critical => (1.0, None),
        Severity::Significant => (0.3, Some(px(5.0))),
        _ => (0.12, Some(px(10.0))),
    };
    push(Mark::Rect(from, to), opacity, Pen::Fill);
    if let Some(gap) = gap {
        let high = to.1 - from.1;
        let mut x = from.0;
        while x + high <= to.0 {
            push(Mark::Path(vec![(x, to.1), (x + high, from.1)]), 1.0, Pen::Stroke(px(1.0) as u32));
            x += gap;
        }
    }
    push(Mark::Rect(from, to), 1.0, Pen::Stroke(px(1.0) as u32));
}

/// A span of a pending alert: hollow, half as high.
pub(super) fn pending(list: &mut DisplayList, ink: Ink, from: Point, to: Point) {
    let rect = Mark::Rect(from, to);
    list.items.push(Item { mark: rect.clone(), ink: Ink::Ground, opacity: 1.0, pen: Pen::Fill });
    list.items.push(Item { mark: rect, ink, opacity: 1.0, pen: Pen::Stroke(px(1.0) as u32) });
}
