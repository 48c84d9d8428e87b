//! `gumbel channels`: which frequency channels a trained gate keeps.

use std::process::ExitCode;

use gumbel_files::output::{self, Format};
use gumbel_lab::frequency::{ChannelRow, FrequencyRun, channel_picture};

use crate::Result;
use crate::args::ChannelsArgs;
use crate::commands::say_about_files;

pub(crate) fn run(args: &ChannelsArgs) -> Result<ExitCode> {
    let out = args.out.clone().unwrap_or_else(|| args.run.join("channels.svg"));
    let format = Format::of("out", &out, &[Format::Svg, Format::Png])?;
    let run = FrequencyRun::open_gate(&args.run)?;
    let table = run.channel_table()?;
    output::check(&out)?;
    let chosen = args.keep.map(|keep| run.most_probable(keep)).transpose()?;
    let picture = channel_picture(&table, chosen.as_ref());
    let bytes = if format == Format::Svg {
        picture.svg().into_bytes()
    } else {
        picture.png().map_err(gumbel_lab::LabError::from)?
    };
    output::write(&out, &bytes)?;
    let say = |text: &str| say_about_files(&[&out], text);
    let kept = |rows: &[ChannelRow]| rows.iter().map(|row| row.kept).sum::<f64>();
    let parts: Vec<String> = ["Y", "Cb", "Cr"]
        .iter()
        .zip(table.chunks(64))
        .map(|(name, rows)| format!("{:.1} of {name}", kept(rows)))
        .collect();
    let mut order: Vec<&ChannelRow> = table.iter().collect();
    order.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.index.cmp(&b.index)));
    let shown: Vec<&ChannelRow> = match &chosen {
        Some(chosen) => {
            order.into_iter().filter(|row| chosen.indices().contains(&row.index)).collect()
        }
        None => order,
    };
    if args.json {
        let rows: Vec<_> = shown.iter().map(|row| serde_json::json!(row)).collect();
        return say(&serde_json::Value::from(rows).to_string()).map(|()| ExitCode::SUCCESS);
    }
    say(&format!("kept of an image: {:.1} of 192 ({})", kept(&table), parts.join(", ")))?;
    say("channel     kept    P(on)  sampled  nonzero coefficients")?;
    for row in shown {
        say(&format!(
            "{:7}  {:5.1} %  {:7.4}  {:7.4}  {:9.3}",
            row.channel,
            100.0 * row.kept,
            row.probability,
            row.sampled,
            row.nonzero
        ))?;
    }
    say(&format!("picture    {}", out.display()))?;
    Ok(ExitCode::SUCCESS)
}
