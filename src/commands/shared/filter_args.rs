//! The flags of `list` and `export` that select webhooks.

use super::{Context, candidates, type_arg};
use crate::api::rql;
use crate::failure::{Failure, Kind};
use crate::model::{Webhook, webhook_type};
use crate::operations::Session;
use crate::operations::webhooks::find_object;
use crate::reporter::Reporter;
use clap::builder::NonEmptyStringValueParser;

/// The filter of a list.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct RqlArgs {
    /// Only those that match this RQL filter, such as like(url,"*example.com*")
    #[arg(long, value_name = "RQL")]
    pub filter: Option<String>,
}

/// The name of a flag, its value, and what makes it a condition.
type Flag<'a> = (&'a str, Option<&'a str>, fn(&str) -> Option<String>);

impl RqlArgs {
    /// Returns an error if the filter is certainly wrong, and warns if it may mean something else.
    pub fn check(&self, context: &Context) -> Result<(), Failure> {
        let Some(filter) = &self.filter else { return Ok(()) };
        if let Some(why) = rql::unbalanced(filter) {
            return Err(Failure::usage(format!("--filter: {why}")));
        }
        if let Some(c) = rql::unquoted_separator(filter) {
            context.ui.warn(&format!(
                "--filter: a value without quotes contains `{c}`, which the platform reads as an operator; put the value in \
                 quotes"
            ));
        }
        Ok(())
    }

    /// Combines the filter with other flags.
    pub fn and<const N: usize>(
        &self,
        flags: [Flag<'_>; N],
        context: &Context,
    ) -> Result<String, Failure> {
        self.check(context)?;
        let own = self.filter.iter().filter(|filter| !filter.is_empty());
        let mut conditions: Vec<String> = own.cloned().collect();
        for (flag, value, condition) in flags {
            let Some(value) = value else { continue };
            conditions.push(condition(value).ok_or_else(|| {
                let message = match value.ends_with('\\') {
                    true => "a search cannot end in a backslash, which the platform reads as part of a star",
                    false => "a filter value cannot contain both ' and \"",
                };
                Failure::usage(format!("{flag}: {message}"))
            })?);
        }
        Ok(rql::all(&conditions))
    }
}

#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct FilterArgs {
    #[command(flatten)]
    pub rql: RqlArgs,

    /// Only webhooks of this type, in any letter case or in kebab-case
    #[arg(long = "type", value_name = "TYPE", value_parser = NonEmptyStringValueParser::new())]
    #[arg(add = candidates::webhook_types())]
    webhook_type: Option<String>,

    /// Only webhooks with this status
    #[arg(long, value_name = "STATUS", ignore_case = true, value_parser = ["enabled", "disabled"])]
    status: Option<String>,

    /// Only webhooks for the product, program or form with this ID or whole name
    #[arg(long, value_name = "ID|NAME", value_parser = NonEmptyStringValueParser::new())]
    #[arg(add = candidates::objects())]
    object: Option<String>,

    /// Only webhooks whose URL contains this text
    #[arg(long, value_name = "TEXT")]
    url: Option<String>,

    /// Only webhooks whose last call failed
    #[arg(long)]
    pub failing: bool,
}

impl FilterArgs {
    /// Connects, looks the object up if its name is given, and combines all flags to one RQL filter. What is certainly
    /// wrong is found before.
    pub async fn connect<'c>(
        &self,
        context: &'c Context,
    ) -> Result<(Session<'c>, Self, String), Failure> {
        let name = self.object.as_deref().filter(|object| find_object::is_name_of_any(object));
        let Some(name) = name else {
            let filter = self.rql(context)?;
            return Ok((context.connect().await?, self.clone(), filter));
        };
        let session = context.connect().await?;
        let object = Some(find_object::of_any_kind(&session, name).await?);
        let with_id = Self { object, ..self.clone() };
        let filter = with_id.rql(context)?;
        Ok((session, with_id, filter))
    }

    /// Combines all given flags to one RQL filter. The object is an ID.
    fn rql(&self, context: &Context) -> Result<String, Failure> {
        if let Some(typed) = &self.webhook_type {
            type_arg::check_filter(typed, context)?;
        }
        let webhook_type = self.webhook_type.as_deref().map(webhook_type::canonical);
        let status = self.status.as_deref().map(capitalized);
        self.rql.and(
            [
                ("--type", webhook_type, |value| rql::eq("type", value)),
                ("--status", status.as_deref(), |value| rql::eq("status", value)),
                ("--object", self.object.as_deref(), |value| rql::eq("object.id", value)),
                ("--url", self.url.as_deref(), |value| rql::contains("url", value)),
            ],
            context,
        )
    }

    /// Returns an error if a webhook of the answer does not match the flags: then the filter was ignored. Members that the
    /// answer leaves out are not compared.
    pub fn check(&self, webhook: &Webhook) -> Result<(), Failure> {
        let differs =
            |given: &Option<String>, has: Option<&str>, is_same: fn(&str, &str) -> bool| {
                let pair = given.as_deref().zip(has);
                pair.is_some_and(|(given, has)| !is_same(given, has))
            };
        let object = webhook.object.as_ref().and_then(|object| object.id.as_deref());
        let is_wrong =
            differs(&self.webhook_type, webhook.webhook_type.as_deref(), |given, has| {
                webhook_type::canonical(given) == webhook_type::canonical(has)
            }) || differs(&self.status, webhook.status.as_deref(), str::eq_ignore_ascii_case)
                || differs(&self.object, object, |given, has| given == has)
                || differs(&self.url, webhook.url.as_deref(), |given, has| {
                    has.to_lowercase().contains(&given.to_lowercase())
                });
        match is_wrong {
            true => Err(ignored_filter(&webhook.described())),
            false => Ok(()),
        }
    }

    /// The condition that a filter of the platform cannot express.
    pub fn passes(&self, webhook: &Webhook) -> bool {
        !self.failing || webhook.is_failing()
    }
}

/// The failure for a list with something in it that was not asked for.
pub fn ignored_filter(what: &str) -> Failure {
    let message = format!("the platform has ignored the filter: its list contains {what}");
    Failure::new(Kind::Service, message)
}

pub fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    let rest = characters.map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(rest).collect()
}
