//! Checks the tables of `docs/architecture.md`: no module uses another one that its table
//! does not name, every named one is used, and there are no circles between files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use regex::Regex;

const DOCUMENT: &str = include_str!("../docs/architecture.md");

/// Source files by module path: `api::client` → text without comments and tests.
type Sources = BTreeMap<String, String>;

#[test]
fn modules_use_what_the_document_says_and_no_more() {
    let sources = read_sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    let wrong = check_directions(&sources, &table(DOCUMENT, "uses"));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn crates_are_used_only_where_the_document_says() {
    let sources = read_sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    for (name, allowed) in table(DOCUMENT, "only in") {
        let used = Regex::new(&format!(r"\b{name}::")).unwrap();
        let users: BTreeSet<String> = sources
            .iter()
            .filter(|(_, text)| used.is_match(text))
            .map(|(module, _)| top(module).to_owned())
            .collect();
        assert_eq!(users, allowed, "{name}");
    }
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let sources = read_sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    assert_eq!(find_circle(&sources), None);
}

#[test]
fn what_is_shared_is_for_two_verbs_or_more() {
    let sources = read_sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    let few: Vec<_> =
        verbs_by_shared_file(&sources).into_iter().filter(|(_, verbs)| verbs.len() < 2).collect();
    assert!(few.is_empty(), "move these to the only verb that uses them: {few:#?}");
}

#[test]
fn a_planted_wrong_import_is_found() {
    let plant = |module: &str, line: &str| {
        let mut sources = read_sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
        sources.get_mut(module).unwrap().push_str(line);
        sources
    };
    let planted = plant("model::webhook", "\nuse crate::{text, api::Client};\n");
    assert_eq!(
        check_directions(&planted, &table(DOCUMENT, "uses")),
        ["`model` uses `api` (in model::webhook), which docs/architecture.md does not name"]
    );
    let planted = plant("api::retry", "\nuse super::client::{Client, ClientSettings};\n");
    let circle = find_circle(&planted).unwrap();
    assert!(circle.contains(&"api::client".to_owned()), "{circle:?}");
}

/// The files of `commands/shared`, each with the verbs that use it, also through other shared files. What the root
/// command uses is for every verb.
fn verbs_by_shared_file(sources: &Sources) -> BTreeMap<String, BTreeSet<String>> {
    let is_shared = |module: &str| module.starts_with("commands::shared::");
    let uses = uses(sources);
    let mut verbs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for module in sources.keys().filter(|module| is_shared(module)) {
        verbs.insert(module.clone(), BTreeSet::new());
    }
    loop {
        let before = verbs.clone();
        for (user, used) in uses.iter().filter(|(_, used)| before.contains_key(used)) {
            let more = match before.get(user) {
                Some(verbs) => verbs.clone(),
                None if user.starts_with("commands::") => [verb(user)].into(),
                None => ["every verb".to_owned(), user.clone()].into(),
            };
            verbs.entry(used.clone()).or_default().extend(more);
        }
        if verbs == before {
            return verbs;
        }
    }
}

/// The verb that a file belongs to: `webhook create` of `commands::webhook::create::questions`.
fn verb(module: &str) -> String {
    let words: Vec<_> = module.split("::").skip(1).take(2).collect();
    words.join(" ")
}

/// Each file's text up to its tests, without comments.
fn read_sources(root: &Path) -> Sources {
    fn walk(folder: &Path, module: &str, sources: &mut Sources) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let below =
                if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") };
            if path.is_dir() {
                walk(&path, &below, sources);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let module = if name == "mod" { module } else { &below };
                let text = fs::read_to_string(&path).unwrap();
                sources.insert(module.to_owned(), without_comments_and_tests(&text));
            }
        }
    }
    let mut sources = Sources::new();
    walk(root, "", &mut sources);
    // Unit tests, but not the command of that name.
    sources.retain(|module, _| !module.ends_with("::test") || module.starts_with("commands::"));
    assert!(sources.len() > 100, "{}", sources.len());
    sources
}

