#!/usr/bin/env python3
"""The command `yosys` on top of the wheel `pyosys`, as far as hwgen uses it.

Understands -V, -q, -Q, -T, -p COMMANDS, -s SCRIPT and scripts as arguments. A failing
command ends the process with a code other than 0.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))

from pyosys import libyosys  # noqa: E402  (the path above comes first)


def main(arguments):
    quiet, commands = False, []
    while arguments:
        word = arguments.pop(0)
        if word == "-V":
            print(libyosys.yosys_maybe_version())
            return
        if word == "-q":
            quiet = True
        elif word in ("-Q", "-T"):
            pass  # banner and footer: the library prints neither
        elif word == "-p":
            commands.append(arguments.pop(0))
        elif word == "-s":
            commands.append("script " + arguments.pop(0))
        elif word.startswith("-"):
            sys.exit(f"yosys: unknown option {word}")
        else:
            commands.append("script " + word)
    if quiet:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the library writes past Python
    design = libyosys.Design()
    for command in commands:
        libyosys.run_pass(command, design)


main(sys.argv[1:])
