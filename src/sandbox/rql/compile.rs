//! What the parts of a filter mean: functions, properties and values.

use super::filter::{Compare, Filter, Right};
use super::like::Pattern;
use super::property::{Property, Scope, ValueKind};
use super::{Error, Node, parse};

/// Parses a filter, and gives it a meaning.
///
/// # Errors
/// Every error of the filter, not only the first.
pub fn compile(text: &str, scope: Scope) -> Result<Filter, Vec<Error>> {
    let tree = parse(text).map_err(|error| vec![error])?;
    Compiler { scope }.term(&tree)
}

/// The properties that an `order` names, and whether each descends. Functions among them are passed over.
///
/// # Errors
/// A property is unknown, or there are too many.
pub fn parse_order(list: &str, scope: Scope) -> Result<Vec<(Property, bool)>, Vec<Error>> {
    let Node::Group { items, .. } = parse(list).map_err(|error| vec![error])? else {
        return Ok(Vec::new());
    };
    if items.len() > MAX_ORDER_FIELDS {
        let message = format!("There are more than {MAX_ORDER_FIELDS} orders.");
        return Err(vec![Error::new("order", message)]);
    }
    let compiler = Compiler { scope };
    let mut words = Vec::new();
    items.iter().for_each(|item| words_of(item, &mut words));
    if words.is_empty() && !list.is_empty() {
        return Err(vec![Error::new("order", "No valid ordering properties were detected.")]);
    }
    let orders = words.into_iter().map(|word| match word.strip_prefix('-') {
        Some(name) => Ok((compiler.property(name)?, true)),
        // A `+` may have been decoded to a space.
        None => Ok((compiler.property(word.strip_prefix(['+', ' ']).unwrap_or(word))?, false)),
    });
    orders.collect::<Result<_, Error>>().map_err(|error| vec![error])
}

const MAX_ORDER_FIELDS: usize = 20;

/// The words of a list, also those in parentheses.
fn words_of<'n>(node: &'n Node, words: &mut Vec<&'n str>) {
    match node {
        Node::Word { text, .. } => words.push(text),
        Node::Group { name, items, .. } if name.is_empty() => {
            items.iter().for_each(|item| words_of(item, words));
        }
        _ => {}
    }
}

struct Compiler {
    scope: Scope,
}

