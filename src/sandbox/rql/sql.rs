//! Filters and orders as SQL over the table `webhooks`. Every expression is 1 or 0, never NULL, so
//! that `not` means what it says.

use rusqlite::types::Value as SqlValue;

use super::property::{self, Kind, Property};
use super::{Compare, Error, Expr, Operand};
use crate::model::timestamp;

/// SQL text with its `?` parameters, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sql {
    pub text: String,
    pub parameters: Vec<SqlValue>,
}

/// Translates a filter. `may_use` says whether a top-level member may be filtered by.
pub fn filter(expr: &Expr, may_use: &dyn Fn(&str) -> bool) -> Result<Sql, Error> {
    let mut sql = Sql::default();
    Translator {
        may_use,
        in_item: false,
    }
    .expr(expr, &mut sql)?;
    Ok(sql)
}

/// Translates an `order` list such as `-audit.created.at,id`; a `+` may have become a space.
pub fn order(list: &str, may_use: &dyn Fn(&str) -> bool) -> Result<String, Error> {
    if list.split(',').count() > MOST_ORDERS {
        return Err(Error::new(
            "order",
            format!("There are more than {MOST_ORDERS} orders."),
        ));
    }
    let translator = Translator {
        may_use,
        in_item: false,
    };
    let terms: Result<Vec<_>, Error> = list
        .split(',')
        .map(|item| {
            let (name, direction) = match item.strip_prefix('-') {
                Some(name) => (name, "DESC"),
                None => (item.trim_start_matches(['+', ' ']), "ASC"),
            };
            Ok(format!("{} {direction}", translator.property(name)?.sql))
        })
        .collect();
    Ok(terms?.join(", "))
}

const MOST_ORDERS: usize = 20;

struct Translator<'m> {
    may_use: &'m dyn Fn(&str) -> bool,
    /// Inside `any` or `all`.
    in_item: bool,
}

impl Translator<'_> {
    fn property(&self, path: &str) -> Result<Property, Error> {
        let found = if self.in_item {
            property::find_in_item(path)
        } else {
            property::find(path)
        };
        let property =
            found.ok_or_else(|| Error::new(path, format!("Unknown property '{path}'.")))?;
        if (self.may_use)(property.member) {
            Ok(property)
        } else {
            let member = property.member;
            Err(Error::new(
                path,
                format!("Filtering or ordering by '{member}' needs select={member}."),
            ))
        }
    }

    fn expr(&self, expr: &Expr, sql: &mut Sql) -> Result<(), Error> {
        match expr {
            Expr::And(terms) => self.joined(terms, " AND ", sql),
            Expr::Or(terms) => self.joined(terms, " OR ", sql),
            Expr::Not(inner) => {
                sql.text.push_str("NOT (");
                self.expr(inner, sql)?;
                sql.text.push(')');
                Ok(())
            }
            Expr::Compare { op, path, value } => self.compare(*op, path, value, sql),
            Expr::In {
                path,
                values,
                negated,
            } => {
                sql.text.push_str(if *negated { "NOT (" } else { "(" });
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        sql.text.push_str(" OR ");
                    }
                    self.compare(Compare::Eq, path, value, sql)?;
                }
                sql.text.push(')');
                Ok(())
            }
            Expr::Like {
                path,
                pattern,
                fold,
            } => self.like(path, pattern, *fold, sql),
            Expr::Items {
                path,
                filter,
                every,
            } => self.items(path, filter, *every, sql),
        }
    }

    fn joined(&self, terms: &[Expr], operator: &str, sql: &mut Sql) -> Result<(), Error> {
        sql.text.push('(');
        for (index, term) in terms.iter().enumerate() {
            if index > 0 {
                sql.text.push_str(operator);
            }
            self.expr(term, sql)?;
        }
        sql.text.push(')');
        Ok(())
    }

    fn compare(
        &self,
        op: Compare,
        path: &str,
        value: &Operand,
        sql: &mut Sql,
    ) -> Result<(), Error> {
        let property = self.property(path)?;
        let name = &property.sql;
        let text = match value {
            Operand::Null | Operand::Empty => {
                // Empty members are left out, so both mean "not there".
                let is = match op {
                    Compare::Eq => "IS NULL",
                    Compare::Ne => "IS NOT NULL",
                    _ => {
                        return Err(Error::new(
                            path,
                            "null() and empty() only go with eq and ne.",
                        ));
                    }
                };
                sql.text.push_str(&format!("({name} {is})"));
                return Ok(());
            }
            Operand::Bare(word) => {
                if let Ok(other) = self.property(word) {
                    let comparison = comparison(op, name, &other.sql);
                    sql.text.push_str(&comparison);
                    return Ok(());
                }
                word
            }
            Operand::Quoted(text) => text,
        };
        sql.parameters.push(typed(text, property.kind, path)?);
        sql.text.push_str(&comparison(op, name, "?"));
        Ok(())
    }

    fn like(&self, path: &str, pattern: &Operand, fold: bool, sql: &mut Sql) -> Result<(), Error> {
        let property = self.property(path)?;
        if property.kind != Kind::Text {
            return Err(Error::new(path, "like and ilike only compare text."));
        }
        let (Operand::Quoted(pattern) | Operand::Bare(pattern)) = pattern else {
            return Err(Error::new(path, "like and ilike need a text."));
        };
        sql.text.push_str(&format!(
            "{}({}, ?)",
            if fold { "rql_ilike" } else { "rql_like" },
            property.sql
        ));
        sql.parameters.push(SqlValue::Text(pattern.clone()));
        Ok(())
    }

    fn items(&self, path: &str, filter: &Expr, every: bool, sql: &mut Sql) -> Result<(), Error> {
        if self.in_item || !path.eq_ignore_ascii_case("criteria") {
            return Err(Error::new(path, format!("'{path}' is not a list.")));
        }
        let (exists, not) = if every {
            ("NOT EXISTS", "NOT ")
        } else {
            ("EXISTS", "")
        };
        sql.text.push_str(&format!(
            "({exists} (SELECT 1 FROM json_each(document, '$.criteria') AS item WHERE {not}("
        ));
        Translator {
            may_use: self.may_use,
            in_item: true,
        }
        .expr(filter, sql)?;
        sql.text.push_str(")))");
        Ok(())
    }
}

