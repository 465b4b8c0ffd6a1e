//! `mpt product list`, `mpt program list` and `mpt form list`

use crate::api::list::Query;
use crate::api::{List, objects, rql};
use crate::commands::shared::Context;
use crate::commands::shared::filter_args::RqlArgs;
use crate::failure::{CommandResult, Failure, Kind};
use crate::model::object::CatalogObject;
use crate::model::webhook_type::{self, KNOWN};
use crate::model::{Anchor, Document};
use crate::operations::diagnosis::coverage::{Coverage, CoveredObject, cover};
use crate::reporter::Reporter;
use crate::ui::style::Tone;
use crate::ui::table::Cell;
use crate::ui::{Column, Format, Report, View};

/// List products, programs or forms, and which webhook types they cover
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  Find an ID by a part of the name:
    mpt product list editor

  Find webhooks that the platform does not call, in a script:
    mpt product list -o json --jq '.[] | select(.coverage | any(. == \"silent\")) | .id'")]
pub struct Args {
    /// List those whose name contains this text
    #[arg(value_name = "NAME")]
    name: Option<String>,

    #[command(flatten)]
    rql: RqlArgs,

    /// Show at most this many [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
}

pub async fn run(args: &Args, anchor: Anchor, context: &Context) -> CommandResult {
    let ui = &context.ui;
    let view = View::rows(columns(anchor, false));
    let format = ui.format(&Format::LIST)?;
    let view = if format == Format::Csv { View::rows(columns(anchor, true)) } else { view };
    let view = view.with_id(|object: &CoveredObject| object.id.clone()).when_empty(
        if args.name.is_some() || args.rql.filter.is_some() {
            format!("No {} matches", anchor.name())
        } else {
            format!("There are no {}s", anchor.name())
        },
    );
    let mut report = Report::new(ui, view)?;
    let query = Query {
        filter: args
            .rql
            .and([("NAME", args.name.as_deref(), |name| rql::contains("name", name))], context)?,
        order: None,
        select: Some(objects::select(anchor).to_owned()).filter(|select| !select.is_empty()),
    };
    let session = context.connect().await?;
    let collection = objects::collection(anchor);
    let client = session.webhooks.client();
    let cannot_list = |error| cannot_list(error, anchor);
    let list = List::new(collection, &query).limit(args.limit);
    let all = |object: &Document<CatalogObject>| Some(object.clone());
    let objects = list.at_once(context.jobs).collect(client, all).await;
    let objects = objects.map_err(cannot_list)?;
    let covered = cover(&session.webhooks, anchor, objects, context.jobs).await;
    let covered = covered.map_err(cannot_list)?;
    for object in &covered {
        let name = object.name.as_deref().unwrap_or_default();
        session.shown.add(object.id.as_deref(), name);
        report.push(object)?;
    }
    report.finish()?;
    if format == Format::Table && !covered.is_empty() {
        ui.note(&legend(anchor));
    }
    Ok(())
}

fn cannot_list(error: crate::api::Error, anchor: Anchor) -> Failure {
    let failure = Failure::from(error).while_trying(&format!("list {}s", anchor.name()));
    if failure.kind == Kind::NotFound {
        return failure.with_hint("check the base URL with mpt config show");
    }
    failure
}

/// The columns of the table, with a short name and a sign for each type; for CSV, both are spelled out.
fn columns(anchor: Anchor, is_csv: bool) -> Vec<&'static Column<CoveredObject>> {
    let types = match (anchor, is_csv) {
        (Anchor::Product, false) => &PRODUCT_SIGNS[..],
        (Anchor::Product, true) => &PRODUCT_WORDS[..],
        (Anchor::Program, false) => &PROGRAM_SIGNS[..],
        (Anchor::Program, true) => &PROGRAM_WORDS[..],
        (Anchor::Form, false) => &FORM_SIGNS[..],
        (Anchor::Form, true) => &FORM_WORDS[..],
    };
    COLUMNS.iter().chain(types).collect()
}

