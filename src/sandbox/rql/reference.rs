//! What filters mean, written as plainly as can be: the measure of the translation to SQL. Only
//! tests use it.

use proptest::prelude::{Just, Strategy, any, prop, proptest};
use rusqlite::{Connection, params_from_iter};
use serde_json::{Value, json};

use super::like::{self, Pattern};
use super::sql::filter;
use super::{Compare, Expr, Operand, parse};

/// The properties that the generated filters use; each is text or a number in the document.
const PATHS: [&str; 6] = [
    "id",
    "url",
    "description",
    "object.id",
    "criteria.product.id",
    "statistics.total",
];

fn holds(expr: &Expr, document: &Value) -> bool {
    match expr {
        Expr::And(terms) => terms.iter().all(|term| holds(term, document)),
        Expr::Or(terms) => terms.iter().any(|term| holds(term, document)),
        Expr::Not(inner) => !holds(inner, document),
        Expr::Compare { op, path, value } => compare(*op, &at(document, path), value, document),
        Expr::In {
            path,
            values,
            negated,
        } => {
            let found = values
                .iter()
                .any(|value| compare(Compare::Eq, &at(document, path), value, document));
            found != *negated
        }
        Expr::Like {
            path,
            pattern,
            fold,
        } => match (&at(document, path), pattern) {
            (Value::String(text), Operand::Quoted(pattern) | Operand::Bare(pattern)) => {
                Pattern::new(pattern, *fold).matches(text)
            }
            _ => false,
        },
        Expr::Items { filter, every, .. } => {
            let items = document["criteria"].as_object().into_iter().flatten();
            let mut items = items.map(|(key, value)| json!({"key": key, "value": value}));
            if *every {
                items.all(|item| holds(filter, &item))
            } else {
                items.any(|item| holds(filter, &item))
            }
        }
    }
}

fn compare(op: Compare, found: &Value, operand: &Operand, document: &Value) -> bool {
    let wanted = match operand {
        Operand::Null | Operand::Empty => Value::Null,
        Operand::Bare(name) if PATHS.contains(&name.as_str()) => at(document, name),
        Operand::Bare(text) | Operand::Quoted(text) if found.is_number() => {
            text.parse::<i64>().unwrap().into()
        }
        Operand::Bare(text) | Operand::Quoted(text) => text.as_str().into(),
    };
    let order = match (found, &wanted) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => Some(a.as_i64().cmp(&b.as_i64())),
        // SQLite sorts every number before every text.
        (Value::Number(_), Value::String(_)) => Some(std::cmp::Ordering::Less),
        (Value::String(_), Value::Number(_)) => Some(std::cmp::Ordering::Greater),
        _ => None,
    };
    match op {
        Compare::Eq => *found == wanted,
        Compare::Ne => *found != wanted,
        Compare::Gt => order.is_some_and(|order| order.is_gt()),
        Compare::Ge => order.is_some_and(|order| order.is_ge()),
        Compare::Lt => order.is_some_and(|order| order.is_lt()),
        Compare::Le => order.is_some_and(|order| order.is_le()),
    }
}

fn at(document: &Value, path: &str) -> Value {
    if let Some(key) = path.strip_prefix("criteria.") {
        return document["criteria"].get(key).cloned().unwrap_or_default();
    }
    let found = path
        .split('.')
        .try_fold(document, |value, name| value.get(name));
    found.cloned().unwrap_or_default()
}

/// Whether SQL finds the document.
fn found_by_sql(expr: &Expr, document: &Value) -> bool {
    let sql = filter(expr, &|_| true).unwrap();
    let connection = Connection::open_in_memory().unwrap();
    like::install(&connection).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE webhooks (id TEXT, type TEXT, object_id TEXT, url TEXT, document TEXT)",
        )
        .unwrap();
    let text = |pointer: &str| {
        document
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    connection
        .execute(
            "INSERT INTO webhooks VALUES (?, 'T', ?, ?, ?)",
            (
                text("/id"),
                text("/object/id"),
                text("/url"),
                document.to_string(),
            ),
        )
        .unwrap();
    let query = format!("SELECT 1 FROM webhooks WHERE {}", sql.text);
    connection
        .prepare(&query)
        .unwrap()
        .exists(params_from_iter(sql.parameters))
        .unwrap()
}

