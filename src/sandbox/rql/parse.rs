//! The parser: a decoded filter in, a syntax tree out.

use super::{Compare, Error, Expr, Operand};

/// The maximum number of values in a filter.
const MAX_VALUES: usize = 300;

/// The maximum nesting, so that the parser does not overflow the stack.
const MAX_DEPTH: usize = 64;

/// Parses a whole filter.
pub fn parse(text: &str) -> Result<Expr, Error> {
    let mut parser = Parser { text, at: 0, depth: 0, values: 0 };
    let expr = parser.or(Commas::Separate)?;
    if parser.at < text.len() {
        return Err(parser.unexpected("the end"));
    }
    Ok(expr)
}

/// Splits a decoded query at its `&`, outside of quotes and parentheses.
pub fn parts(query: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut quote, mut start) = (0_usize, None, 0);
    for (at, c) in query.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, '&') if depth == 0 => {
                parts.push(&query[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&query[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    /// The number of values so far.
    values: usize,
}

/// The meaning of a comma: it joins terms, or it ends an argument.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Commas {
    Separate,
    End,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    fn expect(&mut self, c: char) -> Result<(), Error> {
        if self.eat(c) { Ok(()) } else { Err(self.unexpected(&format!("'{c}'"))) }
    }

    fn unexpected(&self, expected: &str) -> Error {
        let rest = self.rest();
        if rest.is_empty() {
            return Error::new(self.text, format!("Expected {expected} at the end."));
        }
        let shown: String = rest.chars().take(40).collect();
        Error::new(self.text, format!("Expected {expected} at '{shown}'."))
    }

    /// Parses terms joined by `;` and `|`, which bind weakest.
    fn or(&mut self, commas: Commas) -> Result<Expr, Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::new(self.text, "The filter is nested too deeply."));
        }
        let mut terms = vec![self.and(commas)?];
        while self.eat(';') || self.eat('|') {
            terms.push(self.and(commas)?);
        }
        self.depth -= 1;
        Ok(one_or(terms, Expr::Or))
    }

    fn and(&mut self, commas: Commas) -> Result<Expr, Error> {
        let mut terms = vec![self.term()?];
        while self.eat('&') || (commas == Commas::Separate && self.eat(',')) {
            terms.push(self.term()?);
        }
        Ok(one_or(terms, Expr::And))
    }

    fn term(&mut self) -> Result<Expr, Error> {
        if self.eat('(') {
            let group = self.or(Commas::Separate)?;
            self.expect(')')?;
            return Ok(group);
        }
        let start = self.at;
        let name = self.name()?;
        if self.eat('=') {
            let value = self.operand(&[',', '&', ';', '|', ')'])?;
            return Ok(Expr::Compare { op: Compare::Eq, path: name, value });
        }
        if !self.eat('(') {
            return Err(self.unexpected("'(' or '='"));
        }
        let expr = self.call(&name, start)?;
        self.expect(')')?;
        Ok(expr)
    }

    fn call(&mut self, operator: &str, start: usize) -> Result<Expr, Error> {
        let compare = match operator.to_ascii_lowercase().as_str() {
            "eq" => Compare::Eq,
            "ne" => Compare::Ne,
            "gt" => Compare::Gt,
            "ge" => Compare::Ge,
            "lt" => Compare::Lt,
            "le" => Compare::Le,
            "and" => return Ok(Expr::And(self.arguments()?)),
            "or" => return Ok(Expr::Or(self.arguments()?)),
            "not" => return Ok(Expr::Not(Box::new(self.or(Commas::End)?))),
            "in" => return self.list(false),
            "out" => return self.list(true),
            "like" => return self.like(false),
            "ilike" => return self.like(true),
            "any" => return self.items(false),
            "all" => return self.items(true),
            _ => return Err(Error::new(&self.text[start..], "Unknown expression group.")),
        };
        let path = self.path()?;
        let value = self.operand(&[')'])?;
        Ok(Expr::Compare { op: compare, path, value })
    }

    fn arguments(&mut self) -> Result<Vec<Expr>, Error> {
        let mut terms = vec![self.or(Commas::End)?];
        while self.eat(',') {
            terms.push(self.or(Commas::End)?);
        }
        Ok(terms)
    }

    fn path(&mut self) -> Result<String, Error> {
        let path = self.name()?;
        self.expect(',')?;
        Ok(path)
    }

    fn list(&mut self, negated: bool) -> Result<Expr, Error> {
        let path = self.path()?;
        let parenthesized = self.eat('(');
        if self.peek() == Some(')') {
            return Err(Error::new(self.text, "The list is empty."));
        }
        let mut values = vec![self.operand(&[',', ')'])?];
        while self.eat(',') {
            values.push(self.operand(&[',', ')'])?);
        }
        if parenthesized {
            self.expect(')')?;
        }
        Ok(Expr::In { path, values, negated })
    }

    fn like(&mut self, fold: bool) -> Result<Expr, Error> {
        let path = self.path()?;
        let pattern = self.operand(&[')'])?;
        Ok(Expr::Like { path, pattern, fold })
    }

    fn items(&mut self, every: bool) -> Result<Expr, Error> {
        let path = self.path()?;
        let filter = Box::new(self.or(Commas::End)?);
        Ok(Expr::Items { path, filter, every })
    }

    /// Parses the path of a property or the name of an operator.
    fn name(&mut self) -> Result<String, Error> {
        let rest = self.rest();
        let end = rest.find(['(', ')', ',', '&', ';', '|', '=', '"', '\'']).unwrap_or(rest.len());
        if end == 0 {
            return Err(self.unexpected("a name"));
        }
        self.at += end;
        Ok(rest[..end].to_owned())
    }

    /// Parses a value; an unquoted one ends before any of `ends`.
    fn operand(&mut self, ends: &[char]) -> Result<Operand, Error> {
        self.values += 1;
        if self.values > MAX_VALUES {
            let message = format!("The filter has more than {MAX_VALUES} values.");
            return Err(Error::new("$", message));
        }
        if let Some(quote @ ('"' | '\'')) = self.peek() {
            self.at += 1;
            let rest = self.rest();
            let Some(end) = rest.find(quote) else {
                return Err(Error::new(self.text, "A quote is not closed."));
            };
            self.at += end + 1;
            return Ok(Operand::Quoted(rest[..end].to_owned()));
        }
        for (call, operand) in [("null()", Operand::Null), ("empty()", Operand::Empty)] {
            if self.rest().get(..call.len()).is_some_and(|text| text.eq_ignore_ascii_case(call)) {
                self.at += call.len();
                return Ok(operand);
            }
        }
        let rest = self.rest();
        let end =
            rest.find(|c| ends.contains(&c) || matches!(c, '(' | '"' | '\'')).unwrap_or(rest.len());
        if end == 0 {
            return Err(self.unexpected("a value"));
        }
        self.at += end;
        Ok(Operand::Bare(rest[..end].to_owned()))
    }
}

