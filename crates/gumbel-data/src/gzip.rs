//! Reads gzip data as gzip(1) and Python's gzip do: members one after the other, then zero bytes, with which
//! tapes and some copying programs fill up a block.
//!
//! Anything else after a member is an error. gzip(1) ignores it with a warning; here results would then
//! depend on part of a file only.

use std::io::{self, BufRead, ErrorKind, Read};

use flate2::bufread::GzDecoder;

/// The first bytes of a member.
pub(super) const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Reads the content of all members.
pub(super) struct Members<R: BufRead> {
    /// The member that is being read; `None` after the last one.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Members<R> {
    /// Reads from `source`, which is at the first byte of a member.
    pub(super) fn new(source: R) -> Self {
        Self { member: Some(GzDecoder::new(source)) }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member
            && !buffer.is_empty()
        {
            let read = member.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            self.member = self.member.take().map(GzDecoder::into_inner).map_or(Ok(None), next)?;
        }
        Ok(0)
    }
}

/// The next member, after any number of zero bytes.
fn next<R: BufRead>(mut source: R) -> io::Result<Option<GzDecoder<R>>> {
    loop {
        let bytes = match source.fill_buf() {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            bytes => bytes?,
        };
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        match bytes.get(zeros) {
            None if zeros == 0 => return Ok(None),
            None => source.consume(zeros),
            Some(&byte) if byte == GZIP[0] => {
                source.consume(zeros);
                return Ok(Some(GzDecoder::new(source)));
            }
            Some(byte) => {
                let problem = format!(
                    "a byte {byte:#04x} after it, where only zeros or more gzip data are allowed"
                );
                return Err(io::Error::new(ErrorKind::InvalidData, problem));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;
    use crate::fixture::gzip;

    /// The content, read through a buffer of `buffer` bytes.
    fn read(bytes: &[u8], buffer: usize) -> Result<Vec<u8>, String> {
        let mut content = Vec::new();
        let source = BufReader::with_capacity(buffer, bytes);
        let read = Members::new(source).read_to_end(&mut content);
        read.map(|_| content).map_err(|error| error.to_string())
    }

    #[test]
    fn members_and_zeros_are_read_as_gzip_does() {
        let (a, b, none) = (gzip(b"first "), gzip(b"second"), gzip(b""));
        for (parts, content) in [
            (vec![&a[..]], "first "),
            (vec![&a, &b], "first second"),
            (vec![&a, &none, &b, &none], "first second"),
            (vec![&a, &[0]], "first "),
            (vec![&a, &[0; 70_000]], "first "),
            (vec![&a, &[0; 512], &b, &[0; 3]], "first second"),
            (vec![&none, &[0; 9]], ""),
        ] {
            for buffer in [1, 7, 1 << 16] {
                let found = read(&parts.concat(), buffer);
                assert_eq!(found.as_deref(), Ok(content.as_bytes()), "{buffer}");
            }
        }
    }

    #[test]
    fn anything_else_after_a_member_is_an_error() {
        let a = gzip(b"first ");
        let mut wrong_sum = a.clone();
        let end = wrong_sum.len() - 5;
        wrong_sum[end] ^= 1;
        for (tail, part) in [
            (&b"tail"[..], "a byte 0x74 after it"),
            (&[0, 0, 1], "a byte 0x01 after it"),
            (&[0x1f], ""),
            (&[0x1f, 0x8c, 0, 0, 0, 0, 0, 0, 0, 0], "gzip header"),
            (&a[..a.len() - 1], ""),
            (&wrong_sum, "gzip"),
        ] {
            for buffer in [1, 1 << 16] {
                let error = read(&[&a, tail].concat(), buffer).unwrap_err();
                assert!(error.contains(part), "{error}");
            }
        }
    }
}
