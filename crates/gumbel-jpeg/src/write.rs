//! Writes the coefficients to a sequential file for the decoder of pixels, always of the same kind.

use crate::component::Component;
use crate::frame::NATURAL;
use crate::jpeg::Jpeg;
use crate::segment::{EOI, RST0, SOI};

/// The number of bits of the largest coefficient.
const LARGEST_SIZE: u8 = 11;
/// The symbols for the end of a block and for sixteen zeros.
const END: u8 = 0x00;
const ZEROS: u8 = 0xf0;

/// The AC symbols of the file, in the order of their codes, which have 8 bits: the end of a block, sixteen
/// zeros, and 16 times a run of zeros plus a size.
fn ac_symbols() -> impl Iterator<Item = u8> {
    (0..=255).filter(|&symbol| matches!(symbol, END | ZEROS) || has_valid_size(symbol))
}

fn has_valid_size(symbol: u8) -> bool {
    (1..=LARGEST_SIZE).contains(&(symbol & 15))
}

impl Jpeg {
    /// The coefficients as a file that any decoder accepts, whatever kind of file they were read from.
    ///
    /// It has one scan for each component, so that no sampling has too many blocks in a unit; codes of one
    /// length; and a restart marker after each block, so that no difference of DC coefficients is larger than
    /// a coefficient. It is at most 2.4 times as long as the memory of the coefficients.
    pub(crate) fn file(&self) -> Vec<u8> {
        let mut file = vec![0xff, SOI];
        let segment = |file: &mut Vec<u8>, marker: u8, content: &[u8]| {
            file.extend([0xff, marker]);
            file.extend((content.len() as u16 + 2).to_be_bytes());
            file.extend(content);
        };
        for (component, number) in self.components.iter().zip(0..) {
            let steps = NATURAL.iter().map(|&place| component.quantisation[usize::from(place)]);
            // Steps of two bytes, table `number`.
            let content = [0x10 | number].into_iter().chain(steps.flat_map(u16::to_be_bytes));
            segment(&mut file, 0xdb, &content.collect::<Vec<u8>>());
        }
        let factors = self.factors();
        let mut frame = vec![8];
        frame.extend((self.height as u16).to_be_bytes());
        frame.extend((self.width as u16).to_be_bytes());
        frame.push(self.components.len() as u8);
        for (&(horizontal, vertical), number) in factors.iter().zip(0..) {
            frame.extend([number + 1, horizontal << 4 | vertical, number]);
        }
        segment(&mut file, 0xc1, &frame);
        let table = |class: u8, length: usize, symbols: Vec<u8>| {
            let mut content = vec![0; 17];
            content[0] = class;
            content[length] = symbols.len() as u8;
            content.extend(symbols);
            content
        };
        segment(&mut file, 0xc4, &table(0x00, 4, (0..=LARGEST_SIZE).collect()));
        segment(&mut file, 0xc4, &table(0x10, 8, ac_symbols().collect()));
        segment(&mut file, 0xdd, &1_u16.to_be_bytes());
        let mut codes = [0; 256];
        ac_symbols().zip(0..).for_each(|(symbol, code)| codes[usize::from(symbol)] = code);
        for ((component, &factors), number) in self.components.iter().zip(&factors).zip(1..) {
            segment(&mut file, 0xda, &[1, number, 0x00, 0, 63, 0]);
            self.scan(component, (factors, self.factors()[0]), &codes, &mut file);
        }
        file.extend([0xff, EOI]);
        file
    }

    /// The smallest sampling factors: those of the luma are the largest ratios to a chroma.
    fn factors(&self) -> Vec<(u8, u8)> {
        let luma = &self.components[0];
        let ratios = self.components.iter().map(|component| {
            (luma.horizontal / component.horizontal, luma.vertical / component.vertical)
        });
        let most = ratios.clone().fold((1, 1), |most, r| (most.0.max(r.0), most.1.max(r.1)));
        ratios.map(|ratio| (most.0 / ratio.0, most.1 / ratio.1)).collect()
    }

