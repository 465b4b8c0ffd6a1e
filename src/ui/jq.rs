//! `--jq`: applies a jq filter to the JSON output, with jaq.

use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, compile, data, load, unwrap_valr};
use jaq_json::{Val, read};
use serde_json::Value;

use crate::text::escape;
use crate::text::json::{self, Layout};

/// What jaq does not have, and what would read the environment or end the process.
const DEFINITIONS: &str = include_str!("jq_definitions.jq");

/// The most results of a filter for one document: one that repeats forever ends.
const MAX_RESULTS: usize = 250_000;

type Program = jaq_core::compile::Filter<jaq_core::Native<data::JustLut<Val>>>;

pub struct Filter {
    program: Program,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("--jq: {0}")]
    Syntax(String),
    /// The filter failed on a value.
    #[error("the filter of --jq failed: {0}")]
    Run(String),
}

impl Filter {
    pub fn compile(expression: &str) -> Result<Self, Error> {
        let definitions = jaq_core::defs()
            .chain(jaq_std::defs())
            .chain(jaq_json::defs())
            .chain(load::parse(DEFINITIONS, |parser| parser.defs()).unwrap_or_default());
        let functions = jaq_core::funs()
            .chain(jaq_std::funs())
            .chain(jaq_json::funs());
        let arena = Arena::default();
        let modules = Loader::new(definitions)
            .load(
                &arena,
                File {
                    code: expression,
                    path: (),
                },
            )
            .map_err(|errors| Error::Syntax(load_error(&errors)))?;
        let program = Compiler::default()
            .with_funs(functions)
            .with_global_vars(["$ENV"])
            .compile(modules)
            .map_err(|errors| Error::Syntax(compile_error(&errors)))?;
        Ok(Self { program })
    }

    /// The results of the filter: strings raw, other values as JSON in the given layout.
    pub fn run(&self, input: &Value, layout: Layout) -> Result<Vec<String>, Error> {
        let failed = |error: &dyn std::fmt::Display| Error::Run(shortened(&error.to_string()));
        let input = read::parse_single(input.to_string().as_bytes()).map_err(|e| failed(&e))?;
        let context = Ctx::<data::JustLut<Val>>::new(
            &self.program.lut,
            Vars::new([Val::Obj(Default::default())]),
        );
        let mut count = 0;
        self.program
            .id
            .run((context, input))
            .map(unwrap_valr)
            .map(|result| {
                let text = match result {
                    Ok(Val::TStr(text)) => String::from_utf8_lossy(&text).into_owned(),
                    Ok(value) => render(&value, layout),
                    Err(error) => return Err(failed(&error)),
                };
                count += 1;
                if count > MAX_RESULTS {
                    return Err(Error::Run(format!(
                        "it has more than {MAX_RESULTS} results"
                    )));
                }
                Ok(text)
            })
            .collect()
    }
}

/// Errors of jaq contain the value, which may be the whole document.
fn shortened(error: &str) -> String {
    const MAX_EXCERPT: usize = 200;
    let mut shown: String = error.chars().take(MAX_EXCERPT).collect();
    if shown.len() < error.len() {
        shown.push('…');
    }
    escape::line(&shown).into_owned()
}

fn render(value: &Val, layout: Layout) -> String {
    let text = value.to_string();
    // jaq has values that JSON does not have (NaN, byte strings); they are printed as jaq does.
    match serde_json::from_str::<Value>(&text) {
        Ok(value) => json::text(&value, layout).unwrap_or(text),
        Err(_) => escape::line(&text).into_owned(),
    }
}

fn load_error(errors: &load::Errors<&str, ()>) -> String {
    let Some((file, error)) = errors.first() else {
        return "not a jq expression".to_owned();
    };
    let (what, at) = match error {
        load::Error::Io(paths) => {
            return format!("cannot load {:?}", paths.first().map(|(path, _)| *path));
        }
        load::Error::Lex(errors) => match errors.first() {
            Some((expected, found)) => (format!("expected {}", expected.as_str()), *found),
            None => return "not a jq expression".to_owned(),
        },
        load::Error::Parse(errors) => match errors.first() {
            Some((expected, found)) => (format!("expected {}", expected.as_str()), *found),
            None => return "not a jq expression".to_owned(),
        },
    };
    if at.is_empty() {
        return format!("{what} at the end of `{}`", file.code);
    }
    format!("{what} at `{at}`")
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
        let filter = Filter::compile(expression).map_err(|error| error.to_string())?;
        filter
            .run(&input, Layout::Compact)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn strings_are_raw_and_numbers_untouched() {
        let input = r#"{"a": "x\ny", "n": 1.10, "big": 12345678901234567890123}"#;
        assert_eq!(
            run(".a, .n, .big", input).unwrap(),
            ["x\ny", "1.10", "12345678901234567890123"]
        );
        assert_eq!(run("keys_unsorted", input).unwrap(), [r#"["a","n","big"]"#]);
    }

    #[test]
    fn a_wrong_expression_says_where() {
        for expression in ["{", ".a |", "nope", ".[", "\"", "$x"] {
            let error = run(expression, "{}").unwrap_err();
            assert!(error.starts_with("--jq: "), "{error}");
        }
        assert!(run(".a.b", r#"{"a": 1}"#).is_err());
    }
}
