//! A jq filter, with jaq.

use std::io;

use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, compile, data, load, unwrap_valr};
use jaq_json::{Num, Val, read};
use serde_json::Value;

use crate::text::escape;
use crate::text::json::{self, Layout};

/// What jaq does not have, and what would read the environment or end the process.
const DEFINITIONS: &str = include_str!("definitions.jq");

/// The most results of a filter for one document: one that repeats forever ends.
const MAX_RESULTS: usize = 1_000_000;

/// The most bytes of the results for one document.
const MAX_BYTES: usize = 256 * 1024 * 1024;

type Program = jaq_core::compile::Filter<jaq_core::Native<data::JustLut<Val>>>;

pub struct Filter {
    program: Program,
    /// The values of the global variables: `$ENV`, then the arguments.
    variables: Vec<Val>,
}

impl Filter {
    /// Compiles an expression that may use the arguments as `$NAME`.
    ///
    /// # Errors
    /// What is wrong with the expression.
    pub fn compile(expression: &str, arguments: &[(String, String)]) -> Result<Self, String> {
        let definitions = jaq_core::defs()
            .chain(jaq_std::defs())
            .chain(jaq_json::defs())
            .chain(load::parse(DEFINITIONS, |parser| parser.defs()).unwrap_or_default());
        let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        let names: Vec<_> = arguments.iter().map(|(name, _)| format!("${name}")).collect();
        let arena = Arena::default();
        let modules = Loader::new(definitions)
            .load(&arena, File { code: expression, path: () })
            .map_err(|errors| load_error(&errors))?;
        let program = Compiler::default()
            .with_funs(functions)
            .with_global_vars(std::iter::once("$ENV").chain(names.iter().map(String::as_str)))
            .compile(modules)
            .map_err(|errors| compile_error(&errors))?;
        let values = arguments.iter();
        let values = values.map(|(_, value)| Val::utf8_str(value.clone()));
        Ok(Self {
            program,
            variables: std::iter::once(Val::obj(Default::default())).chain(values).collect(),
        })
    }

    /// Passes each result of the filter to `send`: strings raw, other values as JSON in the given layout. The
    /// inner error is that of the filter.
    pub fn run(
        &self,
        input: &Value,
        layout: Layout,
        send: &mut dyn FnMut(String) -> io::Result<()>,
    ) -> io::Result<Result<(), String>> {
        let context = Ctx::<data::JustLut<Val>>::new(
            &self.program.lut,
            Vars::new(self.variables.iter().cloned()),
        );
        let mut count = 0;
        let mut bytes = 0;
        for result in self.program.id.run((context, from_json(input))) {
            let text = match unwrap_valr(result) {
                Ok(Val::TStr(text)) => String::from_utf8_lossy(&text).into_owned(),
                Ok(value) => render(&value, layout),
                Err(error) => {
                    return Ok(Err(format!("failed: {}", reason(input, &error.to_string()))));
                }
            };
            count += 1;
            bytes += text.len();
            if count > MAX_RESULTS {
                return Ok(Err(format!("has more than {MAX_RESULTS} results")));
            }
            if bytes > MAX_BYTES {
                return Ok(Err(format!("prints more than {} MiB", MAX_BYTES >> 20)));
            }
            send(text)?;
        }
        Ok(Ok(()))
    }
}

/// A JSON value for jaq. Numbers keep their text.
fn from_json(value: &Value) -> Val {
    match value {
        Value::Null => Val::Null,
        Value::Bool(value) => Val::Bool(*value),
        Value::Number(number) => Val::Num(from_number(number.as_str())),
        Value::String(text) => Val::utf8_str(text.clone()),
        Value::Array(items) => items.iter().map(from_json).collect(),
        Value::Object(members) => Val::obj(
            members
                .iter()
                .map(|(name, value)| (Val::utf8_str(name.clone()), from_json(value)))
                .collect(),
        ),
    }
}

fn from_number(text: &str) -> Num {
    // As an integer, `-0` would lose its sign.
    if text == "-0" {
        return Num::Dec(jaq_json::Rc::new(text.to_owned()));
    }
    read::parse_single_num(text.as_bytes()).unwrap_or_else(|| Num::from_dec_str(text))
}

