//! The main job, told chapter by chapter.

use crate::cli::Failure;
use crate::city::City;
use crate::folder::Folder;
use crate::narrator::{Line, Narrator};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

/// Starts the city on its folder and tells the story.
pub async fn tell<W: Write>(data: &Path, narrator: &mut Narrator<W>) -> Result<(), Failure> {
    narrator.say(&Line::of("title").with("path", data.display()))?;
    let city = City::start(Folder::open(data)?, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let height = city.ledger().latest;
    narrator.stands("name.ledger", &Line::of("ledger.stands").with("height", height).with("signers", 4))?;
    narrator.stands("name.services", &Line::of("services.stand"))?;
    city.stop().await?;
    Ok(())
}