fn comparison(op: Compare, left: &str, right: &str) -> String {
    match op {
        Compare::Eq => format!("({left} IS {right})"),
        Compare::Ne => format!("({left} IS NOT {right})"),
        Compare::Gt => format!("ifnull({left} > {right}, 0)"),
        Compare::Ge => format!("ifnull({left} >= {right}, 0)"),
        Compare::Lt => format!("ifnull({left} < {right}, 0)"),
        Compare::Le => format!("ifnull({left} <= {right}, 0)"),
    }
}

/// A value in the type of the property that it is compared with.
fn typed(text: &str, kind: Kind, path: &str) -> Result<SqlValue, Error> {
    let wrong = |what: &str| Error::new(path, format!("'{text}' is not {what}."));
    match kind {
        Kind::Text => Ok(SqlValue::Text(text.to_owned())),
        Kind::Number => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(whole), _) => Ok(SqlValue::Integer(whole)),
            (_, Ok(real)) if real.is_finite() => Ok(SqlValue::Real(real)),
            _ => Err(wrong("a number")),
        },
        Kind::Flag if text.eq_ignore_ascii_case("true") => Ok(SqlValue::Integer(1)),
        Kind::Flag if text.eq_ignore_ascii_case("false") => Ok(SqlValue::Integer(0)),
        Kind::Flag => Err(wrong("true or false")),
        Kind::Time => {
            let date_only = format!("{text}T00:00:00Z");
            let at = timestamp::parse(text).or_else(|| timestamp::parse(&date_only));
            Ok(SqlValue::Text(timestamp::format(
                at.ok_or_else(|| wrong("a date"))?,
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::{filter, order};

    #[test]
    fn unknown_and_unselected_properties_are_errors() {
        let translate = |text: &str, audit: bool| {
            filter(&parse(text).unwrap(), &|member| audit || member != "audit")
        };
        assert!(translate("eq(audit.created.at,2026-01-01)", true).is_ok());
        assert!(translate("eq(audit.created.at,2026-01-01)", false).is_err());
        for wrong in [
            "nope=1",
            "statistics.total=many",
            "lastCall.success=1",
            "gt(name,null())",
        ] {
            assert!(translate(wrong, true).is_err(), "{wrong}");
        }
        assert_eq!(
            order("-TYPE,+id", &|_| true).as_deref(),
            Ok("type DESC, id ASC")
        );
        assert!(order("nope", &|_| true).is_err() && order("", &|_| true).is_err());
    }
}
