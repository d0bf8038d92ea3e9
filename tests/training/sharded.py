"""sharded.py CONFIG, under accelerate launch: train with FSDP on processors, where accelerate would not by itself."""

import sys

from accelerate import PartialState
from accelerate.utils import DistributedType

from training.__main__ import main

original = PartialState.__init__


def taken_for_gpus(state, *args, **kwargs):
    original(state, *args, **kwargs)
    if state.distributed_type == DistributedType.MULTI_CPU:
        state.distributed_type = DistributedType.MULTI_GPU


PartialState.__init__ = taken_for_gpus
sys.exit(main([sys.argv[1]]))