fn render(value: &Val, layout: Layout) -> String {
    let text = value.to_string();
    // jaq has values that JSON does not have (NaN, byte strings); they are printed as jaq does.
    match serde_json::from_str::<Value>(&text) {
        Ok(value) => json::text(&value, layout).unwrap_or(text),
        Err(_) => escape::line(&text).into_owned(),
    }
}

/// Why the filter failed. Errors of jaq contain the value, which may be the whole document.
fn reason(input: &Value, error: &str) -> String {
    let rest = error.strip_prefix("cannot index ").and_then(|rest| rest.rsplit_once(" with \""));
    match rest {
        Some((value, member)) if input.is_array() && value == from_json(input).to_string() => {
            let member = excerpt(member.trim_end_matches('"'));
            format!(
                "the result is an array, which has no member `{member}`; begin the expression with `.[]`"
            )
        }
        _ => excerpt(error),
    }
}

/// A text on one line, shortened.
pub(super) fn excerpt(text: &str) -> String {
    const MAX_EXCERPT: usize = 200;
    let mut shown: String = text.chars().take(MAX_EXCERPT).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    escape::line(&shown).into_owned()
}

fn load_error(errors: &load::Errors<&str, ()>) -> String {
    let Some((file, error)) = errors.first() else {
        return "not a jq expression".to_owned();
    };
    let (what, at) = match error {
        load::Error::Io(paths) => {
            let name = paths.first().map_or("a module", |(path, _)| *path);
            return format!("cannot load `{name}`: modules are not supported");
        }
        load::Error::Lex(errors) => match errors.first() {
            Some((expected, found)) => (expected.as_str(), *found),
            None => return "not a jq expression".to_owned(),
        },
        load::Error::Parse(errors) => match errors.first() {
            Some((expected, found)) => (expected.as_str(), *found),
            None => return "not a jq expression".to_owned(),
        },
    };
    match (what, at.is_empty()) {
        ("nothing" | "token", false) => {
            format!("`{at}` cannot follow what is before it; is a `|` missing?")
        }
        ("term", true) => format!("a value is missing at the end of `{}`", file.code),
        (_, true) => format!("expected {what} at the end of `{}`", file.code),
        ("term", false) => format!("expected a value at `{at}`"),
        _ => format!("expected {what} at `{at}`"),
    }
}

fn compile_error(errors: &compile::Errors<&str, ()>) -> String {
    let undefined = errors.first().and_then(|(_, errors)| errors.first());
    match undefined {
        Some((name, kind)) => format!("undefined {} `{name}`", kind.as_str()),
        None => "not a jq expression".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{Filter, Layout};

    fn run(expression: &str, input: &str) -> Result<Vec<String>, String> {
        let input: Value = serde_json::from_str(input).unwrap();
        let arguments = [("name".to_owned(), "a value".to_owned())];
        let filter = Filter::compile(expression, &arguments)?;
        let mut results = Vec::new();
        let mut send = |text| {
            results.push(text);
            Ok(())
        };
        filter.run(&input, Layout::Compact, &mut send).unwrap()?;
        Ok(results)
    }

    #[test]
    fn strings_are_raw_and_numbers_untouched() {
        let input = r#"{"a": "x\ny", "n": 1.10, "big": 12345678901234567890123, "z": -0}"#;
        assert_eq!(
            run(".a, .n, .big, .z, $name", input).unwrap(),
            ["x\ny", "1.10", "12345678901234567890123", "-0", "a value"]
        );
        assert_eq!(run("keys_unsorted", input).unwrap(), [r#"["a","n","big","z"]"#]);
    }

    #[test]
    fn an_invalid_expression_is_an_error() {
        for expression in ["{", ".a |", "nope", ".[", "\"", "$x"] {
            assert!(run(expression, "{}").is_err(), "{expression}");
        }
        assert!(run(".a.b", r#"{"a": 1}"#).is_err());
    }

    #[test]
    fn who_takes_an_array_for_an_object_is_told() {
        let said = "failed: the result is an array, which has no member `id`; begin the expression with `.[]`";
        assert_eq!(run(".id", r#"[{"id": 1}]"#).unwrap_err(), said);
        assert!(run(".[].a.b", r#"[{"a": [1]}]"#).unwrap_err().contains("cannot index [1]"));
    }
}
