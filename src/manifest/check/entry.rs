//! One webhook of a file.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::{ENTRY_KEYS, Identity, Reader, SECRET_KEYS, Wanted, find, wrong_url};
use crate::config::did_you_mean;
use crate::manifest::file::{ANCHORS, Entry, SecretReference};
use crate::manifest::node::{Content, Member, Node};
use crate::manifest::variables;
use crate::model::webhook_type;

impl Reader<'_> {
    pub(super) fn webhook(
        &mut self,
        node: &Node,
        line: Option<usize>,
        seen: &mut HashMap<Identity, String>,
    ) -> Option<Wanted> {
        let before = self.problems.len();
        let members = self.table(node, "a webhook", &ENTRY_KEYS)?;
        let entry = self.entry(members, line);
        let line_of = |key: &str| find(members, key).and_then(|member| member.line).or(line);
        let known = webhook_type::find(&entry.webhook_type);
        let criteria = self.criteria(&entry, members, line);
        if !entry.url.is_empty()
            && let Some(why) = wrong_url(&entry.url)
        {
            self.problem(line_of("url"), why);
        }
        if entry.webhook_type.is_empty() {
            return None;
        }
        let object = match known {
            Some(known) => criteria.get(known.anchor).cloned(),
            // Of an unknown type any anchor will do.
            None => ANCHORS
                .iter()
                .find_map(|(_, anchor)| criteria.get(*anchor).cloned()),
        };
        let Some(object) = object else {
            let message = missing_anchor(&entry, known.map(|known| known.anchor));
            self.problem(line_of("type"), message);
            return None;
        };
        let identity = Identity {
            webhook_type: webhook_type::canonical(&entry.webhook_type).to_owned(),
            object,
        };
        self.check_first(&identity, line, seen);
        (self.problems.len() == before).then(|| Wanted {
            identity,
            url: entry.url,
            description: entry.description,
            criteria,
            all_criteria: entry.criteria.is_some(),
            enabled: entry.enabled,
            secret: entry.secret,
        })
    }

    fn entry(&mut self, members: &[Member], line: Option<usize>) -> Entry {
        let mut entry = Entry::default();
        for (key, place) in [("type", &mut entry.webhook_type), ("url", &mut entry.url)] {
            match find(members, key) {
                Some(member) => *place = self.text(member, key).unwrap_or_default(),
                None => self.problem(line, format!("{key} is missing")),
            }
        }
        for (key, place) in [
            ("product", &mut entry.product),
            ("program", &mut entry.program),
            ("form", &mut entry.form),
            ("description", &mut entry.description),
        ] {
            let Some(member) = find(members, key) else {
                continue;
            };
            *place = self.text(member, key);
            if key != "description" && place.as_deref() == Some("") {
                self.problem(member.line, format!("{key}: the id is empty"));
            }
        }
        if let Some(member) = find(members, "criteria") {
            entry.criteria = self.criteria_table(member);
        }
        if let Some(member) = find(members, "enabled") {
            match &member.node.content {
                Content::Scalar(Value::Bool(enabled)) => entry.enabled = Some(*enabled),
                _ => self.problem(member.line, "enabled: must be true or false"),
            }
        }
        if let Some(member) = find(members, "secret") {
            entry.secret = self.secret(member);
        }
        entry
    }

    fn criteria_table(&mut self, member: &Member) -> Option<BTreeMap<String, String>> {
        let Content::Table(members) = &member.node.content else {
            let message = "criteria: must be a table of texts";
            self.problem(member.line, message);
            return None;
        };
        let mut criteria = BTreeMap::new();
        for member in members {
            let name = format!("criteria.{}", member.key);
            if let Some(text) = self.text(member, &name) {
                criteria.insert(member.key.clone(), text);
            }
        }
        Some(criteria)
    }

    /// The criteria with those that the short keys stand for.
    fn criteria(
        &mut self,
        entry: &Entry,
        members: &[Member],
        line: Option<usize>,
    ) -> BTreeMap<String, String> {
        let mut criteria = entry.criteria.clone().unwrap_or_default();
        let short = [&entry.product, &entry.program, &entry.form];
        for ((key, anchor), id) in ANCHORS.into_iter().zip(short) {
            let Some(id) = id else { continue };
            let given = criteria.insert(anchor.to_owned(), id.clone());
            if given.is_some_and(|given| given != *id) {
                let line = find(members, key).and_then(|member| member.line).or(line);
                self.problem(line, format!("{key}: criteria says another {anchor}"));
            }
        }
        criteria
    }

    fn secret(&mut self, member: &Member) -> Option<SecretReference> {
        if let Content::Scalar(_) = member.node.content {
            let message = "secret: never stands in a file; write { env = \"NAME\" }, \
                           { file = \"PATH\" } or { command = [\"…\"] }";
            self.problem(member.line, message);
            return None;
        }
        let members = self.table(&member.node, "secret", &SECRET_KEYS)?;
        let [only] = members else {
            let message = "secret: must have one of env, file and command";
            self.problem(member.line, message);
            return None;
        };
        let name = format!("secret.{}", only.key);
        match only.key.as_str() {
            "command" => self.command(only, &name),
            key => {
                let text = match &only.node.content {
                    Content::Scalar(Value::String(text)) if !text.is_empty() => text.clone(),
                    _ => {
                        self.problem(only.line, format!("{name}: must be a text"));
                        return None;
                    }
                };
                if key == "file" {
                    let path = self.source.folder.join(text);
                    let Some(path) = path.to_str() else {
                        let message = format!("{name}: its folder's name is not UTF-8");
                        self.problem(only.line, message);
                        return None;
                    };
                    return Some(SecretReference::File(path.to_owned()));
                }
                if variables::is_own(&text, self.variables.own) {
                    let message = variables::Error::Own(text).to_string();
                    self.problem(only.line, format!("{name}: {message}"));
                    return None;
                }
                Some(SecretReference::Env(text))
            }
        }
    }

    fn command(&mut self, member: &Member, name: &str) -> Option<SecretReference> {
        let words: Option<Vec<String>> = match &member.node.content {
            Content::List(nodes) => nodes
                .iter()
                .map(|node| match &node.content {
                    Content::Scalar(Value::String(word)) => Some(word.clone()),
                    _ => None,
                })
                .collect(),
            _ => None,
        };
        match words.filter(|words| !words.is_empty()) {
            Some(words) => Some(SecretReference::Command(words)),
            None => {
                self.problem(member.line, format!("{name}: must be a list of texts"));
                None
            }
        }
    }
}

fn missing_anchor(entry: &Entry, anchor: Option<&'static str>) -> String {
    let name = &entry.webhook_type;
    let Some(anchor) = anchor else {
        return format!(
            "the type `{name}` is not known{}: product, program or form must say its object",
            did_you_mean(name, webhook_type::KNOWN.iter().map(|known| known.name))
        );
    };
    let short = anchor.trim_end_matches(".id");
    let given = ANCHORS
        .iter()
        .zip([&entry.product, &entry.program, &entry.form])
        .find_map(|((key, _), id)| id.as_ref().map(|_| *key));
    match given {
        Some(given) => format!("{name} is for a {short}, not for a {given}: {short} is missing"),
        None => format!("{name} is for a {short}: {short} is missing"),
    }
}
