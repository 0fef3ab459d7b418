# SPDX-License-Identifier: Apache-2.0
"""Reads the ABI headers into a small model: structs with their members, enums, macros, entries, each with its comment.

The headers are C of a narrow style (one declaration per statement, comments in Doxygen form), which is what makes this
parser short; what it does not understand it refuses, so that nothing escapes the checks silently.
"""
import dataclasses
import pathlib
import re
import sys


@dataclasses.dataclass
class Member:
    """One field or slot of a struct."""
    name: str
    type: str  # the declaration without the name: `const char *`, `char[64]`, `tento_status (*)(...)`
    doc: str
    slot: bool


@dataclasses.dataclass
class Struct:
    name: str
    doc: str
    members: list
    header: str

    @property
    def frozen(self):
        return "ABI-FROZEN" in self.doc

    @property
    def appendable(self):
        return "ABI-APPENDABLE" in self.doc

    @property
    def by_stride(self):
        return "ABI-APPENDABLE (by stride)" in self.doc


@dataclasses.dataclass
class Enum:
    name: str
    doc: str
    values: list  # (name, doc)
    header: str


@dataclasses.dataclass
class Named:
    """A macro, a typedef, an opaque type or an entry."""
    name: str
    doc: str
    text: str
    header: str


@dataclasses.dataclass
class Model:
    structs: list
    enums: list
    macros: list
    typedefs: list
    opaque: list
    entries: list


def fail(header, text):
    sys.exit(f"{header}: the header parser of tests/abi does not understand: {text.strip()[:160]!r}; "
             "write the declaration in the style of its neighbours, or teach tests/abi/model.py")


_TOKEN = re.compile(r"/\*.*?\*/|#[^\n]*(?:\\\n[^\n]*)*|[{};]|[^/#{};]+|/", re.S)


def _join_continued(text):
    return text.replace("\\\n", " ")


def _comment(token):
    body = token[2:-2].lstrip("*").lstrip("<")
    return " ".join(re.sub(r"(?m)^\s*\*", " ", body).split())


def _tokens(text):
    for match in _TOKEN.finditer(_join_continued(text)):
        token = match.group(0)
        if token.strip():
            yield token.strip()


def _split_member(header, code):
    code = " ".join(code.split())
    slot = re.fullmatch(r"(.+?)\(\*(\w+)\)\((.*)\)\s*TENTO_NOEXCEPT", code)
    if slot:
        return slot.group(2), f"{slot.group(1).strip()} (*)({slot.group(3).strip()})", True
    array = re.fullmatch(r"(.+?)\b(\w+)\[(\d+)\]", code)
    if array:
        return array.group(2), f"{array.group(1).strip()}[{array.group(3)}]", False
    field = re.fullmatch(r"(.+?[\s\*])(\w+)", code)
    if field and "(" not in code and "," not in code:
        return field.group(2), field.group(1).strip(), False
    fail(header, code)


def _members(header, tokens):
    """Consumes tokens up to the closing brace of a struct."""
    members, doc = [], ""
    code = ""
    for token in tokens:
        if token.startswith("/*"):
            if token.startswith("/**<"):
                if not members:
                    fail(header, token)
                members[-1].doc = _comment(token)
            elif token.startswith("/**"):
                doc = _comment(token)
        elif token == ";":
            name, kind, slot = _split_member(header, code)
            members.append(Member(name, kind, doc, slot))
            code, doc = "", ""
        elif token == "}":
            if code.strip():
                fail(header, code)
            return members
        elif token in "{#" or token.startswith("#"):
            fail(header, token)
        else:
            code += " " + token
    fail(header, "a struct without an end")


def _enumerators(header, tokens):
    text, docs, last = "", {}, None
    for token in tokens:
        if token.startswith("/*"):
            if token.startswith("/**<"):
                names = re.findall(r"(\w+)\s*=", text)
                last = names[-1] if names else fail(header, token)
                docs[last] = _comment(token)
        elif token == "}":
            break
        else:
            text += " " + token
    return [(name, docs.get(name, "")) for name in re.findall(r"(\w+)\s*=", text)]


def read(directory):
    model = Model([], [], [], [], [], [])
    for path in sorted(pathlib.Path(directory).glob("*.h")):
        header = path.name
        tokens = list(_tokens(path.read_text(encoding="utf-8")))
        stream = iter(range(len(tokens)))
        doc, code, forward_doc = "", "", {}
        position = 0

        def rest():
            nonlocal position
            while position < len(tokens):
                position += 1
                yield tokens[position - 1]

        for token in rest():
            if token.startswith("/**<"):
                if model.macros and model.macros[-1].header == header:
                    model.macros[-1].doc = _comment(token)
            elif token.startswith("/*"):
                doc = _comment(token) if token.startswith("/**") else ""
            elif token.startswith("#"):
                macro = re.match(r"#\s*define\s+(TENTO_\w+)(\([^)]*\))?\s*(.*)", token, re.S)
                if macro:
                    body, _, trailing = macro.group(3).partition("/**<")
                    text = (macro.group(2) or "") + " ".join(body.split())
                    model.macros.append(
                        Named(macro.group(1), _comment("/**" + trailing) if trailing else doc, text, header))
                doc = ""
            elif token == "{":
                head = " ".join(code.split())
                struct = re.fullmatch(r"(?:typedef )?struct (\w+)", head)
                enum = re.fullmatch(r"enum ?(\w*)", head)
                if struct:
                    name = struct.group(1)
                    members = _members(header, rest())
                    model.structs.append(Struct(name, doc or forward_doc.get(name, ""), members, header))
                elif enum:
                    model.enums.append(Enum(enum.group(1), doc, _enumerators(header, rest()), header))
                else:
                    fail(header, head + " {")
                doc, code = "", ""
            elif token == ";":
                text = " ".join(code.split())
                forward = re.fullmatch(r"typedef struct (\w+) \1", text)
                alias = re.fullmatch(r"typedef (uint\d+_t) (\w+)", text)
                entry = re.fullmatch(r"TENTO_EXPORT (.+?)(\w+)\((.*)\) TENTO_NOEXCEPT", text)
                if forward:
                    forward_doc[forward.group(1)] = doc
                elif alias:
                    model.typedefs.append(Named(alias.group(2), doc, alias.group(1), header))
                elif entry:
                    model.entries.append(Named(entry.group(2), doc, text, header))
                elif text and not re.fullmatch(r"tento_\w+", text):  # the name that closes a typedef struct
                    fail(header, text)
                doc, code = "", ""
            else:
                code += " " + re.sub(r"\bTENTO_(BEGIN|END)_DECLS\b", " ", token)
        defined = {s.name for s in model.structs}
        for name, text in forward_doc.items():
            if name not in defined:
                model.opaque.append(Named(name, text, "", header))
    return model
