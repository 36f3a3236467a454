use super::*;
use std::fs;
use std::io::Write;

const TEXT: &str = r#"/* typical */
    library(tiny) {
      nom_process : 1; nom_voltage : 1.8; nom_temperature : 25;
      capacitive_load_unit (1,ff);
      cell (DFF) { area : 96; ff (IQ, IQN) { next_state : "D"; clocked_on : "C"; }
        pin(D) { direction : input; capacitance : 9; } pin(C) { direction : input; }
        pin(Q) { direction : output; function : "IQ"; } }
      cell ("BUF") {
        area : 24.5;
        pin(A) { direction : input; capacitance : 10.0; }
        pin(Y) { direction : output; function : "(A)"; timing() { values ("0.1, 0.2", \
          "0.3, 0.4"); } }
      }
      cell (INV) { area : 16; pin(A) { direction : input; capacitance : 9; }
        pin(Y) { direction : output; function : "(!A)"; } }
    }"#;

fn library(text: &str) -> Result<Library, String> {
    Library::of(parse(text, "tiny.lib")?, "tiny.lib".to_owned())
}

/// [`TEXT`] with one more cell.
fn with_cell(cell: &str) -> Library {
    let text = TEXT.trim_end().strip_suffix('}').expect("a brace").to_owned() + cell + "}";
    library(&text).expect("a library")
}

/// [`TEXT`] with `from` replaced by `to`.
fn with(from: &str, to: &str) -> Result<Library, String> {
    assert!(TEXT.contains(from), "{from}");
    library(&TEXT.replace(from, to))
}

#[test]
fn cells_are_read() {
    let library = library(TEXT).expect("a library");
    assert_eq!(library.name, "tiny");
    assert_eq!(library.corner, "process 1, 1.8 V, 25 degrees C");
    assert!(library.cells["DFF"].flip_flop && !library.cells["BUF"].flip_flop);
    assert_eq!(library.cells["BUF"].area, Some(24.5));
    for function in ["(A)", "A", "!!( A )", "A A", "A'' + 0"] {
        let found = with("\"(A)\"", &format!("\"{function}\"")).expect("a library");
        assert_eq!(found.buffer(), Some(("BUF", 0.01)), "{function}");
    }
}

#[test]
fn what_says_the_same_again_does_no_harm() {
    for (from, to) in [
        ("area : 24.5;", "area : 24.5; area : \"24.5\";"),
        ("(1,ff);", "(1,ff); capacitive_load_unit (1,ff);"),
        ("nom_process", "define (a, cell, string); define (b, cell, string); nom_process"),
    ] {
        assert_eq!(with(from, to).expect(to).cells, library(TEXT).expect("a library").cells);
    }
}

#[test]
fn what_is_written_in_the_wild_is_read() {
    let plain = library(TEXT).expect("a library");
    for (from, to) in [
        ("area : 24.5;", "area : 24.5"),
        ("area : 24.5;", "area : 24.5 // um2; } {"),
        ("area : 24.5;", "area : \"24.5\"\r"),
        ("function : \"(!A)\"; }", "function : \"(!A)\" }"),
        ("/* typical */", "\u{FEFF}"),
        ("capacitive_load_unit (1,ff);", "capacitive_load_unit(1.0 \\  \n , \"FF\")"),
        ("(tiny) {", "(\"tiny\")\n{"),
        ("cell (INV) {", "// cell (INV) {\ncell (INV) { /* } */"),
    ] {
        let found = with(from, to).unwrap_or_else(|reason| panic!("{to}: {reason}"));
        assert_eq!((&found.cells, found.picofarads), (&plain.cells, plain.picofarads), "{to}");
        let again = library(&found.text()).expect("a library");
        assert_eq!(again.cells, plain.cells, "{to}");
    }
}

#[test]
fn compressed_files_and_bytes_that_are_no_text_are_read() {
    let plain = library(TEXT).expect("a library");
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("cells.txt");
    let mut bytes = b"/* 25 \xB0C */".to_vec();
    bytes.extend(TEXT.as_bytes());
    fs::write(&path, &bytes).expect("a file");
    let read = |path: &PathBuf| Library::read(std::slice::from_ref(path), &[]);
    assert_eq!(read(&path).expect("a library").cells, plain.cells);
    let file = fs::File::create(&path).expect("a file");
    let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    packed.write_all(&bytes).and_then(|()| packed.finish().map(drop)).expect("a packed file");
    assert_eq!(read(&path).expect("a library").cells, plain.cells);
    let mut cut = fs::read(&path).expect("the packed file");
    cut.truncate(cut.len() / 2);
    fs::write(&path, cut).expect("a file");
    assert!(matches!(read(&path), Err(SimError::Content { .. })), "a packed file cut short");
}