fn without_comments_and_tests(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The table with this second heading: first column → names in the second column.
fn table(document: &str, heading: &str) -> BTreeMap<String, BTreeSet<String>> {
    let start = document.find(&format!("| {heading} |\n")).unwrap();
    let rows = document[start..].lines().skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let names = Regex::new("`([a-z_]+)`").unwrap();
    rows.map(|row| {
        let mut found = names.captures_iter(row).map(|name| name[1].to_owned());
        (found.next().unwrap(), found.collect())
    })
    .collect()
}

fn top(module: &str) -> &str {
    module.split("::").next().unwrap()
}

/// The paths in a file: `crate::…`, `super::…`, `mpt::…`, with braces expanded.
fn paths(text: &str) -> Vec<String> {
    let start =
        Regex::new(r"\b(?:crate|super|mpt)(?:::(?:super|[a-z_]\w*|[A-Z]\w*))*(?:::\{)?").unwrap();
    let mut all = Vec::new();
    for found in start.find_iter(text) {
        match found.as_str().strip_suffix("::{") {
            Some(prefix) => expand(prefix, &text[found.end()..], &mut all),
            None => all.push(found.as_str().to_owned()),
        }
    }
    all
}

/// The paths in braces; the text starts after the opening brace.
fn expand(prefix: &str, text: &str, all: &mut Vec<String>) {
    let (mut depth, mut start) = (0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                let item = text[start..at].trim();
                match item.split_once("::{") {
                    Some((below, rest)) => expand(&format!("{prefix}::{below}"), rest, all),
                    None if item == "self" || item.is_empty() => all.push(prefix.to_owned()),
                    None => all.push(format!("{prefix}::{item}")),
                }
                start = at + 1;
                if c == '}' {
                    return;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
}

/// The re-exports of modules: module and name → source.
type Exports = BTreeMap<(String, String), String>;

fn exports(sources: &Sources) -> Exports {
    let export = Regex::new(r"pub use (?:self::)?([a-z_]+)::(\{[^}]*\}|\w+);").unwrap();
    let name = Regex::new(r"\w+").unwrap();
    let mut exports = Exports::new();
    for (module, text) in sources {
        for found in export.captures_iter(text) {
            for name in name.find_iter(&found[2]) {
                let key = (module.clone(), name.as_str().to_owned());
                exports.insert(key, format!("{module}::{}", &found[1]));
            }
        }
    }
    exports
}

/// The module that a path in another module means; a re-export means its source.
fn resolve(path: &str, from: &str, sources: &Sources, exports: &Exports) -> Option<String> {
    let mut segments: Vec<&str> = match path.split_once("::") {
        Some(("crate" | "mpt", rest)) => rest.split("::").collect(),
        _ => {
            let mut here: Vec<&str> = from.split("::").collect();
            let mut rest = path.split("::").peekable();
            while rest.next_if_eq(&"super").is_some() {
                here.pop();
            }
            here.extend(rest);
            here
        }
    };
    let mut name = None;
    while !segments.is_empty() && !sources.contains_key(&segments.join("::")) {
        name = segments.pop();
    }
    let module = segments.join("::");
    let key = (module.clone(), name.unwrap_or_default().to_owned());
    let target = exports.get(&key).cloned().unwrap_or(module);
    (!target.is_empty()).then_some(target)
}

fn uses(sources: &Sources) -> BTreeSet<(String, String)> {
    let exports = exports(sources);
    let reexport = Regex::new(r"pub use [^;]*;").unwrap();
    let child = Regex::new(r"(?m)^use ([a-z_]+)::").unwrap();
    let mut uses = BTreeSet::new();
    for (module, text) in sources {
        let text = reexport.replace_all(text, "");
        let children = child.captures_iter(&text).map(|child| format!("{module}::{}", &child[1]));
        let children = children.filter(|child| sources.contains_key(child));
        let named = paths(&text);
        let named = named.iter().filter_map(|path| resolve(path, module, sources, &exports));
        for target in children.chain(named).filter(|target| target != module) {
            uses.insert((module.clone(), target));
        }
    }
    uses
}

fn check_directions(
    sources: &Sources,
    allowed: &BTreeMap<String, BTreeSet<String>>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut unused = allowed.clone();
    for (from, to) in uses(sources) {
        let (user, used) = (top(&from), top(&to));
        // lib.rs only declares the modules.
        if user == used || used == "lib" {
            continue;
        }
        if let Some(names) = unused.get_mut(user) {
            names.remove(used);
        }
        let is_named = allowed.get(user).is_some_and(|names| names.contains(used));
        if !is_named {
            wrong.push(format!(
                "`{user}` uses `{used}` (in {from}), which docs/architecture.md does not name"
            ));
        }
    }
    for (user, names) in unused {
        for used in names {
            wrong.push(format!("docs/architecture.md says that `{user}` uses `{used}`"));
        }
    }
    wrong
}

/// The files of a circle, if there is one.
fn find_circle(sources: &Sources) -> Option<Vec<String>> {
    let mut edges: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (from, to) in uses(sources) {
        edges.entry(from).or_default().push(to);
    }
    fn visit(
        module: &str,
        edges: &BTreeMap<String, Vec<String>>,
        way: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> Option<Vec<String>> {
        if let Some(at) = way.iter().position(|known| known == module) {
            return Some(way[at..].to_vec());
        }
        if !done.contains(module) {
            way.push(module.to_owned());
            for next in edges.get(module).into_iter().flatten() {
                if let Some(circle) = visit(next, edges, way, done) {
                    return Some(circle);
                }
            }
            way.pop();
            done.insert(module.to_owned());
        }
        None
    }
    let mut done = BTreeSet::new();
    sources.keys().find_map(|module| visit(module, &edges, &mut Vec::new(), &mut done))
}
