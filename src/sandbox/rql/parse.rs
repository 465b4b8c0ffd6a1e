//! The parser: a decoded filter in, a tree out. It is the platform's own grammar (docs/platform-api.md, "Lists"), which
//! knows words, quotes, parentheses and separators; what a function means is found later.

use super::Error;

/// The maximum nesting, so that the parser does not overflow the stack.
const MAX_DEPTH: usize = 450;
/// How many `=` may follow each other: each nests what is before it.
const MAX_PAIRS: usize = 4;

/// A part of a filter, an order or a selection.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Word {
        text: String,
        is_quoted: bool,
    },
    /// `name=value`, which is short for `eq(name,value)`.
    Pair(Box<Node>, Box<Node>),
    /// `name(…)`; parentheses alone have no name.
    Group {
        name: String,
        items: Vec<Node>,
        /// Whether an "or" is between each item and the next one.
        ors: Vec<bool>,
    },
}

impl Node {
    /// The node inside parentheses that contain nothing else, and any other node itself.
    pub fn inner(&self) -> &Self {
        match self {
            Self::Group { name, items, .. } if name.is_empty() && items.len() == 1 => {
                items[0].inner()
            }
            node => node,
        }
    }
}

/// Parses a whole text, as if it were in parentheses. A parenthesis that is not closed ends with the text, and one that was
/// not opened ends it.
///
/// # Errors
/// A quote is not closed, or the nesting is too deep.
pub fn parse(text: &str) -> Result<Node, Error> {
    let mut parser = Parser { rest: text, depth: 0 };
    let (items, ors) = parser.items()?;
    Ok(Node::Group { name: String::new(), items, ors })
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

impl Parser<'_> {
    /// Reads items up to a closing parenthesis or the end. Nothing between two separators is no item; between two items
    /// without a separator is an "or".
    fn items(&mut self) -> Result<(Vec<Node>, Vec<bool>), Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::invalid("The filter is nested too deeply."));
        }
        let (mut items, mut ors) = (Vec::new(), Vec::new());
        let mut separator = None;
        while let Some(c) = self.rest.chars().next() {
            match c {
                ')' => {
                    self.skip();
                    break;
                }
                ',' | '&' | ';' | '|' => {
                    self.skip();
                    separator = Some(matches!(c, ';' | '|'));
                }
                _ => {
                    let item = self.item()?;
                    if !items.is_empty() {
                        ors.push(separator.unwrap_or(true));
                    }
                    items.push(item);
                    separator = None;
                }
            }
        }
        self.depth -= 1;
        Ok((items, ors))
    }

    fn skip(&mut self) {
        self.rest = &self.rest[1..];
    }

    fn item(&mut self) -> Result<Node, Error> {
        let mut item = self.primary()?;
        let mut pairs = 0;
        while self.rest.starts_with('=') {
            pairs += 1;
            if pairs > MAX_PAIRS {
                return Err(Error::invalid("The filter is nested too deeply."));
            }
            self.skip();
            self.rest = self.rest.trim_start_matches([',', '&', ';', '|']);
            if self.rest.is_empty() || self.rest.starts_with(')') {
                return Err(Error::invalid("Invalid equals shortcut expression."));
            }
            item = Node::Pair(Box::new(item), Box::new(self.primary()?));
        }
        Ok(item)
    }

    /// Reads a word, or a function with its arguments. Of a word with quotes, only what is inside of them counts.
    fn primary(&mut self) -> Result<Node, Error> {
        let mut quoted = None;
        let mut word = "";
        loop {
            let end = self.rest.find(['(', ')', ',', '&', ';', '|', '=', '"', '\'']);
            let (before, after) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            if quoted.is_none() {
                word = before;
            }
            self.rest = after;
            let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
                break;
            };
            self.skip();
            let Some((inside, after)) = self.rest.split_once(quote) else {
                return Err(Error::invalid("A quote is not closed."));
            };
            quoted = Some(inside);
            self.rest = after;
        }
        let text = quoted.unwrap_or(word).to_owned();
        if !self.rest.starts_with('(') {
            return Ok(Node::Word { text, is_quoted: quoted.is_some() });
        }
        self.skip();
        let (items, ors) = self.items()?;
        // No function has quotes in its name.
        let name = if quoted.is_some() { format!("'{text}'") } else { text };
        Ok(Node::Group { name, items, ors })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::{Node, parse};

    /// The tree in one form: `{a b|c}` is a group, `a=b` a pair, and quotes are kept.
    fn shown(node: &Node) -> String {
        match node {
            Node::Word { text, is_quoted: true } => format!("'{text}'"),
            Node::Word { text, .. } => text.clone(),
            Node::Pair(name, value) => format!("{}={}", shown(name), shown(value)),
            Node::Group { name, items, ors } => {
                let mut text = format!("{name}{{");
                for (index, item) in items.iter().enumerate() {
                    if let Some(at) = index.checked_sub(1) {
                        text.push(if ors[at] { '|' } else { ' ' });
                    }
                    text.push_str(&shown(item));
                }
                text + "}"
            }
        }
    }

    #[test]
    fn filters_become_trees() {
        for (text, expected) in [
            ("a=1,b=2;c=3", "{a=1 b=2|c=3}"),
            ("eq(a,\"x),('&\")", "{eq{a 'x),('&'}}"),
            ("a= \"x\" ,b", "{a='x' b}"),
            ("eq(a,x'y')", "{eq{a 'y'}}"),
            (",a,,b,", "{a b}"),
            ("in(a,(b;c))", "{in{a {b|c}}}"),
            ("eq(a,b)eq(c,d)", "{eq{a b}|eq{c d}}"),
            ("and(a,b", "{and{a b}}"),
            ("eq(a,b)),c", "{eq{a b}}"),
            ("a=b=c", "{a=b=c}"),
            ("f(a)=b", "{f{a}=b}"),
            ("", "{}"),
        ] {
            assert_eq!(shown(&parse(text).unwrap()), expected, "{text}");
        }
        for wrong in [
            "a='x",
            "eq(a,'It's')",
            &"(".repeat(100_000),
            &"not(".repeat(100_000),
            &"a=".repeat(100_000),
        ] {
            assert!(parse(wrong).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_filter_is_read_without_a_panic(text in "(eq|in|not|any|and|a|\\(|\\)|,|;|\\||&|=|\"|'|\\*|null\\(\\)|.){0,40}") {
            parse(&text).ok();
        }
    }
}