#[test]
fn what_is_malformed_is_refused_by_name() {
    for (text, complaint) in [
        ("module top; endmodule", "not a Liberty file: line 1: 'module'"),
        ("timing (a) { }", "not a Liberty file: it has no library group"),
        ("", "not a Liberty file"),
        ("library(empty) { }", "no cells"),
        ("library(\"open", "a quoted text is not closed"),
        ("\"", "a quoted text is not closed"),
        ("library (a) {\n/* open", "line 2: a comment is not closed"),
        ("library (a) {\n\ncell (B) {\n}", "library(a), opened in line 1, is not closed"),
        ("library (a) { cell (B { } }", "the parenthesis after cell is not closed"),
        ("library (a) { x : ; }", "x has no value"),
        ("library (a) { } }", "'}' begins nothing"),
        (&"a(b){".repeat(1_000_000), "groups within each other"),
        (&format!("library(a){}", "(".repeat(1_000_000)), "'(' begins nothing"),
    ] {
        let error = library(text).expect_err(complaint);
        assert!(error.contains(complaint), "{text:.60}: {error}");
    }
    for (from, to, complaint) in [
        ("area : 24.5;", "area : 24.5 pin_opposite : x;", "line 9: ':' where the value of area"),
        ("area : 24.5;", "area : large;", "cell 'BUF': area : large: not a number"),
        ("area : 24.5;", "area : inf;", "not a number"),
        ("(1,ff);", "(1,ff); include_file (more.lib);", "include_file (more.lib) is not followed"),
        ("(1,ff)", "(1,xf)", "capacitive_load_unit (1, xf)"),
        ("(INV)", "(BUF)", "cell BUF is described twice"),
        (
            "area : 24.5;",
            "area : 24.5; area : 12;",
            "line 9: cell 'BUF': area is given twice, as 24.5 and as 12; accepted: once",
        ),
        (
            "capacitance : 10.0;",
            "capacitance : 10.0; capacitance : 9;",
            "pin 'A': capacitance is given twice, as 10.0 and as 9",
        ),
        (
            "\"(!A)\";",
            "\"(!A)\"; function : \"A\";",
            "pin 'Y': function is given twice, as \"(!A)\" and as \"A\"",
        ),
        ("next_state : \"D\";", "next_state : \"D\"; next_state : \"!D\";", "ff 'IQ': next_state"),
        ("(1,ff);", "(1,ff); capacitive_load_unit (1,pf);", "capacitive_load_unit is given twice"),
        ("pin(C)", "pin(D)", "cell 'DFF': pin D is described twice"),
        ("values (", "values (\"1\"); values (", "values is given twice"),
        (
            "timing() {",
            "timing() { cell_rise (a) { } cell_rise (b) { }",
            "timing '': cell_rise is given twice; accepted: once",
        ),
        (
            "cell (DFF)",
            "lu_table_template (a) { } lu_table_template (a) { x : 1; } cell (DFF)",
            "library 'tiny': lu_table_template a is given twice",
        ),
    ] {
        let error = with(from, to).expect_err(complaint);
        assert!(error.contains(complaint), "{to}: {error}");
    }
}

#[test]
fn damage_anywhere_is_an_error_or_another_library() {
    for position in (0..TEXT.len()).filter(|position| TEXT.is_char_boundary(*position)) {
        for damage in ["", "\"", "{", "}", "(", ")", ";", ":", ",", "\\", "/*", "\u{E9}", "!", "["]
        {
            let text = [&TEXT[..position], damage, TEXT.get(position + 1..).unwrap_or("")].concat();
            if let Ok(library) = library(&text) {
                library.text();
                let _ = library.models(library.cells.keys().map(String::as_str));
                library.flip_flops();
            }
        }
    }
}

#[test]
fn reserved_cells_are_not_used() {
    let mut library = with("area : 24.5;", "area : 24.5; dont_use : true;").expect("a library");
    assert_eq!(library.buffer(), None);
    assert!(!library.text().contains("BUF") && library.text().contains("INV"));
    for pattern in ["X*", "inv", "[", ""] {
        let error = library.avoid(pattern).expect_err(pattern).to_string();
        assert!(error.contains(&format!("--dont-use '{pattern}'")), "{error}");
    }
    library.avoid("?N*").expect("a cell");
    assert!(!library.text().contains("INV") && library.text().contains("DFF"));
    let special = with("area : 24.5;", "area : 24.5; is_isolation_cell : true;");
    assert_eq!(special.expect("a library").buffer(), None);
}

