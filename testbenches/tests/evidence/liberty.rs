//! Models of library cells do what the library says: as Yosys reads it, and by tables of our own.

use hwgen_gen::Module;
use hwgen_sim::equivalence::{self, Description, Verdict};
use hwgen_sim::liberty::{Library, osu018};
use hwgen_sim::tool::{self, Tool};
use hwgen_testbenches::{Check, Layer, itself};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("liberty");
    layer.needs_cells(&[Tool::Yosys]);
    itself!(layer, models_of_gates_are_what_yosys_reads);
    layer.needs_cells(&[Tool::Icarus]);
    itself!(layer, models_follow_tables_with_unknown_inputs, models_of_flip_flops_follow_tables);
    layer.checks()
}

fn library() -> Library {
    Library::read(&[osu018().expect("the cells")], &[]).expect("a library")
}

/// All cells of a Liberty file as Yosys reads them.
pub(crate) fn read_by_yosys(liberty: &Path) -> Module {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let script = format!(
        "read_liberty -ignore_miss_func -ignore_miss_dir {}; write_verilog -noattr models.v",
        liberty.display()
    );
    let mut yosys = Tool::Yosys.command().expect("Yosys");
    yosys.current_dir(folder.path()).args(["-q", "-p", &script]);
    assert!(yosys.status().expect("Yosys runs").success());
    let text = fs::read_to_string(folder.path().join("models.v")).expect("the models");
    Module { name: "models".to_owned(), text }
}

/// Gates, and their pins: inputs, then outputs.
const GATES: [(&str, &[&str], &[&str]); 9] = [
    ("AND2X1", &["A", "B"], &["Y"]),
    ("AOI22X1", &["A", "B", "C", "D"], &["Y"]),
    ("BUFX2", &["A"], &["Y"]),
    ("FAX1", &["A", "B", "C"], &["YC", "YS"]),
    ("INVX1", &["A"], &["Y"]),
    ("MUX2X1", &["A", "B", "S"], &["Y"]),
    ("NOR3X1", &["A", "B", "C"], &["Y"]),
    ("OAI21X1", &["A", "B", "C"], &["Y"]),
    ("XNOR2X1", &["A", "B"], &["Y"]),
];

/// All of [`GATES`] beside each other.
fn gates() -> Module {
    let outputs: usize = GATES.iter().map(|(_, _, outputs)| outputs.len()).sum();
    let mut output = 0;
    let mut instances = String::new();
    for (kind, inputs, outputs) in GATES {
        let mut pins: Vec<_> =
            inputs.iter().enumerate().map(|(bit, pin)| format!(".{pin}(a_i[{bit}])")).collect();
        for pin in outputs {
            pins.push(format!(".{pin}(y_o[{output}])"));
            output += 1;
        }
        instances += &format!("{kind} u_{output} ({});\n", pins.join(", "));
    }
    let text = format!(
        "module top (input wire clk_i, input wire rst_ni, input wire [3:0] a_i,\n\
         output wire [{}:0] y_o);\n{instances}endmodule\n",
        outputs - 1
    );
    Module { name: "top".to_owned(), text }
}

fn models_of_gates_are_what_yosys_reads() {
    let library = library();
    let by_yosys = [gates(), read_by_yosys(&osu018().expect("the cells"))];
    let mut ours = library.models(GATES.map(|(kind, _, _)| kind)).expect("models");
    ours.push(gates());
    let prove = |ours: &[Module]| {
        let description = |modules| Description { modules, top: "top" };
        equivalence::prove(description(&by_yosys), description(ours)).expect("Yosys runs")
    };
    assert_eq!(prove(&ours), Verdict::Proven);
    for module in &mut ours {
        module.text = module.text.replace("assign YC = ", "assign YC = ~");
    }
    assert!(matches!(prove(&ours), Verdict::Refuted(_)), "a carry inverted");
}

