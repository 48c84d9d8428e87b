//! Reads one scan: its header, and its blocks in order (ITU-T T.81, A.2, B.2.3, G.1.1).

use crate::bits::Bits;
use crate::block::{self, Band, Block};
use crate::component::Component;
use crate::error::JpegError;
use crate::frame::Frame;
use crate::huffman::Huffman;
use crate::segment::Segment;
use crate::typical::typical;

/// A table, or its error, which is reported if a scan uses the table.
type Slot = Option<Result<Huffman, JpegError>>;

/// Huffman tables 0 to 3, of DC and of AC coefficients.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    dc: [Slot; 4],
    ac: [Slot; 4],
}

impl Tables {
    /// Reads the tables of a DHT segment (B.2.4.2).
    pub(crate) fn read(&mut self, mut segment: Segment<'_>) -> Result<(), JpegError> {
        while !segment.is_empty() {
            let (class, index) = segment.nibbles()?;
            if class > 1 {
                return Err(segment.refuse(1, "class of a Huffman table", "0 or 1", class));
            }
            if index > 3 {
                return Err(segment.refuse(1, "Huffman table", "0 to 3", index));
            }
            let table = Huffman::read(&mut segment)?;
            let tables = if class == 0 { &mut self.dc } else { &mut self.ac };
            tables[usize::from(index)] = Some(table);
        }
        Ok(())
    }

    /// A table, or the typical table if a sequential file does not define it: frames of webcams and other video
    /// often have no tables.
    fn table(
        &self,
        (table, ac): (&'static str, bool),
        index: u8,
        progressive: bool,
        at: usize,
    ) -> Result<&Huffman, JpegError> {
        let tables = if ac { &self.ac } else { &self.dc };
        match tables.get(usize::from(index)) {
            Some(Some(table)) => table.as_ref().map_err(Clone::clone),
            _ if !progressive && index < 2 => Ok(typical(ac, index)),
            _ => Err(JpegError::Table { table, index, at }),
        }
    }
}

const DC: (&str, bool) = ("DC Huffman table", false);
const AC: (&str, bool) = ("AC Huffman table", true);

/// The header of a scan.
#[derive(Debug)]
pub(crate) struct Scan {
    /// For each component its number in the frame, its DC table and its AC table. Not every scan uses both
    /// tables, so they may be undefined.
    pub(crate) components: Vec<(usize, u8, u8)>,
    pub(crate) band: Band,
    /// The lowest bit of the previous scan, 0 if there was none.
    pub(crate) high: u8,
}

impl Scan {
    /// Reads an SOS segment (B.2.3; Tables B.3 and G.1.1.1 have the allowed values).
    pub(crate) fn read(mut segment: Segment<'_>, frame: &Frame) -> Result<Self, JpegError> {
        let count = segment.byte()?;
        if !(1..=4).contains(&count) {
            return Err(segment.refuse(1, "components of a scan", "1 to 4", count));
        }
        let mut components: Vec<(usize, u8, u8)> = Vec::new();
        for _ in 0..count {
            let id = segment.byte()?;
            // In the order of the frame (B.2.3).
            let next = components.last().map_or(0, |last| last.0 + 1);
            let index = (next..frame.components.len()).find(|&i| frame.components[i].id == id);
            let Some(index) = index else {
                let expected = "one of the frame, once, in its order";
                return Err(segment.refuse(1, "component of a scan", expected, id));
            };
            let (dc, ac) = segment.nibbles()?;
            components.push((index, dc, ac));
        }
        let (start, end) = (segment.byte()?, segment.byte()?);
        let (high, low) = segment.nibbles()?;
        let allowed = match (frame.progressive, start) {
            // All coefficients, for any end: some writers write 0.
            (false, _) => (start, high, low) == (0, 0, 0),
            (true, 0) => end == 0,
            (true, _) => (start..64).contains(&end) && count == 1,
        };
        if !allowed {
            if !frame.progressive {
                let (kind, expected) =
                    ("part of a sequential scan", "all bits from coefficient 0 on");
                let at = segment.at() - 3;
                return Err(JpegError::Forbidden { kind, expected, found: start.into(), at });
            }
            let expected = "0 alone, or 1 to 63 of one component";
            return Err(segment.refuse(3, "coefficients of a scan", expected, end));
        }
        if frame.progressive && (low > 13 || high > 0 && high != low + 1) {
            return Err(segment.refuse(
                1,
                "bits of a scan",
                "the next lower bit, at most 13 at first",
                low,
            ));
        }
        segment.end()?;
        let blocks: u8 = components
            .iter()
            .map(|&(i, ..)| frame.components[i].horizontal * frame.components[i].vertical)
            .sum();
        if count > 1 && blocks > 10 {
            let expected = "at most 10 (the sum of its sampling factors' products)";
            return Err(segment.refuse(3, "blocks of an MCU", expected, blocks));
        }
        let end = if frame.progressive { end } else { 63 };
        let band = Band { start: start.into(), end: end.into(), low };
        Ok(Self { components, band, high })
    }