/// Two files as one library.
fn joined(one: &str, other: &str) -> Result<Library, String> {
    let mut sources = parse(one, "one.lib")?;
    sources.extend(parse(other, "other.lib")?);
    Library::of(sources, "one.lib, other.lib".to_owned())
}

/// A library with one cell, and a table of its own kind.
const OTHER: &str = r#"library (other) {
    nom_voltage : 1.80; capacitive_load_unit (1.0, "fF");
    lu_table_template (delay) { variable_1 : input_net_transition; index_1 ("1, 2"); }
    cell (NAND2) { area : 1; pin (A) { direction : input; } pin (Y) { direction : output;
      timing () { cell_rise (delay) { values ("1, 2"); } cell_fall (lost) { values ("1, 2"); } } }
    } }"#;

#[test]
fn several_files_are_one_library() {
    let one =
        TEXT.replace("cell (DFF)", "lu_table_template (delay) { index_1 (\"3\"); }\ncell (DFF)");
    let one = one.replace("cell (INV)", "lu_table_template (lost) { }\ncell (INV)");
    let library = joined(&one, OTHER).expect("a library");
    assert_eq!(library.cells.len(), 4);
    assert_eq!(library.name, "tiny, other");
    // Tables mean what they mean in their own library, and what is missing there is missing.
    let text = library.text();
    for line in
        ["template(delay)", "template(\"delay_of_library_2\")", "rise(\"delay_of_library_2\")"]
    {
        assert!(text.contains(line), "no {line} in\n{text}");
    }
    assert!(!text.contains("lost_of_library_2"), "{text}");
    let faults = library.cells["NAND2"].faults.iter().map(|fault| fault.what.as_str());
    assert!(faults.into_iter().any(|what| what == "table template lost is not declared"));
}

#[test]
fn files_that_contradict_are_refused() {
    for (from, to, complaint) in [
        ("NAND2", "BUF", "cell BUF is described twice, in one.lib and in other.lib"),
        ("fF", "pf", "capacitive_load_unit is 1 ff in one.lib and 1 pf in other.lib"),
        ("1.80", "1.2", "nom_voltage is 1.8 in one.lib and 1.2 in other.lib"),
    ] {
        let error = joined(TEXT, &OTHER.replace(from, to)).expect_err(complaint);
        assert!(error.contains(complaint), "{error}");
    }
}

#[test]
fn units_that_neither_area_nor_times_depend_on_may_differ() {
    let other = |unit: &str| OTHER.replace("nom_voltage", &format!("{unit}; nom_voltage"));
    let one = TEXT.replace(
        "nom_process",
        "leakage_power_unit : \"1nW\"; current_unit : \"1uA\"; voltage_unit : \"1V\"; nom_process",
    );
    for unit in ["leakage_power_unit : \"1pW\"", "current_unit : \"1mA\"", "voltage_unit : 1V"] {
        assert_eq!(joined(&one, &other(unit)).map(|library| library.cells.len()), Ok(4), "{unit}");
    }
    let error = joined(&one, &other("voltage_unit : \"1mV\"")).expect_err("a unit");
    assert!(error.contains("voltage_unit is 1v in one.lib and 1mv in other.lib"), "{error}");
}

#[test]
fn what_tools_read_is_the_same_library() {
    let plain = library(TEXT).expect("a library");
    let again = library(&plain.text()).expect("a library");
    assert_eq!((&again.cells, again.text()), (&plain.cells, plain.text()));
}

#[test]
fn cells_without_a_function_have_no_model() {
    for (cell, complaint) in [
        ("pin(A) { direction : output; }", "its pin A has no function"),
        (
            "pin(A) { direction : output; function : \"A +\"; }",
            "pin A: its function cannot be read",
        ),
        ("pin(A) { direction : output; function : \"B\"; }", "names 'B'"),
        ("pin(A) { function : \"1\"; }", "pin A: it has no direction"),
        ("bus(A) { pin(A[1]) { direction : output; } }", "pins in a bus"),
        ("statetable (\"A\", \"B\") { table : \"L : - : L\"; }", "a statetable"),
        ("ff (IQ, IQN) { next_state : \"D\"; }", "its ff gives no clocked_on"),
    ] {
        let library = with_cell(&format!("cell (NEW) {{ area : 1; {cell} }}"));
        assert!(!library.cells["NEW"].is_usable() || complaint.contains("no function"), "{cell}");
        let error = library.models(["NEW"]).expect_err(complaint).to_string();
        assert!(error.contains("tiny.lib") && error.contains("cell NEW"), "{error}");
        assert!(error.contains(complaint), "{error}");
    }
    let error = library(TEXT).expect("a library").models(["INV", "OR2"]).expect_err("no OR2");
    assert!(error.to_string().contains("cell OR2: the library does not describe it"), "{error}");
}