    /// Writes the blocks of a component, row by row.
    ///
    /// If the luma has 4 times as many samples as one chroma and 2 times as many as the other, the decoder
    /// expects one more block of the latter in a row than T.81 (A.2.2): as many as whole units have, without
    /// those beyond the edge of the image. So the additional blocks are written empty.
    fn scan(
        &self,
        component: &Component,
        (own, luma): ((u8, u8), (u8, u8)),
        codes: &[u8; 256],
        file: &mut Vec<u8>,
    ) {
        let count = |size: usize, own: u8, luma: u8| {
            let units = size.div_ceil(8 * usize::from(luma));
            (units * usize::from(own)).min(size.div_ceil(8))
        };
        let (wide, high) = (component.blocks_wide, component.blocks_high);
        let (columns, rows) = (count(self.width, own.0, luma.0), count(self.height, own.1, luma.1));
        let blocks = component.coefficients.as_chunks::<64>().0;
        let mut restart = 0;
        for row in 0..rows {
            for column in 0..columns {
                if (row, column) != (0, 0) {
                    file.extend([0xff, RST0 + restart]);
                    restart = (restart + 1) % 8;
                }
                let inside = row < high && column < wide;
                let block = if inside { &blocks[row * wide + column] } else { &[0; 64] };
                write_block(block, codes, &mut Bits { file, buffer: 0, count: 0 });
            }
        }
    }
}

/// Writes bits to a file.
struct Bits<'a> {
    file: &'a mut Vec<u8>,
    /// The bits that are not yet written, at the low end.
    buffer: u32,
    /// The number of these bits, below 8 between calls.
    count: u32,
}

impl Bits<'_> {
    /// Writes the lowest `count <= 16` bits of a number.
    fn put(&mut self, bits: u32, count: u32) {
        self.buffer = self.buffer << count | bits & ((1 << count) - 1);
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.buffer >> self.count) as u8;
            self.file.push(byte);
            if byte == 0xff {
                self.file.push(0);
            }
        }
    }

    /// Writes a number as `size` bits without its sign (F.1.2.1).
    fn signed(&mut self, value: i16, size: u32) {
        let value = i32::from(value);
        self.put((value - i32::from(value < 0)) as u32, size);
    }
}