fn one_or(mut terms: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match terms.pop() {
        Some(only) if terms.is_empty() => only,
        last => {
            terms.extend(last);
            many(terms)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::super::{Compare, Expr, Operand};
    use super::{parse, parts};

    fn eq(path: &str, value: &str) -> Expr {
        let value = Operand::Bare(value.to_owned());
        Expr::Compare { op: Compare::Eq, path: path.to_owned(), value }
    }

    #[test]
    fn or_binds_weaker_than_and() {
        for text in ["a=1,b=2;c=3", "a=1&b=2|c=3", "(a=1,b=2)|(c=3)", "or(and(a=1,b=2),EQ(c,3))"] {
            let expected =
                Expr::Or(vec![Expr::And(vec![eq("a", "1"), eq("b", "2")]), eq("c", "3")]);
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
        let grouped = Expr::And(vec![eq("a", "1"), Expr::Or(vec![eq("b", "2"), eq("c", "3")])]);
        assert_eq!(parse("a=1&(b=2|c=3)"), Ok(grouped));
    }

    #[test]
    fn values_are_quoted_or_not() {
        let value = |text: &str| match parse(text) {
            Ok(Expr::Compare { value, .. }) => value,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(value("eq(a,\"x),('&\")"), Operand::Quoted("x),('&".into()));
        assert_eq!(value("a='it is \"so\"'"), Operand::Quoted("it is \"so\"".into()));
        assert_eq!(value("a=NULL()"), Operand::Null);
        assert_eq!(value("eq(a,empty())"), Operand::Empty);
        assert_eq!(value("eq(a, x)"), Operand::Bare(" x".into()));
    }

    #[test]
    fn lists_come_in_three_forms() {
        for text in ["in(a,(x))", "in(a,x)", "IN(a,(x))"] {
            let values = vec![Operand::Bare("x".into())];
            assert_eq!(parse(text), Ok(Expr::In { path: "a".into(), values, negated: false }));
        }
        assert!(parse("in(a,())").is_err() && parse("in(a,)").is_err());
    }

    #[test]
    fn errors_name_the_part() {
        assert_eq!(parse("mistake(a,b)").unwrap_err().message, "Unknown expression group.");
        for text in ["", "eq(", "eq(a)", "a", "a=", "(a=1", "a=1)", "eq(a,\"x)", "and()", ",a=1"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&format!("in(a,({}x))", "x,".repeat(1_000))).is_err());
        assert!(parse(&"(".repeat(100_000)).is_err());
        assert!(parse(&"not(".repeat(100_000)).is_err());
    }

    #[test]
    fn a_query_is_split_outside_quotes_and_groups() {
        assert_eq!(
            parts("limit=1&(a=1&b=2)&c='x&y'&&d=1"),
            ["limit=1", "(a=1&b=2)", "c='x&y'", "d=1"]
        );
    }

    proptest! {
        #[test]
        fn any_filter_is_read_without_a_panic(text in "(eq|in|not|any|and|a|\\(|\\)|,|;|\\||&|=|\"|'|\\*|null\\(\\)|.){0,40}") {
            parse(&text).ok();
            parts(&text);
        }
    }
}
