//! `Decoder`: the decoder of an autoencoder in plain f64, with its gradient by hand.

use crate::vae::Vae;

/// A decoder in plain f64.
///
/// ```text
/// l(x) = W_n' relu(... relu(W_1' x + b_1) ...) + b_n      x a code, l the logits of the pixels
/// ```
#[derive(Clone, Debug)]
pub(super) struct Decoder {
    layers: Vec<Layer>,
}

#[derive(Clone, Debug)]
struct Layer {
    /// `[inputs, outputs]`, row by row.
    weights: Vec<f64>,
    bias: Vec<f64>,
}

impl Layer {
    fn forward(&self, x: &[f64]) -> Vec<f64> {
        let mut out = self.bias.clone();
        // A one-hot code reads few rows of the weights.
        for (&x, row) in x.iter().zip(self.rows()).filter(|(x, _)| **x != 0.0) {
            out.iter_mut().zip(row).for_each(|(out, w)| *out += x * w);
        }
        out
    }

    /// The gradient in the input, given that in the output.
    fn backward(&self, out: &[f64]) -> Vec<f64> {
        let dot = |row: &[f64]| row.iter().zip(out).map(|(w, g)| w * g).sum();
        self.rows().map(dot).collect()
    }

    fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.weights.chunks_exact(self.bias.len())
    }
}

impl Decoder {
    pub(super) fn of(vae: &Vae) -> Self {
        let wide = |values: Vec<f32>| values.into_iter().map(f64::from).collect();
        let layers = vae.decoder_weights().into_iter();
        let layers =
            layers.map(|(weights, bias)| Layer { weights: wide(weights), bias: wide(bias) });
        Self { layers: layers.collect() }
    }

    /// The output of each layer before its relu; the last are the logits of the pixels.
    fn outputs(&self, code: &[f64]) -> Vec<Vec<f64>> {
        let mut outputs: Vec<Vec<f64>> = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            let out = match outputs.last() {
                None => layer.forward(code),
                Some(before) => layer.forward(&relu(before)),
            };
            outputs.push(out);
        }
        outputs
    }

    /// The logits l of the pixels of a code.
    pub(super) fn logits(&self, code: &[f64]) -> Vec<f64> {
        self.outputs(code).pop().unwrap_or_default()
    }

    /// The cost -ln p(x | code) of an image: sum_j softplus(l_j) - x_j l_j.
    pub(super) fn cost(&self, code: &[f64], pixels: &[f64]) -> f64 {
        let logits = self.logits(code);
        logits.iter().zip(pixels).map(|(l, x)| softplus(*l) - x * l).sum()
    }

    /// The gradient of the cost in the code.
    pub(super) fn gradient(&self, code: &[f64], pixels: &[f64]) -> Vec<f64> {
        let outputs = self.outputs(code);
        let last = outputs.last().map_or(&[][..], Vec::as_slice);
        let mut gradient: Vec<f64> =
            last.iter().zip(pixels).map(|(l, x)| 1.0 / (1.0 + (-l).exp()) - x).collect();
        for (i, layer) in self.layers.iter().enumerate().rev() {
            gradient = layer.backward(&gradient);
            if i > 0 {
                let active = gradient.iter_mut().zip(&outputs[i - 1]);
                active.filter(|(_, h)| **h <= 0.0).for_each(|(g, _)| *g = 0.0);
            }
        }
        gradient
    }
}

fn relu(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| x.max(0.0)).collect()
}

/// ln(1 + e^l), for any l.
pub(super) fn softplus(l: f64) -> f64 {
    l.max(0.0) + (-l.abs()).exp().ln_1p()
}
