//! A layer of somebody else's.

use nn::Module;
use nn::layers::function;
use tape::Tensor;

pub(crate) fn doubled() -> impl Module + 'static {
    function("doubled", |x: Tensor| x * 2.0)
}
