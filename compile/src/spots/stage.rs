//! A layer as stimulus, and its results as tensors.

use super::embed::Embedded;
use super::pool;
use super::post::{self, Post};
use crate::answer::demand;
use crate::convolution::convolution;
use crate::{Answer, Stage};
use hwgen_gen::Beat;
use hwgen_gen::block::Package;
use hwgen_gen::blocks::spots::{self, Packed, Pool, Registers, ResultsBeat, Spots, stream};
use hwgen_gen::traffic::Traffic;
use hwgen_networks::{Network, Operator, Source};
use hwgen_numerics::{Tensor, TensorType};

/// A convolution, and the pool after it, that a design computes.
pub(super) struct Layer {
    spec: Spots,
    nodes: Vec<usize>,
    embedded: Embedded,
    post: Post,
    registers: Registers,
    packed: Packed,
    pool: Pool,
    /// Type of the stage's result.
    kind: TensorType,
}

impl Layer {
    /// The layer of `nodes`: a convolution, a fully connected layer or one after a flatten, and
    /// perhaps a pool.
    pub fn new(
        spec: &Spots,
        network: &Network,
        nodes: Vec<usize>,
    ) -> Result<(Answer, Self), String> {
        let input = network.kind(network.sources(nodes[0])[0]);
        let operators: Vec<_> = nodes.iter().map(|&node| &network.nodes()[node].operator).collect();
        let (sums, after) = match operators[..] {
            [Operator::Flatten(_), sums, ref after @ ..] => (sums, after),
            [sums, ref after @ ..] => (sums, after),
            [] => return Err("no node".to_owned()),
        };
        let (geometry, weights, requantisation) = convolution(sums, input)?;
        post::check_sums(spec, input.element, weights)?;
        let mut embedded = Embedded::new(&geometry, weights.elements(), input.element)?;
        let (answer, post) = Post::new(spec, requantisation, &mut embedded)?;
        post::check_weights(spec, &embedded)?;
        let pool = match after {
            [] => Pool { size: 1, average: false },
            [pool] => self::pool::pool(pool, &post.clamp)?,
            _ => return Err("more than a pool after the sums".to_owned()),
        };
        check_mean_of(spec, &pool, &post)?;
        let layer = spots::Layer {
            shape: embedded.shape,
            split: 0,
            skip: true,
            cut: post.cut,
            relu: post.relu,
            pool,
        };
        let layer = spec.divided(&layer).map_err(|error| error.to_string())?;
        let registers = spec.registers(&layer).map_err(|error| error.to_string())?;
        let packed = pack(spec, &embedded, layer.split)?;
        let kind = network.kind(Source::Node(nodes[nodes.len() - 1]));
        let spec = spec.clone();
        Ok((answer, Self { spec, nodes, embedded, post, registers, packed, pool, kind }))
    }

    /// Windows of each array that give results, in the order in which they do: places in the
    /// result, row by row.
    fn places(&self) -> Vec<Vec<usize>> {
        let (shape, registers, size) = (&self.embedded.shape, &self.registers, self.pool.size);
        let columns = shape.columns();
        let arrays = 0..1_usize << registers.split;
        let of_array = |array: usize| {
            let start = |starts: &[i64]| starts[array] as usize / shape.stride;
            let first = start(&registers.start_row) * columns + start(&registers.start_column);
            let windows = first..first + registers.windows[array] as usize;
            let pooled = windows.filter_map(|window| {
                let (row, column) = (window / columns + 1, window % columns + 1);
                let closes = row.is_multiple_of(size) && column.is_multiple_of(size);
                closes.then(|| (row / size - 1) * (columns / size) + column / size - 1)
            });
            pooled.collect()
        };
        arrays.map(of_array).collect()
    }
}

impl Stage for Layer {
    fn nodes(&self) -> &[usize] {
        &self.nodes
    }

    /// The weights once, and a layer for every map.
    fn phases(&self, inputs: &[&Tensor]) -> Vec<Traffic> {
        let mut traffic = Traffic::new(&self.spec.interface().inputs());
        let shape = &self.embedded.shape;
        self.spec.push_weights(&mut traffic, &self.packed);
        self.spec.push_filters(&mut traffic, &self.post.channels);
        for (number, map) in inputs.iter().enumerate() {
            let load_weights = i64::from(number == 0);
            let registers = Registers { load_weights, ..self.registers.clone() };
            registers.push(&mut traffic.0[stream::LAYER]);
            self.spec.push_map(&mut traffic, shape, |channel, row, column| {
                map.elements[(channel * shape.height + row) * shape.width + column].into()
            });
        }
        vec![traffic]
    }

    /// Windows of an array come in order, each as blocks of filters; which block and which array,
    /// a beat says.
    fn decode(&self, results: &Traffic, images: usize) -> Vec<Tensor> {
        let beats = &results.0[stream::RESULTS];
        let (places, lanes) = (self.places(), self.spec.lanes());
        let filters = self.embedded.shape.filters;
        let blocks = filters.div_ceil(lanes);
        let positions = self.kind.shape.positions();
        let mut next = vec![0; places.len() * blocks];
        let mut tensors = vec![vec![0; self.kind.shape.elements()]; images];
        for beat in 0..beats.len() {
            let field = |place| beats.get(beat, place, 0) as usize;
            let (block, array) = (field(ResultsBeat::AT.block), field(ResultsBeat::AT.array));
            let count = &mut next[array * blocks + block];
            let (image, place) = (*count / places[array].len(), *count % places[array].len());
            *count += 1;
            for filter in block * lanes..filters.min((block + 1) * lanes) {
                let result = beats.get(beat, ResultsBeat::AT.result, filter % lanes);
                let (low, high) = self.post.clamp.clone().into_inner();
                let element = result.clamp(low, high) as i32;
                tensors[image][filter * positions + places[array][place]] = element;
            }
        }
        tensors.into_iter().map(|elements| Tensor { kind: self.kind, elements }).collect()
    }
}

/// A mean is taken of results as the hardware clamps them: that has to be the network's clamp.
fn check_mean_of(spec: &Spots, pool: &Pool, post: &Post) -> Result<(), String> {
    let low = if post.relu { 0 } else { spec.data().min() };
    let (given, own) = (post.clamp.clone().into_inner(), (low, spec.data().max()));
    let same = (i128::from(given.0), i128::from(given.1)) == own;
    demand(!pool.average || same, || {
        format!(
            "a mean of results of {} to {}; accepted: of {} to {}, as the design clamps them",
            given.0, given.1, own.0, own.1
        )
    })
}

fn pack(spec: &Spots, embedded: &Embedded, split: u32) -> Result<Packed, String> {
    let shape = &embedded.shape;
    let rows: Vec<_> = (0..shape.filters).map(|filter| embedded.row(filter)).collect();
    let weight = |filter: usize, column: usize| rows.get(filter).map_or(0, |row| row[column]);
    let packed = spec.cut(shape.filters, shape.patch(), split).pack(weight);
    let (lines, most) = (packed.blocks.len(), spec.weight_lines());
    demand(lines <= most, || format!("{lines} lines of weights; accepted: at most {most}"))?;
    Ok(packed)
}
