use ito_state::{Noise, Rows};

use crate::SdeError;
use crate::error::{finite, positive};
use crate::langevin::{Energy, Metropolis, Scaled, Sum, Unadjusted};

/// Annealed importance sampling: from draws of one density to weighted draws of another, and the ratio of their normalisers.
///
/// On the rungs `0 = b_0 < ... < b_n = 1` the energy is `E_b = (1 - b) E_from + b E_to`. At each new rung the log-weight takes
/// `E_old(x) - E_new(x)`, then a Langevin move for the new energy follows. Then `E[e^w] = Z_to / Z_from` exactly, at every number
/// of rungs and every step, and weighted draws stand for `e^{-E_to}/Z_to`. In physics' words `-w` is the work done on the system,
/// and this is Jarzynski's equality `E[e^{-work}] = e^{-(F_to - F_from)}`. Neal 2001, Stat. Comput. 11; Jarzynski 1997,
/// arXiv:cond-mat/9610209.
#[derive(Clone, Debug, PartialEq)]
pub struct Ladder {
    rungs: Vec<f64>,
    step: f64,
    moves: usize,
}

impl Ladder {
    /// With these rungs, strictly rising from 0 to 1; at each one `moves` Langevin moves with this step, above zero.
    ///
    /// # Errors
    /// [`SdeError`] if there are fewer than two rungs or no move, they do not strictly rise from 0 to 1, or the step is not
    /// above zero.
    pub fn new(rungs: Vec<f64>, step: f64, moves: usize) -> Result<Self, SdeError> {
        positive("the step", step)?;
        if rungs.len() < 2 {
            return Err(SdeError::Empty { name: "the list of rungs after the first" });
        }
        if moves == 0 {
            return Err(SdeError::Empty { name: "the list of moves at a rung" });
        }
        rungs.iter().try_for_each(|rung| finite("a rung", *rung))?;
        let breaks = |i: usize, before| Err(SdeError::NotMonotone { index: i, before, after: rungs[i] });
        if rungs[0] != 0.0 {
            return breaks(0, 0.0);
        }
        if let Some(i) = (1..rungs.len()).find(|&i| rungs[i] <= rungs[i - 1]) {
            return breaks(i, rungs[i - 1]);
        }
        if rungs[rungs.len() - 1] != 1.0 {
            return breaks(rungs.len() - 1, 1.0);
        }
        Ok(Ladder { rungs, step, moves })
    }

    /// With `count` equal rises.
    ///
    /// # Errors
    /// Those of [`Ladder::new`].
    pub fn uniform(count: usize, step: f64, moves: usize) -> Result<Self, SdeError> {
        Ladder::new((0..=count).map(|i| i as f64 / count.max(1) as f64).collect(), step, moves)
    }

    /// Climbs with Metropolis-adjusted moves, which leave every rung's density as it is: Neal's algorithm. Returns the states and
    /// their log-weights.
    ///
    /// # Errors
    /// [`SdeError`] if a start has an infinite energy.
    pub fn climb_adjusted<X, N>(
        &self,
        from: &impl Energy<X>,
        to: &impl Energy<X>,
        start: X,
        noise: &mut N,
    ) -> Result<(X, Vec<f64>), SdeError>
    where
        X: Rows,
        N: Noise<X> + ?Sized,
    {
        let mut x = start;
        let mut weights = vec![0.0; x.dot_rows(&x).len()];
        for rise in self.rungs.windows(2) {
            add_rise(&mut weights, rise, from, to, &x);
            let chain = Metropolis::new(blend(from, to, rise[1])?, self.step)?;
            let mut walkers = chain.start(x)?;
            chain.run(&mut walkers, self.moves, noise);
            x = walkers.into_position();
        }
        Ok((x, weights))
    }

    /// Climbs with unadjusted moves. They do not leave the rung's density as it is; the weight takes the ratio of the move's
    /// kernel back to that forth, `e^{E_b(x) - E_b(y)}` for the state, so `E[e^w] = Z_to / Z_from` stays exact and
    /// no move is refused. The step must be stable wherever the draws go: where the force grows faster than linearly, a step too
    /// large throws far states away, and a few weights carry all (the effective number of draws tells).
    /// Nilmeier et al. 2011, PNAS 108.
    ///
    /// # Errors
    /// [`SdeError`] if a rung's energy is not finite.
    pub fn climb_unadjusted<X, N>(
        &self,
        from: &impl Energy<X>,
        to: &impl Energy<X>,
        start: X,
        noise: &mut N,
    ) -> Result<(X, Vec<f64>), SdeError>
    where
        X: Rows,
        N: Noise<X> + ?Sized,
    {
        let mut x = start;
        let mut weights = vec![0.0; x.dot_rows(&x).len()];
        for rise in self.rungs.windows(2) {
            add_rise(&mut weights, rise, from, to, &x);
            let energy = blend(from, to, rise[1])?;
            let chain = Unadjusted::new(&energy, self.step)?;
            for _ in 0..self.moves {
                let next = chain.advance(&x, noise);
                let (forth, back) = (chain.log_kernel(&x, &next), chain.log_kernel(&next, &x));
                let (here, there) = (energy.energy(&x), energy.energy(&next));
                for (k, weight) in weights.iter_mut().enumerate() {
                    *weight += here[k] - there[k] + back[k] - forth[k];
                }
                x = next;
            }
        }
        Ok((x, weights))
    }
}

/// `(b_new - b_old) (E_from(x) - E_to(x))`, the work of a rise with its sign turned.
fn add_rise<X: Rows>(weights: &mut [f64], rise: &[f64], from: &impl Energy<X>, to: &impl Energy<X>, x: &X) {
    let (low, high) = (from.energy(x), to.energy(x));
    for (k, weight) in weights.iter_mut().enumerate() {
        *weight += (rise[1] - rise[0]) * (low[k] - high[k]);
    }
}

/// `(1 - b) E_from + b E_to`.
fn blend<A, B>(from: A, to: B, b: f64) -> Result<Sum<Scaled<A>, Scaled<B>>, SdeError> {
    Ok(Sum(Scaled::new(1.0 - b, from)?, Scaled::new(b, to)?))
}
