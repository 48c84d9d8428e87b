//! An image while its scans are read: its coefficients, and which bits the scans have sent.

use crate::component::{Component, blocks};
use crate::error::JpegError;
use crate::frame::{Frame, FrameComponent, QuantisationTables};
use crate::jpeg::Jpeg;
use crate::scan::Scan;

/// The kind of error of a scan that sends bits again or too early.
pub(crate) const ORDER: &str = "scans out of order";

/// A frame and its coefficients.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) frame: Frame,
    /// The number of scans begun.
    pub(crate) scans: usize,
    /// Empty until the first scan.
    pub(crate) planes: Vec<Component>,
    /// The lowest bit sent so far, by component and coefficient in zigzag order.
    pub(crate) sent: Vec<[Option<u8>; 64]>,
}

impl Image {
    /// Allocates the coefficients, all zero, if the `left` bytes of the file can fill them.
    pub(crate) fn allocate(&mut self, left: usize) -> Result<(), JpegError> {
        let frame = &self.frame;
        let luma = &frame.components[0];
        let plane = |component: &FrameComponent| Component {
            blocks_wide: blocks(frame.width.into(), component.horizontal, luma.horizontal),
            blocks_high: blocks(frame.height.into(), component.vertical, luma.vertical),
            horizontal: component.horizontal,
            vertical: component.vertical,
            quantisation: [0; 64],
            coefficients: Vec::new(),
        };
        let mut planes: Vec<Component> = frame.components.iter().map(plane).collect();
        let count = |plane: &Component| plane.blocks_wide as u64 * plane.blocks_high as u64;
        let claimed = planes.iter().map(count).sum();
        // A block has a code for the DC coefficient; in a sequential file also a code for its end.
        let fit = left as u64 * if frame.progressive { 8 } else { 4 };
        if claimed > fit {
            return Err(JpegError::Claim { blocks: claimed, fit });
        }
        for plane in &mut planes {
            plane.coefficients = vec![0; plane.blocks_wide * plane.blocks_high * 64];
        }
        self.sent = vec![[None; 64]; planes.len()];
        self.planes = planes;
        Ok(())
    }

    /// Checks and records which bits a scan sends, before its data at byte `at` is read.
    ///
    /// A component keeps the quantisation table of its first scan. The DC coefficient must come first, then
    /// each coefficient from its highest bit down, no bit twice (T.81, G.1.1.1).
    pub(crate) fn begin(
        &mut self,
        scan: &Scan,
        steps: &QuantisationTables,
        at: usize,
    ) -> Result<(), JpegError> {
        self.scans += 1;
        for &(component, ..) in &scan.components {
            let sent = &mut self.sent[component];
            if sent[0].is_none() {
                if scan.band.start > 0 {
                    let expected = "the DC coefficients before the others";
                    let (kind, found) = (ORDER, scan.band.start as i32);
                    return Err(JpegError::Forbidden { kind, expected, found, at });
                }
                let (table, index) = ("quantisation table", self.frame.components[component].table);
                let steps = steps[usize::from(index)];
                let steps = steps.ok_or(JpegError::Table { table, index, at })?;
                if steps.contains(&0) {
                    let (kind, expected) = ("quantisation step of 0", "at least 1");
                    return Err(JpegError::Forbidden { kind, expected, found: 0, at });
                }
                self.planes[component].quantisation = steps;
            }
            let before = (scan.high > 0).then_some(scan.high);
            let band = &mut sent[scan.band.start..=scan.band.end];
            if band.iter().any(|&sent| sent != before) {
                let expected = "each bit of a coefficient once, in order";
                let (kind, found) = (ORDER, scan.band.low.into());
                return Err(JpegError::Forbidden { kind, expected, found, at });
            }
            band.fill(Some(scan.band.low));
        }
        Ok(())
    }

    /// The image, if every bit of every coefficient was sent. `ended` is whether there is an end marker, at
    /// byte `at`; `later` is the height in a segment after the frame header.
    pub(crate) fn finish(
        self,
        ended: bool,
        later: Option<u16>,
        at: usize,
    ) -> Result<Jpeg, JpegError> {
        for (component, sent) in self.sent.iter().enumerate() {
            if let Some(coefficient) = sent.iter().position(|&sent| sent != Some(0)) {
                let expected = "scans with every bit of every coefficient";
                return Err(match ended {
                    true => JpegError::Incomplete { component, coefficient },
                    false => JpegError::Truncated { expected, at },
                });
            }
        }
        let Frame { width, height, .. } = self.frame;
        if later.is_some_and(|later| later != height) {
            return Err(JpegError::Height { header: height, later });
        }
        Ok(Jpeg { width: width.into(), height: height.into(), components: self.planes })
    }
}