/// What a property is compared with.
enum Operand<'n> {
    Null,
    Empty,
    Text(&'n str),
    /// A word without quotes, which may be the name of a property.
    Word(&'n str),
    Property(Property),
}

impl Compiler {
    fn property(&self, path: &str) -> Result<Property, Error> {
        self.scope.find(path).ok_or_else(|| Error::new(path, "Invalid property path."))
    }

    fn term(&self, node: &Node) -> Result<Filter, Vec<Error>> {
        let one = |error: Error| vec![error];
        match node {
            Node::Word { text, .. } => Err(one(Error::new(text, "Expression expected."))),
            Node::Pair(name, value) => self.compare(Compare::Eq, name, value).map_err(one),
            Node::Group { name, items, ors } => match name.to_ascii_lowercase().as_str() {
                "" => {
                    let terms = self.terms(items)?;
                    // An "and" binds stronger.
                    let mut all = vec![Vec::new()];
                    for (term, ends) in terms.into_iter().zip(ors.iter().copied().chain([false])) {
                        if let Some(last) = all.last_mut() {
                            last.push(term);
                        }
                        if ends {
                            all.push(Vec::new());
                        }
                    }
                    Ok(one_of(
                        all.into_iter().map(|terms| one_of(terms, Filter::All)).collect(),
                        Filter::Any,
                    ))
                }
                "and" => self.terms(items).map(Filter::All),
                "or" => self.terms(items).map(Filter::Any),
                "not" => match &items[..] {
                    [only] => Ok(Filter::Not(Box::new(self.term(only)?))),
                    _ => Err(one(Error::invalid("not takes one expression."))),
                },
                "any" | "all" => self.items(name, items),
                "null" | "empty" | "self" => {
                    Err(one(Error::new(name.as_str(), "Expression expected.")))
                }
                operator => self.function(operator, items).map_err(one),
            },
        }
    }

    /// At least one term; the errors of all.
    fn terms(&self, items: &[Node]) -> Result<Vec<Filter>, Vec<Error>> {
        if items.is_empty() {
            return Err(vec![Error::invalid("Expression group cannot be empty.")]);
        }
        let (mut terms, mut errors) = (Vec::new(), Vec::new());
        for item in items {
            match self.term(item) {
                Ok(term) => terms.push(term),
                Err(more) => errors.extend(more),
            }
        }
        if errors.is_empty() { Ok(terms) } else { Err(errors) }
    }

    /// `any` and `all`: only the first term after the list is looked at.
    fn items(&self, name: &str, items: &[Node]) -> Result<Filter, Vec<Error>> {
        let every = name.eq_ignore_ascii_case("all");
        let (list, term) = match items {
            [list] if !every => (list, None),
            [list, term, ..] => (list, Some(term)),
            _ => return Err(vec![Error::invalid(format!("{name} needs a list and a condition."))]),
        };
        let path = path_of(list).map_err(|error| vec![error])?;
        let Some((path, scope)) = self.scope.list(path) else {
            return Err(vec![Error::new(path, format!("'{path}' is not a list."))]);
        };
        let inside = Compiler { scope };
        let filter = match term {
            Some(term) => inside.term(term)?,
            None => Filter::everything(),
        };
        Ok(Filter::Items { path, filter: Box::new(filter), every })
    }

    fn function(&self, operator: &str, items: &[Node]) -> Result<Filter, Error> {
        let compare = match operator {
            "eq" => Some(Compare::Eq),
            "ne" => Some(Compare::Ne),
            "gt" => Some(Compare::Gt),
            "ge" => Some(Compare::Ge),
            "lt" => Some(Compare::Lt),
            "le" => Some(Compare::Le),
            "in" | "out" | "like" | "ilike" => None,
            unknown => return Err(Error::new(unknown, "Unknown expression group.")),
        };
        let [name, value] = items else {
            let count = items.len();
            return Err(Error::invalid(format!("{operator} takes two arguments, not {count}.")));
        };
        match (compare, operator) {
            (Some(compare), _) => self.compare(compare, name, value),
            (None, "in") => self.list(name, value),
            (None, "out") => Ok(Filter::Not(Box::new(self.list(name, value)?))),
            (None, operator) => self.like(name, value, operator == "ilike"),
        }
    }

    fn compare(&self, op: Compare, name: &Node, value: &Node) -> Result<Filter, Error> {
        let path = path_of(name)?;
        let left = self.property(path)?;
        let right = match self.operand(value)? {
            Operand::Null if matches!(op, Compare::Eq | Compare::Ne) => Right::Absent,
            Operand::Null => {
                return Err(Error::new(path, "null() can only be used with eq and ne."));
            }
            Operand::Empty => Right::Literal(left.read("", path)?),
            Operand::Text(text) => Right::Literal(left.read(text, path)?),
            Operand::Word(word) => match self.property(word) {
                Ok(other) => Right::Property(other),
                Err(_) if self.scope.is_above_properties(word) => {
                    return Err(Error::new(word, "It is not of the type of the other side."));
                }
                Err(_) => Right::Literal(left.read(word, path)?),
            },
            Operand::Property(other) => Right::Property(other),
        };
        match &right {
            Right::Property(other) if !left.kind.is_comparable_with(other.kind) => {
                Err(Error::new(path, "The two sides are of different types."))
            }
            _ => Ok(Filter::Compare { op, left, right }),
        }
    }

    fn operand<'n>(&self, node: &'n Node) -> Result<Operand<'n>, Error> {
        Ok(match node.inner() {
            Node::Word { text, is_quoted: true } => Operand::Text(text),
            Node::Word { text, .. } => Operand::Word(text),
            Node::Group { name, items, .. } if items.is_empty() && is_called(name, "null") => {
                Operand::Null
            }
            Node::Group { name, items, .. } if items.is_empty() && is_called(name, "empty") => {
                Operand::Empty
            }
            node @ Node::Group { name, .. } if is_called(name, "self") => {
                Operand::Property(self.property(path_of(node)?)?)
            }
            _ => return Err(Error::invalid("Unsupported argument type.")),
        })
    }

    /// `in`: words are text here, not names.
    fn list(&self, name: &Node, values: &Node) -> Result<Filter, Error> {
        let path = path_of(name)?;
        let property = self.property(path)?;
        let is_function =
            |name: &str| ["null", "empty", "self"].iter().any(|one| is_called(name, one));
        let values = match values {
            Node::Group { name, items, .. } if !is_function(name) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        // A function alone is no list.
        let values = match values {
            [only] if matches!(only.inner(), Node::Group { name, .. } if is_function(name)) => &[],
            values => values,
        };
        if values.is_empty() {
            return Err(Error::invalid("Value has to be a non empty array."));
        }
        let equal = values.iter().map(|value| {
            let text = match value {
                Node::Group { name, items, .. } if name.is_empty() && items.len() > 1 => {
                    return Err(Error::invalid("Unsupported argument type."));
                }
                value => match self.operand(value)? {
                    Operand::Text(text) | Operand::Word(text) => text,
                    Operand::Empty => "",
                    Operand::Null => return Err(Error::invalid("Null values are not supported.")),
                    Operand::Property(_) => {
                        return Err(Error::invalid("Unsupported argument type."));
                    }
                },
            };
            let right = Right::Literal(property.read(text, path)?);
            Ok(Filter::Compare { op: Compare::Eq, left: property.clone(), right })
        });
        equal.collect::<Result<_, _>>().map(Filter::Any)
    }

    fn like(&self, name: &Node, pattern: &Node, fold: bool) -> Result<Filter, Error> {
        let path = path_of(name)?;
        let property = self.property(path)?;
        if !matches!(property.kind, ValueKind::Text | ValueKind::Enumeration) {
            return Err(Error::new(path, "like and ilike only work with strings."));
        }
        let pattern = match self.operand(pattern)? {
            Operand::Text(text) | Operand::Word(text) => text,
            Operand::Empty => "",
            Operand::Null | Operand::Property(_) => {
                return Err(Error::new(path, "like and ilike need a string."));
            }
        };
        Ok(Filter::Like(property, Pattern::new(pattern, fold)))
    }
}

fn is_called(name: &str, wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted)
}

/// The path that a node names, also as `self(path)`.
fn path_of(node: &Node) -> Result<&str, Error> {
    match node.inner() {
        Node::Word { text, .. } => Ok(text),
        Node::Group { name, items, .. } if is_called(name, "self") && items.len() == 1 => {
            path_of(&items[0])
        }
        _ => Err(Error::invalid("Unsupported argument type.")),
    }
}

fn one_of(mut filters: Vec<Filter>, many: fn(Vec<Filter>) -> Filter) -> Filter {
    match filters.pop() {
        Some(only) if filters.is_empty() => only,
        last => {
            filters.extend(last);
            many(filters)
        }
    }
}