    /// Reads the scan's data from `at` on, with a restart marker after every `restart` units, if `restart` is
    /// not 0. Returns the position where the data ends.
    pub(crate) fn decode(
        &self,
        frame: &Frame,
        planes: &mut [Component],
        tables: &Tables,
        restart: u16,
        (bytes, at): (&[u8], usize),
    ) -> Result<usize, JpegError> {
        let mut bits = Bits::new(bytes, at);
        let mut coders = Vec::new();
        let table = |kind, index| tables.table(kind, index, frame.progressive, at);
        for &(component, dc, ac) in &self.components {
            let pass = match (frame.progressive, self.band.start, self.high) {
                (false, ..) => Pass::Sequential(table(DC, dc)?, table(AC, ac)?),
                (true, 0, 0) => Pass::DcFirst(table(DC, dc)?),
                (true, 0, _) => Pass::DcRefine,
                (true, _, 0) => Pass::AcFirst(table(AC, ac)?),
                (true, ..) => Pass::AcRefine(table(AC, ac)?),
            };
            coders.push(Coder { component, pass, band: self.band, dc: 0, run: 0 });
        }
        let mut intervals = Intervals { restart, left: restart, number: 0 };
        if let [coder] = coders.as_mut_slice() {
            // In a scan of one component, a unit is one block, and there is no padding (A.2.2).
            let plane = &mut planes[coder.component];
            for block in plane.coefficients.as_chunks_mut().0 {
                intervals.step(&mut bits, std::slice::from_mut(coder))?;
                coder.decode(&mut bits, block)?;
            }
        } else {
            // In a scan of several, a unit has as many blocks of each as its factors multiply to (A.2.3).
            let luma = &frame.components[0];
            let units = |size: u16, factor: u8| usize::from(size).div_ceil(8 * usize::from(factor));
            for y in 0..units(frame.height, luma.vertical) {
                for x in 0..units(frame.width, luma.horizontal) {
                    intervals.step(&mut bits, &mut coders)?;
                    for coder in &mut coders {
                        coder.unit(&mut bits, &mut planes[coder.component], (x, y))?;
                    }
                }
            }
        }
        coders.iter().try_for_each(|coder| coder.ended(&bits))?;
        bits.finish()
    }
}

/// Counts the units between two restart markers.
#[derive(Debug)]
struct Intervals {
    restart: u16,
    left: u16,
    number: u8,
}

impl Intervals {
    /// Counts a unit, and reads a restart marker before it if due (E.2.4).
    #[inline]
    fn step(&mut self, bits: &mut Bits<'_>, coders: &mut [Coder<'_>]) -> Result<(), JpegError> {
        if self.restart == 0 {
            return Ok(());
        }
        if self.left == 0 {
            for coder in coders {
                coder.ended(bits)?;
                coder.dc = 0;
            }
            bits.restart(self.number)?;
            self.number = (self.number + 1) % 8;
            self.left = self.restart;
        }
        self.left -= 1;
        Ok(())
    }
}

