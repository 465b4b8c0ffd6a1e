//! `mpt order list`

use crate::api::list::Query;
use crate::api::{List, rql};
use crate::commands::shared::filter_args::{RqlArgs, capitalized, ignored_filter};
use crate::commands::shared::input::number;
use crate::commands::shared::{Context, candidates};
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Failure};
use crate::model::id::is_name;
use crate::model::object::Order;
use crate::model::{Anchor, Document};
use crate::operations::Session;
use crate::operations::validate_object::Subject;
use crate::operations::webhooks::find_object;
use crate::text::escape;
use crate::ui::{Column, Report, View};

/// List orders
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  Find an order for a webhook of the type ValidatePurchaseOrderDraft:
    mpt order list --product PRD-1111-1111 --type Purchase --status Draft

  Only the IDs:
    mpt order list --status Querying -o id")]
pub struct Args {
    /// List orders of the product with this ID or name
    #[arg(long, value_name = "ID")]
    #[arg(add = candidates::ids("PRD"))]
    product: Option<String>,

    /// List orders with this status: New, Draft, Processing, Querying, Quoted, Completed, Failed, Deleted
    #[arg(long, value_name = "STATUS", add = candidates::words(&STATUSES))]
    status: Option<String>,

    /// List orders of this type: Purchase, Change, Configuration, Termination
    #[arg(long = "type", value_name = "TYPE", add = candidates::words(&TYPES))]
    order_type: Option<String>,

    #[command(flatten)]
    rql: RqlArgs,

    /// Show at most this many [default: all]
    #[arg(long, value_name = "N", value_parser = number::<u64>(1..=u64::MAX))]
    limit: Option<u64>,
}

const STATUSES: [&str; 8] =
    ["New", "Draft", "Processing", "Querying", "Quoted", "Completed", "Failed", "Deleted"];
const TYPES: [&str; 4] = ["Purchase", "Change", "Configuration", "Termination"];

impl Verb for Args {
    async fn run(&self, context: &Context) -> CommandResult {
        let view = View::rows(COLUMNS)
            .with_id(|order: &Document<Order>| order.id.clone())
            .when_empty("No order matches");
        let mut report = Report::new(&context.ui, view)?;
        let session = context.connect().await?;
        let query = Query { filter: self.filter(&session, context).await?, ..Query::default() };
        let client = session.webhooks.client();
        let collection = Subject::Order.collection();
        let list = List::new(&collection, &query).limit(self.limit);
        let orders = list.at_once(context.jobs).all(client).await;
        for order in orders.map_err(|error| Failure::from(error).while_trying("list orders"))? {
            if !self.is_met_by(&order) {
                let id = order.id.as_deref().unwrap_or("an order without an ID");
                return Err(ignored_filter(&escape::line(id)).into());
            }
            session.shown.add(order.id.as_deref(), &described(&order));
            report.push(&order)?;
        }
        Ok(report.finish()?)
    }
}

impl Args {
    /// Whether an order of the answer matches the flags, as far as it shows that. A product's name is not compared.
    fn is_met_by(&self, order: &Order) -> bool {
        let product = order.product.as_ref().and_then(|product| product.id.as_ref());
        let own = self.product.as_ref();
        let own = own.filter(|name| !is_name(Anchor::Product, name));
        [
            (own, product),
            (self.status.as_ref(), order.status.as_ref()),
            (self.order_type.as_ref(), order.order_type.as_ref()),
        ]
        .into_iter()
        .all(|(given, has)| match (given, has) {
            (Some(given), Some(has)) => given.eq_ignore_ascii_case(has),
            _ => true,
        })
    }

    /// All conditions. A product may be given by its name, a status and a type in any letter case.
    async fn filter(&self, session: &Session<'_>, context: &Context) -> Result<String, Failure> {
        let product = match &self.product {
            Some(name) if is_name(Anchor::Product, name) => {
                Some(find_object::by_name(session, Anchor::Product, name).await?)
            }
            product => product.clone(),
        };
        let status = self.status.as_deref().map(capitalized);
        let order_type = self.order_type.as_deref().map(capitalized);
        self.rql.and(
            [
                ("--product", product.as_deref(), |value| rql::eq("product.id", value)),
                ("--status", status.as_deref(), |value| rql::eq("status", value)),
                ("--type", order_type.as_deref(), |value| rql::eq("type", value)),
            ],
            context,
        )
    }
}

/// `Purchase, Draft, Cloud Editor`
fn described(order: &Order) -> String {
    let product = order.product.as_ref();
    let product = product.and_then(|product| product.name.as_deref());
    let parts = [order.order_type.as_deref(), order.status.as_deref(), product];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.join(", ")
}

const COLUMNS: &[Column<Document<Order>>] = &[
    Column::whole("id", |order, _| order.id.clone().into()),
    Column::whole("type", |order, _| order.order_type.clone().into()),
    Column::whole("status", |order, _| order.status.clone().into()),
    Column::whole("product", |order, _| {
        order.product.as_ref().and_then(|product| product.id.clone()).into()
    }),
    Column::flexible("name", |order, _| {
        order.product.as_ref().and_then(|product| product.name.clone()).into()
    }),
];
