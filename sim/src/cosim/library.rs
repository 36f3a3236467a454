//! The compiled model, loaded into this process. The only unsafe code of the project.
#![allow(unsafe_code)]

use crate::SimError;
use libloading::{Library, Symbol};
use std::ffi::{CString, c_char, c_void};
use std::path::Path;
use std::ptr;
use std::sync::Arc;

/// How streams are stalled. The numbers are those of the harness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u32)]
pub enum Stalls {
    /// Inputs offered and outputs taken whenever possible.
    None = 0,
    /// Every stream stalls at random, sometimes rarely, sometimes mostly.
    Random = 1,
    /// Outputs become ready only after they were valid.
    LateReady = 2,
}

/// Beats of one input stream for one batch.
pub(super) struct Input<'a> {
    pub words: &'a [u32],
    pub words_per_beat: usize,
    /// Beats accepted when each phase is over.
    pub phase_ends: Vec<u64>,
}

/// What one output stream gave.
#[derive(Debug)]
pub(super) struct Output {
    pub words: Vec<u32>,
    pub received: u64,
    pub surplus: u64,
    pub stamps: Vec<u64>,
}

/// What the harness itself can find wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Timeout,
    ValidDropped(usize),
    PayloadChanged(usize),
}

/// What one batch gave.
#[derive(Debug)]
pub(super) struct Outcome {
    pub cycles: u64,
    /// Processor seconds that the model and its harness took.
    pub seconds: f64,
    pub fault: Option<Fault>,
    /// Cycle in which each beat of each input stream was accepted.
    pub accepted: Vec<Vec<u64>>,
    pub outputs: Vec<Output>,
}

impl Outcome {
    /// Cycles from the one that takes the first beat to the one that takes the last result, both
    /// included; nothing if there is none of them, or nobody looked.
    pub fn measured_cycles(&self) -> Option<u64> {
        let first = self.accepted.iter().flatten().min()?;
        let last = self.outputs.iter().flat_map(|output| &output.stamps).max()?;
        Some(last.saturating_sub(*first) + 1)
    }
}

// The structures of the harness, field by field (sim/templates/harness.cpp.askama).
#[repr(C)]
struct RawInput {
    words: *const u32,
    phase_ends: *const u64,
    stamps: *mut u64,
}

#[repr(C)]
struct RawOutput {
    wanted: *const u32,
    words: *mut u32,
    stamps: *mut u64,
    expected: u64,
    received: u64,
    surplus: u64,
}

#[repr(C)]
struct RawBatch {
    phases: u64,
    seed: u64,
    idle_limit: u64,
    drain_cycles: u64,
    most_results: u64,
    most_cycles: u64,
    cycles: u64,
    nanoseconds: u64,
    stalls: u32,
    fault: u32,
    fault_output: u32,
    while_waiting: u32,
    resets: u32,
}

type Open = unsafe extern "C" fn(u64, *const c_char) -> *mut c_void;
type Run = unsafe extern "C" fn(*mut c_void, *mut RawBatch, *mut RawInput, *mut RawOutput);
type WriteCoverage = unsafe extern "C" fn(*mut c_void, *const c_char);
type Close = unsafe extern "C" fn(*mut c_void);

/// A loaded library; models are opened from it.
#[derive(Clone)]
pub(super) struct Loaded {
    /// Keeps the code mapped that the functions below are in.
    _library: Arc<Library>,
    open: Open,
    run: Run,
    write_coverage: WriteCoverage,
    close: Close,
}

impl Loaded {
    /// Loads the library at `path`, which the harness was compiled into.
    pub fn load(path: &Path) -> Result<Self, SimError> {
        let fail = |error: libloading::Error| SimError::Product {
            path: path.to_owned(),
            reason: format!("not a usable model: {error}"),
        };
        // SAFETY: the library was built by us from the harness; it has no initialisers but those
        // of the Verilator run time, and the four symbols have exactly these types there.
        unsafe {
            let library = Library::new(path).map_err(fail)?;
            fn copied<T: Copy>(symbol: Symbol<'_, T>) -> T {
                *symbol
            }
            let open = copied(library.get::<Open>(b"hwgen_open").map_err(fail)?);
            let run = copied(library.get::<Run>(b"hwgen_run").map_err(fail)?);
            let write_coverage =
                copied(library.get::<WriteCoverage>(b"hwgen_write_coverage").map_err(fail)?);
            let close = copied(library.get::<Close>(b"hwgen_close").map_err(fail)?);
            Ok(Self { _library: Arc::new(library), open, run, write_coverage, close })
        }
    }

    /// A model in its power-up state; what has no reset starts with bits drawn from `seed`.
    pub fn model(&self, seed: u64, trace: Option<&Path>) -> Result<Model, SimError> {
        let path = trace.map(c_path).transpose()?;
        let path = path.as_ref().map_or(ptr::null(), |path| path.as_ptr());
        // SAFETY: `path` is null or a C string that outlives the call.
        let handle = unsafe { (self.open)(seed, path) };
        Ok(Model { loaded: self.clone(), handle })
    }
}

