//! Yosys: modules go in, a script runs over them, files and a log come out.

use crate::SimError;
use crate::ending::Scratch;
use crate::tool::{self, Tool};
use hwgen_gen::Module;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A temporary directory with Verilog in it, where Yosys works.
pub(crate) struct Workplace(Scratch);

impl Workplace {
    /// A directory that holds `modules`, one file each.
    pub fn new(modules: &[Module]) -> Result<Self, SimError> {
        let workplace = Self(Scratch::new()?);
        for module in modules {
            workplace.write(&file_of(module), &module.text)?;
        }
        Ok(workplace)
    }

    /// The directory.
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// A file in the directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// Writes a file into the directory.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> Result<(), SimError> {
        let path = self.path(name);
        fs::write(&path, text).map_err(SimError::file(&path))
    }

    /// Reads a file of the directory.
    pub fn read(&self, name: &str) -> Result<String, SimError> {
        let path = self.path(name);
        fs::read_to_string(&path).map_err(SimError::file(&path))
    }

    /// Reads a file of the directory that need not be text.
    pub fn read_lossy(&self, name: &str) -> Result<String, SimError> {
        let path = self.path(name);
        let bytes = fs::read(&path).map_err(SimError::file(&path))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A command that runs Yosys in the directory.
    pub fn yosys(&self, script: &str) -> Result<Command, SimError> {
        self.write("script.ys", script)?;
        let mut command = Tool::Yosys.command()?;
        tool::work_in(&mut command, self.folder());
        command.args(["-Q", "-T", "-s", "script.ys"]);
        Ok(command)
    }

    /// Runs `script`, which has to write `product`; what Yosys says is returned.
    pub fn run(&self, script: &str, product: &str) -> Result<String, SimError> {
        let output = tool::run_for(&mut self.yosys(script)?, &self.path(product))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The script line that reads `modules`.
pub(crate) fn read(modules: &[Module]) -> String {
    let files: Vec<_> = modules.iter().map(file_of).collect();
    format!("read_verilog {}\n", files.join(" "))
}

/// The file a module is kept in.
pub(crate) fn file_of(module: &Module) -> String {
    format!("{}.v", module.name)
}