/// Writes one block and the padding after it (F.1.2).
fn write_block(block: &[i16; 64], codes: &[u8; 256], bits: &mut Bits<'_>) {
    let size = |value: i16| 16 - value.unsigned_abs().leading_zeros();
    bits.put(size(block[0]), 4);
    bits.signed(block[0], size(block[0]));
    let code = |bits: &mut Bits<'_>, symbol: u32| bits.put(codes[symbol as usize].into(), 8);
    let mut run = 0;
    for value in NATURAL[1..].iter().map(|&place| block[usize::from(place)]) {
        if value == 0 {
            run += 1;
            continue;
        }
        for _ in 0..run / 16 {
            code(bits, ZEROS.into());
        }
        code(bits, (run % 16) << 4 | size(value));
        bits.signed(value, size(value));
        run = 0;
    }
    if run > 0 {
        code(bits, END.into());
    }
    bits.put(0x7f, 7);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::component::blocks;
    use crate::{Limits, read};

    /// An image with components of given ratios to the luma, coefficients of all sizes, and empty blocks.
    fn image(width: usize, height: usize, ratios: &[(u8, u8)]) -> Jpeg {
        let luma = ratios.iter().fold((1, 1), |m, r| (m.0.max(r.0), m.1.max(r.1)));
        let mut state = 1_u32;
        let mut random = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 16
        };
        let component = |&(across, down): &(u8, u8)| {
            let (horizontal, vertical) = (luma.0 / across, luma.1 / down);
            let blocks_wide = blocks(width, horizontal, luma.0);
            let blocks_high = blocks(height, vertical, luma.1);
            let value = |i: usize| match (random() % 6, i % 64) {
                (0, _) | (1, 0) => (random() % 4_095) as i16 - 2_047,
                (1, _) => (random() % 3) as i16 - 1,
                _ => 0,
            };
            let coefficients = (0..blocks_wide * blocks_high * 64).map(value).collect();
            let quantisation = std::array::from_fn(|i| 1 + (i as u16) * 1_040);
            Component { blocks_wide, blocks_high, horizontal, vertical, quantisation, coefficients }
        };
        Jpeg { width, height, components: ratios.iter().map(component).collect() }
    }

    const RATIOS: [(u8, u8); 9] =
        [(1, 1), (2, 1), (1, 2), (2, 2), (4, 1), (1, 4), (4, 2), (2, 4), (4, 4)];

    /// The file has the whole image, by T.81.
    #[test]
    fn a_written_file_reads_back_as_the_same_image() {
        for (width, height) in [(1, 1), (8, 8), (17, 33), (33, 9), (40, 70)] {
            let grey = image(width, height, &[(1, 1)]);
            let colours = RATIOS.map(|ratio| image(width, height, &[(1, 1), ratio, ratio]));
            for mut jpeg in colours.into_iter().chain([grey]) {
                // Only progressive files have AC coefficients of 11 bits.
                for component in &mut jpeg.components {
                    let blocks = component.coefficients.as_chunks_mut::<64>().0;
                    blocks.iter_mut().flat_map(|b| &mut b[1..]).for_each(|value| *value /= 2);
                }
                assert_eq!(read(&jpeg.file(), &Limits::default()).as_ref(), Ok(&jpeg));
            }
        }
    }

    /// Factors with a common divisor give the same file.
    #[test]
    fn factors_have_no_common_divisor() {
        let jpeg = image(20, 20, &[(1, 1), (1, 1), (1, 1)]);
        let mut large = jpeg.clone();
        for component in &mut large.components {
            (component.horizontal, component.vertical) = (3, 4);
        }
        assert_eq!(large.file(), jpeg.file());
    }

    /// Each pair of ratios decodes, and one chroma does not change the other: the layout of a chroma of zeros
    /// has no effect.
    #[test]
    fn any_two_chromas_have_pixels() {
        for (width, height) in [(1, 1), (10, 10), (17, 33), (70, 41)] {
            for (first, second) in RATIOS.into_iter().flat_map(|a| RATIOS.map(|b| (a, b))) {
                let mut jpeg = image(width, height, &[(1, 1), first, second]);
                // Small numbers, so that no sample is clipped.
                for component in &mut jpeg.components {
                    component.quantisation = [1; 64];
                    component.coefficients.iter_mut().for_each(|value| *value /= 32);
                }
                let pixels = |jpeg: &Jpeg| jpeg.to_rgb().expect("a good image").pixels;
                assert_eq!(pixels(&jpeg).len(), 3 * width * height);
                for (chroma, other) in [(1, second), (2, first)] {
                    let mut flat = jpeg.clone();
                    flat.components[chroma].coefficients.fill(0);
                    let mut plain = image(width, height, &[(1, 1), other, other]);
                    plain.components[chroma].coefficients.fill(0);
                    for place in [0, 3 - chroma] {
                        plain.components[place].quantisation = [1; 64];
                        plain.components[place].coefficients =
                            jpeg.components[place].coefficients.clone();
                    }
                    assert!(
                        pixels(&flat) == pixels(&plain),
                        "{width}, {height}, {first:?}, {second:?}"
                    );
                }
            }
        }
    }

    /// The bound in the documentation holds.
    #[test]
    fn a_file_is_at_most_as_long_as_documented() {
        let mut jpeg = image(64, 64, &[(1, 1)]);
        for coefficient in [-2_047, 2_047, -1_024, 1_365, -1_366] {
            jpeg.components[0].coefficients.fill(coefficient);
            assert!(jpeg.file().len() as f64 <= 2.4 * 128.0 * 64.0 + 400.0);
        }
    }
}