fn c_path(path: &Path) -> Result<CString, SimError> {
    CString::new(path.as_os_str().as_encoded_bytes()).map_err(|_| SimError::Product {
        path: path.to_owned(),
        reason: "a file name cannot hold a zero byte".to_owned(),
    })
}

/// One instance of the compiled model.
pub(super) struct Model {
    loaded: Loaded,
    handle: *mut c_void,
}

/// What to do with one batch.
pub(super) struct Batch<'a> {
    pub inputs: Vec<Input<'a>>,
    /// Per output stream: words per beat, and the words of the beats expected.
    pub expected: Vec<(usize, &'a [u32])>,
    pub phases: usize,
    pub stalls: Stalls,
    pub seed: u64,
    pub stamps: bool,
    /// Results after which the batch is broken off, whatever is still on its way.
    pub most_results: u64,
    /// It is broken off at the next result that waits to be taken.
    pub while_waiting: bool,
    /// Cycle in which it is broken off, whatever is still on its way.
    pub most_cycles: u64,
    /// Cycles without any beat after which the model counts as hanging.
    pub idle_cycles: u64,
    /// The model is reset first; else it goes on as the batch before left it.
    pub resets: bool,
}

/// Cycles after the last expected beat in which no other may come.
const DRAIN_CYCLES: u64 = 64;

impl Model {
    /// Runs one batch.
    pub fn run(&mut self, batch: &Batch<'_>) -> Outcome {
        for input in &batch.inputs {
            let beats = input.phase_ends.last().copied().unwrap_or(0) as usize;
            assert_eq!(beats * input.words_per_beat, input.words.len(), "phases cover all beats");
            assert_eq!(input.phase_ends.len(), batch.phases, "every stream knows every phase");
        }
        let stamps = |beats: usize| if batch.stamps { vec![0_u64; beats] } else { Vec::new() };
        let beats = |input: &Input<'_>| input.phase_ends.last().copied().unwrap_or(0) as usize;
        let mut accepted: Vec<_> = batch.inputs.iter().map(|input| stamps(beats(input))).collect();
        let mut outputs: Vec<_> = batch
            .expected
            .iter()
            .map(|&(words, expected)| Output {
                words: vec![0; expected.len()],
                received: 0,
                surplus: 0,
                stamps: stamps(expected.len() / words),
            })
            .collect();
        let or_null = |stamps: &mut Vec<u64>| {
            if batch.stamps { stamps.as_mut_ptr() } else { ptr::null_mut() }
        };
        let mut raw_inputs: Vec<_> = batch
            .inputs
            .iter()
            .zip(&mut accepted)
            .map(|(input, stamps)| RawInput {
                words: input.words.as_ptr(),
                phase_ends: input.phase_ends.as_ptr(),
                stamps: or_null(stamps),
            })
            .collect();
        let mut raw_outputs: Vec<_> = outputs
            .iter_mut()
            .zip(&batch.expected)
            .map(|(output, &(words, expected))| RawOutput {
                wanted: expected.as_ptr(),
                words: output.words.as_mut_ptr(),
                stamps: or_null(&mut output.stamps),
                expected: (expected.len() / words) as u64,
                received: 0,
                surplus: 0,
            })
            .collect();
        let mut raw = RawBatch {
            phases: batch.phases as u64,
            seed: batch.seed,
            idle_limit: batch.idle_cycles,
            drain_cycles: DRAIN_CYCLES,
            most_results: batch.most_results,
            most_cycles: batch.most_cycles,
            cycles: 0,
            nanoseconds: 0,
            stalls: batch.stalls as u32,
            fault: 0,
            fault_output: 0,
            while_waiting: batch.while_waiting.into(),
            resets: batch.resets.into(),
        };
        // SAFETY: the pointers cover `beats * words_per_beat` words, as many expected, `phases` ends
        // and, if not null, `beats` stamps, as asserted and allocated above; all of them outlive the call.
        unsafe {
            (self.loaded.run)(
                self.handle,
                &raw mut raw,
                raw_inputs.as_mut_ptr(),
                raw_outputs.as_mut_ptr(),
            );
        }
        for (output, raw) in outputs.iter_mut().zip(&raw_outputs) {
            (output.received, output.surplus) = (raw.received, raw.surplus);
        }
        let fault = match raw.fault {
            0 => None,
            1 => Some(Fault::Timeout),
            2 => Some(Fault::ValidDropped(raw.fault_output as usize)),
            _ => Some(Fault::PayloadChanged(raw.fault_output as usize)),
        };
        let seconds = raw.nanoseconds as f64 * 1e-9;
        Outcome { cycles: raw.cycles, seconds, fault, accepted, outputs }
    }

    /// Writes the coverage counted so far.
    pub fn write_coverage(&self, path: &Path) -> Result<(), SimError> {
        let text = c_path(path)?;
        // SAFETY: `text` is a C string that outlives the call.
        unsafe { (self.loaded.write_coverage)(self.handle, text.as_ptr()) };
        std::fs::metadata(path).map(drop).map_err(SimError::file(path))
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        // SAFETY: the handle came from `open` and is closed once.
        unsafe { (self.loaded.close)(self.handle) };
    }
}
