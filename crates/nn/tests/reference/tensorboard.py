"""Has TensorBoard read events.tfevents, which a test in src/tensorboard.rs writes byte for byte.

    pip install tensorboard && python tensorboard.py

Name a folder to see what TensorBoard finds there instead.
"""

import math
import shutil
import sys
import tempfile
from pathlib import Path

# Not this file, which has the same name.
sys.path = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).parent]

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def read(folder):
    events = EventAccumulator(str(folder), size_guidance=dict(scalars=0, histograms=0))
    events.Reload()
    return events


if len(sys.argv) > 1:
    events = read(sys.argv[1])
    for tag in events.Tags()["scalars"]:
        print(tag, [(event.step, event.value) for event in events.Scalars(tag)])
    for tag in events.Tags()["histograms"]:
        print(tag, [(event.step, event.histogram_value.num) for event in events.Histograms(tag)])
    sys.exit()

with tempfile.TemporaryDirectory() as folder:
    shutil.copy(Path(__file__).with_name("events.tfevents"), Path(folder) / "events.out.tfevents.1")
    events = read(folder)
    scalars = {tag: [(e.wall_time, e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
    (_, first_step, first), (_, second_step, second) = scalars["loss/train"]
    assert (first_step, first, second_step) == (0, 0.5, 300) and abs(second + 1e-3) < 1e-9
    assert scalars["größe <&>"] == [(1.7e9, 1, math.inf)]

    (weights,) = events.Histograms("weights")
    found = weights.histogram_value
    values = [i * i / 100 - 10 for i in range(101)]
    assert (weights.step, found.min, found.max, found.num) == (7, -10.0, 90.0, 101.0)
    assert math.isclose(found.sum, sum(values)) and math.isclose(found.sum_squares, sum(x * x for x in values))
    assert len(found.bucket_limit) == 30 and sum(found.bucket) == 101
    (nothing,) = events.Histograms("nothing")
    (one,) = events.Histograms("one")
    assert nothing.histogram_value.num == 0 and (one.histogram_value.min, one.histogram_value.num) == (2.5, 2.0)
    print("TensorBoard reads all of it")
