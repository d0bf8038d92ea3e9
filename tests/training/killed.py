"""python killed.py METHOD COUNT CONFIG: train, and die as by kill -9 when the trainer's METHOD is called the COUNTth time."""

import os
import signal
import sys

from training.__main__ import main
from training.trainer import QawlTrainer

method, count, config = sys.argv[1], int(sys.argv[2]), sys.argv[3]
original = getattr(QawlTrainer, method)
calls = 0


def dying(*args, **kwargs):
    global calls
    calls += 1
    if calls == count:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*args, **kwargs)


setattr(QawlTrainer, method, dying)
sys.exit(main([config]))
