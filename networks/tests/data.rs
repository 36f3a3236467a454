//! Images and labels from `.npy` files, and files that are none.

mod common;

use common::{element, kind};
use hwgen_networks::data::{images, labels};

/// A file of version 1.0 as NumPy writes it: the header padded to a multiple of 64 bytes.
fn npy(header: &str, elements: &[u8]) -> Vec<u8> {
    let mut text = header.to_owned();
    while !(10 + text.len() + 1).is_multiple_of(64) {
        text.push(' ');
    }
    text.push('\n');
    let length = (text.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], text.as_bytes(), elements].concat()
}

fn header(kind: &str, shape: &str) -> String {
    format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}")
}

/// The bytes that `numpy.save` of NumPy 2.4.6 writes for `numpy.array([[[[-2, 3]]]], dtype="<i2")`.
const BY_NUMPY: &[u8] = b"\x93NUMPY\x01\x00v\x00{'descr': '<i2', 'fortran_order': False, 'shape': \
    (1, 1, 1, 2), }                                                    \n\xfe\xff\x03\x00";

#[test]
fn what_numpy_writes_is_read() {
    assert_eq!(BY_NUMPY.len(), 128 + 4);
    let wide = kind([1, 1, 2], element(16, true, 0));
    let read = images(BY_NUMPY, wide).expect("an image");
    assert_eq!(read.len(), 1);
    assert_eq!((read[0].kind, &read[0].elements[..]), (wide, &[-2, 3][..]));
    assert_eq!(npy(&header("<i2", "(1, 1, 1, 2)"), b"\xfe\xff\x03\x00"), BY_NUMPY);
}

#[test]
fn elements_of_one_and_two_bytes_are_read() {
    let unsigned = kind([1, 1, 1], element(16, false, 0));
    let signed = kind([1, 1, 1], element(16, true, 0));
    let read = |descr: &str, bytes: &[u8], kind| {
        let images = images(&npy(&header(descr, "(2, 1, 1, 1)"), bytes), kind).expect("images");
        [images[0].elements[0], images[1].elements[0]]
    };
    assert_eq!(read("|u1", &[255, 1], unsigned), [255, 1]);
    assert_eq!(read("|i1", &[255, 1], signed), [-1, 1]);
    assert_eq!(read("<u2", &[255, 255, 1, 2], unsigned), [65_535, 513]);
    assert_eq!(read("<i2", &[0, 128, 1, 2], signed), [-32_768, 513]);
}

#[test]
fn labels_are_integers_of_any_size() {
    let read = |descr: &str, bytes: &[u8]| labels(&npy(&header(descr, "(2,)"), bytes));
    assert_eq!(read("|u1", &[7, 255]), Ok(vec![7, 255]));
    assert_eq!(read("<i4", &[7, 0, 0, 0, 0, 1, 0, 0]), Ok(vec![7, 256]));
    assert_eq!(read("<i8", &[7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]), Ok(vec![7, 256]));
    let negative = read("|i1", &[0, 255]).expect_err("no label").to_string();
    assert_eq!(negative, "label 1: value -1; accepted: 0 and more");
}

#[test]
fn what_does_not_fit_is_named() {
    let bits = kind([1, 1, 2], element(4, true, 0));
    let refusal = |header: &str, elements: &[u8]| {
        images(&npy(header, elements), bits).expect_err("no images").to_string()
    };
    let message = "array: shape 2 x 2; accepted: any number x 1 x 1 x 2";
    assert_eq!(refusal(&header("|i1", "(2, 2)"), &[0; 4]), message);
    let message = "image 1: element 8; accepted: -8 to 7";
    assert_eq!(refusal(&header("|i1", "(2, 1, 1, 2)"), &[0, 7, 0, 8]), message);
    let nothing = kind([1, 0, 2], element(4, true, 0));
    let refused = images(&npy(&header("|i1", "(5, 1, 0, 2)"), &[]), nothing);
    let message = "tensor: shape 1 x 0 x 2; accepted: 1 to 67108864 elements";
    assert_eq!(refused.map_err(|error| error.to_string()), Err(message.to_owned()));
    let message = "no .npy file: bytes of elements 3; accepted: 4";
    assert_eq!(refusal(&header("|i1", "(2, 1, 1, 2)"), &[0; 3]), message);
    let message = "array: kind of elements i4; accepted: u1, i1, u2, i2";
    assert_eq!(refusal(&header("<i4", "(1, 1, 1, 2)"), &[0; 8]), message);
    let message = "no .npy file: kind of elements <f4; accepted: an integer in little endian, such \
                   as |u1 or <i2";
    assert_eq!(refusal(&header("<f4", "(1, 1, 1, 2)"), &[0; 8]), message);
    let fortran = header("|i1", "(1, 1, 1, 2)").replace("False", "True");
    assert!(refusal(&fortran, &[0; 2]).contains("fortran_order True; accepted: False"));
    let huge = header("|i1", "(4294967296, 4294967296, 1, 2)");
    assert!(refusal(&huge, &[]).contains("accepted: an array that fits in memory"));
    let twice = header("|i1", "(1,)").replace("}", "'shape': (1,)}");
    assert!(refusal(&twice, &[0]).contains("key of the header shape; accepted: descr"));
    let without = "{'descr': '|i1', 'shape': (1,)}";
    assert!(refusal(without, &[0]).contains("header without fortran_order"));
    let other = header("|i1", "(1,)").replace("shape", "form");
    assert!(refusal(&other, &[0]).contains("key of the header form"));
    assert!(refusal(&format!("{} x", header("|i1", "(1,)")), &[0]).contains("with more after }"));
    assert!(refusal(&header("|i1", "(1 2)"), &[0]).contains("header with 2; accepted: ) there"));
    assert!(refusal(&header("|i1", "(-1,)"), &[0]).contains("length of an axis"));
}

/// Every cut and every changed byte is read or refused, and nothing else happens.
#[test]
fn damaged_files_are_read_or_refused() {
    let wide = kind([1, 1, 2], element(16, true, 0));
    for length in 0..BY_NUMPY.len() {
        assert!(images(&BY_NUMPY[..length], wide).is_err(), "{length} bytes");
    }
    for place in 0..BY_NUMPY.len() {
        for change in [1, 32, 128, 255] {
            let mut bytes = BY_NUMPY.to_vec();
            bytes[place] ^= change;
            if let Ok(images) = images(&bytes, wide) {
                assert_eq!(images.len(), 1, "byte {place} changed by {change}");
            }
        }
    }
    let claims = [b"\x93NUMPY\x02\x00", &[255; 4][..], b"{}"].concat();
    assert!(labels(&claims).is_err());
}