/// The procedure of a scan for a block.
#[derive(Debug)]
enum Pass<'a> {
    Sequential(&'a Huffman, &'a Huffman),
    DcFirst(&'a Huffman),
    DcRefine,
    AcFirst(&'a Huffman),
    AcRefine(&'a Huffman),
}

/// A block beyond the edges. All bits of -1 are set, so no refining bit takes it out of its range.
const DISCARDED: Block = {
    let mut block = [0; 64];
    block[0] = -1;
    block
};

/// Decodes one component of a scan, with the state between blocks.
#[derive(Debug)]
struct Coder<'a> {
    component: usize,
    pass: Pass<'a>,
    band: Band,
    dc: i32,
    run: u32,
}

impl Coder<'_> {
    fn decode(&mut self, bits: &mut Bits<'_>, block: &mut Block) -> Result<(), JpegError> {
        let Self { band, dc, run, .. } = self;
        match self.pass {
            Pass::Sequential(dc_table, ac_table) => {
                block::sequential(bits, (dc_table, ac_table), dc, block)
            }
            Pass::DcFirst(table) => block::dc_first(bits, table, dc, band.low, block),
            Pass::DcRefine => block::dc_refine(bits, band.low, block),
            Pass::AcFirst(table) => block::ac_first(bits, table, *band, run, block),
            Pass::AcRefine(table) => block::ac_refine(bits, table, *band, run, block),
        }
    }

    /// Decodes the blocks of this component in the unit at `(x, y)`; blocks beyond the edges are discarded.
    fn unit(
        &mut self,
        bits: &mut Bits<'_>,
        plane: &mut Component,
        (x, y): (usize, usize),
    ) -> Result<(), JpegError> {
        let (wide, high) = (usize::from(plane.horizontal), usize::from(plane.vertical));
        for row in y * high..(y + 1) * high {
            for column in x * wide..(x + 1) * wide {
                if row < plane.blocks_high && column < plane.blocks_wide {
                    let index = row * plane.blocks_wide + column;
                    self.decode(bits, &mut plane.coefficients.as_chunks_mut().0[index])?;
                } else {
                    let mut discarded = DISCARDED;
                    self.decode(bits, &mut discarded)?;
                }
            }
        }
        Ok(())
    }

    /// Refuses a run of empty blocks that is longer than the data.
    fn ended(&self, bits: &Bits<'_>) -> Result<(), JpegError> {
        match self.run {
            0 => Ok(()),
            run => Err(bits.forbid(block::RUN, "no empty blocks after the last", run as i32)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A discarded block may have been negative in the first scan, so a refining bit cannot be out of range.
    #[test]
    fn blocks_beyond_the_edges_are_refined_and_discarded() {
        let mut plane = Component {
            blocks_wide: 1,
            blocks_high: 1,
            horizontal: 2,
            vertical: 1,
            quantisation: [1; 64],
            coefficients: vec![0; 64],
        };
        plane.coefficients[0] = -8_192;
        let band = Band { start: 0, end: 0, low: 12 };
        let mut coder = Coder { component: 0, pass: Pass::DcRefine, band, dc: 0, run: 0 };
        let mut bits = Bits::new(&[0b1111_1111, 0, 0b1111_1111, 0xd9], 0);
        assert_eq!(coder.unit(&mut bits, &mut plane, (0, 0)), Ok(()));
        assert_eq!(plane.coefficients[0], -4_096);
        assert_eq!(bits.take(6), Ok(0b11_1111));
        plane.coefficients[0] = 0;
        let mut bits = Bits::new(&[0b1000_0000], 0);
        assert!(coder.unit(&mut bits, &mut plane, (0, 0)).is_err());
    }
}