const COLUMNS: [Column<CoveredObject>; 3] = [
    Column::whole("id", |object, _| object.id.clone().into()),
    Column::flexible("name", |object, _| object.name.clone().into()),
    Column::whole("status", |object, _| object.status.clone().into()),
];

const PRODUCT_SIGNS: [Column<CoveredObject>; 6] = [
    Column::whole(KNOWN[0].short_name, |object, _| sign(object, 0)),
    Column::whole(KNOWN[1].short_name, |object, _| sign(object, 1)),
    Column::whole(KNOWN[2].short_name, |object, _| sign(object, 2)),
    Column::whole(KNOWN[3].short_name, |object, _| sign(object, 3)),
    Column::whole(KNOWN[4].short_name, |object, _| sign(object, 4)),
    Column::whole(KNOWN[5].short_name, |object, _| sign(object, 5)),
];
const PRODUCT_WORDS: [Column<CoveredObject>; 6] = [
    Column::whole(KNOWN[0].name, |object, _| word(object, 0)),
    Column::whole(KNOWN[1].name, |object, _| word(object, 1)),
    Column::whole(KNOWN[2].name, |object, _| word(object, 2)),
    Column::whole(KNOWN[3].name, |object, _| word(object, 3)),
    Column::whole(KNOWN[4].name, |object, _| word(object, 4)),
    Column::whole(KNOWN[5].name, |object, _| word(object, 5)),
];
const PROGRAM_SIGNS: [Column<CoveredObject>; 4] = [
    Column::whole(KNOWN[6].short_name, |object, _| sign(object, 0)),
    Column::whole(KNOWN[7].short_name, |object, _| sign(object, 1)),
    Column::whole(KNOWN[8].short_name, |object, _| sign(object, 2)),
    Column::whole(KNOWN[9].short_name, |object, _| sign(object, 3)),
];
const PROGRAM_WORDS: [Column<CoveredObject>; 4] = [
    Column::whole(KNOWN[6].name, |object, _| word(object, 0)),
    Column::whole(KNOWN[7].name, |object, _| word(object, 1)),
    Column::whole(KNOWN[8].name, |object, _| word(object, 2)),
    Column::whole(KNOWN[9].name, |object, _| word(object, 3)),
];
const FORM_SIGNS: [Column<CoveredObject>; 1] =
    [Column::whole(KNOWN[10].short_name, |object, _| sign(object, 0))];
const FORM_WORDS: [Column<CoveredObject>; 1] =
    [Column::whole(KNOWN[10].name, |object, _| word(object, 0))];

fn state(object: &CoveredObject, index: usize) -> Coverage {
    object.types.get(index).copied().unwrap_or(Coverage::Unknown)
}

fn word(object: &CoveredObject, index: usize) -> Cell {
    state(object, index).name().into()
}

fn sign(object: &CoveredObject, index: usize) -> Cell {
    match state(object, index) {
        Coverage::Registered => Cell::new("●", Tone::Good),
        Coverage::Silent => Cell::new("○", Tone::Bad),
        Coverage::Missing => Cell::new("!", Tone::Caution),
        Coverage::None => Cell::new("·", Tone::Dim),
        Coverage::Unknown => Cell::new("?", Tone::Caution),
    }
}

fn legend(anchor: Anchor) -> String {
    let signs = match anchor {
        Anchor::Form => {
            "● registered   ○ registered, silent: disabled   · not registered   ? not known"
        }
        _ => {
            "● registered   ○ registered, silent (switch off or disabled)\n\
             ! switch on, nothing registered   · neither   ? not known"
        }
    };
    let names: Vec<_> = columns(anchor, false)[COLUMNS.len()..]
        .iter()
        .zip(webhook_type::of(anchor))
        .map(|(column, known)| format!("{} {}", column.name.to_uppercase(), known.name))
        .collect();
    let names: Vec<_> = names.chunks(2).map(|pair| pair.join("   ")).collect();
    format!("{signs}\n{}", names.join("\n"))
}
