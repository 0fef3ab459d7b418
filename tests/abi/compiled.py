# SPDX-License-Identifier: Apache-2.0
"""What a build compiles: the sources of the project, each with its compile command.

A unity build compiles files that it made itself, which include the sources of a target one by one; every one of them
is compiled with the command of the file that includes it.
"""
import json
import pathlib
import re

INCLUDED = re.compile(r"^#include<(.*)>$", re.MULTILINE)


def sources(build):
    """Pairs of a source's path and its entry of compile_commands.json."""
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        source = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if re.search(r"-unity\d+\.\w+$", source.name):
            for included in INCLUDED.findall(source.read_text(encoding="utf-8")):
                yield pathlib.Path(included).resolve(), entry
        else:
            yield source, entry
