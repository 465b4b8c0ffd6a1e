//! Reads one webhook of a manifest.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::{DEFAULT_KEYS, ENTRY_KEYS, ManifestWebhook, Place, Reader, SECRET_KEYS, SecretUse};
use crate::manifest::file::{ManifestEntry, SecretReference};
use crate::manifest::variables;
use crate::model::id::is_name;
use crate::model::url::without_userinfo;
use crate::model::webhook_type::WebhookType;
use crate::model::{Anchor, Criteria, EndpointUrl, WebhookKey, webhook_type};
use crate::source::node::{Content, Member, Node, find};
use crate::text::{MPT, did_you_mean};

impl Reader<'_> {
    pub(super) fn webhook(
        &mut self,
        node: &Node,
        line: Option<usize>,
        defaults: &[Member],
        seen: &mut HashMap<WebhookKey, Place>,
    ) -> Option<ManifestWebhook> {
        let before = self.error_count;
        let members = self.table(node, "a webhook", &ENTRY_KEYS)?;
        let members = &with_defaults(members, defaults, self.anchor_of(members, defaults));
        let entry = self.entry(members, line);
        let line_of = |key: &str| find(members, key).and_then(|member| member.line).or(line);
        let known = webhook_type::find(&entry.webhook_type);
        let criteria = self.criteria(&entry, members, line);
        if !entry.url.is_empty()
            && let Err(error) = EndpointUrl::parse(&entry.url)
        {
            self.error(line_of("url"), format!("url: {}: {error}", without_userinfo(&entry.url)));
        }
        if entry.webhook_type.is_empty() {
            return None;
        }
        let object = match known {
            Some(known) => criteria.get(known.anchor().criterion()),
            // An unknown type may have any anchor.
            None => Anchor::ALL.into_iter().find_map(|anchor| criteria.get(anchor.criterion())),
        };
        let Some(object) = object else {
            let expected = known.map(|known| known.anchor());
            // A value with an error was reported.
            if expected.is_none_or(|anchor| find(members, anchor.name()).is_none()) {
                self.error(line_of("type"), missing_anchor(&entry, expected));
            }
            return None;
        };
        let key = WebhookKey {
            webhook_type: webhook_type::canonical(&entry.webhook_type).to_owned(),
            object: object.to_owned(),
        };
        self.check_type(&entry.webhook_type, "type", line_of("type"));
        let object_line = known.map_or(line, |known| line_of(known.anchor().name()));
        self.check_object(known, object, object_line);
        if entry.switch.is_some() {
            self.check_switch(&entry, known, line_of("switch"));
        }
        self.check_first(&key, line, object_line, seen);
        (self.error_count == before).then(|| ManifestWebhook {
            key,
            url: entry.url,
            description: entry.description,
            criteria,
            all_criteria: entry.criteria.is_some(),
            enabled: entry.enabled,
            secret: entry.secret,
            switch: entry.switch == Some(true),
        })
    }

    /// The kind of object that the type of a webhook is for, as far as it is known.
    fn anchor_of(&self, members: &[Member], defaults: &[Member]) -> Option<Anchor> {
        let named = find(members, "type").or_else(|| find(defaults, "type"))?;
        let Content::Scalar(Value::String(text)) = &named.node.content else {
            return None;
        };
        Some(webhook_type::find(&self.expanded(text).ok()?)?.anchor())
    }

    /// The object must be an ID: a name may be that of several objects.
    fn check_object(&mut self, known: Option<&WebhookType>, object: &str, line: Option<usize>) {
        let anchor = known.map(|known| known.anchor());
        if let Some(anchor) = anchor.filter(|anchor| is_name(*anchor, object)) {
            let anchor = anchor.name();
            let hint = format!("give the ID, which {MPT} status --all shows");
            self.error(line, format!("{anchor}: `{object}` is a name; {hint}"));
        }
    }

    fn entry(&mut self, members: &[Member], line: Option<usize>) -> ManifestEntry {
        let mut entry = ManifestEntry::default();
        for (key, place) in [("type", &mut entry.webhook_type), ("url", &mut entry.url)] {
            match find(members, key) {
                Some(member) => *place = self.text(member, key).unwrap_or_default(),
                None => self.error(line, format!("{key} is missing")),
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
                self.error(member.line, format!("{key}: the ID is empty"));
            }
        }
        if let Some(member) = find(members, "criteria") {
            entry.criteria = self.criteria_table(member);
        }
        if let Some(member) = find(members, "enabled") {
            self.check_enabled(member);
            if let Content::Scalar(Value::Bool(enabled)) = &member.node.content {
                entry.enabled = Some(*enabled);
            }
        }
        if let Some(member) = find(members, "switch") {
            match &member.node.content {
                Content::Scalar(Value::Bool(true)) => entry.switch = Some(true),
                Content::Scalar(Value::Bool(false)) => self.error(
                    member.line,
                    "switch: cannot be false, since turning a switch off silences the webhooks of others; leave it out",
                ),
                _ => self.error(member.line, "switch: must be true, or left out"),
            }
        }
        if let Some(member) = find(members, "secret") {
            entry.secret = self.secret(member);
            let reference = entry.secret.clone();
            self.secrets.extend(reference.map(|reference| SecretUse {
                reference,
                file: self.source.name.clone(),
                line: member.line,
            }));
        }
        entry
    }

    /// Validates a default, which may be used by no webhook.
    pub(super) fn check_default(&mut self, member: &Member) {
        match member.key.as_str() {
            "enabled" => self.check_enabled(member),
            "secret" => drop(self.secret(member)),
            key if DEFAULT_KEYS.contains(&key) => {
                let text = self.text(member, key);
                let error = text.filter(|_| key == "url").and_then(|url| {
                    let error = EndpointUrl::parse(&url).err()?;
                    Some(format!("url: {}: {error}", without_userinfo(&url)))
                });
                if let Some(error) = error {
                    self.error(member.line, error);
                }
            }
            // It was already reported.
            _ => {}
        }
    }

    /// A switch is only for a webhook that will be enabled, and of a type whose switch is certain.
    fn check_switch(
        &mut self,
        entry: &ManifestEntry,
        known: Option<&WebhookType>,
        line: Option<usize>,
    ) {
        if entry.enabled == Some(false) {
            self.error(line, "switch: the webhook has enabled = false, so it would not be called");
        }
        if known.and_then(WebhookType::certain_switch).is_none() {
            let name = &entry.webhook_type;
            self.error(line, format!("switch: no switch is known for certain for the type {name}"));
        }
    }

    fn check_enabled(&mut self, member: &Member) {
        if !matches!(member.node.content, Content::Scalar(Value::Bool(_))) {
            self.error(member.line, "enabled: must be true or false");
        }
    }

    fn criteria_table(&mut self, member: &Member) -> Option<BTreeMap<String, String>> {
        let Content::Table(members) = &member.node.content else {
            let message = "criteria: must be a table of strings";
            self.error(member.line, message);
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

    /// The criteria, including those of the short keys.
    fn criteria(
        &mut self,
        entry: &ManifestEntry,
        members: &[Member],
        line: Option<usize>,
    ) -> Criteria {
        let given = entry.criteria.clone().unwrap_or_default();
        let given: Criteria = given.into_iter().collect();
        let anchors: Criteria = Anchor::ALL
            .into_iter()
            .filter_map(|anchor| {
                let id = entry.anchor(anchor).as_ref()?;
                Some((anchor.criterion().to_owned(), id.clone()))
            })
            .collect();
        for anchor in Anchor::ALL {
            let (key, criterion) = (anchor.name(), anchor.criterion());
            if let (Some(id), Some(given)) = (anchors.get(criterion), given.get(criterion))
                && id != given
            {
                let line = find(members, key).and_then(|member| member.line).or(line);
                self.error(line, format!("{key}: criteria.{criterion} has another value"));
            }
        }
        given.merged(&anchors)
    }

    fn secret(&mut self, member: &Member) -> Option<SecretReference> {
        // It has none, whatever the defaults say.
        if let Content::Scalar(Value::Bool(false)) = member.node.content {
            return None;
        }
        if let Content::Scalar(_) = member.node.content {
            let message = "secret: must not be written in a manifest; use { env = \"NAME\" }, \
                           { file = \"PATH\" } or { command = [\"…\"] }, or false for none";
            self.error(member.line, message);
            return None;
        }
        let members = self.table(&member.node, "secret", &SECRET_KEYS)?;
        let (keys, sources): (Vec<_>, Vec<_>) =
            members.iter().partition(|member| member.key == "key");
        let [only] = sources[..] else {
            let message = "secret: must have one of env, file and command";
            self.error(member.line, message);
            return None;
        };
        let key = match keys.first() {
            Some(key) if only.key != "env" => {
                self.error(key.line, "secret.key: only for env, whose value is a JSON object");
                return None;
            }
            Some(key) => Some(self.text(key, "secret.key")?),
            None => None,
        };
        let name = format!("secret.{}", only.key);
        match only.key.as_str() {
            "command" => self.command(only, &name),
            source => {
                let text = match &only.node.content {
                    Content::Scalar(Value::String(text)) if !text.is_empty() => text.clone(),
                    _ => {
                        self.error(only.line, format!("{name}: must be a string"));
                        return None;
                    }
                };
                if source == "file" {
                    let path = self.source.folder.join(text);
                    let Some(path) = path.to_str() else {
                        let message = format!("{name}: the path of its folder is not UTF-8");
                        self.error(only.line, message);
                        return None;
                    };
                    return Some(SecretReference::File { file: path.to_owned() });
                }
                if variables::is_reserved(&text, self.variables.reserved) {
                    let message = variables::Error::Reserved(text).to_string();
                    self.error(only.line, format!("{name}: {message}"));
                    return None;
                }
                Some(SecretReference::Env { env: text, key })
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
            Some(command) => Some(SecretReference::Command { command }),
            None => {
                self.error(member.line, format!("{name}: must be a list of strings"));
                None
            }
        }
    }
}

/// The members of a webhook, and the defaults that it does not have itself. A default object is only for webhooks that
/// name none, and whose type is for such an object.
fn with_defaults(members: &[Member], defaults: &[Member], anchor: Option<Anchor>) -> Vec<Member> {
    let anchor_of = |key: &str| Anchor::ALL.into_iter().find(|anchor| anchor.name() == key);
    let names_object =
        members.iter().any(|member| anchor_of(&member.key).is_some() || member.key == "criteria");
    let applies = |default: &&Member| match anchor_of(&default.key) {
        Some(of_default) => !names_object && anchor.is_none_or(|anchor| anchor == of_default),
        // A key that is not known was reported.
        None => {
            let is_known = DEFAULT_KEYS.contains(&default.key.as_str());
            is_known && find(members, &default.key).is_none()
        }
    };
    let missing = defaults.iter().filter(applies);
    members.iter().chain(missing).cloned().collect()
}

fn missing_anchor(entry: &ManifestEntry, anchor: Option<Anchor>) -> String {
    let name = &entry.webhook_type;
    let Some(anchor) = anchor else {
        let near = did_you_mean(name, webhook_type::names());
        return format!("unknown type `{name}`{near}: give its object as product, program or form");
    };
    let expected = anchor.name();
    let given = Anchor::ALL.into_iter().find(|anchor| entry.anchor(*anchor).is_some());
    match given.map(Anchor::name) {
        Some(given) => {
            format!("{name} is for a {expected}, not for a {given}: {expected} is missing")
        }
        None => format!("{name} is for a {expected}: {expected} is missing"),
    }
}
