//! Filters as text, in the form that parses to the same tree.

use std::fmt::{Display, Formatter, Result};

use super::{Compare, Expr, Operand};

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self {
            Self::And(terms) => call(f, "and", terms),
            Self::Or(terms) => call(f, "or", terms),
            Self::Not(inner) => write!(f, "not({inner})"),
            Self::Compare { op, path, value } => write!(f, "{op}({path},{value})"),
            Self::In {
                path,
                values,
                negated,
            } => {
                write!(f, "{}({path},(", if *negated { "out" } else { "in" })?;
                list(f, values)?;
                f.write_str("))")
            }
            Self::Like {
                path,
                pattern,
                fold,
            } => {
                write!(
                    f,
                    "{}({path},{pattern})",
                    if *fold { "ilike" } else { "like" }
                )
            }
            Self::Items {
                path,
                filter,
                every,
            } => {
                write!(f, "{}({path},{filter})", if *every { "all" } else { "any" })
            }
        }
    }
}

impl Display for Compare {
    fn fmt(&self, f: &mut Formatter) -> Result {
        f.write_str(match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        })
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self {
            Self::Quoted(text) if text.contains('"') => write!(f, "'{text}'"),
            Self::Quoted(text) => write!(f, "\"{text}\""),
            Self::Bare(text) => f.write_str(text),
            Self::Null => f.write_str("null()"),
            Self::Empty => f.write_str("empty()"),
        }
    }
}

fn call(f: &mut Formatter, name: &str, terms: &[Expr]) -> Result {
    write!(f, "{name}(")?;
    list(f, terms)?;
    f.write_str(")")
}

fn list<T: Display>(f: &mut Formatter, items: &[T]) -> Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(",")?;
        }
        write!(f, "{item}")?;
    }
    Ok(())
}