/// What `simulator` prints for a bench that sets the inputs of one cell step by step, and prints
/// its output `output` after each.
fn played(library: &Library, kind: &str, inputs: &[&str], output: &str, steps: &[&str]) -> String {
    let [model] = &library.models([kind]).expect("a model")[..] else { panic!("one model") };
    let pins = inputs.iter().map(|pin| format!(".{pin}({pin})")).collect::<Vec<_>>().join(", ");
    let steps = steps.iter().map(|step| {
        let width = inputs.len();
        format!("{{{}}} = {width}'b{step}; #1 $write(\"%b\", {output});\n", inputs.join(", "))
    });
    let bench = format!(
        "{}\nmodule bench;\nreg {};\nwire {output};\n{kind} cell_1 ({pins}, .{output}({output}));\n\
         initial begin\n{}$finish;\nend\nendmodule\n",
        model.text,
        inputs.join(", "),
        steps.collect::<String>()
    );
    let folder = tempfile::tempdir().expect("a temporary directory");
    fs::write(folder.path().join("bench.v"), bench).expect("a file");
    let mut icarus = Tool::Icarus.command().expect("Icarus");
    icarus.current_dir(folder.path()).args(["-g2005", "-Wall", "-o", "bench", "bench.v"]);
    let output = tool::run(&mut icarus).expect("Icarus reads the model");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let output = tool::run(Command::new("vvp").current_dir(folder.path()).arg("bench"));
    String::from_utf8(output.expect("the simulation ends").stdout).expect("text")
}

/// Steps of a cell: values of its inputs, and of its output after them.
type Steps = [(&'static str, char)];

fn assert_plays(library: &Library, kind: &str, inputs: &[&str], output: &str, steps: &Steps) {
    let (played_steps, expected): (Vec<_>, String) = steps.iter().copied().unzip();
    assert_eq!(played(library, kind, inputs, output, &played_steps), expected, "{kind}");
}

fn models_follow_tables_with_unknown_inputs() {
    let library = library();
    // Where both data inputs are alike, the choice does not matter.
    let choice = [("011", '1'), ("010", '0'), ("11x", '0'), ("00x", '1'), ("10x", 'x')];
    assert_plays(&library, "MUX2X1", &["A", "B", "S"], "Y", &choice);
    let nor = [("00", '1'), ("01", '0'), ("1x", '0'), ("x0", 'x')];
    assert_plays(&library, "NOR2X1", &["A", "B"], "Y", &nor);
    let three_state = [("01", '1'), ("11", '0'), ("10", 'z'), ("x0", 'z')];
    assert_plays(&library, "TBUFX1", &["A", "EN"], "Y", &three_state);
    // Transparent while the clock is high.
    let latch = [("01", '0'), ("11", '1'), ("10", '1'), ("00", '1'), ("0x", 'x'), ("01", '0')];
    assert_plays(&library, "LATCH", &["D", "CLK"], "Q", &latch);
}

fn models_of_flip_flops_follow_tables() {
    let library = library();
    let rising = [("00", 'x'), ("01", '0'), ("11", '0'), ("10", '0'), ("11", '1'), ("00", '1')];
    assert_plays(&library, "DFFPOSX1", &["D", "CLK"], "Q", &rising);
    let falling = [("01", 'x'), ("00", '0'), ("10", '0'), ("11", '0'), ("10", '1'), ("01", '1')];
    assert_plays(&library, "DFFNEGX1", &["D", "CLK"], "Q", &falling);
    let steps = [
        ("0011", 'x'), // D, CLK, R, S
        ("0001", '0'), // R low clears,
        ("1101", '0'), // whatever the clock does,
        ("1111", '0'), // and for good.
        ("1011", '0'),
        ("1111", '1'), // A rising clock takes D.
        ("1101", '0'),
        ("1110", '1'), // S low sets.
        ("1100", '0'), // Both: the library gives L.
        ("1110", '1'), // The one that stays decides.
        ("0111", '1'),
        ("00x1", 'x'), // A reset that may or may not be
        ("0001", '0'),
        ("0011", '0'),
        ("x111", 'x'), // or an input that is not known.
    ];
    assert_plays(&library, "DFFSR", &["D", "CLK", "R", "S"], "Q", &steps);
}