fn words() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "a", "b", "ab", "A", "ä", "a*b", "PRD-1", "x'y", "10", "9",
    ])
    .prop_map(str::to_owned)
}

fn documents() -> impl Strategy<Value = Value> {
    (
        words(),
        prop::option::of(words()),
        words(),
        prop::option::of(words()),
        any::<u8>(),
    )
        .prop_map(|(id, description, object, criterion, total)| {
            let mut criteria = serde_json::Map::new();
            criteria.extend(criterion.map(|value| ("product.id".to_owned(), value.into())));
            criteria.insert("status".to_owned(), object.clone().into());
            json!({
                "id": id, "url": id, "description": description, "object": {"id": object},
                "criteria": criteria, "statistics": {"total": total}
            })
        })
}

fn operands(numeric: bool) -> impl Strategy<Value = Operand> {
    let text = if numeric {
        any::<u8>().prop_map(|n| n.to_string()).boxed()
    } else {
        words().boxed()
    };
    let bare = if numeric {
        any::<u8>().prop_map(|n| n.to_string()).boxed()
    } else {
        prop::sample::select(vec!["a", "ab", "PRD-1", "url", "description"])
            .prop_map(str::to_owned)
            .boxed()
    };
    prop::strategy::Union::new([
        text.prop_map(Operand::Quoted).boxed(),
        bare.prop_map(Operand::Bare).boxed(),
    ])
}

fn compares() -> impl Strategy<Value = Compare> {
    use Compare::{Eq, Ge, Gt, Le, Lt, Ne};
    prop::sample::select(vec![Eq, Ne, Gt, Ge, Lt, Le])
}

fn leaves() -> impl Strategy<Value = Expr> {
    let path = |count: usize| prop::sample::select(PATHS[..count].to_vec()).prop_map(str::to_owned);
    let pattern = prop::sample::select(vec!["a*", "*b", "*a*", "ab", "*", "A*", "a\\*b"])
        .prop_map(|text| Operand::Quoted(text.to_owned()));
    prop::strategy::Union::new([
        (compares(), path(5), operands(false))
            .prop_map(|(op, path, value)| Expr::Compare { op, path, value })
            .boxed(),
        (compares(), operands(true))
            .prop_map(|(op, value)| Expr::Compare {
                op,
                path: PATHS[5].to_owned(),
                value,
            })
            .boxed(),
        (
            prop::sample::select(vec![Compare::Eq, Compare::Ne]),
            path(6),
            any::<bool>(),
        )
            .prop_map(|(op, path, empty)| {
                let value = if empty { Operand::Empty } else { Operand::Null };
                Expr::Compare { op, path, value }
            })
            .boxed(),
        (
            path(5),
            prop::collection::vec(operands(false), 1..4),
            any::<bool>(),
        )
            .prop_map(|(path, values, negated)| Expr::In {
                path,
                values,
                negated,
            })
            .boxed(),
        (path(5), pattern, any::<bool>())
            .prop_map(|(path, pattern, fold)| Expr::Like {
                path,
                pattern,
                fold,
            })
            .boxed(),
        (words(), any::<bool>())
            .prop_map(|(value, every)| {
                let value = Operand::Quoted(value);
                let filter = Expr::Compare {
                    op: Compare::Eq,
                    path: "value".to_owned(),
                    value,
                };
                Expr::Items {
                    path: "criteria".to_owned(),
                    filter: Box::new(filter),
                    every,
                }
            })
            .boxed(),
    ])
}

fn filters() -> impl Strategy<Value = Expr> {
    leaves().prop_recursive(3, 16, 3, |inner| {
        let many = || prop::collection::vec(inner.clone(), 2..4);
        prop::strategy::Union::new([
            many().prop_map(Expr::And).boxed(),
            many().prop_map(Expr::Or).boxed(),
            (inner.clone(), Just(()))
                .prop_map(|(expr, ())| Expr::Not(Box::new(expr)))
                .boxed(),
        ])
    })
}

proptest! {
    #[test]
    fn sql_finds_what_the_filter_means(expr in filters(), document in documents()) {
        assert_eq!(found_by_sql(&expr, &document), holds(&expr, &document), "{expr}\n{document}");
    }

    #[test]
    fn what_is_printed_parses_to_the_same(expr in filters()) {
        assert_eq!(parse(&expr.to_string()), Ok(expr));
    }
}
