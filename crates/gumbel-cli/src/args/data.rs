//! The arguments of `gumbel data`.

use std::path::PathBuf;

use clap::builder::TypedValueParser;
use clap::{Args, Subcommand};
use gumbel_data::About;
use gumbel_data::fetch::FetchOptions;

use super::names::one_of;

#[derive(Debug, Subcommand)]
pub(crate) enum Data {
    /// List the named data sets: their place, size and source
    #[command(after_help = "Examples:\n  gumbel data list\n  gumbel data list --check --json")]
    List(DataListArgs),
    /// Download a data set: mnist or fashion-mnist
    #[command(
        long_about = "Downloads a data set from public mirrors into the user's cache folder, where \
                      train, eval and encode look for it.\n\n\
                      The sha256 of the uncompressed content is checked before a file gets its name. \
                      An interrupted download continues where it stopped, at once or when the command \
                      is run again.\n\n\
                      The environment variables all_proxy, https_proxy and http_proxy name a proxy. The \
                      first of them that holds the address of one serves all mirrors, with or without \
                      TLS; other values are ignored. no_proxy lists the hosts that are asked directly, \
                      separated by commas without spaces: example.org is that host alone, .example.org \
                      all hosts below it, * every host. Each name may be in capitals, which come first. \
                      This machine is always asked directly.\n\n\
                      SSL_CERT_FILE names the certificates to trust instead of the built-in ones.",
        after_help = "Examples:\n  gumbel data get mnist\n  gumbel data get fashion-mnist --out ~/data/fashion-mnist\n  \
                      gumbel data get mnist --mirror http://files.example.org/mnist/"
    )]
    Get(DataGetArgs),
}

#[derive(Debug, Args)]
pub(crate) struct DataListArgs {
    /// Read the downloaded files and check their sha256; exit status 1 if one is wrong
    #[arg(long)]
    pub(crate) check: bool,
    /// Look in this folder first, as train does
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Print one JSON object instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DataGetArgs {
    /// The data set; garments and digits are embedded
    #[arg(value_name = "NAME", value_parser = set())]
    pub(crate) set: &'static About,
    /// The folder for the files [default: gumbel/NAME in the user's cache folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Download only from this http or https address of a folder with the four .gz files
    #[arg(long, value_name = "URL")]
    pub(crate) mirror: Option<String>,
    /// The longest wait for a connection, an answer or the next bytes
    #[arg(long, value_name = "SECONDS", default_value_t = FetchOptions::default().timeout.as_secs_f64(), allow_hyphen_values = true)]
    pub(crate) timeout: f64,
    /// Download again and replace the files
    #[arg(long)]
    pub(crate) force: bool,
    /// Show no progress; the result is still printed
    #[arg(long)]
    pub(crate) quiet: bool,
}

fn set() -> impl TypedValueParser<Value = &'static About> {
    one_of(gumbel_data::all().iter().collect(), |set| set.name)
}
