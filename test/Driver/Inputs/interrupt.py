"""Interrupts `treadle compile` in the middle, and looks at what is left.

    python interrupt.py SIGNAL CODE TREADLE MODEL ARTIFACT

ARTIFACT must be there before, and must be the same afterwards. The signal is
sent when the folder beside it has appeared, while the compiler stands still. It
must end with the exit code CODE and, unless that is 70 (it crashed), remove the
folder.
"""

import os
import pathlib
import signal
import subprocess
import sys
import time


def snapshot(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def main():
    number = getattr(signal, sys.argv[1])
    expected = int(sys.argv[2])
    treadle, model, artifact = sys.argv[3], sys.argv[4], pathlib.Path(sys.argv[5])
    before = snapshot(artifact)
    # The shell that runs this may ignore interrupts, and children inherit that.
    process = subprocess.Popen(
        [treadle, "compile", model, "-q", "-o", artifact],
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    pattern = f".{artifact.name}.tmp-*"
    deadline = time.monotonic() + 60
    while not list(artifact.parent.glob(pattern)):
        assert process.poll() is None, "it ended before the folder was seen"
        assert time.monotonic() < deadline, "no folder appeared"
    process.send_signal(signal.SIGSTOP)
    assert list(artifact.parent.glob(pattern)), "it was too fast to be stopped"
    process.send_signal(number)
    process.send_signal(signal.SIGCONT)
    code = process.wait(timeout=60)
    assert code == expected, f"exit code {code}"
    if expected != 70:
        assert not list(artifact.parent.glob(pattern)), os.listdir(artifact.parent)
    assert snapshot(artifact) == before, "the artifact has changed"


if __name__ == "__main__":
    main()
