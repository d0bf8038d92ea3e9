"""The two libraries that run an ONNX graph: ONNX Runtime, in the graph's own precision, and OpenVINO, in bf16 or 8 bits.

Each class is a graph that is called with named arrays and gives named arrays in float32. Several threads may call one.
Both say how they are best fed: ``pieces`` of one pass, padding included; lengths that are multiples of ``step``;
``chunk`` characters whose windows are sorted together; ``workers`` threads that call.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime

from .runner import CPU_CHUNK, CPU_PIECES

if TYPE_CHECKING:
    import openvino

OPENVINO_BLOCK = 64  # activations of a row that share a scale in OpenVINO: 32 are no faster than bf16, 128 less exact


class OnnxRuntimeGraph:
    """A graph that all threads of the runtime compute together.

    Args:
        threads: how many; by default as many as there are cores.

    Attributes:
        asked: the names of the arrays that it reads.
        shapes: of each array that it gives, text where the graph does not fix a length.
    """

    pieces, step, chunk = CPU_PIECES, 1, CPU_CHUNK
    workers = 2  # one chunk is decoded while the next one is read

    def __init__(self, path: Path, threads: int | None = None):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or cores()
        self._session = onnxruntime.InferenceSession(str(path), options)
        self.asked = [each.name for each in self._session.get_inputs()]
        self.shapes = {each.name: each.shape for each in self._session.get_outputs()}

    @property
    def precision(self) -> str:
        """What it multiplies in, as the export wrote it into the graph of scores.

        Raises:
            KeyError: no export wrote this graph, or it is the graph of roles.
        """
        return self._session.get_modelmeta().custom_metadata_map["precision"]

    def __call__(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        found = self._session.run(list(self.shapes), {name: arrays[name] for name in self.asked})
        return dict(zip(self.shapes, found))


class OpenVinoGraph:
    """A graph on one core a call: as many calls as there are cores go on side by side.

    It multiplies in bf16, and where the graph has matrices in 8 bits, in those, with activations that are rounded to 8
    bits in blocks of 64 numbers of a row with a scale each.

    Args, attributes: as of ``OnnxRuntimeGraph``.
        in_bf16: multiply all in bf16.
        precision: what it multiplies in.
    """

    pieces = 768  # as fast as more, with less padding
    # Windows of so many pieces, or some times as many, are multiplied faster than those between; and each shape that was
    # not met before costs time and memory.
    step = 16
    chunk = 2 * CPU_CHUNK  # its windows are more alike, so that less of a pass is padding

    def __init__(self, path: Path, threads: int | None = None, in_bf16: bool = False):
        import openvino

        graph = _read(path)
        self.precision = "int8" if _has_eight_bits(graph) and not in_bf16 else "bf16"
        count = threads or cores()
        self.workers = count + 1  # one decodes while the others' passes keep the cores at work
        options = {
            "INFERENCE_PRECISION_HINT": "bf16",
            "INFERENCE_NUM_THREADS": count,
            "NUM_STREAMS": count,
            "ENABLE_CPU_PINNING": False,  # a core that decodes an article would hold up the stream that is bound to it
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": OPENVINO_BLOCK if self.precision == "int8" else 0,
        }
        self._model = openvino.Core().compile_model(graph, "CPU", options)
        self.asked = [each.any_name for each in self._model.inputs]
        self.shapes = {
            name: [str(n) if n.is_dynamic else n.get_length() for n in each.partial_shape]
            for each in self._model.outputs
            for name in each.names
        }
        self._own = threading.local()
        # The first use of NumPy by OpenVINO's binding is made here, alone: two threads that both made it would wait for one
        # another without end, one with Python's lock, one within what is done once.
        openvino.Tensor(np.zeros(1, np.float32)).data

    def __call__(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        if not hasattr(self._own, "request"):
            self._own.request = self._model.create_infer_request()
        found = self._own.request.infer({name: arrays[name] for name in self.asked})
        return {name: found[each] for each in self._model.outputs for name in each.names}


def is_for_openvino(path: Path) -> bool:
    """True when a graph has matrices that OpenVINO, which must be installed, multiplies in 8 bits."""
    return _has_eight_bits(_read(path))


def _read(path: Path) -> openvino.Model:
    from openvino.frontend import FrontEndManager

    onnx = FrontEndManager().load_by_framework("onnx")  # no other of the formats that OpenVINO would guess
    return onnx.convert(onnx.load(str(path)))


def _has_eight_bits(graph: openvino.Model) -> bool:
    constants = (node for node in graph.get_ops() if node.get_type_name() == "Constant")
    return any(constant.get_element_type().get_type_name() == "i8" for constant in constants)


def openvino_has_bf16() -> bool:
    """True when OpenVINO is installed and the processor multiplies bf16 in hardware."""
    if find_spec("openvino") is None:
        return False
    import openvino

    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
