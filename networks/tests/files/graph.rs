//! The graph: a text for people, and what is said of a wrong one.

use super::files;
use hwgen_networks::Operator;
use hwgen_networks::file::{FileError, read};
use hwgen_networks::operators::MaxPool;
use hwgen_numerics::{Axis, Window};
use safetensors::tensor::TensorView;
use serde_json::{Value, json};

/// How the text looks; the schema is published beside the crate.
#[test]
fn the_text_is_readable() {
    let text = files().graph;
    let lines: Vec<_> = text.lines().collect();
    let expected = [
        "{",
        r#"  "format": "hwgen-network-1","#,
        concat!(
            r#"  "input": {"name": "image", "shape": [1, 4, 4], "#,
            r#""element": {"bits": 8, "signed": false, "zero_point": 128}},"#,
        ),
        r#"  "nodes": ["#,
        concat!(
            r#"    {"name": "conv", "inputs": ["image"], "operator": {"conv": {"#,
            r#""window": {"kernel": [3, 3], "stride": [1, 1], "dilation": [1, 1], "#,
            r#""padding": [1, 1, 1, 1]}, "groups": 1, "#,
            r#""result": {"element": {"bits": 8, "signed": true, "zero_point": 0}, "#,
            r#""low": -128, "high": 127}}}},"#,
        ),
    ];
    assert_eq!(lines[..5], expected);
    assert_eq!(
        lines[10],
        r#"    {"name": "flat", "inputs": ["both"], "operator": {"flatten": {}}},"#
    );
    assert_eq!(lines[13..], ["  ],", r#"  "outputs": ["logits", "class"]"#, "}"]);
    assert!(lines[6].ends_with(r#""scale": 0.1},"#), "{}", lines[6]);
}

/// Rows come before columns; pads stand above, left, below, right.
#[test]
fn windows_are_read_as_the_contract_says() {
    let mut graph = graph();
    let window = json!({
        "kernel": [5, 7], "stride": [1, 2], "dilation": [2, 3], "padding": [6, 7, 8, 9],
    });
    graph["nodes"] = json!([
        {"name": "max", "inputs": ["image"], "operator": {"max_pool": {"window": window}}}
    ]);
    graph["outputs"] = json!(["max"]);
    let none = safetensors::serialize(Vec::<(&str, TensorView<'_>)>::new(), None);
    let network = read(&graph.to_string(), &none.expect("a container")).expect("a network");
    let Operator::MaxPool(MaxPool { window }) = &network.nodes()[0].operator else {
        panic!("a pool, not {:?}", network.nodes()[0])
    };
    let rows = Axis { kernel: 5, stride: 1, dilation: 2, before: 6, after: 8 };
    let columns = Axis { kernel: 7, stride: 2, dilation: 3, before: 7, after: 9 };
    assert_eq!(*window, Window { rows, columns });
}

fn schema() -> jsonschema::Validator {
    let text = include_str!("../../schema/network.schema.json");
    let schema = serde_json::from_str(text).expect("JSON");
    jsonschema::validator_for(&schema).expect("a schema")
}

fn graph() -> Value {
    serde_json::from_str(&files().graph).expect("JSON")
}

fn refusal(text: &str) -> String {
    read(text, &files().arrays).expect_err("no network").to_string()
}

/// All objects of a graph, as JSON pointers.
fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(map) => {
            found.push(at.to_owned());
            map.iter().map(|(key, value)| (key.clone(), value)).collect()
        }
        Value::Array(list) => {
            list.iter().enumerate().map(|(place, value)| (place.to_string(), value)).collect()
        }
        _ => return,
    };
    inner.iter().for_each(|(key, value)| objects(value, &format!("{at}/{key}"), found));
}

fn all_objects() -> Vec<String> {
    let mut found = Vec::new();
    objects(&graph(), "", &mut found);
    assert!(found.len() > 40, "{found:?}");
    found
}

#[test]
fn the_schema_fits_and_unknown_keys_are_refused_at_every_level() {
    let schema = schema();
    assert!(schema.is_valid(&graph()));
    for pointer in all_objects() {
        let mut graph = graph();
        graph.pointer_mut(&pointer).expect("an object")["surplus"] = json!(1);
        assert!(!schema.is_valid(&graph), "{pointer}");
        let refusal = refusal(&graph.to_string());
        let named = refusal.contains("surplus") || refusal.contains("whose only key");
        assert!(named, "{pointer}: {refusal}");
    }
}

/// All but `scale` has to be there.
#[test]
fn missing_keys_and_lists_instead_of_objects_are_refused() {
    let schema = schema();
    for pointer in all_objects() {
        let keys = graph().pointer(&pointer).and_then(Value::as_object).expect("an object").clone();
        for key in keys.keys().filter(|key| *key != "scale") {
            let mut graph = graph();
            let object = graph.pointer_mut(&pointer).and_then(Value::as_object_mut);
            object.expect("an object").remove(key);
            assert!(!schema.is_valid(&graph), "{pointer} without {key}");
            assert!(read(&graph.to_string(), &files().arrays).is_err(), "{pointer} without {key}");
        }
        let mut graph = graph();
        let values: Vec<_> = keys.values().cloned().collect();
        *graph.pointer_mut(&pointer).expect("an object") = json!(values);
        let refusal = refusal(&graph.to_string());
        assert!(refusal.contains("sequence, expected an object"), "{pointer}: {refusal}");
    }
}

#[test]
fn errors_name_line_column_and_path_and_what_is_expected() {
    let text = files().graph;
    let spoilt = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        refusal(&text.replacen(from, to, 1))
    };
    let message = "line 5, column 90, nodes[0].operator.conv.window.kernel[0]: invalid value: \
                   -3, expected a whole number that is not negative";
    assert_eq!(spoilt("[3, 3]", "[-3, 3]"), message);
    let operator = "expected an object whose only key is the name of an operator";
    let natural = "expected a whole number that is not negative";
    let cases = [
        ("network-1", "network-2", "format: format `hwgen-network-2`, expected `hwgen-network-1`"),
        (
            "\"groups\": 1",
            "\"groups\": \"one\"",
            &format!("nodes[0].operator.conv.groups: invalid type: string \"one\", {natural}"),
        ),
        ("\"groups\": 1", "\"groups\": 1.5", &format!("floating point `1.5`, {natural}")),
        (
            "\"groups\": 1",
            "\"groups\": 1, \"groups\": 1",
            "nodes[0].operator.conv: duplicate field `groups`",
        ),
        (
            "[3, 3]",
            "[3]",
            "operator.conv.window.kernel: invalid length 1, expected an array of length 2",
        ),
        (
            "\"bits\": 8",
            "\"bits\": 4294967296",
            &format!("input.element.bits: invalid value: 4294967296, {natural}"),
        ),
        (
            "\"zero_point\": 128",
            "\"zero_point\": 3000000000",
            "zero_point: invalid value: 3000000000, expected a whole number of 32 bits",
        ),
        (
            "\"signed\": false",
            "\"signed\": 0",
            "input.element.signed: invalid type: integer `0`, expected a boolean",
        ),
        (
            "\"scale\": 0.1",
            "\"scale\": null",
            "nodes[2].scale: invalid type: null, expected a number",
        ),
        (
            "{\"flatten\": {}}",
            "\"flatten\"",
            &format!("nodes[6].operator: invalid type: string \"flatten\", {operator}"),
        ),
        (
            "{\"flatten\": {}}",
            "{\"flat\": {}}",
            "unknown operator `flat`, expected one of: conv, dense, max_pool, sum_pool, add, \
             threshold, flatten, concat, arg_max",
        ),
        ("{\"flatten\": {}}", "{}", &format!("nodes[6].operator: invalid length 0, {operator}")),
        (
            "{\"flatten\": {}}",
            "{\"flatten\": {}, \"concat\": {}}",
            &format!("nodes[6].operator: invalid length 2, {operator}"),
        ),
        ("\n}\n", "\n}\n}\n", "after the end: trailing characters"),
        (
            "\"outputs\": [",
            "\"outputs\": [[",
            "outputs[0]: invalid type: sequence, expected a string",
        ),
    ];
    for (from, to, message) in cases {
        let refusal = spoilt(from, to);
        assert!(refusal.contains(message), "{refusal}");
        assert!(refusal.starts_with("line "), "{refusal}");
    }
    let half = &text[..text.len() / 2];
    assert!(refusal(half).contains("EOF while parsing"), "{}", refusal(half));
}

/// Words of the language the crate is written in.
const RUST: [&str; 11] =
    ["usize", "u32", "u64", "i32", "i64", "f64", "struct", "enum", "variant", "Record", "Option"];

/// What is said never names a type of the language the crate is written in.
#[test]
fn messages_are_in_words_of_the_field() {
    let wrong = [json!(null), json!(true), json!("x"), json!(-1), json!(0.5), json!([]), json!({})];
    let mut pointers = Vec::new();
    leaves(&graph(), "", &mut pointers);
    for pointer in pointers.into_iter().chain(all_objects()) {
        for value in &wrong {
            let mut graph = graph();
            *graph.pointer_mut(&pointer).expect("a value") = value.clone();
            let Err(error) = read(&graph.to_string(), &files().arrays) else { continue };
            let text = error.to_string();
            let named = RUST.iter().find(|name| text.contains(*name));
            assert_eq!(named, None, "{pointer} = {value}: {text}");
            assert!(!matches!(error, FileError::Container(_)), "{pointer} = {value}: {text}");
        }
    }
}

fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| leaves(value, &format!("{at}/{key}"), found));
        }
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(place, value)| leaves(value, &format!("{at}/{place}"), found)),
        _ => found.push(at.to_owned()),
    }
}
