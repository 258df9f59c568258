#!/usr/bin/env python3
"""Stands for a treadle-opt that dies of texts with `layer_norm` in them."""

import os
import sys

if sys.argv[1] == "--help":
    print("      --treadle-expand      -   Expand")
    sys.exit(0)
if sys.argv[1] != "-" and "layer_norm" in open(sys.argv[1]).read():
    print(" #0 0x0001 f(int) expand.cpp:0:0\n #1 0x0002 g() expand.cpp:0:0", file=sys.stderr)
    sys.stderr.flush()
    os.abort()
