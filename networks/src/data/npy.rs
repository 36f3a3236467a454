//! The `.npy` format: a header that is a Python dictionary of three keys, then the elements.
//!
//! The format is NumPy's (`numpy.lib.format`, versions 1.0 and 2.0). Integers in little endian and
//! C order are read, which is what NumPy writes on common machines; nothing is allocated by what a
//! header claims.

use hwgen_numerics::Illegal;

const MAGIC: &[u8] = b"\x93NUMPY";

/// An array of integers, its elements still as bytes.
#[derive(Debug)]
pub struct Npy<'a> {
    /// `u` or `i` and the number of bytes, such as `i2`.
    pub kind: &'a str,
    /// Lengths of its axes.
    pub shape: Vec<usize>,
    elements: &'a [u8],
}

impl<'a> Npy<'a> {
    /// The array of a file.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Illegal> {
        let (header, elements) = split(bytes)?;
        let (kind, shape) = Header(header).read()?;
        let array = Self { kind, shape, elements };
        let expected =
            array.shape.iter().try_fold(array.size(), |size, length| size.checked_mul(*length));
        let accepted = expected
            .map_or_else(|| "an array that fits in memory".to_owned(), |size| size.to_string());
        let fits = expected == Some(elements.len());
        Illegal::unless(fits, "bytes of elements", elements.len(), accepted)?;
        Ok(array)
    }

    /// Refuses elements of another kind than one of `kinds`.
    pub fn accept(&self, kinds: &[&str]) -> Result<(), Illegal> {
        let fits = kinds.contains(&self.kind);
        Illegal::unless(fits, "kind of elements", self.kind, kinds.join(", "))
    }

    /// The shape in words.
    pub fn shape_text(&self) -> String {
        self.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ")
    }

    /// The elements, the last axis moving fastest.
    pub fn integers(&self) -> impl Iterator<Item = i64> {
        let (unused, signed) = (64 - 8 * self.size() as u32, self.kind.starts_with('i'));
        self.elements.chunks_exact(self.size()).map(move |bytes| {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            let high = u64::from_le_bytes(word) << unused;
            if signed { (high as i64) >> unused } else { (high >> unused) as i64 }
        })
    }

    /// Bytes of an element.
    fn size(&self) -> usize {
        self.kind[1..].parse().unwrap_or(1)
    }
}

/// The header's text and the bytes of the elements.
fn split(bytes: &[u8]) -> Result<(&str, &[u8]), Illegal> {
    let magic = Illegal::new("beginning", "of another kind", "that of .npy files");
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| magic.clone())?;
    let short = || Illegal::new("header", "cut short", "a whole one");
    let (length, rest) = match rest {
        [1, 0, low, high, rest @ ..] => (u16::from_le_bytes([*low, *high]).into(), rest),
        [2, 0, a, b, c, d, rest @ ..] => (u32::from_le_bytes([*a, *b, *c, *d]) as usize, rest),
        [1 | 2, 0, ..] | [] | [_] => return Err(short()),
        [major, minor, ..] => {
            let version = format!("{major}.{minor}");
            return Err(Illegal::new("version", version, "1.0 or 2.0"));
        }
    };
    let (header, elements) = rest.split_at_checked(length).ok_or_else(short)?;
    let text = std::str::from_utf8(header);
    Ok((text.map_err(|_| Illegal::new("header", "of bytes that are no text", "ASCII"))?, elements))
}

/// What is left of a header.
struct Header<'a>(&'a str);

impl<'a> Header<'a> {
    /// The kind of the elements and the shape.
    fn read(mut self) -> Result<(&'a str, Vec<usize>), Illegal> {
        let (mut kind, mut order, mut shape) = (None, None, None);
        self.expect("{")?;
        while !self.takes("}") {
            let key = self.quoted()?;
            self.expect(":")?;
            let new = match key {
                "descr" => kind.replace(self.kind()?).is_none(),
                "fortran_order" => order.replace(self.order()?).is_none(),
                "shape" => shape.replace(self.shape()?).is_none(),
                _ => false,
            };
            let accepted = "descr, fortran_order and shape, each once";
            Illegal::unless(new, "key of the header", key, accepted)?;
            if !self.takes(",") {
                self.expect("}")?;
                break;
            }
        }
        Illegal::unless(
            self.0.trim().is_empty(),
            "header",
            "with more after }",
            "nothing after }",
        )?;
        let missing =
            |key: &str| Illegal::new("header", format!("without {key}"), "all three keys");
        order.ok_or_else(|| missing("fortran_order"))?;
        Ok((kind.ok_or_else(|| missing("descr"))?, shape.ok_or_else(|| missing("shape"))?))
    }

    fn takes(&mut self, token: &str) -> bool {
        let rest = self.0.trim_start().strip_prefix(token);
        rest.map(|rest| self.0 = rest).is_some()
    }

    fn expect(&mut self, token: &str) -> Result<(), Illegal> {
        let accepted = format!("{token} there");
        let found = self.0.trim_start().chars().next();
        let found =
            found.map_or_else(|| "its end".to_owned(), |found| found.escape_debug().to_string());
        Illegal::unless(self.takes(token), "header with", found, accepted)
    }

    fn quoted(&mut self) -> Result<&'a str, Illegal> {
        self.expect("'")?;
        let end = self.0.split_once('\'');
        let (text, rest) = end.ok_or_else(|| Illegal::new("header", "cut short", "a whole one"))?;
        self.0 = rest;
        Ok(text)
    }

    /// `'<i2'`, for example; a byte has no order.
    fn kind(&mut self) -> Result<&'a str, Illegal> {
        let descr = self.quoted()?;
        let kind = match descr {
            "|u1" | "|i1" | "<u2" | "<i2" | "<u4" | "<i4" | "<i8" => &descr[1..],
            _ => {
                let accepted = "an integer in little endian, such as |u1 or <i2";
                return Err(Illegal::new("kind of elements", descr.escape_debug(), accepted));
            }
        };
        Ok(kind)
    }

    fn order(&mut self) -> Result<(), Illegal> {
        let fortran = self.takes("True");
        Illegal::unless(!fortran, "fortran_order", "True", "False, the last axis moving fastest")?;
        self.expect("False")
    }

    /// `(100, 1, 28, 28)` or `(100,)`.
    fn shape(&mut self) -> Result<Vec<usize>, Illegal> {
        let mut shape = Vec::new();
        self.expect("(")?;
        while !self.takes(")") {
            self.0 = self.0.trim_start();
            let end = self.0.find(|character: char| !character.is_ascii_digit());
            let (digits, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
            let length = digits.parse();
            let accepted = "whole numbers that fit in memory";
            shape.push(length.map_err(|_| Illegal::new("length of an axis", digits, accepted))?);
            self.0 = rest;
            if !self.takes(",") {
                self.expect(")")?;
                break;
            }
        }
        Ok(shape)
    }
}
