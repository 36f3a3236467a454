//! The streams of the module and of its bench.

use super::{Mode, SarAdc};
use crate::beat::{Declared, beat};
use crate::interface::{Field, Interface, Stream};
use crate::verilog::Format;

beat! {
    /// The start of a conversion in all channels.
    pub(super) struct StartBeat {
        /// 1 converts the difference of both inputs, 0 the plus input alone
        differential: One,
        /// plus inputs, LSB below the supply
        drop_plus: Many,
        /// minus inputs, LSB below the supply
        drop_minus: Many,
    }
}

beat! {
    /// The end of a conversion in all channels.
    pub(super) struct DoneBeat {
        /// code of every channel
        code: Many,
    }
}

impl StartBeat<Declared> {
    /// The bench is told the inputs.
    pub(super) fn of_bench(spec: &SarAdc) -> Self {
        let drop = Field::new(spec.drop()).times(spec.channels);
        Self {
            differential: Field::new(Format::flag()).only_if(spec.is_runtime()),
            drop_plus: drop,
            drop_minus: drop.only_if(spec.mode != Mode::SingleEnded),
        }
    }

    /// The module is not.
    pub(super) fn of_module(spec: &SarAdc) -> Self {
        let Self { differential, drop_plus, drop_minus } = Self::of_bench(spec);
        Self {
            differential,
            drop_plus: drop_plus.only_if(false),
            drop_minus: drop_minus.only_if(false),
        }
    }
}

impl SarAdc {
    /// Streams of a module that is told `start`.
    pub(super) fn streams(&self, start: StartBeat<Declared>) -> Vec<Stream> {
        let done = DoneBeat { code: Field::new(self.code()).times(self.channels) };
        vec![
            Stream::input("start", "Starts a conversion in all channels", start.fields()),
            Stream::output("done", "Codes, channel 0 in the low bits", done.fields()),
        ]
    }

    /// Ports of the bench: starts carry the inputs.
    pub(super) fn bench_interface(&self) -> Interface {
        Interface::of_streams(self.streams(StartBeat::of_bench(self)))
    }
}
